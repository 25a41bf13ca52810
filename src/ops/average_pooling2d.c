/*
 * AveragePooling2D: y[i,j,c] = sum x[i s - p + u, j s - p + v, c] / n over the window's pixels inside the image, in their
 * order; n is their number (Keras), or that of all pixels of the window where count_include_pad (PyTorch's default).
 * Windows: pool.h. dx at each of these pixels += dy / n.
 */
#include "ops/pool.h"
#include <math.h>

static const sv_arg table[] = {
    { .key = "pool_size",
      .type = SV_ARG_PAIR,
      .offset = offsetof(sv_pool_args, pool_size),
      .minimum = 1,
      .maximum = INT32_MAX,
      .fallback = 2,
      .fallback_torch = NAN,
      .doc = "height and width of a window" },
    { .key = "strides",
      .type = SV_ARG_PAIR,
      .offset = offsetof(sv_pool_args, strides),
      .minimum = 1,
      .maximum = INT32_MAX,
      .fallback_torch = NAN,
      .fallback_text = "as pool_size",
      .doc = "rows and columns from one window to the next" },
    { .key = "padding",
      .type = SV_ARG_PADDING,
      .offset = offsetof(sv_pool_args, padding),
      .fallback_text = "\"valid\"",
      .doc = "pixels around the image, numbers below pool_size" },
    { .key = "count_include_pad",
      .type = SV_ARG_SWITCH,
      .offset = offsetof(sv_pool_args, count_include_pad),
      .fallback = 0,
      .fallback_torch = NAN,
      .doc = "divide by the whole window, padding included, instead of its pixels inside the image" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_pool_args *args = i->args;
    if (sv_pool_infer(i, fault)) return SV_BAD_ARGUMENT;
    i->multiply_adds = (double)sv_shape_count(&i->output) * args->pool_size[0] * args->pool_size[1];
    return SV_OK;
}

static float divisor(const sv_call *c, const sv_pool *p, const sv_pixels *w)
{
    bool whole = ((const sv_pool_args *)c->args)->count_include_pad == SV_ON;
    return (float)(whole ? p->size[0] * p->size[1] : w->rows * w->columns);
}

static void forward(const sv_call *c)
{
    const sv_pool *p = c->state;
    float *y = c->y;
    for (int r = 0; r < c->samples; r++)
        for (int64_t i = 0; i < p->out_h; i++)
            for (int64_t j = 0; j < p->out_w; j++, y += p->c) {
                sv_pixels w = sv_pool_window(p, i, j);
                c->vectors->mean_window(&w, c->x[0] + r * p->h * p->w * p->c, divisor(c, p, &w), y);
            }
}

static void backward(const sv_call *c)
{
    const sv_pool *p = c->state;
    const float *dy = c->dy;
    for (int r = 0; c->dx[0] && r < c->samples; r++)
        for (int64_t i = 0; i < p->out_h; i++)
            for (int64_t j = 0; j < p->out_w; j++, dy += p->c) {
                sv_pixels w = sv_pool_window(p, i, j);
                c->vectors->spread_window(&w, dy, divisor(c, p, &w), c->dx[0] + r * p->h * p->w * p->c);
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
