/*
 * up into few big channels, which would leave a vector's lanes empty: small pixels are the lanes instead. Turned about, they are
 * multiplied into planes of products, one for each tap and big channel; then each big row adds up
 * the products of the taps that reach it, phase by phase and channel by channel, and weaves these into pixels. A product of few
 * small channels costs no more than to put it down and fetch it: then the planes are those of the small channels, and the rows make
 * their products themselves.
 */
#include "kernels/native/native.h"
#include <string.h>

enum {
    THIN = 16,
    LINE = 16,
    ROWS = 8,       /* of a phase that are added up together */
    INPUTS = 24,    /* small channels, at most, whose products are not put down, */
    PER_CHANNEL = 6 /* and fewer than so many for each big channel */
};

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
    bool put_down;          /* they are; else they are made on the way */
    int64_t planes;         /* of products or of small channels */
    int64_t row, fixed;     /* floats of these: more for each sh big rows, and besides */
    int64_t phases, phase;  /* of a big row, by the remainder of the column by sw; floats of one phase of one channel */
    int64_t columns, woven; /* of the first phase; those of all phases that are woven */
    sv_bands bands;         /* of sh big rows, twice as many at least as the next one needs again */
} frame;

static frame frame_of(const sv_conv_geometry *g)
{
    frame f = { .big_c = g->big_c / g->groups, .small_c = g->small_c / g->groups };
    f.products = (int64_t)g->kh * g->kw * f.big_c;
    f.put_down = f.small_c > INPUTS || f.small_c >= PER_CHANNEL * f.big_c;
    f.planes = f.put_down ? f.products : f.small_c;
    f.row = g->small_w * f.planes;
    f.fixed = (((int64_t)(g->kh - 1) * g->dh + g->sh - 1) / g->sh) * f.row;
    f.phases = sv_least(g->sw, g->big_w);
    f.columns = sv_ceil_divide(g->big_w, g->sw);
    f.phase = sv_round_up(f.columns, LINE);
    if (g->groups == 1 && f.phases == g->sw) f.woven = g->big_w / g->sw;
    f.bands = sv_bands_of(sv_ceil_divide(g->big_h, g->sh), f.fixed, f.row);
    f.bands.most_rows = sv_most(f.bands.most_rows, sv_least(f.bands.height, 2 * f.fixed / f.row));
    return f;
}

int64_t sv_native_up_thin_packed(const sv_conv_geometry *g)
{
    frame f = frame_of(g);
    return g->groups * f.products * f.small_c;
}

/* The addends of big pixels by their phases, rows first: of phase k those from first[k] to first[k + 1]. `some` are of a row near
 * the edge, which not all taps reach. */
typedef struct addends {
    sv_addend *all, *some;
    int64_t *first, *some_first;
} addends;

static int64_t addend_floats(const sv_conv_geometry *g, const frame *f)
{
    size_t taps = (size_t)(g->kh * g->kw), phases = (size_t)(g->sh * f->phases + 1 + f->phases + 1);
    return sv_round_up((int64_t)((2 * taps * sizeof(sv_addend) + phases * sizeof(int64_t)) / sizeof(float)), LINE);
}

static addends addends_in(const sv_conv_geometry *g, const frame *f, float *space)
{
    sv_addend *all = (sv_addend *)(void *)space, *some = all + g->kh * g->kw;
    int64_t *first = (int64_t *)(void *)(some + g->kh * g->kw);
    return (addends){ all, some, first, first + g->sh * f->phases + 1 };
}

static int64_t row_floats(const frame *f)
{
    return f->phases * f->big_c * f->phase;
}

/* Addends, some big rows in planes, a panel of turned pixels, the planes of products or small channels, a line before and behind.
 */
int64_t sv_native_up_thin_workspace(const sv_conv_geometry *g, int samples)
{
    frame f = frame_of(g);
    return addend_floats(g, &f) + ROWS * row_floats(&f) + f.small_c * SV_NATIVE_PANEL +
           sv_bands_floats(&f.bands, samples, f.fixed, f.row) + f.planes * (SV_NATIVE_PANEL + LINE) + 2 * LINE;
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
    addends addends;
    int64_t inner_first, inner_end; /* rows whose addends are all there */
    const float *packed;
    float *planes, *turned, *products; /* products: or small channels */
    int64_t plane;                     /* floats from one of these to the next */
} part;

/* Half a panel of pixels, from `pixel` on. */
static void turn(const part *p, int64_t pixel, int64_t readable, const float *small, float *to, int64_t to_step)
{
    const sv_native *n = p->k->native;
    const int width = n->panel / 2;
    n->turn((int)sv_least(width, readable - pixel), readable - pixel > width, p->f->small_c, small + pixel * p->g->small_c,
            p->g->small_c, to, to_step);
}

/* Products of neighbouring small pixels, of which `readable` and no more may be read, from `at` on in each plane. Lanes beyond the
 * last pixel are written behind it. */
static void multiply(const part *p, int64_t pixels, int64_t readable, const float *small, int64_t at)
{
    const frame *f = p->f;
    const sv_native *n = p->k->native;
    const int width = n->panel / 2;
    for (int64_t done = 0; done < pixels; done += n->panel) {
        int vectors = pixels - done > width ? 2 : 1;
        for (int v = 0; v < vectors; v++) turn(p, done + v * width, readable, small, p->turned + v * width, n->panel);
        sv_wgrad t = { .samples = 1,
                       .height = 1,
                       .width = f->small_c,
                       .x = p->packed,
                       .x_column = f->products,
                       .y = p->turned,
                       .y_column = n->panel,
                       .rows = (int)f->products,
                       .channels = vectors * width,
                       .to = p->products + at + done,
                       .to_step = p->plane,
                       .overwrite = true };
        n->wgrad(&t);
    }
}

/* The small pixels themselves, likewise. */
static void copy(const part *p, int64_t pixels, int64_t readable, const float *small, int64_t at)
{
    for (int64_t done = 0, width = p->k->native->panel / 2; done < pixels; done += width)
        turn(p, done, readable, small, p->products + at + done, p->plane);
}

/* Moves the products of those rows to the front that the band before, of the same image, has needed too. Returns their number. */
static int64_t keep_products(const part *p, const part *before)
{
    const int64_t from = p->small_first - before->small_first, rows = sv_least(before->small_rows - from, p->small_rows);
    if (p->band->row == 0 || rows <= 0) return 0;
    for (int64_t k = 0; k < p->f->planes; k++) {
        float *plane = p->products + k * p->plane;
        memmove(plane, plane + from * p->g->small_w, (size_t)(rows * p->g->small_w) * sizeof *plane);
    }
    return rows;
}

/* Whole images lie side by side; of a part of one the first `known` rows are there. */
static void multiply_images(const part *p, int64_t images, int64_t known, const float *small)
{
    const sv_conv_geometry *g = p->g;
    int64_t row = g->small_w, image = g->small_h * row, at = p->band->first * image + (p->small_first + known) * row;
    int64_t end = images * image, pixels = (p->small_rows - known) * row, runs = p->band->images;
    if (p->small_rows == g->small_h) pixels *= runs, runs = 1;
    small += p->group * p->f->small_c;
    for (int64_t k = 0; k < runs; k++, at += image)
        (p->f->put_down ? multiply : copy)(p, pixels, end - at, small + at * g->small_c, k * pixels + known * row);
}

/* Columns of a phase. */
static int64_t columns_of(const part *p, int64_t phase)
{
    return sv_ceil_divide(p->g->big_w - phase, p->g->sw);
}

/* Rows of big pixels that make one phase: every sh-th. */
static int64_t rows_apart(const part *p)
{
    return (int64_t)p->g->sh * p->g->big_w * p->g->big_c;
}

/* What the sums are added to. */
static void read_rows(const part *p, int64_t rows, const float *out)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    float *plane = p->planes;
    for (int64_t y = 0; y < rows; y++, out += rows_apart(p))
        for (int64_t phase = 0; phase < f->phases; phase++)
            for (int64_t c = 0; c < f->big_c; c++, plane += f->phase)
                for (int64_t k = 0; k < columns_of(p, phase); k++) plane[k] = out[(k * g->sw + phase) * g->big_c + c];
}

/* Pixels of rows of just one group that have all their phases are woven; others are put down one by one. */
static void write_rows(const part *p, int64_t rows, float *out)
{
    const sv_conv_geometry *g = p->g;
    const frame *f = p->f;
    const float *plane = p->planes;
    if (f->woven) p->k->native->weave(f->phases * f->big_c, f->woven, plane, f->phase, out, rows, row_floats(f), rows_apart(p));
    if (f->woven * g->sw == g->big_w) return;
    for (int64_t y = 0; y < rows; y++, out += rows_apart(p))
        for (int64_t phase = 0; phase < f->phases; phase++)
            for (int64_t c = 0; c < f->big_c; c++, plane += f->phase)
                for (int64_t k = f->woven; k < columns_of(p, phase); k++) out[(k * g->sw + phase) * g->big_c + c] = plane[k];
}

/* The taps of each phase, in their order. Small pixel (0, 0)'s product by tap (u, v) goes to (u dh - top, v dw - left); phases of
 * rows count from -top. */
static void list_addends(part *p)
{
    const sv_conv_geometry *g = p->g;
    sv_addend *to = p->addends.all;
    int64_t *first = p->addends.first;
    for (int64_t k = 0; k < g->sh * p->f->phases; k++) {
        int64_t y = k / p->f->phases, x = k % p->f->phases;
        *first++ = to - p->addends.all;
        for (int64_t u = 0; u < g->kh; u++) {
            if ((u * g->dh - y) % g->sh) continue;
            for (int64_t v = 0; v < g->kw; v++) {
                int64_t row = (y - u * g->dh) / g->sh, column = v * g->dw - g->left - x;
                const int64_t product = (u * g->kw + v) * p->f->big_c;
                if (column % g->sw == 0)
                    *to++ = (sv_addend){ (p->f->put_down ? product * p->plane : 0) + row * p->g->small_w, column / g->sw, row,
                                         product };
            }
        }
    }
    *first = to - p->addends.all;
    p->inner_first = 0, p->inner_end = p->small_rows;
    for (const sv_addend *a = p->addends.all; a < to; a++) {
        p->inner_first = sv_most(p->inner_first, -a->row);
        p->inner_end = sv_least(p->inner_end, p->small_rows - a->row);
    }
}

/* Those that come from rows of the small image, where `row` is the one they count from. */
static void choose_addends(const part *p, int64_t phase, int64_t row, sv_sum *s)
{
    const addends *a = &p->addends;
    const int64_t *first = a->first + phase * p->f->phases;
    s->addend = a->all, s->first = first;
    if (row >= p->inner_first && row < p->inner_end) return;
    s->addend = a->some, s->first = a->some_first;
    int64_t count = a->some_first[0] = 0;
    for (int64_t x = 0; x < p->f->phases; a->some_first[++x] = count)
        for (int64_t k = first[x]; k < first[x + 1]; k++)
            if (row + a->all[k].row >= 0 && row + a->all[k].row < p->small_rows) a->some[count++] = a->all[k];
}

/* Big rows of a phase, y + top = (small_first + row) sh + phase for the first, whose addends are alike. */
static void add_rows(const part *p, int64_t image, int64_t phase, int64_t row, int64_t rows, float *out)
{
    const frame *f = p->f;
    sv_sum s = { .phases = (int)f->phases,
                 .channels = (int)f->big_c,
                 .from = p->products + (image * p->small_rows + row) * p->g->small_w,
                 .plane = p->plane,
                 .inputs = f->put_down ? 0 : (int)f->small_c,
                 .weights = p->packed,
                 .weights_step = f->products,
                 .width = p->g->small_w,
                 .columns = f->columns,
                 .accumulate = p->e->accumulate,
                 .bias = p->e->bias ? p->e->bias + p->group * f->big_c : NULL,
                 .to_plane = f->phase,
                 .rows = rows,
                 .row = p->g->small_w,
                 .to_row = row_floats(f) };
    if (s.accumulate) read_rows(p, rows, out);
    choose_addends(p, phase, row, &s);
    p->k->native->sum(&s, p->planes);
    write_rows(p, rows, out);
}

/* Rows of one phase: `out` is the first one. Those that all taps reach go together. */
static void add_phase(const part *p, int64_t image, int64_t phase, int64_t row, int64_t rows, float *out)
{
    for (int64_t end = row + rows, count; row < end; row += count, out += count * rows_apart(p)) {
        bool inner = row >= p->inner_first && row < p->inner_end;
        count = inner ? sv_least(sv_least(end, p->inner_end) - row, ROWS) : 1;
        add_rows(p, image, phase, row, count, out);
    }
}

static void add_products(const part *p, float *big)
{
    const sv_conv_geometry *g = p->g;
    int64_t pitch = g->big_w * g->big_c;
    for (int64_t image = 0; image < p->band->images; image++) {
        float *out = big + ((p->band->first + image) * g->big_h + p->first) * pitch + p->group * p->f->big_c;
        for (int64_t y = 0; y < sv_least(g->sh, p->rows); y++) {
            int64_t at = p->first + y + g->top, row = sv_floor_divide(at, g->sh);
            add_phase(p, image, at - row * g->sh, row - p->small_first, sv_ceil_divide(p->rows - y, g->sh), out + y * pitch);
        }
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

/* Small pixels of the band that needs the most. */
static int64_t most_pixels(const frame *f, int samples)
{
    return sv_bands_floats(&f->bands, samples, f->fixed, f->row) / f->planes;
}

void sv_native_up_thin(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed,
                       float *big, const sv_epilogue *e, float *workspace)
{
    const frame f = frame_of(g);
    const int64_t plane = sv_round_up(most_pixels(&f, samples) + SV_NATIVE_PANEL, LINE);
    for (int group = 0; group < g->groups; group++, packed += f.products * f.small_c) {
        part before = { 0 };
        for (sv_band b = { 0 }; sv_bands_next(&f.bands, samples, &b);) {
            part p = { .k = k, .g = g, .f = &f, .band = &b, .e = e, .group = group, .first = b.row * g->sh };
            p.rows = sv_least(b.rows * g->sh, g->big_h - p.first);
            p.addends = addends_in(g, &f, workspace);
            p.planes = workspace + addend_floats(g, &f);
            p.turned = p.planes + ROWS * row_floats(&f);
            p.products = p.turned + f.small_c * SV_NATIVE_PANEL + LINE;
            p.packed = packed;
            p.plane = plane;
            find_rows(&p);
            list_addends(&p);
            multiply_images(&p, samples, keep_products(&p, &before), small);
            add_products(&p, big);
            before = p;
        }
    }
    int64_t count = (int64_t)samples * g->big_h * g->big_w * g->big_c;
    if (e->activation) k->activate(e->activation, count, big, big);
    sv_rectify_backward(k, e->rectified, count, big);
}
