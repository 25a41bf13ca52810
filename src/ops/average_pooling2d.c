/*
 * AveragePooling2D: y[i,j,c] = sum x[i s - p + u, j s - p + v, c] / n over the window's pixels inside the image, in their
 * order; n is their number (Keras), or that of all pixels of the window where count_include_pad (PyTorch's default).
 * Windows: pool.h. dx at each of these pixels += dy / n.
 */
#include "ops/pool.h"
#include <math.h>

static const sv_arg table[] = {
    { .key = "pool_size", .type = SV_ARG_PAIR, .offset = offsetof(sv_pool_args, pool_size), .minimum = 1, .maximum = INT32_MAX,
      .fallback = 2, .fallback_torch = NAN, .doc = "height and width of a window" },
    { .key = "strides", .type = SV_ARG_PAIR, .offset = offsetof(sv_pool_args, strides), .minimum = 1, .maximum = INT32_MAX,
      .fallback_torch = NAN, .fallback_text = "as pool_size", .doc = "rows and columns from one window to the next" },
    { .key = "padding", .type = SV_ARG_PADDING, .offset = offsetof(sv_pool_args, padding), .fallback_text = "\"valid\"",
      .doc = "pixels around the image, numbers below pool_size" },
    { .key = "count_include_pad", .type = SV_ARG_SWITCH, .offset = offsetof(sv_pool_args, count_include_pad), .fallback = 0,
      .fallback_torch = NAN, .doc = "divide by the whole window, padding included, instead of its pixels inside the image" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_pool_args *args = i->args;
    if (sv_pool_infer(i, fault)) return SV_BAD_ARGUMENT;
    i->multiply_adds = (double)sv_shape_count(&i->output) * args->pool_size[0] * args->pool_size[1];
    return SV_OK;
}

static float divisor(const sv_call *c, const sv_pool *p, sv_window v)
{
    bool whole = ((const sv_pool_args *)c->args)->count_include_pad == SV_ON;
    return (float)(whole ? p->size[0] * p->size[1] : (v.bottom - v.top) * (v.right - v.left));
}

static void add_to(int64_t channels, float *restrict to, const float *restrict x)
{
    for (int64_t k = 0; k < channels; k++) to[k] += x[k];
}

static void average(const sv_pool *p, sv_window v, float n, const float *x, float *y)
{
    for (int64_t k = 0; k < p->c; k++) y[k] = 0;
    for (int64_t h = v.top; h < v.bottom; h++)
        for (int64_t w = v.left; w < v.right; w++) add_to(p->c, y, x + (h * p->w + w) * p->c);
    for (int64_t k = 0; k < p->c; k++) y[k] /= n;
}

static void forward(const sv_call *c)
{
    const sv_pool *p = c->state;
    float *y = c->y;
    for (int r = 0; r < c->samples; r++)
        for (int64_t i = 0; i < p->out_h; i++)
            for (int64_t j = 0; j < p->out_w; j++, y += p->c) {
                sv_window v = sv_pool_window(p, i, j);
                average(p, v, divisor(c, p, v), c->x[0] + r * p->h * p->w * p->c, y);
            }
}

static void spread(const sv_pool *p, sv_window v, float n, float *dy, float *dx)
{
    for (int64_t k = 0; k < p->c; k++) dy[k] /= n;
    for (int64_t h = v.top; h < v.bottom; h++)
        for (int64_t w = v.left; w < v.right; w++) add_to(p->c, dx + (h * p->w + w) * p->c, dy);
}

static void backward(const sv_call *c)
{
    const sv_pool *p = c->state;
    float *dy = c->dy;
    for (int r = 0; c->dx[0] && r < c->samples; r++)
        for (int64_t i = 0; i < p->out_h; i++)
            for (int64_t j = 0; j < p->out_w; j++, dy += p->c) {
                sv_window v = sv_pool_window(p, i, j);
                spread(p, v, divisor(c, p, v), dy, c->dx[0] + r * p->h * p->w * p->c);
            }
}

const sv_op sv_op_average_pooling2d = {
    .type = "AveragePooling2D",
    .doc = "the mean of each window",
    .table = table,
    .args_size = sizeof(sv_pool_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
