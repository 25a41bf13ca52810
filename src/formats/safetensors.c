#include "formats/safetensors.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/safetensors_header.h"
#include "formats/scan.h"
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little-endian and read as they are");

enum { PREFIX = 8, LONGEST_HEADER = 100000000, ALIGNMENT = 64 };

static sv_status format_string(const char *string, sv_text *t, sv_fault *fault)
{
    size_t left = strlen(string);
    sv_text_bytes(t, "\"", 1);
    while (left) {
        unsigned char c = (unsigned char)*string;
        size_t n = sv_utf8_length((const unsigned char *)string, left);
        if (n == 0) return sv_fail(fault, SV_BAD_ARGUMENT, "a name or metadata value is not valid UTF-8");
        if (c < 0x20) sv_text_add(t, "\\u%04x", c);
        else if (c == '"' || c == '\\') sv_text_add(t, "\\%c", c);
        else sv_text_bytes(t, string, n);
        string += n;
        left -= n;
    }
    sv_text_bytes(t, "\"", 1);
    return SV_OK;
}

static sv_status format_metadata(const sv_metadata *metadata, int entries, sv_text *text, sv_fault *fault)
{
    if (entries == 0) return SV_OK;
    sv_text_add(text, "\"__metadata__\":{");
    for (int i = 0; i < entries; i++) {
        if (i) sv_text_add(text, ",");
        sv_status status = format_string(metadata[i].key, text, fault);
        sv_text_add(text, ":");
        if (status == SV_OK) status = format_string(metadata[i].value, text, fault);
        if (status != SV_OK) return status;
    }
    sv_text_add(text, "}");
    return SV_OK;
}

static sv_status format_tensor(const sv_tensor *t, size_t *offset, sv_text *text, sv_fault *fault)
{
    size_t bytes = sv_tensor_bytes(t);
    if (strcmp(t->name, "__metadata__") == 0) return sv_fail(fault, SV_BAD_ARGUMENT, "tensor '__metadata__': the format keeps this name");
    if (bytes == 0) return sv_fail(fault, SV_BAD_ARGUMENT, "tensor '%.200s': expected rank 0 to 4 and 1 to 2^40 elements", t->name);
    sv_status status = format_string(t->name, text, fault);
    sv_text_add(text, ":{\"dtype\":\"%s\",\"shape\":[", sv_dtype_name(t->dtype));
    for (int d = 0; d < t->shape.rank; d++) sv_text_add(text, "%s%lld", d ? "," : "", (long long)t->shape.dim[d]);
    sv_text_add(text, "],\"data_offsets\":[%zu,%zu]}", *offset, *offset + bytes);
    *offset += bytes;
    return status;
}

static sv_status format_header(const sv_tensor *tensor, int tensors, const sv_metadata *metadata, int entries, sv_text *text,
                               sv_fault *fault)
{
    size_t offset = 0;
    sv_status status = sv_check_unique(tensor, sizeof *tensor, (size_t)tensors, "tensor", SV_BAD_ARGUMENT, fault);
    if (status == SV_OK) status = sv_check_unique(metadata, sizeof *metadata, (size_t)entries, "metadata key", SV_BAD_ARGUMENT, fault);
    sv_text_add(text, "{");
    if (status == SV_OK) status = format_metadata(metadata, entries, text, fault);
    for (int i = 0; i < tensors && status == SV_OK; i++) {
        if (i || entries) sv_text_add(text, ",");
        status = format_tensor(&tensor[i], &offset, text, fault);
    }
    sv_text_add(text, "}");
    while (text->length % 8 && !text->failed) sv_text_bytes(text, " ", 1);
    if (status == SV_OK && text->failed) return sv_fail_memory(fault, "header");
    if (status == SV_OK && text->length > LONGEST_HEADER)
        return sv_fail(fault, SV_BAD_ARGUMENT, "the header would be %zu bytes long; at most %d are allowed", text->length, LONGEST_HEADER);
    return status;
}

sv_status sv_safetensors_write(const char *path, const sv_tensor *tensor, int tensors, const sv_metadata *metadata, int entries,
                               sv_fault *fault)
{
    sv_text header = { 0 };
    sv_writer *w = NULL;
    sv_status status = format_header(tensor, tensors, metadata, entries, &header, fault);
    if (status != SV_OK) sv_fault_at(fault, path);
    if (status == SV_OK) status = sv_writer_open(path, &w, fault);
    if (status == SV_OK) {
        uint64_t length = header.length;
        sv_writer_add(w, &length, PREFIX);
        sv_writer_add(w, header.data, header.length);
        for (int i = 0; i < tensors; i++) sv_writer_add(w, tensor[i].data, sv_tensor_bytes(&tensor[i]));
        status = sv_writer_commit(w, fault);
    }
    sv_text_free(&header);
    return status;
}

static int by_begin(const void *a, const void *b)
{
    const sv_extent *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static sv_status check_sizes(const sv_header *h, size_t size, sv_fault *fault)
{
    for (size_t i = 0; i < h->tensors; i++) {
        const sv_extent *e = &h->extent[i];
        const sv_tensor *t = &h->tensor[i];
        if (e->begin > e->end || e->end > size)
            return sv_fail(fault, SV_BAD_DATA, "tensor '%.200s': data_offsets [%zu,%zu] lie outside the %zu bytes of data", t->name, e->begin,
                           e->end, size);
        if (e->end - e->begin != sv_tensor_bytes(t)) {
            char shape[SV_SHAPE_TEXT];
            return sv_fail(fault, SV_BAD_DATA, "tensor '%.200s': %zu bytes of data, but %s %s takes %zu", t->name, e->end - e->begin,
                           sv_dtype_name(t->dtype), sv_shape_text(&t->shape, shape), sv_tensor_bytes(t));
        }
    }
    return SV_OK;
}

/* Every byte of the data belongs to exactly one tensor. */
static sv_status check_cover(const sv_header *h, size_t size, sv_fault *fault)
{
    sv_extent *sorted = sv_new(h->tensors, sizeof *sorted);
    if (!sorted) return sv_fail_memory(fault, "header");
    if (h->tensors) {
        memcpy(sorted, h->extent, h->tensors * sizeof *sorted);
        qsort(sorted, h->tensors, sizeof *sorted, by_begin);
    }
    size_t at = 0, i = 0;
    while (i < h->tensors && sorted[i].begin == at) at = sorted[i++].end;
    sv_status status = SV_OK;
    if (i < h->tensors)
        status = sv_fail(fault, SV_BAD_DATA, "data bytes %zu to %zu %s", sorted[i].begin < at ? sorted[i].begin : at,
                         sorted[i].begin < at ? at : sorted[i].begin, sorted[i].begin < at ? "belong to two tensors" : "belong to no tensor");
    else if (at != size) status = sv_fail(fault, SV_BAD_DATA, "%zu bytes follow the last tensor", size - at);
    sv_free(sorted);
    return status;
}

/* The tensors' data at aligned places of a new block: a header of odd length or a U8 tensor would leave floats misaligned. */
static char *align_data(const sv_header *h, const char *data)
{
    size_t total = 0;
    for (size_t i = 0; i < h->tensors; i++) total += (sv_tensor_bytes(&h->tensor[i]) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    char *block = sv_new(total, 1);
    for (size_t i = 0, at = 0; block && i < h->tensors; i++) {
        size_t bytes = sv_tensor_bytes(&h->tensor[i]);
        h->tensor[i].data = block + at;
        memcpy(block + at, data + h->extent[i].begin, bytes);
        at += (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    }
    return block;
}

static sv_status interpret(const char *bytes, size_t size, sv_safetensors *file, sv_fault *fault)
{
    uint64_t length = 0;
    if (size < PREFIX) return sv_fail(fault, SV_BAD_DATA, "%zu bytes are no safetensors file", size);
    memcpy(&length, bytes, PREFIX);
    if (length > LONGEST_HEADER || length > size - PREFIX)
        return sv_fail(fault, SV_BAD_DATA, "no safetensors file, or a truncated one: a header of %llu bytes does not fit into %zu",
                       (unsigned long long)length, size);
    sv_header h;
    sv_status status = sv_header_parse(bytes + PREFIX, (size_t)length, &h, fault);
    if (status != SV_OK) return status;
    size_t data = PREFIX + (size_t)length;
    status = check_sizes(&h, size - data, fault);
    if (status == SV_OK) status = check_cover(&h, size - data, fault);
    if (status == SV_OK && !(file->bytes = align_data(&h, bytes + data))) status = sv_fail_memory(fault, "tensors");
    if (status != SV_OK) {
        sv_header_free(&h);
        return status;
    }
    sv_free(h.extent);
    file->tensor = h.tensor;
    file->tensors = (int)h.tensors;
    file->metadata = h.metadata;
    file->entries = (int)h.entries;
    return SV_OK;
}

sv_status sv_safetensors_read(const char *path, sv_safetensors *file, sv_fault *fault)
{
    char *bytes;
    size_t size;
    *file = (sv_safetensors){ 0 };
    sv_status status = sv_read_file(path, &bytes, &size, fault);
    if (status != SV_OK) return status;
    status = interpret(bytes, size, file, fault);
    sv_free(bytes);
    if (status != SV_OK) sv_fault_at(fault, path);
    return status;
}

void sv_safetensors_free(sv_safetensors *file)
{
    for (int i = 0; i < file->tensors; i++) sv_free(file->tensor[i].name);
    for (int i = 0; i < file->entries; i++) {
        sv_free(file->metadata[i].key);
        sv_free(file->metadata[i].value);
    }
    sv_free(file->tensor);
    sv_free(file->metadata);
    sv_free(file->bytes);
    *file = (sv_safetensors){ 0 };
}

const sv_tensor *sv_safetensors_find(const sv_safetensors *file, const char *name)
{
    for (int i = 0; i < file->tensors; i++)
        if (strcmp(file->tensor[i].name, name) == 0) return &file->tensor[i];
    return NULL;
}

const char *sv_safetensors_metadata(const sv_safetensors *file, const char *key)
{
    for (int i = 0; i < file->entries; i++)
        if (strcmp(file->metadata[i].key, key) == 0) return file->metadata[i].value;
    return NULL;
}
