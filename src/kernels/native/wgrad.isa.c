/* A tile of a kernel's gradient in registers: per pixel some floats of a patch times two vectors of small channels. */
#include "kernels/native/tiles.h"
#include <string.h>

enum { LEVELS = 48 }; /* of the tree over blocks */

/* Blocks of a sample: whole rows of small pixels, as many as hold BLOCK, or parts of one long row. */
typedef struct blocks {
    int64_t rows, columns; /* of a block */
    int64_t across, count; /* blocks side by side in a row, and of the sample */
} blocks;

static blocks blocks_of(const sv_wgrad *t)
{
    blocks b = { 1, t->width, 1, 0 };
    if (t->width <= SV_NATIVE_BLOCK)
        b.rows = SV_NATIVE_BLOCK / t->width;
    else
        b.columns = SV_NATIVE_BLOCK;
    b.across = (t->width + b.columns - 1) / b.columns;
    b.count = (t->height + b.rows - 1) / b.rows * b.across;
    return b;
}

/* What one instance of the tile is made for: constants where it is inlined. */
typedef struct form {
    int rows, vectors;
    bool whole;  /* the last vector has all its channels */
    bool lanes;  /* depthwise */
    bool listed; /* rows are where t->row says, not side by side */
} form;

/* Where a tile's rows are read, from a pixel's patch. */
typedef struct places {
    int64_t row[ROWS];
} places;

SV_INLINE places places_of(const form f, const sv_wgrad *t)
{
    places p = { { 0 } };
    UNROLL for (int r = 0; r < f.rows; r++) p.row[r] = f.lanes ? r * t->x_step : f.listed ? t->row[r] : r;
    return p;
}

SV_INLINE lanes part(const form f, const float *p, int v, int channels)
{
    return f.whole || v < f.vectors - 1 ? load(p + v * WIDTH) : load_first(p + v * WIDTH, channels - v * WIDTH);
}

SV_INLINE void put(const form f, float *p, lanes x, int v, int channels, bool add)
{
    if (add) x = plus(part(f, p, v, channels), x);
    if (f.whole || v < f.vectors - 1)
        store(p + v * WIDTH, x);
    else
        store_first(p + v * WIDTH, x, channels - v * WIDTH);
}

/* The chains of `height` x `width` pixels from zero, stored to or added to `to`. */
SV_INLINE void chains(const form f, const sv_wgrad *t, const float *x, const float *y, int64_t height, int64_t width, float *to,
                      int64_t to_step, bool add)
{
    lanes acc[ROWS][VECTORS];
    const places at = places_of(f, t);
    UNROLL for (int r = 0; r < f.rows; r++) UNROLL for (int v = 0; v < f.vectors; v++) acc[r][v] = all(0);
    const int64_t x_end = t->x_row - (width - 1) * t->x_column, y_end = t->y_row - (width - 1) * t->y_column;
    const bool ahead = WIDTH == 8 && width >= 32; /* long rows, of which narrow tiles want more often than the hardware brings */
    int64_t left = width;
    for (int64_t n = height * width; n > 0; n--) {
        if (ahead) {
            __builtin_prefetch(x + 8 * t->x_column);
            __builtin_prefetch(y + 8 * t->y_column);
        }
        lanes w[VECTORS];
        UNROLL for (int v = 0; v < f.vectors; v++) w[v] = part(f, y, v, t->channels);
        UNROLL for (int r = 0; r < f.rows; r++)
        {
            UNROLL for (int v = 0; v < f.vectors; v++)
            {
                lanes s = f.lanes ? part(f, x + at.row[r], v, t->channels) : all(x[at.row[r]]);
                acc[r][v] = multiply_add(s, w[v], acc[r][v]);
            }
        }
        bool end = --left == 0;
        x += end ? x_end : t->x_column;
        y += end ? y_end : t->y_column;
        left = end ? width : left;
    }
    UNROLL for (int r = 0; r < f.rows; r++) UNROLL for (int v = 0; v < f.vectors; v++)
        put(f, to + r * to_step, acc[r][v], v, t->channels, add);
}

/* Adds what stands above in the stack of partial sums. */
SV_INLINE void join(const form f, float *level)
{
    const int floats = f.rows * VECTORS * WIDTH;
    for (int k = 0; k < floats; k += WIDTH) store(level + k, plus(load(level + k), load(level + floats + k)));
}

/* Copies the stack of partial sums to or from where it stays between bands: one sum for each bit set in the number of blocks. */
SV_INLINE int restore(const form f, const sv_wgrad *t, float *level)
{
    const int floats = f.rows * VECTORS * WIDTH;
    int depth = 0;
    for (int64_t bits = t->block; bits; bits &= bits - 1, depth++)
        memcpy(level + depth * floats, t->carry + depth * t->carry_step, (size_t)floats * sizeof *level);
    return depth;
}

SV_INLINE void keep(const form f, const sv_wgrad *t, const float *level, int depth)
{
    const int floats = f.rows * VECTORS * WIDTH;
    for (int k = 0; k < depth; k++) memcpy(t->carry + k * t->carry_step, level + k * floats, (size_t)floats * sizeof *level);
}

/* A sample's blocks: one alone goes where it belongs at once. Of more, the tree joins neighbours as soon as both are there, and
 * what is left over at the end. */
SV_INLINE void sample(const form f, const sv_wgrad *t, const blocks *b, const float *x, const float *y)
{
    float level[LEVELS * ROWS * VECTORS * WIDTH];
    const int floats = f.rows * VECTORS * WIDTH, step = VECTORS * WIDTH;
    const bool one = b->count == 1 && !t->carry;
    int depth = restore(f, t, level);
    for (int64_t n = t->block, i = 0, j = 0; n < t->block + b->count; n++) {
        int64_t height = t->height - i < b->rows ? t->height - i : b->rows;
        int64_t width = t->width - j < b->columns ? t->width - j : b->columns;
        chains(f, t, x + i * t->x_row + j * t->x_column, y + i * t->y_row + j * t->y_column, height, width,
               one ? t->to : level + depth++ * floats, one ? t->to_step : step, one && !t->overwrite);
        if (one) return;
        for (int64_t odd = n; odd & 1; odd >>= 1) join(f, level + (--depth - 1) * floats);
        j += b->columns;
        if (j >= t->width) j = 0, i += b->rows;
    }
    if (t->more) {
        keep(f, t, level, depth);
        return;
    }
    while (depth > 1) join(f, level + (--depth - 1) * floats);
    for (int r = 0; r < f.rows; r++)
        for (int v = 0; v < f.vectors; v++)
            put(f, t->to + r * t->to_step, load(level + r * step + v * WIDTH), v, t->channels, !t->overwrite);
}

PER_FORM void samples(const form f, const sv_wgrad *t)
{
    const bool one = t->height * t->width <= SV_NATIVE_BLOCK;
    const blocks b = one ? (blocks){ t->height, t->width, 1, 1 } : blocks_of(t);
    for (int64_t s = 0; s < t->samples; s++) sample(f, t, &b, t->x + s * t->x_image, t->y + s * t->y_image);
}

/* One instance per number of rows, vectors and kind of last vector; masks cost AVX-512 nothing. */
#if defined(__AVX512F__)
#define IS_WHOLE(t) false
#else
#define IS_WHOLE(t) ((t)->channels % WIDTH == 0)
#endif
#define INSTANCE(name, n, ...)                                                                                                     \
    static void name##_##n(const sv_wgrad *t)                                                                                      \
    {                                                                                                                              \
        if (t->channels > WIDTH && IS_WHOLE(t))                                                                                    \
            samples((form){ n, 2, true, __VA_ARGS__ }, t);                                                                         \
        else if (t->channels > WIDTH)                                                                                              \
            samples((form){ n, 2, false, __VA_ARGS__ }, t);                                                                        \
        else if (IS_WHOLE(t))                                                                                                      \
            samples((form){ n, 1, true, __VA_ARGS__ }, t);                                                                         \
        else                                                                                                                       \
            samples((form){ n, 1, false, __VA_ARGS__ }, t);                                                                        \
    }

#define INSTANCES(n) INSTANCE(neighbours, n, false, false) INSTANCE(listed, n, false, true)

INSTANCES(1)
INSTANCES(2)
INSTANCE(by_lanes, 1, true, false)
INSTANCE(by_lanes, 2, true, false)
#if defined(__AVX2__) || defined(__aarch64__)
INSTANCES(3)
INSTANCES(4)
INSTANCES(5)
INSTANCES(6)
INSTANCE(by_lanes, 3, true, false)
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
INSTANCES(7)
INSTANCES(8)
INSTANCES(9)
INSTANCES(10)
INSTANCES(11)
INSTANCES(12)
INSTANCE(by_lanes, 4, true, false)
INSTANCE(by_lanes, 5, true, false)
#endif

typedef void instance(const sv_wgrad *t);

/* By the number of rows. */
static instance *const neighbours[] = {
    neighbours_1, neighbours_2,
#if defined(__AVX2__) || defined(__aarch64__)
    neighbours_3, neighbours_4, neighbours_5, neighbours_6,
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
    neighbours_7, neighbours_8, neighbours_9, neighbours_10, neighbours_11, neighbours_12,
#endif
};

static instance *const listed[] = {
    listed_1, listed_2,
#if defined(__AVX2__) || defined(__aarch64__)
    listed_3, listed_4, listed_5, listed_6,
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
    listed_7, listed_8, listed_9, listed_10, listed_11, listed_12,
#endif
};

static instance *const by_lanes[] = {
    by_lanes_1, by_lanes_2,
#if defined(__AVX2__) || defined(__aarch64__)
    by_lanes_3,
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
    by_lanes_4, by_lanes_5,
#endif
};

/* In as few tiles as hold the rows, as alike as can be: narrow ones leave the adders idle. */
SV_INLINE void tiles(instance *const *run, const int most, const sv_wgrad *given)
{
    const int count = (given->rows + most - 1) / most;
    sv_wgrad t = *given;
    for (int k = count, first = 0; k > 0; k--, first += t.rows) {
        t.rows = k == 1 ? given->rows - first : (given->rows - first) / k;
        t.to = given->to + first * t.to_step;
        if (t.carry) t.carry = given->carry + first * VECTORS * WIDTH;
        if (t.row)
            t.row = given->row + first;
        else
            t.x = given->x + first * (t.lanes ? t.x_step : 1);
        run[t.rows - 1](&t);
    }
}

void SV_VECTOR(native_wgrad)(const sv_wgrad *t)
{
    if (t->lanes)
        tiles(by_lanes, (int)(sizeof by_lanes / sizeof *by_lanes), t);
    else
        tiles(t->row ? listed : neighbours, ROWS, t);
}
