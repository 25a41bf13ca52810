/* Arrays of rows with the channels last: biases in, bias gradients out. Few channels would leave vectors empty, so several
 * rows are taken as one long one. */
#include "kernels/vectors.h"
#include <string.h>

enum {
    STRIP = 256, /* channels at a time, and the least length of a repeated bias */
    TILE = 4096, /* floats that get bias and activation in one visit to the cache */
    CHAIN = 256  /* terms that one accumulator adds up before it goes into a sum in double */
};

/* One row, or the whole rows that fit into STRIP floats; `pattern` holds the bias as often. Returns the rows. */
static int64_t repeat(int64_t channels, const float *bias, float pattern[STRIP])
{
    int64_t rows = channels < STRIP ? STRIP / channels : 1;
    for (int64_t r = 0; rows > 1 && r < rows; r++) memcpy(pattern + r * channels, bias, (size_t)channels * sizeof *bias);
    return rows;
}

static void add_bias(int64_t rows, int64_t channels, float *y, const float *bias)
{
    float pattern[STRIP];
    int64_t together = repeat(channels, bias, pattern);
    const float *added = together > 1 ? pattern : bias;
    for (int64_t r = 0; r < rows; r += together) {
        int64_t n = (rows - r < together ? rows - r : together) * channels;
        SV_VECTOR(add)(n, y + r * channels, added);
    }
}

void SV_VECTOR(bias_activate)(int64_t rows, int64_t channels, float *y, const float *bias, const sv_activation *a)
{
    int64_t tile = channels < TILE ? TILE / channels : 1;
    for (int64_t r = 0; r < rows; r += tile) {
        int64_t n = rows - r < tile ? rows - r : tile;
        float *at = y + r * channels;
        if (bias) add_bias(n, channels, at, bias);
        if (a) SV_VECTOR(activate)(a, n * channels, at, at);
    }
}

void SV_VECTOR(fill_rows)(int64_t rows, int64_t channels, float *y, const float *bias)
{
    float pattern[STRIP];
    int64_t together = repeat(channels, bias, pattern);
    const float *row = together > 1 ? pattern : bias;
    for (int64_t r = 0; r < rows; r += together) {
        int64_t n = (rows - r < together ? rows - r : together) * channels;
        memcpy(y + r * channels, row, (size_t)n * sizeof *y);
    }
}

/* acc[k width + c] += x[k stride + c] for k < chains: one long row where the columns are all there. */
SV_INLINE void add_rows(int64_t chains, int64_t width, const float *x, int64_t stride, float *acc)
{
    int64_t runs = width == stride ? 1 : chains, run = width == stride ? chains * width : width;
    SV_VECTOR(add_runs)(runs, run, acc, width, x, stride);
}

static int64_t chains_of(int64_t width)
{
    int64_t chains = 4;
    while (chains * width < STRIP) chains *= 2;
    return chains;
}

/* Chain k takes rows k, k + chains, ...; a tree joins the chains, and every CHAIN terms the result goes into a double. */
static void strip_totals(int64_t rows, int64_t width, const float *x, int64_t stride, double *total)
{
    float acc[4 * STRIP];
    const int64_t chains = chains_of(width);
    for (int64_t r = 0; r < rows;) {
        int64_t end = rows - r > CHAIN * chains ? r + CHAIN * chains : rows;
        memset(acc, 0, (size_t)(chains * width) * sizeof *acc);
        for (; r < end; r += chains) add_rows(end - r < chains ? end - r : chains, width, x + r * stride, stride, acc);
        r = end;
        for (int64_t half = chains / 2; half; half /= 2) SV_VECTOR(add)(half * width, acc, acc + half * width);
        for (int64_t c = 0; c < width; c++) total[c] += (double)acc[c];
    }
}

static int64_t strip_width(int64_t channels, int64_t c)
{
    return channels - c < STRIP ? channels - c : STRIP;
}

void SV_VECTOR(column_sums)(int64_t rows, int64_t channels, const float *x, float *sum)
{
    for (int64_t c = 0; c < channels; c += STRIP) {
        double total[STRIP] = { 0 };
        const int64_t width = strip_width(channels, c);
        strip_totals(rows, width, x + c, channels, total);
        for (int64_t k = 0; k < width; k++) sum[c + k] += (float)total[k];
    }
}

/* The narrowest strip is the last one; its blocks are whole ones of all the others. */
int64_t SV_VECTOR(column_totals)(int64_t rows, int64_t channels, bool last, const float *x, double *total)
{
    const int64_t block = CHAIN * chains_of(strip_width(channels, (channels - 1) / STRIP * STRIP));
    const int64_t taken = last ? rows : rows - rows % block;
    for (int64_t c = 0; c < channels; c += STRIP) strip_totals(taken, strip_width(channels, c), x + c, channels, total + c);
    return taken;
}
