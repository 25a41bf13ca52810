/*
 * up: every big pixel gathers the small pixels that reach it. Those whose position has the same remainders by the strides use
 * the same taps (a phase), so each phase is a convolution of stride 1 with some of the kernel's taps: nothing is scattered and
 * nothing multiplied by zeros but what lies outside the small image. Weights are packed into panels
 * [group][panel][phase][tap u, v][small channel][big channel].
 */
#include "kernels/native/native.h"
#include <string.h>

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
    int64_t left, width;    /* columns of the small image that big pixels reach */
    int64_t row, fixed;     /* floats of the window, at most: more for each big row, and besides */
    sv_bands bands;
} frame;

static extent rows_of(const sv_conv_geometry *g, int64_t first, int64_t rows)
{
    return (extent){ g->kh, g->sh, g->dh, g->top + first, rows };
}

static extent columns_of(const sv_conv_geometry *g)
{
    return (extent){ g->kw, g->sw, g->dw, g->left, g->big_w };
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
    f.width = sv_most(reached(columns_of(g), &f.left), 1);
    f.row = f.width * g->small_c;
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
static float *pack_tap(const frame *f, int panel, int64_t channels, const float *from, float *to)
{
    for (int64_t s = 0; s < f->small_c; s++, to += panel) {
        for (int64_t o = 0; o < channels; o++) to[o] = from[o * f->channel + s];
        memset(to + channels, 0, (size_t)(panel - channels) * sizeof *to);
    }
    return to;
}

static float *pack_phase(const sv_conv_geometry *g, const frame *f, int panel, int64_t channels, const axis *y, const axis *x,
                         const float *v, float *to)
{
    for (int64_t r = 0; r < y->taps; r++)
        for (int64_t c = 0; c < x->taps; c++) {
            int64_t tap = (y->tap + r * y->tap_step) * g->kw + x->tap + c * x->tap_step;
            to = pack_tap(f, panel, channels, v + tap * f->tap, to);
        }
    return to;
}

static void pack(const sv_conv_geometry *g, const frame *f, int panel, const float *v, float *to)
{
    phases all = phases_of(g);
    for (int64_t group = 0; group < f->groups; group++)
        for (int64_t o = 0; o < f->big_c; o += panel)
            for (int64_t phase = 0; phase < all.count; phase++) {
                axis y = axis_of(rows_of(g, 0, g->big_h), phase / all.across), x = axis_of(columns_of(g), phase % all.across);
                to = pack_phase(g, f, panel, sv_least(panel, f->big_c - o), &y, &x, v + o * f->channel + group * f->small_c, to);
            }
}

void sv_native_up_pack(const sv_native *n, const sv_conv_geometry *g, const float *v, float *to)
{
    frame f = frame_of(g);
    if (sv_native_up_is_thin(g))
        sv_native_up_thin_pack(g, v, false, to);
    else
        pack(g, &f, n->panel, v, to);
}

/* The operands of one band. */
typedef struct part {
    const sv_vectors *k;
    const sv_conv_geometry *g;
    const frame *f;
    const sv_epilogue *e;
    sv_window window;
    const sv_band *band;
    extent rows;
    float *big, *out; /* the first pixel of all and of the band */
    const float *panel;
} part;

/* One phase of one panel; moves on to the next panel of weights. */
static void run_phase(part *p, int64_t group, int64_t o, int64_t phase)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    const sv_native *n = p->k->native;
    const sv_window *w = &p->window;
    int64_t channel = group * f->big_c + o, row = (int64_t)g->big_w * g->big_c;
    int64_t across = phases_of(g).across;
    axis y = axis_of(p->rows, phase / across), x = axis_of(columns_of(g), phase % across);
    sv_taps taps = { y.taps, x.taps, f->small_c, y.at_step * w->row, x.at_step * g->small_c };
    sv_gather t = { .panel = p->panel,
                    .bias = p->e->bias ? p->e->bias + channel : NULL,
                    .channels = (int)sv_least(n->panel, f->big_c - o),
                    .start = p->e->accumulate ? SV_START_CONTINUE : SV_START_BIAS,
                    .rectify = sv_native_rectifies(p->e),
                    .lanes = f->lanes };
    sv_field field = { p->band->images,
                       y.count,
                       x.count,
                       w->pixels + (f->lanes ? o : group * f->small_c),
                       p->out + y.first * row + x.first * g->big_c + channel,
                       w->image,
                       w->row,
                       g->small_c,
                       g->big_h * row,
                       g->sh * row,
                       (int64_t)g->sw * g->big_c,
                       NULL };
    if (p->e->rectified) field.rectified = p->e->rectified + (field.out - p->big);
    if (y.taps && x.taps) field.in += (y.at - w->top) * w->row + (x.at - w->left) * g->small_c;
    p->panel += y.taps * x.taps * f->small_c * n->panel;
    sv_field_gather(n, &taps, &t, &field);
}

static void run_band(part *p, const float *small, float *space)
{
    const sv_conv_geometry *g = p->g;
    p->window = (sv_window){ .images = p->band->images,
                             .image_height = g->small_h,
                             .image_width = g->small_w,
                             .channels = g->small_c,
                             .left = p->f->left,
                             .width = p->f->width };
    p->window.height = reached(p->rows, &p->window.top);
    sv_window_open(p->k->native, &p->window, small + p->band->first * g->small_h * g->small_w * g->small_c, space);
    for (int64_t group = 0; group < p->f->groups; group++)
        for (int64_t o = 0; o < p->f->big_c; o += p->k->native->panel)
            for (int64_t phase = 0; phase < phases_of(g).count; phase++) run_phase(p, group, o, phase);
}

static void up_phases(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed,
                      float *big, const sv_epilogue *e, float *workspace)
{
    frame f = frame_of(g);
    for (sv_band b = { 0 }; sv_bands_next(&f.bands, samples, &b);) {
        int64_t first = b.row * g->sh, rows = sv_least(b.rows * g->sh, g->big_h - first);
        float *out = big + (b.first * g->big_h + first) * g->big_w * g->big_c;
        part p = { k, g, &f, e, { 0 }, &b, rows_of(g, first, rows), big, out, packed };
        run_band(&p, small, workspace);
        if (e->activation && !sv_native_rectifies(e))
            k->bias_activate(b.images * rows * g->big_w, g->big_c, out, NULL, e->activation);
    }
}

void sv_native_up(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed, float *big,
                  const sv_epilogue *e, float *workspace)
{
    if (sv_native_up_is_thin(g))
        sv_native_up_thin(k, g, samples, small, packed, big, e, workspace);
    else
        up_phases(k, g, samples, small, packed, big, e, workspace);
}
