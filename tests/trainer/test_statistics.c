/* Means and tests against mpmath 1.3 at 40 digits: Welch's formulas written out, betainc(regularized=True). */
#include "trainer/statistics.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    double a[5];
    int n;
    double b[5];
    int m;
    double p;
} welch_case[] = {
    { { 1, 2, 3 }, 3, { 4, 5, 7 }, 3, 0.041914517471454042 },
    { { 0.5, 0.25, 0.125 }, 3, { 0.5, 0.375, 0.25, 1 }, 4, 0.28187913198918071 },
    { { 10, 11, 12, 13, 14 }, 5, { 10.5, 11, 11.5 }, 3, 0.24572103030770178 },
    { { 1, 2 }, 2, { 1.5, 100 }, 2, 0.49998911435819466 },
    { { 1, 1.0009765625, 1.001953125 }, 3, { 2, 2.0009765625, 2.0048828125 }, 3, 1.0391418130552985e-7 },
};

/* a, b, x, I_x(a, b) */
static const double beta_case[][4] = {
    { 0.5, 0.5, 0.25, 0.33333333333333333 },     { 2, 3, 0.5, 0.6875 },
    { 10, 0.5, 0.99, 0.65792817515678433 },      { 0.5, 10, 0.01, 0.34207182484321553 },
    { 50, 0.5, 0.5, 9.9016889845941392e-17 },    { 1, 0.5, 0.9375, 0.75 },
    { 300, 0.5, 0.875, 3.6452973197838281e-19 },
};

static void near(double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-12 + 1e-10 * fabs(expected))) fail_msg("got %.17g, expected %.17g", got, expected);
}

static void means(void **state)
{
    (void)state;
    const double v[] = { 1, 2, NAN, 4, INFINITY };
    sv_sample_mean m = sv_mean_of(v, 5);
    assert_int_equal(m.n, 3);
    near(m.mean, 7.0 / 3);
    near(m.sd, sqrt(7.0 / 3));
    m = sv_mean_of(v, 1);
    assert_true(m.n == 1 && m.mean == 1 && isnan(m.sd));
    m = sv_mean_of(v, 0);
    assert_true(m.n == 0 && isnan(m.mean) && isnan(m.sd));
}

static void welch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof welch_case / sizeof *welch_case; i++) {
        sv_sample_mean a = sv_mean_of(welch_case[i].a, welch_case[i].n), b = sv_mean_of(welch_case[i].b, welch_case[i].m);
        near(sv_welch_p(&a, &b), welch_case[i].p);
        near(sv_welch_p(&b, &a), welch_case[i].p);
    }
}

static void welch_without_spread(void **state)
{
    (void)state;
    const double v[] = { 1, 1, 2, 2 };
    sv_sample_mean one = sv_mean_of(v, 2), two = sv_mean_of(v + 2, 2), single = sv_mean_of(v, 1);
    assert_true(sv_welch_p(&one, &one) == 1);
    assert_true(sv_welch_p(&one, &two) == 0);
    assert_true(isnan(sv_welch_p(&one, &single)));
}

static void beta(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof beta_case / sizeof *beta_case; i++)
        near(sv_incomplete_beta(beta_case[i][0], beta_case[i][1], beta_case[i][2]), beta_case[i][3]);
    assert_true(sv_incomplete_beta(2, 3, 0) == 0);
    assert_true(sv_incomplete_beta(2, 3, 1) == 1);
}

static void normal(void **state)
{
    (void)state;
    near(sv_normal_p(0), 1);
    near(sv_normal_p(-1.959963984540054), .05);
    near(sv_normal_p(3), 0.002699796063260207);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means), cmocka_unit_test(welch),  cmocka_unit_test(welch_without_spread),
        cmocka_unit_test(beta),  cmocka_unit_test(normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
