/* Rows of results of few channels, each the sum of what its taps give: planes of products, or products that are made on the way
 * from planes of inputs where these are few. */
#include "kernels/native/tiles.h"

enum { TERMS = 16, MOST_ROWS = 4 };

/* What some of a phase's addends give to WIDTH columns: where from, by which weights, and which of them. */
typedef struct terms {
    int count;
    bool whole; /* all of them */
    const float *from[TERMS], *weights[TERMS];
    lane_set which[TERMS];
} terms;

SV_INLINE void find_terms(const sv_sum *s, const sv_addend *a, const sv_addend *end, int64_t column, terms *t)
{
    t->count = 0, t->whole = true;
    for (; a < end; a++) {
        const int64_t at = column - a->shift, left = s->width - at;
        if (at <= -WIDTH || left <= 0) continue;
        t->whole = t->whole && at >= 0 && left >= WIDTH;
        t->from[t->count] = s->from + a->from + at;
        t->weights[t->count] = s->weights + a->weight;
        t->which[t->count++] = between(at < 0 ? (int)-at : 0, left < WIDTH ? (int)left : WIDTH);
    }
}

/* A channel's rows; `count` terms. */
SV_INLINE void sum_rows(const int count, const bool whole, const sv_sum *s, const terms *t, int64_t plane, const lanes *start,
                        float *to)
{
    for (int64_t row = 0; row < s->rows; row++, plane += s->row, to += s->to_row) {
        lanes total = start ? *start : load(to);
        for (int k = 0; k < count; k++)
            total = plus(total, whole ? load(t->from[k] + plane) : load_some(t->from[k] + plane, t->which[k]));
        store(to, total);
    }
}

/* The usual numbers of terms are constants. */
SV_INLINE void sum_terms(const bool whole, const sv_sum *s, const terms *t, int64_t plane, const lanes *start, float *to)
{
    if (t->count == 1)
        sum_rows(1, whole, s, t, plane, start, to);
    else if (t->count == 2)
        sum_rows(2, whole, s, t, plane, start, to);
    else if (t->count == 4)
        sum_rows(4, whole, s, t, plane, start, to);
    else
        sum_rows(t->count, whole, s, t, plane, start, to);
}

/* Channels of a tile, at most, and its rows by these. */
#if defined(__AVX512F__) || defined(__aarch64__)
enum { CHANNELS = 4, ROWS_1 = 4, ROWS_2 = 4, ROWS_3 = 4, ROWS_4 = 2 };
#elif defined(__AVX2__)
enum { CHANNELS = 3, ROWS_1 = 4, ROWS_2 = 3, ROWS_3 = 2 };
#else
enum { CHANNELS = 2, ROWS_1 = 2, ROWS_2 = 1 };
#endif

/* Channels and rows of a tile whose addends are products yet to be made. Each is one chain over the inputs. */
SV_INLINE void add_products(const int channels, const int rows, const sv_sum *s, const terms *t, int k, const float *from,
                            int channel, lanes total[CHANNELS][MOST_ROWS])
{
    lanes product[CHANNELS][MOST_ROWS];
    const float *weights = t->weights[k] + channel;
    UNROLL for (int c = 0; c < channels; c++) UNROLL for (int r = 0; r < rows; r++) product[c][r] = all(0);
    for (int i = 0; i < s->inputs; i++, from += s->plane, weights += s->weights_step) {
        lanes weight[CHANNELS];
        UNROLL for (int c = 0; c < channels; c++) weight[c] = all(weights[c]);
        UNROLL for (int r = 0; r < rows; r++)
        {
            const lanes x = load_once(from + r * s->row);
            UNROLL for (int c = 0; c < channels; c++) product[c][r] = multiply_add(x, weight[c], product[c][r]);
        }
    }
    UNROLL for (int c = 0; c < channels; c++) UNROLL for (int r = 0; r < rows; r++) total[c][r] =
        t->whole ? plus(total[c][r], product[c][r]) : plus_some(total[c][r], product[c][r], t->which[k]);
}

SV_INLINE void product_tile(const int channels, const int rows, const sv_sum *s, const terms *t, bool accumulate, int64_t row,
                            int channel, float *to)
{
    lanes total[CHANNELS][MOST_ROWS];
    to += row * s->to_row + channel * s->to_plane;
    UNROLL for (int c = 0; c < channels; c++) UNROLL for (int r = 0; r < rows; r++) total[c][r] =
        accumulate ? load(to + c * s->to_plane + r * s->to_row) : all(s->bias ? s->bias[channel + c] : 0);
    for (int k = 0; k < t->count; k++) add_products(channels, rows, s, t, k, t->from[k] + row * s->row, channel, total);
    UNROLL for (int c = 0; c < channels; c++) UNROLL for (int r = 0; r < rows; r++)
        store(to + c * s->to_plane + r * s->to_row, total[c][r]);
}

#define INSTANCE(n)                                                                                                                \
    static void products_##n(const sv_sum *s, const terms *t, bool accumulate, int channel, float *to)                             \
    {                                                                                                                              \
        int64_t row = 0;                                                                                                           \
        for (; row + ROWS_##n <= s->rows; row += ROWS_##n) product_tile(n, ROWS_##n, s, t, accumulate, row, channel, to);          \
        for (; row < s->rows; row++) product_tile(n, 1, s, t, accumulate, row, channel, to);                                       \
    }

INSTANCE(1)
INSTANCE(2)
#if defined(__AVX2__) || defined(__aarch64__)
INSTANCE(3)
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
INSTANCE(4)
#endif

typedef void products(const sv_sum *s, const terms *t, bool accumulate, int channel, float *to);

static products *const products_of[] = {
    products_1,
    products_2,
#if defined(__AVX2__) || defined(__aarch64__)
    products_3,
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
    products_4,
#endif
};

static void sum_products(const sv_sum *s, const terms *t, bool accumulate, float *to)
{
    for (int first = 0, channels; first < s->channels; first += channels) {
        channels = share(s->channels - first, CHANNELS);
        products_of[channels - 1](s, t, accumulate, first, to);
    }
}

static void sum_addends(const sv_sum *s, const terms *t, bool accumulate, float *to)
{
    for (int c = 0; c < s->channels; c++) {
        const lanes bias = all(s->bias ? s->bias[c] : 0);
        if (t->whole)
            sum_terms(true, s, t, c * s->plane, accumulate ? NULL : &bias, to + c * s->to_plane);
        else
            sum_terms(false, s, t, c * s->plane, accumulate ? NULL : &bias, to + c * s->to_plane);
    }
}

/* WIDTH columns of all rows and channels of a phase. */
static void sum_columns(const sv_sum *s, int phase, int64_t column, float *to)
{
    const sv_addend *a = s->addend + s->first[phase], *end = s->addend + s->first[phase + 1];
    bool accumulate = s->accumulate;
    do {
        const sv_addend *next = end - a > TERMS ? a + TERMS : end;
        terms t;
        find_terms(s, a, next, column, &t);
        if (s->inputs)
            sum_products(s, &t, accumulate, to);
        else
            sum_addends(s, &t, accumulate, to);
        a = next, accumulate = true;
    } while (a < end);
}

void SV_VECTOR(native_sum)(const sv_sum *s, float *to)
{
    for (int phase = 0; phase < s->phases; phase++, to += s->channels * s->to_plane)
        for (int64_t k = 0; k < s->columns; k += WIDTH) sum_columns(s, phase, k, to + k);
}
