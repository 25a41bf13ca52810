/* What results of few channels need beside the tiles: pixels turned into lanes, and planes of phases and channels woven into
 * an image's row. */
#include "kernels/native/tiles.h"

/* WIDTH pixels by four channels, of which `count` are wanted. */
SV_INLINE void turn_four(int64_t count, const float *from, int64_t step, float *to, int64_t to_step)
{
    lanes row[4];
    UNROLL for (int r = 0; r < 4; r++) row[r] = load_quads(from + r * step, step);
    turn_quads(row);
    UNROLL for (int c = 0; c < 4; c++)
    {
        if (c < count) store(to + c * to_step, row[c]);
    }
}

/* Where pixels or channels are not there. */
static __attribute__((noinline)) void turn_some(int pixels, int64_t channels, const float *from, int64_t step, float *to,
                                                int64_t to_step)
{
    for (int64_t c = 0; c < channels; c += 4) {
        float some[WIDTH * 4] = { 0 }, turned[4 * WIDTH];
        int64_t count = channels - c < 4 ? channels - c : 4;
        for (int p = 0; p < pixels && p < WIDTH; p++) memcpy(some + 4 * p, from + p * step + c, (size_t)count * sizeof *some);
        turn_four(4, some, 4, turned, WIDTH);
        for (int64_t k = 0; k < count; k++) store(to + (c + k) * to_step, load(turned + k * WIDTH));
    }
}

void SV_VECTOR(native_turn)(int pixels, bool beyond, int64_t channels, const float *from, int64_t step, float *to, int64_t to_step)
{
    int64_t c = 0;
    for (; pixels >= WIDTH && c + 4 <= channels; c += 4) turn_four(4, from + c, step, to + c * to_step, to_step);
    if (pixels >= WIDTH && beyond && c < channels) {
        turn_four(channels - c, from + c, step, to + c * to_step, to_step);
        return;
    }
    if (c < channels) turn_some(pixels, channels - c, from + c, step, to + c * to_step, to_step);
}

/* Planes of a power of two: x[p] holds WIDTH floats of plane p, then the p-th WIDTH floats of all, woven. */
SV_INLINE void weave_vectors(const int planes, lanes *x)
{
    lanes y[16];
    for (int level = 1; level < planes; level *= 2) {
        UNROLL for (int p = 0; p < planes / 2; p++) y[2 * p] = zip_low(x[p], x[p + planes / 2]),
                                                          y[2 * p + 1] = zip_high(x[p], x[p + planes / 2]);
        UNROLL for (int p = 0; p < planes; p++) x[p] = y[p];
    }
}

SV_INLINE void store_some(float *p, lanes x, int64_t n)
{
    if (n >= WIDTH)
        store(p, x);
    else if (n > 0)
        store_first(p, x, (int)n);
}

/* WIDTH columns, or `count`, of `phases` times `channels` planes: channels 1 or 3, phases a power of two. */
SV_INLINE void weave_columns(const int channels, const int phases, int64_t count, const float *from, int64_t step, float *to)
{
    lanes x[3][16];
    float last[3 * WIDTH];
    UNROLL for (int c = 0; c < channels; c++)
    {
        UNROLL for (int p = 0; p < phases; p++) x[c][p] = load(from + (p * channels + c) * step);
        weave_vectors(phases, x[c]);
    }
    UNROLL for (int p = 0; p < phases; p++)
    {
        const int64_t left = count * phases - p * WIDTH;
        if (channels == 1) {
            store_some(to + p * WIDTH, x[0][p], left);
            continue;
        }
        store_three(left >= WIDTH ? to + 3 * p * WIDTH : last, x[0][p], x[1][p], x[2][p]);
        if (left > 0 && left < WIDTH) memcpy(to + 3 * p * WIDTH, last, (size_t)(3 * left) * sizeof *to);
    }
}

SV_INLINE void weave_planes(const int channels, const int phases, int64_t count, const float *from, int64_t step, float *to)
{
    for (int64_t k = 0; k < count; k += WIDTH)
        weave_columns(channels, phases, count - k, from + k, step, to + k * channels * phases);
}

/* Four planes of any number; `to` is the first one's. */
SV_INLINE void weave_four(int64_t planes, int64_t count, const float *from, int64_t step, float *to)
{
    lanes x[4];
    UNROLL for (int p = 0; p < 4; p++) x[p] = load(from + p * step);
    turn_quads(x);
    if (count >= WIDTH) {
        UNROLL for (int p = 0; p < 4; p++) store_quads(to + p * planes, 4 * planes, x[p]);
        return;
    }
    float last[4 * WIDTH];
    UNROLL for (int p = 0; p < 4; p++) store_quads(last + 4 * p, 16, x[p]);
    for (int64_t k = 0; k < count; k++) memcpy(to + k * planes, last + 4 * k, 4 * sizeof *to);
}

/* The last four may overlap the four before. */
static void weave_fours(int64_t planes, int64_t count, const float *from, int64_t step, float *to)
{
    for (int64_t k = 0; k < count; k += WIDTH)
        for (int64_t p = 0; p < planes; p += 4) {
            const int64_t first = p + 4 <= planes ? p : planes - 4;
            weave_four(planes, count - k, from + first * step + k, step, to + k * planes + first);
        }
}

static void weave_row(int64_t planes, int64_t count, const float *from, int64_t step, float *to)
{
    switch (planes) {
    case 1:
        weave_planes(1, 1, count, from, step, to);
        return;
    case 2:
        weave_planes(1, 2, count, from, step, to);
        return;
    case 3:
        weave_planes(3, 1, count, from, step, to);
        return;
    case 4:
        weave_planes(1, 4, count, from, step, to);
        return;
    case 6:
        weave_planes(3, 2, count, from, step, to);
        return;
    case 8:
        weave_planes(1, 8, count, from, step, to);
        return;
    case 12:
        weave_planes(3, 4, count, from, step, to);
        return;
    default:
        weave_fours(planes, count, from, step, to);
    }
}

void SV_VECTOR(native_weave)(int64_t planes, int64_t count, const float *from, int64_t step, float *to, int64_t rows,
                             int64_t from_row, int64_t to_row)
{
    for (; rows > 0; rows--, from += from_row, to += to_row) weave_row(planes, count, from, step, to);
}
