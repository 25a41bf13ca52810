/* The float functions of the kernels against double precision, in units in the last place of the true value.
 * SV_ALL_FLOATS=1 in the environment visits every finite float (minutes) instead of every 1021st, and prints what it found. */
#include "base/math.h"
#include "kernels/functions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

typedef float (*function)(float);
typedef double (*truth)(double);

static float exponential(float x)
{
    return sv_exp(x);
}
static float expm1_negative(float x)
{
    return sv_expm1_negative(x);
}
static float logarithm(float x)
{
    return sv_log(x);
}
static float log_complement(float x)
{
    return sv_log_complement(x);
}
static float log1p_unit(float x)
{
    return sv_log1p_unit(x);
}
static float hyperbolic_tangent(float x)
{
    return sv_tanh(x);
}
static float sigmoid(float x)
{
    return sv_sigmoid(x);
}
static float sigmoid_mirrored(float x)
{
    return sv_sigmoid_pair(x).mirrored;
}
static float softplus(float x)
{
    return sv_softplus(x);
}
static float normal_below(float x)
{
    return sv_normal(x).below;
}
static float normal_density(float x)
{
    return sv_normal(x).density;
}
static float sine(float x)
{
    float s, c;
    sv_sincosf(x, &s, &c);
    return s;
}
static float cosine(float x)
{
    float s, c;
    sv_sincosf(x, &s, &c);
    return c;
}

static double true_log_complement(double x)
{
    return log1p(-x);
}
static double true_sigmoid(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}
static double true_mirrored(double x)
{
    return true_sigmoid(-x);
}
static double true_softplus(double x)
{
    return x > 40 ? x : log1p(exp(x));
}
static double true_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}
static double true_density(double x)
{
    return exp(-x * x / 2) / sqrt(2 * M_PI);
}

/* Distance in units of the spacing of floats at the truth (never less than the smallest subnormal). */
static double units(float got, double want)
{
    if (!(fabs(want) < 0x1.ffffffp127)) return (double)got == (want > 0 ? INFINITY : -INFINITY) ? 0 : INFINITY;
    int exponent;
    frexp(want, &exponent);
    return fabs((double)got - want) / ldexp(1, exponent - 24 < -149 ? -149 : exponent - 24);
}

typedef struct sweep {
    const char *name;
    function f;
    truth t;
    float from, to;
    double limit;
} sweep;

static const sweep sweeps[] = {
    { "exp", exponential, exp, -INFINITY, INFINITY, 1.5 },
    { "expm1, x <= 0", expm1_negative, expm1, -INFINITY, 0, 2 },
    { "log", logarithm, log, 0, INFINITY, 1.5 },
    { "log(1 - x)", log_complement, true_log_complement, -0.4f, 1, 3 },
    { "log(1 + x), 0 <= x <= 1", log1p_unit, log1p, 0, 1, 1.5 },
    { "tanh", hyperbolic_tangent, tanh, -INFINITY, INFINITY, 3 },
    { "sigmoid", sigmoid, true_sigmoid, -INFINITY, INFINITY, 2.5 },
    { "sigmoid of -x", sigmoid_mirrored, true_mirrored, -INFINITY, INFINITY, 2.5 },
    { "softplus", softplus, true_softplus, -INFINITY, INFINITY, 2.5 },
    { "normal distribution", normal_below, true_below, -INFINITY, INFINITY, 7 },
    { "normal distribution above 0", normal_below, true_below, 0, INFINITY, 3 },
    { "normal density", normal_density, true_density, -INFINITY, INFINITY, 2.5 },
    { "log of draws", sv_logf, log, 0x1p-126f, INFINITY, 1 },
    { "sine", sine, sin, -119, 119, 1 },
    { "cosine", cosine, cos, -119, 119, 1 },
};

static uint32_t stride(void)
{
    return getenv("SV_ALL_FLOATS") ? 1 : 1021;
}

static void run_sweep(const sweep *s)
{
    double worst = 0;
    float at = 0;
    for (uint64_t bits = 0; bits < (uint64_t)1 << 32; bits += stride()) {
        float x = sv_float((uint32_t)bits);
        if (!(x >= s->from && x <= s->to) || !(fabsf(x) <= 0x1.fffffep127f)) continue;
        double u = units(s->f(x), s->t((double)x));
        if (!(u <= worst)) worst = u, at = x;
    }
    if (getenv("SV_ALL_FLOATS")) printf("%s: %.3f units at %a\n", s->name, worst, (double)at);
    if (!(worst <= s->limit))
        fail_msg("%s: %g units at %a: %a, not %a", s->name, worst, (double)at, (double)s->f(at), s->t((double)at));
}

static void functions_are_accurate(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) run_sweep(&sweeps[i]);
}

static void infinite_arguments_give_limits(void **state)
{
    (void)state;
    assert_true(sv_exp(INFINITY) == INFINITY && sv_exp(-INFINITY) == 0);
    assert_true(sv_log(INFINITY) == INFINITY && sv_log(0) == -INFINITY && sv_log(-0.0f) == -INFINITY);
    assert_true(isnan(sv_log(-1)) && isnan(sv_log(-INFINITY)));
    assert_true(sv_log_complement(1) == -INFINITY && isnan(sv_log_complement(1.5f)));
    assert_true(sv_tanh(INFINITY) == 1 && sv_tanh(-INFINITY) == -1);
    assert_true(sv_sigmoid(INFINITY) == 1 && sv_sigmoid(-INFINITY) == 0);
    assert_true(sv_softplus(INFINITY) == INFINITY && sv_softplus(-INFINITY) == 0);
    assert_true(sv_normal(INFINITY).below == 1 && sv_normal(-INFINITY).below == 0);
    assert_true(sv_expm1_negative(-INFINITY) == -1);
}

static void zero_keeps_its_sign(void **state)
{
    (void)state;
    assert_true(sv_bits(sv_tanh(0)) == 0 && sv_bits(sv_tanh(-0.0f)) == 0x80000000);
    assert_true(sv_log(1) == 0 && sv_exp(0) == 1 && sv_exp(-0.0f) == 1);
}

static void nan_comes_through(void **state)
{
    (void)state;
    static const uint32_t nans[4] = { 0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff };
    for (int i = 0; i < 4; i++) {
        float x = sv_float(nans[i]);
        assert_true(isnan(sv_exp(x)) && isnan(sv_expm1_negative(x)) && isnan(sv_log(x)) && isnan(sv_log_complement(x)));
        assert_true(isnan(sv_log1p_unit(x)) && isnan(sv_tanh(x)) && isnan(sv_sigmoid(x)) && isnan(sv_softplus(x)));
        assert_true(isnan(sv_sigmoid_pair(x).at) && isnan(sv_sigmoid_pair(x).mirrored));
        assert_true(isnan(sv_normal(x).below) && isnan(sv_normal(x).density));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_accurate),
        cmocka_unit_test(infinite_arguments_give_limits),
        cmocka_unit_test(zero_keeps_its_sign),
        cmocka_unit_test(nan_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
