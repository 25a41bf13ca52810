/*
 * wgrad: tiles of dV, each summed over all pixels before the next. A tile's rows are floats of a patch that lie side by side in
 * the big image: those of one row of the kernel, or of one tap where dilation or groups part them. Where these are few, a list
 * says where a tile's rows are, so that it takes rows of several taps. Where small channels leave more lanes empty than floats of
 * patches do, they change places: a list of strips, of a vector each, says where the floats are.
 */
#include "kernels/native/native.h"
#include <string.h>

enum {
    IMAGES_FLOATS = 128 * 1024, /* of windows of several images */
    WHOLE_FLOATS = 512 * 1024,  /* of both images of a sample: larger ones are cut into bands */
    BAND_FLOATS = 96 * 1024,    /* then */
    CARRY_FLOATS = 256 * 1024,  /* of the sums that stay open between them: more small channels than these are of take turns */
    SLICE_FLOATS = 96 * 1024,   /* of the rows that one row of the kernel meets: where there are more, all small channels have */
    PIECE = 96,                 /* so many floats of a run before the next ones */
    LISTED = 5,                 /* rows are, where runs are shorter */
    APART = 256,                /* small channels of all groups and more: a panel's are copied side by side for all tiles */
    REUSED = 96,                /* if so many floats of a patch meet them */
    STRIPS = 8,                 /* of patches, whose part of dv is turned at a time */
    TURNED = 64                 /* small channels at most, then */
};

/* What follows from the geometry. */
typedef struct frame {
    bool lanes;             /* depthwise */
    int64_t big_c, small_c; /* channels of a group */
    int64_t image;          /* floats to copy of a window */
    int64_t run, runs;      /* neighbouring floats of a patch, and how many such runs it has in a row of the kernel */
    int64_t patch;          /* floats of a patch */
    int64_t images;         /* at a time; one where it comes in bands */
    int64_t rows;           /* of small pixels at a time */
    int64_t levels, carry;  /* where these are not all: sums that stay open between bands, and floats of all of them */
    int64_t turn;           /* small channels at a time; those of a group where there are several */
    int64_t sums;           /* then: floats of those of the bias's gradient */
    int64_t panels;         /* floats of an image's small channels in panels, of one group, where they are copied */
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

/* Floats of the sums of one turn of a group, with rows of either kind; all channels are one group's where they are lanes. */
static int64_t group_carry(const frame *f)
{
    const int64_t by_channels = f->patch * sv_round_up(f->turn, SV_NATIVE_PANEL);
    const int64_t by_patches = f->turn * (f->patch / f->run) * sv_round_up(f->run, SV_NATIVE_PANEL / 2);
    return f->lanes ? by_channels : sv_most(by_channels, by_patches);
}

/* Small channels whose open sums are few enough: as many whole panels, in turns as alike as can be. */
static int64_t turn_of(const sv_conv_geometry *g, const frame *f)
{
    const int64_t most = sv_most(CARRY_FLOATS / (f->levels * f->patch) / SV_NATIVE_PANEL, 1) * SV_NATIVE_PANEL;
    const int64_t turns = sv_ceil_divide(f->small_c, most);
    return f->lanes || g->groups > 1 || turns == 1 ? f->small_c : sv_round_up(sv_ceil_divide(f->small_c, turns), SV_NATIVE_PANEL);
}

/* Cuts a large sample into bands, so that not every tile reads all of it from memory. */
static void cut(const sv_conv_geometry *g, frame *f)
{
    int64_t row = g->sh * sv_window_of_patches(g, 1, sv_small_rows(g, 0, 1)).width * g->big_c + (int64_t)g->small_w * g->small_c;
    f->rows = g->small_h, f->turn = f->small_c;
    if (row * g->small_h <= WHOLE_FLOATS) return;
    int64_t rows = sv_most(BAND_FLOATS / row / block_rows(g), 1) * block_rows(g);
    if (rows >= g->small_h) return;
    f->rows = rows, f->sums = sv_bias_sums_floats(g);
    f->levels = 1;
    for (int64_t n = blocks_in(g, g->small_h); n > 1; n /= 2) f->levels++;
    f->turn = turn_of(g, f);
    f->carry = f->levels * group_carry(f) * (f->lanes ? 1 : g->groups);
}

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .lanes = sv_native_is_depthwise(g), .big_c = g->big_c / g->groups };
    f.small_c = f.lanes ? g->small_c : g->small_c / g->groups;
    bool joined = g->groups == 1 && (g->dw == 1 || g->kw == 1);
    f.run = joined ? g->kw * f.big_c : f.big_c;
    f.runs = joined ? 1 : g->kw;
    f.patch = (int64_t)g->kh * g->kw * f.big_c;
    cut(g, &f);
    sv_window all = sv_window_of_patches(g, 1, sv_small_rows(g, 0, g->small_h));
    sv_window w = sv_window_of_patches(g, 1, sv_small_rows(g, 0, f.rows));
    f.image = sv_window_floats(&all) ? w.height * w.width * w.channels : 0;
    f.images = f.rows < g->small_h ? 1 : sv_most(IMAGES_FLOATS / (all.height * all.width * g->big_c), 1);
    if (!f.lanes && g->small_c >= APART && f.patch >= REUSED) f.panels = sv_round_up(f.turn, SV_NATIVE_PANEL) * f.rows * g->small_w;
    return f;
}

int64_t sv_native_wgrad_workspace(const sv_conv_geometry *g, int samples)
{
    frame f = frame_of(g);
    return f.sums + sv_least(f.images, samples) * (f.image + f.panels) + f.carry;
}

/* One of the two images of a gradient: its first float and steps in floats. */
typedef struct side {
    const float *at;
    int64_t image, row, column;
    int64_t panel; /* of the small image: from one panel of channels to the next */
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
    for (int64_t o = 0; o < f->small_c; o += n->panel, t.y += y->panel, t.to += n->panel) {
        t.carry = carry_of(f, shape, o * run);
        t.channels = (int)sv_least(n->panel, f->small_c - o);
        t.rows = (int)run;
        n->wgrad(&t);
    }
}

/* Floats of patches in strips, each of which lies in one run, the last one of a run moved back where the run has a whole vector. */
typedef struct strips {
    int count;
    sv_strip at[STRIPS];
    int64_t first[STRIPS]; /* float of the patch */
    int known[STRIPS];     /* floats that the strip before has too */
} strips;

/* Moves on from *run and *from to the next strips, of as few times as alike as can be; none are left where their count is 0. `row`:
 * floats of a row of the window. */
static strips next_strips(const sv_conv_geometry *g, const frame *f, int width, int64_t row, int64_t *run, int64_t *from)
{
    const int64_t all = f->patch / f->run * sv_ceil_divide(f->run, width), most = sv_ceil_divide(all, sv_ceil_divide(all, STRIPS));
    strips s = { 0 };
    for (; *run < g->kh * f->runs && s.count < most; s.count++) {
        const int64_t first = sv_most(sv_least(*from, f->run - width), 0);
        const int64_t at = *run / f->runs * g->dh * row + *run % f->runs * g->dw * g->big_c;
        s.at[s.count] = (sv_strip){ at + first, (int)sv_least(width, f->run) };
        s.first[s.count] = *run * f->run + first;
        s.known[s.count] = (int)(*from - first);
        *from += width;
        if (*from >= f->run) *from = 0, ++*run;
    }
    return s;
}

/* dv's part [patch][small channel] that s says, to [small channel][strip][width]. */
static void turn(const sv_native *n, const strips *s, const frame *f, const float *dv, int64_t dv_step, float *turned)
{
    const int width = n->panel / 2;
    for (int k = 0; k < s->count; k++)
        n->turn(s->at[k].count, s->first[k] + s->at[k].count < f->patch, f->small_c, dv + s->first[k] * dv_step, dv_step,
                turned + k * width, (int64_t)s->count * width);
}

/* And back. */
static void turn_back(const sv_native *n, const strips *s, const frame *f, const float *turned, float *dv, int64_t dv_step)
{
    const int64_t width = n->panel / 2, step = s->count * width;
    for (int k = 0; k < s->count; k++) {
        const float *from = turned + k * width + s->known[k];
        const int64_t count = s->at[k].count - s->known[k];
        float *to = dv + (s->first[k] + s->known[k]) * dv_step;
        if (dv_step == f->small_c)
            n->weave(f->small_c, count, from, step, to, 1, 0, 0);
        else
            for (int64_t r = 0; r < count; r++)
                for (int64_t c = 0; c < f->small_c; c++) to[r * dv_step + c] = from[c * step + r];
    }
}

/* All floats of patches by all small channels of a group, which are the rows of tiles of strips. */
static void by_patches(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_wgrad *shape, const side *x,
                       int64_t row, const side *y)
{
    const int width = n->panel / 2;
    float turned[(TURNED * STRIPS + 1) * SV_NATIVE_PANEL / 2]; /* weaving reads whole vectors */
    sv_wgrad t = between(*shape, y, x);
    t.rows = (int)f->small_c;
    for (int64_t run = 0, from = 0;;) {
        const strips s = next_strips(g, f, width, row, &run, &from);
        if (!s.count) return;
        t.strip = s.at, t.strips = s.count;
        t.to = turned, t.to_step = (int64_t)s.count * width;
        t.carry_step = f->small_c * t.to_step;
        if (!t.more) turn(n, &s, f, shape->to, shape->to_step, turned);
        n->wgrad(&t);
        if (!t.more) turn_back(n, &s, f, turned, shape->to, shape->to_step);
        if (t.carry) t.carry += f->levels * t.carry_step;
    }
}

/* Whether that spares more multiply-adds of vectors than turning dv about takes moves. */
static bool strips_are_better(const sv_native *n, const sv_conv_geometry *g, const frame *f)
{
    const int64_t width = n->panel / 2, runs = f->patch / f->run, moves = 4 * f->patch * f->small_c;
    const int64_t with = f->small_c * runs * sv_ceil_divide(f->run, width), without = f->patch * sv_ceil_divide(f->small_c, width);
    return f->small_c <= TURNED && (without - with) * g->small_h * g->small_w > moves;
}

/* Depthwise: a tile's rows are the taps of a row of the kernel. */
static void run_lanes(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, const side *y, sv_wgrad t)
{
    side x = { w->pixels, w->image, g->sh * w->row, (int64_t)g->sw * g->big_c, 0 };
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
    int64_t place[5 * 24]; /* a multiple of what tiles take */
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

/* A group's small channels side by side in panels: pixels that are far apart share few lines of the cache. */
static side copy_panels(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_wgrad *shape, const side *y,
                        float *to)
{
    const int64_t images = shape->samples, pixels = shape->height * g->small_w;
    const side packed = { to, pixels * n->panel, g->small_w * n->panel, n->panel, images * pixels * n->panel };
    for (int64_t o = 0; o < f->small_c; o += n->panel)
        for (int64_t k = 0; k < images; k++) {
            const float *from = y->at + k * y->image + o;
            const int64_t count = sv_least(n->panel, f->small_c - o);
            n->pad(pixels, 0, count, n->panel - count, from, y->column, to);
            to += pixels * n->panel;
        }
    return packed;
}

/* One group of some images or of a band: w is their window, t.to the group's part of dv. `panels`: space for those of `small`. */
static void run_group(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, int group,
                      const side *small, sv_wgrad t, float *panels)
{
    const side first = { w->pixels + group * f->big_c, w->image, g->sh * w->row, (int64_t)g->sw * g->big_c, 0 };
    if (strips_are_better(n, g, f)) {
        by_patches(n, g, f, &t, &first, w->row, small);
        return;
    }
    const side y = f->panels ? copy_panels(n, g, f, &t, small, panels) : *small;
    if (f->run < LISTED && f->run < f->patch) {
        by_list(n, g, f, &t, &first, w->row, &y);
        return;
    }
    const int64_t most = f->rows * w->row > SLICE_FLOATS ? PIECE : f->run; /* in all bands, for open sums to stay where they are */
    for (int64_t u = 0; u < g->kh; u++)
        for (int64_t v = 0; v < f->runs; v++)
            for (int64_t r = 0, count; r < f->run; r += count, next_rows(f, &t, count)) {
                side x = first;
                x.at += u * g->dh * w->row + v * g->dw * g->big_c + r;
                count = sv_least(most, f->run - r);
                by_channels(n, f, &t, &x, &y, count);
            }
}

/* All groups of some images, or of a band of one: small rows [row, row + shape->height). */
static void run_band(const sv_native *n, const sv_conv_geometry *g, const frame *f, const sv_window *w, int64_t row,
                     const float *small, sv_wgrad shape, float *workspace)
{
    const int64_t step = (int64_t)g->small_w * g->small_c;
    float *panels = workspace + w->images * f->image + f->carry;
    side y = { small + row * step, g->small_h * step, step, g->small_c, n->panel };
    shape.samples = w->images, shape.width = g->small_w, shape.to_step = g->small_c;
    shape.block = blocks_in(g, row), shape.more = row + shape.height < g->small_h;
    shape.carry = f->carry ? workspace + w->images * f->image : NULL;
    if (f->lanes) {
        run_lanes(n, g, f, w, &y, shape);
        return;
    }
    for (int group = 0; group < g->groups; group++, y.at += f->small_c, shape.to += f->small_c) {
        run_group(n, g, f, w, group, &y, shape, panels);
        shape.carry = carry_of(f, &shape, group_carry(f));
    }
}

bool sv_native_wgrad_is_banded(const sv_conv_geometry *g)
{
    return frame_of(g).rows < g->small_h;
}

/* Those pixels of the result's gradient that the band has read; with the last one also what no patch reaches. */
static void sum_bias(const sv_vectors *k, const sv_conv_geometry *g, const sv_window *w, const sv_band *b, sv_bias_gradient bias,
                     sv_bias_sums *sums)
{
    const int64_t end = b->row + b->rows;
    const int64_t seen = bias.transposed ? sv_most(w->top + w->height, 0) : end;
    sv_bias_sums_add(k, sums, seen, end == g->small_h);
}

/* The operands of a call. */
typedef struct operands {
    const sv_vectors *k;
    const sv_conv_geometry *g;
    int samples;
    const float *big, *small;
    float *dv, *workspace;
    sv_bias_gradient bias;
    sv_native_visit *visit;
    const void *context;
} operands;

/* Those small channels of a group that f has, from `at` on. The last ones' bands are visited. */
static void run_turn(const operands *p, const frame *f, int64_t at, bool last)
{
    const sv_conv_geometry *g = p->g;
    const int64_t big_image = (int64_t)g->big_h * g->big_w * g->big_c, small_image = (int64_t)g->small_h * g->small_w * g->small_c;
    sv_bias_sums sums = sv_bias_sums_of(g, p->big, p->small, p->bias, p->workspace);
    float *workspace = p->workspace + f->sums;
    for (sv_band b = { .images = f->images }; b.first < p->samples; b.first += f->images)
        for (b.row = 0; b.row < g->small_h; b.row += f->rows) {
            b.images = sv_least(f->images, p->samples - b.first);
            b.rows = sv_least(f->rows, g->small_h - b.row);
            sv_window w = sv_window_of_patches(g, b.images, sv_small_rows(g, b.row, b.rows));
            sv_window_open(p->k->native, &w, p->big + b.first * big_image, workspace);
            run_band(p->k->native, g, f, &w, b.row, p->small + b.first * small_image + at,
                     (sv_wgrad){ .height = b.rows, .to = p->dv + at }, workspace);
            if (!last) continue;
            if (f->rows < g->small_h) sum_bias(p->k, g, &w, &b, p->bias, &sums);
            if (p->visit) p->visit(p->context, &w, &b);
        }
}

void sv_native_wgrad_bands(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                           float *dv, sv_bias_gradient bias, float *workspace, sv_native_visit *visit, const void *context)
{
    const operands p = { k, g, samples, big, small, dv, workspace, bias, visit, context };
    const frame f = frame_of(g);
    if (f.rows == g->small_h) sv_bias_gradient_add(k, g, samples, big, small, bias);
    for (int64_t at = 0; at < f.small_c; at += f.turn) {
        frame turn = f;
        turn.small_c = sv_least(f.turn, f.small_c - at);
        run_turn(&p, &turn, at, at + f.turn >= f.small_c);
    }
}

void sv_native_wgrad(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                     sv_bias_gradient bias, float *workspace)
{
    sv_native_wgrad_bands(k, g, samples, big, small, dv, bias, workspace, NULL, NULL);
}
