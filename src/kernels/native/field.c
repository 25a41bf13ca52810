#include "kernels/native/native.h"

/* A pixel on its way through a field. */
typedef struct place {
    int64_t image, row, column;
    const float *in;
    float *out;
} place;

static void next_row(const sv_field *f, place *p)
{
    p->column = 0;
    if (++p->row == f->rows) p->row = 0, p->image++;
    p->in = f->in + p->image * f->in_image + p->row * f->in_row;
    p->out = f->out + p->image * f->out_image + p->row * f->out_row;
}

/* The next `count` pixels, across the ends of rows and images. */
static void take(const sv_field *f, place *p, int count, const float **in, float **out)
{
    for (int k = 0; k < count;) {
        int last = (int)sv_least(count, k + f->columns - p->column);
        p->column += last - k;
        for (; k < last; k++, p->in += f->in_column, p->out += f->out_column) in[k] = p->in, out[k] = p->out;
        if (p->column == f->columns) next_row(f, p);
    }
}

/* Where the ReLU's output is that belongs to each pixel; the first one's to those for nobody. */
static void find_rectified(const sv_field *f, int count, int lacking, float *const *out, const float **rectified)
{
    for (int k = 0; k < count; k++) rectified[k] = f->rectified + (out[k] - f->out);
    for (int k = count; k < count + lacking; k++) rectified[k] = f->rectified;
}

/* Some tiles at a time. What the last one lacks computes the first pixel of all again, for nobody. */
static void gather_block(const sv_native *n, const sv_gather *g, const sv_field *f, bool last)
{
    enum { TILES = 8 };
    const int64_t pixels = f->images * f->rows * f->columns;
    const int tile_pixels = g->channels > n->panel / 2 ? n->pixels : n->narrow_pixels;
    float nowhere[SV_NATIVE_PANEL] = { 0 };
    place p = { 0, 0, 0, f->in, f->out };
    sv_gather tile = *g;
    for (int64_t done = 0; done < pixels; done += TILES * tile_pixels) {
        const float *in[TILES * SV_NATIVE_PIXELS];
        float *out[TILES * SV_NATIVE_PIXELS];
        const float *rectified[TILES * SV_NATIVE_PIXELS];
        int count = (int)sv_least(TILES * tile_pixels, pixels - done), tiles = (count + tile_pixels - 1) / tile_pixels;
        take(f, &p, count, in, out);
        for (int k = count; k < tiles * tile_pixels; k++) in[k] = f->in, out[k] = nowhere;
        if (f->rectified && last) {
            find_rectified(f, count, tiles * tile_pixels - count, out, rectified);
            tile.rectified = rectified;
        }
        n->gather(&tile, tiles, in, out);
    }
}

/* Whole rows of taps, whole taps of a longer row, or a part of a longer tap. */
int64_t sv_block_terms(const sv_taps *t, int64_t first)
{
    int64_t row = t->columns * t->run;
    if (row <= SV_NATIVE_CHAIN) return sv_least(SV_NATIVE_CHAIN / row * row, t->rows * row - first);
    if (t->run <= SV_NATIVE_CHAIN) return sv_least(SV_NATIVE_CHAIN / t->run * t->run, row - first % row);
    return sv_least(SV_NATIVE_CHAIN, t->run - first % t->run);
}

/* Where `count` terms from `first` on are read, from where a pixel's patch begins. */
static void list_offsets(const sv_taps *t, int64_t first, int64_t count, int64_t *offset)
{
    int64_t c = first % t->run, tap = first / t->run;
    for (int64_t k = 0, n; k < count; k += n, tap++, c = 0) {
        int64_t from = tap / t->columns * t->row_step + tap % t->columns * t->column_step + c;
        n = sv_least(t->run - c, count - k);
        for (int64_t i = 0; i < n; i++) offset[k + i] = from + i;
    }
}

void sv_field_gather(const sv_native *n, const sv_taps *t, const sv_gather *g, const sv_field *f)
{
    int64_t offset[SV_NATIVE_CHAIN], all = t->rows * t->columns * t->run;
    sv_gather block = *g;
    block.offset = offset, block.terms = 0;
    if (all == 0) gather_block(n, &block, f, true);
    for (int64_t first = 0; first < all; first += block.terms, block.panel += block.terms * n->panel) {
        block.terms = sv_block_terms(t, first);
        list_offsets(t, first, block.terms, offset);
        if (first) block.start = SV_START_ADD;
        bool last = first + block.terms == all;
        block.rectify = g->rectify && last;
        gather_block(n, &block, f, last);
    }
}
