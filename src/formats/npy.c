#include "formats/npy.h"
#include "base/file.h"
#include "formats/scan.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little-endian and read as they are");

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6, LONGEST_TEXT = 40 };

static const struct {
    const char *descr;
    size_t size;
} types[] = { [SV_NPY_F32] = { "<f4", 4 }, [SV_NPY_U8] = { "|u1", 1 }, [SV_NPY_U16] = { "<u2", 2 } };
enum { TYPES = sizeof types / sizeof *types };

/* A Python string in either quotes; no escapes occur in the three keys and the dtypes that are read. */
static sv_status scan_text(sv_scanner *s, char text[LONGEST_TEXT])
{
    char quote = sv_scan_took(s, '\'') ? '\'' : sv_scan_took(s, '"') ? '"' : '\0';
    if (!quote) return sv_scan_expected(s, "a string");
    const char *first = s->at;
    while (s->at < s->end && *s->at != quote && *s->at != '\\' && s->at - first < LONGEST_TEXT - 1) s->at++;
    memcpy(text, first, (size_t)(s->at - first));
    text[s->at - first] = '\0';
    return sv_scan_take(s, quote, "the string's end");
}

static sv_status scan_descr(sv_scanner *s, sv_npy *npy)
{
    static const char wanted[] = "expected '<f4' (float32), '|u1' (uint8) or '<u2' (uint16)";
    char text[LONGEST_TEXT];
    if (sv_scan_took(s, '[')) return sv_fail(s->fault, SV_BAD_DATA, "a structured dtype; %s", wanted);
    sv_status status = scan_text(s, text);
    if (status != SV_OK) return status;
    int i = 0;
    while (i < TYPES && strcmp(types[i].descr, text) != 0) i++;
    npy->type = (sv_npy_type)i;
    if (i < TYPES) return SV_OK;
    if (strcmp(text, "|O") == 0) return sv_fail(s->fault, SV_BAD_DATA, "dtype '|O', pickled Python objects; %s", wanted);
    return sv_fail(s->fault, SV_BAD_DATA, "dtype '%s'; %s", text, wanted);
}

static sv_status scan_order(sv_scanner *s)
{
    sv_scan_space(s);
    size_t left = (size_t)(s->end - s->at);
    if (left >= 4 && memcmp(s->at, "True", 4) == 0) return sv_fail(s->fault, SV_BAD_DATA, "Fortran order; expected C order (numpy.ascontiguousarray)");
    if (left < 5 || memcmp(s->at, "False", 5) != 0) return sv_scan_expected(s, "True or False");
    s->at += 5;
    return SV_OK;
}

/* "()", "(3,)", "(3, 4)", "(3, 4,)". */
static sv_status scan_dimensions(sv_scanner *s, sv_npy *npy)
{
    sv_status status = sv_scan_take(s, '(', "'('");
    npy->rank = 0;
    while (status == SV_OK && !sv_scan_took(s, ')')) {
        if (npy->rank == 4) return sv_fail(s->fault, SV_BAD_DATA, "more than 4 dimensions; expected 1 to 4");
        status = sv_scan_number(s, &npy->dim[npy->rank++]);
        if (status == SV_OK && !sv_scan_took(s, ',')) return sv_scan_take(s, ')', "',' or ')'");
    }
    return status;
}

static sv_status scan_item(sv_scanner *s, sv_npy *npy, unsigned *seen)
{
    static const char *const keys[] = { "descr", "fortran_order", "shape" };
    char key[LONGEST_TEXT];
    sv_status status = scan_text(s, key);
    if (status != SV_OK) return status;
    int k = 0;
    while (k < 3 && strcmp(keys[k], key) != 0) k++;
    if (k == 3 || *seen >> k & 1) return sv_fail(s->fault, SV_BAD_DATA, "header: %s key '%s'", k == 3 ? "unknown" : "repeated", key);
    *seen |= 1u << k;
    status = sv_scan_take(s, ':', "':'");
    if (status != SV_OK) return status;
    return k == 0 ? scan_descr(s, npy) : k == 1 ? scan_order(s) : scan_dimensions(s, npy);
}

static sv_status scan_dictionary(sv_scanner *s, sv_npy *npy)
{
    unsigned seen = 0;
    sv_status status = sv_scan_take(s, '{', "'{'");
    while (status == SV_OK && !sv_scan_took(s, '}')) {
        status = scan_item(s, npy, &seen);
        if (status != SV_OK || sv_scan_took(s, ',')) continue;
        status = sv_scan_take(s, '}', "',' or '}'");
        break;
    }
    if (status != SV_OK) return status;
    sv_scan_space(s);
    if (s->at != s->end) return sv_scan_expected(s, "nothing but spaces");
    return seen == 7 ? SV_OK : sv_fail(s->fault, SV_BAD_DATA, "header: expected the keys descr, fortran_order and shape");
}

/* Finds the header's text between its length and the data. */
static sv_status find_header(const unsigned char *bytes, size_t size, size_t *begin, size_t *end, sv_fault *fault)
{
    if (size < MAGIC + 4 || memcmp(bytes, magic, MAGIC) != 0) return sv_fail(fault, SV_BAD_DATA, "no .npy file: it does not begin with \\x93NUMPY");
    int version = bytes[6];
    if (version < 1 || version > 3) return sv_fail(fault, SV_BAD_DATA, ".npy version %d; expected 1, 2 or 3", version);
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    *begin = version == 1 ? 10 : 12;
    if (version > 1 && size >= *begin) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (size < *begin || length > size - *begin)
        return sv_fail(fault, SV_BAD_DATA, "truncated: a header of %zu bytes in a file of %zu", length, size);
    *end = *begin + length;
    return SV_OK;
}

static sv_status check_size(const sv_npy *npy, size_t have, sv_fault *fault)
{
    sv_shape shape = { npy->rank, { npy->dim[0], npy->dim[1], npy->dim[2], npy->dim[3] } };
    char text[SV_SHAPE_TEXT];
    sv_shape_text(&shape, text);
    int64_t count = sv_shape_count(&shape);
    if (npy->rank == 0) return sv_fail(fault, SV_BAD_DATA, "a single number; expected 1 to 4 dimensions");
    if (count < 0) return sv_fail(fault, SV_BAD_DATA, "shape %s has no elements or more than 2^40", text);
    size_t need = (size_t)count * types[npy->type].size;
    if (have < need) return sv_fail(fault, SV_BAD_DATA, "truncated: %zu bytes of data, shape %s takes %zu", have, text, need);
    if (have > need) return sv_fail(fault, SV_BAD_DATA, "%zu bytes follow the data: shape %s takes %zu", have - need, text, need);
    return SV_OK;
}

/* A header of odd length leaves floats misaligned in the map: then they move to memory of their own. */
static sv_status align(sv_npy *npy, size_t offset, sv_fault *fault)
{
    size_t bytes = npy->map_size - offset;
    npy->data = (const char *)npy->map + offset;
    if (offset % types[npy->type].size == 0) return SV_OK;
    void *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED) return sv_fail_memory(fault, "array");
    memcpy(copy, npy->data, bytes);
    munmap(npy->map, npy->map_size);
    npy->data = npy->map = copy;
    npy->map_size = bytes;
    return SV_OK;
}

static sv_status map_file(const char *path, sv_npy *npy, sv_fault *fault)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = fd < 0 ? errno : 0;
    if (!error && fstat(fd, &s) != 0) error = errno;
    if (!error && !S_ISREG(s.st_mode)) error = S_ISDIR(s.st_mode) ? EISDIR : ESPIPE;
    if (!error && s.st_size > 0) {
        npy->map_size = (size_t)s.st_size;
        npy->map = mmap(NULL, npy->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (npy->map == MAP_FAILED) error = errno, npy->map = NULL;
    }
    if (fd >= 0) close(fd);
    return error ? sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(error)) : SV_OK;
}

sv_status sv_npy_open(const char *path, sv_npy *npy, sv_fault *fault)
{
    *npy = (sv_npy){ 0 };
    size_t begin = 0, end = 0;
    sv_status status = map_file(path, npy, fault);
    if (status != SV_OK) return status;
    status = find_header(npy->map, npy->map_size, &begin, &end, fault);
    if (status == SV_OK) {
        const char *text = npy->map;
        sv_scanner s = { text, text + begin, text + end, fault };
        status = scan_dictionary(&s, npy);
    }
    if (status == SV_OK) status = check_size(npy, npy->map_size - end, fault);
    if (status == SV_OK) status = align(npy, end, fault);
    if (status == SV_OK) return SV_OK;
    sv_npy_close(npy);
    sv_fault_at(fault, path);
    return status;
}

void sv_npy_close(sv_npy *npy)
{
    if (npy->map) munmap(npy->map, npy->map_size);
    *npy = (sv_npy){ 0 };
}

/* The header that numpy.save writes: room for a longer first dimension, spaces up to a multiple of 64. */
static sv_status format_header(int rank, const int64_t *dim, sv_text *text, sv_fault *fault)
{
    enum { FIRST_DIMENSION = 21, VERSION_1 = 10 };
    char first[32];
    sv_text_add(text, "{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < rank; i++) sv_text_add(text, "%s%lld", i ? ", " : "", (long long)dim[i]);
    int digits = snprintf(first, sizeof first, "%lld", (long long)dim[0]);
    sv_text_add(text, "%s), }%*s", rank == 1 ? "," : "", FIRST_DIMENSION - digits, "");
    while ((VERSION_1 + text->length + 1) % 64 && !text->failed) sv_text_bytes(text, " ", 1);
    sv_text_bytes(text, "\n", 1);
    return text->failed ? sv_fail_memory(fault, "header") : SV_OK;
}

sv_status sv_npy_begin(const char *path, int rank, const int64_t *dim, struct sv_writer **writer, sv_fault *fault)
{
    *writer = NULL;
    if (rank < 1 || rank > 4) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: an array of rank %d; expected 1 to 4", path, rank);
    sv_text text = { 0 };
    sv_status status = format_header(rank, dim, &text, fault);
    if (status == SV_OK) status = sv_writer_open(path, writer, fault);
    if (status == SV_OK) {
        unsigned char length[4] = { 1, 0, (unsigned char)(text.length & 255), (unsigned char)(text.length >> 8) };
        sv_writer_add(*writer, magic, MAGIC);
        sv_writer_add(*writer, length, sizeof length);
        sv_writer_add(*writer, text.data, text.length);
    }
    sv_text_free(&text);
    return status;
}

sv_status sv_npy_write(const char *path, int rank, const int64_t *dim, const float *data, sv_fault *fault)
{
    sv_writer *w;
    sv_status status = sv_npy_begin(path, rank, dim, &w, fault);
    if (status != SV_OK) return status;
    size_t count = 1;
    for (int i = 0; i < rank; i++) count *= (size_t)dim[i];
    sv_writer_add(w, data, count * sizeof *data);
    return sv_writer_commit(w, fault);
}
