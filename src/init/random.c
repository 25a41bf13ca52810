/* Distributions whose width the user gives. Keras's random_normal N(0, .05), random_uniform U(-.05, .05), truncated_normal
 * (N(0, .05) redrawn until within two standard deviations of the mean; its standard deviation is then .88 stddev);
 * PyTorch's normal N(0, 1) and uniform U(0, 1). */
#include "init/family.h"
#include <math.h>

#define NORMAL_ROWS(deviation)                                                                                                     \
    SV_INIT_NUMBER(mean, 0, 0, 0, "mean"), SV_INIT_NUMBER(stddev, 0, 1e30, deviation, "standard deviation"), SV_INIT_SEED,         \
    {                                                                                                                              \
        .key = NULL                                                                                                                \
    }
#define UNIFORM_ROWS(low, high)                                                                                                    \
    SV_INIT_NUMBER(minval, 0, 0, low, "lower bound"), SV_INIT_NUMBER(maxval, 0, 0, high, "upper bound"), SV_INIT_SEED,             \
    {                                                                                                                              \
        .key = NULL                                                                                                                \
    }

static const sv_arg keras_normal_table[] = { NORMAL_ROWS(.05) };
static const sv_arg torch_normal_table[] = { NORMAL_ROWS(1) };
static const sv_arg keras_uniform_table[] = { UNIFORM_ROWS(-.05, .05) };
static const sv_arg torch_uniform_table[] = { UNIFORM_ROWS(0, 1) };

static sv_status normal(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    return s->normal(s, &d->shape, d->initializer.mean, d->initializer.stddev, data, fault);
}

static sv_status truncated(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    return s->truncated(s, &d->shape, d->initializer.mean, d->initializer.stddev, data, fault);
}

static sv_status uniform(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    const sv_initializer *i = &d->initializer;
    if (!(i->minval <= i->maxval))
        return sv_fail(fault, SV_BAD_ARGUMENT, "maxval: expected a number >= minval (%.9g), got %.9g", i->minval, i->maxval);
    return s->uniform(s, &d->shape, i->minval, i->maxval, data, fault);
}

static double normal_stddev(const sv_draw *d)
{
    return d->initializer.stddev;
}

static double truncated_stddev(const sv_draw *d)
{
    return d->initializer.stddev * SV_TRUNCATED_STDDEV;
}

static double uniform_stddev(const sv_draw *d)
{
    return (d->initializer.maxval - d->initializer.minval) / sqrt(12);
}

const sv_initializer_kind sv_init_random_normal = { .origin = SV_ORIGIN_KERAS,
                                                    .counterpart = "normal",
                                                    .doc = "N(mean, stddev), Keras",
                                                    .table = keras_normal_table,
                                                    .draw = normal,
                                                    .stddev = normal_stddev };
const sv_initializer_kind sv_init_random_uniform = { .origin = SV_ORIGIN_KERAS,
                                                     .counterpart = "uniform",
                                                     .doc = "U(minval, maxval), Keras",
                                                     .table = keras_uniform_table,
                                                     .draw = uniform,
                                                     .stddev = uniform_stddev };
const sv_initializer_kind sv_init_truncated_normal = { .origin = SV_ORIGIN_KERAS,
                                                       .counterpart = "trunc_normal",
                                                       .doc = "N(mean, stddev) cut at two standard deviations, Keras",
                                                       .table = keras_normal_table,
                                                       .draw = truncated,
                                                       .stddev = truncated_stddev };
const sv_initializer_kind sv_init_normal = { .origin = SV_ORIGIN_TORCH,
                                             .counterpart = "random_normal",
                                             .doc = "N(mean, stddev), PyTorch",
                                             .table = torch_normal_table,
                                             .draw = normal,
                                             .stddev = normal_stddev };
const sv_initializer_kind sv_init_uniform = { .origin = SV_ORIGIN_TORCH,
                                              .counterpart = "random_uniform",
                                              .doc = "U(minval, maxval), PyTorch",
                                              .table = torch_uniform_table,
                                              .draw = uniform,
                                              .stddev = uniform_stddev };
