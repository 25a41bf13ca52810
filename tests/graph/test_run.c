/* The engine on whole models: gradients against differences, threads and batches that change no bit, segments, sinks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "graph/run.h"
#include "graph/worker.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, PIXELS = SIDE * SIDE * 2, BATCH = 37 };

typedef struct sv_bench {
    sv_graph *g;
    sv_node *x, *t, *y, *loss;
    sv_parameters *p;
    float *images, *targets, *upstream;
} sv_bench;

static float noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (float)(*seed >> 8) / 16777216.0f;
}

/* A small U-Net of smooth operators, with a skip, Add, Concatenate and, where asked, BatchNormalization on two levels. */
static void build(sv_bench *b, bool normalized, const char *loss)
{
    sv_graph *g = b->g = sv_graph_new();
    b->x = sv_input(g, "input", SIDE, SIDE, 2);
    b->t = sv_input(g, "target", SIDE, SIDE, 2);
    sv_conv2d_args down = { .filters = 4, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME, .activation = SV_TANH };
    sv_conv2d_args same = { .filters = 4, .kernel = { 3, 3 }, .padding = SV_SAME, .activation = { SV_ACTIVATION_SILU, 0, 0, 0 } };
    sv_conv2d_transpose_args up = { .filters = 3, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME, .activation = SV_TANH };
    sv_conv2d_args head = { .filters = 2, .kernel = { 3, 3 }, .padding = SV_SAME, .activation = SV_SIGMOID };
    sv_node *a = sv_conv2d(g, "a", b->x, &down);
    if (normalized) a = sv_batch_normalization(g, "bn1", a, &(sv_batch_normalization_args){ .momentum = .5f });
    sv_node *c = sv_conv2d(g, "c", a, &same);
    sv_node *s = sv_add(g, "s", (sv_node *[]){ a, c }, 2);
    if (normalized) s = sv_batch_normalization(g, "bn2", s, NULL);
    sv_node *u = sv_conv2d_transpose(g, "u", s, &up);
    sv_node *k = sv_concatenate(g, "k", (sv_node *[]){ u, b->x }, 2);
    b->y = sv_conv2d(g, "head", k, &head);
    b->loss = sv_loss(g, loss, "loss", b->y, b->t, NULL);
    assert_string_equal(sv_error(g), "");
    assert_int_equal(sv_parameters_new(g, &b->p, NULL), SV_OK);
    assert_int_equal(sv_parameters_draw(b->p, 7, NULL), SV_OK);
    uint32_t seed = 5;
    b->images = malloc(sizeof(float) * BATCH * PIXELS);
    b->targets = malloc(sizeof(float) * BATCH * PIXELS);
    for (int i = 0; i < BATCH * PIXELS; i++) b->images[i] = noise(&seed), b->targets[i] = noise(&seed);
}

static void destroy(sv_bench *b)
{
    sv_parameters_free(b->p);
    sv_graph_free(b->g);
    free(b->images);
    free(b->targets);
}

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const sv_bench *b = context;
    memcpy(inputs[0], b->images + first * PIXELS, sizeof(float) * PIXELS * (size_t)count);
    memcpy(inputs[1], b->targets + first * PIXELS, sizeof(float) * PIXELS * (size_t)count);
}

static sv_run *run_of(sv_bench *b, int threads, bool gradients)
{
    sv_run_args args = { .output = b->y, .loss = b->loss, .batch = BATCH, .threads = threads, .gradients = gradients,
                         .input_gradient = gradients, .batch_mode = true, .keep_statistics = true, .backend = &sv_backend_blas };
    sv_run *r = NULL;
    sv_fault fault = { 0 };
    assert_int_equal(sv_vectors_select(NULL, &args.vectors, &fault), SV_OK);
    assert_int_equal(sv_run_new(b->g, b->p, &args, &r, &fault), SV_OK);
    return r;
}

static double loss_at(sv_bench *b, sv_run *r, int64_t samples)
{
    double loss;
    sv_feed feed = { .samples = samples, .fetch = fetch, .context = b };
    assert_int_equal(sv_run_forward(r, &feed, NULL, NULL, &loss, NULL), SV_OK);
    return loss;
}

typedef struct sv_kept {
    float *rows;
} sv_kept;

static void keep(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    sv_kept *k = context;
    (void)inputs;
    memcpy(k->rows + first * PIXELS, rows, sizeof(float) * PIXELS * (size_t)count);
}

/* Every third weight, and pixels of a few images, against central differences of the loss. float32 noise bounds how far this
 * can look: the loss is summed in double over few elements, steps are large, the model is smooth. */
static void check_gradients(bool normalized)
{
    sv_bench b;
    build(&b, normalized, "mse");
    sv_run *forward = run_of(&b, 2, false), *backward = run_of(&b, 2, true);
    float *dx = calloc(BATCH * PIXELS, sizeof *dx);
    sv_kept kept = { dx };
    double loss;
    int64_t samples = 21;
    sv_feed feed = { .samples = samples, .fetch = fetch, .context = &b };
    assert_int_equal(sv_run_backward(backward, &feed, &loss, keep, &kept, NULL), SV_OK);
    assert_true(fabs(loss - loss_at(&b, forward, samples)) < 1e-12);
    const float *g = sv_run_gradient(backward);
    for (int64_t i = 0; i < b.p->trainable; i += 3) {
        float *w = &b.p->weights[i], old = *w, h = .02f;
        *w = old + h;
        double above = loss_at(&b, forward, samples);
        *w = old - h;
        double below = loss_at(&b, forward, samples);
        *w = old;
        double slope = (above - below) / (2 * (double)h);
        if (fabs(slope - (double)g[i]) > 2e-3 * fabs(slope) + 3e-6) fail_msg("weight %d: %g against %g", (int)i, (double)g[i], slope);
    }
    for (int i = 0; i < (int)samples * PIXELS; i += 97) {
        float old = b.images[i], h = .1f;
        b.images[i] = old + h;
        double above = loss_at(&b, forward, samples);
        b.images[i] = old - h;
        double below = loss_at(&b, forward, samples);
        b.images[i] = old;
        double slope = (above - below) / (2 * (double)h);
        if (fabs(slope - (double)dx[i]) > 1e-2 * fabs(slope) + 1e-6) fail_msg("pixel %d: %g against %g", i, (double)dx[i], slope);
    }
    free(dx);
    sv_run_free(forward);
    sv_run_free(backward);
    destroy(&b);
}

static void gradients_match_differences(void **state)
{
    (void)state;
    check_gradients(false);
}

static void gradients_match_differences_across_segments(void **state)
{
    (void)state;
    check_gradients(true);
}

static void check_threads(bool normalized)
{
    sv_bench b;
    build(&b, normalized, "mse");
    float *first = NULL;
    static const int threads[] = { 1, 2, 3, 5, 16 };
    for (int64_t samples = 1; samples <= BATCH; samples += 12) {
        double expected = 0;
        for (int k = 0; k < 5; k++) {
            sv_run *r = run_of(&b, threads[k], true);
            sv_feed feed = { .samples = samples, .fetch = fetch, .context = &b };
            double loss;
            assert_int_equal(sv_run_backward(r, &feed, &loss, NULL, NULL, NULL), SV_OK);
            size_t bytes = sizeof(float) * (size_t)b.p->trainable;
            if (k == 0) {
                free(first);
                first = malloc(bytes);
                memcpy(first, sv_run_gradient(r), bytes);
                expected = loss;
            }
            assert_memory_equal(first, sv_run_gradient(r), bytes);
            assert_true(loss == expected);
            sv_run_free(r);
        }
    }
    free(first);
    destroy(&b);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    check_threads(false);
    check_threads(true);
}

/* Without an operator that couples the batch, the gradient of a mean is the mean of the samples' gradients. */
static void a_batch_is_the_mean_of_its_samples(void **state)
{
    (void)state;
    sv_bench b;
    build(&b, false, "mse");
    sv_run *r = run_of(&b, 2, true);
    sv_feed feed = { .samples = BATCH, .fetch = fetch, .context = &b };
    double loss, sum = 0;
    assert_int_equal(sv_run_backward(r, &feed, &loss, NULL, NULL, NULL), SV_OK);
    double *mean = calloc((size_t)b.p->trainable, sizeof *mean);
    float *whole = malloc(sizeof(float) * (size_t)b.p->trainable);
    memcpy(whole, sv_run_gradient(r), sizeof(float) * (size_t)b.p->trainable);
    float *images = b.images, *targets = b.targets;
    for (int i = 0; i < BATCH; i++) {
        double one;
        b.images = images + i * PIXELS;
        b.targets = targets + i * PIXELS;
        feed.samples = 1;
        assert_int_equal(sv_run_backward(r, &feed, &one, NULL, NULL, NULL), SV_OK);
        sum += one / BATCH;
        for (int64_t k = 0; k < b.p->trainable; k++) mean[k] += (double)sv_run_gradient(r)[k] / BATCH;
    }
    b.images = images;
    b.targets = targets;
    assert_true(fabs(sum - loss) < 1e-9);
    for (int64_t k = 0; k < b.p->trainable; k++)
        if (fabs(mean[k] - (double)whole[k]) > 1e-6) fail_msg("weight %d: %g against %g", (int)k, (double)whole[k], mean[k]);
    free(mean);
    free(whole);
    sv_run_free(r);
    destroy(&b);
}

/* Any node may be the output, however the batch is cut. */
static void forward_gives_rows_in_place(void **state)
{
    (void)state;
    sv_bench b;
    build(&b, false, "mse");
    sv_run *r = run_of(&b, 3, false);
    float *whole = malloc(sizeof(float) * BATCH * PIXELS), *one = malloc(sizeof(float) * PIXELS);
    sv_kept all = { whole }, single = { one };
    sv_feed feed = { .samples = BATCH, .fetch = fetch, .context = &b };
    assert_int_equal(sv_run_forward(r, &feed, keep, &all, NULL, NULL), SV_OK);
    float *images = b.images;
    for (int i = 0; i < BATCH; i++) {
        b.images = images + i * PIXELS;
        feed.samples = 1;
        assert_int_equal(sv_run_forward(r, &feed, keep, &single, NULL, NULL), SV_OK);
        for (int k = 0; k < PIXELS; k++) assert_true(fabsf(one[k] - whole[i * PIXELS + k]) < 1e-6f);
    }
    b.images = images;
    free(whole);
    free(one);
    sv_run_free(r);
    destroy(&b);
}

static void the_first_layer_that_is_not_finite_is_named(void **state)
{
    (void)state;
    sv_bench b;
    build(&b, true, "mse");
    sv_run *r = run_of(&b, 2, true);
    sv_feed feed = { .samples = BATCH, .fetch = fetch, .context = &b };
    assert_null(sv_run_first_nonfinite(r, &feed));
    for (int i = 0; i < b.g->parameters; i++)
        if (strcmp(b.g->parameter[i].name, "c/kernel") == 0) b.p->weights[b.g->parameter[i].offset] = NAN;
    assert_string_equal(sv_run_first_nonfinite(r, &feed)->name, "c");
    b.images[3] = INFINITY;
    assert_string_equal(sv_run_first_nonfinite(r, &feed)->name, "input");
    sv_run_free(r);
    destroy(&b);
}

static void a_batch_too_large_is_refused(void **state)
{
    (void)state;
    sv_bench b;
    build(&b, false, "mse");
    sv_run *r = run_of(&b, 1, true);
    sv_feed feed = { .samples = BATCH + 1, .fetch = fetch, .context = &b };
    sv_fault fault = { 0 };
    assert_int_equal(sv_run_forward(r, &feed, NULL, NULL, NULL, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "batch: expected 1 to 37 samples, got 38");
    sv_run_free(r);
    destroy(&b);
}

/* ReLUs read by one convolution, of any padding mode, and one that two layers read. */
static void build_rectified(sv_bench *b)
{
    build(b, false, "mse");
    sv_graph *g = b->g;
    sv_conv2d_args down = { .filters = 5, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME, .activation = SV_RELU };
    sv_conv2d_args mirror = { .filters = 20, .kernel = { 3, 3 }, .padding = SV_SAME, .padding_mode = SV_REFLECT, .activation = SV_RELU };
    sv_conv2d_transpose_args up = { .filters = 2, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME };
    sv_node *once = sv_conv2d(g, "once", sv_conv2d(g, "mirrored", sv_conv2d(g, "first", b->x, &down), &mirror), &mirror);
    sv_node *twice = sv_conv2d(g, "twice", once, &mirror), *also = sv_conv2d(g, "also", twice, &mirror);
    b->y = sv_conv2d_transpose(g, "up", sv_add(g, "sum", (sv_node *[]){ twice, also }, 2), &up);
    b->loss = sv_loss(g, "mse", "rectified", b->y, b->t, NULL);
    assert_string_equal(sv_error(g), "");
    sv_parameters_free(b->p);
    assert_int_equal(sv_parameters_new(g, &b->p, NULL), SV_OK);
    assert_int_equal(sv_parameters_draw(b->p, 7, NULL), SV_OK);
}

/* With the derivative in the reader's hands the gradients are those of a pass of its own. */
static void readers_apply_a_relus_derivative(void **state)
{
    (void)state;
    sv_bench b;
    build_rectified(&b);
    size_t bytes = sizeof(float) * (size_t)b.p->trainable;
    float *first = malloc(bytes);
    for (int pass = 0; pass < 2; pass++) {
        sv_run *r = run_of(&b, 2, true);
        double loss;
        sv_feed feed = { .samples = BATCH, .fetch = fetch, .context = &b };
        for (int i = 0; i < r->plan.nodes; i++) {
            const char *name = b.g->node[i]->name;
            bool alone = !strcmp(name, "first") || !strcmp(name, "mirrored") || !strcmp(name, "once");
            assert_int_equal(r->plan.node[i].rectified, alone && pass == 0);
        }
        assert_int_equal(sv_run_backward(r, &feed, &loss, NULL, NULL, NULL), SV_OK);
        if (pass)
            assert_memory_equal(first, sv_run_gradient(r), bytes);
        else
            memcpy(first, sv_run_gradient(r), bytes);
        sv_run_free(r);
        for (int i = 0; i < b.g->nodes; i++) b.g->node[i]->inference.rectifies = false;
    }
    free(first);
    destroy(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_match_differences),
        cmocka_unit_test(gradients_match_differences_across_segments),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(a_batch_is_the_mean_of_its_samples),
        cmocka_unit_test(forward_gives_rows_in_place),
        cmocka_unit_test(the_first_layer_that_is_not_finite_is_named),
        cmocka_unit_test(a_batch_too_large_is_refused),
        cmocka_unit_test(readers_apply_a_relus_derivative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
