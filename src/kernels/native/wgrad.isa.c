/* A tile of a kernel's gradient in registers: per pixel some floats, spread, times some vectors of others. Most tiles take the
 * floats of patches for rows and one or two vectors of small channels; where strips are listed it is the other way round. */
#include "kernels/native/tiles.h"
#include <string.h>

enum {
    LEVELS = 48,    /* of the tree over blocks */
    PREFETCHED = 64 /* pixels, whose sums take longer than what they are added to needs to come */
};

/* Blocks of a sample: whole rows of small pixels, as many as hold BLOCK, or parts of one long row. */
typedef struct blocks {
    int64_t rows, columns; /* of a block */
    int64_t count;         /* of the sample */
} blocks;

static blocks blocks_of(const sv_wgrad *t)
{
    blocks b = { 1, t->width, 0 };
    if (t->width <= SV_NATIVE_BLOCK)
        b.rows = SV_NATIVE_BLOCK / t->width;
    else
        b.columns = SV_NATIVE_BLOCK;
    b.count = ((t->height + b.rows - 1) / b.rows) * ((t->width + b.columns - 1) / b.columns);
    return b;
}

/* What one instance of the tile is made for: constants where it is inlined. */
typedef struct form {
    int rows, vectors;
    bool whole;  /* the last vector has all its channels, or all strips have */
    bool lanes;  /* depthwise */
    bool listed; /* rows are where t->row says, not side by side */
    bool strips; /* vectors are where t->strip says */
} form;

/* Where a tile's rows and vectors are read, from a pixel's first ones, and which lanes of a vector. */
typedef struct places {
    int64_t row[SUMS], vector[STRIPS];
    lane_set which[STRIPS];
} places;

SV_INLINE places places_of(const form f, const sv_wgrad *t)
{
    places p;
    UNROLL for (int r = 0; r < f.rows; r++) p.row[r] = f.lanes ? r * t->x_step : f.listed ? t->row[r] : r;
    UNROLL for (int v = 0; v < f.vectors; v++)
    {
        const int left = t->channels - v * WIDTH;
        p.vector[v] = f.strips ? t->strip[v].at : v * WIDTH;
        p.which[v] = between(0, f.strips ? t->strip[v].count : left < WIDTH ? left : WIDTH);
    }
    return p;
}

SV_INLINE lanes part(const form f, const places *at, const float *p, int v)
{
    return f.whole || (!f.strips && v < f.vectors - 1) ? load(p) : load_these(p, at->which[v]);
}

SV_INLINE lanes spread(const form f, const places *at, const float *x, int v)
{
    return f.lanes ? part(f, at, x + v * WIDTH, v) : all(*x);
}

/* The products of one pixel: what there is less of stays in registers. */
SV_INLINE void add_pixel(const form f, const places *at, const float *x, const float *y, lanes *sum)
{
    lanes kept[SUMS];
    if (f.rows > f.vectors || f.lanes) {
        UNROLL for (int v = 0; v < f.vectors; v++) kept[v] = part(f, at, y + at->vector[v], v);
        UNROLL for (int r = 0; r < f.rows; r++)
        {
            UNROLL for (int v = 0; v < f.vectors; v++) sum[r * f.vectors + v] =
                multiply_add(spread(f, at, x + at->row[r], v), kept[v], sum[r * f.vectors + v]);
        }
        return;
    }
    UNROLL for (int r = 0; r < f.rows; r++) kept[r] = all(x[at->row[r]]);
    UNROLL for (int v = 0; v < f.vectors; v++)
    {
        const lanes w = part(f, at, y + at->vector[v], v);
        UNROLL for (int r = 0; r < f.rows; r++) sum[r * f.vectors + v] = multiply_add(kept[r], w, sum[r * f.vectors + v]);
    }
}

SV_INLINE void put(float *p, lanes x, lane_set which, bool whole, bool add)
{
    if (add) x = plus(whole ? load(p) : load_these(p, which), x);
    if (whole)
        store(p, x);
    else
        store_these(p, x, which);
}

/* Pixels of a block, and what becomes of their sums. */
typedef struct block {
    int64_t samples; /* with one block each */
    int64_t height, width;
    int64_t to_step;
    bool add; /* they are added to what stands there */
} block;

/* Puts a block's sums down, or adds them to what stands there. Whole strips are written. */
SV_INLINE void finish(const form f, const places *at, const lanes *sum, float *to, int64_t to_step, bool add)
{
    UNROLL for (int v = 0; v < f.vectors; v++)
    {
        const bool whole = f.whole || f.strips || v < f.vectors - 1;
        UNROLL for (int r = 0; r < f.rows; r++) put(to + r * to_step + v * WIDTH, sum[r * f.vectors + v], at->which[v], whole, add);
    }
}

/* A block's chains, from zero. */
SV_INLINE void run_chains(const form f, const sv_wgrad *t, const places *at, const block *b, const float *x, const float *y,
                          float *to)
{
    lanes sum[SUMS];
    UNROLL for (int k = 0; k < f.rows * f.vectors; k++) sum[k] = all(0);
    const int64_t x_step = t->x_column, y_step = t->y_column, width = b->width;
    const int64_t x_end = t->x_row - (width - 1) * x_step, y_end = t->y_row - (width - 1) * y_step, to_step = b->to_step;
    const bool ahead = WIDTH == 8 && width >= 32; /* long rows, of which narrow tiles want more often than the hardware brings */
    int64_t left = width;
    const bool add = b->add;                      /* read before anything is stored, for all the compiler knows over it */
    if (add && width * b->height >= PREFETCHED) { /* a large kernel's gradient lies beyond the cache */
        UNROLL for (int r = 0; r < f.rows; r++) UNROLL for (int v = 0; v < f.vectors; v++)
            __builtin_prefetch(to + r * to_step + v * WIDTH, 1);
    }
    for (int64_t n = b->height * width; n > 0; n--) {
        if (ahead) {
            __builtin_prefetch(x + 8 * x_step);
            __builtin_prefetch(y + 8 * y_step);
        }
        add_pixel(f, at, x, y, sum);
        bool end = --left == 0;
        x += end ? x_end : x_step;
        y += end ? y_end : y_step;
        left = end ? width : left;
    }
    finish(f, at, sum, to, to_step, add);
}

PER_FORM void run_samples(const form f, const sv_wgrad *t, const block *b, const float *x, const float *y, float *to)
{
    const places at = places_of(f, t);
    for (int64_t s = 0; s < b->samples; s++) run_chains(f, t, &at, b, x + s * t->x_image, y + s * t->y_image, to);
}

typedef void chains(const sv_wgrad *t, const block *b, const float *x, const float *y, float *to);

/* A tile and the instance that sums its blocks. */
typedef struct tile {
    const sv_wgrad *t;
    chains *run;
    int vectors, floats;
} tile;

/* Adds what stands above in the stack of partial sums. */
static void join(int floats, float *level)
{
    for (int k = 0; k < floats; k += WIDTH) store(level + k, plus(load(level + k), load(level + floats + k)));
}

/* Copies the stack of partial sums to or from where it stays between bands: one sum for each bit set in the number of blocks. */
static int restore(const tile *a, float *level)
{
    int depth = 0;
    for (int64_t bits = a->t->block; bits; bits &= bits - 1, depth++)
        memcpy(level + depth * a->floats, a->t->carry + depth * a->t->carry_step, (size_t)a->floats * sizeof *level);
    return depth;
}

static void keep(const tile *a, const float *level, int depth)
{
    for (int k = 0; k < depth; k++)
        memcpy(a->t->carry + k * a->t->carry_step, level + k * a->floats, (size_t)a->floats * sizeof *level);
}

static void put_all(const tile *a, const float *sum)
{
    const sv_wgrad *t = a->t;
    for (int r = 0; r < t->rows; r++)
        for (int v = 0; v < a->vectors; v++, sum += WIDTH) {
            const int count = t->strip || t->channels > (v + 1) * WIDTH ? WIDTH : t->channels - v * WIDTH;
            put(t->to + r * t->to_step + v * WIDTH, load(sum), between(0, count), count == WIDTH, !t->overwrite);
        }
}

/* A sample's blocks. The tree joins neighbours as soon as both are there, and what is left over at the end. */
static void run_sample(const tile *a, const blocks *b, const float *x, const float *y)
{
    const sv_wgrad *t = a->t;
    float level[LEVELS * SUMS * WIDTH];
    int depth = restore(a, level);
    for (int64_t n = t->block, i = 0, j = 0; n < t->block + b->count; n++) {
        const block one = { .samples = 1,
                            .height = t->height - i < b->rows ? t->height - i : b->rows,
                            .width = t->width - j < b->columns ? t->width - j : b->columns,
                            .to_step = a->vectors * WIDTH };
        a->run(t, &one, x + i * t->x_row + j * t->x_column, y + i * t->y_row + j * t->y_column, level + depth++ * a->floats);
        for (int64_t odd = n; odd & 1; odd >>= 1) join(a->floats, level + (--depth - 1) * a->floats);
        j += b->columns;
        if (j >= t->width) j = 0, i += b->rows;
    }
    if (t->more) {
        keep(a, level, depth);
        return;
    }
    while (depth > 1) join(a->floats, level + (--depth - 1) * a->floats);
    put_all(a, level);
}

/* One block alone goes where it belongs at once. */
static void run_tile(const sv_wgrad *t, chains *run, int vectors)
{
    if (t->height * t->width <= SV_NATIVE_BLOCK && !t->carry) {
        run(t, &(block){ t->samples, t->height, t->width, t->to_step, !t->overwrite }, t->x, t->y, t->to);
        return;
    }
    const tile a = { t, run, vectors, t->rows * vectors * WIDTH };
    const blocks b = blocks_of(t);
    for (int64_t s = 0; s < t->samples; s++) run_sample(&a, &b, t->x + s * t->x_image, t->y + s * t->y_image);
}

/* One instance per number of rows and vectors, and kind of last vector; masks cost AVX-512 nothing. */
#if defined(__AVX512F__)
#define IS_WHOLE(t) false
#else
#define IS_WHOLE(t) ((t)->strip ? is_whole(t) : (t)->channels % WIDTH == 0)

static bool is_whole(const sv_wgrad *t)
{
    bool whole = true;
    for (int v = 0; v < t->strips; v++) whole = whole && t->strip[v].count == WIDTH;
    return whole;
}
#endif
#define INSTANCE(name, r, v, ...)                                                                                                  \
    static void name##_##r##_##v(const sv_wgrad *t, const block *b, const float *x, const float *y, float *to)                     \
    {                                                                                                                              \
        if (IS_WHOLE(t))                                                                                                           \
            run_samples((form){ r, v, true, __VA_ARGS__ }, t, b, x, y, to);                                                        \
        else                                                                                                                       \
            run_samples((form){ r, v, false, __VA_ARGS__ }, t, b, x, y, to);                                                       \
    }

#define ROW(r, v) INSTANCE(neighbours, r, v, false, false, false) INSTANCE(listed, r, v, false, true, false)
#define LANES(r, v) INSTANCE(by_lanes, r, v, true, false, false)
#define STRIP(r, v) INSTANCE(strips, r, v, false, false, true)

/* All numbers of rows and vectors with at most SUMS products. */
#define ROWS_TO_2(X, v) X(1, v) X(2, v)
#define ROWS_TO_3(X, v) ROWS_TO_2(X, v) X(3, v)
#define ROWS_TO_4(X, v) ROWS_TO_3(X, v) X(4, v)
#define ROWS_TO_5(X, v) ROWS_TO_4(X, v) X(5, v)
#define ROWS_TO_6(X, v) ROWS_TO_5(X, v) X(6, v)
#define ROWS_TO_8(X, v) ROWS_TO_6(X, v) X(7, v) X(8, v)
#define ROWS_TO_12(X, v) ROWS_TO_8(X, v) X(9, v) X(10, v) X(11, v) X(12, v)
#define ROWS_TO_24(X, v)                                                                                                           \
    ROWS_TO_12(X, v)                                                                                                               \
    X(13, v) X(14, v) X(15, v) X(16, v) X(17, v) X(18, v) X(19, v) X(20, v) X(21, v) X(22, v) X(23, v) X(24, v)
#if defined(__AVX512F__) || defined(__aarch64__)
#define OF_ROWS(X) ROWS_TO_24(X, 1) ROWS_TO_12(X, 2)
#define OF_LANES(X) ROWS_TO_5(X, 1) ROWS_TO_5(X, 2)
#define OF_STRIPS(X)                                                                                                               \
    ROWS_TO_12(X, 1)                                                                                                               \
    ROWS_TO_12(X, 2) ROWS_TO_8(X, 3) ROWS_TO_6(X, 4) ROWS_TO_4(X, 5) ROWS_TO_4(X, 6) ROWS_TO_3(X, 7) ROWS_TO_3(X, 8)
#elif defined(__AVX2__)
#define OF_ROWS(X) ROWS_TO_12(X, 1) ROWS_TO_6(X, 2)
#define OF_LANES(X) ROWS_TO_3(X, 1) ROWS_TO_3(X, 2)
#define OF_STRIPS(X) ROWS_TO_6(X, 1) ROWS_TO_6(X, 2) ROWS_TO_4(X, 3) ROWS_TO_3(X, 4)
#else
#define OF_ROWS(X) ROWS_TO_4(X, 1) ROWS_TO_2(X, 2)
#define OF_LANES(X) ROWS_TO_2(X, 1) ROWS_TO_2(X, 2)
#define OF_STRIPS(X) ROWS_TO_2(X, 1) ROWS_TO_2(X, 2)
#endif

OF_ROWS(ROW)
OF_LANES(LANES)
OF_STRIPS(STRIP)

/* By the numbers of rows and vectors. */
#define AS_NEIGHBOURS(r, v) [r][v] = neighbours_##r##_##v,
#define AS_LISTED(r, v) [r][v] = listed_##r##_##v,
#define AS_LANES(r, v) [r][v] = by_lanes_##r##_##v,
#define AS_STRIPS(r, v) [r][v] = strips_##r##_##v,
static chains *const neighbours[SUMS + 1][VECTORS + 1] = { OF_ROWS(AS_NEIGHBOURS) };
static chains *const listed[SUMS + 1][VECTORS + 1] = { OF_ROWS(AS_LISTED) };
static chains *const by_lanes[SUMS + 1][VECTORS + 1] = { OF_LANES(AS_LANES) };
static chains *const strips[SUMS + 1][STRIPS + 1] = { OF_STRIPS(AS_STRIPS) };

static void run_rows(chains *const table[][VECTORS + 1], const sv_wgrad *given)
{
    sv_wgrad t = *given;
    const int vectors = t.channels > WIDTH ? 2 : 1;
    int most = SUMS / vectors;
    while (most > 1 && !table[most][vectors]) most--;
    for (int first = 0; first < given->rows; first += t.rows) {
        t.rows = share(given->rows - first, most);
        t.to = given->to + first * t.to_step;
        if (t.carry) t.carry = given->carry + first * vectors * WIDTH;
        if (t.row)
            t.row = given->row + first;
        else
            t.x = given->x + first * (t.lanes ? t.x_step : 1);
        run_tile(&t, table[t.rows][vectors], vectors);
    }
}

static void run_strips(const sv_wgrad *given)
{
    sv_wgrad t = *given;
    for (int row = 0; row < given->rows; row += t.rows) {
        int most = STRIPS;
        t.rows = share(given->rows - row, SUMS / VECTORS);
        while (most > 1 && !strips[t.rows][most]) most--;
        for (int v = 0; v < given->strips; v += t.strips) {
            t.strips = share(given->strips - v, most);
            t.strip = given->strip + v;
            t.x = given->x + row;
            t.to = given->to + row * t.to_step + v * WIDTH;
            if (t.carry) t.carry = given->carry + (row * given->strips + v * t.rows) * WIDTH;
            run_tile(&t, strips[t.rows][t.strips], t.strips);
        }
    }
}

/* One short chain each, written over what stands there. */
static void run_products(const sv_wgrad *t)
{
    const int vectors = t->channels > WIDTH ? 2 : 1;
    const block all_of_it = { 1, t->height, t->width, t->to_step, false };
    for (int first = 0, rows; first < t->rows; first += rows) {
        rows = share(t->rows - first, SUMS / vectors);
        neighbours[rows][vectors](t, &all_of_it, t->x + first, t->y, t->to + first * t->to_step);
    }
}

void SV_VECTOR(native_wgrad)(const sv_wgrad *t)
{
    if (t->overwrite && t->height * t->width <= SV_NATIVE_BLOCK)
        run_products(t);
    else if (t->strip)
        run_strips(t);
    else
        run_rows(t->lanes ? by_lanes : t->row ? listed : neighbours, t);
}
