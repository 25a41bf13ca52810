/*
 * ZeroPadding2D: y[i,j] = x[i - top, j - left] inside; outside zeros, or a pixel of the image, per axis of n pixels:
 *
 *   reflect:   -k -> k, n - 1 + k -> n - 1 - k (the edge itself is not repeated; padding below n)
 *   replicate: the edge
 *   circular:  modulo n (padding up to n)
 *
 * dx += the sum of dy over the places where a pixel stands.
 */
#include "ops/border.h"
#include "ops/checks.h"
#include <string.h>

static const sv_arg table[] = {
    { .key = "padding", .type = SV_ARG_SIDES, .offset = offsetof(sv_zero_padding2d_args, padding), .fallback = 1,
      .fallback_text = "1",
      .doc = "pixels added on each side" },
    { .key = "padding_mode", .type = SV_ARG_ENUM, .offset = offsetof(sv_zero_padding2d_args, padding_mode),
      .names = sv_border_names, .fallback_text = "\"zeros\"", .doc = "what stands there" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_zero_padding2d_args *args = i->args;
    const sv_sides p = args->padding;
    const int amount[4] = { p.top, p.bottom, p.left, p.right };
    if (sv_need_image(i, fault)) return SV_BAD_ARGUMENT;
    for (int k = 0; k < 4; k++)
        if (amount[k] < 0)
            return sv_fail(fault, SV_BAD_ARGUMENT, "padding: expected integers >= 0, got %d (Cropping2D takes pixels off)",
                           amount[k]);
    if (sv_border_check(args->padding_mode, &i->input[0], p, fault)) return SV_BAD_ARGUMENT;
    i->output = sv_border_shape(&i->input[0], p);
    memcpy(i->padding, amount, sizeof amount);
    memcpy(i->state, &p, sizeof p);
    return sv_need_size(i, fault);
}

static sv_border border_of(const sv_call *c)
{
    return ((const sv_zero_padding2d_args *)c->args)->padding_mode;
}

static void forward(const sv_call *c)
{
    const sv_sides *sides = c->state;
    sv_border_pad(border_of(c), &c->input[0], *sides, c->samples, c->x[0], c->y);
}

static void backward(const sv_call *c)
{
    const sv_sides *sides = c->state;
    if (c->dx[0]) sv_border_fold(c->vectors, border_of(c), &c->input[0], *sides, c->samples, c->dy, c->dx[0]);
}

const sv_op sv_op_zero_padding2d = {
    .type = "ZeroPadding2D",
    .doc = "pixels added around an image",
    .table = table,
    .args_size = sizeof(sv_zero_padding2d_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
