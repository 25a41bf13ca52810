/* What a host leaves in the processor's control register changes no bit, on any thread, and it finds it as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/threads.h"
#include "selvage.h"
#include <fenv.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum { TASKS = 64, SIDE = 6, SAMPLES = 19, MOST = 4096 };

/* Rounding upwards; subnormals flushed. */
static void spoil(void)
{
    fesetround(FE_UPWARD);
#if defined(__SSE2__)
    _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | 1U << 24));
#endif
}

/* At run time and where it stands: compilers move and fold divisions. */
static float divide(float a, float b)
{
    volatile float x = a, y = b, quotient;
    quotient = x / y;
    return quotient;
}

static bool is_spoiled(void)
{
    return divide(-1, 3) == -0x1.555554p-2f && divide(0x1p-126f, 4) == 0;
}

static void divide_task(void *context, int64_t task, int worker)
{
    float *third = context;
    (void)worker;
    third[task] = divide(-1, 3);                           /* upwards it would be nearer to 0 */
    third[TASKS + task] = divide(0x1p-126f, 4);            /* subnormal */
    third[2 * TASKS + task] = divide(0x1p-149f, 0x1p-20f); /* of a subnormal */
}

static void workers_round_to_nearest(void **state)
{
    (void)state;
    float got[3 * TASKS];
    for (int threads = 1; threads <= 3; threads++) {
        memset(got, 0, sizeof got);
        spoil();
        sv_parallel(threads, TASKS, divide_task, got);
        bool kept = is_spoiled();
        fesetround(FE_TONEAREST);
        sv_arithmetic_standard();
        assert_true(kept);
        for (int i = 0; i < TASKS; i++) {
            assert_true(got[i] == -0x1.555556p-2f);
            assert_true(got[TASKS + i] == 0x1p-128f && got[2 * TASKS + i] == 0x1p-129f);
        }
    }
}

/* The weights after three steps, and the last loss. */
static int train(bool spoiled, int threads, float *weights, double *loss)
{
    static float images[SAMPLES * SIDE * SIDE];
    for (int i = 0; i < SAMPLES * SIDE * SIDE; i++) images[i] = (float)(i * 37 % 101) / 101.0f;
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", SIDE, SIDE, 1);
    sv_node *h =
        sv_conv2d(g, "h", x, &(sv_conv2d_args){ .filters = 5, .kernel = { 3, 3 }, .padding = SV_SAME, .activation = SV_TANH });
    h = sv_batch_normalization(g, "n", h, NULL);
    sv_node *y =
        sv_conv2d(g, "y", h, &(sv_conv2d_args){ .filters = 1, .kernel = { 3, 3 }, .padding = SV_SAME, .activation = SV_SIGMOID });
    sv_node *mse = sv_mse(g, "loss", y, x);
    if (spoiled) spoil();
    sv_status status =
        sv_compile(g, mse, &(sv_compile_args){ .seed = 3, .batch = SAMPLES, .threads = threads, .backend = "native" });
    for (int i = 0; i < 3 && status == SV_OK; i++) status = sv_train_step(g, SAMPLES, (const float *[]){ images }, loss);
    bool kept = !spoiled || is_spoiled();
    sv_arithmetic_standard();
    assert_int_equal(status, SV_OK);
    assert_true(kept);
    int count = 0;
    for (int i = 0; i < sv_weight_count(g); i++) {
        sv_weight w = sv_weight_at(g, i);
        int64_t floats = 1;
        for (int d = 0; d < w.shape.rank; d++) floats *= w.shape.dim[d];
        assert_true(count + floats <= MOST);
        memcpy(weights + count, w.data, (size_t)floats * sizeof(float));
        count += (int)floats;
    }
    sv_graph_free(g);
    return count;
}

static void training_does_not_see_the_hosts_mode(void **state)
{
    (void)state;
    static float normal[MOST], spoiled[MOST];
    double loss, other;
    for (int threads = 1; threads <= 3; threads += 2) {
        int count = train(false, threads, normal, &loss);
        assert_int_equal(train(true, threads, spoiled, &other), count);
        assert_true(loss == other);
        assert_memory_equal(normal, spoiled, (size_t)count * sizeof(float));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_round_to_nearest),
        cmocka_unit_test(training_does_not_see_the_hosts_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
