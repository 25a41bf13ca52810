/*
 * exp, log, tanh, the sigmoid, softplus and the normal distribution in binary32, as straight lines of + - * /, selections and
 * integer operations that compilers vectorise: the same bits in every build. A polynomial's coefficients are minimax for the
 * relative error of its function, rounded to binary32 one after another. The largest errors in units in the last place over
 * all finite binary32 arguments (SV_ALL_FLOATS=1 in tests/kernels/test_functions.c measures them) stand at each function.
 */
#ifndef SV_KERNELS_FUNCTIONS_H
#define SV_KERNELS_FUNCTIONS_H
#include "base/bits.h"
#include <math.h>

SV_FUNCTION float sv_abs(float x)
{
    return sv_float(sv_bits(x) & 0x7fffffff);
}

/* |x| with the sign of s. */
SV_FUNCTION float sv_with_sign(float x, float s)
{
    return sv_float((sv_bits(x) & 0x7fffffff) | (sv_bits(s) & 0x80000000));
}

/* min and max that keep x where it is NaN. */
SV_FUNCTION float sv_at_most(float x, float most)
{
    return x > most ? most : x;
}

SV_FUNCTION float sv_at_least(float x, float least)
{
    return x < least ? least : x;
}

/* log 2 in two parts; the first has so few bits that its product with an exponent is exact. */
#define SV_LOG2_HIGH 0.693359375f
#define SV_LOG2_LOW -2.12194440e-4f

/* x = n log 2 + r, |r| <= log 2 / 2 and a little. `low` is added to r (x = high + low in more than 24 bits). */
SV_FUNCTION int32_t sv_exp_reduce(float high, float low, float *r)
{
    const float rounder = 0x1.8p23f; /* adding it leaves an integer in the low bits */
    float shifted = (high + low) * 1.44269504f + rounder, n = shifted - rounder;
    *r = ((high - n * SV_LOG2_HIGH) - n * SV_LOG2_LOW) + low;
    return (int32_t)(sv_bits(shifted) - sv_bits(rounder));
}

/* e^r - 1. */
SV_FUNCTION float sv_exp_polynomial(float r)
{
    float p = 0.00139406603f;
    p = p * r + 0.00836659037f;
    p = p * r + 0.0416664034f;
    p = p * r + 0.166665435f;
    p = p * r + 0.5f;
    return r + r * r * p;
}

/* x 2^n by two exact factors, so that only a subnormal or infinite result rounds. |n| <= 252. */
SV_FUNCTION float sv_scale_by_power(float x, int32_t n)
{
    int32_t half = n >> 1;
    return x * sv_float((uint32_t)(half + 127) << 23) * sv_float((uint32_t)(n - half + 127) << 23);
}

/* e^(high + low) for -150 < high + low < 89. */
SV_FUNCTION float sv_exp_sum(float high, float low)
{
    float r;
    int32_t n = sv_exp_reduce(high, low, &r);
    return sv_scale_by_power(1 + sv_exp_polynomial(r), n);
}

/* e^x; 1.02 units. */
SV_FUNCTION float sv_exp(float x)
{
    return sv_exp_sum(sv_at_least(sv_at_most(x, 89), -104), 0);
}

/* e^x - 1 for x <= 0; 1.08 units. */
SV_FUNCTION float sv_expm1_negative(float x)
{
    float r;
    int32_t n = sv_exp_reduce(sv_at_least(x, -40), 0, &r);
    float power = sv_float((uint32_t)(n + 127) << 23);
    return power * sv_exp_polynomial(r) + (power - 1);
}

/* log(1 + f) + n log 2 for sqrt(1/2) <= 1 + f <= sqrt 2. */
SV_FUNCTION float sv_log_reduced(float f, float n)
{
    float square = f * f;
    float p = -0.0763826966f;
    p = p * f + 0.127647936f;
    p = p * f + -0.131601855f;
    p = p * f + 0.142012715f;
    p = p * f + -0.166233152f;
    p = p * f + 0.200012505f;
    p = p * f + -0.250008225f;
    p = p * f + 0.333333313f;
    float tail = (f * square * p + n * SV_LOG2_LOW) - 0.5f * square;
    return (f + tail) + n * SV_LOG2_HIGH;
}

/* x > 0 as 2^n (1 + f). */
SV_FUNCTION float sv_log_reduce(float x, float *n)
{
    float subnormal = x < 0x1p-126f ? 23 : 0;
    uint32_t bits = sv_bits(x < 0x1p-126f ? x * 0x1p23f : x);
    int32_t exponent = (int32_t)(bits - 0x3f3504f3) >> 23; /* sqrt(1/2) */
    *n = (float)exponent - subnormal;
    return sv_float(bits - ((uint32_t)exponent << 23)) - 1;
}

/* The logarithm where the argument is not a positive number. */
SV_FUNCTION float sv_log_special(float x, float logarithm)
{
    float other = x == 0 ? -INFINITY : NAN;
    return x > 0 ? (x > 0x1.fffffep127f ? x : logarithm) : other;
}

/* log x; 0.86 units. */
SV_FUNCTION float sv_log(float x)
{
    float n, f = sv_log_reduce(x, &n);
    return sv_log_special(x, sv_log_reduced(f, n));
}

/* log(1 - p); near p = 0 from p itself, as 1 - p has lost its digits; 2.41 units for p >= -0.4. */
SV_FUNCTION float sv_log_complement(float p)
{
    float n, x = 1 - p, f = sv_log_reduce(x, &n);
    float exact = sv_abs(p) < 0.29f ? -p : f;
    return sv_log_special(x, sv_log_reduced(exact, n));
}

/* log(1 + u), 0 <= u <= 1; 1.44 units. */
SV_FUNCTION float sv_log1p_unit(float u)
{
    float f = u > 0.41421356f ? 0.5f * (u - 1) : u, n = u > 0.41421356f ? 1 : 0;
    return sv_log_reduced(f, n);
}

/* tanh x = -t / (t + 2), t = e^(-2|x|) - 1; 2.50 units. */
SV_FUNCTION float sv_tanh(float x)
{
    float t = sv_expm1_negative(-2 * sv_abs(x));
    return sv_with_sign(t / (t + 2), x);
}

/* 1/(1 + e^-x) and 1/(1 + e^x), neither by a subtraction from 1; 2.41 units. */
typedef struct sv_sigmoids {
    float at, mirrored;
} sv_sigmoids;

SV_FUNCTION sv_sigmoids sv_sigmoid_pair(float x)
{
    float e = sv_exp(-sv_abs(x)), large = 1 / (1 + e), small = e / (1 + e);
    return (sv_sigmoids){ x < 0 ? small : large, x < 0 ? large : small };
}

/* 1/(1 + e^-x) alone; the same bits. */
SV_FUNCTION float sv_sigmoid(float x)
{
    float e = sv_exp(-sv_abs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* log(1 + e^x); 1.71 units. */
SV_FUNCTION float sv_softplus(float x)
{
    return (x > 0 ? x : 0) + sv_log1p_unit(sv_exp(-sv_abs(x)));
}

/* The standard normal distribution at x: density e^(-x^2/2)/sqrt(2 pi), probability of a value below x. */
typedef struct sv_normal_at {
    float density, below;
} sv_normal_at;

/* The tail beyond q = |x| is e^(-q^2/2) P(u) (1 - u), u = q / (q + 2.5). q^2 is taken in two parts, since e^ turns its
 * rounding into a relative error of 100 units. 2.19 units for the density, 2.92 above 0, 6.64 in the far tail below. */
SV_FUNCTION sv_normal_at sv_normal(float x)
{
    float q = sv_at_most(sv_abs(x), 14.5f);
    float head = sv_float(sv_bits(q) & 0xfffff000);
    float e = sv_exp_sum(-0.5f * head * head, -0.5f * (q - head) * (q + head));
    float rest = 1 / (1 + 0.4f * q), u = 1 - rest;
    float p = -0.0318700038f;
    p = p * u + 0.111707881f;
    p = p * u + -0.125071496f;
    p = p * u + 0.054994002f;
    p = p * u + -0.0598155297f;
    p = p * u + 0.0223972462f;
    p = p * u + 0.116748184f;
    p = p * u + 0.0678428859f;
    p = p * u + -0.497356892f;
    p = p * u + 0.5f;
    float tail = e * (p * rest);
    return (sv_normal_at){ e * 0.398942280f, x < 0 ? tail : 1 - tail };
}

#endif
