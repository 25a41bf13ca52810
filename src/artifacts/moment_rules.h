/* Pieces of moments.c: the law of the weights, and what a layer's windows make of a map. */
#ifndef SV_ARTIFACTS_MOMENT_RULES_H
#define SV_ARTIFACTS_MOMENT_RULES_H
#include "artifacts/axis.h"
#include "artifacts/moments.h"

static inline int64_t sv_map_pixels(const sv_moment_map *m)
{
    return m->rows * m->columns;
}

/* Law of a layer's parameter; {fallback, 0} where it has none of that name. */
sv_weight_law sv_layer_law(const sv_node *n, const char *name, double fallback);

/* The counts of a layer's first input, borders and all; false where memory is short. */
bool sv_spread(const sv_node *n, const double *from, double *to);
/* Pixels that are averaged or interpolated are taken as equal: their roots add up. */
bool sv_blend(const sv_node *n, const sv_moment_map *from, sv_moment_map *to);
/* Of a layer with a kernel, before its activation. */
bool sv_kernel_moments(const sv_node *n, const sv_moment_map *from, sv_moment_map *to);

#endif
