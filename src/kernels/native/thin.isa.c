/* What results of few channels need beside the tiles: pixels turned into lanes, rows of products added where they belong, and
 * planes of phases and channels woven into an image's row. */
#include "kernels/native/tiles.h"

enum { PANEL = VECTORS * WIDTH };

/* WIDTH pixels by four channels. */
SV_INLINE void turn_four(const float *from, int64_t step, float *to)
{
    lanes row[4];
    UNROLL for (int r = 0; r < 4; r++) row[r] = load_quads(from + r * step, step);
    turn_quads(row);
    UNROLL for (int c = 0; c < 4; c++) store(to + c * PANEL, row[c]);
}

SV_INLINE void turn_rest(int pixels, int64_t channels, const float *from, int64_t step, float *to)
{
    for (int64_t c = 0; c < channels; c++)
        for (int p = 0; p < WIDTH; p++) to[c * PANEL + p] = p < pixels ? from[p * step + c] : 0;
}

void SV_VECTOR(native_turn)(int pixels, int64_t channels, const float *from, int64_t step, float *to)
{
    for (int p = 0; p < PANEL; p += WIDTH, from += WIDTH * step, to += WIDTH) {
        int64_t c = 0;
        for (; pixels - p >= WIDTH && c + 4 <= channels; c += 4) turn_four(from + c, step, to + c * PANEL);
        turn_rest(pixels - p, channels - c, from + c, step, to + c * PANEL);
    }
}

void SV_VECTOR(native_add)(int64_t count, const sv_segment *segments, const float *from, float *to)
{
    for (const sv_segment *s = segments; s < segments + count; s++) {
        const float *x = from + s->from;
        float *y = to + s->to;
        int64_t left = s->count;
        for (; left >= WIDTH; left -= WIDTH, x += WIDTH, y += WIDTH) store(y, plus(load(y), load(x)));
        if (left > 0) store_first(y, plus(load_first(y, (int)left), load_first(x, (int)left)), (int)left);
    }
}

/* The usual numbers of planes, gray or coloured at stride 1 or 2, whole vectors at a time; returns how far. */
static int64_t weave_two(int64_t count, const float *from, int64_t step, float *to)
{
    int64_t k = 0;
    for (; k + WIDTH <= count; k += WIDTH) {
        lanes a = load(from + k), b = load(from + step + k);
        store(to + 2 * k, zip_low(a, b));
        store(to + 2 * k + WIDTH, zip_high(a, b));
    }
    return k;
}

static int64_t weave_three(int64_t count, const float *from, int64_t step, float *to)
{
    int64_t k = 0;
    for (; k + WIDTH <= count; k += WIDTH)
        store_three(to + 3 * k, load(from + k), load(from + step + k), load(from + 2 * step + k));
    return k;
}

static int64_t weave_six(int64_t count, const float *from, int64_t step, float *to)
{
    int64_t k = 0;
    for (; k + WIDTH <= count; k += WIDTH) {
        lanes x[6];
        for (int p = 0; p < 6; p++) x[p] = load(from + p * step + k);
        store_three(to + 6 * k, zip_low(x[0], x[3]), zip_low(x[1], x[4]), zip_low(x[2], x[5]));
        store_three(to + 6 * k + 3 * WIDTH, zip_high(x[0], x[3]), zip_high(x[1], x[4]), zip_high(x[2], x[5]));
    }
    return k;
}

void SV_VECTOR(native_weave)(int64_t planes, int64_t count, const float *from, int64_t step, float *to)
{
    int64_t done = planes == 2   ? weave_two(count, from, step, to)
                   : planes == 3 ? weave_three(count, from, step, to)
                   : planes == 6 ? weave_six(count, from, step, to)
                                 : 0;
    for (int64_t p = 0; p < planes; p++, from += step)
        for (int64_t k = done; k < count; k++) to[k * planes + p] = from[k];
}
