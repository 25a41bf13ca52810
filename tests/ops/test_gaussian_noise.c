/* GaussianNoise: the values of its stream, their moments, where they agree and differ, inference. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/shape.h"

extern const sv_op sv_op_gaussian_noise;

static const sv_stream stream = { { 0x4321, 0x6789 } };
enum { EPOCH = 1 };

static void noisy(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)w;
    double stddev = (double)((const sv_gaussian_noise_args *)args)->stddev;
    int64_t count = sv_shape_count(&i->input[0]);
    float *n = sv_new((size_t)count, sizeof *n);
    for (int r = 0; r < samples; r++) {
        sv_stream_normal(&stream, EPOCH, (uint32_t)r, 0, count, n);
        for (int64_t k = 0; k < count; k++) y[r * count + k] = x[0][r * count + k] + stddev * (double)n[k];
    }
    sv_free(n);
}

static void unchanged(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w,
                      double *y)
{
    (void)args, (void)w;
    for (int64_t k = 0; k < samples * sv_shape_count(&i->input[0]); k++) y[k] = x[0][k];
}

static void check(sv_shape shape, float stddev, bool training, op_oracle oracle)
{
    sv_gaussian_noise_args args = { .stddev = stddev };
    op_case c = { .label = "GaussianNoise", .op = &sv_op_gaussian_noise, .args = &args, .input = { shape }, .oracle = oracle,
                  .training = training, .stream = &stream, .epoch = EPOCH };
    op_expect_shape(&c, shape);
    op_check(&c);
}

static void adds_noise(void **state)
{
    (void)state;
    check(sv_shape3(5, 3, 7), 0.25f, true, noisy);
    check(sv_shape3(1, 1, 1), 2, true, noisy);
    check(sv_shape1(33), 0, true, unchanged);
}

static void does_nothing_at_inference(void **state)
{
    (void)state;
    check(sv_shape3(5, 3, 7), 0.25f, false, unchanged);
    check(sv_shape1(9), 3, false, unchanged);
}

enum { COUNT = 40000 };

/* y of zeros, `samples` of them from the given id on: the noise alone. */
static void run(float stddev, uint32_t epoch, uint32_t id, int samples, float *y)
{
    static const float x[2 * COUNT];
    const float *input = x;
    sv_gaussian_noise_args args = { .stddev = stddev };
    op_case c = { .label = "run", .op = &sv_op_gaussian_noise, .args = &args, .input = { sv_shape3(100, 100, 4) } };
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    const sv_vectors *vectors;
    const uint32_t ids[2] = { id, id + 1 };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    assert_int_equal(sv_vectors_select(NULL, &vectors, &fault), SV_OK);
    sv_op_gaussian_noise.forward(&(sv_call){ .args = r.args, .vectors = vectors, .state = r.i.state, .inputs = 1, .samples = samples,
                                             .input = r.i.input, .output = r.i.output, .x = &input, .y = y, .training = true,
                                             .stream = &stream, .epoch = epoch, .sample_id = ids });
}

/* Mean 0, variance stddev^2 and fourth moment 3 stddev^4, within five standard errors. */
static void is_normal(void **state)
{
    (void)state;
    static float y[COUNT];
    double mean = 0, square = 0, fourth = 0;
    run(0.5f, 0, 5, 1, y);
    for (int k = 0; k < COUNT; k++) {
        double z = 2 * (double)y[k];
        mean += z / COUNT;
        square += z * z / COUNT;
        fourth += z * z * z * z / COUNT;
    }
    assert_float_equal(mean, 0, 5 / sqrt(COUNT));
    assert_float_equal(square, 1, 5 * sqrt(2) / sqrt(COUNT));
    assert_float_equal(fourth, 3, 5 * sqrt(96) / sqrt(COUNT));
}

static double correlation(const float *a, const float *b)
{
    double sum = 0;
    for (int k = 0; k < COUNT; k++) sum += (double)a[k] * (double)b[k] / COUNT;
    return sum;
}

/* The noise belongs to epoch and sample id: not to the place in a micro-batch. */
static void differs_by_epoch_and_sample_only(void **state)
{
    (void)state;
    static float pair[2 * COUNT], alone[COUNT];
    run(1, 2, 7, 2, pair);
    run(1, 2, 8, 1, alone);
    assert_memory_equal(pair + COUNT, alone, sizeof alone);
    assert_float_equal(correlation(pair, alone), 0, 5 / sqrt(COUNT));
    run(1, 3, 8, 1, pair);
    assert_float_equal(correlation(pair, alone), 0, 5 / sqrt(COUNT));
}

static void refuses_negative_deviations(void **state)
{
    (void)state;
    sv_gaussian_noise_args args = { .stddev = -1 };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_gaussian_noise, .args = &args, .input = { sv_shape1(4) } },
                    "stddev: expected a number >= 0, got -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_noise), cmocka_unit_test(does_nothing_at_inference),
        cmocka_unit_test(is_normal),  cmocka_unit_test(differs_by_epoch_and_sample_only),
        cmocka_unit_test(refuses_negative_deviations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
