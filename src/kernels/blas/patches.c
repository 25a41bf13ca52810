#include "kernels/blas/blas.h"
#include <string.h>

/* b > 0 */
static int ceil_divide(int a, int b)
{
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

sv_patches sv_patches_of(const sv_conv_geometry *g)
{
    bool joined = g->groups == 1 && (g->dw == 1 || g->kw == 1);
    int reach = (g->kw - 1) * g->dw, channels = g->big_c / g->groups;
    sv_patches p = { .g = g, .channels = channels, .run = joined ? g->kw * channels : channels, .taps = joined ? 1 : g->kw,
                     .size = g->kh * g->kw * channels };
    p.from = clamp(ceil_divide(g->left, g->sw), 0, g->small_w);
    p.to = clamp(ceil_divide(g->big_w - reach + g->left, g->sw), p.from, g->small_w);
    return p;
}

/* Of a patch that leaves the image on the left or right: the taps [low, high) of one run that lie inside it. */
static void inside(const sv_patches *p, int column, int *low, int *high)
{
    int width = p->run / p->channels;
    *low = clamp(-column, 0, width);
    *high = clamp(p->g->big_w - column, *low, width);
}

/* With `run` a constant the copy of a run becomes a few moves. */
static inline __attribute__((always_inline)) void copy_each(int64_t runs, size_t run, float *to, int64_t to_stride, const float *x,
                                                            int64_t x_stride)
{
    for (int64_t r = 0; r < runs; r++) memcpy(to + r * to_stride, x + r * x_stride, run * sizeof(float));
}

/* Kernels of 3, 4 or 5 columns over 1 or 3 channels are where runs are short and many. */
static void copy_runs(int64_t runs, int run, float *to, int64_t to_stride, const float *x, int64_t x_stride)
{
    switch (run) {
    case 3: copy_each(runs, 3, to, to_stride, x, x_stride); break;
    case 4: copy_each(runs, 4, to, to_stride, x, x_stride); break;
    case 5: copy_each(runs, 5, to, to_stride, x, x_stride); break;
    case 9: copy_each(runs, 9, to, to_stride, x, x_stride); break;
    case 12: copy_each(runs, 12, to, to_stride, x, x_stride); break;
    case 15: copy_each(runs, 15, to, to_stride, x, x_stride); break;
    default: copy_each(runs, (size_t)run, to, to_stride, x, x_stride);
    }
}

/* Columns j of [first, last) one by one: the part of each run inside the image is copied, the rest zeroed. */
static void gather_edge(const sv_patches *p, int first, int last, int offset, const float *row, float *matrix)
{
    for (int j = first; j < last; j++) {
        int column = j * p->g->sw - p->g->left + offset, low, high;
        float *to = matrix + (int64_t)j * p->size;
        inside(p, column, &low, &high);
        memset(to, 0, (size_t)p->run * sizeof(float));
        if (low < high)
            memcpy(to + low * p->channels, row + (int64_t)(column + low) * p->g->big_c,
                   (size_t)(high - low) * (size_t)p->channels * sizeof(float));
    }
}

/* The runs of tap `offset` of one kernel row for all columns of one small row. `row` is a row of the image, NULL outside it. */
static void gather_row(const sv_patches *p, int offset, const float *row, float *matrix)
{
    const sv_conv_geometry *g = p->g;
    if (!row) {
        for (int j = 0; j < g->small_w; j++) memset(matrix + (int64_t)j * p->size, 0, (size_t)p->run * sizeof(float));
        return;
    }
    gather_edge(p, 0, p->from, offset, row, matrix);
    copy_runs(p->to - p->from, p->run, matrix + (int64_t)p->from * p->size, p->size,
              row + (int64_t)(p->from * g->sw - g->left + offset) * g->big_c, (int64_t)g->sw * g->big_c);
    gather_edge(p, p->to, g->small_w, offset, row, matrix);
}

static void scatter_edge(const sv_vectors *k, const sv_patches *p, int first, int last, int offset, const float *matrix, float *row)
{
    for (int j = first; j < last; j++) {
        int column = j * p->g->sw - p->g->left + offset, low, high;
        inside(p, column, &low, &high);
        if (low < high)
            k->add((int64_t)(high - low) * p->channels, row + (int64_t)(column + low) * p->g->big_c,
                   matrix + (int64_t)j * p->size + low * p->channels);
    }
}

/* Runs that overlap would wait for one another's stores: every n-th run at a time, n such that they lie apart. */
static void add_runs_apart(const sv_vectors *k, int64_t runs, int64_t run, float *to, int64_t to_stride, const float *x,
                           int64_t x_stride)
{
    int64_t turns = (run + to_stride - 1) / to_stride;
    for (int64_t t = 0; t < turns && t < runs; t++)
        k->add_runs((runs - t + turns - 1) / turns, run, to + t * to_stride, turns * to_stride, x + t * x_stride, turns * x_stride);
}

static void scatter_row(const sv_vectors *k, const sv_patches *p, int offset, const float *matrix, float *row)
{
    const sv_conv_geometry *g = p->g;
    scatter_edge(k, p, 0, p->from, offset, matrix, row);
    add_runs_apart(k, p->to - p->from, p->run, row + (int64_t)(p->from * g->sw - g->left + offset) * g->big_c,
                   (int64_t)g->sw * g->big_c, matrix + (int64_t)p->from * p->size, p->size);
    scatter_edge(k, p, p->to, g->small_w, offset, matrix, row);
}

/* Floats from the start of `big` to the row that kernel row u of small row r touches, or -1 outside the image. */
static int64_t row_of(const sv_conv_geometry *g, int64_t r, int u)
{
    int64_t y = r % g->small_h * g->sh + u * g->dh - g->top;
    if (y < 0 || y >= g->big_h) return -1;
    return (r / g->small_h * g->big_h + y) * g->big_w * g->big_c;
}

void sv_patches_gather(const sv_patches *p, int group, sv_rows rows, const float *big, float *matrix)
{
    const sv_conv_geometry *g = p->g;
    for (int64_t r = rows.first; r < rows.first + rows.count; r++, matrix += (int64_t)g->small_w * p->size) {
        for (int u = 0; u < g->kh; u++) {
            int64_t at = row_of(g, r, u);
            for (int t = 0; t < p->taps; t++)
                gather_row(p, t * g->dw, at < 0 ? NULL : big + at + group * p->channels, matrix + (u * p->taps + t) * p->run);
        }
    }
}

void sv_patches_scatter(const sv_vectors *k, const sv_patches *p, int group, sv_rows rows, const float *matrix, float *big)
{
    const sv_conv_geometry *g = p->g;
    for (int64_t r = rows.first; r < rows.first + rows.count; r++, matrix += (int64_t)g->small_w * p->size) {
        for (int u = 0; u < g->kh; u++) {
            int64_t at = row_of(g, r, u);
            for (int t = 0; at >= 0 && t < p->taps; t++)
                scatter_row(k, p, t * g->dw, matrix + (u * p->taps + t) * p->run, big + at + group * p->channels);
        }
    }
}
