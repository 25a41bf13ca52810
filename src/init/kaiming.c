/* PyTorch's kaiming_uniform and kaiming_normal: standard deviation gain / sqrt(fan), the normal untruncated; the gain makes
 * up for what `nonlinearity` takes: leaky_relu sqrt(2 / (1 + a^2)), relu sqrt 2, linear and sigmoid 1, tanh 5/3, selu 3/4.
 * He et al. 2015, arXiv 1502.01852; torch/nn/init.py. */
#include "init/family.h"
#include <math.h>

static const char *const mode_names[] = { "", "fan_in", "fan_out", NULL };
static const char *const nonlinearity_names[] = { "", "leaky_relu", "relu", "linear", "sigmoid", "tanh", "selu", NULL };

static const sv_arg table[] = {
    SV_INIT_NUMBER(a, 0, 0, 0, "negative slope of the leaky_relu"),
    { .key = "mode",
      .type = SV_ARG_ENUM,
      .offset = offsetof(sv_initializer, mode),
      .fallback_torch = NAN,
      .names = mode_names,
      .fallback_text = "fan_in",
      .doc = "fan that divides the variance" },
    { .key = "nonlinearity",
      .type = SV_ARG_ENUM,
      .offset = offsetof(sv_initializer, nonlinearity),
      .fallback_torch = NAN,
      .names = nonlinearity_names,
      .fallback_text = "leaky_relu",
      .doc = "function whose gain is made up for" },
    SV_INIT_FAN("torch"),
    SV_INIT_SEED,
    { .key = NULL },
};

static void complete(sv_initializer *i)
{
    if (i->mode == SV_MODE_DEFAULT) i->mode = SV_FAN_IN;
    if (i->nonlinearity == SV_NONLINEARITY_DEFAULT) i->nonlinearity = SV_NONLINEARITY_LEAKY_RELU;
}

static double gain(const sv_initializer *i)
{
    double a = i->a;
    switch (i->nonlinearity) {
    case SV_NONLINEARITY_RELU:
        return sqrt(2);
    case SV_NONLINEARITY_LINEAR:
    case SV_NONLINEARITY_SIGMOID:
        return 1;
    case SV_NONLINEARITY_TANH:
        return 5.0 / 3;
    case SV_NONLINEARITY_SELU:
        return 0.75;
    default:
        return sqrt(2 / (1 + a * a));
    }
}

static double stddev(const sv_draw *d)
{
    return gain(&d->initializer) / sqrt(fmax(1, d->initializer.mode == SV_FAN_OUT ? d->fan_out : d->fan_in));
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

#define KIND(how, other, text)                                                                                                     \
    {                                                                                                                              \
        .doc = text, .table = table, .fan = SV_FAN_TORCH, .origin = SV_ORIGIN_TORCH, .counterpart = other, .complete = complete,   \
        .draw = how, .stddev = stddev                                                                                              \
    }

const sv_initializer_kind sv_init_kaiming_uniform = KIND(uniform, "variance_scaling", "U(-b, b), b = gain sqrt(3 / fan), PyTorch");
const sv_initializer_kind sv_init_kaiming_normal = KIND(normal, "variance_scaling", "N(0, gain / sqrt(fan)), PyTorch");
