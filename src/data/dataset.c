#include "data/dataset.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/threads.h"
#include "data/source.h"
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

const char *const sv_source_names[] = { "synthetic", "idx", "images", "npy", "cifar10", NULL };

static const sv_source_open open_source[] = {
    [SV_SOURCE_SYNTHETIC] = sv_open_synthetic, [SV_SOURCE_IDX] = sv_open_idx,         [SV_SOURCE_IMAGES] = sv_open_images,
    [SV_SOURCE_NPY] = sv_open_npy,             [SV_SOURCE_CIFAR10] = sv_open_cifar10,
};

static const int64_t default_memory_limit = (int64_t)2 << 30;

sv_status sv_source_shape(sv_dataset *d, const char *path, const sv_shape *have, sv_pixel pixel, const sv_shape *wanted, sv_fault *fault)
{
    static const size_t size[] = { [SV_PIXEL_U8] = 1, [SV_PIXEL_U16] = 2, [SV_PIXEL_F32] = 4 };
    char has[SV_SHAPE_TEXT], wants[SV_SHAPE_TEXT];
    if (!sv_shape_equal(have, wanted))
        return sv_fail(fault, SV_BAD_DATA, "%s: samples of shape %s; the model takes %s", path, sv_shape_text(have, has),
                       sv_shape_text(wanted, wants));
    d->shape = *have;
    d->pixel = pixel;
    d->sample_bytes = (size_t)sv_shape_count(have) * size[pixel];
    return SV_OK;
}

sv_status sv_read_at(int fd, const char *path, void *to, size_t bytes, int64_t offset, sv_fault *fault)
{
    size_t have = 0;
    while (have < bytes) {
        ssize_t got = pread(fd, (char *)to + have, bytes - have, (off_t)offset + (off_t)have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(errno));
        if (got == 0) return sv_fail(fault, SV_BAD_DATA, "%s: the file has become shorter", path);
        have += (size_t)got;
    }
    return SV_OK;
}

/* All samples read once, by several threads, into `block` or (NULL) only to see which can be. */
typedef struct pass {
    const sv_dataset *d;
    char *block;
    char *scratch; /* a sample per worker where there is no block */
    bool *unusable; /* NULL: the first that cannot be read ends the pass */
    sv_fault *fault; /* one per worker, of the first sample in order that it could not read */
    int64_t *failed; /* that sample, or count */
    _Atomic int64_t first; /* the least of them: what comes later need not be read */
} pass;

static void read_one(void *context, int64_t i, int worker)
{
    pass *p = context;
    sv_fault fault = { 0 };
    if (!p->unusable && i > atomic_load(&p->first)) return;
    char *to = p->block ? p->block + (size_t)i * p->d->sample_bytes : p->scratch + (size_t)worker * p->d->sample_bytes;
    sv_status status = p->d->read(p->d, i, to, &fault);
    if (status == SV_OK) return;
    if (p->unusable) p->unusable[i] = true;
    bool memory = status == SV_NO_MEMORY, had_memory = p->fault[worker].status == SV_NO_MEMORY;
    if (had_memory > memory || (had_memory == memory && i > p->failed[worker])) return;
    p->fault[worker] = fault;
    p->failed[worker] = i;
    int64_t first = atomic_load(&p->first);
    while (i < first && !atomic_compare_exchange_weak(&p->first, &first, i)) {}
}

/* The fault of the first sample in order, short memory before all. */
static const sv_fault *first_fault(const pass *p, int workers)
{
    int best = -1;
    for (int w = 0; w < workers; w++) {
        if (p->failed[w] == p->d->count) continue;
        bool memory = p->fault[w].status == SV_NO_MEMORY, had = best >= 0 && p->fault[best].status == SV_NO_MEMORY;
        if (best < 0 || memory > had || (memory == had && p->failed[w] < p->failed[best])) best = w;
    }
    return best < 0 ? NULL : &p->fault[best];
}

static sv_status judge(const pass *p, int workers, sv_fault *fault)
{
    const sv_fault *worst = first_fault(p, workers);
    if (!worst) return SV_OK;
    int64_t usable = 0;
    for (int64_t i = 0; p->unusable && i < p->d->count; i++) usable += !p->unusable[i];
    if (worst->status == SV_NO_MEMORY || !p->unusable) return sv_fail(fault, worst->status, "%s", worst->text);
    if (usable) return SV_OK;
    return sv_fail(fault, worst->status, "none of %lld images can be used; the first: %s", (long long)p->d->count, worst->text);
}

static sv_status read_all(const sv_dataset *d, char *block, bool *unusable, sv_fault *fault)
{
    int workers = sv_default_threads();
    pass p = { .d = d, .block = block, .unusable = unusable };
    atomic_init(&p.first, d->count);
    p.scratch = block ? NULL : sv_new((size_t)workers, d->sample_bytes);
    p.fault = sv_new((size_t)workers, sizeof *p.fault);
    p.failed = sv_new((size_t)workers, sizeof *p.failed);
    sv_status status = p.fault && p.failed && (block || p.scratch) ? SV_OK : sv_fail_memory(fault, "data set");
    if (status == SV_OK) {
        for (int w = 0; w < workers; w++) p.failed[w] = d->count;
        sv_parallel(workers, d->count, read_one, &p);
        status = judge(&p, workers, fault);
    }
    sv_free(p.scratch);
    sv_free(p.fault);
    sv_free(p.failed);
    return status;
}

static void close_gap(char *block, size_t sample_bytes, const bool *unusable, int64_t count)
{
    char *to = block;
    for (int64_t i = 0; i < count; i++) {
        if (unusable[i]) continue;
        memmove(to, block + (size_t)i * sample_bytes, sample_bytes);
        to += sample_bytes;
    }
}

static bool fits(const sv_dataset *d, const sv_source_args *args)
{
    return d->count <= args->memory_limit / (int64_t)d->sample_bytes;
}

/* Reads what fits into memory; where images may be skipped, reads all of them at least once to know which. */
static sv_status settle(sv_dataset *d, const sv_source_args *args, sv_fault *fault)
{
    bool kept = fits(d, args);
    bool skips = args->spec->source == SV_SOURCE_IMAGES && args->spec->on_error == SV_ON_ERROR_SKIP;
    if (d->resident || (!kept && !skips)) return SV_OK;
    char *block = kept ? sv_new((size_t)d->count, d->sample_bytes) : NULL;
    bool *unusable = skips ? sv_new((size_t)d->count, sizeof *unusable) : NULL;
    sv_status status = (block || !kept) && (unusable || !skips) ? SV_OK : sv_fail_memory(fault, "data set");
    if (status == SV_OK) status = read_all(d, block, unusable, fault);
    if (status == SV_OK && skips) {
        if (block) close_gap(block, d->sample_bytes, unusable, d->count);
        status = sv_images_skip(d, unusable, fault);
    }
    sv_free(unusable);
    d->block = block;
    if (status == SV_OK) d->resident = block;
    return status;
}

static sv_status check_spec(const sv_data_spec *spec, sv_fault *fault)
{
    if (spec->source != SV_SOURCE_SYNTHETIC && !spec->path)
        return sv_fail(fault, SV_BAD_ARGUMENT, "path: missing; the source \"%s\" needs one", sv_source_names[spec->source]);
    if (spec->samples < 0) return sv_fail(fault, SV_BAD_ARGUMENT, "samples: expected an integer >= 1, got %d", spec->samples);
    return SV_OK;
}

/* The source's own part: nothing is read but what says how many samples there are. Close `d` also after a fault. */
static sv_status open_unread(const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    int most = args->spec->samples;
    sv_status status = open_source[args->spec->source](args, d, fault);
    if (status == SV_OK && most > 0 && most < d->count) d->count = most;
    return status;
}

static sv_source_args source_args(const sv_data_spec *spec, const sv_shape *wanted, uint64_t seed)
{
    return (sv_source_args){ spec, wanted, seed, spec->memory_limit > 0 ? spec->memory_limit : default_memory_limit };
}

sv_status sv_dataset_open(const sv_data_spec *spec, const sv_shape *wanted, uint64_t seed, sv_dataset **dataset, sv_fault *fault)
{
    *dataset = NULL;
    sv_status status = check_spec(spec, fault);
    if (status != SV_OK) return status;
    sv_dataset *d = sv_new(1, sizeof *d);
    if (!d) return sv_fail_memory(fault, "data set");
    sv_source_args args = source_args(spec, wanted, seed);
    status = open_unread(&args, d, fault);
    if (status == SV_OK) status = settle(d, &args, fault);
    if (status != SV_OK) {
        sv_dataset_close(d);
        return status;
    }
    *dataset = d;
    return SV_OK;
}

sv_status sv_dataset_survey(const sv_data_spec *spec, const sv_shape *wanted, uint64_t seed, sv_dataset_size *size, sv_fault *fault)
{
    sv_status status = check_spec(spec, fault);
    if (status != SV_OK) return status;
    sv_dataset *d = sv_new(1, sizeof *d);
    if (!d) return sv_fail_memory(fault, "data set");
    sv_source_args args = source_args(spec, wanted, seed);
    status = open_unread(&args, d, fault);
    if (status == SV_OK)
        *size = (sv_dataset_size){ d->count, (int64_t)d->sample_bytes, d->resident || fits(d, &args) };
    sv_dataset_close(d);
    return status;
}

void sv_dataset_close(sv_dataset *d)
{
    if (!d) return;
    if (d->close) d->close(d);
    sv_free_list(d->skipped, (size_t)d->skips);
    sv_free(d->block);
    sv_free(d);
}

sv_status sv_dataset_digest(const sv_dataset *d, char digest[65], sv_fault *fault)
{
    if (d->resident) {
        sv_hash_bytes(d->resident, (size_t)d->count * d->sample_bytes, digest);
        return SV_OK;
    }
    sv_hash *h = sv_hash_begin();
    char *sample = sv_new(1, d->sample_bytes);
    sv_status status = h && sample ? SV_OK : sv_fail_memory(fault, "data set");
    for (int64_t i = 0; i < d->count && status == SV_OK; i++) {
        status = d->read(d, i, sample, fault);
        if (status == SV_OK) sv_hash_add(h, sample, d->sample_bytes);
    }
    if (h) sv_hash_end(h, digest);
    sv_free(sample);
    return status;
}
