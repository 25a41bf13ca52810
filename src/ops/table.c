#include "ops/op.h"
#include <string.h>

extern const sv_op sv_op_conv2d, sv_op_conv2d_transpose, sv_op_dense, sv_op_flatten, sv_op_reshape, sv_op_activation,
    sv_op_max_pooling2d, sv_op_average_pooling2d, sv_op_box_filter2d, sv_op_upsampling2d, sv_op_pixel_shuffle, sv_op_zero_padding2d,
    sv_op_cropping2d, sv_op_batch_normalization, sv_op_group_normalization, sv_op_dropout, sv_op_gaussian_noise, sv_op_add,
    sv_op_concatenate;

const sv_op *const sv_op_table[] = {
    &sv_op_conv2d,
    &sv_op_conv2d_transpose,
    &sv_op_dense,
    &sv_op_flatten,
    &sv_op_reshape,
    &sv_op_activation,
    &sv_op_max_pooling2d,
    &sv_op_average_pooling2d,
    &sv_op_box_filter2d,
    &sv_op_upsampling2d,
    &sv_op_pixel_shuffle,
    &sv_op_zero_padding2d,
    &sv_op_cropping2d,
    &sv_op_batch_normalization,
    &sv_op_group_normalization,
    &sv_op_dropout,
    &sv_op_gaussian_noise,
    &sv_op_add,
    &sv_op_concatenate,
    NULL,
};

const sv_op *sv_op_find(const char *type)
{
    for (const sv_op *const *op = sv_op_table; *op; op++)
        if (strcmp((*op)->type, type) == 0) return *op;
    return NULL;
}

extern const sv_loss_op sv_loss_op_mse, sv_loss_op_mae, sv_loss_op_huber, sv_loss_op_bce, sv_loss_op_bce_with_logits,
    sv_loss_op_ssim, sv_loss_op_dot;

const sv_loss_op *const sv_loss_table[] = {
    &sv_loss_op_mse, &sv_loss_op_mae, &sv_loss_op_huber, &sv_loss_op_bce, &sv_loss_op_bce_with_logits, &sv_loss_op_ssim, NULL,
};

/* The dot product <y, t> is no loss one trains with: it turns an upstream gradient t into a vector-Jacobian product. */
const sv_loss_op *sv_loss_find(const char *type)
{
    for (const sv_loss_op *const *op = sv_loss_table; *op; op++)
        if (strcmp((*op)->type, type) == 0) return *op;
    return strcmp(type, "dot") == 0 ? &sv_loss_op_dot : NULL;
}
