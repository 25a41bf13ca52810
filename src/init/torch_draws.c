#include "base/bits.h"
#include "init/torch.h"
#include <math.h>

void sv_torch_seed(sv_torch *g, uint64_t seed)
{
    sv_mt19937_seed(&g->engine, (uint32_t)seed);
    g->has_spare = false;
}

/* 24 bits of a word, in [0,1). */
static float unit(sv_torch *g)
{
    return (float)(sv_mt19937_next(&g->engine) & 0xffffff) * 0x1p-24f;
}

void sv_torch_uniform(sv_torch *g, int64_t count, double minimum, double maximum, float *out)
{
    float from = (float)minimum, range = (float)maximum - from;
    for (int64_t i = 0; i < count; i++) out[i] = fmaf(unit(g), range, from);
}

/* log256_ps of avx_mathfun.h (cephes), for normal x > 0, fused where GCC fuses it. */
static float logarithm(float x)
{
    static const float p[] = { -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                               -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f };
    float e = (float)((int)(sv_bits(x) >> 23) - 126), m = sv_float((sv_bits(x) & 0x7fffff) | 0x3f000000);
    bool low = m < 0.707106781186547524f;
    x = m - 1;
    if (low) {
        e -= 1;
        x += m;
    }
    float z = x * x, y = 7.0376836292e-2f;
    for (int i = 0; i < 8; i++) y = fmaf(y, x, p[i]);
    y *= x;
    y = fmaf(y, z, e * -2.12194440e-4f);
    y = fmaf(-z, 0.5f, y);
    return fmaf(e, 0.693359375f, x + y);
}

/* sincos256_ps of the same file, for x >= 0. */
static void sine_cosine(float x, float *sine, float *cosine)
{
    int j = ((int)(x * 1.27323954473516f) + 1) & ~1;
    float y = (float)j;
    x = fmaf(y, -0.78515625f, x);
    x = fmaf(y, -2.4187564849853515625e-4f, x);
    x = fmaf(y, -3.77489497744594108e-8f, x);
    float z = x * x;
    float c = fmaf(2.443315711809948e-5f, z, -1.388731625493765e-3f);
    c = fmaf(c, z, 4.166664568298827e-2f) * z;
    c = fmaf(c, z, -(z * 0.5f)) + 1;
    float s = fmaf(-1.9515295891e-4f, z, 8.3321608736e-3f);
    s = fmaf(s, z, -1.6666654611e-1f) * z;
    s = fmaf(s, x, x);
    *sine = j & 2 ? c : s;
    *cosine = j & 2 ? s : c;
    if (j & 4) *sine = -*sine;
    if (((j - 2) & 4) == 0) *cosine = -*cosine;
}

/* Sixteen uniforms become normals in place: Box-Muller on the pairs (j, j + 8). */
static void transform(float d[16], float mean, float stddev)
{
    for (int j = 0; j < 8; j++) {
        float sine, cosine, radius = sqrtf(-2 * logarithm(1 - d[j]));
        sine_cosine(6.283185307179586f * d[j + 8], &sine, &cosine);
        d[j] = fmaf(radius * cosine, stddev, mean);
        d[j + 8] = fmaf(radius * sine, stddev, mean);
    }
}

/* Where the count is no multiple of 16, the last 16 values are drawn again, from new uniforms. */
static void fill(sv_torch *g, int64_t count, float mean, float stddev, float *out)
{
    for (int64_t i = 0; i < count; i++) out[i] = unit(g);
    for (int64_t i = 0; i + 16 <= count; i += 16) transform(out + i, mean, stddev);
    if (count % 16 == 0) return;
    float *last = out + count - 16;
    for (int i = 0; i < 16; i++) last[i] = unit(g);
    transform(last, mean, stddev);
}

static double unit53(sv_torch *g)
{
    return (double)(sv_mt19937_next64(&g->engine) & (((uint64_t)1 << 53) - 1)) * 0x1p-53;
}

static double one(sv_torch *g)
{
    g->has_spare = !g->has_spare;
    if (!g->has_spare) return g->spare;
    double angle = 6.283185307179586 * unit53(g), radius = sqrt(-2 * log1p(-unit53(g)));
    g->spare = radius * sin(angle);
    return radius * cos(angle);
}

void sv_torch_normal(sv_torch *g, int64_t count, double mean, double stddev, float *out)
{
    if (count >= 16) {
        fill(g, count, (float)mean, (float)stddev, out);
        return;
    }
    for (int64_t i = 0; i < count; i++) out[i] = (float)(one(g) * stddev + mean);
}
