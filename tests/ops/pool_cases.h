/* Awkward poolings, with the outputs and first paddings that Keras ("same", "valid") and PyTorch (numbers) document. */
#ifndef TESTS_OPS_POOL_CASES_H
#define TESTS_OPS_POOL_CASES_H
#include "support/op_check.h"

typedef struct pool_case {
    const char *label;
    int64_t input[3]; /* height, width, channels */
    int pool[2], strides[2];
    sv_padding padding;
    int64_t output[2];
    int before[2]; /* rows and columns of padding before the image */
} pool_case;

static const pool_case pool_cases[] = {
    { "defaults", { 6, 8, 3 }, { 0, 0 }, { 0, 0 }, { .mode = SV_PADDING_VALID }, { 3, 4 }, { 0, 0 } },
    { "valid leaves rows over", { 7, 5, 2 }, { 2, 2 }, { 0, 0 }, { .mode = SV_PADDING_VALID }, { 3, 2 }, { 0, 0 } },
    { "strides as pool_size", { 7, 9, 2 }, { 3, 2 }, { 0, 0 }, { .mode = SV_PADDING_VALID }, { 2, 4 }, { 0, 0 } },
    { "one pixel, same", { 1, 1, 1 }, { 2, 2 }, { 0, 0 }, { .mode = SV_PADDING_SAME }, { 1, 1 }, { 0, 0 } },
    { "one pixel, window of 5", { 1, 1, 4 }, { 5, 5 }, { 2, 2 }, { .mode = SV_PADDING_SAME }, { 1, 1 }, { 2, 2 } },
    { "one pixel, one tap", { 1, 1, 3 }, { 1, 1 }, { 3, 3 }, { .mode = SV_PADDING_VALID }, { 1, 1 }, { 0, 0 } },
    { "same, lopsided", { 5, 4, 7 }, { 2, 3 }, { 2, 3 }, { .mode = SV_PADDING_SAME }, { 3, 2 }, { 0, 1 } },
    { "same, stride 1, even window", { 6, 6, 2 }, { 4, 2 }, { 1, 1 }, { .mode = SV_PADDING_SAME }, { 6, 6 }, { 1, 0 } },
    { "same, stride beyond window", { 7, 9, 5 }, { 2, 1 }, { 3, 4 }, { .mode = SV_PADDING_SAME }, { 3, 3 }, { 0, 0 } },
    { "same, window beyond the width", { 9, 2, 3 }, { 3, 5 }, { 2, 2 }, { .mode = SV_PADDING_SAME }, { 5, 1 }, { 1, 1 } },
    { "overlapping", { 9, 7, 17 }, { 3, 4 }, { 2, 1 }, { .mode = SV_PADDING_VALID }, { 4, 4 }, { 0, 0 } },
    { "stride beyond window", { 8, 8, 1 }, { 2, 2 }, { 5, 3 }, { .mode = SV_PADDING_VALID }, { 2, 3 }, { 0, 0 } },
    { "numbers", { 5, 6, 3 }, { 3, 2 }, { 2, 2 }, { SV_PADDING_EXPLICIT, 1, 1, 1, 1 }, { 3, 4 }, { 1, 1 } },
    { "four different sides", { 5, 7, 2 }, { 4, 5 }, { 1, 3 }, { SV_PADDING_EXPLICIT, 3, 1, 0, 4 }, { 6, 3 }, { 3, 0 } },
    { "one pixel in padding", { 1, 1, 2 }, { 3, 3 }, { 1, 1 }, { SV_PADDING_EXPLICIT, 2, 2, 1, 2 }, { 3, 2 }, { 2, 1 } },
    { "ceil_mode: 6 by 4 s 3", { 6, 6, 3 }, { 4, 4 }, { 3, 3 }, { SV_PADDING_EXPLICIT, 0, 1, 0, 1 }, { 2, 2 }, { 0, 0 } },
    { "end beyond the window", { 6, 6, 2 }, { 2, 2 }, { 5, 5 }, { SV_PADDING_EXPLICIT, 0, 3, 1, 2 }, { 2, 2 }, { 0, 1 } },
};
enum { POOL_CASES = sizeof pool_cases / sizeof *pool_cases };

static const pool_case *pool_now; /* what the oracle pools by */

static inline op_case pool_check_of(const pool_case *p, const sv_op *op, sv_pool_args *args, op_oracle oracle)
{
    pool_now = p;
    args->pool_size[0] = p->pool[0], args->pool_size[1] = p->pool[1];
    args->strides[0] = p->strides[0], args->strides[1] = p->strides[1];
    args->padding = p->padding;
    return (op_case){ .label = p->label, .op = op, .args = args, .oracle = oracle,
                      .input = { { 3, { p->input[0], p->input[1], p->input[2] } } } };
}

static inline int pool_default(int value, int fallback)
{
    return value ? value : fallback;
}

/* Calls `visit` for every tap (u, v) of every output of the case: `inside` tells whether it lies in the image, where `from`
 * is then its place in x. */
typedef void (*pool_visit)(bool inside, const double *from, double *to);
static inline void pool_walk(int samples, const double *x, double *y, pool_visit visit)
{
    const pool_case *p = pool_now;
    int kh = pool_default(p->pool[0], 2), kw = pool_default(p->pool[1], 2);
    int sh = pool_default(p->strides[0], kh), sw = pool_default(p->strides[1], kw);
    int64_t height = p->input[0], width = p->input[1], channels = p->input[2];
    for (int64_t r = 0; r < samples; r++)
        for (int64_t i = 0; i < p->output[0]; i++)
            for (int64_t j = 0; j < p->output[1]; j++)
                for (int64_t c = 0; c < channels; c++, y++)
                    for (int u = 0; u < kh; u++)
                        for (int v = 0; v < kw; v++) {
                            int64_t h = i * sh + u - p->before[0], w = j * sw + v - p->before[1];
                            bool inside = h >= 0 && h < height && w >= 0 && w < width;
                            visit(inside, inside ? x + ((r * height + h) * width + w) * channels + c : x, y);
                        }
}

static inline void pool_refuse(const sv_op *op, sv_shape input, sv_pool_args args, const char *message)
{
    op_expect_fault(&(op_case){ .label = message, .op = op, .args = &args, .input = { input } }, message);
}

/* What both poolings refuse. */
static inline void pool_refusals(const sv_op *op)
{
    const sv_shape image = { 3, { 6, 4, 2 } };
    pool_refuse(op, (sv_shape){ 1, { 8 } }, (sv_pool_args){ 0 },
                "input: expected an image [H,W,C], got [8]; a Reshape layer makes one");
    pool_refuse(op, image, (sv_pool_args){ .pool_size = { 2, 5 } },
                "pool_size: expected at most the 4 columns of the input with its padding, got 5");
    pool_refuse(op, image, (sv_pool_args){ .pool_size = { 9, 2 }, .padding = SV_PAD(1, 0) },
                "pool_size: expected at most the 8 rows of the input with its padding, got 9");
    pool_refuse(op, image, (sv_pool_args){ .pool_size = { -1, 2 } },
                "pool_size: expected an integer >= 1 or a pair [h, w] of them, got -1");
    pool_refuse(op, image, (sv_pool_args){ .strides = { 1, -2 } },
                "strides: expected an integer >= 1 or a pair [h, w] of them, got -2");
    pool_refuse(op, image, (sv_pool_args){ .padding = SV_PAD(2, 0) },
                "padding: expected fewer rows before the image than pool_size, 2, got 2");
    pool_refuse(op, image, (sv_pool_args){ .padding = SV_PAD4(0, 0, 3, 0) },
                "padding: expected fewer columns before the image than pool_size, 2, got 3");
    pool_refuse(op, image, (sv_pool_args){ .padding = SV_PAD4(0, -1, 0, 0) }, "padding: expected integers >= 0, got -1");
    pool_refuse(op, image, (sv_pool_args){ .padding = SV_PAD4(0, 2, 0, 0) },
                "padding: 2 rows after the image leave a window without any of its pixels");
}

#endif
