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

/* What a last tile lacks computes the first pixel of all again, for nobody. */
static void gather_block(const sv_native *n, const sv_gather *g, const sv_field *f)
{
    int64_t pixels = f->images * f->rows * f->columns;
    float nowhere[SV_NATIVE_PANEL] = { 0 };
    place p = { 0, 0, 0, f->in, f->out };
    for (int64_t done = 0; done < pixels; done += n->pixels) {
        const float *in[SV_NATIVE_PIXELS];
        float *out[SV_NATIVE_PIXELS];
        int count = (int)sv_least(n->pixels, pixels - done);
        take(f, &p, count, in, out);
        for (int k = count; k < n->pixels; k++) in[k] = f->in, out[k] = nowhere;
        n->gather(g, in, out);
    }
}

/* Where a block begins and how much of the terms it has. */
typedef struct block {
    int64_t row, column, channel, rows, columns, run;
} block;

static void run_block(const sv_native *n, const sv_gather *g, const sv_field *f, block b)
{
    sv_gather part = *g;
    sv_field field = *f;
    int64_t first = (b.row * g->columns + b.column) * g->run + b.channel;
    part.rows = b.rows, part.columns = b.columns, part.run = b.run;
    part.panel += first * n->panel;
    if (first) part.start = SV_START_ADD;
    part.rectify = g->rectify && first + b.rows * b.columns * b.run == g->rows * g->columns * g->run;
    field.in += b.row * g->row_step + b.column * g->column_step + b.channel;
    gather_block(n, &part, &field);
}

/* A row of more than CHAIN terms: as many whole taps as hold them, or pieces of one tap. */
static void cut_row(const sv_native *n, const sv_gather *g, const sv_field *f, int64_t row)
{
    int64_t together = SV_NATIVE_CHAIN / g->tap, taps = g->run / g->tap;
    if (together && taps > 1)
        for (int64_t k = 0; k < taps; k += together)
            run_block(n, g, f, (block){ row, 0, k * g->tap, 1, 1, sv_least(together, taps - k) * g->tap });
    else if (together)
        for (int64_t c = 0; c < g->columns; c += together)
            run_block(n, g, f, (block){ row, c, 0, 1, sv_least(together, g->columns - c), g->run });
    else
        for (int64_t c = 0; c < g->columns; c++)
            for (int64_t k = 0, rest; k < g->run; k += rest) {
                rest = sv_least(SV_NATIVE_CHAIN, g->tap - k % g->tap);
                run_block(n, g, f, (block){ row, c, k, 1, 1, rest });
            }
}

void sv_field_gather(const sv_native *n, const sv_gather *g, const sv_field *f)
{
    int64_t row = g->columns * g->run;
    if (g->rows * row <= SV_NATIVE_CHAIN) {
        gather_block(n, g, f);
        return;
    }
    int64_t together = SV_NATIVE_CHAIN / row;
    for (int64_t r = 0; r < g->rows; r += sv_most(together, 1))
        if (together)
            run_block(n, g, f, (block){ r, 0, 0, sv_least(together, g->rows - r), g->columns, g->run });
        else
            cut_row(n, g, f, r);
}
