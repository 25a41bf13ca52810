#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "support/conv_oracle.h"
#include "support/op_check.h"

extern const sv_op sv_op_dense;

static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    const sv_dense_args *a = args;
    int64_t n = i->input[0].dim[i->input[0].rank - 1], rows = samples;
    for (int k = 0; k + 1 < i->input[0].rank; k++) rows *= i->input[0].dim[k];
    for (int64_t r = 0; r < rows; r++)
        for (int u = 0; u < a->units; u++) {
            double sum = a->use_bias == SV_ON ? w[1][u] : 0;
            for (int64_t k = 0; k < n; k++) sum += x[0][r * n + k] * w[0][k * a->units + u];
            y[r * a->units + u] = activation_oracle(&a->activation, sum);
        }
}

static void check(sv_dense_args a, sv_shape in, int samples, bool linear)
{
    char label[128], shape[SV_SHAPE_TEXT];
    snprintf(label, sizeof label, "%s -> %d units, %d samples, activation %d", sv_shape_text(&in, shape), a.units, samples,
             (int)a.activation.type);
    op_check(&(op_case){ .label = label, .op = &sv_op_dense, .args = &a, .input = { in }, .samples = samples, .oracle = oracle,
                         .linear = linear, .loose_batches = true });
}

static void sizes(void **unused)
{
    (void)unused;
    static const int list[][3] = { { 1, 1, 1 }, { 1, 5, 2 }, { 7, 1, 3 }, { 13, 17, 1 }, { 16, 32, 5 }, { 300, 3, 4 } };
    for (int k = 0; k < (int)(sizeof list / sizeof *list); k++)
        for (int bias = 0; bias < 2; bias++)
            check((sv_dense_args){ .units = list[k][1], .use_bias = bias ? SV_ON : SV_OFF }, sv_shape1(list[k][0]), list[k][2],
                  true);
}

static void last_axis_of_an_image(void **unused)
{
    (void)unused;
    sv_dense_args a = { .units = 4 };
    check(a, sv_shape3(3, 2, 5), 2, true);
    op_expect_shape(&(op_case){ .label = "image", .op = &sv_op_dense, .args = &a, .input = { sv_shape3(3, 2, 5) } },
                    sv_shape3(3, 2, 4));
    op_expect_shape(&(op_case){ .label = "vector", .op = &sv_op_dense, .args = &a, .input = { sv_shape1(9) } }, sv_shape1(4));
}

static void every_activation(void **unused)
{
    (void)unused;
    for (int type = 0; type < SV_ACTIVATION_COUNT; type++)
        check((sv_dense_args){ .units = 6, .activation = { .type = (sv_activation_type)type } }, sv_shape1(9), 3, false);
}

static void parameters(void **unused)
{
    (void)unused;
    sv_dense_args a = { .units = 4, .activation = { .type = SV_ACTIVATION_MISH }, .kernel_regularizer = { .l2 = 0.25f } };
    op_case c = { .label = "parameters", .op = &sv_op_dense, .args = &a, .input = { sv_shape3(3, 2, 5) } };
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    sv_shape kernel = { 2, { 5, 4 } }, bias = sv_shape1(4);
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    assert_int_equal(r.i.parameters, 2);
    assert_true(sv_shape_equal(&r.i.parameter[0].shape, &kernel) && sv_shape_equal(&r.i.parameter[1].shape, &bias));
    assert_true(r.i.parameter[0].regularizer.l2 == 0.25f);
    for (int k = SV_FAN_KERAS; k <= SV_FAN_TRUE; k++)
        assert_true(r.i.parameter[0].fans.in[k] == 5 && r.i.parameter[0].fans.out[k] == 4 && r.i.parameter[1].fans.in[k] == 5);
    assert_true(r.i.multiply_adds == 120);
    assert_int_equal(r.i.saved, 24);
    a.use_bias = SV_OFF;
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    assert_int_equal(r.i.parameters, 1);
}

static void errors_in_words(void **unused)
{
    (void)unused;
    op_case c = { .label = "errors", .op = &sv_op_dense, .input = { sv_shape1(5) } };
    sv_dense_args none = { 0 }, huge = { .units = 1000000000 };
    c.args = &none;
    op_expect_fault(&c, "units: expected an integer >= 1, got 0");
    c.args = &huge;
    c.input[0] = sv_shape1(2000);
    op_expect_fault(&c, "kernel: [2000,1000000000] is more than 2^40 weights");
    c.input[0] = sv_shape1(3000000000);
    op_expect_fault(&c, "input: [3000000000] is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),      cmocka_unit_test(last_axis_of_an_image), cmocka_unit_test(every_activation),
        cmocka_unit_test(parameters), cmocka_unit_test(errors_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
