/* What the losses that look at one element at a time share: rows of a batch and the loop over them. */
#ifndef SV_OPS_LOSS_ELEMENTWISE_H
#define SV_OPS_LOSS_ELEMENTWISE_H
#include "ops/op.h"

/* The argument table that every loss begins with, and that of losses without more. */
#define SV_LOSS_REDUCTION                                                                                                        \
    {                                                                                                                            \
        .key = "reduction", .type = SV_ARG_ENUM, .offset = offsetof(sv_loss_args, reduction), .names = sv_reduction_names,       \
        .fallback_text = "\"mean\"", .doc = "mean or sum over all elements of the batch"                                         \
    }
extern const char *const sv_reduction_names[];
extern const sv_arg sv_loss_plain_table[];

/* Calls `element` for each sample: value[r] and, where wanted, dy. */
typedef double (*sv_element_loss)(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy);
void sv_loss_each_sample(const sv_loss_call *c, sv_element_loss element);

#endif
