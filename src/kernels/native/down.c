/*
 * down: every small pixel gathers its patch of the big image. Weights are packed into panels of channels
 * [group][panel][u, v, c][channel], the last one filled up with zeros; where patches leave the image, zeros stand in a copy.
 */
#include "kernels/native/native.h"
#include <string.h>

enum { PIXELS = 64, MOST_FLOATS = 256 * 1024 }; /* of a band, at least, if its window has no more than so many floats */

/* What follows from the geometry. */
typedef struct frame {
    bool lanes; /* depthwise: all channels as of one group */
    int64_t groups;
    int64_t big_c, small_c; /* channels of a group that meet, and that a panel is taken from */
    int64_t depth;          /* terms of a chain */
    int64_t row, fixed;     /* floats of the window: more for each small row, and besides */
    sv_bands bands;
} frame;

/* Large weights come from beyond the cache once for each band: it has some pixels to use them on, though its window grows. */
static void widen(const sv_conv_geometry *g, frame *f)
{
    const int64_t rows = sv_ceil_divide(PIXELS, g->small_w), parts = sv_ceil_divide(g->small_h, rows);
    if (f->bands.most_rows < rows && f->fixed + rows * f->row <= MOST_FLOATS)
        f->bands.most_rows = sv_ceil_divide(g->small_h, parts);
}

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .lanes = sv_native_is_depthwise(g), .big_c = g->big_c / g->groups };
    f.groups = f.lanes ? 1 : g->groups;
    f.small_c = g->small_c / f.groups;
    f.depth = (int64_t)g->kh * g->kw * f.big_c;
    sv_window one = sv_window_of_patches(g, 1, sv_small_rows(g, 0, 1));
    f.row = g->sh * one.width * g->big_c;
    f.fixed = (one.height - g->sh) * one.width * g->big_c;
    f.bands = sv_bands_of(g->small_h, f.fixed, f.row);
    widen(g, &f);
    return f;
}

/* Floats of all panels; the kernel as it is stands behind them where it may be asked for. */
static int64_t panels(const frame *f)
{
    return f->groups * sv_round_up(f->small_c, SV_NATIVE_PANEL) * f->depth;
}

int64_t sv_native_down_packed(const sv_conv_geometry *g)
{
    sv_conv_geometry mirror = sv_native_mirror(g);
    if (sv_native_down_is_thin(g)) return sv_native_up_thin_packed(&mirror);
    frame f = frame_of(g);
    return panels(&f) + (sv_native_down_may_be_planar(g) ? f.depth * g->small_c : 0);
}

static void pack(const sv_conv_geometry *g, const frame *f, int panel, const float *v, float *to)
{
    for (int64_t group = 0; group < f->groups; group++)
        for (int64_t o = 0; o < f->small_c; o += panel) {
            const float *from = v + group * f->small_c + o;
            size_t count = (size_t)sv_least(panel, f->small_c - o), rest = (size_t)panel - count;
            for (int64_t k = 0; k < f->depth; k++, to += panel) {
                memcpy(to, from + k * g->small_c, count * sizeof *to);
                if (rest) memset(to + count, 0, rest * sizeof *to);
            }
        }
}

void sv_native_down_pack(const sv_native *n, const sv_conv_geometry *g, const float *v, float *to)
{
    sv_conv_geometry mirror = sv_native_mirror(g);
    frame f = frame_of(g);
    if (sv_native_down_is_thin(g))
        sv_native_up_thin_pack(&mirror, v, true, to);
    else
        pack(g, &f, n->panel, v, to);
    if (sv_native_down_may_be_planar(g)) memcpy(to + panels(&f), v, (size_t)(f.depth * g->small_c) * sizeof *to);
}

int64_t sv_native_down_workspace(const sv_conv_geometry *g, int samples)
{
    sv_conv_geometry mirror = sv_native_mirror(g);
    if (sv_native_down_is_thin(g)) return sv_native_up_thin_workspace(&mirror, samples);
    frame f = frame_of(g);
    sv_window w = sv_window_of_patches(g, 1, sv_small_rows(g, 0, g->small_h));
    int64_t floats = sv_window_floats(&w) ? sv_bands_floats(&f.bands, samples, f.fixed, f.row) : 0;
    return sv_native_down_may_be_planar(g) ? sv_most(floats, sv_native_down_planar_workspace(g)) : floats;
}

/* Small pixels whose patches lie inside the big image. */
static sv_rect inner_of(const sv_conv_geometry *g)
{
    const int64_t rows_end = sv_floor_divide(g->big_h - 1 + g->top - (int64_t)(g->kh - 1) * g->dh, g->sh) + 1;
    const int64_t columns_end = sv_floor_divide(g->big_w - 1 + g->left - (int64_t)(g->kw - 1) * g->dw, g->sw) + 1;
    const int64_t row = sv_ceil_divide(g->top, g->sh), column = sv_ceil_divide(g->left, g->sw);
    return (sv_rect){ row, rows_end - row, column, columns_end - column };
}

/* A band in one part or more, the windows opened in the workspace. */
static void open_band(const sv_native *n, const sv_conv_geometry *g, const sv_band *b, const float *big, float *workspace,
                      sv_parts *p)
{
    p->count = 1;
    p->rect[0] = sv_small_rows(g, b->row, b->rows);
    const int64_t uses = (int64_t)g->kh * g->kw * (g->small_c / g->groups) / (g->sh * g->sw);
    p->window[0] = sv_window_of_patches(g, b->images, p->rect[0]);
    if (sv_parts_are_worth_it(p, uses)) sv_parts_cut(p, g, inner_of(g), sv_window_of_patches);
    sv_parts_open(n, p, big + b->first * g->big_h * g->big_w * g->big_c, workspace);
}

/* A panel of channels, from the channel `at` on, of the parts of a band; big channels are read from `from` on. `rectified` (or
 * NULL) and `small` are of the band's first image. */
static void gather_parts(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_parts *parts, sv_gather t,
                         int64_t from, int64_t at, const float *rectified, float *small)
{
    const int64_t row = (int64_t)g->small_w * g->small_c;
    for (int k = 0; k < parts->count; k++) {
        const sv_rect *r = &parts->rect[k];
        const sv_window *w = &parts->window[k];
        const int64_t to = r->row * row + r->column * g->small_c + at;
        const sv_taps taps = { g->kh, g->kw, f->big_c, g->dh * w->row, (int64_t)g->dw * g->big_c };
        const sv_field field = { w->images,        r->rows,  r->columns,     w->pixels + from,
                                 small + to,       w->image, g->sh * w->row, (int64_t)g->sw * g->big_c,
                                 g->small_h * row, row,      g->small_c,     rectified ? rectified + to : NULL };
        sv_field_gather(n, &taps, &t, &field);
    }
}

/* The operands of a call. */
typedef struct operands {
    const sv_vectors *k;
    const sv_conv_geometry *g;
    frame f;
    const float *packed;
    float *small;
    const sv_epilogue *e;
} operands;

static void run_band(const operands *p, const sv_band *b, const sv_parts *parts)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = &p->f;
    const sv_epilogue *e = p->e;
    const int panel = p->k->native->panel;
    const int64_t row = (int64_t)g->small_w * g->small_c, first = b->first * g->small_h * row;
    const float *rectified = e->rectified ? e->rectified + first : NULL;
    sv_gather t = { .panel = p->packed,
                    .start = e->accumulate ? SV_START_CONTINUE : SV_START_BIAS,
                    .rectify = sv_native_rectifies(e),
                    .lanes = f->lanes };
    for (int64_t group = 0; group < f->groups; group++)
        for (int64_t o = 0; o < f->small_c; o += panel, t.panel += f->depth * panel) {
            const int64_t at = group * f->small_c + o;
            t.bias = e->bias ? e->bias + at : NULL;
            t.channels = (int)sv_least(panel, f->small_c - o);
            gather_parts(p->k->native, g, f, parts, t, f->lanes ? o : group * f->big_c, at, rectified, p->small + first);
        }
    if (e->activation && !t.rectify)
        p->k->bias_activate(b->images * b->rows * g->small_w, g->small_c, p->small + first + b->row * row, NULL, e->activation);
}

void sv_native_down(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *packed,
                    float *small, const sv_epilogue *e, float *workspace)
{
    const sv_conv_geometry mirror = sv_native_mirror(g);
    const operands p = { k, g, frame_of(g), packed, small, e };
    sv_parts parts;
    if (sv_native_down_is_thin(g)) {
        sv_native_up_thin(k, &mirror, samples, big, packed, small, e, workspace);
        return;
    }
    if (sv_native_down_is_planar(k->native, g, e)) {
        sv_native_down_planar(k, g, samples, big, packed + panels(&p.f), small, e, workspace);
        return;
    }
    for (sv_band b = { 0 }; sv_bands_next(&p.f.bands, samples, &b);) {
        open_band(k->native, g, &b, big, workspace, &parts);
        run_band(&p, &b, &parts);
    }
}

/* Those small rows whose window wgrad has just read, in bands of their own. */
static void visit(const void *context, const sv_window *w, const sv_band *seen)
{
    const operands *p = context;
    const sv_conv_geometry *g = p->g;
    sv_bands bands = p->f.bands;
    bands.height = seen->rows;
    for (sv_band b = { 0 }; sv_bands_next(&bands, seen->images, &b);) {
        const sv_band at = { seen->first + b.first, b.images, seen->row + b.row, b.rows };
        sv_parts parts = { .count = 1, .rect = { sv_small_rows(g, at.row, at.rows) }, .window = { *w } };
        parts.window[0].images = b.images;
        parts.window[0].pixels += b.first * w->image + b.row * g->sh * w->row;
        run_band(p, &at, &parts);
    }
}

void sv_native_wgrad_down(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                          float *dv, sv_bias_gradient bias, const float *packed, float *down, const sv_epilogue *e,
                          float *workspace)
{
    const operands p = { k, g, frame_of(g), packed, down, e };
    const bool apart = sv_native_down_is_thin(g) || sv_native_down_is_planar(k->native, g, e);
    sv_native_wgrad_bands(k, g, samples, big, small, dv, bias, workspace, apart ? NULL : visit, &p);
    if (apart) sv_native_down(k, g, samples, big, packed, down, e, workspace);
}
