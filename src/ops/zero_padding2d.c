/*
 * ZeroPadding2D: y[i,j] = x[i - top, j - left] inside; outside zeros, or a pixel of the image, per axis of n pixels:
 *
 *   reflect:   -k -> k, n - 1 + k -> n - 1 - k (the edge itself is not repeated; padding below n)
 *   replicate: the edge
 *   circular:  modulo n (padding up to n)
 *
 * dx += the sum of dy over the places where a pixel stands. Four zeros are the default, 1 on every side: a layer that adds
 * nothing cannot be asked for.
 */
#include "ops/checks.h"
#include <math.h>
#include <string.h>

static const char *const borders[] = { "zeros", "reflect", "replicate", "circular", NULL };

static const sv_arg table[] = {
    { .key = "padding", .type = SV_ARG_SIDES, .offset = offsetof(sv_zero_padding2d_args, padding), .fallback_text = "1",
      .doc = "pixels added on each side; where all four are 0, 1" },
    { .key = "padding_mode", .type = SV_ARG_ENUM, .offset = offsetof(sv_zero_padding2d_args, padding_mode), .names = borders,
      .fallback_text = "\"zeros\"", .doc = "what stands there" },
    { 0 },
};

typedef struct state {
    int64_t h, w, c, out_h, out_w, top, left;
    sv_border border;
} state;

static sv_status check_axis(const char *what, int64_t n, int64_t before, int64_t after, sv_border border, sv_fault *fault)
{
    int64_t limit = border == SV_REFLECT ? n - 1 : border == SV_CIRCULAR ? n : INT32_MAX, most = before > after ? before : after;
    if (before < 0 || after < 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "padding: expected integers >= 0, got %lld", (long long)(before < 0 ? before : after));
    if (most <= limit) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "padding: expected at most %lld %s of padding_mode \"%s\" around an image of %lld, got %lld",
                   (long long)limit, what, borders[border], (long long)n, (long long)most);
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_zero_padding2d_args *args = i->args;
    sv_sides p = args->padding;
    if (!p.top && !p.bottom && !p.left && !p.right) p = (sv_sides){ 1, 1, 1, 1 };
    if (sv_need_image(i, fault)) return SV_BAD_ARGUMENT;
    const int64_t *n = i->input[0].dim;
    if (check_axis("rows", n[0], p.top, p.bottom, args->padding_mode, fault)) return SV_BAD_ARGUMENT;
    if (check_axis("columns", n[1], p.left, p.right, args->padding_mode, fault)) return SV_BAD_ARGUMENT;
    state s = { .h = n[0], .w = n[1], .c = n[2], .top = p.top, .left = p.left, .border = args->padding_mode };
    s.out_h = s.h + p.top + p.bottom;
    s.out_w = s.w + p.left + p.right;
    i->output = sv_shape3(s.out_h, s.out_w, s.c);
    memcpy(i->padding, (int[4]){ p.top, p.bottom, p.left, p.right }, sizeof i->padding);
    memcpy(i->state, &s, sizeof s);
    return sv_need_size(i, fault);
}

/* Which of n pixels stands at place `at`, from -padding on; -1: none. */
static int64_t source(sv_border border, int64_t at, int64_t n)
{
    if (at >= 0 && at < n) return at;
    switch (border) {
    case SV_REFLECT: return at < 0 ? -at : 2 * (n - 1) - at;
    case SV_REPLICATE: return at < 0 ? 0 : n - 1;
    case SV_CIRCULAR: return at < 0 ? at + n : at - n;
    default: return -1;
    }
}

static void pad_row(const state *s, const float *x, float *y)
{
    for (int64_t j = 0; j < s->out_w; j++, y += s->c) {
        int64_t from = source(s->border, j - s->left, s->w);
        if (from < 0) memset(y, 0, (size_t)s->c * sizeof(float));
        else memcpy(y, x + from * s->c, (size_t)s->c * sizeof(float));
    }
}

static void forward(const sv_call *c)
{
    const state *s = c->state;
    int64_t line = s->w * s->c, out_line = s->out_w * s->c;
    float *y = c->y;
    for (int r = 0; r < c->samples; r++)
        for (int64_t i = 0; i < s->out_h; i++, y += out_line) {
            int64_t from = source(s->border, i - s->top, s->h);
            if (from < 0) memset(y, 0, (size_t)out_line * sizeof(float));
            else pad_row(s, c->x[0] + (r * s->h + from) * line, y);
        }
}

static void pad_row_backward(const state *s, const float *dy, float *dx)
{
    for (int64_t j = 0; j < s->out_w; j++, dy += s->c) {
        int64_t from = source(s->border, j - s->left, s->w);
        for (int64_t k = 0; from >= 0 && k < s->c; k++) dx[from * s->c + k] += dy[k];
    }
}

static void backward(const sv_call *c)
{
    const state *s = c->state;
    int64_t line = s->w * s->c, out_line = s->out_w * s->c;
    const float *dy = c->dy;
    for (int r = 0; c->dx[0] && r < c->samples; r++)
        for (int64_t i = 0; i < s->out_h; i++, dy += out_line) {
            int64_t from = source(s->border, i - s->top, s->h);
            if (from >= 0) pad_row_backward(s, dy, c->dx[0] + (r * s->h + from) * line);
        }
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
