/* MaxPooling2D: windows and padding against a naive maximum, ties, values that are no numbers. */
#include "pool_cases.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "base/shape.h"

extern const sv_op sv_op_max_pooling2d;

static void larger(bool inside, const double *from, double *to)
{
    if (inside && !(*to >= *from)) *to = *from;
}

static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args, (void)i, (void)w;
    pool_walk(samples, x[0], y, larger);
}

static void takes_the_maximum(void **state)
{
    (void)state;
    for (int k = 0; k < POOL_CASES; k++) {
        sv_pool_args args = { 0 };
        op_case c = pool_check_of(&pool_cases[k], &sv_op_max_pooling2d, &args, oracle);
        c.spread = true;
        op_expect_shape(&c, sv_shape3(pool_cases[k].output[0], pool_cases[k].output[1], pool_cases[k].input[2]));
        op_check(&c);
    }
}

enum { SIDE = 4, PIXELS = SIDE * SIDE, OUTPUTS = 9 };

/* Forward and backward with dy = 1, 2, 3, ... of a 4x4 image by 2x2 windows, padded by one. */
static void pool_padded(const float *x, float *y, float *dx)
{
    sv_pool_args args = { .padding = SV_PAD(1, 1) };
    op_case c = { .label = "padded", .op = &sv_op_max_pooling2d, .args = &args, .input = { sv_shape3(SIDE, SIDE, 1) } };
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    float saved[OUTPUTS], dy[OUTPUTS];
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    for (int k = 0; k < OUTPUTS; k++) dy[k] = (float)(k + 1);
    memset(dx, 0, PIXELS * sizeof *dx);
    sv_call call = { .args = r.args, .state = r.i.state, .vectors = r.vectors, .inputs = 1, .samples = 1, .input = r.i.input, .output = r.i.output,
                     .x = &x, .y = y, .saved = saved, .dy = dy, .dx = &dx };
    sv_op_max_pooling2d.forward(&call);
    sv_op_max_pooling2d.backward(&call);
}

static void padding_never_wins_and_ties_go_to_the_first(void **state)
{
    (void)state;
    float x[PIXELS], y[OUTPUTS], dx[PIXELS];
    for (int k = 0; k < PIXELS; k++) x[k] = -5;
    pool_padded(x, y, dx);
    for (int k = 0; k < OUTPUTS; k++) assert_float_equal(y[k], -5, 0);
    const float wanted[PIXELS] = { 1, 2, 0, 3, 4, 5, 0, 6, 0, 0, 0, 0, 7, 8, 0, 9 };
    for (int k = 0; k < PIXELS; k++) assert_float_equal(dx[k], wanted[k], 0);
}

static void passes_on_what_is_no_number(void **state)
{
    (void)state;
    float x[PIXELS], y[OUTPUTS], dx[PIXELS];
    for (int k = 0; k < PIXELS; k++) x[k] = (float)k;
    x[10] = NAN; /* the last of window 4 */
    x[0] = -INFINITY;
    pool_padded(x, y, dx);
    assert_true(isnan(y[4]));
    assert_true(y[0] == -INFINITY);
    assert_float_equal(dx[10], 5, 0);
    assert_float_equal(dx[0], 1, 0);
}

static void refuses_in_words(void **state)
{
    (void)state;
    pool_refusals(&sv_op_max_pooling2d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_maximum),
        cmocka_unit_test(padding_never_wins_and_ties_go_to_the_first),
        cmocka_unit_test(passes_on_what_is_no_number),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
