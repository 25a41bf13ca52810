/*
 * MaxPooling2D: y[i,j,c] = max x[i s - p + u, j s - p + v, c] over the window's pixels inside the image, so padding never
 * wins. Windows: pool.h. Ties go to the first pixel, rows first; a value that is no number wins.
 * dx at the winning pixel += dy; its number h W + w is kept in `saved`, of each output element.
 */
#include "ops/checks.h"
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
      .doc = "pixels around the image, numbers below pool_size; they never win" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    if (sv_pool_infer(i, fault)) return SV_BAD_ARGUMENT;
    if (i->input[0].dim[0] > INT32_MAX / i->input[0].dim[1])
        return sv_fail(fault, SV_BAD_ARGUMENT, "input: expected an image of at most %d pixels", INT32_MAX);
    i->saved = sv_shape_count(&i->output);
    return SV_OK;
}

static void forward(const sv_call *c)
{
    const sv_pool *p = c->state;
    float *y = c->y;
    int32_t *winner = (int32_t *)(void *)c->saved;
    for (int r = 0; r < c->samples; r++)
        for (int64_t i = 0; i < p->out_h; i++)
            for (int64_t j = 0; j < p->out_w; j++, y += p->c, winner += p->c) {
                sv_pixels window = sv_pool_window(p, i, j);
                c->vectors->max_window(&window, c->x[0] + r * p->h * p->w * p->c, y, winner);
            }
}

static void backward(const sv_call *c)
{
    const sv_pool *p = c->state;
    const float *dy = c->dy;
    const int32_t *winner = (const int32_t *)(const void *)c->saved;
    for (int r = 0; c->dx[0] && r < c->samples; r++) {
        float *dx = c->dx[0] + r * p->h * p->w * p->c;
        for (int64_t i = 0; i < p->out_h * p->out_w; i++, dy += p->c, winner += p->c)
            for (int64_t k = 0; k < p->c; k++) dx[winner[k] * p->c + k] += dy[k];
    }
}

const sv_op sv_op_max_pooling2d = {
    .type = "MaxPooling2D",
    .doc = "the maximum of each window",
    .table = table,
    .args_size = sizeof(sv_pool_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
