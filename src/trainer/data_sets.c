#include "trainer/data_sets.h"
#include "base/memory.h"
#include "base/rng.h"
#include "trainer/shuffle.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const keys[SV_SET_COUNT] = { "data", "data.target", "data.validation", "data.validation.target" };

/* A float as the decimal fraction that was written: 0.1, not 0.100000001, or 60000 samples would be split at 53999. */
static double as_written(float f)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", (double)f);
    return strtod(text, NULL);
}

int64_t sv_split_at(int64_t samples, float fraction)
{
    return (int64_t)floor((double)samples * (1.0 - as_written(fraction)));
}

/* Synthetic sets of one run differ from each other. */
static uint64_t seed_of(uint64_t seed, int which)
{
    if (which == SV_SET_DATA) return seed;
    sv_stream s = sv_stream_open(seed, "synthetic", keys[which]);
    return (uint64_t)s.key[1] << 32 | s.key[0];
}

static sv_status at(const sv_config *c, const char *key, sv_fault *fault)
{
    sv_fault_at(fault, key);
    return sv_fault_at(fault, c->source);
}

static sv_status open_set(const sv_config *c, const sv_data_spec *spec, const sv_shape *wanted, int which, sv_run_data *d,
                          sv_fault *fault)
{
    sv_status status = sv_dataset_open(spec, wanted, seed_of(c->seed, which), &d->set[which], fault);
    return status == SV_OK ? SV_OK : at(c, keys[which], fault);
}

static sv_status check_pair(const sv_config *c, const sv_run_data *d, int input, int target, sv_fault *fault)
{
    if (!d->set[target] || d->set[target]->count == d->set[input]->count) return SV_OK;
    sv_fail(fault, SV_BAD_DATA, "has %lld samples, %s has %lld; each needs its own", (long long)d->set[target]->count, keys[input],
            (long long)d->set[input]->count);
    return at(c, keys[target], fault);
}

static sv_status split(const sv_config *c, sv_run_data *d, sv_fault *fault)
{
    int64_t n = d->set[SV_SET_DATA]->count;
    d->training = n;
    d->validation = d->set[SV_SET_VALIDATION] ? d->set[SV_SET_VALIDATION]->count : 0;
    if (n > UINT32_MAX) return sv_fail(fault, SV_BAD_DATA, "%s: data: more than 2^32 samples", c->source);
    if (c->validation_split > 0 && !d->validation) {
        d->training = sv_split_at(n, c->validation_split);
        d->validation = n - d->training;
    }
    if (d->training < 1 || (c->validation_split > 0 && d->validation < 1))
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "%s: data.validation_split: %.7g of %lld samples leaves %lld to train on and %lld to "
                       "validate; both need one",
                       c->source, (double)c->validation_split, (long long)n, (long long)d->training, (long long)d->validation);
    d->row = sv_new((size_t)n, sizeof *d->row);
    if (!d->row) return sv_fail_memory(fault, "data");
    for (int64_t i = 0; i < n; i++) d->row[i] = (uint32_t)i;
    return SV_OK;
}

sv_status sv_run_data_open(const sv_config *c, const sv_built *b, sv_run_data *d, sv_fault *fault)
{
    *d = (sv_run_data){ 0 };
    const sv_shape *in = &b->input->shape, *out = &b->output->shape;
    sv_status s = open_set(c, &c->data, in, SV_SET_DATA, d, fault);
    if (s == SV_OK && c->has_target) s = open_set(c, &c->target, out, SV_SET_TARGET, d, fault);
    if (s == SV_OK && c->has_validation) s = open_set(c, &c->validation, in, SV_SET_VALIDATION, d, fault);
    if (s == SV_OK && c->has_validation && c->has_target)
        s = open_set(c, &c->validation_target, out, SV_SET_VALIDATION_TARGET, d, fault);
    if (s == SV_OK) s = check_pair(c, d, SV_SET_DATA, SV_SET_TARGET, fault);
    if (s == SV_OK) s = check_pair(c, d, SV_SET_VALIDATION, SV_SET_VALIDATION_TARGET, fault);
    return s == SV_OK ? split(c, d, fault) : s;
}

/* Of the sets that the config names: where each is described, and its shape is that of the input or of the output. */
static const sv_data_spec *spec_of(const sv_config *c, int which)
{
    switch (which) {
    case SV_SET_DATA:
        return &c->data;
    case SV_SET_TARGET:
        return c->has_target ? &c->target : NULL;
    case SV_SET_VALIDATION:
        return c->has_validation ? &c->validation : NULL;
    default:
        return c->has_validation && c->has_target ? &c->validation_target : NULL;
    }
}

sv_status sv_run_data_survey(const sv_config *c, const sv_built *b, int64_t *samples, int64_t *loader, sv_fault *fault)
{
    *samples = *loader = 0;
    for (int which = 0; which < SV_SET_COUNT; which++) {
        const sv_data_spec *spec = spec_of(c, which);
        const sv_shape *wanted = which == SV_SET_DATA || which == SV_SET_VALIDATION ? &b->input->shape : &b->output->shape;
        sv_dataset_size size;
        if (!spec) continue;
        if (sv_dataset_survey(spec, wanted, seed_of(c->seed, which), &size, fault) != SV_OK) return at(c, keys[which], fault);
        if (size.resident) *samples += size.count * size.sample_bytes;
        if (which == SV_SET_DATA) *loader += size.count * (int64_t)(2 * sizeof(uint32_t)); /* sv_run_data.row and the order */
        if (!size.resident && which <= SV_SET_TARGET) *loader += 2 * c->batch_size * size.sample_bytes;
    }
    return SV_OK;
}

void sv_run_data_close(sv_run_data *d)
{
    for (int i = 0; i < SV_SET_COUNT; i++) sv_dataset_close(d->set[i]);
    sv_free(d->row);
    *d = (sv_run_data){ 0 };
}

sv_status sv_run_data_loader(const sv_config *c, const sv_run_data *d, const sv_vectors *vectors, sv_loader **loader, sv_fault *fault)
{
    const bool torch = c->shuffle == SV_ON && c->order.given && c->order.rng == SV_ORDER_TORCH;
    const uint64_t seed = (uint64_t)c->order.seed;
    sv_torch_shuffle start;
    if (torch && sv_shuffle_start(c, &start, fault) != SV_OK) return sv_fault_at(fault, c->source);
    sv_loader_args l = { .input = d->set[SV_SET_DATA],
                         .target = d->set[SV_SET_TARGET],
                         .subset = d->row,
                         .count = d->training,
                         .batch = c->batch_size,
                         .shuffle = c->shuffle == SV_ON,
                         .torch = torch ? &start : NULL,
                         .shuffle_seed = &seed,
                         .augment = c->augment,
                         .noise = c->noise,
                         .seed = c->seed,
                         .stream = "train",
                         .vectors = vectors };
    return sv_loader_open(&l, loader, fault) == SV_OK ? SV_OK : sv_fault_at(fault, c->source);
}

sv_status sv_run_data_digest(sv_run_data *d, sv_fault *fault)
{
    for (int i = 0; i < SV_SET_COUNT; i++)
        if (d->set[i] && sv_dataset_digest(d->set[i], d->digest[i], fault) != SV_OK) return sv_fault_at(fault, keys[i]);
    return SV_OK;
}
