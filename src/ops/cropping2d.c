/*
 * Cropping2D: y[i,j] = x[i + top, j + left], the rows and columns that are left. dx inside += dy.
 * What explain prints as its padding is negative.
 */
#include "ops/checks.h"
#include <string.h>

static const sv_arg table[] = {
    { .key = "cropping", .type = SV_ARG_SIDES, .offset = offsetof(sv_cropping2d_args, cropping), .fallback_text = "0",
      .doc = "pixels taken off on each side" },
    { 0 },
};

static sv_status check_axis(const char *what, int64_t n, int64_t before, int64_t after, sv_fault *fault)
{
    int64_t least = before < after ? before : after;
    if (least < 0) return sv_fail(fault, SV_BAD_ARGUMENT, "cropping: expected integers >= 0, got %lld", (long long)least);
    if (before + after < n) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "cropping: expected fewer than the input's %lld %s, got %lld + %lld; nothing is left",
                   (long long)n, what, (long long)before, (long long)after);
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_sides p = ((const sv_cropping2d_args *)i->args)->cropping;
    if (sv_need_image(i, fault)) return SV_BAD_ARGUMENT;
    const int64_t *n = i->input[0].dim;
    if (check_axis("rows", n[0], p.top, p.bottom, fault)) return SV_BAD_ARGUMENT;
    if (check_axis("columns", n[1], p.left, p.right, fault)) return SV_BAD_ARGUMENT;
    i->output = sv_shape3(n[0] - p.top - p.bottom, n[1] - p.left - p.right, n[2]);
    memcpy(i->padding, (int[4]){ -p.top, -p.bottom, -p.left, -p.right }, sizeof i->padding);
    return SV_OK;
}

/* Row i of the output within the input, both counted over all samples. */
static int64_t start_of(const sv_call *c, int64_t i)
{
    const sv_sides *p = &((const sv_cropping2d_args *)c->args)->cropping;
    const int64_t *n = c->input[0].dim, rows = c->output.dim[0];
    return ((i / rows * n[0] + i % rows + p->top) * n[1] + p->left) * n[2];
}

static void forward(const sv_call *c)
{
    int64_t line = c->output.dim[1] * c->output.dim[2];
    for (int64_t i = 0; i < c->samples * c->output.dim[0]; i++)
        memcpy(c->y + i * line, c->x[0] + start_of(c, i), (size_t)line * sizeof(float));
}

static void backward(const sv_call *c)
{
    int64_t line = c->output.dim[1] * c->output.dim[2];
    for (int64_t i = 0; c->dx[0] && i < c->samples * c->output.dim[0]; i++)
        c->vectors->add(line, c->dx[0] + start_of(c, i), c->dy + i * line);
}

const sv_op sv_op_cropping2d = {
    .type = "Cropping2D",
    .doc = "pixels taken off around an image",
    .table = table,
    .args_size = sizeof(sv_cropping2d_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
