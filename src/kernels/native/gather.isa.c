/* Outputs of some pixels and a panel of channels, all in registers: per step of the reduction the panel's weights are loaded
 * once and each pixel's float is multiplied into all of its channels. */
#include "kernels/native/tiles.h"

/* One vector of a panel, whose last one may have less than all its channels: `rest` from this vector on. */
SV_INLINE lanes part(const float *p, int rest)
{
    return rest >= WIDTH ? load(p) : load_first(p, rest);
}

/* What the chains start from. */
SV_INLINE void begin(const int vectors, const sv_gather *g, float *const *out, lanes acc[PIXELS][VECTORS])
{
    lanes start[VECTORS];
    const float *bias = g->start == SV_START_BIAS ? g->bias : NULL;
    UNROLL for (int v = 0; v < vectors; v++) start[v] = bias ? part(bias + v * WIDTH, g->channels - v * WIDTH) : all(0);
    UNROLL for (int p = 0; p < PIXELS; p++) UNROLL for (int v = 0; v < vectors; v++) acc[p][v] = start[v];
    if (g->start != SV_START_CONTINUE) return;
    UNROLL for (int p = 0; p < PIXELS; p++) UNROLL for (int v = 0; v < vectors; v++) acc[p][v] =
        part(out[p] + v * WIDTH, g->channels - v * WIDTH);
}

SV_INLINE void finish(const int vectors, const sv_gather *g, float *const *out, lanes acc[PIXELS][VECTORS])
{
    int tail = g->channels - (vectors - 1) * WIDTH;
    if (g->start == SV_START_ADD) {
        UNROLL for (int p = 0; p < PIXELS; p++) UNROLL for (int v = 0; v < vectors; v++) acc[p][v] =
            plus(part(out[p] + v * WIDTH, g->channels - v * WIDTH), acc[p][v]);
    }
    UNROLL for (int p = 0; p < PIXELS; p++) UNROLL for (int v = 0; v < vectors - 1; v++) store(out[p] + v * WIDTH, acc[p][v]);
    if (tail == WIDTH) {
        UNROLL for (int p = 0; p < PIXELS; p++) store(out[p] + (vectors - 1) * WIDTH, acc[p][vectors - 1]);
    } else {
        UNROLL for (int p = 0; p < PIXELS; p++) store_first(out[p] + (vectors - 1) * WIDTH, acc[p][vectors - 1], tail);
    }
}

/* `vectors` is a constant where this is inlined. */
SV_INLINE void gather(const int vectors, const sv_gather *g, const float *const *in, float *const *out)
{
    lanes acc[PIXELS][VECTORS];
    const float *from[PIXELS], *w = g->panel;
    UNROLL for (int p = 0; p < PIXELS; p++) from[p] = in[p];
    begin(vectors, g, out, acc);
    for (int64_t r = 0; r < g->rows; r++)
        for (int64_t c = 0; c < g->columns; c++) {
            int64_t k = r * g->row_step + c * g->column_step;
            for (int64_t end = k + g->run; k < end; k++, w += VECTORS * WIDTH) {
                lanes weight[VECTORS];
                UNROLL for (int v = 0; v < vectors; v++) weight[v] = load(w + v * WIDTH);
                UNROLL for (int p = 0; p < PIXELS; p++)
                {
                    lanes x = all(from[p][k]);
                    UNROLL for (int v = 0; v < vectors; v++) acc[p][v] = multiply_add(x, weight[v], acc[p][v]);
                }
            }
        }
    finish(vectors, g, out, acc);
}

static void gather_wide(const sv_gather *g, const float *const *in, float *const *out)
{
    gather(VECTORS, g, in, out);
}

static void gather_narrow(const sv_gather *g, const float *const *in, float *const *out)
{
    gather(1, g, in, out);
}

void SV_VECTOR(native_gather)(const sv_gather *g, const float *const *in, float *const *out)
{
    if (g->channels > WIDTH)
        gather_wide(g, in, out);
    else
        gather_narrow(g, in, out);
}
