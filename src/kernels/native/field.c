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
void sv_field_gather(const sv_native *n, const sv_gather *g, const sv_field *f)
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
