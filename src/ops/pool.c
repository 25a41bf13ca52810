#include "ops/pool.h"
#include "ops/checks.h"
#include <string.h>
_Static_assert(sizeof(sv_pool) <= SV_STATE_BYTES, "the state fits");

static sv_status pad_same(int64_t n, int64_t k, int64_t s, int64_t *before, int64_t *after, int64_t *out)
{
    *out = (n + s - 1) / s;
    int64_t total = (*out - 1) * s + k - n;
    if (total < 0) total = 0;
    *before = total / 2;
    *after = total - *before;
    return SV_OK;
}

static sv_status pad_numbers(const char *what, int64_t n, int64_t k, int64_t s, int64_t before, int64_t after, int64_t *out,
                             sv_fault *fault)
{
    int64_t least = before < after ? before : after;
    if (least < 0) return sv_fail(fault, SV_BAD_ARGUMENT, "padding: expected integers >= 0, got %lld", (long long)least);
    if (before >= k)
        return sv_fail(fault, SV_BAD_ARGUMENT, "padding: expected fewer %s before the image than pool_size, %lld, got %lld", what,
                       (long long)k, (long long)before);
    if (n + before + after < k)
        return sv_fail(fault, SV_BAD_ARGUMENT, "pool_size: expected at most the %lld %s of the input with its padding, got %lld",
                       (long long)(n + before + after), what, (long long)k);
    *out = (n + before + after - k) / s + 1;
    if ((*out - 1) * s - before >= n)
        return sv_fail(fault, SV_BAD_ARGUMENT, "padding: %lld %s after the image leave a window without any of its pixels",
                       (long long)after, what);
    return SV_OK;
}

sv_status sv_pool_infer(sv_inference *i, sv_fault *fault)
{
    static const char *const what[2] = { "rows", "columns" };
    const sv_pool_args *args = i->args;
    if (sv_need_image(i, fault)) return SV_BAD_ARGUMENT;
    const int64_t *n = i->input[0].dim;
    const sv_padding *given = &args->padding;
    int64_t before[2] = { given->top, given->left }, after[2] = { given->bottom, given->right }, out[2] = { 0 };
    sv_pool p = { .h = n[0], .w = n[1], .c = n[2] };
    for (int a = 0; a < 2; a++) {
        int64_t k = p.size[a] = args->pool_size[a], s = p.stride[a] = args->strides[a] ? args->strides[a] : k;
        if (given->mode == SV_PADDING_VALID) before[a] = after[a] = 0;
        sv_status status = given->mode == SV_PADDING_SAME ? pad_same(n[a], k, s, &before[a], &after[a], &out[a])
                                                          : pad_numbers(what[a], n[a], k, s, before[a], after[a], &out[a], fault);
        if (status) return status;
        p.before[a] = before[a];
        i->padding[2 * a] = (int)before[a];
        i->padding[2 * a + 1] = (int)after[a];
    }
    p.out_h = out[0];
    p.out_w = out[1];
    i->output = sv_shape3(out[0], out[1], p.c);
    memcpy(i->state, &p, sizeof p);
    return sv_need_size(i, fault);
}

static void clip(int64_t at, int64_t k, int64_t n, int64_t *first, int64_t *count)
{
    *first = at > 0 ? at : 0;
    *count = (at + k < n ? at + k : n) - *first;
}

sv_pixels sv_pool_window(const sv_pool *p, int64_t row, int64_t column)
{
    sv_pixels w = { .width = p->w, .channels = p->c };
    int64_t top, left;
    clip(row * p->stride[0] - p->before[0], p->size[0], p->h, &top, &w.rows);
    clip(column * p->stride[1] - p->before[1], p->size[1], p->w, &left, &w.columns);
    w.first = top * p->w + left;
    return w;
}
