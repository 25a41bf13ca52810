/* What the normalizations share: four numbers per channel, their parameters; the loops are sv_vectors'. */
#ifndef SV_OPS_NORMALIZE_H
#define SV_OPS_NORMALIZE_H
#include "ops/op.h"
#include <math.h>

/* Rows of both argument tables; `args` is the argument struct. */
#define SV_NORMALIZE_ROWS(args)                                                                                                  \
    { .key = "epsilon", .type = SV_ARG_FLOAT, .offset = offsetof(args, epsilon), .minimum = 0, .maximum = 1e9,                   \
      .fallback = 1e-3, .fallback_torch = 1e-5, .doc = "added to the variance under the root" },                                 \
    { .key = "center", .type = SV_ARG_SWITCH, .offset = offsetof(args, center), .fallback = 1, .fallback_torch = NAN,            \
      .doc = "learn beta, added after normalization" },                                                                          \
    { .key = "scale", .type = SV_ARG_SWITCH, .offset = offsetof(args, scale), .fallback = 1, .fallback_torch = NAN,              \
      .doc = "learn gamma, multiplied after normalization" }

/* Channels whose sums are taken at once, on the stack. */
enum { SV_NORMALIZE_BLOCK = 64 };

/* The arrays of one layer in 4 x channels floats. */
sv_normalize sv_normalize_place(float *workspace, int64_t channels);

/* Sets channel c; gamma may be NULL (1). inv = 1 / sqrt(variance + epsilon). */
void sv_normalize_set(const sv_normalize *n, int64_t c, double mean, double inv, const float *gamma);

/* Parameters gamma (unless scale is off) and beta (unless center is off), in Keras's order. */
void sv_normalize_parameters(sv_inference *i, sv_switch scale, sv_switch center, int *gamma, int *beta);
/* One more parameter of a float per channel; returns its index. */
int sv_normalize_parameter(sv_inference *i, const char *name, bool trainable, sv_initializer_type initializer);

/* A parameter's values, NULL where it is absent (index -1). */
const float *sv_normalize_weight(const sv_call *c, int index);
/* Adds sum[width] to the gradient of channels from .. from + width of a parameter, where there is one. */
void sv_normalize_add(const sv_call *c, int index, int64_t from, int64_t width, const double *sum);

#endif
