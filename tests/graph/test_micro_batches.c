/* Where a chunk is cut into micro-batches changes no bit under the native backend: the cases of tests/contract and the gradients
 * of one batch, with room for one sample at a time, for all of a chunk and for what lies between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/memory.h"
#include "config/config.h"
#include "graph/run.h"
#include <stdlib.h>
#include <string.h>

enum { BATCH = 83 }; /* chunks of five samples and six */

typedef struct rows {
    const sv_graph *graph;
    uint32_t salt;
} rows;

/* Element k of sample i of an input: noise in [0, 1) by an integer hash. */
static float noise(uint32_t salt, int64_t k)
{
    uint32_t x = (uint32_t)k * 2654435761u + salt;
    x = (x ^ x >> 15) * 2246822519u;
    x = (x ^ x >> 13) * 3266489917u;
    return (float)((x ^ x >> 16) >> 8) * 0x1p-24f;
}

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const rows *r = context;
    for (int i = 0, k = 0; i < r->graph->nodes; i++) {
        if (r->graph->node[i]->kind != SV_NODE_INPUT) continue;
        int64_t size = sv_shape_count(&r->graph->node[i]->shape);
        for (int64_t e = 0; e < count * size; e++) inputs[k][e] = noise(r->salt + (uint32_t)k, first * size + e);
        k++;
    }
}

typedef struct outcome {
    double loss;
    float *gradient, *weights; /* malloc: the weights hold the moving statistics */
    int micro;
} outcome;

/* One batch with a new graph and the config's initial weights. */
static outcome run(const sv_config *c, int64_t budget, int threads)
{
    sv_fault fault = { 0 };
    sv_built built;
    sv_parameters *p;
    sv_run *r;
    outcome o = { 0 };
    assert_int_equal(sv_config_build(c, &built, &fault), SV_OK);
    assert_int_equal(sv_parameters_new(built.graph, &p, &fault), SV_OK);
    assert_int_equal(sv_parameters_draw(p, 3, &fault), SV_OK);
    sv_run_args args = {
        .loss = built.loss, .batch = BATCH, .threads = threads, .gradients = true, .seed = 5, .arena_budget = budget
    };
    assert_int_equal(sv_vectors_select(NULL, &args.vectors, &fault), SV_OK);
    assert_int_equal(sv_backend_select("native", &args.backend, &fault), SV_OK);
    assert_int_equal(sv_run_new(built.graph, p, &args, &r, &fault), SV_OK);
    rows source = { built.graph, 11 };
    sv_feed feed = { .samples = BATCH, .epoch = 1, .fetch = fetch, .context = &source };
    assert_int_equal(sv_run_backward(r, &feed, &o.loss, NULL, NULL, &fault), SV_OK);
    o.gradient = malloc((size_t)p->trainable * sizeof(float));
    o.weights = malloc((size_t)p->count * sizeof(float));
    memcpy(o.gradient, sv_run_gradient(r), (size_t)p->trainable * sizeof(float));
    memcpy(o.weights, p->weights, (size_t)p->count * sizeof(float));
    o.micro = sv_run_memory_of(r).micro_batch;
    sv_run_free(r);
    sv_parameters_free(p);
    sv_graph_free(built.graph);
    return o;
}

/* The parameter whose gradient differs, or the moving statistics, or NULL. */
static const char *difference(const sv_config *c, const outcome *a, const outcome *b)
{
    static char name[128];
    sv_fault fault = { 0 };
    sv_built built;
    const char *found = NULL;
    assert_int_equal(sv_config_build(c, &built, &fault), SV_OK);
    sv_parameters *p;
    assert_int_equal(sv_parameters_new(built.graph, &p, &fault), SV_OK);
    for (int i = 0; i < built.graph->parameters && !found; i++) {
        const sv_parameter *q = &built.graph->parameter[i];
        size_t size = (size_t)q->count * sizeof(float);
        bool same = !memcmp(a->weights + q->offset, b->weights + q->offset, size) &&
                    (!q->spec.trainable || !memcmp(a->gradient + q->offset, b->gradient + q->offset, size));
        if (same) continue;
        snprintf(name, sizeof name, "%s", q->name);
        found = name;
    }
    if (!found && a->loss != b->loss) found = "loss";
    sv_parameters_free(p);
    sv_graph_free(built.graph);
    return found;
}

static void compare(const char *name)
{
    static const int64_t budgets[] = { 0, 1 << 16, (int64_t)1 << 40 };
    char path[256];
    sv_fault fault = { 0 };
    sv_config *c;
    snprintf(path, sizeof path, "tests/contract/%s.json", name);
    if (sv_config_read(path, NULL, 0, &c, &fault) != SV_OK) fail_msg("%s", fault.text);
    outcome one = run(c, 1, 2);
    assert_int_equal(one.micro, 1);
    int most = 1;
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        outcome o = run(c, budgets[i], 3);
        const char *differs = difference(c, &one, &o);
        if (differs) fail_msg("%s: %s differs between micro-batches of 1 and of %d", name, differs, o.micro);
        most = o.micro > most ? o.micro : most;
        free(o.gradient);
        free(o.weights);
    }
    assert_int_equal(most, 6);
    free(one.gradient);
    free(one.weights);
    sv_config_free(c);
}

static void layers(void **state)
{
    (void)state;
    compare("layers");
}

static void activations(void **state)
{
    (void)state;
    compare("activations");
}

static void losses(void **state)
{
    (void)state;
    compare("losses");
}

static void more_than_512_pixels(void **state)
{
    (void)state;
    compare("pixels");
}

static void a_reference_model(void **state)
{
    (void)state;
    compare("fashion_ae");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers),
        cmocka_unit_test(activations),
        cmocka_unit_test(losses),
        cmocka_unit_test(more_than_512_pixels),
        cmocka_unit_test(a_reference_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
