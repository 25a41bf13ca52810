/* A tile of a kernel's gradient in registers: per pixel some floats of a patch times two vectors of small channels. */
#include "kernels/native/tiles.h"

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
    bool whole; /* the last vector has all its channels */
    bool lanes; /* depthwise */
} form;

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
                lanes s = f.lanes ? part(f, x + r * t->x_step, v, t->channels) : all(x[r]);
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

/* The tree over a sample's blocks: neighbours are joined as soon as both are there, what is left over at the end. */
SV_INLINE void tree(const form f, const sv_wgrad *t, const blocks *b, const float *x, const float *y)
{
    float level[LEVELS * ROWS * VECTORS * WIDTH];
    const int floats = f.rows * VECTORS * WIDTH, step = VECTORS * WIDTH;
    int depth = 0;
    for (int64_t n = 0; n < b->count; n++) {
        int64_t i = n / b->across * b->rows, j = n % b->across * b->columns;
        int64_t height = t->height - i < b->rows ? t->height - i : b->rows;
        int64_t width = t->width - j < b->columns ? t->width - j : b->columns;
        chains(f, t, x + i * t->x_row + j * t->x_column, y + i * t->y_row + j * t->y_column, height, width,
               level + depth++ * floats, step, false);
        for (int64_t odd = n; odd & 1; odd >>= 1) join(f, level + (--depth - 1) * floats);
    }
    while (depth > 1) join(f, level + (--depth - 1) * floats);
    for (int r = 0; r < f.rows; r++)
        for (int v = 0; v < f.vectors; v++)
            put(f, t->to + r * t->to_step, load(level + r * step + v * WIDTH), v, t->channels, !t->overwrite);
}

SV_INLINE void samples(const form f, const sv_wgrad *t)
{
    blocks b = blocks_of(t);
    for (int64_t s = 0; s < t->samples; s++) {
        const float *x = t->x + s * t->x_image, *y = t->y + s * t->y_image;
        if (b.count == 1)
            chains(f, t, x, y, t->height, t->width, t->to, t->to_step, !t->overwrite);
        else
            tree(f, t, &b, x, y);
    }
}

/* One instance per number of rows, vectors and kind of last vector. */
#define INSTANCE(name, n, lanes)                                                                                                   \
    static void name##_##n(const sv_wgrad *t)                                                                                      \
    {                                                                                                                              \
        bool whole = t->channels % WIDTH == 0;                                                                                     \
        if (t->channels > WIDTH && whole)                                                                                          \
            samples((form){ n, 2, true, lanes }, t);                                                                               \
        else if (t->channels > WIDTH)                                                                                              \
            samples((form){ n, 2, false, lanes }, t);                                                                              \
        else if (whole)                                                                                                            \
            samples((form){ n, 1, true, lanes }, t);                                                                               \
        else                                                                                                                       \
            samples((form){ n, 1, false, lanes }, t);                                                                              \
    }

INSTANCE(rows, 1, false)
INSTANCE(rows, 2, false)
INSTANCE(lanes, 1, true)
INSTANCE(lanes, 2, true)
#if defined(__AVX2__) || defined(__aarch64__)
INSTANCE(rows, 3, false)
INSTANCE(rows, 4, false)
INSTANCE(rows, 6, false)
INSTANCE(lanes, 3, true)
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
INSTANCE(rows, 8, false)
INSTANCE(rows, 9, false)
INSTANCE(rows, 12, false)
INSTANCE(lanes, 5, true)
#endif

typedef struct instance {
    int rows;
    void (*run)(const sv_wgrad *t);
} instance;

static const instance broadcast[] = {
#if defined(__AVX512F__) || defined(__aarch64__)
    { 12, rows_12 }, { 9, rows_9 }, { 8, rows_8 },
#endif
#if defined(__AVX2__) || defined(__aarch64__)
    { 6, rows_6 },   { 4, rows_4 }, { 3, rows_3 },
#endif
    { 2, rows_2 },   { 1, rows_1 },
};

static const instance by_lanes[] = {
#if defined(__AVX512F__) || defined(__aarch64__)
    { 5, lanes_5 },
#endif
#if defined(__AVX2__) || defined(__aarch64__)
    { 3, lanes_3 },
#endif
    { 2, lanes_2 },
    { 1, lanes_1 },
};

void SV_VECTOR(native_wgrad)(const sv_wgrad *tile)
{
    sv_wgrad t = *tile;
    if (!t.lanes) t.x_step = 1;
    for (const instance *i = t.lanes ? by_lanes : broadcast; t.rows > 0;) {
        if (i->rows > t.rows) {
            i++;
            continue;
        }
        i->run(&t);
        t.x += i->rows * t.x_step;
        t.to += i->rows * t.to_step;
        t.rows -= i->rows;
    }
}
