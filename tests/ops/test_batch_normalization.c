/* BatchNormalization: the batch's statistics and the moving ones, both dialects, parameters, precision, micro-batches. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "base/shape.h"

extern const sv_op sv_op_batch_normalization;

static struct {
    double epsilon;
    bool training;
    int gamma, beta, mean, variance; /* indices of parameters, -1 where absent */
} expected;

/* Two passes over each channel of the whole batch, or the moving statistics. */
static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args;
    int64_t channels = sv_shape_channels(&i->input[0]), count = samples * sv_shape_count(&i->input[0]), n = count / channels;
    for (int64_t c = 0; c < channels; c++) {
        double mean = 0, variance = 0;
        for (int64_t k = c; k < count; k += channels) mean += x[0][k] / (double)n;
        for (int64_t k = c; k < count; k += channels) variance += (x[0][k] - mean) * (x[0][k] - mean) / (double)n;
        if (!expected.training) mean = w[expected.mean][c], variance = w[expected.variance][c];
        double gamma = expected.gamma < 0 ? 1 : w[expected.gamma][c], beta = expected.beta < 0 ? 0 : w[expected.beta][c];
        for (int64_t k = c; k < count; k += channels) y[k] = gamma * (x[0][k] - mean) / sqrt(variance + expected.epsilon) + beta;
    }
}

static void check(sv_shape shape, const sv_batch_normalization_args *args, double epsilon, sv_dialect dialect, bool training)
{
    op_case c = { .label = training ? "training" : "inference", .op = &sv_op_batch_normalization, .args = args, .dialect = dialect,
                  .input = { shape }, .samples = 4, .oracle = oracle, .training = training, .gradient_rtol = 5e-5 };
    expected.training = training;
    expected.epsilon = epsilon;
    expected.gamma = args->scale == SV_OFF ? -1 : 0;
    expected.beta = args->center == SV_OFF ? -1 : expected.gamma + 1;
    expected.mean = (args->scale != SV_OFF) + (args->center != SV_OFF);
    expected.variance = expected.mean + 1;
    op_expect_shape(&c, shape);
    op_check(&c);
}

static void normalizes(void **state)
{
    (void)state;
    const sv_shape shapes[] = { sv_shape3(4, 3, 5), sv_shape3(1, 1, 1), sv_shape3(3, 1, 17), sv_shape3(2, 2, 130), sv_shape1(9) };
    for (int training = 0; training < 2; training++)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
            check(shapes[k], &(sv_batch_normalization_args){ 0 }, 1e-3, SV_KERAS, training);
}

static void takes_epsilon_of_key_or_dialect(void **state)
{
    (void)state;
    const sv_shape shape = sv_shape3(4, 3, 5);
    check(shape, &(sv_batch_normalization_args){ 0 }, 1e-5, SV_TORCH, true);
    check(shape, &(sv_batch_normalization_args){ .dialect = SV_TORCH }, 1e-5, SV_KERAS, true);
    check(shape, &(sv_batch_normalization_args){ .epsilon = 0.25f }, 0.25, SV_TORCH, true);
    check(shape, &(sv_batch_normalization_args){ .epsilon = 0.25f }, 0.25, SV_KERAS, false);
}

static void leaves_out_parameters(void **state)
{
    (void)state;
    const sv_shape shape = sv_shape3(2, 3, 4);
    for (int training = 0; training < 2; training++) {
        check(shape, &(sv_batch_normalization_args){ .center = SV_OFF }, 1e-3, SV_KERAS, training);
        check(shape, &(sv_batch_normalization_args){ .scale = SV_OFF }, 1e-3, SV_KERAS, training);
        check(shape, &(sv_batch_normalization_args){ .center = SV_OFF, .scale = SV_OFF }, 1e-3, SV_KERAS, training);
    }
}

/* --------------------------------------------------------------------- calls by hand: a layer of 2 channels, 3 x 1 pixels */

enum { CHANNELS = 2, PIXELS = 3, SAMPLES = 4, COUNT = SAMPLES * PIXELS * CHANNELS };

static op_inferred inferred;

static sv_call call_of(const sv_batch_normalization_args *args, int samples)
{
    op_case c = { .label = "by hand", .op = &sv_op_batch_normalization, .args = args, .input = { sv_shape3(PIXELS, 1, CHANNELS) } };
    sv_fault fault = { SV_OK, "" };
    static float workspace[64] __attribute__((aligned(64)));
    if (op_infer(&c, &inferred, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_int_equal(inferred.i.statistics, 2 * CHANNELS);
    assert_true(inferred.i.workspace <= 64);
    return (sv_call){ .args = inferred.args, .state = inferred.i.state, .vectors = inferred.vectors, .inputs = 1, .samples = samples, .input = inferred.i.input,
                      .output = inferred.i.output, .workspace = workspace, .training = true, .batch = SAMPLES };
}

static void sums_do_not_depend_on_micro_batches(void **state)
{
    (void)state;
    float x[COUNT], dy[COUNT], ones[CHANNELS] = { 1, 1 }, zeros[CHANNELS] = { 0 }, gradient[2][2][CHANNELS];
    double sums[2][2 * CHANNELS] = { { 0 } }, back[2][2 * CHANNELS] = { { 0 } };
    const float *const w[4] = { ones, zeros, zeros, ones }, *input;
    op_random(1, COUNT, 1, x);
    op_random(2, COUNT, 1, dy);
    memset(gradient, 0, sizeof gradient);
    for (int backward = 0; backward < 2; backward++)
        for (int split = 0; split < 2; split++)
            for (int first = 0, n; first < SAMPLES; first += n) {
                n = split ? first == 0 ? 1 : SAMPLES - 1 : SAMPLES;
                float *dw[4] = { gradient[split][0], gradient[split][1], NULL, NULL };
                sv_call c = call_of(&(sv_batch_normalization_args){ 0 }, n);
                input = x + first * PIXELS * CHANNELS;
                c.x = &input, c.w = w, c.dw = dw, c.sums = sums[0], c.dy = dy + first * PIXELS * CHANNELS;
                c.partial = backward ? back[split] : sums[split];
                if (backward) sv_op_batch_normalization.sum_backward(&c);
                else sv_op_batch_normalization.sum_forward(&c);
            }
    assert_memory_equal(sums[0], sums[1], sizeof sums[0]);
    assert_memory_equal(back[0], back[1], sizeof back[0]);
    for (int k = 0; k < CHANNELS; k++) {
        assert_float_equal(gradient[0][0][k], gradient[1][0][k], 1e-6);
        assert_float_equal(gradient[0][1][k], gradient[1][1][k], 1e-6);
    }
}

/* Sums of mean 5, mean square 29 (variance 4) and of mean -1, mean square 1 (variance 0) over n values. */
static void finish(sv_batch_normalization_args args, int64_t batch, float *mean, float *variance)
{
    double n = (double)batch * PIXELS;
    const double sums[2 * CHANNELS] = { 5 * n, -n, 29 * n, n };
    float *const w[4] = { NULL, NULL, mean, variance };
    sv_call c = call_of(&args, 1);
    c.sums = sums;
    c.batch = batch;
    mean[0] = 1, mean[1] = 2, variance[0] = 3, variance[1] = 1;
    sv_op_batch_normalization.finish(&c, w);
}

static void moves_the_statistics(void **state)
{
    (void)state;
    float mean[CHANNELS], variance[CHANNELS];
    finish((sv_batch_normalization_args){ 0 }, SAMPLES, mean, variance);
    assert_float_equal(mean[0], 0.99 * 1 + 0.01 * 5, 1e-6);
    assert_float_equal(mean[1], 0.99 * 2 - 0.01 * 1, 1e-6);
    assert_float_equal(variance[0], 0.99 * 3 + 0.01 * 4, 1e-6);
    assert_float_equal(variance[1], 0.99 * 1, 1e-6);
    finish((sv_batch_normalization_args){ .dialect = SV_TORCH }, SAMPLES, mean, variance);
    assert_float_equal(mean[0], 0.9 * 1 + 0.1 * 5, 1e-6);
    assert_float_equal(variance[0], 0.9 * 3 + 0.1 * 4 * 12 / 11, 1e-6);
    finish((sv_batch_normalization_args){ .momentum = 0.5f }, SAMPLES, mean, variance);
    assert_float_equal(mean[0], 3, 1e-6);
    finish((sv_batch_normalization_args){ .momentum = -0.0f }, SAMPLES, mean, variance);
    assert_float_equal(mean[0], 5, 1e-6);
}

/* Channel 0: offsets from 4096, exact in float, with a mean that is not. Channel 1: 0.1 everywhere, whose variance must not
 * fall below zero. */
static void keeps_its_precision_far_from_zero(void **state)
{
    (void)state;
    float x[COUNT], y[COUNT], gamma[CHANNELS] = { 1, 1 }, beta[CHANNELS] = { 0, 3 }, moving[CHANNELS] = { 0 };
    double sums[2 * CHANNELS] = { 0 };
    const float *const w[4] = { gamma, beta, moving, moving }, *const input = x;
    const double offset[4] = { 0, 0.25, 0.5, 0.75 + 0x1p-11 };
    double mean = 0, variance = 0;
    for (int k = 0; k < 4; k++) mean += offset[k] / 4;
    for (int k = 0; k < 4; k++) variance += (offset[k] - mean) * (offset[k] - mean) / 4;
    for (int k = 0; k < COUNT; k++) x[k] = k % CHANNELS ? 0.1f : (float)(4096 + offset[k / CHANNELS % 4]);
    sv_call c = call_of(&(sv_batch_normalization_args){ .epsilon = 1e-18f }, SAMPLES);
    c.x = &input, c.y = y, c.w = w, c.sums = sums, c.partial = sums;
    sv_op_batch_normalization.sum_forward(&c);
    sums[CHANNELS + 1] -= 1e-15; /* as another order of adding could have left it */
    sv_op_batch_normalization.forward(&c);
    for (int k = 0; k < COUNT; k += CHANNELS) {
        assert_float_equal(y[k], (offset[k / CHANNELS % 4] - mean) / sqrt(variance), 1e-6);
        assert_true(y[k + 1] == 3);
    }
}

static void names_its_parameters(void **state)
{
    (void)state;
    const char *const names[4] = { "gamma", "beta", "moving_mean", "moving_variance" };
    const sv_initializer_type start[4] = { SV_INIT_ONES, SV_INIT_ZEROS, SV_INIT_ZEROS, SV_INIT_ONES };
    call_of(&(sv_batch_normalization_args){ 0 }, 1);
    assert_int_equal(inferred.i.parameters, 4);
    for (int k = 0; k < 4; k++) {
        const sv_parameter_spec *p = &inferred.i.parameter[k];
        assert_string_equal(p->name, names[k]);
        assert_int_equal(p->trainable, k < 2);
        assert_int_equal(p->initializer.type, start[k]);
        assert_true(p->shape.rank == 1 && p->shape.dim[0] == CHANNELS);
    }
    call_of(&(sv_batch_normalization_args){ .scale = SV_OFF }, 1);
    assert_int_equal(inferred.i.parameters, 3);
    assert_string_equal(inferred.i.parameter[0].name, "beta");
    assert_string_equal(inferred.i.parameter[1].name, "moving_mean");
}

static void refuse(sv_batch_normalization_args args, const char *message)
{
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_batch_normalization, .args = &args, .input = { sv_shape1(4) } },
                    message);
}

static void refuses_in_words(void **state)
{
    (void)state;
    refuse((sv_batch_normalization_args){ .momentum = 1.5f }, "momentum: expected a number from 0 to 1, got 1.5");
    refuse((sv_batch_normalization_args){ .epsilon = -1 }, "epsilon: expected a number >= 0, got -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalizes),
        cmocka_unit_test(takes_epsilon_of_key_or_dialect),
        cmocka_unit_test(leaves_out_parameters),
        cmocka_unit_test(sums_do_not_depend_on_micro_batches),
        cmocka_unit_test(moves_the_statistics),
        cmocka_unit_test(keeps_its_precision_far_from_zero),
        cmocka_unit_test(names_its_parameters),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
