/* Outputs of some pixels and a panel of channels, all in registers: per step of the reduction the panel's weights are loaded
 * once and each pixel's float is multiplied into all of its channels. */
#include "kernels/native/tiles.h"

/* What a tile's instance is made for: constants where it is inlined. */
typedef struct form {
    int pixels, vectors;
    bool lanes, whole; /* of lanes: the last vector has all its channels */
} form;

enum { MOST = PIXELS > NARROW_PIXELS ? PIXELS : NARROW_PIXELS };

#define EACH(p, v) UNROLL for (int p = 0; p < f.pixels; p++) UNROLL for (int v = 0; v < f.vectors; v++)

/* One vector of a panel, whose last one may have less than all its channels: `rest` from this vector on. */
SV_INLINE lanes part(const float *p, int rest)
{
    return rest >= WIDTH ? load(p) : load_first(p, rest);
}

/* What the chains start from. */
SV_INLINE void begin(const form f, const sv_gather *g, float *const *out, lanes acc[MOST][VECTORS])
{
    lanes start[VECTORS];
    const float *bias = g->start == SV_START_BIAS ? g->bias : NULL;
    UNROLL for (int v = 0; v < f.vectors; v++) start[v] = bias ? part(bias + v * WIDTH, g->channels - v * WIDTH) : all(0);
    EACH(p, v) acc[p][v] = start[v];
    if (g->start != SV_START_CONTINUE) return;
    EACH(p, v) acc[p][v] = part(out[p] + v * WIDTH, g->channels - v * WIDTH);
}

SV_INLINE void finish(const form f, const sv_gather *g, float *const *out, const float *const *rectified, lanes acc[MOST][VECTORS])
{
    const int last = f.vectors - 1, tail = g->channels - last * WIDTH;
    if (g->start == SV_START_ADD) {
        EACH(p, v) acc[p][v] = plus(part(out[p] + v * WIDTH, g->channels - v * WIDTH), acc[p][v]);
    }
    if (g->rectify) {
        EACH(p, v) acc[p][v] = rectify(acc[p][v]);
    }
    if (rectified) {
        EACH(p, v) acc[p][v] = rectify_backward(acc[p][v], part(rectified[p] + v * WIDTH, g->channels - v * WIDTH));
    }
    UNROLL for (int p = 0; p < f.pixels; p++) UNROLL for (int v = 0; v < last; v++) store(out[p] + v * WIDTH, acc[p][v]);
    if (tail == WIDTH) {
        UNROLL for (int p = 0; p < f.pixels; p++) store(out[p] + last * WIDTH, acc[p][last]);
    } else {
        UNROLL for (int p = 0; p < f.pixels; p++) store_first(out[p] + last * WIDTH, acc[p][last], tail);
    }
}

SV_INLINE lanes pixel(const form f, const sv_gather *g, const float *x, int v)
{
    if (!f.lanes) return all(*x);
    return f.whole ? load(x + v * WIDTH) : part(x + v * WIDTH, g->channels - v * WIDTH);
}

PER_FORM void tile(const form f, const sv_gather *g, const float *const *in, float *const *out, const float *const *rectified)
{
    lanes acc[MOST][VECTORS];
    const float *from[MOST], *w = g->panel;
    UNROLL for (int p = 0; p < f.pixels; p++) from[p] = in[p];
    begin(f, g, out, acc);
    for (const int64_t *k = g->offset, *end = k + g->terms; k < end; k++, w += VECTORS * WIDTH) {
        lanes weight[VECTORS];
        UNROLL for (int v = 0; v < f.vectors; v++) weight[v] = load(w + v * WIDTH);
        EACH(p, v) acc[p][v] = multiply_add(pixel(f, g, from[p] + *k, v), weight[v], acc[p][v]);
    }
    finish(f, g, out, rectified, acc);
}

#define INSTANCE(name, pixels, ...)                                                                                                \
    static void name(const sv_gather *g, int tiles, const float *const *in, float *const *out)                                     \
    {                                                                                                                              \
        for (int k = 0; k < tiles * (pixels); k += (pixels))                                                                       \
            tile((form){ pixels, __VA_ARGS__ }, g, in + k, out + k, g->rectified ? g->rectified + k : NULL);                       \
    }

INSTANCE(wide, PIXELS, VECTORS, false, false)
INSTANCE(narrow, NARROW_PIXELS, 1, false, false)
INSTANCE(lanes_wide, PIXELS, VECTORS, true, true)
INSTANCE(lanes_narrow, NARROW_PIXELS, 1, true, true)
INSTANCE(lanes_wide_part, PIXELS, VECTORS, true, false)
INSTANCE(lanes_narrow_part, NARROW_PIXELS, 1, true, false)

void SV_VECTOR(native_gather)(const sv_gather *g, int tiles, const float *const *in, float *const *out)
{
    bool two = g->channels > WIDTH, whole = g->channels % WIDTH == 0;
    if (!g->lanes)
        (two ? wide : narrow)(g, tiles, in, out);
    else if (whole)
        (two ? lanes_wide : lanes_narrow)(g, tiles, in, out);
    else
        (two ? lanes_wide_part : lanes_narrow_part)(g, tiles, in, out);
}
