#include "artifacts/moment_rules.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

/* What the rules below work on. */
typedef struct walk {
    const sv_graph *graph;
    const sv_vectors *vectors;
    sv_moments *moments;
    double input[2]; /* mean and square */
} walk;

static bool is(const sv_node *n, const char *type)
{
    return n->op && strcmp(n->op->type, type) == 0;
}

static int64_t size_of(const sv_shape *s, int axis)
{
    return s->rank == 3 ? s->dim[axis] : 1;
}

static const sv_moment_map *input_map(const walk *w, const sv_node *n, int k)
{
    return &w->moments->map[n->input[k]->index];
}

static double average(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i];
    return sum / (double)count;
}

sv_activation sv_layer_activation(const sv_node *n)
{
    sv_activation a = { .type = SV_ACTIVATION_LINEAR };
    for (const sv_arg *row = n->op ? n->op->table : NULL; row && row->key; row++)
        if (row->type == SV_ARG_ACTIVATION) memcpy(&a, (const char *)n->args + row->offset, sizeof a);
    sv_activation_complete(&a, n->dialect);
    return a;
}

static bool moved(const walk *w, const sv_node *n, sv_moment_map *to)
{
    return sv_blend(n, input_map(w, n, 0), to);
}

/* Positions are lost: every pixel is the mean of all. */
static bool reshaped(const walk *w, const sv_node *n, sv_moment_map *to)
{
    const sv_moment_map *from = input_map(w, n, 0);
    sv_axis a = sv_axis_of(n, 0, 0);
    if (a.kind != SV_AXIS_ALL) return moved(w, n, to);
    double mean = average(from->mean, sv_map_pixels(from)), square = average(from->square, sv_map_pixels(from));
    for (int64_t i = 0; i < sv_map_pixels(to); i++) to->mean[i] = mean, to->square[i] = square;
    return true;
}

/* gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of the pixels themselves. */
static void normalize(const walk *w, const sv_node *n, double epsilon, sv_moment_map *to)
{
    const sv_moment_map *from = input_map(w, n, 0);
    double mean = average(from->mean, sv_map_pixels(from)), variance = average(from->square, sv_map_pixels(from)) - mean * mean;
    sv_weight_law gamma = sv_layer_law(n, "gamma", 1), beta = sv_layer_law(n, "beta", 0);
    double gain = 1 / sqrt(fmax(variance, 0) + epsilon), gamma_square = gamma.variance + gamma.mean * gamma.mean;
    for (int64_t i = 0; i < sv_map_pixels(to); i++) {
        double first = gain * (from->mean[i] - mean);
        double second = gain * gain * (from->square[i] - 2 * mean * from->mean[i] + mean * mean);
        to->mean[i] = gamma.mean * first + beta.mean;
        to->square[i] = gamma_square * second + 2 * gamma.mean * beta.mean * first + beta.variance + beta.mean * beta.mean;
    }
}

static bool batch_statistics(const walk *w, const sv_node *n, sv_moment_map *to)
{
    normalize(w, n, (double)((const sv_batch_normalization_args *)n->args)->epsilon, to);
    return true;
}

static bool group_statistics(const walk *w, const sv_node *n, sv_moment_map *to)
{
    normalize(w, n, (double)((const sv_group_normalization_args *)n->args)->epsilon, to);
    return true;
}

static bool dropped(const walk *w, const sv_node *n, sv_moment_map *to)
{
    double keep = 1 - (double)((const sv_dropout_args *)n->args)->rate;
    bool done = moved(w, n, to);
    for (int64_t i = 0; done && i < sv_map_pixels(to); i++) to->square[i] /= keep;
    return done;
}

static bool noised(const walk *w, const sv_node *n, sv_moment_map *to)
{
    double s = (double)((const sv_gaussian_noise_args *)n->args)->stddev;
    bool done = moved(w, n, to);
    for (int64_t i = 0; done && i < sv_map_pixels(to); i++) to->square[i] += s * s;
    return done;
}

/* Inputs independent of each other: E[(sum x)^2] = sum E[x^2] + sum over pairs 2 E[x] E[x']. */
static bool added(const walk *w, const sv_node *n, sv_moment_map *to)
{
    for (int k = 0; k < n->inputs; k++) {
        const sv_moment_map *from = input_map(w, n, k);
        for (int64_t i = 0; i < sv_map_pixels(to); i++) {
            to->square[i] += from->square[i] + 2 * to->mean[i] * from->mean[i];
            to->mean[i] += from->mean[i];
        }
    }
    return true;
}

static bool joined(const walk *w, const sv_node *n, sv_moment_map *to)
{
    double all = (double)sv_shape_channels(&n->shape);
    for (int k = 0; k < n->inputs; k++) {
        const sv_moment_map *from = input_map(w, n, k);
        double share = (double)sv_shape_channels(&n->input[k]->shape) / all;
        for (int64_t i = 0; i < sv_map_pixels(to); i++) {
            to->square[i] += share * from->square[i];
            to->mean[i] += share * from->mean[i];
        }
    }
    return true;
}

static bool before_activation(const walk *w, const sv_node *n, sv_moment_map *to)
{
    static const struct {
        const char *type;
        bool (*rule)(const walk *w, const sv_node *n, sv_moment_map *to);
    } rules[] = {
        { "BatchNormalization", batch_statistics },
        { "GroupNormalization", group_statistics },
        { "Dropout", dropped },
        { "GaussianNoise", noised },
        { "Add", added },
        { "Concatenate", joined },
        { "Flatten", reshaped },
        { "Reshape", reshaped },
    };
    if (sv_layer_parameter(n, "kernel") >= 0) return sv_kernel_moments(n, input_map(w, n, 0), to);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (is(n, rules[i].type)) return rules[i].rule(w, n, to);
    return moved(w, n, to);
}

/* Maps hold few different values: each is integrated once. */
typedef struct known {
    double mean, variance, first, second;
} known;

static void activate(const walk *w, const sv_activation *a, sv_moment_map *to)
{
    enum { SLOTS = 61 };
    known table[SLOTS];
    for (int i = 0; i < SLOTS; i++) table[i].mean = (double)NAN;
    for (int64_t i = 0; i < sv_map_pixels(to) && a->type != SV_ACTIVATION_LINEAR; i++) {
        double mean = to->mean[i], variance = fmax(to->square[i] - mean * mean, 0);
        uint64_t bits;
        memcpy(&bits, &variance, sizeof bits);
        known *k = &table[bits % SLOTS];
        if (k->mean != mean || k->variance != variance) {
            k->mean = mean, k->variance = variance;
            sv_expect_activation(a, w->vectors, mean, variance, &k->first, &k->second);
        }
        to->mean[i] = k->first, to->square[i] = k->second;
    }
}

/* The longest of the inputs' periods after this layer's strides. */
static void find_period(const walk *w, const sv_node *n, sv_moment_map *to)
{
    for (int axis = 0; axis < 2; axis++) {
        to->period[axis] = 1;
        for (int k = 0; k < n->inputs; k++) {
            sv_axis a = sv_axis_of(n, k, axis);
            int64_t p = sv_axis_period(&a, input_map(w, n, k)->period[axis]);
            if (p > to->period[axis]) to->period[axis] = p;
        }
    }
}

static bool visit(const walk *w, const sv_node *n)
{
    sv_moment_map *to = &w->moments->map[n->index];
    to->rows = size_of(&n->shape, 0), to->columns = size_of(&n->shape, 1);
    to->mean = sv_new((size_t)sv_map_pixels(to), sizeof *to->mean);
    to->square = sv_new((size_t)sv_map_pixels(to), sizeof *to->square);
    if (!to->mean || !to->square) return false;
    find_period(w, n, to);
    if (n->kind == SV_NODE_INPUT) {
        for (int64_t i = 0; i < sv_map_pixels(to); i++) to->mean[i] = w->input[0], to->square[i] = w->input[1];
    } else if (!before_activation(w, n, to)) {
        return false;
    }
    to->before = average(to->square, sv_map_pixels(to));
    sv_activation a = sv_layer_activation(n);
    activate(w, &a, to);
    return true;
}

sv_status sv_moments_new(const sv_graph *g, double mean, double square, sv_moments **result, sv_fault *fault)
{
    walk w = { .graph = g, .input = { mean, square } };
    *result = NULL;
    if (sv_vectors_select(NULL, &w.vectors, fault) != SV_OK) return fault->status;
    sv_moments *m = sv_new(1, sizeof *m);
    if (m) m->map = sv_new((size_t)g->nodes, sizeof *m->map);
    bool done = m && m->map;
    if (done) m->nodes = g->nodes, w.moments = m;
    for (int i = 0; done && i < g->nodes; i++)
        if (g->node[i]->kind == SV_NODE_INPUT || g->node[i]->kind == SV_NODE_LAYER) done = visit(&w, g->node[i]);
    if (!done) {
        sv_moments_free(m);
        return sv_fail_memory(fault, "expected rms");
    }
    *result = m;
    return SV_OK;
}

void sv_moments_free(sv_moments *m)
{
    if (!m) return;
    for (int i = 0; i < m->nodes; i++) {
        sv_free(m->map[i].mean);
        sv_free(m->map[i].square);
    }
    sv_free(m->map);
    sv_free(m);
}
