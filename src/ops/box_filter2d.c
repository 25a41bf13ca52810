/*
 * BoxFilter2D: y[i,j,c] = sum x[i - (h - 1)/2 + u, j - (w - 1)/2 + v, c] / n over the n of size h x w pixels that lie inside the
 * image: AveragePooling2D's windows at strides 1, of fixed position. dx at each of these pixels += dy / n. The sums run over rows
 * and then over columns. After a transposed convolution of stride s a box of s x s takes a pattern of period s out (Sugawara, Shiota,
 * Kiya 2018, arXiv 1806.02658: a zero-order hold behind the upsampling).
 */
#include "ops/checks.h"
#include "ops/op.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = {
    { .key = "size", .type = SV_ARG_PAIR, .offset = offsetof(sv_box_filter2d_args, size), .minimum = 1, .maximum = 1e6, .fallback = 2,
      .fallback_torch = NAN, .doc = "height and width of the box: the stride before it" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_box_filter2d_args *a = i->args;
    if (sv_need_image(i, fault) != SV_OK) return SV_BAD_ARGUMENT;
    i->output = i->input[0];
    i->workspace = i->input[0].dim[1] * i->input[0].dim[2];
    i->multiply_adds = (double)sv_shape_count(&i->output) * (a->size[0] + a->size[1]);
    for (int axis = 0; axis < 2; axis++) {
        i->padding[2 * axis] = (a->size[axis] - 1) / 2;
        i->padding[2 * axis + 1] = a->size[axis] / 2;
    }
    return SV_OK;
}

/* The pixels first .. end - 1 of an axis of n that the box of output `at` holds. */
static void box(int64_t n, int size, int64_t at, int64_t *first, int64_t *end)
{
    *first = at - (size - 1) / 2;
    *end = *first + size < n ? *first + size : n;
    if (*first < 0) *first = 0;
}

static void add_to(int64_t count, float *restrict to, const float *restrict x)
{
    for (int64_t k = 0; k < count; k++) to[k] += x[k];
}

/* Row i of one image: the sum of its box's rows in the workspace, then of its columns. */
static void forward_row(const sv_call *c, const float *x, int64_t i, float *y)
{
    const sv_box_filter2d_args *a = c->args;
    int64_t h = c->output.dim[0], w = c->output.dim[1], channels = c->output.dim[2], top, bottom, left, right;
    memset(c->workspace, 0, (size_t)(w * channels) * sizeof *y);
    box(h, a->size[0], i, &top, &bottom);
    for (int64_t r = top; r < bottom; r++) add_to(w * channels, c->workspace, x + r * w * channels);
    for (int64_t j = 0; j < w; j++, y += channels) {
        box(w, a->size[1], j, &left, &right);
        memset(y, 0, (size_t)channels * sizeof *y);
        for (int64_t v = left; v < right; v++) add_to(channels, y, c->workspace + v * channels);
        float n = (float)((bottom - top) * (right - left));
        for (int64_t k = 0; k < channels; k++) y[k] /= n;
    }
}

static void forward(const sv_call *c)
{
    int64_t row = c->output.dim[1] * c->output.dim[2], size = c->output.dim[0] * row;
    for (int r = 0; r < c->samples; r++)
        for (int64_t i = 0; i < c->output.dim[0]; i++) forward_row(c, c->x[0] + r * size, i, c->y + r * size + i * row);
}

static void backward_row(const sv_call *c, float *dx, int64_t i, float *dy)
{
    const sv_box_filter2d_args *a = c->args;
    int64_t h = c->output.dim[0], w = c->output.dim[1], channels = c->output.dim[2], top, bottom, left, right;
    memset(c->workspace, 0, (size_t)(w * channels) * sizeof *dy);
    box(h, a->size[0], i, &top, &bottom);
    for (int64_t j = 0; j < w; j++, dy += channels) {
        box(w, a->size[1], j, &left, &right);
        float n = (float)((bottom - top) * (right - left));
        for (int64_t k = 0; k < channels; k++) dy[k] /= n;
        for (int64_t v = left; v < right; v++) add_to(channels, c->workspace + v * channels, dy);
    }
    for (int64_t r = top; r < bottom; r++) add_to(w * channels, dx + r * w * channels, c->workspace);
}

static void backward(const sv_call *c)
{
    int64_t row = c->output.dim[1] * c->output.dim[2], size = c->output.dim[0] * row;
    for (int r = 0; c->dx[0] && r < c->samples; r++)
        for (int64_t i = 0; i < c->output.dim[0]; i++) backward_row(c, c->dx[0] + r * size, i, c->dy + r * size + i * row);
}

extern const sv_op sv_op_box_filter2d;
const sv_op sv_op_box_filter2d = {
    .type = "BoxFilter2D", .doc = "the mean of a box of pixels at every pixel", .table = table,
    .args_size = sizeof(sv_box_filter2d_args), .min_inputs = 1, .max_inputs = 1, .infer = infer, .forward = forward,
    .backward = backward,
};
