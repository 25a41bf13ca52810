/* A training step allocates nothing, whatever the layers, losses and optimizer are. */
#include "config/config.h"
#include "graph/run.h"
#include "support/allocations.h"
#include "trainer/data_sets.h"
#include "trainer/evaluate.h"
#include "base/memory.h"
#include "base/threads.h"
#include <stdatomic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Everything in a step: convolutions of both kinds, a segment's end, random layers, skips, regularizer, clipping, schedule, noise
 * and augmentation. */
static const char config_text[] =
    "{\"model\": {\"name\": \"all\", \"input\": {\"shape\": [8, 8, 3]}, \"layers\": ["
    "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 6, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\", "
    "\"padding_mode\": \"reflect\", \"activation\": \"gelu\", \"kernel_regularizer\": {\"l1\": 1e-4, \"l2\": 1e-4}},"
    "{\"type\": \"BatchNormalization\", \"name\": \"b\"},"
    "{\"type\": \"Dropout\", \"name\": \"c\", \"rate\": 0.1},"
    "{\"type\": \"GroupNormalization\", \"name\": \"d\", \"groups\": 2},"
    "{\"type\": \"GaussianNoise\", \"name\": \"e\", \"stddev\": 0.1},"
    "{\"type\": \"Conv2D\", \"name\": \"f\", \"filters\": 6, \"kernel_size\": 3, \"padding\": \"same\", \"groups\": 2, \"dilation_rate\": 2},"
    "{\"type\": \"Add\", \"name\": \"g\", \"inputs\": [\"a\", \"f\"]},"
    "{\"type\": \"MaxPooling2D\", \"name\": \"h\"},"
    "{\"type\": \"UpSampling2D\", \"name\": \"i\", \"interpolation\": \"bilinear\"},"
    "{\"type\": \"Concatenate\", \"name\": \"j\", \"inputs\": [\"i\", \"g\"]},"
    "{\"type\": \"Conv2DTranspose\", \"name\": \"k\", \"filters\": 3, \"kernel_size\": 4, \"strides\": 2, \"padding\": \"same\", "
    "\"activation\": \"sigmoid\"}]},"
    "\"seed\": 3, \"data\": {\"source\": \"synthetic\", \"samples\": 48, \"augment\": {\"horizontal_flip\": true, \"random_crop\": 1}, "
    "\"noise\": {\"stddev\": 0.05}}, \"batch_size\": 20, \"epochs\": 1,"
    "\"loss\": [{\"type\": \"mse\"}, {\"type\": \"ssim\", \"weight\": 0.2}, {\"type\": \"bce\", \"weight\": 0.1}],"
    "\"optimizer\": {\"type\": \"adam\", \"amsgrad\": true, \"clipnorm\": 1, \"schedule\": {\"type\": \"cosine\", \"decay_steps\": 50}}}";

typedef struct training {
    sv_config *config;
    sv_built built;
    sv_parameters *parameters;
    sv_run_data data;
    sv_loader *loader;
    sv_fetch fetch;
    sv_run *run;
    sv_flat flat;
    sv_optimizer_state state;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
} training;

static void ok(sv_status status, const sv_fault *fault)
{
    if (status != SV_OK) fail_msg("%s", fault->text);
}

static void open_training(training *t, int threads)
{
    sv_fault fault = { 0 };
    ok(sv_config_parse(config_text, "test", ".", &t->config, &fault), &fault);
    const sv_config *c = t->config;
    ok(sv_vectors_select(NULL, &t->vectors, &fault), &fault);
    ok(sv_backend_select(c->backend, &t->backend, &fault), &fault);
    ok(sv_config_build(c, &t->built, &fault), &fault);
    ok(sv_parameters_new(t->built.graph, &t->parameters, &fault), &fault);
    ok(sv_parameters_draw(t->parameters, c->seed, &fault), &fault);
    ok(sv_run_data_open(c, &t->built, &t->data, &fault), &fault);
    ok(sv_run_data_loader(c, &t->data, t->vectors, &t->loader, &fault), &fault);
    t->fetch = (sv_fetch){ t->loader, t->built.target != t->built.input };
    sv_run_args r = { .output = t->built.output, .loss = t->built.loss, .batch = c->batch_size, .threads = threads, .gradients = true,
                      .vectors = t->vectors, .backend = t->backend, .seed = c->seed };
    ok(sv_run_new(t->built.graph, t->parameters, &r, &t->run, &fault), &fault);
    ok(sv_flat_open(t->parameters, &c->optimizer, sv_run_gradient(t->run), &t->flat, &fault), &fault);
    sv_optimizer_start(&c->optimizer, &t->state);
}

static void close_training(training *t)
{
    sv_run_free(t->run);
    sv_loader_close(t->loader);
    sv_run_data_close(&t->data);
    sv_flat_close(&t->flat);
    sv_parameters_free(t->parameters);
    sv_graph_free(t->built.graph);
    sv_config_free(t->config);
}

static void steps(training *t, int from, int to, int threads)
{
    sv_fault fault = { 0 };
    int64_t batches = sv_loader_batches(t->loader), samples;
    for (int i = from; i < to; i++) {
        double loss, norm;
        sv_feed feed = { .epoch = (uint32_t)(i / batches), .first_id = (uint32_t)(i % batches * t->config->batch_size),
                         .fetch = sv_fetch_rows, .context = &t->fetch };
        ok(sv_loader_batch(t->loader, i / batches, i % batches, &samples, &fault), &fault);
        feed.samples = samples;
        ok(sv_run_backward(t->run, &feed, &loss, NULL, NULL, &fault), &fault);
        sv_regularize(&t->flat);
        sv_optimizer_step(&t->config->optimizer, &t->state, t->vectors, &t->flat, threads, &norm);
    }
}

enum { SIDE = 768 };

typedef struct meeting {
    const training *t;
    atomic_int arrived;
    int threads;
    float *matrix; /* [threads + 1][SIDE][SIDE] */
} meeting;

/* One product that begins once every worker is there. */
static void meet(void *context, int64_t task, int worker)
{
    meeting *m = context;
    (void)worker;
    atomic_fetch_add(&m->arrived, 1);
    while (atomic_load(&m->arrived) < m->threads) {}
    m->t->backend->matmul(m->t->vectors, false, false, SIDE, SIDE, SIDE, m->matrix, m->matrix,
                          m->matrix + (task + 1) * SIDE * SIDE,
                          false);
}

/* OpenBLAS takes a buffer the first time that so many products overlap, and keeps it: they overlap here. */
static void overlap_products(const training *t, int threads)
{
    meeting m = { .t = t, .threads = threads, .matrix = sv_new((size_t)(threads + 1) * SIDE * SIDE, sizeof(float)) };
    assert_non_null(m.matrix);
    sv_parallel(threads, threads, meet, &m);
    sv_free(m.matrix);
}

/* The first epoch lets libraries take what they keep. */
static void check_threads(int threads)
{
    training t = { 0 };
    open_training(&t, threads);
    overlap_products(&t, threads);
    steps(&t, 0, 6, threads);
    long before = allocations_made();
    steps(&t, 6, 30, threads);
    long made = allocations_made() - before;
    close_training(&t);
    assert_int_equal(made, 0);
}

static void test_one_thread(void **state)
{
    (void)state;
    check_threads(1);
}

static void test_two_threads(void **state)
{
    (void)state;
    check_threads(2);
}

/* The counters see what passes: the library's, and other libraries'. */
static void test_counters(void **state)
{
    (void)state;
    if (!allocations_counted()) skip();
    long before = allocations_made();
    sv_free(sv_new(1, 100));
    float *p = sv_map_floats(10);
    sv_unmap_floats(p, 10);
    char *copy = strdup("text");
    sv_free(copy);
    assert_int_equal(allocations_made() - before, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_one_thread),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
