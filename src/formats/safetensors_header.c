#include "formats/safetensors_header.h"
#include "base/memory.h"
#include "formats/scan.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[] = { [SV_F32] = { "F32", 4 }, [SV_F64] = { "F64", 8 }, [SV_I64] = { "I64", 8 }, [SV_U8] = { "U8", 1 } };
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

size_t sv_dtype_size(sv_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *sv_dtype_name(sv_dtype dtype)
{
    return dtypes[dtype].name;
}

size_t sv_tensor_bytes(const sv_tensor *t)
{
    int64_t n = t->shape.rank < 0 || t->shape.rank > 4 ? -1 : sv_shape_count(&t->shape);
    return n < 0 ? 0 : (size_t)n * sv_dtype_size(t->dtype);
}

static sv_status scan_dtype(sv_scanner *s, sv_tensor *t)
{
    char *name;
    sv_status status = sv_scan_string(s, &name);
    if (status != SV_OK) return status;
    int i = 0;
    while (i < DTYPES && strcmp(dtypes[i].name, name) != 0) i++;
    if (i == DTYPES) status = sv_fail(s->fault, SV_BAD_DATA, "tensor '%.200s': dtype '%.40s' is not read here; F32, F64, I64 and U8 are",
                                      t->name, name);
    else t->dtype = (sv_dtype)i;
    sv_free(name);
    return status;
}

static sv_status scan_shape(sv_scanner *s, sv_tensor *t)
{
    sv_status status = sv_scan_numbers(s, t->shape.dim, 4, &t->shape.rank);
    if (status != SV_OK || sv_shape_count(&t->shape) > 0) return status;
    char text[SV_SHAPE_TEXT];
    return sv_fail(s->fault, SV_BAD_DATA, "tensor '%.200s': shape %s has no elements or more than 2^40", t->name,
                   sv_shape_text(&t->shape, text));
}

static sv_status scan_extent(sv_scanner *s, const sv_tensor *t, sv_extent *e)
{
    int64_t offset[2];
    int count;
    sv_status status = sv_scan_numbers(s, offset, 2, &count);
    if (status != SV_OK) return status;
    if (count != 2) return sv_fail(s->fault, SV_BAD_DATA, "tensor '%.200s': data_offsets: expected [begin, end]", t->name);
    *e = (sv_extent){ (size_t)offset[0], (size_t)offset[1] };
    return SV_OK;
}

static sv_status scan_field(sv_scanner *s, sv_tensor *t, sv_extent *e, unsigned *seen)
{
    static const char *const keys[] = { "dtype", "shape", "data_offsets" };
    char *key;
    sv_status status = sv_scan_string(s, &key);
    if (status != SV_OK) return status;
    int k = 0;
    while (k < 3 && strcmp(keys[k], key) != 0) k++;
    if (k == 3 || *seen >> k & 1)
        status = sv_fail(s->fault, SV_BAD_DATA, "tensor '%.200s': %s key '%.40s'", t->name, k == 3 ? "unknown" : "repeated", key);
    sv_free(key);
    if (status == SV_OK) status = sv_scan_take(s, ':', "':'");
    if (status != SV_OK) return status;
    *seen |= 1u << k;
    return k == 0 ? scan_dtype(s, t) : k == 1 ? scan_shape(s, t) : scan_extent(s, t, e);
}

static sv_status scan_tensor(sv_scanner *s, sv_tensor *t, sv_extent *e)
{
    unsigned seen = 0;
    sv_status status = sv_scan_take(s, '{', "'{'");
    if (status != SV_OK) return status;
    do {
        status = scan_field(s, t, e, &seen);
        if (status != SV_OK) return status;
    } while (sv_scan_took(s, ','));
    if (seen != 7) return sv_fail(s->fault, SV_BAD_DATA, "tensor '%.200s': expected dtype, shape and data_offsets", t->name);
    return sv_scan_take(s, '}', "',' or '}'");
}

static sv_status scan_entry(sv_scanner *s, sv_header *h)
{
    sv_metadata *grown = sv_grow(h->metadata, &h->entry_room, h->entries + 1, sizeof *grown);
    if (!grown) return sv_fail_memory(s->fault, "header");
    h->metadata = grown;
    sv_metadata *m = &grown[h->entries++];
    sv_status status = sv_scan_string(s, &m->key);
    if (status == SV_OK) status = sv_scan_take(s, ':', "':'");
    return status == SV_OK ? sv_scan_string(s, &m->value) : status;
}

static sv_status scan_metadata(sv_scanner *s, sv_header *h)
{
    sv_status status = sv_scan_take(s, '{', "'{'");
    if (status != SV_OK || sv_scan_took(s, '}')) return status;
    do {
        status = scan_entry(s, h);
        if (status != SV_OK) return status;
    } while (sv_scan_took(s, ','));
    return sv_scan_take(s, '}', "',' or '}'");
}

/* Takes over `name`. */
static sv_status add_tensor(sv_scanner *s, sv_header *h, char *name)
{
    sv_tensor *tensor = sv_grow(h->tensor, &h->tensor_room, h->tensors + 1, sizeof *tensor);
    if (tensor) h->tensor = tensor;
    sv_extent *extent = sv_grow(h->extent, &h->extent_room, h->tensors + 1, sizeof *extent);
    if (extent) h->extent = extent;
    if (!tensor || !extent) {
        sv_free(name);
        return sv_fail_memory(s->fault, "header");
    }
    size_t i = h->tensors++;
    h->tensor[i].name = name;
    return scan_tensor(s, &h->tensor[i], &h->extent[i]);
}

static sv_status scan_member(sv_scanner *s, sv_header *h, bool *had_metadata)
{
    char *name;
    sv_status status = sv_scan_string(s, &name);
    if (status == SV_OK) status = sv_scan_take(s, ':', "':'");
    if (status != SV_OK) {
        sv_free(name);
        return status;
    }
    if (strcmp(name, "__metadata__") != 0) return add_tensor(s, h, name);
    sv_free(name);
    if (*had_metadata) return sv_fail(s->fault, SV_BAD_DATA, "repeated key '__metadata__'");
    *had_metadata = true;
    return scan_metadata(s, h);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

sv_status sv_check_unique(const void *first, size_t stride, size_t count, const char *what, sv_status wrong, sv_fault *fault)
{
    if (count < 2) return SV_OK;
    const char **sorted = sv_new(count, sizeof *sorted);
    if (!sorted) return sv_fail_memory(fault, "header");
    for (size_t i = 0; i < count; i++) memcpy(&sorted[i], (const char *)first + i * stride, sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_text);
    sv_status status = SV_OK;
    for (size_t i = 1; i < count && status == SV_OK; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0) status = sv_fail(fault, wrong, "repeated %s '%.200s'", what, sorted[i]);
    sv_free(sorted);
    return status;
}

static sv_status scan_header(sv_scanner *s, sv_header *h)
{
    bool had_metadata = false;
    sv_status status = s->at < s->end && *s->at == '{' ? sv_scan_take(s, '{', "'{'") : sv_scan_expected(s, "'{'");
    if (status != SV_OK) return status;
    if (!sv_scan_took(s, '}')) {
        do {
            status = scan_member(s, h, &had_metadata);
            if (status != SV_OK) return status;
        } while (sv_scan_took(s, ','));
        status = sv_scan_take(s, '}', "',' or '}'");
        if (status != SV_OK) return status;
    }
    sv_scan_space(s);
    if (s->at != s->end) return sv_scan_expected(s, "nothing but spaces");
    status = sv_check_unique(h->tensor, sizeof *h->tensor, h->tensors, "tensor", SV_BAD_DATA, s->fault);
    if (status != SV_OK) return status;
    return sv_check_unique(h->metadata, sizeof *h->metadata, h->entries, "metadata key", SV_BAD_DATA, s->fault);
}

sv_status sv_header_parse(const char *text, size_t size, sv_header *header, sv_fault *fault)
{
    *header = (sv_header){ 0 };
    sv_scanner s = { text, text, text + size, fault };
    sv_status status = scan_header(&s, header);
    if (status != SV_OK) sv_header_free(header);
    return status;
}

void sv_header_free(sv_header *h)
{
    for (size_t i = 0; i < h->tensors; i++) sv_free(h->tensor[i].name);
    for (size_t i = 0; i < h->entries; i++) {
        sv_free(h->metadata[i].key);
        sv_free(h->metadata[i].value);
    }
    sv_free(h->tensor);
    sv_free(h->extent);
    sv_free(h->metadata);
    *h = (sv_header){ 0 };
}
