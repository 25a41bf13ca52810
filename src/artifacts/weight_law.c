/* What a parameter is drawn from, as mean and variance of one weight. */
#include "artifacts/moment_rules.h"
#include <math.h>
#include <string.h>

int sv_layer_parameter(const sv_node *n, const char *name)
{
    for (int k = 0; n->kind == SV_NODE_LAYER && k < n->inference.parameters; k++)
        if (strcmp(n->inference.parameter[k].name, name) == 0) return n->parameter + k;
    return -1;
}

/* The share of a kernel's entries that join a channel with its own: one of all taps, for min(in, out) pairs of channels. */
static double matched_share(const sv_draw *d)
{
    const int64_t *n = d->shape.dim;
    int rank = d->shape.rank;
    double groups = d->initializer.groups > 0 ? d->initializer.groups : 1;
    double pairs = rank < 2 ? 1 : groups * fmin((double)n[rank - 2], (double)n[rank - 1] / groups);
    return pairs / (double)sv_shape_count(&d->shape);
}

sv_weight_law sv_weight_law_of(const sv_draw *d)
{
    const sv_initializer *i = &d->initializer;
    double s = sv_draw_stddev(d);
    sv_weight_law law = { 0, s * s };
    switch (i->type) {
    case SV_INIT_ONES:
        law.mean = 1;
        break;
    case SV_INIT_CONSTANT:
        law.mean = i->value;
        break;
    case SV_INIT_RANDOM_NORMAL:
    case SV_INIT_TRUNCATED_NORMAL:
    case SV_INIT_NORMAL:
        law.mean = i->mean;
        break;
    case SV_INIT_RANDOM_UNIFORM:
    case SV_INIT_UNIFORM:
        law.mean = (i->minval + i->maxval) / 2;
        break;
    case SV_INIT_TRUNC_NORMAL: /* of bounds about the mean, as they are by default */
        law.mean = i->mean;
        break;
    case SV_INIT_IDENTITY:
    case SV_INIT_EYE:
        law.variance = matched_share(d) * i->gain * i->gain;
        break;
    case SV_INIT_DIRAC:
        law.variance = matched_share(d);
        break;
    default:
        break;
    }
    return law;
}

sv_weight_law sv_layer_law(const sv_node *n, const char *name, double fallback)
{
    int index = sv_layer_parameter(n, name);
    if (index < 0) return (sv_weight_law){ fallback, 0 };
    sv_parameters p = { .graph = n->graph };
    sv_draw d = sv_parameter_draw(&p, index);
    return sv_weight_law_of(&d);
}
