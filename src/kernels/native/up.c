/*
 * up: every big pixel gathers the small pixels that reach it. Those whose position has the same remainders by the strides use
 * the same taps (a phase), so each phase is a convolution of stride 1 with some of the kernel's taps: nothing is scattered and
 * nothing multiplied by zeros but what lies outside the small image. Weights are packed into panels
 * [group][panel][phase][tap u, v][small channel][big channel].
 */
#include "kernels/native/native.h"

/* One axis of a phase, in some stretch of big pixels. */
typedef struct axis {
    int64_t first, count;        /* big pixels first, first + stride, ... */
    int64_t tap, tap_step, taps; /* taps tap, tap + tap_step, ... reach them */
    int64_t at, at_step;         /* the first one from small pixel `at` to pixel `first`, the next from at + at_step */
} axis;

/* Terms of an axis in the geometry: kernel k, stride s, dilation d, and the crop before the first of `length` big pixels. */
typedef struct extent {
    int64_t k, s, d, before, length;
} extent;

/* Phases of a whole image, a row of them for each of its first rows. */
typedef struct phases {
    int64_t across, count;
} phases;

static phases phases_of(const sv_conv_geometry *g)
{
    int64_t down = sv_least(g->sh, g->big_h), across = sv_least(g->sw, g->big_w);
    return (phases){ across, down * across };
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b, b = rest;
    }
    return a;
}

/* The phase of big pixel `first`. Big pixel y and tap u meet small pixel (y + before - u d) / s where that is a whole number. */
static axis axis_of(extent e, int64_t first)
{
    axis a = { .first = first, .tap_step = e.s / common_divisor(e.s, e.d) };
    int64_t at = first + e.before;
    a.count = first < e.length ? (e.length - first + e.s - 1) / e.s : 0;
    while (a.tap < e.k && a.tap < e.s && (at - a.tap * e.d) % e.s) a.tap++;
    if (a.tap < e.k && (at - a.tap * e.d) % e.s == 0) a.taps = (e.k - a.tap + a.tap_step - 1) / a.tap_step;
    a.at = sv_floor_divide(at - a.tap * e.d, e.s);
    a.at_step = -a.tap_step * e.d / e.s;
    return a;
}

/* What follows from the geometry. */
typedef struct frame {
    bool lanes; /* depthwise: all channels as of one group */
    int64_t groups;
    int64_t big_c, small_c; /* channels of a group that a panel is taken from, and that meet */
    int64_t tap, channel;   /* floats of V from one tap to the next, and from one big channel */
    int64_t row, fixed;     /* floats of the window, at most: more for each big row, and besides */
    sv_bands bands;
} frame;

static extent rows_of(const sv_conv_geometry *g, int64_t first, int64_t rows)
{
    return (extent){ g->kh, g->sh, g->dh, g->top + first, rows };
}

static extent columns_of(const sv_conv_geometry *g, int64_t first, int64_t columns)
{
    return (extent){ g->kw, g->sw, g->dw, g->left + first, columns };
}

/* The small pixels [*first, *first + return value) that reach a stretch of big ones. */
static int64_t reached(extent e, int64_t *first)
{
    *first = sv_ceil_divide(e.before - (e.k - 1) * e.d, e.s);
    return sv_floor_divide(e.before + e.length - 1, e.s) - *first + 1;
}

/* Bands are of stride big rows, so that each has rows of every phase. */
static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .lanes = sv_native_is_depthwise(g), .small_c = g->small_c / g->groups };
    f.groups = f.lanes ? 1 : g->groups;
    f.big_c = g->big_c / f.groups;
    f.tap = g->big_c / g->groups * g->small_c;
    f.channel = f.lanes ? 1 : g->small_c;
    int64_t left;
    f.row = sv_most(reached(columns_of(g, 0, g->big_w), &left), 1) * g->small_c;
    f.fixed = (((int64_t)(g->kh - 1) * g->dh + g->sh - 1) / g->sh) * f.row;
    f.bands = sv_bands_of(sv_ceil_divide(g->big_h, g->sh), f.fixed, f.row);
    return f;
}

int64_t sv_native_up_packed(const sv_conv_geometry *g)
{
    if (sv_native_up_is_thin(g)) return sv_native_up_thin_packed(g);
    frame f = frame_of(g);
    return f.groups * sv_round_up(f.big_c, SV_NATIVE_PANEL) * g->kh * g->kw * f.small_c;
}

int64_t sv_native_up_workspace(const sv_conv_geometry *g, int samples)
{
    if (sv_native_up_is_thin(g)) return sv_native_up_thin_workspace(g, samples);
    frame f = frame_of(g);
    return sv_bands_floats(&f.bands, samples, f.fixed, f.row);
}

/* One tap's weights [big channel][small channel], turned over. */
static float *pack_tap(const sv_native *n, const frame *f, int64_t channels, const float *from, float *to)
{
    const int64_t width = n->panel / 2;
    for (int64_t o = 0; o < n->panel; o += width) {
        const int64_t first = sv_least(o, channels);
        n->turn((int)sv_least(channels - first, width), false, f->small_c, from + first * f->channel, f->channel, to + o, n->panel);
    }
    return to + f->small_c * n->panel;
}

static float *pack_phase(const sv_native *n, const sv_conv_geometry *g, const frame *f, int64_t channels, const axis *y,
                         const axis *x, const float *v, float *to)
{
    for (int64_t r = 0; r < y->taps; r++)
        for (int64_t c = 0; c < x->taps; c++) {
            int64_t tap = (y->tap + r * y->tap_step) * g->kw + x->tap + c * x->tap_step;
            to = pack_tap(n, f, channels, v + tap * f->tap, to);
        }
    return to;
}

static void pack(const sv_native *n, const sv_conv_geometry *g, const frame *f, const float *v, float *to)
{
    phases all = phases_of(g);
    for (int64_t group = 0; group < f->groups; group++)
        for (int64_t o = 0; o < f->big_c; o += n->panel)
            for (int64_t phase = 0; phase < all.count; phase++) {
                axis y = axis_of(rows_of(g, 0, g->big_h), phase / all.across);
                axis x = axis_of(columns_of(g, 0, g->big_w), phase % all.across);
                to = pack_phase(n, g, f, sv_least(n->panel, f->big_c - o), &y, &x, v + o * f->channel + group * f->small_c, to);
            }
}

void sv_native_up_pack(const sv_native *n, const sv_conv_geometry *g, const float *v, float *to)
{
    frame f = frame_of(g);
    if (sv_native_up_is_thin(g))
        sv_native_up_thin_pack(g, v, false, to);
    else
        pack(n, g, &f, v, to);
}

/* Big pixels in units of as many as the strides, all phases of one position: some rows of units, in some columns of them. */
static extent unit_rows(const sv_conv_geometry *g, const sv_rect *units)
{
    const int64_t first = units->row * g->sh;
    return rows_of(g, first, sv_least(units->rows * g->sh, g->big_h - first));
}

static extent unit_columns(const sv_conv_geometry *g, const sv_rect *units)
{
    const int64_t first = units->column * g->sw;
    return columns_of(g, first, sv_least(units->columns * g->sw, g->big_w - first));
}

/* The small pixels that some units reach. */
static sv_window window_of_units(const sv_conv_geometry *g, int64_t images, sv_rect units)
{
    sv_window w = { .images = images, .image_height = g->small_h, .image_width = g->small_w, .channels = g->small_c };
    w.height = reached(unit_rows(g, &units), &w.top);
    w.width = reached(unit_columns(g, &units), &w.left);
    return w;
}

/* The units of an axis that reach only small pixels of the image, which is `small` long: *first and on, as many as returned. */
static int64_t inner_units(extent e, int64_t small, int64_t *first)
{
    *first = sv_floor_divide((e.k - 1) * e.d - e.before, e.s);
    return sv_ceil_divide(small * e.s - e.before - e.s + 1, e.s) - *first;
}

static sv_rect inner_of(const sv_conv_geometry *g)
{
    sv_rect r;
    r.rows = inner_units(rows_of(g, 0, g->big_h), g->small_h, &r.row);
    r.columns = inner_units(columns_of(g, 0, g->big_w), g->small_w, &r.column);
    return r;
}

/* The operands of a call. */
typedef struct operands {
    const sv_vectors *k;
    const sv_conv_geometry *g;
    frame f;
    const float *small, *packed;
    float *big;
    const sv_epilogue *e;
    float *workspace;
} operands;

/* A band in parts; `rectified` (or NULL) and `out` are of its first image. */
typedef struct opened {
    sv_parts parts;
    const float *rectified;
    float *out;
} opened;

/* One phase of one panel of the channels of a group, from o on, in one part of the band. Returns the floats of its weights. */
static int64_t run_phase(const operands *p, const opened *b, int part, const sv_gather *t, int64_t group, int64_t o, int64_t phase)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = &p->f;
    const sv_rect *units = &b->parts.rect[part];
    const sv_window *w = &b->parts.window[part];
    const int64_t across = phases_of(g).across, row = (int64_t)g->big_w * g->big_c;
    const axis y = axis_of(unit_rows(g, units), phase / across), x = axis_of(unit_columns(g, units), phase % across);
    const sv_taps taps = { y.taps, x.taps, f->small_c, y.at_step * w->row, x.at_step * g->small_c };
    const int64_t to = (units->row * g->sh + y.first) * row + (units->column * g->sw + x.first) * g->big_c + group * f->big_c + o;
    sv_field field = { w->images,
                       y.count,
                       x.count,
                       w->pixels + (f->lanes ? o : group * f->small_c),
                       b->out + to,
                       w->image,
                       w->row,
                       g->small_c,
                       g->big_h * row,
                       g->sh * row,
                       (int64_t)g->sw * g->big_c,
                       b->rectified ? b->rectified + to : NULL };
    if (y.taps && x.taps) field.in += (y.at - w->top) * w->row + (x.at - w->left) * g->small_c;
    sv_field_gather(p->k->native, &taps, t, &field);
    return y.taps * x.taps * f->small_c * p->k->native->panel;
}

/* A phase has the same weights in all parts. */
static void run_panels(const operands *p, const opened *b)
{
    const frame *f = &p->f;
    const sv_epilogue *e = p->e;
    const int panel = p->k->native->panel;
    sv_gather t = { .panel = p->packed,
                    .start = e->accumulate ? SV_START_CONTINUE : SV_START_BIAS,
                    .rectify = sv_native_rectifies(e),
                    .lanes = f->lanes };
    for (int64_t group = 0; group < f->groups; group++)
        for (int64_t o = 0; o < f->big_c; o += panel) {
            t.bias = e->bias ? e->bias + group * f->big_c + o : NULL;
            t.channels = (int)sv_least(panel, f->big_c - o);
            for (int64_t phase = 0, floats = 0; phase < phases_of(p->g).count; phase++, t.panel += floats)
                for (int part = 0; part < b->parts.count; part++) floats = run_phase(p, b, part, &t, group, o, phase);
        }
}

/* A band in one part or more, the windows opened in `space`. */
static void open_band(const sv_native *n, const sv_conv_geometry *g, const sv_band *b, const float *small, float *space,
                      sv_parts *p)
{
    const int64_t uses = (int64_t)g->kh * g->kw * (g->big_c / g->groups);
    p->count = 1;
    p->rect[0] = (sv_rect){ b->row, b->rows, 0, sv_ceil_divide(g->big_w, g->sw) };
    p->window[0] = window_of_units(g, b->images, p->rect[0]);
    if (sv_parts_are_worth_it(p, uses)) sv_parts_cut(p, g, inner_of(g), window_of_units);
    sv_parts_open(n, p, small + b->first * g->small_h * g->small_w * g->small_c, space);
}

/* Units of stride big rows, of some images. */
static void run_band(const operands *p, const sv_band *b)
{
    const sv_conv_geometry *g = p->g;
    const sv_epilogue *e = p->e;
    const int64_t row = (int64_t)g->big_w * g->big_c, image = b->first * g->big_h * row;
    const int64_t first = b->row * g->sh, rows = sv_least(b->rows * g->sh, g->big_h - first);
    opened band = { .rectified = e->rectified ? e->rectified + image : NULL, .out = p->big + image };
    open_band(p->k->native, g, b, p->small, p->workspace, &band.parts);
    run_panels(p, &band);
    if (e->activation && !sv_native_rectifies(e))
        p->k->bias_activate(b->images * rows * g->big_w, g->big_c, band.out + first * row, NULL, e->activation);
}

void sv_native_up(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed, float *big,
                  const sv_epilogue *e, float *workspace)
{
    if (sv_native_up_is_thin(g)) {
        sv_native_up_thin(k, g, samples, small, packed, big, e, workspace);
        return;
    }
    const operands p = { k, g, frame_of(g), small, packed, big, e, workspace };
    for (sv_band b = { 0 }; sv_bands_next(&p.f.bands, samples, &b);) run_band(&p, &b);
}

/* About the big rows that wgrad has just read: as many units as small rows, and with the last ones all that are left. */
static void visit(const void *context, const sv_window *w, const sv_band *seen)
{
    (void)w;
    const operands *p = context;
    const int64_t units = sv_ceil_divide(p->g->big_h, p->g->sh), end = seen->row + seen->rows;
    const int64_t from = sv_least(seen->row, units), to = end < p->g->small_h ? sv_least(end, units) : units;
    sv_bands bands = p->f.bands;
    bands.height = to - from;
    for (sv_band b = { 0 }; bands.height && sv_bands_next(&bands, seen->images, &b);)
        run_band(p, &(sv_band){ seen->first + b.first, b.images, from + b.row, b.rows });
}

static bool follows(const sv_conv_geometry *g)
{
    return sv_native_wgrad_is_banded(g) && !sv_native_up_is_thin(g);
}

int64_t sv_native_wgrad_up_workspace(const sv_conv_geometry *g, int samples)
{
    return follows(g) ? sv_native_wgrad_workspace(g, samples) + sv_native_up_workspace(g, samples) : 0;
}

void sv_native_wgrad_up(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                        float *dv, sv_bias_gradient bias, const float *packed, float *up, const sv_epilogue *e, float *workspace)
{
    if (follows(g)) {
        const operands p = { k, g, frame_of(g), small, packed, up, e, workspace + sv_native_wgrad_workspace(g, samples) };
        sv_native_wgrad_bands(k, g, samples, big, small, dv, bias, workspace, visit, &p);
        return;
    }
    sv_native_wgrad(k, g, samples, big, small, dv, bias, workspace);
    sv_native_up(k, g, samples, small, packed, up, e, workspace);
}
