/* What windows and kernels make of a map of moments. */
#include "artifacts/moment_rules.h"
#include "base/memory.h"
#include "ops/border.h"
#include <math.h>
#include <string.h>

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

bool sv_spread(const sv_node *n, const double *from, double *to)
{
    sv_axis a[2] = { sv_axis_of(n, 0, 0), sv_axis_of(n, 0, 1) };
    if (n->shape.rank != 3) { /* Dense of a vector: one pixel */
        *to = *from;
        return true;
    }
    sv_border border = border_of(n);
    const int *sides = n->inference.padding;
    if (border == SV_ZEROS || border == SV_PARTIAL) return count(a, from, to);
    double *padded = bordered(border, a, sides, from);
    for (int i = 0; i < 2; i++) a[i].in += sides[2 * i] + sides[2 * i + 1], a[i].before = 0;
    bool done = padded && count(a, padded, to);
    sv_free(padded);
    return done;
}

bool sv_blend(const sv_node *n, const sv_moment_map *from, sv_moment_map *to)
{
    int64_t count = sv_map_pixels(from);
    double *root = sv_new((size_t)count, sizeof *root);
    for (int64_t i = 0; root && i < count; i++) root[i] = sqrt(from->square[i]);
    bool done = root && sv_spread(n, root, to->square) && sv_spread(n, from->mean, to->mean);
    for (int64_t i = 0; done && i < sv_map_pixels(to); i++) to->square[i] *= to->square[i];
    sv_free(root);
    return done;
}

/* Whether the kernel begins as a bilinear interpolation. */
static bool interpolates(const sv_node *n)
{
    return n->graph->parameter[sv_layer_parameter(n, "kernel")].spec.initializer.type == SV_INIT_BILINEAR;
}

/* Each output pixel is a weighted mean of the input's, of the phase's taps as many as are there: exact in the interior, for
 * pixels that are alike, where one channel in `in` goes to each of as many out. */
static bool interpolated(const sv_node *n, const sv_moment_map *from, sv_moment_map *to)
{
    sv_axis a[2] = { sv_axis_of(n, 0, 0), sv_axis_of(n, 0, 1) };
    sv_weight_law b = sv_layer_law(n, "bias", 0);
    double share = fmin(1, (double)sv_shape_channels(&n->input[0]->shape) / (double)sv_shape_channels(&n->shape));
    if (!sv_blend(n, from, to)) return false;
    for (int64_t i = 0; i < sv_map_pixels(to); i++) {
        double taps = (double)sv_phase_taps(&a[0], i / to->columns) * (double)sv_phase_taps(&a[1], i % to->columns);
        if (taps > 0) to->mean[i] *= share / taps, to->square[i] *= share / (taps * taps);
        to->square[i] += b.variance + b.mean * b.mean + 2 * b.mean * to->mean[i];
        to->mean[i] += b.mean;
    }
    return true;
}

/* Sums of what the kernel's taps read: of x, of x^2, and of |x| where its weights have a mean. */
bool sv_kernel_moments(const sv_node *n, const sv_moment_map *from, sv_moment_map *to)
{
    sv_weight_law k = sv_layer_law(n, "kernel", 0), b = sv_layer_law(n, "bias", 0);
    if (interpolates(n)) return interpolated(n, from, to);
    const sv_shape *shape = &n->graph->parameter[sv_layer_parameter(n, "kernel")].spec.shape;
    double channels = (double)(n->op->transposed ? sv_shape_channels(&n->input[0]->shape) : shape->dim[shape->rank - 2]);
    if (n->op->transposed) channels /= ((const sv_conv2d_transpose_args *)n->args)->groups;
    double *equal = sv_new((size_t)sv_map_pixels(to), sizeof *equal);
    sv_moment_map whole = { .rows = to->rows, .columns = to->columns, .mean = to->mean, .square = equal };
    bool done = equal && sv_spread(n, from->square, to->square);
    if (done && k.mean != 0) done = sv_blend(n, from, &whole);
    sv_axis a[2] = { sv_axis_of(n, 0, 0), sv_axis_of(n, 0, 1) };
    for (int64_t i = 0; done && i < sv_map_pixels(to); i++) {
        to->square[i] *= sv_axis_factor(&a[0], i / to->columns) * sv_axis_factor(&a[1], i % to->columns);
        double mean = channels * k.mean * to->mean[i];
        to->square[i] = channels * k.variance * to->square[i] + channels * channels * k.mean * k.mean * equal[i];
        to->square[i] += b.variance + b.mean * b.mean + 2 * b.mean * mean;
        to->mean[i] = mean + b.mean;
    }
    sv_free(equal);
    return done;
}
