/*
 * CIFAR-10's binary version: records of a label (0 to 9) and 32x32 pixels, one plane each of red, green and blue. A path is one
 * such file or the folder of the data_batch_*.bin. Source: https://www.cs.toronto.edu/~kriz/cifar.html.
 */
#include "base/file.h"
#include "base/memory.h"
#include "data/source.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, PLANES = 3, RECORD = 1 + PLANES * PLANE, LABELS = 10 };

typedef struct batch {
    char *path;
    int fd;
    int64_t first; /* number of its first picture */
} batch;

typedef struct cifar {
    batch *batch;
    size_t batches;
} cifar;

static sv_status read_sample(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    const cifar *c = d->own;
    const batch *b = &c->batch[c->batches - 1];
    unsigned char record[RECORD], *pixel = to;
    while (b->first > index) b--;
    sv_status status = sv_read_at(b->fd, b->path, record, RECORD, (index - b->first) * RECORD, fault);
    if (status != SV_OK) return status;
    if (record[0] >= LABELS)
        return sv_fail(fault, SV_BAD_DATA, "%s: record %lld has label %d; expected CIFAR-10's 0 to 9", b->path,
                       (long long)(index - b->first), record[0]);
    for (int i = 0; i < PLANE; i++)
        for (int plane = 0; plane < PLANES; plane++) *pixel++ = record[1 + plane * PLANE + i];
    return SV_OK;
}

static void close_cifar(sv_dataset *d)
{
    cifar *c = d->own;
    for (size_t i = 0; i < c->batches; i++) {
        if (c->batch[i].fd >= 0) close(c->batch[i].fd);
        sv_free(c->batch[i].path);
    }
    sv_free(c->batch);
    sv_free(c);
}

static bool is_training_batch(const char *relative)
{
    const char *slash = strrchr(relative, '/');
    return strncmp(slash ? slash + 1 : relative, "data_batch_", strlen("data_batch_")) == 0;
}

/* The paths of the batches, in order of their names, into `c`. */
static sv_status list_batches(const char *path, cifar *c, sv_fault *fault)
{
    static const char *const suffixes[] = { ".bin", NULL };
    char **names = NULL;
    size_t count = 0;
    bool folder = sv_is_folder(path);
    sv_status status = folder ? sv_list_files(path, suffixes, &names, &count, fault) : SV_OK;
    if (status != SV_OK) return status;
    c->batch = sv_new(folder ? count : 1, sizeof *c->batch);
    if (!c->batch) status = sv_fail_memory(fault, path);
    for (size_t i = 0; i < (folder ? count : 1) && status == SV_OK; i++) {
        if (folder && !is_training_batch(names[i])) continue;
        batch *b = &c->batch[c->batches++];
        b->fd = -1;
        b->path = folder ? sv_join_path(path, names[i]) : sv_copy_text(path);
        if (!b->path) status = sv_fail_memory(fault, path);
    }
    sv_free_list(names, count);
    if (status == SV_OK && c->batches == 0) return sv_fail(fault, SV_BAD_DATA, "%s: no data_batch_*.bin in this folder", path);
    return status;
}

static sv_status open_batch(batch *b, int64_t *count, sv_fault *fault)
{
    struct stat s;
    b->fd = open(b->path, O_RDONLY | O_CLOEXEC);
    if (b->fd < 0 || fstat(b->fd, &s) != 0) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", b->path, strerror(errno));
    if (!S_ISREG(s.st_mode) || s.st_size == 0) return sv_fail(fault, SV_BAD_DATA, "%s: an empty file", b->path);
    if (s.st_size % RECORD)
        return sv_fail(fault, SV_BAD_DATA, "%s: %lld bytes are no whole number of CIFAR-10 records of %d: truncated or another format",
                       b->path, (long long)s.st_size, RECORD);
    b->first = *count;
    *count += (int64_t)s.st_size / RECORD;
    return SV_OK;
}

sv_status sv_open_cifar10(const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    const char *path = args->spec->path;
    cifar *c = sv_new(1, sizeof *c);
    if (!c) return sv_fail_memory(fault, path);
    d->own = c;
    d->close = close_cifar;
    d->read = read_sample;
    sv_status status = list_batches(path, c, fault);
    for (size_t i = 0; i < c->batches && status == SV_OK; i++) status = open_batch(&c->batch[i], &d->count, fault);
    sv_shape have = sv_shape3(SIDE, SIDE, PLANES);
    return status == SV_OK ? sv_source_shape(d, path, &have, SV_PIXEL_U8, args->wanted, fault) : status;
}
