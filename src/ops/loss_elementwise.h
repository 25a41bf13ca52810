/* What losses share: their regions, and of those that look at one element at a time the loop over a batch. */
#ifndef SV_OPS_LOSS_ELEMENTWISE_H
#define SV_OPS_LOSS_ELEMENTWISE_H
#include "ops/op.h"
#include <math.h>

/* The argument table that every loss begins with, and that of losses without more. */
#define SV_LOSS_REDUCTION                                                                                                          \
    {                                                                                                                              \
        .key = "reduction", .type = SV_ARG_ENUM, .offset = offsetof(sv_loss_args, reduction), .names = sv_reduction_names,         \
        .fallback_text = "\"mean\"", .doc = "mean or sum over all elements of the batch"                                           \
    }
/* Where pixels count, of the losses that are a sum over them. */
#define SV_LOSS_REGION                                                                                                             \
    { .key = "crop_margin",                                                                                                        \
      .type = SV_ARG_INT,                                                                                                          \
      .offset = offsetof(sv_loss_args, crop_margin),                                                                               \
      .minimum = 0,                                                                                                                \
      .maximum = 1e6,                                                                                                              \
      .fallback_torch = NAN,                                                                                                       \
      .doc = "pixels at each side that do not count" },                                                                            \
    {                                                                                                                              \
        .key = "border_weight", .type = SV_ARG_FLOAT, .offset = offsetof(sv_loss_args, border_weight), .minimum = 0,               \
        .maximum = 1e6, .fallback_torch = NAN,                                                                                     \
        .doc = "above 0: pixels weigh 1 / (1 - deficiency), at most this; a mean is divided by the weights' sum"                   \
    }
extern const char *const sv_reduction_names[];
extern const sv_arg sv_loss_plain_table[], sv_loss_region_table[];

/* What pixel (row, column) counts: nothing within the margin. 1 of a loss without region, whatever its shape. */
double sv_loss_weight_of(const sv_loss_call *c, int64_t row, int64_t column);
/* The engine divides a mean by all elements: weights times this make it their sum. */
double sv_loss_normalizer(const sv_loss_call *c);

/* Calls `element` for each sample, or for each run of pixels in a row that weigh the same: value[r] and, where wanted, dy. */
typedef double (*sv_element_loss)(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy);
void sv_loss_each_sample(const sv_loss_call *c, sv_element_loss element);

#endif
