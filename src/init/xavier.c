/* PyTorch's xavier_uniform and xavier_normal: standard deviation gain sqrt(2 / (fan_in + fan_out)), the normal untruncated.
 * Glorot, Bengio 2010; torch/nn/init.py. */
#include "init/family.h"
#include <math.h>

static const sv_arg table[] = {
    SV_INIT_NUMBER(gain, 0, 0, 1, "factor of the standard deviation"), SV_INIT_FAN("torch"), SV_INIT_SEED, { .key = NULL }
};

static double stddev(const sv_draw *d)
{
    return d->initializer.gain * sqrt(2 / fmax(1, d->fan_in + d->fan_out));
}

static sv_status uniform(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    double bound = sqrt(3) * stddev(d);
    return s->uniform(s, &d->shape, -bound, bound, data, fault);
}

static sv_status normal(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    return s->normal(s, &d->shape, 0, stddev(d), data, fault);
}

const sv_initializer_kind sv_init_xavier_uniform = { .origin = SV_ORIGIN_TORCH,
                                                     .counterpart = "glorot_uniform",
                                                     .doc = "U(-b, b), b = gain sqrt(6 / (fan_in + fan_out)), PyTorch",
                                                     .table = table,
                                                     .fan = SV_FAN_TORCH,
                                                     .draw = uniform,
                                                     .stddev = stddev };
const sv_initializer_kind sv_init_xavier_normal = { .origin = SV_ORIGIN_TORCH,
                                                    .counterpart = "glorot_normal",
                                                    .doc = "N(0, gain sqrt(2 / (fan_in + fan_out))), PyTorch",
                                                    .table = table,
                                                    .fan = SV_FAN_TORCH,
                                                    .draw = normal,
                                                    .stddev = stddev };
