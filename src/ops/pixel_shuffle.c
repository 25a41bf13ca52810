/*
 * PixelShuffle (Shi et al. 2016, arXiv 1609.05158), r = upscale_factor: [H,W,C r^2] -> [H r,W r,C],
 *
 *   y[i r + a, j r + b, c] = x[i, j, c r^2 + a r + b]     CRD (PyTorch)
 *                          = x[i, j, (a r + b) C + c]     DCR (TensorFlow's depth_to_space)
 *
 * A permutation: dx += dy, permuted back.
 */
#include "ops/checks.h"
#include <math.h>
#include <string.h>

static const char *const modes[] = { "CRD", "DCR", NULL };

static const sv_arg table[] = {
    { .key = "upscale_factor", .type = SV_ARG_INT, .offset = offsetof(sv_pixel_shuffle_args, upscale_factor), .required = true,
      .minimum = 1, .maximum = INT32_MAX, .fallback_torch = NAN, .doc = "r: r^2 channels become r x r pixels" },
    { .key = "mode", .type = SV_ARG_ENUM, .offset = offsetof(sv_pixel_shuffle_args, mode), .names = modes,
      .fallback_text = "\"CRD\"", .doc = "order of the channels: PyTorch's or TensorFlow's depth_to_space" },
    { 0 },
};

typedef struct state {
    int64_t h, w, c, r; /* of the input; c: channels of the output */
    int64_t step, next; /* from one channel, and from one pixel of the r x r, to the next in the input's channels */
} state;

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_pixel_shuffle_args *args = i->args;
    if (sv_need_image(i, fault)) return SV_BAD_ARGUMENT;
    const int64_t *n = i->input[0].dim, r = args->upscale_factor;
    if (n[2] % (r * r))
        return sv_fail(fault, SV_BAD_ARGUMENT, "upscale_factor: %lld needs a multiple of %lld channels, the input has %lld",
                       (long long)r, (long long)(r * r), (long long)n[2]);
    state s = { .h = n[0], .w = n[1], .c = n[2] / (r * r), .r = r };
    s.step = args->mode == SV_CRD ? r * r : 1;
    s.next = args->mode == SV_CRD ? 1 : s.c;
    i->output = sv_shape3(s.h * r, s.w * r, s.c);
    memcpy(i->state, &s, sizeof s);
    return sv_need_size(i, fault);
}

/* The first of the input's channels that output pixel (i, j) is made of, both of one sample. */
static int64_t source(const state *s, int64_t i, int64_t j)
{
    int64_t pixel = i / s->r * s->w + j / s->r, phase = i % s->r * s->r + j % s->r;
    return pixel * s->c * s->r * s->r + phase * s->next;
}

static void forward(const sv_call *c)
{
    const state *s = c->state;
    int64_t count = sv_shape_count(&c->output);
    float *y = c->y;
    for (int n = 0; n < c->samples; n++)
        for (int64_t i = 0; i < s->h * s->r; i++)
            for (int64_t j = 0; j < s->w * s->r; j++, y += s->c) {
                const float *x = c->x[0] + n * count + source(s, i, j);
                for (int64_t k = 0; k < s->c; k++) y[k] = x[k * s->step];
            }
}

static void backward(const sv_call *c)
{
    const state *s = c->state;
    int64_t count = sv_shape_count(&c->output);
    const float *dy = c->dy;
    for (int n = 0; c->dx[0] && n < c->samples; n++)
        for (int64_t i = 0; i < s->h * s->r; i++)
            for (int64_t j = 0; j < s->w * s->r; j++, dy += s->c) {
                float *dx = c->dx[0] + n * count + source(s, i, j);
                for (int64_t k = 0; k < s->c; k++) dx[k * s->step] += dy[k];
            }
}

const sv_op sv_op_pixel_shuffle = {
    .type = "PixelShuffle",
    .doc = "channels become pixels (sub-pixel convolution's second half)",
    .table = table,
    .args_size = sizeof(sv_pixel_shuffle_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
