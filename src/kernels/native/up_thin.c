/*
 * up into few big channels, which would leave a vector's lanes empty: all taps' channels are the lanes instead. Every small
 * pixel is multiplied into a row of products [u, v, big channel], each one chain over the small channels; then a big pixel
 * adds the products of the taps that reach it, in their order.
 */
#include "kernels/native/native.h"
#include <string.h>

enum { THIN = 16, LINE = 16 };

bool sv_native_up_is_thin(const sv_conv_geometry *g)
{
    return g->big_c / g->groups < THIN;
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
    int64_t stride;         /* floats from one small pixel's products to the next */
    int64_t together;       /* taps of a row of the kernel that one small pixel adds to different big pixels, side by side */
    int64_t row, fixed;     /* floats of the products: more for each sh big rows, and besides */
    sv_bands bands;         /* of sh big rows */
} frame;

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .big_c = g->big_c / g->groups, .small_c = g->small_c / g->groups };
    f.products = (int64_t)g->kh * g->kw * f.big_c;
    f.stride = sv_round_up(f.products, LINE);
    f.together = g->groups > 1 || (g->dw > 1 && g->kw > 1) ? 1 : sv_least(g->sw, g->kw);
    f.row = g->small_w * f.stride;
    f.fixed = (((int64_t)(g->kh - 1) * g->dh + g->sh - 1) / g->sh) * f.row;
    f.bands = sv_bands_of(sv_ceil_divide(g->big_h, g->sh), f.fixed, f.row);
    return f;
}

/* Floats of one group's packed weights. */
static int64_t packed_floats(const frame *f, int panel)
{
    return sv_round_up(f->products, panel) * f->small_c;
}

int64_t sv_native_up_thin_packed(const sv_conv_geometry *g)
{
    frame f = frame_of(g);
    return g->groups * packed_floats(&f, SV_NATIVE_PANEL);
}

/* Runs of products that are added to runs of a big row; `to` and `from` are floats from the rows' starts to the first. */
typedef struct addition {
    int64_t runs, run, to, from;
} addition;

/* At most three for each tap of a row: neighbours together, and both ends alone. */
static int64_t addition_floats(const sv_conv_geometry *g)
{
    return sv_round_up(3 * (int64_t)g->kw * (int64_t)(sizeof(addition) / sizeof(float)), LINE);
}

int64_t sv_native_up_thin_workspace(const sv_conv_geometry *g, int samples)
{
    frame f = frame_of(g);
    return addition_floats(g) + sv_bands_floats(&f.bands, samples, f.fixed, f.row);
}

/* [panel][small channel][product] of one group. A mirrored kernel is [kh, kw, small, big], its taps the other way round. */
static void pack(const sv_conv_geometry *g, const frame *f, int panel, const float *v, bool mirrored, float *to)
{
    int64_t step = mirrored ? g->big_c : 1, taps = (int64_t)g->kh * g->kw;
    memset(to, 0, (size_t)packed_floats(f, panel) * sizeof *to);
    for (int64_t o = 0; o < f->products; o++) {
        float *lane = to + o / panel * panel * f->small_c + o % panel;
        const float *from = v + o * g->small_c;
        if (mirrored) from = v + (taps - 1 - o / f->big_c) * f->small_c * g->big_c + o % f->big_c;
        for (int64_t s = 0; s < f->small_c; s++) lane[s * panel] = from[s * step];
    }
}

void sv_native_up_thin_pack(const sv_native *n, const sv_conv_geometry *g, const float *v, bool mirrored, float *to)
{
    frame f = frame_of(g);
    for (int group = 0; group < g->groups; group++, to += packed_floats(&f, n->panel))
        pack(g, &f, n->panel, v + group * (mirrored ? f.big_c : f.small_c), mirrored, to);
}

/* The operands of one group in one band. */
typedef struct part {
    const sv_vectors *k;
    const sv_conv_geometry *g;
    const frame *f;
    const sv_band *band;
    int64_t first, rows;             /* big rows of each image */
    int64_t small_first, small_rows; /* small rows that reach them */
    float *products;                 /* [images][small_rows][small_w][stride] */
    const addition *additions;       /* [count] of each row of the kernel */
    int64_t count;
} part;

static void multiply(const part *p, const float *small, const float *packed)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    int panel = p->k->native->panel;
    int64_t row = (int64_t)g->small_w * g->small_c;
    sv_field field = { p->band->images,  p->small_rows, g->small_w, small + p->small_first * row, p->products,
                       g->small_h * row, row,           g->small_c, p->small_rows * f->row,       f->row,
                       f->stride };
    for (int64_t o = 0; o < f->products; o += panel, packed += panel * f->small_c, field.out += panel) {
        sv_gather t = {
            .rows = 1, .columns = 1, .run = f->small_c, .panel = packed, .channels = (int)sv_least(panel, f->stride - o)
        };
        sv_field_gather(p->k->native, &t, &field);
    }
}

/* The small pixels whose tap v lies inside the big row: [*first, return value). */
static int64_t inside(const sv_conv_geometry *g, int64_t v, int64_t *first)
{
    int64_t from = sv_ceil_divide(g->left - v * g->dw, g->sw), to = sv_ceil_divide(g->big_w + g->left - v * g->dw, g->sw);
    *first = sv_least(sv_most(from, 0), g->small_w);
    return sv_most(sv_least(to, g->small_w), *first);
}

static addition *list(const sv_conv_geometry *g, const frame *f, int64_t v, int64_t taps, int64_t first, int64_t last, addition *to)
{
    if (first >= last) return to;
    *to = (addition){ last - first, taps * f->big_c, (first * g->sw + v * g->dw - g->left) * g->big_c,
                      first * f->stride + v * f->big_c };
    return to + 1;
}

/* The additions of one row of the kernel; returns how many. Neighbouring taps go together where they all lie inside; those of
 * the pixels at the ends alone. */
static int64_t list_additions(const sv_conv_geometry *g, const frame *f, addition *additions)
{
    addition *to = additions;
    for (int64_t v = 0; v < g->kw; v += f->together) {
        int64_t taps = sv_least(f->together, g->kw - v), low, ignored, first, last;
        int64_t high = inside(g, v + taps - 1, &ignored);
        inside(g, v, &low);
        high = sv_most(high, low);
        for (int64_t t = v; t < v + taps; t++) {
            last = inside(g, t, &first);
            to = list(g, f, t, 1, first, sv_least(last, low), to);
            to = list(g, f, t, 1, sv_most(first, high), last, to);
        }
        to = list(g, f, v, taps, low, high, to);
    }
    return to - additions;
}

/* `products` of one small row and one row of the kernel into one big row. */
static void add_row(const part *p, const float *products, float *row)
{
    int64_t step = (int64_t)p->g->sw * p->g->big_c;
    for (int64_t k = 0; k < p->count; k++) {
        const addition *a = &p->additions[k];
        p->k->add_runs(a->runs, a->run, row + a->to, step, products + a->from, p->f->stride);
    }
}

static void add_products(const part *p, float *out)
{
    const sv_conv_geometry *g = p->g;
    for (int64_t image = 0; image < p->band->images; image++)
        for (int64_t y = p->first; y < p->first + p->rows; y++)
            for (int64_t u = 0; u < g->kh; u++) {
                int64_t at = y + g->top - u * g->dh - p->small_first * g->sh, i = at / g->sh;
                if (at < 0 || i >= p->small_rows || i * g->sh != at) continue;
                add_row(p, p->products + (image * p->small_rows + i) * p->f->row + u * g->kw * p->f->big_c,
                        out + (image * g->big_h + y) * g->big_w * g->big_c);
            }
}

static void begin(const sv_vectors *k, const sv_conv_geometry *g, int64_t pixels, const sv_epilogue *e, float *out)
{
    if (e->accumulate) return;
    if (e->bias)
        k->fill_rows(pixels, g->big_c, out, e->bias);
    else
        memset(out, 0, (size_t)(pixels * g->big_c) * sizeof *out);
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
    addition *additions = (addition *)(void *)workspace;
    int64_t pixels = (int64_t)samples * g->big_h * g->big_w, count = list_additions(g, &f, additions);
    workspace += addition_floats(g);
    begin(k, g, pixels, e, big);
    for (int group = 0; group < g->groups; group++, packed += packed_floats(&f, k->native->panel)) {
        for (sv_band b = { 0 }; sv_bands_next(&f.bands, samples, &b);) {
            part p = { .k = k, .g = g, .f = &f, .band = &b, .first = b.row * g->sh, .additions = additions, .count = count };
            p.rows = sv_least(b.rows * g->sh, g->big_h - p.first);
            p.products = workspace;
            find_rows(&p);
            multiply(&p, small + b.first * g->small_h * g->small_w * g->small_c + group * f.small_c, packed);
            add_products(&p, big + b.first * g->big_h * g->big_w * g->big_c + group * f.big_c);
        }
    }
    if (e->activation) k->activate(e->activation, pixels * g->big_c, big, big);
}
