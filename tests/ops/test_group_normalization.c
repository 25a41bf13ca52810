/* GroupNormalization: one group to one per channel, parameters, defaults, means far from zero, refusals. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include "base/shape.h"

extern const sv_op sv_op_group_normalization;

static struct {
    int64_t groups;
    double epsilon;
    int gamma, beta; /* indices of parameters, -1 where absent */
} expected;

/* Two passes over each group; element k of a sample belongs to the group of its channel. */
static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args;
    int64_t channels = sv_shape_channels(&i->input[0]), count = sv_shape_count(&i->input[0]);
    int64_t size = channels / expected.groups, n = count / expected.groups;
    for (int r = 0; r < samples; r++)
        for (int64_t g = 0; g < expected.groups; g++) {
            const double *in = x[0] + r * count;
            double mean = 0, variance = 0;
            for (int64_t k = 0; k < count; k++)
                if (k % channels / size == g) mean += in[k] / (double)n;
            for (int64_t k = 0; k < count; k++)
                if (k % channels / size == g) variance += (in[k] - mean) * (in[k] - mean) / (double)n;
            for (int64_t k = 0; k < count; k++) {
                if (k % channels / size != g) continue;
                double gamma = expected.gamma < 0 ? 1 : w[expected.gamma][k % channels];
                double beta = expected.beta < 0 ? 0 : w[expected.beta][k % channels];
                y[r * count + k] = gamma * (in[k] - mean) / sqrt(variance + expected.epsilon) + beta;
            }
        }
}

static void check(sv_shape shape, const sv_group_normalization_args *args, int64_t groups, double epsilon, sv_dialect dialect)
{
    op_case c = { .label = "GroupNormalization", .op = &sv_op_group_normalization, .args = args, .dialect = dialect,
                  .input = { shape }, .oracle = oracle, .gradient_rtol = 5e-5 };
    expected.groups = groups;
    expected.epsilon = epsilon;
    expected.gamma = args->scale == SV_OFF ? -1 : 0;
    expected.beta = args->center == SV_OFF ? -1 : expected.gamma + 1;
    op_expect_shape(&c, shape);
    op_check(&c);
}

static void normalizes_groups(void **state)
{
    (void)state;
    check(sv_shape3(4, 3, 6), &(sv_group_normalization_args){ .groups = 1 }, 1, 1e-3, SV_KERAS);
    check(sv_shape3(4, 3, 6), &(sv_group_normalization_args){ .groups = 3 }, 3, 1e-3, SV_KERAS);
    check(sv_shape3(4, 3, 6), &(sv_group_normalization_args){ .groups = -1 }, 6, 1e-3, SV_KERAS);
    check(sv_shape3(2, 2, 64), &(sv_group_normalization_args){ 0 }, 32, 1e-3, SV_KERAS);
    check(sv_shape3(1, 3, 150), &(sv_group_normalization_args){ .groups = 2 }, 2, 1e-3, SV_KERAS);
    check(sv_shape1(24), &(sv_group_normalization_args){ .groups = 4 }, 4, 1e-3, SV_KERAS);
}

static void takes_epsilon_of_key_or_dialect(void **state)
{
    (void)state;
    check(sv_shape3(4, 3, 6), &(sv_group_normalization_args){ .groups = 2 }, 2, 1e-5, SV_TORCH);
    check(sv_shape3(4, 3, 6), &(sv_group_normalization_args){ .groups = 2, .dialect = SV_TORCH }, 2, 1e-5, SV_KERAS);
    check(sv_shape3(4, 3, 6), &(sv_group_normalization_args){ .groups = 2, .epsilon = 0.5f }, 2, 0.5, SV_TORCH);
}

static void leaves_out_parameters(void **state)
{
    (void)state;
    const sv_shape shape = sv_shape3(3, 3, 4);
    check(shape, &(sv_group_normalization_args){ .groups = 2, .center = SV_OFF }, 2, 1e-3, SV_KERAS);
    check(shape, &(sv_group_normalization_args){ .groups = 2, .scale = SV_OFF }, 2, 1e-3, SV_KERAS);
    check(shape, &(sv_group_normalization_args){ .groups = 2, .center = SV_OFF, .scale = SV_OFF }, 2, 1e-3, SV_KERAS);
}

static void one_element_becomes_beta(void **state)
{
    (void)state;
    check(sv_shape3(1, 1, 3), &(sv_group_normalization_args){ .groups = 3 }, 3, 1e-3, SV_KERAS);
}

/* Offsets from 4096 exact in float, with a mean that is not; its square is 10^8 times the variance. */
static void keeps_its_precision_far_from_zero(void **state)
{
    (void)state;
    sv_group_normalization_args args = { .groups = 1, .epsilon = 1e-5f };
    op_case c = { .label = "far", .op = &sv_op_group_normalization, .args = &args, .input = { sv_shape3(2, 2, 1) } };
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    float y[4], saved[3], workspace[16] __attribute__((aligned(64)));
    const double offset[4] = { 0, 0.25, 0.5, 0.75 + 0x1p-11 };
    const float x[4] = { 4096, 4096.25f, 4096.5f, 4096.75f + 0x1p-11f }, *const input = x;
    const float gamma = 1, beta = 0, *const w[2] = { &gamma, &beta };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    assert_true(r.i.workspace <= 16 && r.i.saved <= 3);
    sv_op_group_normalization.forward(&(sv_call){ .args = r.args, .state = r.i.state, .vectors = r.vectors, .inputs = 1, .samples = 1,
                                                  .input = r.i.input, .output = r.i.output, .x = &input, .y = y, .saved = saved,
                                                  .w = w, .workspace = workspace });
    double mean = 0, variance = 0;
    for (int k = 0; k < 4; k++) mean += offset[k] / 4;
    for (int k = 0; k < 4; k++) variance += (offset[k] - mean) * (offset[k] - mean) / 4;
    for (int k = 0; k < 4; k++) assert_float_equal(y[k], (offset[k] - mean) / sqrt(variance + 1e-5), 1e-6);
}

static void names_its_parameters(void **state)
{
    (void)state;
    sv_group_normalization_args args = { .groups = 2 };
    op_case c = { .label = "names", .op = &sv_op_group_normalization, .args = &args, .input = { sv_shape3(2, 2, 4) } };
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    assert_int_equal(r.i.parameters, 2);
    assert_string_equal(r.i.parameter[0].name, "gamma");
    assert_string_equal(r.i.parameter[1].name, "beta");
    assert_int_equal(r.i.parameter[0].initializer.type, SV_INIT_ONES);
    assert_int_equal(r.i.parameter[1].initializer.type, SV_INIT_ZEROS);
}

static void refuse(int groups, const char *message)
{
    sv_group_normalization_args args = { .groups = groups };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_group_normalization, .args = &args,
                                .input = { sv_shape3(2, 2, 6) } },
                    message);
}

static void refuses_in_words(void **state)
{
    (void)state;
    refuse(4, "groups: expected a divisor of the input's 6 channels or -1, got 4");
    refuse(0, "groups: expected a divisor of the input's 6 channels or -1, got 32");
    refuse(-2, "groups: expected an integer >= -1, got -2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalizes_groups),        cmocka_unit_test(takes_epsilon_of_key_or_dialect),
        cmocka_unit_test(leaves_out_parameters),    cmocka_unit_test(one_element_becomes_beta),
        cmocka_unit_test(keeps_its_precision_far_from_zero), cmocka_unit_test(names_its_parameters),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
