/*
 * down into eight channels or fewer, and half a vector, which would leave lanes empty: the window is turned into planes, one for
 * each channel and each remainder of a position by the strides, so that what neighbouring small pixels read of a tap stands side by
 * side. Whole rows are computed, with the columns that only the window has; planes of results are woven into pixels.
 */
#include "kernels/native/native.h"
#include <string.h>

enum {
    SLACK = 8 * SV_NATIVE_PANEL / 2, /* floats that may be read or written behind a plane */
    LEAST = 64,                      /* pixels of an image that are worth it */
    MOST = 8                         /* channels */
};

/* What follows from the geometry. */
typedef struct frame {
    int64_t row, plane; /* floats of a plane's row, and of the plane of a band of most rows */
    int64_t planes, terms;
    int64_t results; /* floats of a plane of results */
    sv_bands bands;
} frame;

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .planes = (int64_t)g->big_c * g->sh * g->sw, .terms = (int64_t)g->kh * g->kw * g->big_c };
    sv_window one = sv_window_of_patches(g, 1, sv_small_rows(g, 0, 1));
    f.row = sv_ceil_divide(one.width, g->sw);
    f.bands = sv_bands_of(g->small_h, (one.height - g->sh) * one.width * g->big_c, g->sh * one.width * g->big_c);
    f.plane = sv_ceil_divide(sv_window_of_patches(g, 1, sv_small_rows(g, 0, f.bands.most_rows)).height, g->sh) * f.row + SLACK;
    f.results = f.bands.most_rows * f.row + SLACK;
    return f;
}

bool sv_native_down_may_be_planar(const sv_conv_geometry *g)
{
    return g->groups == 1 && g->small_c <= MOST && (int64_t)g->small_h * g->small_w >= LEAST && !sv_native_down_is_thin(g);
}

bool sv_native_down_is_planar(const sv_native *n, const sv_conv_geometry *g, const sv_epilogue *e)
{
    return sv_native_down_may_be_planar(g) && g->small_c <= n->panel / 4 && !e->accumulate;
}

int64_t sv_native_down_planar_workspace(const sv_conv_geometry *g)
{
    frame f = frame_of(g);
    return f.planes * f.plane + g->small_c * f.results + f.terms * (int64_t)(sizeof(int64_t) / sizeof(float));
}

/* Where each term, over u, then v, then the channels, is read from a small pixel's place in the planes. */
static void list_offsets(const sv_conv_geometry *g, const frame *f, int64_t *offset)
{
    for (int64_t u = 0; u < g->kh; u++)
        for (int64_t v = 0; v < g->kw; v++)
            for (int64_t c = 0; c < g->big_c; c++) {
                int64_t y = u * g->dh, x = v * g->dw, plane = (c * g->sh + y % g->sh) * g->sw + x % g->sw;
                *offset++ = plane * f->plane + y / g->sh * f->row + x / g->sw;
            }
}

/* The columns of one row of the image whose position in the window leaves the remainder `phase`, a vector at a time, the last one
 * moved back to end with the row; `to` is the row of the first channel's plane. `last`: the image's last row. */
static void turn_columns(const sv_native *n, const sv_conv_geometry *g, const frame *f, int64_t phase, bool last, const float *row,
                         float *to)
{
    const int64_t first = sv_most(sv_ceil_divide(g->left - phase, g->sw), 0);
    const int64_t end = sv_least(sv_floor_divide(g->big_w - 1 + g->left - phase, g->sw) + 1, f->row), width = n->panel / 2;
    for (int64_t done = first, q; done < end; done += width) {
        q = sv_most(sv_least(done, end - width), first);
        n->turn((int)sv_least(width, end - q), !last, g->big_c, row + (q * g->sw + phase - g->left) * g->big_c,
                (int64_t)g->sw * g->big_c, to + q, g->sh * g->sw * f->plane);
    }
}

/* The window of small rows [row, row + rows) of one image. */
static void make_planes(const sv_native *n, const sv_conv_geometry *g, const frame *f, int64_t row, int64_t rows,
                        const float *image, float *planes)
{
    memset(planes, 0, (size_t)(f->planes * f->plane) * sizeof *planes);
    const sv_window w = sv_window_of_patches(g, 1, sv_small_rows(g, row, rows));
    const int64_t end = sv_least(w.height, g->big_h - w.top);
    for (int64_t y = sv_most(-w.top, 0); y < end; y++)
        for (int64_t x = 0; x < g->sw; x++)
            turn_columns(n, g, f, x, w.top + y == g->big_h - 1, image + (w.top + y) * g->big_w * g->big_c,
                         planes + (y % g->sh * g->sw + x) * f->plane + y / g->sh * f->row);
}

/* Blocks of at most CHAIN terms, as sv_field_gather cuts them. */
static void run_blocks(const sv_native *n, const sv_conv_geometry *g, const frame *f, sv_planar t, bool rectify)
{
    const sv_taps taps = { .rows = g->kh, .columns = g->kw, .run = g->big_c };
    for (int64_t first = 0; first < f->terms; first += t.terms, t.offset += t.terms, t.weights += t.terms * t.step) {
        t.terms = sv_block_terms(&taps, first);
        t.add = first > 0;
        if (first) t.bias = NULL;
        t.rectify = rectify && first + t.terms == f->terms;
        n->planar(&t);
    }
}

void sv_native_down_planar(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *v,
                           float *small, const sv_epilogue *e, float *workspace)
{
    const frame f = frame_of(g);
    int64_t *offset = (int64_t *)(void *)workspace;
    float *planes = (float *)(void *)(offset + f.terms), *results = planes + f.planes * f.plane;
    const int64_t row = (int64_t)g->small_w * g->small_c;
    const bool rectify = sv_native_rectifies(e);
    list_offsets(g, &f, offset);
    for (sv_band b = { 0 }; sv_bands_next(&f.bands, samples, &b);)
        for (int64_t image = b.first; image < b.first + b.images; image++) {
            float *to = small + (image * g->small_h + b.row) * row;
            const float *rectified = e->rectified ? e->rectified + (to - small) : NULL;
            make_planes(k->native, g, &f, b.row, b.rows, big + image * g->big_h * g->big_w * g->big_c, planes);
            run_blocks(k->native, g, &f,
                       (sv_planar){ .offset = offset,
                                    .from = planes,
                                    .weights = v,
                                    .step = g->small_c,
                                    .channels = g->small_c,
                                    .bias = e->bias,
                                    .pixels = b.rows * f.row,
                                    .to = results,
                                    .plane = f.results },
                       rectify);
            k->native->weave(g->small_c, g->small_w, results, f.results, to, b.rows, f.row, row);
            if (e->activation && !rectify) k->bias_activate(b.rows * g->small_w, g->small_c, to, NULL, e->activation);
            sv_rectify_backward(k, rectified, b.rows * row, to);
        }
}
