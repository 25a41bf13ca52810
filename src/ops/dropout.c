/*
 * Dropout (Srivastava et al. 2014, inverted): in training y = m x with m = 0 where u < rate, else 1 / (1 - rate); without
 * training y = x. u: element i of the sample, uniform in [0,1), from the layer's stream, so a mask depends on seed, layer,
 * epoch and sample, not on how the batch is cut. dx += m dy; the mask is kept in `saved`.
 */
#include "ops/op.h"
#include <string.h>

static const sv_arg table[] = {
    { .key = "rate", .type = SV_ARG_FLOAT, .offset = offsetof(sv_dropout_args, rate), .required = true, .minimum = 0, .maximum = 1,
      .doc = "probability that an element is dropped" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    (void)fault;
    i->output = i->input[0];
    i->saved = sv_shape_count(&i->output);
    return SV_OK;
}

static void draw_mask(const sv_call *c, int64_t per_sample)
{
    float rate = ((const sv_dropout_args *)c->args)->rate;
    float kept = rate < 1 ? (float)(1 / (1 - (double)rate)) : 0;
    for (int r = 0; r < c->samples; r++) {
        float *m = c->saved + r * per_sample;
        c->vectors->uniform(c->stream, c->epoch, c->sample_id[r], 0, per_sample, m);
        for (int64_t k = 0; k < per_sample; k++) m[k] = m[k] >= rate ? kept : 0;
    }
}

static void forward(const sv_call *c)
{
    int64_t per_sample = sv_shape_count(&c->output), count = c->samples * per_sample;
    const float *restrict x = c->x[0];
    float *restrict y = c->y;
    if (!c->training) {
        memcpy(y, x, (size_t)count * sizeof(float));
        return;
    }
    draw_mask(c, per_sample);
    const float *restrict m = c->saved;
    for (int64_t k = 0; k < count; k++) y[k] = m[k] * x[k];
}

static void backward(const sv_call *c)
{
    int64_t count = c->samples * sv_shape_count(&c->output);
    float *restrict dx = c->dx[0];
    if (!dx) return;
    if (!c->training) {
        c->vectors->add(count, dx, c->dy);
        return;
    }
    const float *restrict m = c->saved, *restrict dy = c->dy;
    for (int64_t k = 0; k < count; k++) dx[k] += m[k] * dy[k];
}

const sv_op sv_op_dropout = {
    .type = "Dropout",
    .doc = "drops elements at random in training",
    .table = table,
    .args_size = sizeof(sv_dropout_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .random = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
