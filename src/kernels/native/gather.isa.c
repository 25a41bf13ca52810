/* Outputs of some pixels and a panel of channels, all in registers: per step of the reduction the panel's weights are loaded
 * once and each pixel's float is multiplied into all of its channels. */
#include "kernels/native/tiles.h"

/* Vector v of pixel p's chains before the first term. */
SV_INLINE lanes begin(const sv_gather *g, const float *out, int v, int n)
{
    const float *from = g->start == SV_START_BIAS ? g->bias : g->start == SV_START_CONTINUE ? out : NULL;
    if (!from) return all(0);
    return n >= WIDTH ? load(from + v * WIDTH) : load_first(from + v * WIDTH, n);
}

SV_INLINE void finish(const sv_gather *g, float *out, lanes x, int v, int n)
{
    if (g->start == SV_START_ADD) x = plus(n >= WIDTH ? load(out + v * WIDTH) : load_first(out + v * WIDTH, n), x);
    if (n >= WIDTH)
        store(out + v * WIDTH, x);
    else
        store_first(out + v * WIDTH, x, n);
}

/* `vectors` is a constant where this is inlined. */
SV_INLINE void gather(const int vectors, const sv_gather *g, const float *const *in, float *const *out)
{
    lanes acc[PIXELS][VECTORS];
    const float *from[PIXELS], *w = g->panel;
    UNROLL for (int p = 0; p < PIXELS; p++) from[p] = in[p];
    UNROLL for (int p = 0; p < PIXELS; p++) UNROLL for (int v = 0; v < vectors; v++) acc[p][v] =
        begin(g, out[p], v, g->channels - v * WIDTH);
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
    UNROLL for (int p = 0; p < PIXELS; p++) UNROLL for (int v = 0; v < vectors; v++)
        finish(g, out[p], acc[p][v], v, g->channels - v * WIDTH);
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
