#include "support/primitives.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <math.h>
#include <cmocka.h>
#include "base/memory.h"
#include "support/op_check.h"

/* The three primitives by their definition in kernels.h, in double; *_size are the sums of the terms' magnitudes. */
typedef struct oracle {
    double *small, *big, *dv, *small_size, *big_size, *dv_size;
} oracle;

enum { GUARD = 16 };

typedef struct problem {
    const sv_conv_backend *b;
    const sv_vectors *k;
    sv_conv_geometry g;
    int samples;
    int64_t big, small, v, space;
    float *big_x, *small_x, *v_x, *down_v, *up_v, *out, *bias, *workspace;
    oracle o;
} problem;

static double *doubles(int64_t count)
{
    double *d = sv_new((size_t)count, sizeof *d);
    assert_non_null(d);
    return d;
}

float *primitives_random(uint64_t stream, int64_t count)
{
    float *f = sv_new((size_t)count + GUARD, sizeof *f);
    assert_non_null(f);
    op_random(stream, count, 1, f);
    for (int k = 0; k < GUARD; k++) f[count + k] = 12345;
    return f;
}

void primitives_check_guard(const float *f, int64_t count)
{
    for (int k = 0; k < GUARD; k++) assert_true(f[count + k] == 12345);
}

float *primitives_packed(const sv_conv_backend *b, const sv_vectors *k, const sv_conv_geometry *g, sv_direction d, const float *v,
                         int64_t count)
{
    int64_t floats = b->packed(g, d);
    float *packed = primitives_random(8, floats ? floats : count);
    if (floats)
        b->pack(k, g, d, v, packed);
    else
        memcpy(packed, v, (size_t)count * sizeof *packed);
    primitives_check_guard(packed, floats ? floats : count);
    return packed;
}

/* One product of the definition: big pixel `b`, small pixel `s`, weight `v` (offsets). */
static void term(problem *p, int64_t b, int64_t s, int64_t v)
{
    double x = (double)p->big_x[b], y = (double)p->small_x[s], w = (double)p->v_x[v];
    p->o.small[s] += x * w, p->o.small_size[s] += fabs(x * w);
    p->o.big[b] += y * w, p->o.big_size[b] += fabs(y * w);
    p->o.dv[v] += x * y, p->o.dv_size[v] += fabs(x * y);
}

static void pixel_terms(problem *p, int64_t big_pixel, int64_t small_pixel, int64_t tap)
{
    const sv_conv_geometry *g = &p->g;
    int big_c = g->big_c / g->groups, small_c = g->small_c / g->groups;
    for (int s = 0; s < g->small_c; s++)
        for (int b = 0; b < big_c; b++)
            term(p, big_pixel * g->big_c + s / small_c * big_c + b, small_pixel * g->small_c + s,
                 (tap * big_c + b) * g->small_c + s);
}

static void solve(problem *p)
{
    const sv_conv_geometry *g = &p->g;
    for (int n = 0; n < p->samples; n++)
        for (int i = 0; i < g->small_h; i++)
            for (int j = 0; j < g->small_w; j++)
                for (int u = 0; u < g->kh; u++)
                    for (int v = 0; v < g->kw; v++) {
                        int y = i * g->sh + u * g->dh - g->top, x = j * g->sw + v * g->dw - g->left;
                        if (y < 0 || y >= g->big_h || x < 0 || x >= g->big_w) continue;
                        pixel_terms(p, ((int64_t)n * g->big_h + y) * g->big_w + x, ((int64_t)n * g->small_h + i) * g->small_w + j,
                                    u * g->kw + v);
                    }
}

static int64_t largest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static problem pose(const sv_conv_backend *b, const sv_vectors *k, sv_conv_geometry g, int samples)
{
    problem p = { .b = b, .k = k, .g = g, .samples = samples };
    p.big = (int64_t)samples * g.big_h * g.big_w * g.big_c;
    p.small = (int64_t)samples * g.small_h * g.small_w * g.small_c;
    p.v = (int64_t)g.kh * g.kw * (g.big_c / g.groups) * g.small_c;
    p.space = b->workspace(&g, samples);
    p.big_x = primitives_random(1, p.big), p.small_x = primitives_random(2, p.small), p.v_x = primitives_random(3, p.v);
    p.down_v = primitives_packed(b, k, &g, SV_DOWN, p.v_x, p.v), p.up_v = primitives_packed(b, k, &g, SV_UP, p.v_x, p.v);
    p.bias = primitives_random(4, largest(g.big_c, g.small_c));
    p.out = primitives_random(5, largest(largest(p.big, p.small), p.v));
    p.workspace = primitives_random(6, p.space);
    p.o = (oracle){ doubles(p.small), doubles(p.big), doubles(p.v), doubles(p.small), doubles(p.big), doubles(p.v) };
    return p;
}

static void drop(problem *p)
{
    float *f[] = { p->big_x, p->small_x, p->v_x, p->down_v, p->up_v, p->bias, p->out, p->workspace };
    double *d[] = { p->o.small, p->o.big, p->o.dv, p->o.small_size, p->o.big_size, p->o.dv_size };
    for (int k = 0; k < 8; k++) sv_free(f[k]);
    for (int k = 0; k < 6; k++) sv_free(d[k]);
}

static void prepare(problem *p, int64_t count, bool accumulate)
{
    op_random(9, count, 1, p->out);
    for (int64_t k = 0; k < count && !accumulate; k++) p->out[k] = NAN;
    for (int64_t k = 0; k < p->space; k++) p->workspace[k] = NAN;
    for (int k = 0; k < GUARD; k++) p->out[count + k] = 12345;
}

/* out = f(before + result), before = what accumulate found there or the bias. */
static void compare(const problem *p, const char *what, int64_t count, int channels, const double *wanted, const double *size,
                    const sv_epilogue *e)
{
    float *before = primitives_random(9, count);
    for (int64_t k = 0; k < count; k++) {
        double base = e->accumulate ? (double)before[k] : e->bias ? (double)e->bias[k % channels] : 0;
        double z = base + wanted[k], tolerance = 1e-12 + 2e-6 * (fabs(base) + size[k]);
        if (e->activation) z = fmax(z, 0);
        if (!(fabs((double)p->out[k] - z) <= tolerance))
            fail_msg("%s %s: %s of big %dx%dx%d small %dx%dx%d k %dx%d s %dx%d d %dx%d at %d,%d g %d, %d samples: [%lld] is %.9g, "
                     "not %.9g",
                     p->b->name, p->k->isa, what, p->g.big_h, p->g.big_w, p->g.big_c, p->g.small_h, p->g.small_w, p->g.small_c,
                     p->g.kh, p->g.kw, p->g.sh, p->g.sw, p->g.dh, p->g.dw, p->g.top, p->g.left, p->g.groups, p->samples,
                     (long long)k, (double)p->out[k], z);
    }
    primitives_check_guard(p->out, count);
    primitives_check_guard(p->workspace, p->space);
    sv_free(before);
}

/* A bias's gradient to add to; then, whether it has become what column_sums gives sample after sample. */
static sv_bias_gradient bias_gradient(const problem *p, bool transposed)
{
    return (sv_bias_gradient){ primitives_random(12, transposed ? p->g.big_c : p->g.small_c), transposed };
}

static void check_bias(const problem *p, sv_bias_gradient bias)
{
    const int64_t channels = bias.transposed ? p->g.big_c : p->g.small_c;
    const int64_t sample = (bias.transposed ? p->big : p->small) / p->samples;
    const float *dz = bias.transposed ? p->big_x : p->small_x;
    float *wanted = primitives_random(12, channels);
    for (int s = 0; s < p->samples; s++) p->k->column_sums(sample / channels, channels, dz + s * sample, wanted);
    assert_memory_equal(bias.db, wanted, (size_t)channels * sizeof(float));
    primitives_check_guard(bias.db, channels);
    sv_free(wanted), sv_free(bias.db);
}

/* wgrad_down and wgrad_up (d = 0, 1) leave the bits of wgrad and of an accumulating down or up. */
static void check_pair(problem *p, int d)
{
    sv_epilogue add = { .accumulate = true };
    const int64_t count = d ? p->big : p->small;
    float *dv = primitives_random(9, p->v), *both = primitives_random(9, count);
    sv_bias_gradient bias = bias_gradient(p, d == 0), of_wgrad = bias_gradient(p, d == 0);
    prepare(p, p->v, true);
    if (d)
        p->b->wgrad_up(p->k, &p->g, p->samples, p->big_x, p->small_x, dv, bias, p->up_v, both, &add, p->workspace);
    else
        p->b->wgrad_down(p->k, &p->g, p->samples, p->big_x, p->small_x, dv, bias, p->down_v, both, &add, p->workspace);
    primitives_check_guard(p->workspace, p->space);
    primitives_check_guard(dv, p->v), primitives_check_guard(both, count);
    p->b->wgrad(p->k, &p->g, p->samples, p->big_x, p->small_x, p->out, of_wgrad, p->workspace);
    check_bias(p, bias), check_bias(p, of_wgrad);
    assert_memory_equal(p->out, dv, (size_t)p->v * sizeof(float));
    prepare(p, count, true);
    if (d)
        p->b->up(p->k, &p->g, p->samples, p->small_x, p->up_v, p->out, &add, p->workspace);
    else
        p->b->down(p->k, &p->g, p->samples, p->big_x, p->down_v, p->out, &add, p->workspace);
    assert_memory_equal(p->out, both, (size_t)count * sizeof(float));
    sv_free(dv), sv_free(both);
}

static void check_pairs(problem *p)
{
    if (p->b->wgrad_down) check_pair(p, 0);
    if (p->b->wgrad_up) check_pair(p, 1);
}

/* The derivative of a ReLU in the epilogue leaves the bits of a pass of its own. */
static void check_rectified(problem *p)
{
    for (int d = 0; d < 4; d++) {
        if (d == 2 && !p->b->wgrad_down) continue;
        if (d == 3 && !p->b->wgrad_up) continue;
        int64_t count = d % 2 ? p->big : p->small;
        float *y = primitives_random(10, count), *wanted = primitives_random(11, count), *dv = primitives_random(9, p->v);
        sv_epilogue e = { 0 };
        const sv_bias_gradient none = { 0 };
        for (int pass = 0; pass < 2; pass++, e.rectified = y) {
            prepare(p, count, false);
            if (d == 0)
                p->b->down(p->k, &p->g, p->samples, p->big_x, p->down_v, p->out, &e, p->workspace);
            else if (d == 1)
                p->b->up(p->k, &p->g, p->samples, p->small_x, p->up_v, p->out, &e, p->workspace);
            else if (d == 2)
                p->b->wgrad_down(p->k, &p->g, p->samples, p->big_x, p->small_x, dv, none, p->down_v, p->out, &e, p->workspace);
            else
                p->b->wgrad_up(p->k, &p->g, p->samples, p->big_x, p->small_x, dv, none, p->up_v, p->out, &e, p->workspace);
            for (int64_t k = 0; k < count && pass == 0; k++) wanted[k] = p->out[k] * (y[k] > 0 ? 1.0F : 0.0F);
        }
        assert_memory_equal(p->out, wanted, (size_t)count * sizeof(float));
        primitives_check_guard(p->out, count);
        sv_free(y), sv_free(wanted), sv_free(dv);
    }
}

void primitives_check_pairs(const sv_conv_backend *b, const sv_vectors *k, const sv_conv_geometry *g, int samples)
{
    problem p = pose(b, k, *g, samples);
    check_pairs(&p);
    drop(&p);
}

void primitives_check(const sv_conv_backend *b, const sv_vectors *k, const sv_conv_geometry *geometry, int samples)
{
    sv_activation relu = SV_RELU;
    sv_conv_geometry g = *geometry;
    problem p = pose(b, k, g, samples);
    solve(&p);
    sv_epilogue epilogues[] = {
        { 0 }, { .accumulate = true }, { .bias = p.bias }, { .activation = &relu }, { .bias = p.bias, .activation = &relu }
    };
    for (size_t e = 0; e < sizeof epilogues / sizeof *epilogues; e++) {
        prepare(&p, p.small, epilogues[e].accumulate);
        b->down(k, &g, samples, p.big_x, p.down_v, p.out, &epilogues[e], p.workspace);
        compare(&p, "down", p.small, g.small_c, p.o.small, p.o.small_size, &epilogues[e]);
        prepare(&p, p.big, epilogues[e].accumulate);
        b->up(k, &g, samples, p.small_x, p.up_v, p.out, &epilogues[e], p.workspace);
        compare(&p, "up", p.big, g.big_c, p.o.big, p.o.big_size, &epilogues[e]);
    }
    prepare(&p, p.v, true);
    b->wgrad(k, &g, samples, p.big_x, p.small_x, p.out, (sv_bias_gradient){ 0 }, p.workspace);
    compare(&p, "wgrad", p.v, g.small_c, p.o.dv, p.o.dv_size, &epilogues[1]);
    check_pairs(&p);
    check_rectified(&p);
    drop(&p);
}

void primitives_check_awkward(const sv_conv_backend *b, const sv_vectors *k, int every)
{
    static const int groups[][3] = { { 2, 3, 1 }, { 4, 6, 2 }, { 3, 3, 3 }, { 1, 1, 1 } };
    int turn = 0;
    for (int big = 1; big <= 7; big += 2)
        for (int small = 1; small <= 4; small++)
            for (int kernel = 1; kernel <= 5; kernel += 2)
                for (int stride = 1; stride <= 3; stride++)
                    for (int at = -9; at <= 9; at += 3) {
                        const int *c = groups[turn++ % 4];
                        sv_conv_geometry g = { .big_h = big,
                                               .big_w = 8 - big,
                                               .big_c = c[0],
                                               .small_h = small,
                                               .small_w = 5 - small,
                                               .small_c = c[1],
                                               .kh = kernel,
                                               .kw = 1 + turn % 4,
                                               .sh = stride,
                                               .sw = 1 + turn % 3,
                                               .dh = 1 + turn % 2,
                                               .dw = 1 + turn / 2 % 3,
                                               .top = at,
                                               .left = turn % 7 - 3,
                                               .groups = c[2] };
                        if (turn % every == 0) primitives_check(b, k, &g, 1 + turn % 3);
                    }
}

void primitives_check_product(const sv_conv_backend *backend, const sv_vectors *v, int m, int n, int k)
{
    for (int form = 0; form < 8; form++) {
        bool ta = form & 1, tb = form & 2, accumulate = form & 4;
        float *a = primitives_random(1, m * k), *b = primitives_random(2, k * n), *c = primitives_random(3, m * n);
        float *before = primitives_random(3, m * n);
        for (int i = 0; i < m * n && !accumulate; i++) c[i] = NAN, before[i] = 0;
        backend->matmul(v, ta, tb, m, n, k, a, b, c, accumulate);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double sum = (double)before[i * n + j], size = fabs(sum);
                for (int t = 0; t < k; t++) {
                    double product = (double)a[ta ? t * m + i : i * k + t] * (double)b[tb ? j * k + t : t * n + j];
                    sum += product, size += fabs(product);
                }
                if (!(fabs((double)c[i * n + j] - sum) <= 2e-6 * size))
                    fail_msg("%s %s: matmul form %d of %dx%dx%d: [%d,%d] is %.9g, not %.9g", backend->name, v->isa, form, m, n, k,
                             i, j, (double)c[i * n + j], sum);
            }
        primitives_check_guard(c, m * n);
        sv_free(a), sv_free(b), sv_free(c), sv_free(before);
    }
}
