/*
 * GaussianNoise: in training y = x + stddev n; without training y = x. n: element i of the sample, standard normal, from the
 * layer's stream (as Dropout's uniforms). dx += dy.
 */
#include "ops/op.h"
#include <string.h>

static const sv_arg table[] = {
    { .key = "stddev", .type = SV_ARG_FLOAT, .offset = offsetof(sv_gaussian_noise_args, stddev), .required = true, .minimum = 0,
      .maximum = 1e9, .doc = "standard deviation of the noise" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    (void)fault;
    i->output = i->input[0];
    return SV_OK;
}

static void forward(const sv_call *c)
{
    float stddev = ((const sv_gaussian_noise_args *)c->args)->stddev;
    int64_t per_sample = sv_shape_count(&c->output), count = c->samples * per_sample;
    memcpy(c->y, c->x[0], (size_t)count * sizeof(float));
    if (!c->training) return;
    for (int r = 0; r < c->samples; r++)
        sv_add_normal(c->vectors, stddev, c->stream, c->epoch, c->sample_id[r], per_sample, c->y + r * per_sample);
}

static void backward(const sv_call *c)
{
    if (c->dx[0]) c->vectors->add(c->samples * sv_shape_count(&c->output), c->dx[0], c->dy);
}

const sv_op sv_op_gaussian_noise = {
    .type = "GaussianNoise",
    .doc = "adds normal noise in training",
    .table = table,
    .args_size = sizeof(sv_gaussian_noise_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .random = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
