#include "artifacts/moments.h"
#include "artifacts/axis.h"
#include "base/memory.h"
#include "ops/border.h"
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

static int64_t pixels(const sv_moment_map *m)
{
    return m->rows * m->columns;
}

static double average(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i];
    return sum / (double)count;
}

int sv_layer_parameter(const sv_node *n, const char *name)
{
    for (int k = 0; n->kind == SV_NODE_LAYER && k < n->inference.parameters; k++)
        if (strcmp(n->inference.parameter[k].name, name) == 0) return n->parameter + k;
    return -1;
}

sv_activation sv_layer_activation(const sv_node *n)
{
    sv_activation a = { .type = SV_ACTIVATION_LINEAR };
    for (const sv_arg *row = n->op ? n->op->table : NULL; row && row->key; row++)
        if (row->type == SV_ARG_ACTIVATION) memcpy(&a, (const char *)n->args + row->offset, sizeof a);
    sv_activation_complete(&a, n->dialect);
    return a;
}

sv_weight_law sv_weight_law_of(const sv_draw *d)
{
    const sv_initializer *i = &d->initializer;
    double s = sv_draw_stddev(d), in = (double)d->shape.dim[0], out = (double)sv_shape_channels(&d->shape);
    sv_weight_law law = { 0, s * s };
    switch (i->type) {
    case SV_INIT_ONES:
        law.mean = 1;
        break;
    case SV_INIT_CONSTANT:
        law.mean = (double)i->value;
        break;
    case SV_INIT_RANDOM_NORMAL:
    case SV_INIT_TRUNCATED_NORMAL:
    case SV_INIT_NORMAL:
        law.mean = (double)i->mean;
        break;
    case SV_INIT_RANDOM_UNIFORM:
    case SV_INIT_UNIFORM:
        law.mean = ((double)i->minval + (double)i->maxval) / 2;
        break;
    case SV_INIT_IDENTITY: /* of a matrix: min(in, out) entries hold the gain */
        law.variance = (double)i->gain * (double)i->gain * fmin(in, out) / (in * out);
        break;
    default:
        break;
    }
    return law;
}

/* Law of a layer's parameter; {fallback, 0} where it has none of that name. */
static sv_weight_law law_of(const sv_node *n, const char *name, double fallback)
{
    int index = sv_layer_parameter(n, name);
    if (index < 0) return (sv_weight_law){ fallback, 0 };
    sv_parameters p = { .graph = n->graph };
    sv_draw d = sv_parameter_draw(&p, index);
    return sv_weight_law_of(&d);
}

/* to [a[0].out][a[1].out] from from [a[0].in][a[1].in]: both axes' counts one after the other. */
static bool count(const sv_axis a[2], const double *from, double *to)
{
    double *half = sv_new((size_t)(a[0].in * a[1].out), sizeof *half), *in = sv_new((size_t)a[0].in, sizeof *in);
    double *out = sv_new((size_t)a[0].out, sizeof *out);
    bool done = half && in && out;
    for (int64_t r = 0; done && r < a[0].in; r++) sv_axis_count(&a[1], from + r * a[1].in, half + r * a[1].out);
    for (int64_t c = 0; done && c < a[1].out; c++) {
        for (int64_t r = 0; r < a[0].in; r++) in[r] = half[r * a[1].out + c];
        memset(out, 0, (size_t)a[0].out * sizeof *out);
        sv_axis_count(&a[0], in, out);
        for (int64_t r = 0; r < a[0].out; r++) to[r * a[1].out + c] = out[r];
    }
    sv_free(half);
    sv_free(in);
    sv_free(out);
    return done;
}

/* A map with its borders filled as padding_mode says: what the windows then read inside it. */
static double *bordered(sv_border border, const sv_axis a[2], const int sides[4], const double *map)
{
    sv_shape image = { .rank = 3, .dim = { a[0].in, a[1].in, 1 } };
    sv_sides s = { sides[0], sides[1], sides[2], sides[3] };
    sv_shape shape = sv_border_shape(&image, s);
    int64_t n = a[0].in * a[1].in, padded = sv_shape_count(&shape);
    float *from = sv_new((size_t)n, sizeof *from), *to = sv_new((size_t)padded, sizeof *to);
    double *result = sv_new((size_t)padded, sizeof *result);
    if (from && to && result) {
        for (int64_t i = 0; i < n; i++) from[i] = (float)map[i];
        sv_border_pad(border, &image, s, 1, from, to);
        for (int64_t i = 0; i < padded; i++) result[i] = (double)to[i];
    }
    bool failed = !from || !to;
    sv_free(from);
    sv_free(to);
    if (!failed) return result;
    sv_free(result);
    return NULL;
}

static sv_border border_of(const sv_node *n)
{
    for (const sv_arg *row = n->op->table; row && row->key; row++)
        if (strcmp(row->key, "padding_mode") == 0) {
            int border;
            memcpy(&border, (const char *)n->args + row->offset, sizeof border);
            return (sv_border)border;
        }
    return SV_ZEROS;
}

/* The counts of a layer's first input, borders and all. */
static bool spread(const sv_node *n, const double *from, double *to)
{
    sv_axis a[2] = { sv_axis_of(n, 0, 0), sv_axis_of(n, 0, 1) };
    if (n->shape.rank != 3) { /* Dense of a vector: one pixel */
        *to = *from;
        return true;
    }
    sv_border border = border_of(n);
    const int *sides = n->inference.padding;
    if (border == SV_ZEROS) return count(a, from, to);
    double *padded = bordered(border, a, sides, from);
    for (int i = 0; i < 2; i++) a[i].in += sides[2 * i] + sides[2 * i + 1], a[i].before = 0;
    bool done = padded && count(a, padded, to);
    sv_free(padded);
    return done;
}

/* Pixels that are averaged or interpolated are taken as equal: their roots add up. */
static bool blend(const sv_node *n, const sv_moment_map *from, sv_moment_map *to)
{
    int64_t count = pixels(from);
    double *root = sv_new((size_t)count, sizeof *root);
    for (int64_t i = 0; root && i < count; i++) root[i] = sqrt(from->square[i]);
    bool done = root && spread(n, root, to->square) && spread(n, from->mean, to->mean);
    for (int64_t i = 0; done && i < pixels(to); i++) to->square[i] *= to->square[i];
    sv_free(root);
    return done;
}

static bool moved(const walk *w, const sv_node *n, sv_moment_map *to)
{
    return blend(n, input_map(w, n, 0), to);
}

/* Positions are lost: every pixel is the mean of all. */
static bool reshaped(const walk *w, const sv_node *n, sv_moment_map *to)
{
    const sv_moment_map *from = input_map(w, n, 0);
    sv_axis a = sv_axis_of(n, 0, 0);
    if (a.kind != SV_AXIS_ALL) return moved(w, n, to);
    double mean = average(from->mean, pixels(from)), square = average(from->square, pixels(from));
    for (int64_t i = 0; i < pixels(to); i++) to->mean[i] = mean, to->square[i] = square;
    return true;
}

/* Sums of what the kernel's taps read: of x, of x^2, and of |x| where its weights have a mean. */
static bool kernel(const walk *w, const sv_node *n, sv_moment_map *to)
{
    const sv_moment_map *from = input_map(w, n, 0);
    sv_weight_law k = law_of(n, "kernel", 0), b = law_of(n, "bias", 0);
    const sv_shape *shape = &n->graph->parameter[sv_layer_parameter(n, "kernel")].spec.shape;
    double channels = (double)(n->op->transposed ? sv_shape_channels(&n->input[0]->shape) : shape->dim[shape->rank - 2]);
    if (n->op->transposed) channels /= ((const sv_conv2d_transpose_args *)n->args)->groups;
    double *equal = sv_new((size_t)pixels(to), sizeof *equal);
    sv_moment_map whole = { .rows = to->rows, .columns = to->columns, .mean = to->mean, .square = equal };
    bool done = equal && spread(n, from->square, to->square);
    if (done && k.mean != 0) done = blend(n, from, &whole);
    for (int64_t i = 0; done && i < pixels(to); i++) {
        double mean = channels * k.mean * to->mean[i];
        to->square[i] = channels * k.variance * to->square[i] + channels * channels * k.mean * k.mean * equal[i];
        to->square[i] += b.variance + b.mean * b.mean + 2 * b.mean * mean;
        to->mean[i] = mean + b.mean;
    }
    sv_free(equal);
    return done;
}

/* gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of the pixels themselves. */
static void normalize(const walk *w, const sv_node *n, double epsilon, sv_moment_map *to)
{
    const sv_moment_map *from = input_map(w, n, 0);
    double mean = average(from->mean, pixels(from)), variance = average(from->square, pixels(from)) - mean * mean;
    sv_weight_law gamma = law_of(n, "gamma", 1), beta = law_of(n, "beta", 0);
    double gain = 1 / sqrt(fmax(variance, 0) + epsilon), gamma_square = gamma.variance + gamma.mean * gamma.mean;
    for (int64_t i = 0; i < pixels(to); i++) {
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
    for (int64_t i = 0; done && i < pixels(to); i++) to->square[i] /= keep;
    return done;
}

static bool noised(const walk *w, const sv_node *n, sv_moment_map *to)
{
    double s = (double)((const sv_gaussian_noise_args *)n->args)->stddev;
    bool done = moved(w, n, to);
    for (int64_t i = 0; done && i < pixels(to); i++) to->square[i] += s * s;
    return done;
}

/* Inputs independent of each other: E[(sum x)^2] = sum E[x^2] + sum over pairs 2 E[x] E[x']. */
static bool added(const walk *w, const sv_node *n, sv_moment_map *to)
{
    for (int k = 0; k < n->inputs; k++) {
        const sv_moment_map *from = input_map(w, n, k);
        for (int64_t i = 0; i < pixels(to); i++) {
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
        for (int64_t i = 0; i < pixels(to); i++) {
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
    if (sv_layer_parameter(n, "kernel") >= 0) return kernel(w, n, to);
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
    for (int64_t i = 0; i < pixels(to) && a->type != SV_ACTIVATION_LINEAR; i++) {
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
    to->mean = sv_new((size_t)pixels(to), sizeof *to->mean);
    to->square = sv_new((size_t)pixels(to), sizeof *to->square);
    if (!to->mean || !to->square) return false;
    find_period(w, n, to);
    if (n->kind == SV_NODE_INPUT) {
        for (int64_t i = 0; i < pixels(to); i++) to->mean[i] = w->input[0], to->square[i] = w->input[1];
    } else if (!before_activation(w, n, to)) {
        return false;
    }
    to->before = average(to->square, pixels(to));
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
