/* Activation: every function and its derivative, arguments, defaults per dialect. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "base/shape.h"

extern const sv_op sv_op_activation;

static const sv_activation *wanted; /* what the oracle computes, defaults filled in by the test */

/* The definitions: Keras's and PyTorch's documentation. */
static double act(const sv_activation *a, double x)
{
    const double pi = 3.14159265358979323846, selu_scale = 1.0507009873554804934, selu_alpha = 1.6732632423543772848;
    switch (a->type) {
    case SV_ACTIVATION_RELU: return x > 0 ? x : 0;
    case SV_ACTIVATION_RELU6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case SV_ACTIVATION_LEAKY_RELU: return x < 0 ? (double)a->negative_slope * x : x;
    case SV_ACTIVATION_ELU: return x < 0 ? (double)a->alpha * expm1(x) : x;
    case SV_ACTIVATION_SELU: return selu_scale * (x < 0 ? selu_alpha * expm1(x) : x);
    case SV_ACTIVATION_GELU:
        if (a->approximate == SV_ON) return 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)));
        return x * 0.5 * erfc(-x / sqrt(2));
    case SV_ACTIVATION_SILU: return x / (1 + exp(-x));
    case SV_ACTIVATION_MISH: return x * tanh(log1p(exp(x)));
    case SV_ACTIVATION_SOFTPLUS: return log1p(exp(x));
    case SV_ACTIVATION_SOFTSIGN: return x / (1 + fabs(x));
    case SV_ACTIVATION_SIGMOID: return 1 / (1 + exp(-x));
    case SV_ACTIVATION_TANH: return tanh(x);
    default: return x;
    }
}

static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args, (void)w;
    for (int64_t k = 0; k < samples * sv_shape_count(&i->output); k++) y[k] = act(wanted, x[0][k]);
}

static void check(sv_activation given, sv_activation complete, sv_dialect dialect, sv_shape shape)
{
    sv_activation_args args = { .activation = given };
    op_case c = { .label = sv_activation_names[given.type], .op = &sv_op_activation, .args = &args, .dialect = dialect,
                  .input = { shape }, .oracle = oracle, .spread = true, .scale = 7, .gradient_rtol = 1e-4 };
    wanted = &complete;
    op_expect_shape(&c, shape);
    op_check(&c);
}

static void computes_every_function(void **state)
{
    (void)state;
    const sv_shape shapes[] = { sv_shape3(5, 4, 7), sv_shape3(1, 1, 1), sv_shape1(33) };
    for (int type = 0; type < SV_ACTIVATION_COUNT; type++)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            sv_activation a = { .type = (sv_activation_type)type }, complete = a;
            complete.negative_slope = 0.2f;
            complete.alpha = 1;
            complete.approximate = SV_OFF;
            check(a, complete, SV_KERAS, shapes[k]);
        }
}

static void takes_arguments(void **state)
{
    (void)state;
    const sv_shape shape = sv_shape3(3, 5, 4);
    const sv_activation leaky = { .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = 0.3f };
    const sv_activation elu = { .type = SV_ACTIVATION_ELU, .alpha = 0.5f };
    const sv_activation gelu = { .type = SV_ACTIVATION_GELU, .approximate = SV_ON };
    check(leaky, leaky, SV_KERAS, shape);
    check(elu, elu, SV_KERAS, shape);
    check(gelu, gelu, SV_KERAS, shape);
}

static void keeps_a_real_zero(void **state)
{
    (void)state;
    const sv_activation none = { .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = -0.0f }, relu = { .type = SV_ACTIVATION_RELU };
    check(none, relu, SV_KERAS, sv_shape3(2, 3, 4));
}

static void has_torch_defaults(void **state)
{
    (void)state;
    const sv_activation leaky = { .type = SV_ACTIVATION_LEAKY_RELU }, slope = { .type = leaky.type, .negative_slope = 0.01f };
    check(leaky, slope, SV_TORCH, sv_shape3(2, 3, 4));
    assert_float_equal(sv_activation_table(leaky.type)->fallback, 0.2, 0);
    assert_float_equal(sv_activation_table(leaky.type)->fallback_torch, 0.01, 0);
}

static void names_every_type(void **state)
{
    (void)state;
    assert_string_equal(sv_activation_names[SV_ACTIVATION_LINEAR], "linear");
    assert_string_equal(sv_activation_names[SV_ACTIVATION_LEAKY_RELU], "leaky_relu");
    assert_string_equal(sv_activation_names[SV_ACTIVATION_SOFTSIGN], "softsign");
    assert_string_equal(sv_activation_names[SV_ACTIVATION_TANH], "tanh");
    assert_null(sv_activation_names[SV_ACTIVATION_COUNT]);
    assert_string_equal(sv_activation_table(SV_ACTIVATION_ELU)->key, "alpha");
    assert_string_equal(sv_activation_table(SV_ACTIVATION_GELU)->key, "approximate");
    assert_null(sv_activation_table(SV_ACTIVATION_RELU)->key);
}

static void refuse(sv_activation a, const char *message)
{
    sv_activation_args args = { .activation = a };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_activation, .args = &args, .input = { sv_shape1(4) } }, message);
}

static void refuses_bad_arguments(void **state)
{
    (void)state;
    refuse((sv_activation){ .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = -1 },
           "activation.negative_slope: expected a number >= 0, got -1");
    refuse((sv_activation){ .type = SV_ACTIVATION_ELU, .alpha = NAN }, "activation.alpha: expected a number >= 0, got nan");
    refuse((sv_activation){ .type = SV_ACTIVATION_COUNT }, "activation: there is no activation number 13");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_every_function), cmocka_unit_test(takes_arguments),  cmocka_unit_test(keeps_a_real_zero),
        cmocka_unit_test(has_torch_defaults),      cmocka_unit_test(names_every_type), cmocka_unit_test(refuses_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
