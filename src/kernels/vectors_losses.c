/* Losses: value and slope d value / dy of each element, summed in blocks. The formulas stand in selvage.h. */
#include "kernels/functions.h"
#include "kernels/vectors.h"

enum { BLOCK = 256 }; /* a multiple of SV_LANES */

typedef struct element {
    float value, slope;
} element;
typedef element (*loss)(float y, float t, float parameter);

SV_INLINE double sum(loss f, float parameter, int64_t count, const float *y, const float *t, float scale, float *dy)
{
    double lane[SV_LANES] = { 0 };
    float value[BLOCK], slope[BLOCK];
    for (int64_t from = 0; from < count; from += BLOCK) {
        int64_t n = count - from < BLOCK ? count - from : BLOCK;
        SV_SIMD
        for (int64_t i = 0; i < n; i++) {
            element e = f(y[from + i], t[from + i], parameter);
            value[i] = e.value;
            slope[i] = e.slope;
        }
        sv_lanes_add(lane, n, value);
        if (dy) SV_VECTOR(add_scaled)(n, dy + from, scale, slope);
    }
    return sv_lanes_total(lane);
}

SV_INLINE element squared(float y, float t, float unused)
{
    (void)unused;
    float d = y - t;
    return (element){ d * d, 2 * d };
}

double SV_VECTOR(mse)(int64_t count, const float *y, const float *t, float scale, float *dy)
{
    return sum(squared, 0, count, y, t, scale, dy);
}

/* The sign of x; 0 of 0, NaN of NaN. */
SV_INLINE float sign(float x)
{
    return x > 0 ? 1 : (x < 0 ? -1 : x);
}

SV_INLINE element absolute(float y, float t, float unused)
{
    (void)unused;
    float d = y - t;
    return (element){ sv_abs(d), sign(d) };
}

double SV_VECTOR(mae)(int64_t count, const float *y, const float *t, float scale, float *dy)
{
    return sum(absolute, 0, count, y, t, scale, dy);
}

SV_INLINE element huber_element(float y, float t, float delta)
{
    float d = y - t, e = sv_abs(d);
    return (element){ e > delta ? delta * (e - 0.5f * delta) : 0.5f * e * e, sv_at_least(sv_at_most(d, delta), -delta) };
}

double SV_VECTOR(huber)(int64_t count, const float *y, const float *t, float delta, float scale, float *dy)
{
    return sum(huber_element, delta, count, y, t, scale, dy);
}

/* Keras: p clipped to [1e-7, 1 - 1e-7], where 1 - 1e-7 is 1 - 2^-23 in binary32; nothing flows through a clipped one. */
SV_INLINE element bce_keras(float y, float t, float unused)
{
    (void)unused;
    const float least = 1e-7f, most = 1 - 0x1p-23f;
    float p = sv_at_least(sv_at_most(y, most), least);
    float inside = y < least ? 0 : (y > most ? 0 : 1);
    return (element){ -(t * sv_log(p) + (1 - t) * sv_log_complement(p)), inside * ((p - t) / (p * (1 - p))) };
}

/* PyTorch: each logarithm at least -100; the gradient's denominator at least 1e-12. */
SV_INLINE element bce_torch(float p, float t, float unused)
{
    (void)unused;
    float yes = sv_at_least(sv_log(p), -100), no = sv_at_least(sv_log_complement(p), -100);
    return (element){ (t - 1) * no - t * yes, (p - t) / sv_at_least((1 - p) * p, 1e-12f) };
}

double SV_VECTOR(bce)(int64_t count, const float *y, const float *t, sv_dialect dialect, float scale, float *dy)
{
    return dialect == SV_TORCH ? sum(bce_torch, 0, count, y, t, scale, dy) : sum(bce_keras, 0, count, y, t, scale, dy);
}

SV_INLINE element logistic(float y, float t, float unused)
{
    (void)unused;
    float e = sv_exp(-sv_abs(y));
    return (element){ ((y > 0 ? y : 0) - y * t) + sv_log1p_unit(e), (y < 0 ? e : 1) / (1 + e) - t };
}

double SV_VECTOR(bce_with_logits)(int64_t count, const float *y, const float *t, float scale, float *dy)
{
    return sum(logistic, 0, count, y, t, scale, dy);
}
