/* Sums, scalings, conversions and patches. */
#include "kernels/functions.h"
#include "kernels/vectors.h"

void SV_VECTOR(add)(int64_t count, float *to, const float *x)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) to[i] += x[i];
}

void SV_VECTOR(add_scaled)(int64_t count, float *to, float a, const float *x)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) to[i] += a * x[i];
}

void SV_VECTOR(scale)(int64_t count, float *x, float a)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) x[i] *= a;
}

/* A square of a binary32 is exact in double. */
double SV_VECTOR(sum_squares)(int64_t count, const float *x)
{
    double lane[SV_LANES] = { 0 };
    int64_t i = 0;
    for (; i + SV_LANES <= count; i += SV_LANES)
        for (int l = 0; l < SV_LANES; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
    for (int l = 0; i + l < count; l++) lane[l] += (double)x[i + l] * (double)x[i + l];
    return sv_lanes_total(lane);
}

bool SV_VECTOR(all_finite)(int64_t count, const float *x)
{
    uint32_t largest = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t magnitude = sv_bits(x[i]) & 0x7fffffff;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest < 0x7f800000;
}

/* With `run` a constant a run becomes a few instructions. */
SV_INLINE void add_each(int64_t runs, int64_t run, float *to, int64_t to_stride, const float *x, int64_t x_stride)
{
    for (int64_t r = 0; r < runs; r++, to += to_stride, x += x_stride) {
        SV_SIMD
        for (int64_t i = 0; i < run; i++) to[i] += x[i];
    }
}

void SV_VECTOR(add_runs)(int64_t runs, int64_t run, float *to, int64_t to_stride, const float *x, int64_t x_stride)
{
    switch (run) {
    case 1: add_each(runs, 1, to, to_stride, x, x_stride); break;
    case 2: add_each(runs, 2, to, to_stride, x, x_stride); break;
    case 3: add_each(runs, 3, to, to_stride, x, x_stride); break;
    case 4: add_each(runs, 4, to, to_stride, x, x_stride); break;
    case 6: add_each(runs, 6, to, to_stride, x, x_stride); break;
    case 8: add_each(runs, 8, to, to_stride, x, x_stride); break;
    case 16: add_each(runs, 16, to, to_stride, x, x_stride); break;
    default: add_each(runs, run, to, to_stride, x, x_stride);
    }
}

void SV_VECTOR(from_u8)(int64_t count, const uint8_t *x, float *y)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) y[i] = (float)(int32_t)x[i] / 255.0f;
}

void SV_VECTOR(from_u16)(int64_t count, const uint16_t *x, float *y)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) y[i] = (float)(int32_t)x[i] / 65535.0f;
}
