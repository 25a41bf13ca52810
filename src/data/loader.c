#include "data/loader.h"
#include "base/memory.h"
#include "data/augment.h"
#include "data/prefetch.h"

struct sv_loader {
    sv_loader_args args;
    uint32_t *order;       /* [count]: sample at each position of the epoch */
    int64_t order_epoch;   /* -1: none yet */
    sv_torch_order torch;
    sv_stream shuffle, augment;
    sv_noise_streams noise;
    bool augments, noisy;
    sv_prefetch *prefetch; /* NULL where everything is in memory */
    int64_t epoch, first;  /* of the current batch */
};

static sv_status check_turns(const sv_loader_args *a, sv_fault *fault)
{
    const sv_shape *s = &a->input->shape, *t = a->target ? &a->target->shape : s;
    char one[SV_SHAPE_TEXT], two[SV_SHAPE_TEXT];
    if (s->rank != 3 || t->rank != 3)
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.augment: works on images [H,W,C]; inputs and targets are %s and %s",
                       sv_shape_text(s, one), sv_shape_text(t, two));
    if (a->augment.rotate90 == SV_ON && s->dim[0] != s->dim[1])
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.augment.rotate90: needs square images, these are %lld x %lld", (long long)s->dim[0],
                       (long long)s->dim[1]);
    if (s->dim[0] != t->dim[0] || s->dim[1] != t->dim[1])
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.augment: needs inputs and targets of one size");
    return SV_OK;
}

static sv_status check(const sv_loader_args *a, sv_fault *fault)
{
    int64_t samples = a->input->count;
    if (a->batch < 1) return sv_fail(fault, SV_BAD_ARGUMENT, "batch_size: expected an integer >= 1, got %d", a->batch);
    if (a->target && a->target->count != samples)
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.target: %lld samples, but data has %lld; a target belongs to each",
                       (long long)a->target->count, (long long)samples);
    if (a->target && (a->input->skips || a->target->skips))
        return sv_fail(fault, SV_BAD_DATA, "data.target: %lld inputs and %lld targets were skipped, so the rest would pair wrongly; "
                       "repair or remove them, each with its partner", (long long)a->input->skips, (long long)a->target->skips);
    if (a->count < 1 || a->count > UINT32_MAX || (!a->subset && a->count > samples))
        return sv_fail(fault, SV_BAD_ARGUMENT, "data: no samples to train on");
    if (a->torch && a->count > SV_RANDPERM_MOST)
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.shuffle.rng: PyTorch orders more than %d samples in another way; \"native\"",
                       SV_RANDPERM_MOST);
    for (int64_t i = 0; a->subset && i < a->count; i++)
        if (a->subset[i] >= samples) return sv_fail(fault, SV_BAD_ARGUMENT, "data: sample %u of %lld", a->subset[i], (long long)samples);
    return sv_augments(&a->augment) ? check_turns(a, fault) : SV_OK;
}

sv_status sv_loader_open(const sv_loader_args *args, sv_loader **loader, sv_fault *fault)
{
    sv_status status = check(args, fault);
    if (status != SV_OK) return status;
    sv_loader *l = sv_new(1, sizeof *l);
    if (!l) return sv_fail_memory(fault, "data");
    const char *name = args->stream ? args->stream : "train";
    l->args = *args;
    l->order_epoch = -1;
    l->shuffle = sv_stream_open(args->shuffle_seed ? *args->shuffle_seed : args->seed, "shuffle", name);
    if (args->torch) {
        l->torch.shuffle = *args->torch;
        l->args.torch = &l->torch.shuffle;
    }
    l->args.shuffle_seed = NULL;
    l->augment = sv_stream_open(args->seed, "augment", name);
    l->noise = sv_noise_open(args->seed, name);
    l->augments = sv_augments(&args->augment);
    l->noisy = sv_is_noisy(&args->noise);
    l->order = sv_new((size_t)args->count, sizeof *l->order);
    status = l->order ? SV_OK : sv_fail_memory(fault, "data: order of samples");
    bool streams = !args->input->resident || (args->target && !args->target->resident);
    if (status == SV_OK && streams) status = sv_prefetch_open(args->input, args->target, args->batch, &l->prefetch, fault);
    if (status != SV_OK) {
        sv_loader_close(l);
        return status;
    }
    *loader = l;
    return SV_OK;
}

void sv_loader_close(sv_loader *l)
{
    if (!l) return;
    sv_prefetch_close(l->prefetch);
    sv_free(l->order);
    sv_free(l);
}

int64_t sv_loader_batches(const sv_loader *l)
{
    return (l->args.count + l->args.batch - 1) / l->args.batch;
}

static void make_order(sv_loader *l, int64_t epoch)
{
    if (l->order_epoch == epoch) return;
    if (l->args.shuffle && l->args.torch) {
        sv_torch_order_make(&l->torch, epoch, l->args.count, l->order);
    } else if (l->args.shuffle) {
        sv_stream_permutation(&l->shuffle, (uint32_t)epoch, l->args.count, l->order);
    } else {
        for (int64_t i = 0; i < l->args.count; i++) l->order[i] = (uint32_t)i;
    }
    for (int64_t i = 0; l->args.subset && i < l->args.count; i++) l->order[i] = l->args.subset[l->order[i]];
    l->order_epoch = epoch;
}

static int64_t samples_of(const sv_loader *l, int64_t index)
{
    int64_t left = l->args.count - index * l->args.batch;
    return left < l->args.batch ? left : l->args.batch;
}

static uint64_t job_of(int64_t epoch, int64_t index)
{
    return ((uint64_t)epoch << 32 | (uint64_t)index) + 1;
}

static void start(sv_loader *l, int64_t epoch, int64_t index)
{
    sv_prefetch_start(l->prefetch, job_of(epoch, index), l->order + index * l->args.batch, samples_of(l, index));
}

/* The batch's samples into memory. A job for another batch is waited for and dropped; only then may the order change. */
static sv_status stream_batch(sv_loader *l, int64_t epoch, int64_t index, sv_fault *fault)
{
    if (sv_prefetch_job(l->prefetch) != job_of(epoch, index)) {
        if (sv_prefetch_job(l->prefetch)) sv_prefetch_take(l->prefetch, NULL);
        make_order(l, epoch);
        start(l, epoch, index);
    }
    sv_status status = sv_prefetch_take(l->prefetch, fault);
    if (status == SV_OK && index + 1 < sv_loader_batches(l)) start(l, epoch, index + 1);
    return status;
}

sv_status sv_loader_batch(sv_loader *l, int64_t epoch, int64_t index, int64_t *samples, sv_fault *fault)
{
    if (l->prefetch) {
        sv_status status = stream_batch(l, epoch, index, fault);
        if (status != SV_OK) return status;
    } else {
        make_order(l, epoch);
    }
    l->epoch = epoch;
    l->first = index * l->args.batch;
    *samples = samples_of(l, index);
    return SV_OK;
}

/* Sample `row` of the batch, raw. */
static const void *raw_of(const sv_loader *l, const sv_dataset *d, const void *streamed, int64_t row)
{
    if (streamed) return streamed;
    return (const char *)d->resident + (size_t)l->order[l->first + row] * d->sample_bytes;
}

static void convert(const sv_loader *l, const sv_dataset *d, const void *raw, const sv_turn *turn, float *to)
{
    if (turn) sv_pixels_turned(raw, d->pixel, &d->shape, turn, to);
    else sv_pixels_plain(l->args.vectors, raw, d->pixel, sv_shape_count(&d->shape), to);
}

static void fetch_one(const sv_loader *l, int64_t row, float *input, float *target)
{
    const sv_dataset *in = l->args.input, *out = l->args.target;
    uint32_t position = (uint32_t)(l->first + row), epoch = (uint32_t)l->epoch;
    sv_turn turn;
    if (l->augments) turn = sv_turn_of(&l->args.augment, &l->augment, epoch, position);
    const sv_turn *turned = l->augments ? &turn : NULL;
    const void *raw = raw_of(l, in, l->prefetch ? sv_prefetch_input(l->prefetch, row) : NULL, row);
    convert(l, in, raw, turned, input);
    if (target && out) convert(l, out, raw_of(l, out, l->prefetch ? sv_prefetch_target(l->prefetch, row) : NULL, row), turned, target);
    else if (target) convert(l, in, raw, turned, target);
    if (l->noisy) sv_noise_add(l->args.vectors, &l->args.noise, &l->noise, epoch, position, &in->shape, input);
}

void sv_loader_fetch(const sv_loader *l, int64_t first, int count, float *input, float *target)
{
    int64_t in = sv_shape_count(&l->args.input->shape), out = l->args.target ? sv_shape_count(&l->args.target->shape) : in;
    for (int i = 0; i < count; i++) fetch_one(l, first + i, input + i * in, target ? target + i * out : NULL);
}
