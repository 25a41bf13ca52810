/*
 * up into few big channels, which would leave a vector's lanes empty: small pixels are the lanes instead. Turned about, they are
 * multiplied into planes of products, one for each tap and big channel; then each big row adds the products of the taps that
 * reach it, phase by phase and channel by channel, in their order, and weaves these into pixels.
 */
#include "kernels/native/native.h"
#include <string.h>

enum { THIN = 16, LINE = 16 };

bool sv_native_up_is_thin(const sv_conv_geometry *g)
{
    return g->big_c / g->groups < THIN && !sv_native_is_depthwise(g);
}

bool sv_native_down_is_thin(const sv_conv_geometry *g)
{
    return g->sh == 1 && g->sw == 1 && g->small_c / g->groups < THIN && g->big_c / g->groups >= THIN;
}

sv_conv_geometry sv_native_mirror(const sv_conv_geometry *g)
{
    sv_conv_geometry m = *g;
    m.big_h = g->small_h, m.big_w = g->small_w, m.big_c = g->small_c;
    m.small_h = g->big_h, m.small_w = g->big_w, m.small_c = g->big_c;
    m.top = (g->kh - 1) * g->dh - g->top;
    m.left = (g->kw - 1) * g->dw - g->left;
    return m;
}

/* What follows from the geometry. Products are of one group at a time. */
typedef struct frame {
    int64_t big_c, small_c; /* channels of a group */
    int64_t products;       /* of a small pixel */
    int64_t row, fixed;     /* floats of the products: more for each sh big rows, and besides */
    int64_t phases, phase;  /* of a big row, by the remainder of the column by sw; floats of one phase of one channel */
    sv_bands bands;         /* of sh big rows */
} frame;

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .big_c = g->big_c / g->groups, .small_c = g->small_c / g->groups };
    f.products = (int64_t)g->kh * g->kw * f.big_c;
    f.row = g->small_w * f.products;
    f.fixed = (((int64_t)(g->kh - 1) * g->dh + g->sh - 1) / g->sh) * f.row;
    f.phases = sv_least(g->sw, g->big_w);
    f.phase = sv_round_up(sv_ceil_divide(g->big_w, g->sw), LINE) + LINE;
    f.bands = sv_bands_of(sv_ceil_divide(g->big_h, g->sh), f.fixed, f.row);
    return f;
}

int64_t sv_native_up_thin_packed(const sv_conv_geometry *g)
{
    frame f = frame_of(g);
    return g->groups * f.products * f.small_c;
}

static int64_t segment_floats(const sv_conv_geometry *g, const frame *f)
{
    return sv_round_up(g->kw * f->big_c * (int64_t)(sizeof(sv_segment) / sizeof(float)), LINE);
}

static int64_t row_floats(const frame *f)
{
    return f->phases * f->big_c * f->phase;
}

/* Segments, a big row in planes and how it begins, a panel of turned pixels, the planes of products. */
int64_t sv_native_up_thin_workspace(const sv_conv_geometry *g, int samples)
{
    frame f = frame_of(g);
    return segment_floats(g, &f) + 2 * row_floats(&f) + f.small_c * SV_NATIVE_PANEL +
           sv_bands_floats(&f.bands, samples, f.fixed, f.row) + f.products * (SV_NATIVE_PANEL + LINE) + LINE;
}

/* [small channel][product] of each group. A mirrored kernel is [kh, kw, small, big], its taps the other way round. */
void sv_native_up_thin_pack(const sv_conv_geometry *g, const float *v, bool mirrored, float *to)
{
    frame f = frame_of(g);
    int64_t step = mirrored ? g->big_c : 1, taps = (int64_t)g->kh * g->kw;
    for (int group = 0; group < g->groups; group++, to += f.products * f.small_c, v += mirrored ? f.big_c : f.small_c)
        for (int64_t o = 0; o < f.products; o++) {
            const float *from = v + o * g->small_c;
            if (mirrored) from = v + (taps - 1 - o / f.big_c) * f.small_c * g->big_c + o % f.big_c;
            for (int64_t s = 0; s < f.small_c; s++) to[s * f.products + o] = from[s * step];
        }
}

/* The operands of one group in one band. */
typedef struct part {
    const sv_vectors *k;
    const sv_conv_geometry *g;
    const frame *f;
    const sv_band *band;
    const sv_epilogue *e;
    int group;
    int64_t first, rows;             /* big rows of each image */
    int64_t small_first, small_rows; /* small rows that reach them */
    const sv_segment *segments;      /* of each row of the kernel */
    float *start, *planes, *turned, *products;
    int64_t plane; /* floats from one product to the next */
} part;

/* Products of neighbouring small pixels, from `at` on in each plane. */
static void multiply(const part *p, int64_t pixels, const float *small, const float *packed, int64_t at)
{
    const frame *f = p->f;
    const sv_native *n = p->k->native;
    for (int64_t done = 0; done < pixels; done += n->panel) {
        int count = (int)sv_least(n->panel, pixels - done);
        n->turn(count, f->small_c, small + done * p->g->small_c, p->g->small_c, p->turned);
        sv_wgrad t = { .samples = 1,
                       .height = 1,
                       .width = f->small_c,
                       .x = packed,
                       .x_column = f->products,
                       .y = p->turned,
                       .y_column = n->panel,
                       .rows = (int)f->products,
                       .channels = n->panel,
                       .to = p->products + at + done,
                       .to_step = p->plane,
                       .overwrite = true };
        n->wgrad(&t);
    }
}

/* Whole images lie side by side. */
static void multiply_images(const part *p, const float *small, const float *packed)
{
    int64_t images = p->band->images, pixels = p->small_rows * p->g->small_w;
    int64_t image = (int64_t)p->g->small_h * p->g->small_w * p->g->small_c;
    small += p->band->first * image + p->small_first * p->g->small_w * p->g->small_c + p->group * p->f->small_c;
    if (p->small_rows == p->g->small_h) {
        multiply(p, images * pixels, small, packed, 0);
        return;
    }
    for (int64_t n = 0; n < images; n++) multiply(p, pixels, small + n * image, packed, n * pixels);
}

/* The products of one row of the kernel that reach a big row, tap by tap: where they begin in a small row of the tap's plane, and
 * where they go in their phase. What ends with the row may be added on beyond its end: whole vectors are faster. */
static void list_segments(const sv_conv_geometry *g, const frame *f, int64_t plane, sv_segment *to)
{
    for (int64_t v = 0; v < g->kw; v++) {
        int64_t at = v * g->dw - g->left; /* of small pixel 0's product in the big row */
        int64_t first = sv_least(sv_most(sv_ceil_divide(-at, g->sw), 0), g->small_w);
        int64_t last = sv_most(sv_least(sv_ceil_divide(g->big_w - at, g->sw), g->small_w), first);
        int64_t column = sv_floor_divide(at, g->sw), phase = at - column * g->sw, count = last - first;
        if (column + last == sv_ceil_divide(g->big_w - phase, g->sw)) count = sv_round_up(count, LINE);
        for (int64_t c = 0; c < f->big_c; c++, to++)
            *to = (sv_segment){ count, (v * f->big_c + c) * plane + first,
                                last > first ? (phase * f->big_c + c) * f->phase + column + first : 0 };
    }
}

/* Columns of a phase. */
static int64_t columns_of(const part *p, int64_t phase)
{
    return sv_ceil_divide(p->g->big_w - phase, p->g->sw);
}

static void fill_start(const part *p)
{
    const frame *f = p->f;
    const float *bias = p->e->accumulate ? NULL : p->e->bias;
    for (int64_t n = 0; n < f->phases * f->big_c; n++)
        for (int64_t k = 0; k < f->phase; k++) p->start[n * f->phase + k] = bias ? bias[p->group * f->big_c + n % f->big_c] : 0;
}

static void begin_row(const part *p, const float *out)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    float *plane = p->planes;
    memcpy(plane, p->start, (size_t)row_floats(f) * sizeof *plane);
    if (!p->e->accumulate) return;
    for (int64_t phase = 0; phase < f->phases; phase++)
        for (int64_t c = 0; c < f->big_c; c++, plane += f->phase) {
            const float *from = out + phase * g->big_c + c;
            for (int64_t k = 0; k < columns_of(p, phase); k++) plane[k] = from[k * g->sw * g->big_c];
        }
}

/* Pixels of a row of just one group that has all its phases are woven; others are put down one by one. */
static void end_row(const part *p, float *out)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    int64_t woven = g->groups == 1 && f->phases == g->sw ? g->big_w / g->sw : 0;
    const float *plane = p->planes;
    if (woven) p->k->native->weave(f->phases * f->big_c, woven, plane, f->phase, out);
    for (int64_t phase = 0; phase < f->phases; phase++)
        for (int64_t c = 0; c < f->big_c; c++, plane += f->phase) {
            float *to = out + phase * g->big_c + c;
            for (int64_t k = woven; k < columns_of(p, phase); k++) to[k * g->sw * g->big_c] = plane[k];
        }
}

static void add_products(const part *p, float *big)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    for (int64_t image = 0; image < p->band->images; image++)
        for (int64_t y = p->first; y < p->first + p->rows; y++) {
            float *out = big + ((p->band->first + image) * g->big_h + y) * g->big_w * g->big_c + p->group * f->big_c;
            begin_row(p, out);
            for (int64_t u = 0; u < g->kh; u++) {
                int64_t at = y + g->top - u * g->dh - p->small_first * g->sh, i = at / g->sh;
                if (at < 0 || i >= p->small_rows || i * g->sh != at) continue;
                const float *row = p->products + u * g->kw * f->big_c * p->plane + (image * p->small_rows + i) * g->small_w;
                p->k->native->add(g->kw * f->big_c, p->segments, row, p->planes);
            }
            end_row(p, out);
        }
}

/* The small rows that reach the band. */
static void find_rows(part *p)
{
    const sv_conv_geometry *g = p->g;
    int64_t from = sv_ceil_divide(p->first + g->top - (int64_t)(g->kh - 1) * g->dh, g->sh);
    int64_t to = sv_floor_divide(p->first + p->rows - 1 + g->top, g->sh) + 1;
    p->small_first = sv_least(sv_most(from, 0), g->small_h);
    p->small_rows = sv_most(sv_least(to, g->small_h) - p->small_first, 0);
}

void sv_native_up_thin(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed,
                       float *big, const sv_epilogue *e, float *workspace)
{
    frame f = frame_of(g);
    sv_segment *segments = (sv_segment *)(void *)workspace;
    for (int group = 0; group < g->groups; group++, packed += f.products * f.small_c)
        for (sv_band b = { 0 }; sv_bands_next(&f.bands, samples, &b);) {
            part p = { .k = k, .g = g, .f = &f, .band = &b, .e = e, .group = group, .first = b.row * g->sh };
            p.rows = sv_least(b.rows * g->sh, g->big_h - p.first);
            p.segments = segments;
            p.start = workspace + segment_floats(g, &f);
            p.planes = p.start + row_floats(&f);
            p.turned = p.planes + row_floats(&f);
            p.products = p.turned + f.small_c * SV_NATIVE_PANEL;
            find_rows(&p);
            p.plane = sv_round_up(b.images * p.small_rows * g->small_w, SV_NATIVE_PANEL) + LINE;
            list_segments(g, &f, p.plane, segments);
            fill_start(&p);
            multiply_images(&p, small, packed);
            add_products(&p, big);
        }
    if (e->activation) k->activate(e->activation, (int64_t)samples * g->big_h * g->big_w * g->big_c, big, big);
}
