#include "ops/tap_scale.h"

/* One axis of a convolution between a big and a small image. */
typedef struct line {
    int big, small, taps, stride, dilation, before;
} line;

static line rows_of(const sv_conv_geometry *g)
{
    return (line){ g->big_h, g->small_h, g->kh, g->sh, g->dh, g->top };
}

static line columns_of(const sv_conv_geometry *g)
{
    return (line){ g->big_w, g->small_w, g->kw, g->sw, g->dw, g->left };
}

typedef float (*factor)(const line *l, int at);

static float partial(const line *l, int at)
{
    int inside = 0;
    for (int u = 0; u < l->taps; u++) {
        int from = at * l->stride - l->before + u * l->dilation;
        inside += from >= 0 && from < l->big;
    }
    return inside ? (float)l->taps / (float)inside : 0;
}

static float overlap(const line *l, int at)
{
    int meet = 0;
    for (int u = 0; u < l->taps; u++) {
        int from = at + l->before - u * l->dilation;
        meet += from >= 0 && from % l->stride == 0 && from / l->stride < l->small;
    }
    return meet ? (float)l->taps / (float)(l->stride * meet) : 1;
}

static void scale(const line l[2], const int size[2], int channels, factor f, int samples, float *x)
{
    for (int r = 0; r < samples; r++)
        for (int i = 0; i < size[0]; i++) {
            float row = f(&l[0], i);
            for (int j = 0; j < size[1]; j++, x += channels) {
                float by = row * f(&l[1], j);
                for (int k = 0; k < channels; k++) x[k] *= by;
            }
        }
}

void sv_scale_partial(const sv_conv_geometry *g, int samples, float *small)
{
    const line l[2] = { rows_of(g), columns_of(g) };
    scale(l, (const int[2]){ g->small_h, g->small_w }, g->small_c, partial, samples, small);
}

void sv_scale_overlap(const sv_conv_geometry *g, int samples, float *big)
{
    const line l[2] = { rows_of(g), columns_of(g) };
    scale(l, (const int[2]){ g->big_h, g->big_w }, g->big_c, overlap, samples, big);
}
