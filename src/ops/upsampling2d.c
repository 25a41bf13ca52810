/*
 * UpSampling2D: [H,W,C] -> [H fh,W fw,C].
 *
 *   nearest:  y[i,j] = x[floor(i / fh), floor(j / fw)];   dx += the sum of dy over each pixel's fh x fw copies
 *   bilinear: per axis, output i stands at t = (i + 1/2) / f - 1/2 of the input (half-pixel centres) between pixels floor(t)
 *             and floor(t) + 1, both moved into the image (Keras, and PyTorch's align_corners=False);
 *             y = lower + (t - floor(t)) (upper - lower), rows first, then columns; dx by the transposed weights.
 */
#include "ops/checks.h"
#include <math.h>
#include <string.h>

static const char *const interpolations[] = { "nearest", "bilinear", NULL };

static const sv_arg table[] = {
    { .key = "size",
      .type = SV_ARG_PAIR,
      .offset = offsetof(sv_upsampling2d_args, size),
      .minimum = 1,
      .maximum = INT32_MAX,
      .fallback = 2,
      .fallback_torch = NAN,
      .doc = "factors of the height and the width" },
    { .key = "interpolation",
      .type = SV_ARG_ENUM,
      .offset = offsetof(sv_upsampling2d_args, interpolation),
      .names = interpolations,
      .fallback_text = "\"nearest\"",
      .doc = "repeat pixels, or interpolate with half-pixel centres" },
    { 0 },
};

typedef struct state {
    int64_t h, w, c, fh, fw;
} state;

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_upsampling2d_args *args = i->args;
    if (sv_need_image(i, fault)) return SV_BAD_ARGUMENT;
    const int64_t *n = i->input[0].dim;
    state s = { n[0], n[1], n[2], args->size[0], args->size[1] };
    i->output = sv_shape3(s.h * s.fh, s.w * s.fw, s.c);
    if (sv_need_size(i, fault)) return SV_BAD_ARGUMENT;
    if (args->interpolation == SV_BILINEAR) {
        i->workspace = s.w * s.c;
        i->multiply_adds = (double)sv_shape_count(&i->output) + (double)(s.h * s.fh * s.w * s.c);
    }
    memcpy(i->state, &s, sizeof s);
    return SV_OK;
}

/* Between which pixels of n output f k + phase lies, and how far from the lower one. */
typedef struct tap {
    int64_t lower, upper;
    float weight;
} tap;

static float phase_weight(int64_t phase, int64_t f)
{
    double t = ((double)phase + 0.5) / (double)f - 0.5;
    return (float)(t < 0 ? t + 1 : t);
}

static tap tap_of(int64_t k, int64_t phase, float weight, int64_t f, int64_t n)
{
    int64_t lower = 2 * phase + 1 < f ? k - 1 : k, upper = lower + (2 * phase + 1 != f);
    return (tap){ lower < 0 ? 0 : lower, upper < n ? upper : n - 1, weight };
}

static void bilinear_row(const sv_vectors *k, const state *s, const float *row, float *y)
{
    for (int64_t b = 0; b < s->fw; b++) {
        float weight = phase_weight(b, s->fw);
        for (int64_t j = 0; j < s->w; j++) {
            tap t = tap_of(j, b, weight, s->fw, s->w);
            k->interpolate(s->c, row + t.lower * s->c, row + t.upper * s->c, t.weight, y + (j * s->fw + b) * s->c);
        }
    }
}

static void bilinear(const sv_vectors *k, const state *s, const float *x, float *y, float *row)
{
    int64_t line = s->w * s->c;
    for (int64_t i = 0; i < s->h * s->fh; i++) {
        int64_t phase = i % s->fh;
        tap t = tap_of(i / s->fh, phase, phase_weight(phase, s->fh), s->fh, s->h);
        k->interpolate(line, x + t.lower * line, x + t.upper * line, t.weight, row);
        bilinear_row(k, s, row, y + i * line * s->fw);
    }
}

static void nearest(const state *s, const float *x, float *y)
{
    int64_t line = s->w * s->fw * s->c;
    for (int64_t i = 0; i < s->h; i++, y += line * s->fh) {
        float *to = y;
        for (int64_t j = 0; j < s->w; j++, x += s->c)
            for (int64_t b = 0; b < s->fw; b++, to += s->c) memcpy(to, x, (size_t)s->c * sizeof(float));
        for (int64_t a = 1; a < s->fh; a++) memcpy(y + a * line, y, (size_t)line * sizeof(float));
    }
}

static void forward(const sv_call *c)
{
    const state *s = c->state;
    bool smooth = ((const sv_upsampling2d_args *)c->args)->interpolation == SV_BILINEAR;
    int64_t in = s->h * s->w * s->c, out = in * s->fh * s->fw;
    for (int r = 0; r < c->samples; r++) {
        if (smooth)
            bilinear(c->vectors, s, c->x[0] + r * in, c->y + r * out, c->workspace);
        else
            nearest(s, c->x[0] + r * in, c->y + r * out);
    }
}

static void bilinear_row_backward(const sv_vectors *k, const state *s, const float *dy, float *drow)
{
    for (int64_t b = 0; b < s->fw; b++) {
        float weight = phase_weight(b, s->fw);
        for (int64_t j = 0; j < s->w; j++) {
            tap t = tap_of(j, b, weight, s->fw, s->w);
            const float *g = dy + (j * s->fw + b) * s->c;
            k->add_scaled(s->c, drow + t.lower * s->c, 1 - t.weight, g);
            k->add_scaled(s->c, drow + t.upper * s->c, t.weight, g);
        }
    }
}

static void bilinear_backward(const sv_vectors *k, const state *s, const float *dy, float *dx, float *drow)
{
    int64_t line = s->w * s->c;
    for (int64_t i = 0; i < s->h * s->fh; i++) {
        int64_t phase = i % s->fh;
        tap t = tap_of(i / s->fh, phase, phase_weight(phase, s->fh), s->fh, s->h);
        memset(drow, 0, (size_t)line * sizeof(float));
        bilinear_row_backward(k, s, dy + i * line * s->fw, drow);
        k->add_scaled(line, dx + t.lower * line, 1 - t.weight, drow);
        k->add_scaled(line, dx + t.upper * line, t.weight, drow);
    }
}

static void nearest_backward(const sv_vectors *k, const state *s, const float *dy, float *dx)
{
    for (int64_t i = 0; i < s->h * s->fh; i++) {
        float *to = dx + i / s->fh * s->w * s->c;
        for (int64_t j = 0; j < s->w; j++, to += s->c)
            for (int64_t b = 0; b < s->fw; b++, dy += s->c) k->add(s->c, to, dy);
    }
}

static void backward(const sv_call *c)
{
    const state *s = c->state;
    bool smooth = ((const sv_upsampling2d_args *)c->args)->interpolation == SV_BILINEAR;
    int64_t in = s->h * s->w * s->c, out = in * s->fh * s->fw;
    for (int r = 0; c->dx[0] && r < c->samples; r++) {
        if (smooth)
            bilinear_backward(c->vectors, s, c->dy + r * out, c->dx[0] + r * in, c->workspace);
        else
            nearest_backward(c->vectors, s, c->dy + r * out, c->dx[0] + r * in);
    }
}

const sv_op sv_op_upsampling2d = {
    .type = "UpSampling2D",
    .doc = "enlarges an image by whole factors",
    .table = table,
    .args_size = sizeof(sv_upsampling2d_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
