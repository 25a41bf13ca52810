/* The table of one instruction set. */
#include "kernels/vectors.h"

const sv_vectors SV_VECTOR(vectors) = {
    .isa = SV_TEXT(SV_ISA),
    .native = &SV_VECTOR(native),
    .activate = SV_VECTOR(activate),
    .activate_backward = SV_VECTOR(activate_backward),
    .bias_activate = SV_VECTOR(bias_activate),
    .fill_rows = SV_VECTOR(fill_rows),
    .column_sums = SV_VECTOR(column_sums),
    .add = SV_VECTOR(add),
    .add_scaled = SV_VECTOR(add_scaled),
    .scale = SV_VECTOR(scale),
    .sum_squares = SV_VECTOR(sum_squares),
    .all_finite = SV_VECTOR(all_finite),
    .add_runs = SV_VECTOR(add_runs),
    .from_u8 = SV_VECTOR(from_u8),
    .from_u16 = SV_VECTOR(from_u16),
    .mse = SV_VECTOR(mse),
    .mae = SV_VECTOR(mae),
    .huber = SV_VECTOR(huber),
    .bce = SV_VECTOR(bce),
    .bce_with_logits = SV_VECTOR(bce_with_logits),
    .sgd = SV_VECTOR(sgd),
    .adam = SV_VECTOR(adam),
    .rmsprop = SV_VECTOR(rmsprop),
    .peak = SV_VECTOR(peak),
};
