#include "kernels/native/native.h"

/* A pixel on its way through a field. */
typedef struct place {
    int64_t image, row, column;
} place;

static void advance(const sv_field *f, place *p)
{
    if (++p->column < f->columns) return;
    p->column = 0;
    if (++p->row < f->rows) return;
    p->row = 0;
    p->image++;
}

/* Pixels are taken across the ends of rows and images. What a last tile lacks computes its first pixel again, for nobody. */
void sv_field_gather(const sv_native *n, const sv_gather *g, const sv_field *f)
{
    int64_t pixels = f->images * f->rows * f->columns;
    float nowhere[SV_NATIVE_PANEL] = { 0 };
    place p = { 0, 0, 0 };
    for (int64_t done = 0; done < pixels; done += n->pixels) {
        const float *in[SV_NATIVE_PIXELS];
        float *out[SV_NATIVE_PIXELS];
        int count = (int)sv_least(n->pixels, pixels - done);
        for (int k = 0; k < count; k++, advance(f, &p)) {
            in[k] = f->in + p.image * f->in_image + p.row * f->in_row + p.column * f->in_column;
            out[k] = f->out + p.image * f->out_image + p.row * f->out_row + p.column * f->out_column;
        }
        for (int k = count; k < n->pixels; k++) in[k] = in[0], out[k] = nowhere;
        n->gather(g, in, out);
    }
}
