/* What is random in a graph is a function of seed and name: weights that no other layer changes, masks that belong to epoch and
 * position. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/bits.h"
#include "graph/run.h"
#include <stdlib.h>
#include <string.h>

enum { SEED = 11, SIDE = 6, CHANNELS = 4, MASK = SIDE * SIDE * CHANNELS };

/* A chain of 3 x 3 convolutions of 4 channels, one per letter of `names`; a capital is a Conv2DTranspose. */
typedef struct chain {
    sv_graph *g;
    sv_node *x, *y;
    sv_parameters *p;
} chain;

static chain open_chain(const char *names)
{
    chain c = { .g = sv_graph_new() };
    sv_initializer normal = { .type = SV_INIT_RANDOM_NORMAL };
    c.x = c.y = sv_input(c.g, "input", SIDE, SIDE, CHANNELS);
    for (; *names; names++) {
        char name[2] = { *names, 0 };
        if (*names >= 'a')
            c.y = sv_conv2d(c.g, name, c.y, &(sv_conv2d_args){ .filters = CHANNELS, .kernel = { 3, 3 }, .padding = SV_SAME,
                                                               .bias_initializer = normal });
        else
            c.y = sv_conv2d_transpose(c.g, name, c.y, &(sv_conv2d_transpose_args){ .filters = CHANNELS, .kernel = { 3, 3 },
                                                                                   .padding = SV_SAME, .bias_initializer = normal });
    }
    assert_string_equal(sv_error(c.g), "");
    assert_int_equal(sv_parameters_new(c.g, &c.p, NULL), SV_OK);
    assert_int_equal(sv_parameters_draw(c.p, SEED, NULL), SV_OK);
    return c;
}

static void close_chain(chain *c)
{
    sv_parameters_free(c->p);
    sv_graph_free(c->g);
}

static const sv_parameter *find(const chain *c, const char *name)
{
    for (int i = 0; i < c->g->parameters; i++)
        if (strcmp(c->g->parameter[i].name, name) == 0) return &c->g->parameter[i];
    return NULL;
}

/* Compares the weights of the layers that both have; returns how many there are. */
static int same_weights(const chain *a, const chain *b)
{
    int both = 0;
    for (int i = 0; i < a->g->parameters; i++) {
        const sv_parameter *p = &a->g->parameter[i], *q = find(b, p->name);
        if (!q) continue;
        both++;
        if (memcmp(a->p->weights + p->offset, b->p->weights + q->offset, (size_t)p->count * sizeof(float)) != 0)
            fail_msg("%s changed", p->name);
    }
    return both;
}

static void a_layer_changes_no_other(void **state)
{
    (void)state;
    static const char *const others[] = { "abzcDe", "zabcDe", "abcDez", "abDe", "bcDe", "eDcba", "cDabeZ" };
    static const int common[] = { 10, 10, 10, 8, 8, 10, 10 };
    chain base = open_chain("abcDe");
    for (int i = 0; i < 7; i++) {
        chain other = open_chain(others[i]);
        assert_int_equal(same_weights(&base, &other), common[i]);
        close_chain(&other);
    }
    close_chain(&base);
}

/* Two values that follow one another, anywhere in a parameter. */
typedef struct pair {
    uint64_t bits;
    int parameter;
} pair;

static int by_bits(const void *a, const void *b)
{
    const pair *p = a, *q = b;
    return p->bits < q->bits ? -1 : p->bits > q->bits;
}

static int collect(const chain *c, const char *what, pair *out)
{
    int n = 0;
    for (int i = 0; i < c->g->parameters; i++) {
        const sv_parameter *p = &c->g->parameter[i];
        const float *w = c->p->weights + p->offset;
        if (!strstr(p->name, what)) continue;
        for (int64_t k = 0; k + 1 < p->count; k++) out[n++] = (pair){ (uint64_t)sv_bits(w[k]) << 32 | sv_bits(w[k + 1]), i };
    }
    return n;
}

/* 24 layers of one shape and initializer: no run of two values occurs twice, at whatever offset. */
static void layers_share_no_values(void **state)
{
    (void)state;
    static pair all[24 * 144];
    chain c = open_chain("abcdefghijklMNOPQRSTUVWX");
    int n = collect(&c, "/kernel", all);
    assert_int_equal(n, 24 * 143);
    qsort(all, (size_t)n, sizeof *all, by_bits);
    for (int i = 1; i < n; i++)
        if (all[i].bits == all[i - 1].bits)
            fail_msg("%s and %s share values", c.g->parameter[all[i].parameter].name, c.g->parameter[all[i - 1].parameter].name);
    n = collect(&c, "/bias", all);
    qsort(all, (size_t)n, sizeof *all, by_bits);
    for (int i = 1; i < n; i++) assert_true(all[i].bits != all[i - 1].bits);
    close_chain(&c);
}

/* Dropout of ones: the mask itself. */
static void ones(void *context, int64_t first, int count, float *const *inputs)
{
    (void)context, (void)first;
    for (int i = 0; i < count * MASK; i++) inputs[0][i] = 1;
}

static void keep(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    (void)inputs;
    memcpy((float *)context + first * MASK, rows, (size_t)count * MASK * sizeof *rows);
}

/* The output of a layer of this type and name on `samples` rows from position `first` of an epoch. */
static void noise_of(const char *type, const char *name, uint64_t seed, uint32_t epoch, uint32_t first, int samples, float *out)
{
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "input", SIDE, SIDE, CHANNELS);
    const float amount = 0.5f;
    sv_node *y = sv_layer(g, type, name, &amount, &x, 1);
    sv_parameters *p;
    sv_run *r;
    sv_run_args args = { .output = y, .batch = samples, .threads = 2, .batch_mode = true, .seed = seed };
    assert_int_equal(sv_vectors_select(NULL, &args.vectors, NULL), SV_OK);
    assert_int_equal(sv_backend_select("native", &args.backend, NULL), SV_OK);
    assert_int_equal(sv_parameters_new(g, &p, NULL), SV_OK);
    assert_int_equal(sv_run_new(g, p, &args, &r, NULL), SV_OK);
    sv_feed feed = { .samples = samples, .epoch = epoch, .first_id = first, .fetch = ones };
    assert_int_equal(sv_run_forward(r, &feed, keep, out, NULL, NULL), SV_OK);
    sv_run_free(r);
    sv_parameters_free(p);
    sv_graph_free(g);
}

static const char *const kinds[] = { "Dropout", "GaussianNoise" };

/* A batch of 12 is the same as batches of 5, 4 and 3 at their places in the epoch. */
static void noise_belongs_to_the_position(void **state)
{
    (void)state;
    static float whole[12 * MASK], parts[12 * MASK];
    for (int k = 0; k < 2; k++) {
        noise_of(kinds[k], "n", SEED, 3, 40, 12, whole);
        noise_of(kinds[k], "n", SEED, 3, 40, 5, parts);
        noise_of(kinds[k], "n", SEED, 3, 45, 4, parts + 5 * MASK);
        noise_of(kinds[k], "n", SEED, 3, 49, 3, parts + 9 * MASK);
        assert_memory_equal(whole, parts, sizeof whole);
    }
}

static void noise_differs_by_all_that_names_it(void **state)
{
    (void)state;
    static float base[MASK], other[MASK];
    for (int k = 0; k < 2; k++) {
        noise_of(kinds[k], "n", SEED, 3, 40, 1, base);
        noise_of(kinds[k], "m", SEED, 3, 40, 1, other);
        assert_memory_not_equal(base, other, sizeof base);
        noise_of(kinds[k], "n", SEED + 1, 3, 40, 1, other);
        assert_memory_not_equal(base, other, sizeof base);
        noise_of(kinds[k], "n", SEED, 4, 40, 1, other);
        assert_memory_not_equal(base, other, sizeof base);
        noise_of(kinds[k], "n", SEED, 3, 41, 1, other);
        assert_memory_not_equal(base, other, sizeof base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_changes_no_other),
        cmocka_unit_test(layers_share_no_values),
        cmocka_unit_test(noise_belongs_to_the_position),
        cmocka_unit_test(noise_differs_by_all_that_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
