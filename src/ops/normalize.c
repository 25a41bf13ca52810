#include "ops/normalize.h"

sv_normalize sv_normalize_place(float *workspace, int64_t channels)
{
    return (sv_normalize){ workspace, workspace + channels, workspace + 2 * channels, workspace + 3 * channels };
}

void sv_normalize_set(const sv_normalize *n, int64_t c, double mean, double inv, const float *gamma)
{
    n->mean[c] = (float)mean;
    n->rest[c] = (float)(mean - (double)n->mean[c]);
    n->inv[c] = (float)inv;
    n->scale[c] = (float)(gamma ? (double)gamma[c] * inv : inv);
}

int sv_normalize_parameter(sv_inference *i, const char *name, bool trainable, sv_initializer_type initializer)
{
    i->parameter[i->parameters] = (sv_parameter_spec){ .name = name,
                                                       .shape = sv_shape1(sv_shape_channels(&i->input[0])),
                                                       .trainable = trainable,
                                                       .initializer.type = initializer,
                                                       .dialect = i->dialect };
    return i->parameters++;
}

void sv_normalize_parameters(sv_inference *i, sv_switch scale, sv_switch center, int *gamma, int *beta)
{
    *gamma = scale == SV_OFF ? -1 : sv_normalize_parameter(i, "gamma", true, SV_INIT_ONES);
    *beta = center == SV_OFF ? -1 : sv_normalize_parameter(i, "beta", true, SV_INIT_ZEROS);
}

const float *sv_normalize_weight(const sv_call *c, int index)
{
    return index < 0 ? NULL : c->w[index];
}

void sv_normalize_add(const sv_call *c, int index, int64_t from, int64_t width, const double *sum)
{
    if (index < 0 || !c->dw[index]) return;
    for (int64_t k = 0; k < width; k++) c->dw[index][from + k] += (float)sum[k];
}
