/*
 * wgrad: tiles of dV, each summed over all pixels before the next. A tile's rows are floats of a patch that lie side by side in
 * the big image: those of one row of the kernel, or of one tap where dilation or groups part them. Where these are few, a list
 * says where a tile's rows are, so that it takes rows of several taps; where they are to be lanes, patches are written out first.
 */
#include "kernels/native/native.h"
#include <string.h>

enum {
    IMAGES_FLOATS = 128 * 1024, /* of windows and patches of several images */
    WHOLE_FLOATS = 512 * 1024,  /* of both images of a sample: larger ones are cut into bands */
    BAND_FLOATS = 96 * 1024,    /* then */
    LISTED = 5,                 /* rows are, where runs are shorter */
    WRITTEN_OUT = 12,           /* patches are, where runs are shorter and dv is turned */
    TURNED = 16                 /* dv is, where the small channels are fewer */
};

/* What follows from the geometry. */
typedef struct frame {
    bool lanes;             /* depthwise */
    int64_t big_c, small_c; /* channels of a group */
    int64_t image;          /* floats to copy of a window */
    int64_t run, runs;      /* neighbouring floats of a patch, and how many such runs it has in a row of the kernel */
    int64_t patch, patches; /* floats of a patch, and of an image's patches where they are written out */
    int64_t images;         /* at a time */
    int64_t rows;           /* of small pixels at a time */
    int64_t levels, carry;  /* where these are not all: sums that stay open between bands, and floats of all of them */
} frame;

/* Rows of small pixels that make whole blocks (README.md), and blocks in such rows. */
static int64_t block_rows(const sv_conv_geometry *g)
{
    return sv_most(SV_NATIVE_BLOCK / g->small_w, 1);
}

static int64_t blocks_in(const sv_conv_geometry *g, int64_t rows)
{
    return sv_ceil_divide(rows, block_rows(g)) * sv_ceil_divide(g->small_w, SV_NATIVE_BLOCK);
}

/* Cuts a large sample into bands, so that not every tile reads all of it from memory, unless the open sums would be large too. */
static void cut(const sv_conv_geometry *g, frame *f)
{
    int64_t row = g->sh * sv_window_of_patches(g, 1, sv_small_rows(g, 0, 1)).width * g->big_c + (int64_t)g->small_w * g->small_c;
    f->rows = g->small_h;
    if (row * g->small_h <= WHOLE_FLOATS) return;
    int64_t rows = sv_most(BAND_FLOATS / row / block_rows(g), 1) * block_rows(g), levels = 0;
    for (int64_t n = blocks_in(g, g->small_h); n > 0; n /= 2) levels++;
    int64_t carry =
        levels * f->patch * (f->lanes ? 1 : g->groups) * sv_round_up(f->lanes ? g->small_c : f->small_c, SV_NATIVE_PANEL);
    if (rows >= g->small_h || carry > row * g->small_h / 4) return;
    f->rows = rows, f->levels = levels, f->carry = carry;
}

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .lanes = sv_native_is_depthwise(g), .big_c = g->big_c / g->groups, .small_c = g->small_c / g->groups };
    bool joined = g->groups == 1 && (g->dw == 1 || g->kw == 1);
    f.run = joined ? g->kw * f.big_c : f.big_c;
    f.runs = joined ? 1 : g->kw;
    f.patch = (int64_t)g->kh * g->kw * f.big_c;
    cut(g, &f);
    if (f.run < WRITTEN_OUT && f.run < f.patch && f.small_c < TURNED && f.small_c < f.patch && !f.lanes)
        f.patches = f.rows * g->small_w * f.patch;
    sv_window all = sv_window_of_patches(g, 1, sv_small_rows(g, 0, g->small_h)), w = sv_window_of_patches(g, 1, sv_small_rows(g, 0, f.rows));
    f.image = sv_window_floats(&all) ? w.height * w.width * w.channels : 0;
    f.images = sv_most(IMAGES_FLOATS / (all.height * all.width * g->big_c + f.patches), 1);
    return f;
}

int64_t sv_native_wgrad_workspace(const sv_conv_geometry *g, int samples)
{
    frame f = frame_of(g);
    return sv_least(f.images, samples) * (f.image + f.patches) + f.carry;
}

/* With `run` a constant a copy becomes a few moves. */
static inline __attribute__((always_inline)) void copy_each(int64_t count, int64_t run, float *to, int64_t to_step,
                                                            const float *from, int64_t from_step)
{
    for (int64_t k = 0; k < count; k++) memcpy(to + k * to_step, from + k * from_step, (size_t)run * sizeof *to);
}

static void copy_runs(int64_t count, int64_t run, float *to, int64_t to_step, const float *from, int64_t from_step)
{
    switch (run) {
    case 1:
        copy_each(count, 1, to, to_step, from, from_step);
        break;
    case 2:
        copy_each(count, 2, to, to_step, from, from_step);
        break;
    case 3:
        copy_each(count, 3, to, to_step, from, from_step);
        break;
    case 4:
        copy_each(count, 4, to, to_step, from, from_step);
        break;
    case 5:
        copy_each(count, 5, to, to_step, from, from_step);
        break;
    case 9:
        copy_each(count, 9, to, to_step, from, from_step);
        break;
    default:
        copy_each(count, run, to, to_step, from, from_step);
    }
}

/* The patches of one group: [images][small rows][small columns][patch]. */
static void write_patches(const sv_conv_geometry *g, const frame *f, const sv_window *w, int64_t rows, int group, float *to)
{
    for (int64_t row = 0; row < w->images * rows; row++) {
        const float *from = w->pixels + row / rows * w->image + row % rows * g->sh * w->row + group * f->big_c;
        float *patch = to + row * g->small_w * f->patch;
        for (int64_t u = 0; u < g->kh; u++)
            for (int64_t v = 0; v < f->runs; v++, patch += f->run)
                copy_runs(g->small_w, f->run, patch, f->patch, from + u * g->dh * w->row + v * g->dw * g->big_c,
                          (int64_t)g->sw * g->big_c);
    }
}

/* One of the two images of a gradient: its first float and steps in floats. */
typedef struct side {
    const float *at;
    int64_t image, row, column;
} side;

/* t with x for its rows and y for its channels. */
static sv_wgrad between(sv_wgrad t, const side *x, const side *y)
{
    t.x = x->at, t.x_image = x->image, t.x_row = x->row, t.x_column = x->column;
    t.y = y->at, t.y_image = y->image, t.y_row = y->row, t.y_column = y->column;
    return t;
}

/* The open sums of tiles, `floats` of a level after the first ones of `shape`. */
static float *carry_of(const frame *f, const sv_wgrad *shape, int64_t floats)
{
    return shape->carry ? shape->carry + f->levels * floats : NULL;
}

/* `run` neighbouring floats of patches by all small channels of a group. */
static void by_channels(const sv_native *n, const frame *f, const sv_wgrad *shape, const side *x, const side *y, int64_t run)
{
    sv_wgrad t = between(*shape, x, y);
    t.carry_step = run * n->panel;
    for (int64_t o = 0; o < f->small_c; o += n->panel, t.y += n->panel, t.to += n->panel) {
        t.carry = carry_of(f, shape, o * run);
        t.channels = (int)sv_least(n->panel, f->small_c - o);
        t.rows = (int)run;
        n->wgrad(&t);
    }
}

/* The same where the small channels are few: they are the tile's rows and the floats of patches its channels; dv is turned
 * over on the way there and back. */
static void by_patches(const sv_native *n, const frame *f, const sv_wgrad *shape, const side *x, const side *y, int64_t run)
{
    float turned[TURNED * SV_NATIVE_PANEL];
    sv_wgrad t = between(*shape, y, x);
    t.to = turned, t.to_step = n->panel, t.carry_step = f->small_c * n->panel;
    for (int64_t o = 0; o < run; o += n->panel, t.y += n->panel) {
        t.carry = carry_of(f, shape, o * f->small_c);
        float *dv = shape->to + o * shape->to_step;
        t.channels = (int)sv_least(n->panel, run - o);
        for (int r = 0; r < t.channels; r++)
            for (int64_t s = 0; s < f->small_c; s++) turned[s * n->panel + r] = dv[r * shape->to_step + s];
        t.rows = (int)f->small_c;
        n->wgrad(&t);
        for (int r = 0; r < t.channels; r++)
            for (int64_t s = 0; s < f->small_c; s++) dv[r * shape->to_step + s] = turned[s * n->panel + r];
    }
}

static void run_floats(const sv_native *n, const frame *f, const sv_wgrad *shape, const side *x, const side *y, int64_t run)
{
    if (f->small_c < TURNED && f->small_c < run)
        by_patches(n, f, shape, x, y, run);
    else
        by_channels(n, f, shape, x, y, run);
}

/* Depthwise: a tile's rows are the taps of a row of the kernel. */
static void run_lanes(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, const side *y, sv_wgrad t)
{
    side x = { w->pixels, w->image, g->sh * w->row, (int64_t)g->sw * g->big_c };
    t = between(t, &x, y);
    t.lanes = true, t.x_step = (int64_t)g->dw * g->big_c, t.rows = g->kw, t.carry_step = g->kw * n->panel;
    for (int64_t u = 0; u < g->kh; u++)
        for (int64_t o = 0; o < g->small_c; o += n->panel) {
            sv_wgrad tile = t;
            tile.carry = carry_of(f, &t, (u * sv_round_up(g->small_c, SV_NATIVE_PANEL) + o) * g->kw);
            tile.x += u * g->dh * w->row + o, tile.y += o, tile.to += u * g->kw * t.to_step + o;
            tile.channels = (int)sv_least(n->panel, g->small_c - o);
            n->wgrad(&tile);
        }
}

static void next_rows(const frame *f, sv_wgrad *t, int64_t rows)
{
    t->to += rows * t->to_step;
    t->carry = carry_of(f, t, rows * sv_round_up(f->small_c, SV_NATIVE_PANEL));
}

/* All floats of patches by all small channels of a group, their places listed. */
static void by_list(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_wgrad *shape, const side *x,
                    int64_t row, const side *y)
{
    int64_t place[5 * 12]; /* a multiple of what tiles take */
    sv_wgrad t = *shape;
    t.row = place;
    for (int64_t r = 0, count; r < f->patch; r += count, next_rows(f, &t, count)) {
        count = sv_least((int64_t)(sizeof place / sizeof *place), f->patch - r);
        for (int64_t k = 0; k < count; k++) {
            int64_t tap = (r + k) / f->run;
            place[k] = tap / f->runs * g->dh * row + tap % f->runs * g->dw * g->big_c + (r + k) % f->run;
        }
        by_channels(n, f, &t, x, y, count);
    }
}

/* One group of some images or of a band: w is their window, `patches` memory for their patches, t.to the group's part of dv. */
static void run_group(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, int group, const side *y,
                      sv_wgrad t, float *patches)
{
    if (f->patches) {
        side x = { patches, t.height * g->small_w * f->patch, g->small_w * f->patch, f->patch };
        write_patches(g, f, w, t.height, group, patches);
        run_floats(n, f, &t, &x, y, f->patch);
        return;
    }
    const side first = { w->pixels + group * f->big_c, w->image, g->sh * w->row, (int64_t)g->sw * g->big_c };
    if (f->run < LISTED && f->run < f->patch) {
        by_list(n, g, f, &t, &first, w->row, y);
        return;
    }
    for (int64_t u = 0; u < g->kh; u++)
        for (int64_t v = 0; v < f->runs; v++, next_rows(f, &t, f->run)) {
            side x = first;
            x.at += u * g->dh * w->row + v * g->dw * g->big_c;
            run_floats(n, f, &t, &x, y, f->run);
        }
}

/* All groups of some images, or of a band of one: small rows [row, row + shape->height). */
static void run_band(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, int64_t row,
                     const float *small, sv_wgrad shape, float *workspace)
{
    const int64_t step = (int64_t)g->small_w * g->small_c;
    side y = { small + row * step, g->small_h * step, step, g->small_c };
    float *patches = workspace + (f->image ? w->images * f->image : 0);
    shape.samples = w->images, shape.width = g->small_w, shape.to_step = g->small_c;
    shape.block = blocks_in(g, row), shape.more = row + shape.height < g->small_h;
    shape.carry = f->carry ? patches + w->images * f->patches : NULL;
    if (f->lanes) {
        run_lanes(n, g, f, w, &y, shape);
        return;
    }
    for (int group = 0; group < g->groups; group++, y.at += f->small_c, shape.to += f->small_c) {
        run_group(n, g, f, w, group, &y, shape, patches);
        shape.carry = carry_of(f, &shape, f->patch * sv_round_up(f->small_c, SV_NATIVE_PANEL));
    }
}

sv_window sv_native_wgrad_window(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                                 float *dv, float *workspace)
{
    frame f = frame_of(g);
    sv_window w = { 0 };
    for (int64_t n = 0; n < samples; n += f.images)
        for (int64_t row = 0; row < g->small_h; row += f.rows) {
            sv_wgrad shape = { .height = sv_least(f.rows, g->small_h - row), .to = dv };
            w = sv_window_of_patches(g, sv_least(f.images, samples - n), sv_small_rows(g, row, shape.height));
            sv_window_open(k->native, &w, big + n * g->big_h * g->big_w * g->big_c, workspace);
            run_band(k->native, g, &f, &w, row, small + n * g->small_h * g->small_w * g->small_c, shape, workspace);
        }
    if (f.rows < g->small_h) w.images = 0;
    return w;
}

void sv_native_wgrad(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                     float *workspace)
{
    sv_native_wgrad_window(k, g, samples, big, small, dv, workspace);
}
