/* The gradient of a bias where wgrad takes samples in bands: what it has just read is summed before it leaves the cache. Sums are
 * in blocks of pixels whose ends are not those of bands, so the rest of a band waits for the next one. */
#include "kernels/native/native.h"
#include <string.h>

int64_t sv_bias_sums_floats(const sv_conv_geometry *g)
{
    const int64_t doubles = sv_most(g->big_c, g->small_c);
    return sv_round_up(doubles * (int64_t)(sizeof(double) / sizeof(float)), SV_NATIVE_PANEL);
}

sv_bias_sums sv_bias_sums_of(const sv_conv_geometry *g, const float *big, const float *small, sv_bias_gradient bias,
                             float *workspace)
{
    return (sv_bias_sums){ .channels = bias.transposed ? g->big_c : g->small_c,
                           .row = bias.transposed ? g->big_w : g->small_w,
                           .rows = bias.transposed ? g->big_h : g->small_h,
                           .dz = bias.transposed ? big : small,
                           .db = bias.db,
                           .total = (double *)(void *)workspace };
}

void sv_bias_sums_add(const sv_vectors *k, sv_bias_sums *s, int64_t rows, bool last)
{
    const int64_t end = (last ? s->rows : sv_least(rows, s->rows)) * s->row;
    if (!s->db) return;
    if (!s->done) memset(s->total, 0, (size_t)s->channels * sizeof *s->total);
    s->done += k->column_totals(end - s->done, s->channels, last, s->dz + s->done * s->channels, s->total);
    if (!last) return;
    for (int64_t c = 0; c < s->channels; c++) s->db[c] += (float)s->total[c];
    s->dz += s->done * s->channels, s->done = 0;
}
