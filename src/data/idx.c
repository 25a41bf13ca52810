/*
 * IDX, the format of MNIST and its relatives: bytes 0, 0, element type, number of dimensions, then each dimension as a
 * big-endian 32-bit number, then the elements. Plain files are read sample by sample, gzipped ones whole.
 * Source: http://yann.lecun.com/exdb/mnist ("The IDX file format").
 */
#include "base/memory.h"
#include "data/source.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { LONGEST_HEADER = 4 + 4 * 4, UNSIGNED_BYTES = 0x08 };

typedef struct idx {
    char *path;
    int fd;
    int64_t offset; /* of the first sample */
} idx;

static sv_status read_sample(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    const idx *x = d->own;
    return sv_read_at(x->fd, x->path, to, d->sample_bytes, x->offset + index * (int64_t)d->sample_bytes, fault);
}

static sv_status read_resident(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    (void)fault;
    memcpy(to, (const char *)d->resident + (size_t)index * d->sample_bytes, d->sample_bytes);
    return SV_OK;
}

static void close_idx(sv_dataset *d)
{
    idx *x = d->own;
    if (x->fd >= 0) close(x->fd);
    sv_free(x->path);
    sv_free(x);
}

static sv_status open_file(const char *path, sv_dataset *d, sv_fault *fault)
{
    idx *x = sv_new(1, sizeof *x);
    if (!x) return sv_fail_memory(fault, path);
    d->own = x;
    d->close = close_idx;
    d->read = read_sample;
    x->fd = -1;
    x->path = sv_copy_text(path);
    if (!x->path) return sv_fail_memory(fault, path);
    x->fd = open(path, O_RDONLY | O_CLOEXEC);
    return x->fd >= 0 ? SV_OK : sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(errno));
}

/* Length of the header that begins with these four bytes; 0 where it is none of images. */
static size_t header_size(const unsigned char magic[4])
{
    bool fits = magic[0] == 0 && magic[1] == 0 && magic[2] == UNSIGNED_BYTES && (magic[3] == 3 || magic[3] == 4);
    return fits ? 4 + 4 * (size_t)magic[3] : 0;
}

static sv_status refuse_header(const char *path, const unsigned char magic[4], sv_fault *fault)
{
    if (magic[0] || magic[1]) return sv_fail(fault, SV_BAD_DATA, "%s: no idx file: it does not begin with two zero bytes", path);
    if (magic[2] != UNSIGNED_BYTES)
        return sv_fail(fault, SV_BAD_DATA, "%s: idx elements of type 0x%02x; expected 0x08 (unsigned bytes)", path, magic[2]);
    return sv_fail(fault, SV_BAD_DATA, "%s: idx with %d dimensions%s; expected images: 3 ([N,H,W]) or 4 ([N,H,W,C])", path, magic[3],
                   magic[3] == 1 ? " (labels)" : "");
}

static sv_status interpret_header(const char *path, const unsigned char *header, const sv_shape *wanted, sv_dataset *d, sv_fault *fault)
{
    int64_t dim[4] = { 0, 0, 0, 1 };
    for (int i = 0; i < header[3]; i++) {
        const unsigned char *p = header + 4 + 4 * i;
        dim[i] = (int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
    }
    sv_shape have = sv_shape3(dim[1], dim[2], dim[3]);
    d->count = dim[0];
    if (d->count < 1) return sv_fail(fault, SV_BAD_DATA, "%s: holds no images", path);
    return sv_source_shape(d, path, &have, SV_PIXEL_U8, wanted, fault);
}

/* How many images the bytes behind the header are, where not all that it announces. */
static sv_status refuse_length(const char *path, const sv_dataset *d, int64_t bytes, sv_fault *fault)
{
    int64_t size = (int64_t)d->sample_bytes, images = bytes / size;
    if (bytes < d->count * size)
        return sv_fail(fault, SV_BAD_DATA, "%s: truncated: its header announces %lld images, it holds %lld", path, (long long)d->count,
                       (long long)images);
    return sv_fail(fault, SV_BAD_DATA, "%s: %lld bytes follow the %lld images that its header announces", path,
                   (long long)(bytes - d->count * size), (long long)d->count);
}

static sv_status open_plain(const char *path, const sv_shape *wanted, sv_dataset *d, sv_fault *fault)
{
    idx *x = d->own;
    unsigned char header[LONGEST_HEADER];
    struct stat s;
    if (fstat(x->fd, &s) != 0) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(errno));
    if (s.st_size < 4) return sv_fail(fault, SV_BAD_DATA, "%s: %lld bytes are no idx file", path, (long long)s.st_size);
    sv_status status = sv_read_at(x->fd, path, header, 4, 0, fault);
    if (status != SV_OK) return status;
    x->offset = (int64_t)header_size(header);
    if (x->offset == 0) return refuse_header(path, header, fault);
    if (s.st_size < x->offset) return sv_fail(fault, SV_BAD_DATA, "%s: truncated inside its header", path);
    status = sv_read_at(x->fd, path, header, (size_t)x->offset, 0, fault);
    if (status == SV_OK) status = interpret_header(path, header, wanted, d, fault);
    if (status != SV_OK) return status;
    int64_t bytes = (int64_t)s.st_size - x->offset;
    return bytes == d->count * (int64_t)d->sample_bytes ? SV_OK : refuse_length(path, d, bytes, fault);
}

typedef struct gz_source {
    gzFile file;
    const char *path;
    bool cut; /* the data ended before their checksum */
} gz_source;

/* Up to `bytes`; less where the data end. */
static sv_status inflate_some(gz_source *s, void *to, size_t bytes, size_t *got, sv_fault *fault)
{
    *got = 0;
    while (*got < bytes && !s->cut) {
        size_t left = bytes - *got;
        int error = Z_OK, n = gzread(s->file, (char *)to + *got, left < INT_MAX ? (unsigned)left : INT_MAX);
        if (n <= 0) gzerror(s->file, &error);
        s->cut = error == Z_BUF_ERROR;
        if (error == Z_MEM_ERROR) return sv_fail_memory(fault, s->path);
        if (error == Z_ERRNO) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", s->path, strerror(errno));
        if (n < 0 && !s->cut) return sv_fail(fault, SV_BAD_DATA, "%s: damaged gzip data", s->path);
        if (n <= 0) break;
        *got += (size_t)n;
    }
    return SV_OK;
}

/* Counts what follows the announced images, `got` bytes of which there were. */
static sv_status check_end(gz_source *s, const sv_dataset *d, size_t got, sv_fault *fault)
{
    char rest[4096];
    size_t more = 1;
    int64_t bytes = (int64_t)got;
    while (more) {
        sv_status status = inflate_some(s, rest, sizeof rest, &more, fault);
        if (status != SV_OK) return status;
        bytes += (int64_t)more;
    }
    if (bytes != d->count * (int64_t)d->sample_bytes) return refuse_length(s->path, d, bytes, fault);
    return s->cut ? sv_fail(fault, SV_BAD_DATA, "%s: truncated: the gzip data end before their checksum", s->path) : SV_OK;
}

static sv_status inflate_header(gz_source *s, unsigned char header[LONGEST_HEADER], sv_fault *fault)
{
    size_t got, size;
    sv_status status = inflate_some(s, header, 4, &got, fault);
    if (status != SV_OK) return status;
    if (got < 4) return sv_fail(fault, SV_BAD_DATA, "%s: %zu bytes are no idx file", s->path, got);
    size = header_size(header);
    if (size == 0) return refuse_header(s->path, header, fault);
    status = inflate_some(s, header + 4, size - 4, &got, fault);
    if (status != SV_OK || got == size - 4) return status;
    return sv_fail(fault, SV_BAD_DATA, "%s: truncated inside its header", s->path);
}

static sv_status inflate_images(gz_source *s, const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    if (d->count > args->memory_limit / (int64_t)d->sample_bytes)
        return sv_fail(fault, SV_BAD_DATA, "%s: %lld images are more than memory_limit allows, and a gzipped file cannot be read in "
                       "pieces; unpack it (gunzip -k) or raise memory_limit", s->path, (long long)d->count);
    size_t bytes = (size_t)d->count * d->sample_bytes, got;
    d->block = sv_new(bytes, 1);
    if (!d->block) return sv_fail_memory(fault, s->path);
    d->resident = d->block;
    d->read = read_resident;
    sv_status status = inflate_some(s, d->block, bytes, &got, fault);
    return status == SV_OK ? check_end(s, d, got, fault) : status;
}

static sv_status open_gzipped(const char *path, const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    idx *x = d->own;
    unsigned char header[LONGEST_HEADER];
    gz_source s = { gzdopen(x->fd, "rb"), path, false };
    if (!s.file) return sv_fail_memory(fault, path);
    x->fd = -1; /* gzclose closes it */
    sv_status status = inflate_header(&s, header, fault);
    if (status == SV_OK) status = interpret_header(path, header, args->wanted, d, fault);
    if (status == SV_OK) status = inflate_images(&s, args, d, fault);
    gzclose(s.file);
    return status;
}

sv_status sv_open_idx(const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    const char *path = args->spec->path;
    unsigned char magic[2];
    sv_status status = open_file(path, d, fault);
    if (status != SV_OK) return status;
    ssize_t got = pread(((idx *)d->own)->fd, magic, 2, 0);
    if (got < 0) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(errno));
    bool gzipped = got == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    return gzipped ? open_gzipped(path, args, d, fault) : open_plain(path, args->wanted, d, fault);
}
