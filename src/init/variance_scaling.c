/* Keras's variance_scaling and its special cases. With n the fan that `mode` names (fan_avg: the mean of both), the variance
 * is scale / max(1, n):
 *   uniform             U(-l, l), l = sqrt(3 scale / n)
 *   untruncated_normal  N(0, sqrt(scale / n))
 *   truncated_normal    N(0, sqrt(scale / n) / .87962566103423978) cut at two of its standard deviations
 * glorot: scale 1, fan_avg (Glorot, Bengio 2010, "Understanding the difficulty of training deep feedforward neural
 * networks"); he: scale 2, fan_in (He et al. 2015, arXiv 1502.01852); lecun: scale 1, fan_in (LeCun et al. 1998, "Efficient
 * BackProp"). Their _normal is truncated. */
#include "init/family.h"
#include <math.h>

static const char *const distribution_names[] = { "", "truncated_normal", "untruncated_normal", "uniform", NULL };

static const sv_arg scaling_table[] = {
    SV_INIT_NUMBER(scale, 0, 1e30, 1, "factor of the variance, above 0"),
    { .key = "mode",
      .type = SV_ARG_ENUM,
      .offset = offsetof(sv_initializer, mode),
      .fallback_torch = NAN,
      .names = sv_fan_mode_names,
      .fallback_text = "fan_in",
      .doc = "fan that divides the variance" },
    { .key = "distribution",
      .type = SV_ARG_ENUM,
      .offset = offsetof(sv_initializer, distribution),
      .fallback_torch = NAN,
      .names = distribution_names,
      .fallback_text = "truncated_normal",
      .doc = "shape of the distribution" },
    SV_INIT_FAN("keras"),
    SV_INIT_SEED,
    { .key = NULL },
};

static const sv_arg named_table[] = { SV_INIT_FAN("keras"), SV_INIT_SEED, { .key = NULL } };

typedef struct rule {
    double scale;
    sv_fan_mode mode;
    sv_distribution distribution;
} rule;

static rule rule_of(const sv_initializer *i)
{
    switch (i->type) {
    case SV_INIT_GLOROT_UNIFORM:
        return (rule){ 1, SV_FAN_AVG, SV_DISTRIBUTION_UNIFORM };
    case SV_INIT_GLOROT_NORMAL:
        return (rule){ 1, SV_FAN_AVG, SV_DISTRIBUTION_TRUNCATED_NORMAL };
    case SV_INIT_HE_UNIFORM:
        return (rule){ 2, SV_FAN_IN, SV_DISTRIBUTION_UNIFORM };
    case SV_INIT_HE_NORMAL:
        return (rule){ 2, SV_FAN_IN, SV_DISTRIBUTION_TRUNCATED_NORMAL };
    case SV_INIT_LECUN_UNIFORM:
        return (rule){ 1, SV_FAN_IN, SV_DISTRIBUTION_UNIFORM };
    case SV_INIT_LECUN_NORMAL:
        return (rule){ 1, SV_FAN_IN, SV_DISTRIBUTION_TRUNCATED_NORMAL };
    default:
        return (rule){ i->scale, i->mode, i->distribution };
    }
}

static void complete(sv_initializer *i)
{
    if (i->mode == SV_MODE_DEFAULT) i->mode = SV_FAN_IN;
    if (i->distribution == SV_DISTRIBUTION_DEFAULT) i->distribution = SV_DISTRIBUTION_TRUNCATED_NORMAL;
}

/* Keras counts a vector's own length as both of its fans; the other frameworks' fans of a bias are its kernel's. */
static double fan_of(const sv_draw *d, sv_fan_mode mode)
{
    bool vector = d->shape.rank == 1 && d->initializer.fan == SV_FAN_KERAS;
    double in = vector ? (double)d->shape.dim[0] : d->fan_in, out = vector ? (double)d->shape.dim[0] : d->fan_out;
    return fmax(1, mode == SV_FAN_IN ? in : mode == SV_FAN_OUT ? out : (in + out) / 2);
}

static double variance(const sv_draw *d)
{
    rule r = rule_of(&d->initializer);
    return r.scale / fan_of(d, r.mode);
}

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    rule r = rule_of(&d->initializer);
    double v = variance(d);
    if (!(r.scale > 0)) return sv_fail(fault, SV_BAD_ARGUMENT, "scale: expected a number above 0, got %.9g", r.scale);
    if (r.distribution == SV_DISTRIBUTION_UNIFORM) {
        double limit = sqrt(3 * v);
        return s->uniform(s, &d->shape, -limit, limit, data, fault);
    }
    if (r.distribution == SV_DISTRIBUTION_UNTRUNCATED_NORMAL) return s->normal(s, &d->shape, 0, sqrt(v), data, fault);
    return s->truncated(s, &d->shape, 0, sqrt(v) / SV_TRUNCATED_STDDEV, data, fault);
}

static double stddev(const sv_draw *d)
{
    return sqrt(variance(d));
}

#define KIND(rows, other, text)                                                                                                    \
    {                                                                                                                              \
        .doc = text, .table = rows, .fan = SV_FAN_KERAS, .origin = SV_ORIGIN_KERAS, .counterpart = other, .complete = complete,    \
        .draw = draw, .stddev = stddev                                                                                             \
    }

const sv_initializer_kind sv_init_variance_scaling = KIND(scaling_table, "kaiming_normal", "variance scale/fan, Keras");
const sv_initializer_kind sv_init_glorot_uniform =
    KIND(named_table, "xavier_uniform", "U(-l, l), l = sqrt(6 / (fan_in + fan_out)), Keras");
const sv_initializer_kind sv_init_glorot_normal =
    KIND(named_table, "xavier_normal", "truncated normal of variance 2 / (fan_in + fan_out), Keras");
const sv_initializer_kind sv_init_he_uniform = KIND(named_table, "kaiming_uniform", "U(-l, l), l = sqrt(6 / fan_in), Keras");
const sv_initializer_kind sv_init_he_normal = KIND(named_table, "kaiming_normal", "truncated normal of variance 2 / fan_in, Keras");
const sv_initializer_kind sv_init_lecun_uniform =
    KIND(named_table, "kaiming_uniform with nonlinearity linear", "U(-l, l), l = sqrt(3 / fan_in), Keras");
const sv_initializer_kind sv_init_lecun_normal =
    KIND(named_table, "kaiming_normal with nonlinearity linear", "truncated normal of variance 1 / fan_in, Keras");
