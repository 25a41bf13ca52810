/* Dropout: the mask of its stream, its rate, where masks agree and differ, inference. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/shape.h"

extern const sv_op sv_op_dropout;

static const sv_stream stream = { { 0x1234, 0x9876 } };
enum { EPOCH = 3 };

static void masked(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)w;
    double rate = (double)((const sv_dropout_args *)args)->rate;
    int64_t count = sv_shape_count(&i->input[0]);
    float *u = sv_new((size_t)count, sizeof *u);
    for (int r = 0; r < samples; r++) {
        sv_stream_uniform(&stream, EPOCH, (uint32_t)r, 0, count, u);
        for (int64_t k = 0; k < count; k++) y[r * count + k] = (double)u[k] < rate ? 0 : x[0][r * count + k] / (1 - rate);
    }
    sv_free(u);
}

static void unchanged(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w,
                      double *y)
{
    (void)args, (void)w;
    for (int64_t k = 0; k < samples * sv_shape_count(&i->input[0]); k++) y[k] = x[0][k];
}

static void check(sv_shape shape, float rate, bool training, op_oracle oracle)
{
    sv_dropout_args args = { .rate = rate };
    op_case c = { .label = "Dropout", .op = &sv_op_dropout, .args = &args, .input = { shape }, .oracle = oracle, .linear = true,
                  .training = training, .stream = &stream, .epoch = EPOCH };
    op_expect_shape(&c, shape);
    op_check(&c);
}

static void drops_and_scales(void **state)
{
    (void)state;
    check(sv_shape3(5, 3, 7), 0.25f, true, masked);
    check(sv_shape3(1, 1, 1), 0.5f, true, masked);
    check(sv_shape1(33), 0.9f, true, masked);
    check(sv_shape1(33), 0, true, unchanged);
}

static void does_nothing_at_inference(void **state)
{
    (void)state;
    check(sv_shape3(5, 3, 7), 0.25f, false, unchanged);
    check(sv_shape1(9), 1, false, unchanged);
}

enum { COUNT = 40000 };

/* y of ones, `samples` of them from the given id on. */
static void run(float rate, uint32_t epoch, uint32_t id, int samples, float *y)
{
    static float x[2 * COUNT], saved[2 * COUNT];
    const float *input = x;
    sv_dropout_args args = { .rate = rate };
    op_case c = { .label = "run", .op = &sv_op_dropout, .args = &args, .input = { sv_shape3(100, 100, 4) } };
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    const sv_vectors *vectors;
    const uint32_t ids[2] = { id, id + 1 };
    for (int k = 0; k < 2 * COUNT; k++) x[k] = 1;
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    assert_int_equal(sv_vectors_select(NULL, &vectors, &fault), SV_OK);
    sv_op_dropout.forward(&(sv_call){ .args = r.args, .vectors = vectors, .state = r.i.state, .inputs = 1, .samples = samples, .input = r.i.input,
                                      .output = r.i.output, .x = &input, .y = y, .saved = saved, .training = true,
                                      .stream = &stream, .epoch = epoch, .sample_id = ids });
}

static double share_dropped(const float *y)
{
    int dropped = 0;
    for (int k = 0; k < COUNT; k++) dropped += y[k] == 0;
    return (double)dropped / COUNT;
}

/* Within five standard deviations of a binomial share. */
static void drops_at_the_rate(void **state)
{
    (void)state;
    static float y[COUNT];
    const float rates[] = { 0.1f, 0.5f, 0.8f };
    for (int k = 0; k < 3; k++) {
        double rate = (double)rates[k], mean = 0;
        run(rates[k], 0, 5, 1, y);
        assert_float_equal(share_dropped(y), rate, 5 * sqrt(rate * (1 - rate) / COUNT));
        for (int i = 0; i < COUNT; i++) mean += (double)y[i] / COUNT;
        assert_float_equal(mean, 1, 5 * sqrt(rate / (1 - rate) / COUNT));
    }
    run(1, 0, 5, 1, y);
    assert_float_equal(share_dropped(y), 1, 0);
}

static double agreement(const float *a, const float *b)
{
    int same = 0;
    for (int k = 0; k < COUNT; k++) same += (a[k] == 0) == (b[k] == 0);
    return (double)same / COUNT;
}

/* The mask belongs to epoch and sample id: not to the place in a micro-batch. */
static void differs_by_epoch_and_sample_only(void **state)
{
    (void)state;
    static float pair[2 * COUNT], alone[COUNT];
    run(0.5f, 2, 7, 2, pair);
    run(0.5f, 2, 8, 1, alone);
    assert_memory_equal(pair + COUNT, alone, sizeof alone);
    assert_float_equal(agreement(pair, alone), 0.5, 0.02);
    run(0.5f, 3, 8, 1, pair);
    assert_float_equal(agreement(pair, alone), 0.5, 0.02);
}

static void refuses_rates_beyond_one(void **state)
{
    (void)state;
    const float rates[] = { -0.5f, 1.5f };
    const char *const messages[] = { "rate: expected a number from 0 to 1, got -0.5",
                                     "rate: expected a number from 0 to 1, got 1.5" };
    for (int k = 0; k < 2; k++) {
        sv_dropout_args args = { .rate = rates[k] };
        op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_dropout, .args = &args, .input = { sv_shape1(4) } },
                        messages[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_and_scales),  cmocka_unit_test(does_nothing_at_inference),
        cmocka_unit_test(drops_at_the_rate), cmocka_unit_test(differs_by_epoch_and_sample_only),
        cmocka_unit_test(refuses_rates_beyond_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
