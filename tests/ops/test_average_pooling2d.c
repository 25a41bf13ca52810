/* AveragePooling2D: windows and padding against a naive mean, with padding counted and not. */
#include "pool_cases.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include "base/shape.h"

extern const sv_op sv_op_average_pooling2d;

/* Taps come window by window: a new `to` starts a new mean. */
static bool counts_padding;
static double *mean_of;
static double total, taps;

static void collect(bool inside, const double *from, double *to)
{
    if (to != mean_of) mean_of = to, total = taps = 0;
    if (inside) total += *from;
    if (inside || counts_padding) taps++;
    *to = taps > 0 ? total / taps : 0;
}

static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args, (void)i, (void)w;
    mean_of = NULL;
    pool_walk(samples, x[0], y, collect);
}

static void check_all(sv_switch count_include_pad)
{
    for (int k = 0; k < POOL_CASES; k++) {
        sv_pool_args args = { .count_include_pad = count_include_pad };
        op_case c = pool_check_of(&pool_cases[k], &sv_op_average_pooling2d, &args, oracle);
        c.linear = true;
        op_expect_shape(&c, sv_shape3(pool_cases[k].output[0], pool_cases[k].output[1], pool_cases[k].input[2]));
        op_check(&c);
    }
}

static void divides_by_pixels_inside(void **state)
{
    (void)state;
    counts_padding = false;
    check_all(SV_DEFAULT);
}

static void divides_by_the_window(void **state)
{
    (void)state;
    counts_padding = true;
    check_all(SV_ON);
}

static void refuses_in_words(void **state)
{
    (void)state;
    pool_refusals(&sv_op_average_pooling2d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divides_by_pixels_inside),
        cmocka_unit_test(divides_by_the_window),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
