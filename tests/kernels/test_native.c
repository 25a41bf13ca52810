#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>
#include "base/memory.h"
#include "support/op_check.h"
#include "support/primitives.h"

static const char *const isas[] = { "avx512", "avx2", "sse2", "scalar" };

/* This machine's instruction sets, the portable one last; returns how many. */
static int every_isa(const sv_vectors *found[4])
{
    int count = 0;
    for (int i = 0; i < 4; i++) count += sv_vectors_select(isas[i], &found[count], NULL) == SV_OK;
    assert_true(count > 0);
    return count;
}

/* Its multiply-adds are emulated. */
static bool is_slow(const sv_vectors *k)
{
    return !strcmp(k->isa, "sse2") || !strcmp(k->isa, "scalar");
}

/* Channels around the widths of vectors and panels, tiles that end in the middle of rows and images, bands of large images. */
static const sv_conv_geometry odd[] = {
    { 9, 9, 17, 5, 5, 33, 3, 3, 2, 2, 1, 1, 1, 1, 1 },      { 7, 8, 5, 4, 4, 1, 3, 3, 2, 2, 1, 1, 0, 1, 1 },
    { 8, 8, 48, 8, 8, 24, 1, 1, 1, 1, 1, 1, 0, 0, 1 },      { 10, 6, 15, 10, 6, 16, 5, 3, 1, 1, 1, 1, 2, 1, 1 },
    { 14, 14, 1, 7, 7, 32, 3, 3, 2, 2, 1, 1, 0, 0, 1 },     { 12, 12, 3, 6, 6, 40, 4, 4, 2, 2, 1, 1, 1, 1, 1 },
    { 9, 7, 40, 9, 7, 40, 3, 3, 1, 1, 2, 2, 2, 2, 40 },     { 13, 11, 64, 4, 3, 64, 2, 3, 4, 5, 1, 1, -1, -1, 2 },
    { 11, 13, 32, 6, 5, 20, 4, 3, 2, 3, 3, 2, 4, 3, 4 },    { 33, 600, 2, 33, 600, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 70, 64, 20, 35, 32, 18, 3, 3, 2, 2, 1, 1, 1, 1, 1 },  { 40, 30, 18, 40, 30, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 65, 40, 36, 65, 40, 2, 3, 3, 1, 1, 1, 1, 1, 1, 2 },   { 1, 1, 20, 1, 1, 20, 7, 7, 3, 3, 2, 2, 6, 6, 1 },
    { 4, 4, 16, 2, 2, 300, 3, 3, 2, 2, 1, 1, 0, 0, 1 },     { 50, 50, 1, 48, 48, 1, 3, 3, 1, 1, 1, 1, 0, 0, 1 },
    { 9, 8, 32, 9, 8, 6, 4, 3, 1, 1, 2, 1, 3, 1, 2 },       { 6, 9, 33, 5, 11, 5, 5, 4, 1, 1, 1, 1, 4, 3, 1 },
    { 5, 1, 3, 4, 4, 6, 3, 4, 2, 3, 1, 1, 1, 4, 1 },        { 12, 76, 3, 6, 38, 20, 3, 3, 2, 2, 1, 1, 0, 0, 1 },
    { 11, 9, 37, 5, 6, 37, 5, 7, 2, 1, 1, 1, 1, 2, 37 },    { 5, 37, 3, 5, 37, 18, 3, 3, 1, 1, 1, 1, 1, 1, 1 },
    { 6, 5, 24, 3, 3, 17, 5, 5, 2, 2, 1, 2, 1, 1, 1 },      { 5, 5, 70, 5, 4, 90, 4, 4, 1, 1, 2, 1, 1, 1, 1 },
    { 3, 4, 300, 2, 2, 600, 2, 2, 2, 2, 1, 1, 0, 0, 1 },    { 6, 6, 96, 3, 3, 40, 3, 3, 2, 2, 1, 1, 0, 0, 1 },
    { 4, 6, 2, 2, 3, 1100, 3, 3, 2, 2, 1, 1, 0, 0, 1 },     { 21, 70, 4, 11, 35, 20, 3, 3, 2, 2, 1, 1, 1, 1, 1 },
    { 13, 52, 3, 5, 13, 16, 4, 4, 3, 4, 1, 1, 0, 0, 1 },    { 30, 29, 1, 15, 15, 24, 5, 5, 2, 2, 1, 1, 2, 2, 1 },
    { 20, 37, 1, 20, 37, 18, 7, 7, 1, 1, 1, 1, 3, 3, 1 },   { 20, 20, 1, 20, 20, 17, 9, 9, 1, 1, 2, 2, 8, 8, 1 },
    { 9, 12, 2, 9, 12, 17, 3, 3, 1, 1, 2, 2, 2, 2, 1 },     { 40, 9, 1, 19, 4, 16, 3, 3, 2, 2, 1, 1, -1, -1, 1 },
    { 49, 51, 16, 25, 26, 20, 2, 2, 2, 2, 1, 1, 1, 1, 1 },  { 64, 60, 16, 32, 30, 20, 2, 3, 2, 2, 1, 1, 0, 1, 1 },
    { 45, 41, 19, 15, 21, 19, 3, 3, 3, 2, 1, 1, 1, 1, 19 }, { 30, 64, 40, 30, 64, 12, 3, 3, 1, 1, 2, 1, 2, 1, 4 },
    { 20, 37, 3, 20, 37, 6, 7, 7, 1, 1, 1, 1, 3, 3, 1 },    { 19, 37, 8, 10, 19, 8, 3, 3, 2, 2, 1, 1, 1, 1, 1 },
    { 6, 7, 68, 6, 7, 260, 3, 3, 1, 1, 1, 1, 1, 1, 2 },
};
enum { ODD = sizeof odd / sizeof *odd };

/* Images that wgrad cuts into bands: rows listed, strips of patches, three blocks a row; from FOLLOWED on those that up follows. */
static const sv_conv_geometry large[] = {
    { 181, 200, 3, 180, 200, 17, 2, 2, 1, 1, 1, 1, 0, 1, 1 },   { 170, 150, 12, 171, 150, 10, 2, 2, 1, 1, 1, 1, 1, 1, 2 },
    { 33, 1300, 1, 32, 1300, 17, 2, 2, 1, 1, 1, 1, 0, 0, 1 },   { 170, 180, 16, 170, 180, 3, 2, 1, 1, 1, 1, 1, 1, 0, 1 },
    { 131, 150, 20, 130, 150, 20, 2, 2, 1, 1, 1, 1, 0, 0, 20 }, { 110, 111, 24, 110, 110, 24, 1, 2, 1, 1, 1, 1, 0, 0, 1 },
    { 190, 150, 18, 95, 75, 17, 3, 3, 2, 2, 1, 1, 1, 0, 1 },    { 300, 60, 32, 97, 60, 6, 2, 1, 3, 1, 2, 1, -4, 0, 2 },
};
enum { FOLLOWED = 3, LARGE = sizeof large / sizeof *large };

/* Images in bands, of which the last is a short one, and some with so many sums between these that their small channels take turns;
 * groups whose channels are not copied side by side, as others of so many channels are. */
static const sv_conv_geometry turns[] = {
    { 855, 10, 100, 430, 6, 64, 1, 2, 2, 1, 1, 8, 1, 2, 1 },
    { 18, 16, 80, 18, 16, 260, 3, 2, 1, 1, 1, 1, 1, 1, 5 },
    { 2, 258, 1000, 2, 257, 66, 1, 2, 1, 1, 1, 1, 0, 0, 1 },
    { 3, 257, 800, 2, 257, 260, 2, 1, 1, 1, 1, 1, 0, 0, 1 },
};
enum { TURNS = sizeof turns / sizeof *turns };

static void geometries(void **unused)
{
    (void)unused;
    const sv_vectors *k[4];
    int isa_count = every_isa(k);
    for (int i = 0; i < isa_count; i++) {
        const int every = is_slow(k[i]) ? 4 : 1; /* that they agree with the others is a test of its own */
        primitives_check_awkward(&sv_backend_native, k[i], i ? 5 * every : 1);
        for (int s = i % every; s < ODD; s += every) primitives_check(&sv_backend_native, k[i], &odd[s], 1 + s % 3);
    }
}

static void products(void **unused)
{
    (void)unused;
    static const int sizes[][3] = { { 1, 1, 1 },    { 3, 5, 7 },      { 8, 1, 20 },   { 1, 30, 6 },
                                    { 33, 17, 65 }, { 20, 70, 1200 }, { 5, 33, 512 }, { 9, 16, 513 } };
    const sv_vectors *k[4];
    int isa_count = every_isa(k);
    for (int i = 0; i < isa_count; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            primitives_check_product(&sv_backend_native, k[i], sizes[s][0], sizes[s][1], sizes[s][2]);
}

/* Every result of one geometry, one after another. */
typedef struct results {
    int64_t small, big, v, count;
    float *values; /* down, up, wgrad */
} results;

/* The samples in calls of `micro`. */
static results run(const sv_vectors *k, const sv_conv_geometry *g, int samples, int micro)
{
    results r = { (int64_t)samples * g->small_h * g->small_w * g->small_c, (int64_t)samples * g->big_h * g->big_w * g->big_c,
                  (int64_t)g->kh * g->kw * (g->big_c / g->groups) * g->small_c, 0, NULL };
    float *big = primitives_random(1, r.big), *small = primitives_random(2, r.small), *v = primitives_random(3, r.v);
    float *bias = primitives_random(4, g->big_c + g->small_c);
    float *down_v = primitives_packed(&sv_backend_native, k, g, SV_DOWN, v, r.v);
    float *up_v = primitives_packed(&sv_backend_native, k, g, SV_UP, v, r.v);
    float *workspace = primitives_random(5, sv_backend_native.workspace(g, micro));
    sv_activation relu = SV_RELU;
    sv_epilogue e = { .bias = bias, .activation = &relu };
    r.count = r.small + r.big + r.v;
    r.values = primitives_random(6, r.count);
    for (int first = 0; first < samples; first += micro) {
        int n = samples - first < micro ? samples - first : micro;
        int64_t at_small = r.small / samples * first, at_big = r.big / samples * first;
        sv_backend_native.down(k, g, n, big + at_big, down_v, r.values + at_small, &e, workspace);
        sv_backend_native.up(k, g, n, small + at_small, up_v, r.values + r.small + at_big, &e, workspace);
        sv_backend_native.wgrad(k, g, n, big + at_big, small + at_small, r.values + r.small + r.big, (sv_bias_gradient){ 0 },
                                workspace);
    }
    primitives_check_guard(r.values, r.count);
    sv_free(big), sv_free(small), sv_free(v), sv_free(down_v), sv_free(up_v), sv_free(bias), sv_free(workspace);
    return r;
}

static void same_bits(const char *what, const sv_conv_geometry *g, const results *a, const results *b)
{
    for (int64_t i = 0; i < a->count; i++)
        if (memcmp(&a->values[i], &b->values[i], sizeof(float)) != 0)
            fail_msg("%s: %s of %dx%dx%d is %.9g and %.9g", what,
                     i < a->small            ? "down"
                     : i < a->small + a->big ? "up"
                                             : "wgrad",
                     g->big_h, g->big_w, g->big_c, (double)a->values[i], (double)b->values[i]);
}

static void every_isa_agrees(const sv_conv_geometry *g, int samples)
{
    const sv_vectors *k[4];
    int isa_count = every_isa(k);
    results first = run(k[0], g, samples, samples);
    for (int i = 1; i < isa_count; i++) {
        results other = run(k[i], g, samples, samples);
        same_bits(k[i]->isa, g, &first, &other);
        sv_free(other.values);
    }
    sv_free(first.values);
}

static void instruction_sets_agree(void **unused)
{
    (void)unused;
    for (int s = 0; s < ODD; s++) every_isa_agrees(&odd[s], 3);
}

static void every_cut_agrees(const sv_vectors *k, const sv_conv_geometry *g, int samples, int most)
{
    results whole = run(k, g, samples, samples);
    for (int micro = 1; micro <= most; micro++) {
        results cut = run(k, g, samples, micro);
        same_bits("cuts", g, &whole, &cut);
        sv_free(cut.values);
    }
    sv_free(whole.values);
}

static void cuts_change_nothing(void **unused)
{
    (void)unused;
    const sv_vectors *k[4];
    every_isa(k);
    for (int s = 0; s < ODD; s++) every_cut_agrees(k[0], &odd[s], 7, 5);
}

/* Sums a hair from halfway between two floats, where rounding twice goes wrong: c + a b, a b = (1 - 2^-46) 2^-24 and the like. */
static void sums_round_once(void **unused)
{
    (void)unused;
    const sv_vectors *k[4];
    int isa_count = every_isa(k);
    sv_conv_geometry g = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1 };
    for (int n = 0; n < 4000; n++) {
        float sign = n & 1 ? -1 : 1, step = n & 2 ? -0x1p-23f : 0x1p-23f, exponent = (float)(n / 8 % 50 - 25);
        float scale = exp2f(exponent), c = (n & 4 ? -1 : 1) * scale * (1 + (float)(n % 97) * 0x1p-23f);
        float a = sign * (1 + step) * 0x1p-24f * scale, b = 1 - step, result;
        float *workspace = primitives_random(1, sv_backend_native.workspace(&g, 1));
        for (int i = 0; i < isa_count; i++) {
            float *packed = primitives_packed(&sv_backend_native, k[i], &g, SV_DOWN, &b, 1);
            sv_backend_native.down(k[i], &g, 1, &a, packed, &result, &(sv_epilogue){ .bias = &c }, workspace);
            sv_free(packed);
            if (result != fmaf(a, b, c))
                fail_msg("%s: %a %a + %a is %a", k[i]->isa, (double)a, (double)b, (double)c, (double)result);
        }
        sv_free(workspace);
    }
}

/* The documented orders, followed term by term with fmaf. */

/* Neighbours added level by level, an odd one handed up. */
static float tree(float *sum, int count)
{
    for (; count > 1; count = (count + 1) / 2)
        for (int k = 0; k < count; k += 2) sum[k / 2] = k + 1 < count ? sum[k] + sum[k + 1] : sum[k];
    return sum[0];
}

/* A thin product: x[k] y[k step] of some terms in blocks of 512. */
static float product_by_fmaf(int terms, const float *x, const float *y, int step)
{
    float block[64] = { 0 };
    for (int c = 0; c < terms; c++) block[c / 512] = fmaf(x[c], y[(int64_t)c * step], block[c / 512]);
    return tree(block, (terms + 511) / 512);
}

/* A sum of blocks of at most 256 terms; the first goes on from the start. */
typedef struct blocks {
    float sum, block;
    bool several;
} blocks;

/* Whether channel k of tap (r, c) begins a block, of taps in so many columns: whole rows as many as fit, else whole taps of a row,
 * else pieces of a tap. */
static bool begins_block(int columns, int channels, int r, int c, int k)
{
    int row = columns * channels;
    if (row <= 256) return c == 0 && k == 0 && r % (256 / row) == 0;
    if (channels <= 256) return k == 0 && c % (256 / channels) == 0;
    return k % 256 == 0;
}

static float sum_of(const blocks *s)
{
    return s->several ? s->sum + s->block : s->block;
}

static void add_term(blocks *s, bool begins, float x, float y)
{
    if (begins) *s = (blocks){ sum_of(s), 0, true };
    s->block = fmaf(x, y, s->block);
}

static float down_by_fmaf(const sv_conv_geometry *g, const float *big, const float *v, float bias, int i, int j, int s)
{
    int big_c = g->big_c / g->groups, small_c = g->small_c / g->groups, group = s / small_c, taps = g->kh * g->kw;
    bool thin = g->sh == 1 && g->sw == 1 && small_c < 16 && big_c >= 16;
    float sum = bias;
    blocks chain = { 0, bias, false };
    for (int n = 0; n < taps; n++) {
        int tap = thin ? taps - 1 - n : n;
        int y = i * g->sh + tap / g->kw * g->dh - g->top, x = j * g->sw + tap % g->kw * g->dw - g->left;
        bool inside = y >= 0 && y < g->big_h && x >= 0 && x < g->big_w;
        const float *pixel = big + (y * g->big_w + x) * g->big_c + group * big_c, *weights = v + tap * big_c * g->small_c + s;
        if (thin && inside) sum += product_by_fmaf(big_c, pixel, weights, g->small_c);
        for (int c = 0; c < big_c && !thin; c++)
            add_term(&chain, (tap || c) && begins_block(g->kw, big_c, tap / g->kw, tap % g->kw, c), inside ? pixel[c] : 0,
                     weights[c * g->small_c]);
    }
    return thin ? sum : sum_of(&chain);
}

static float up_by_fmaf(const sv_conv_geometry *g, const float *small, const float *v, float bias, int y, int x, int b)
{
    int big_c = g->big_c / g->groups, small_c = g->small_c / g->groups, group = b / big_c;
    bool depthwise = g->groups > 1 && big_c == 1 && small_c == 1, thin = big_c < 16 && !depthwise;
    float sum = bias;
    blocks chain = { 0, bias, false };
    int met = 0, columns = 0;
    for (int w = 0; w < g->kw; w++) columns += (x + g->left - w * g->dw) % g->sw == 0;
    for (int u = 0; u < g->kh; u++)
        for (int w = 0; w < g->kw; w++) {
            int i = y + g->top - u * g->dh, j = x + g->left - w * g->dw;
            if (i % g->sh || j % g->sw) continue;
            i /= g->sh, j /= g->sw;
            bool inside = i >= 0 && i < g->small_h && j >= 0 && j < g->small_w;
            const float *pixel = small + (i * g->small_w + j) * g->small_c + group * small_c;
            const float *weights = v + ((u * g->kw + w) * big_c + b % big_c) * g->small_c + group * small_c;
            if (thin && inside) sum += product_by_fmaf(small_c, pixel, weights, 1);
            for (int c = 0; c < small_c && !thin; c++)
                add_term(&chain, (met || c) && begins_block(columns, small_c, met / columns, met % columns, c),
                         inside ? pixel[c] : 0, weights[c]);
            met++;
        }
    return thin ? sum : sum_of(&chain);
}

static float wgrad_by_fmaf(const sv_conv_geometry *g, const float *big, const float *small, int u, int v, int b, int s)
{
    int rows = g->small_w > 512 ? 1 : 512 / g->small_w, columns = g->small_w > 512 ? 512 : g->small_w, count = 0;
    int big_c = g->big_c / g->groups, channel = s / (g->small_c / g->groups) * big_c + b;
    float block[256];
    for (int first = 0; first < g->small_h; first += rows)
        for (int left = 0; left < g->small_w; left += columns) {
            float sum = 0;
            for (int i = first; i < first + rows && i < g->small_h; i++)
                for (int j = left; j < left + columns && j < g->small_w; j++) {
                    int y = i * g->sh + u * g->dh - g->top, x = j * g->sw + v * g->dw - g->left;
                    bool inside = y >= 0 && y < g->big_h && x >= 0 && x < g->big_w;
                    sum = fmaf(inside ? big[(y * g->big_w + x) * g->big_c + channel] : 0,
                               small[(i * g->small_w + j) * g->small_c + s], sum);
                }
            block[count++] = sum;
        }
    return tree(block, count);
}

/* Of every `step`th element. */
static void check_order(const sv_vectors *k, const sv_conv_geometry *g, int step)
{
    int64_t small = (int64_t)g->small_h * g->small_w * g->small_c, big = (int64_t)g->big_h * g->big_w * g->big_c;
    results r = run(k, g, 1, 1);
    float *x = primitives_random(1, big), *y = primitives_random(2, small), *v = primitives_random(3, r.v);
    float *bias = primitives_random(4, g->big_c + g->small_c), *before = primitives_random(6, r.count);
    for (int64_t n = 0; n < small; n += step) {
        int s = (int)(n % g->small_c), j = (int)(n / g->small_c % g->small_w), i = (int)(n / g->small_c / g->small_w);
        float wanted = fmaxf(down_by_fmaf(g, x, v, bias[s], i, j, s), 0);
        assert_true(r.values[n] == wanted);
    }
    for (int64_t n = 0; n < big; n += step) {
        int b = (int)(n % g->big_c), j = (int)(n / g->big_c % g->big_w), i = (int)(n / g->big_c / g->big_w);
        assert_true(r.values[small + n] == fmaxf(up_by_fmaf(g, y, v, bias[b], i, j, b), 0));
    }
    for (int64_t n = 0; n < r.v; n += step) {
        int big_c = g->big_c / g->groups, s = (int)(n % g->small_c), b = (int)(n / g->small_c % big_c);
        int tap = (int)(n / g->small_c / big_c);
        float sum = wgrad_by_fmaf(g, x, y, tap / g->kw, tap % g->kw, b, s);
        assert_true(r.values[small + big + n] == before[small + big + n] + sum);
    }
    sv_free(x), sv_free(y), sv_free(v), sv_free(bias), sv_free(before), sv_free(r.values);
}

/* Into few channels taps outside are no terms: a sum of nothing but -0 stays -0, as adding +0 would not leave it. */
static void check_no_terms(const sv_vectors *k, const sv_conv_geometry *g)
{
    enum { BIG = 28 * 30 * 2, V = 3 * 3 * 2 * 16 };
    float small[14 * 15 * 16], v[V], packed[V], big[BIG], bias[2] = { -0.0F, -0.0F };
    sv_epilogue e = { .bias = bias };
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) small[i] = 1e-30F;
    for (int i = 0; i < V; i++) v[i] = -1e-30F;
    assert_true(sv_backend_native.packed(g, SV_UP) <= V);
    sv_backend_native.pack(k, g, SV_UP, v, packed);
    float *workspace = primitives_random(5, sv_backend_native.workspace(g, 1));
    sv_backend_native.up(k, g, 1, small, packed, big, &e, workspace);
    for (int n = 0; n < BIG; n++) assert_true(big[n] == 0 && signbit(big[n]));
    sv_free(workspace);
}

/* Products that are put down, and products of few small channels, that are not. */
static void taps_outside_are_no_terms(void **unused)
{
    (void)unused;
    sv_conv_geometry g = { 28, 30, 2, 14, 15, 16, 3, 3, 2, 2, 1, 1, 1, 0, 1 };
    const sv_vectors *k[4];
    for (int i = every_isa(k); i > 0; i--)
        for (g.small_c = 16; g.small_c >= 1; g.small_c /= 4) check_no_terms(k[i - 1], &g);
}

static void order_is_the_documented_one(void **unused)
{
    (void)unused;
    const sv_vectors *k[4];
    every_isa(k);
    for (int s = 0; s < ODD; s++) check_order(k[0], &odd[s], 1);
}

static void bands_change_nothing(void **unused)
{
    (void)unused;
    const sv_vectors *k[4];
    every_isa(k);
    for (int s = 0; s < LARGE; s++) {
        check_order(k[0], &large[s], 7);
        every_isa_agrees(&large[s], 2);
        every_cut_agrees(k[0], &large[s], 2, 1);
        if (s >= FOLLOWED) primitives_check_pairs(&sv_backend_native, k[0], &large[s], 2);
    }
}

static void turns_change_nothing(void **unused)
{
    (void)unused;
    const sv_vectors *k[4];
    int isa_count = every_isa(k);
    for (int s = 0; s < TURNS; s++) {
        check_order(k[0], &turns[s], 29);
        results whole = run(k[0], &turns[s], 2, 2);
        for (int i = 0; i < isa_count && !is_slow(k[i]); i++) {
            results single = run(k[i], &turns[s], 2, 1);
            same_bits(k[i]->isa, &turns[s], &whole, &single);
            sv_free(single.values);
        }
        sv_free(whole.values);
        primitives_check_pairs(&sv_backend_native, k[0], &turns[s], 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometries),
        cmocka_unit_test(products),
        cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(cuts_change_nothing),
        cmocka_unit_test(taps_outside_are_no_terms),
        cmocka_unit_test(order_is_the_documented_one),
        cmocka_unit_test(bands_change_nothing),
        cmocka_unit_test(turns_change_nothing),
        cmocka_unit_test(sums_round_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
