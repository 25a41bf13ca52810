/*
 * The native backend's inside. Four tiles of multiply-adds, built once per instruction set (*.isa.c), do all the arithmetic:
 * `gather` (down, up and products of matrices), `wgrad`, `planar` (down into few channels) and `sum` (up into few). All else
 * arranges their operands and is built once. The order of the sums: README.md.
 */
#ifndef SV_KERNELS_NATIVE_NATIVE_H
#define SV_KERNELS_NATIVE_NATIVE_H
#include "kernels/kernels.h"

enum {
    SV_NATIVE_PANEL = 32,  /* most channels of a panel of weights, of any instruction set */
    SV_NATIVE_PIXELS = 10, /* most pixels of a gather tile */
    SV_NATIVE_BLOCK = 512, /* most terms of one chain over pixels */
    SV_NATIVE_CHAIN = 256  /* most terms of one chain over taps and channels */
};

/* Whether the tiles apply the epilogue's activation: a ReLU costs them nothing. */
static inline bool sv_native_rectifies(const sv_epilogue *e)
{
    return e->activation && e->activation->type == SV_ACTIVATION_RELU;
}

/* Where a chain of multiply-adds begins. */
typedef enum sv_start {
    SV_START_BIAS,     /* at the bias, or zero where it is NULL */
    SV_START_CONTINUE, /* at what the destination holds */
    SV_START_ADD       /* at zero; the finished chain is added to the destination */
} sv_start;

/* The multiply-adds of one panel of output channels, of at most CHAIN terms:
 *     out[p][o] = start + sum over k < terms of in[p][offset[k]] panel[k][o]
 * as one chain in that order. */
typedef struct sv_gather {
    int64_t terms;
    const int64_t *offset; /* [terms], in floats */
    const float *panel;    /* `panel` floats (sv_native) for each term */
    const float *bias;     /* [channels] or NULL */
    int channels;          /* of the panel that are stored, 1 to panel */
    sv_start start;
    bool rectify;                  /* a ReLU follows */
    const float *const *rectified; /* or a ReLU's derivative, given its output for each out[p]; else NULL */
    bool lanes;                    /* depthwise: in[p] is that of the panel's first channel, each channel has its own */
} sv_gather;

/* The terms of such a sum, of any number: rows x columns of taps, `run` channels each; steps in floats. */
typedef struct sv_taps {
    int64_t rows, columns, run;
    int64_t row_step, column_step;
} sv_taps;

/* A vector of floats of patches: where its first one is, and how many there are. */
typedef struct sv_strip {
    int64_t at;
    int count;
} sv_strip;

/* The sums of one tile of a kernel's gradient, for all samples one after another:
 *     to[r to_step + o] += S_sample,  S = sum over small pixels (i, j) of x[i x_row + j x_column + r] y[i y_row + j y_column + o]
 * with S in blocks and a tree over them. A sample too large for the cache comes in bands of whole blocks, one call each. */
typedef struct sv_wgrad {
    int64_t samples, x_image, y_image;
    int64_t height, width, x_row, x_column, y_row, y_column;
    const float *x, *y;
    int rows, channels;    /* of any number of rows and at most `panel` channels */
    const int64_t *row;    /* [rows]: x[row[r]] in place of x[r]; or NULL */
    const sv_strip *strip; /* [strips]: y[strip[v].at + o] in place of y[o], for to[r to_step + v panel / 2 + o]; or NULL */
    int strips;            /* then, of any number, in place of `channels` */
    float *to;
    int64_t to_step;
    bool overwrite; /* to = instead of to += (of one sample) */
    bool lanes;     /* depthwise: x[r x_step + o] in place of x[r] */
    int64_t x_step; /* then */
    int64_t block;  /* of the sample, that the band begins with */
    bool more;      /* bands follow: nothing is added to `to` yet */
    float *carry;   /* [levels][rows][panel], or whole strips: the tree's open sums between bands; NULL where there is one band */
    int64_t carry_step; /* from one level to the next */
} sv_wgrad;

/* A row added to a sum: its element at - shift to the sum's element `at`, where it has one. */
typedef struct sv_addend {
    int64_t from, shift;
    int64_t row;    /* of small pixels, from the one that `from` is counted from */
    int64_t weight; /* where it is a product yet to be made: of its first channel */
} sv_addend;

/* Rows of sums for each phase and channel: to[k] = the bias, or what stands there where it is accumulated, plus the phase's
 * addends one after another; floats of to beyond `columns`, to the next whole vector, are of no meaning. */
typedef struct sv_sum {
    int phases, channels;
    const sv_addend *addend; /* of phase x: first[x] to first[x + 1] */
    const int64_t *first;
    const float *from;
    int64_t plane;          /* floats from a channel's addends to the next's, or from an input's to the next's */
    int inputs;             /* 0, or addends are products yet to be made, each a chain from +0 over so many: */
    const float *weights;   /* input i of channel c times weights[i weights_step + addend's weight + c]. WIDTH floats around */
    int64_t weights_step;   /* inputs are read */
    int64_t width, columns; /* of an addend, of the sum */
    bool accumulate;
    const float *bias;         /* [channels] or NULL */
    int64_t to_plane;          /* floats from one channel's sums to the next's */
    int64_t rows, row, to_row; /* floats from one row's addends and sums to the next's */
} sv_sum;

/* Sums whose pixels stand side by side in planes, as whole vectors: for each channel c
 *     to[c plane + p] = start + sum over k < terms of from[offset[k] + p] weights[k step + c]
 * as one chain in that order, p up to `pixels` and beyond: 8 vectors there may be read and written. */
typedef struct sv_planar {
    int64_t terms;
    const int64_t *offset; /* [terms], in floats */
    const float *from, *weights;
    int64_t step;
    int channels;
    const float *bias; /* [channels], what the chains start from, or NULL: zero */
    bool add;          /* the finished chain is added to what stands there */
    bool rectify;      /* a ReLU follows */
    int64_t pixels;
    float *to;
    int64_t plane;
} sv_planar;

/* The tiles of one instruction set. */
struct sv_native {
    int panel;                 /* channels of a panel: two vectors */
    int pixels, narrow_pixels; /* of a gather tile of two vectors, and of one */
    /* `tiles` times so many pixels. */
    void (*gather)(const sv_gather *g, int tiles, const float *const *in, float *const *out);
    void (*wgrad)(const sv_wgrad *t);
    /* Rows of `count` floats, `step` apart, with `before` and `after` zeros, one behind the other. */
    void (*pad)(int64_t rows, int64_t before, int64_t count, int64_t after, const float *from, int64_t step, float *to);
    /* to[c to_step + p] = from[p step + c], half a panel of pixels; zeros where there are fewer. `beyond`: three floats behind the
     * last one may be read. */
    void (*turn)(int pixels, bool beyond, int64_t channels, const float *from, int64_t step, float *to, int64_t to_step);
    void (*planar)(const sv_planar *p);
    void (*sum)(const sv_sum *s, float *to);
    /* to[k planes + p] = from[p step + k], of some rows; whole vectors of `from` are read. */
    void (*weave)(int64_t planes, int64_t count, const float *from, int64_t step, float *to, int64_t rows, int64_t from_row,
                  int64_t to_row);
};

/* Each group has one channel of either image: all channels are lanes side by side, as if of one group. */
static inline bool sv_native_is_depthwise(const sv_conv_geometry *g)
{
    return g->groups > 1 && g->big_c == g->groups && g->small_c == g->groups;
}

/* Some rows and columns of an image. */
typedef struct sv_rect {
    int64_t row, rows, column, columns;
} sv_rect;

/* Some images seen through a window: rows [top, top + height) and columns [left, left + width), also where those lie outside. */
typedef struct sv_window {
    int64_t images, image_height, image_width, channels;
    int64_t top, left, height, width;
    const float *pixels; /* of the first image's row `top`, column `left`, once opened */
    int64_t image, row;  /* floats from one to the next */
} sv_window;

/* Those small rows in all their columns. */
static inline sv_rect sv_small_rows(const sv_conv_geometry *g, int64_t row, int64_t rows)
{
    return (sv_rect){ row, rows, 0, g->small_w };
}

/* The big pixels that the patches of some small ones reach over. */
sv_window sv_window_of_patches(const sv_conv_geometry *g, int64_t images, sv_rect small);

/* Floats of the copy that a window needs: 0 where it lies inside the images. */
int64_t sv_window_floats(const sv_window *w);

/* Sets pixels, image and row: into `images` where the window lies inside them, else into a copy in `space`, zeros outside. */
void sv_window_open(const sv_native *n, sv_window *w, const float *images, float *space);

/* Results of some images in parts, each with the window that it reads. */
typedef struct sv_parts {
    int count;
    sv_rect rect[5];
    sv_window window[5];
} sv_parts;

/* The window of some results. */
typedef sv_window sv_window_of(const sv_conv_geometry *g, int64_t images, sv_rect results);

/* Whether to cut results that are in one part. `uses`: multiply-adds of each float of the window. Where these are many a copy
 * costs little, and less than the weights that are read once more for each part. */
bool sv_parts_are_worth_it(const sv_parts *one, int64_t uses);

/* Cuts them into those of `inner`, whose windows lie inside the images, and strips around them, where that spares most of the copy.
 */
void sv_parts_cut(sv_parts *one, const sv_conv_geometry *g, sv_rect inner, sv_window_of *window);

/* Opens all windows, their copies one behind the other: no more floats than the window of all results needs. */
void sv_parts_open(const sv_native *n, sv_parts *p, const float *images, float *space);

/* Some pixels of a result and where their patches begin: `images` of `rows` x `columns`. Steps in floats. */
typedef struct sv_field {
    int64_t images, rows, columns;
    const float *in;
    float *out;
    int64_t in_image, in_row, in_column, out_image, out_row, out_column;
    const float *rectified; /* as sv_epilogue's, at `out`; or NULL */
} sv_field;

/* Terms of the block of a sum that begins at term `first` (README.md). */
int64_t sv_block_terms(const sv_taps *t, int64_t first);

/* g for every pixel of f, its terms being those of t, cut into blocks (README.md), each a chain of its own. */
void sv_field_gather(const sv_native *n, const sv_taps *t, const sv_gather *g, const sv_field *f);

/* Which rows of the result of one call are computed together: those of some whole images, or a part of one. */
typedef struct sv_band {
    int64_t first, images; /* images [first, first + images) */
    int64_t row, rows;     /* of each image */
} sv_band;

/* Bands of a result of `height` rows an image, n rows of which read fixed_floats + n row_floats floats. */
typedef struct sv_bands {
    int64_t height, most_images, most_rows;
} sv_bands;

sv_bands sv_bands_of(int64_t height, int64_t fixed_floats, int64_t row_floats);
/* The band after *b (a zeroed one: the first); false where there is none. */
bool sv_bands_next(const sv_bands *s, int64_t samples, sv_band *b);
/* Floats that the largest band reads. */
int64_t sv_bands_floats(const sv_bands *s, int64_t samples, int64_t fixed_floats, int64_t row_floats);

static inline int64_t sv_floor_divide(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -((b - 1 - a) / b);
}

static inline int64_t sv_ceil_divide(int64_t a, int64_t b)
{
    return -sv_floor_divide(-a, b);
}

static inline int64_t sv_round_up(int64_t a, int64_t to)
{
    return (a + to - 1) / to * to;
}

static inline int64_t sv_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t sv_most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t sv_native_down_workspace(const sv_conv_geometry *g, int samples);
int64_t sv_native_down_packed(const sv_conv_geometry *g);
void sv_native_down_pack(const sv_native *n, const sv_conv_geometry *g, const float *v, float *to);
void sv_native_down(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *packed,
                    float *small, const sv_epilogue *e, float *workspace);

int64_t sv_native_up_workspace(const sv_conv_geometry *g, int samples);
int64_t sv_native_up_packed(const sv_conv_geometry *g);
void sv_native_up_pack(const sv_native *n, const sv_conv_geometry *g, const float *v, float *to);
void sv_native_up(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed, float *big,
                  const sv_epilogue *e, float *workspace);

/* up into so few channels a group that they would not fill a vector. */
bool sv_native_up_is_thin(const sv_conv_geometry *g);
int64_t sv_native_up_thin_workspace(const sv_conv_geometry *g, int samples);
int64_t sv_native_up_thin_packed(const sv_conv_geometry *g);
/* `mirrored`: v is the kernel of the geometry that g is the mirror of. */
void sv_native_up_thin_pack(const sv_conv_geometry *g, const float *v, bool mirrored, float *to);
void sv_native_up_thin(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *packed,
                       float *big, const sv_epilogue *e, float *workspace);

/* down of stride 1 into so few channels from more: it is up_thin of the mirrored geometry, where big and small change places
 * and the kernel is turned about. */
bool sv_native_down_is_thin(const sv_conv_geometry *g);
sv_conv_geometry sv_native_mirror(const sv_conv_geometry *g);

/* down into few channels by planes, if the instruction set has wider vectors: the same bits. `v` is not packed. */
bool sv_native_down_may_be_planar(const sv_conv_geometry *g);
bool sv_native_down_is_planar(const sv_native *n, const sv_conv_geometry *g, const sv_epilogue *e);
int64_t sv_native_down_planar_workspace(const sv_conv_geometry *g);
void sv_native_down_planar(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *v,
                           float *small, const sv_epilogue *e, float *workspace);

/* Sums over the pixels of a bias's gradient, sample after sample, in pieces. */
typedef struct sv_bias_sums {
    int64_t channels, row, rows; /* pixels of a row; rows of a sample */
    const float *dz;             /* the sample */
    int64_t done;                /* of its pixels */
    double *total;               /* [channels]: their sums */
    float *db;                   /* NULL: nothing is summed */
} sv_bias_sums;

/* Floats of the workspace that they need. */
int64_t sv_bias_sums_floats(const sv_conv_geometry *g);
sv_bias_sums sv_bias_sums_of(const sv_conv_geometry *g, const float *big, const float *small, sv_bias_gradient bias,
                             float *workspace);
/* What the first `rows` rows of the sample have in whole blocks that are not summed yet; `last`: the rest of all its rows, and the
 * next sample is begun. */
void sv_bias_sums_add(const sv_vectors *k, sv_bias_sums *s, int64_t rows, bool last);

int64_t sv_native_wgrad_workspace(const sv_conv_geometry *g, int samples);
void sv_native_wgrad(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                     sv_bias_gradient bias, float *workspace);

/* Whether it takes large images in bands of rows. */
bool sv_native_wgrad_is_banded(const sv_conv_geometry *g);

/* What else is done with some small rows of some images, after wgrad has read them: w is their window. */
typedef void sv_native_visit(const void *context, const sv_window *w, const sv_band *seen);

/* The same as sv_native_wgrad; visit (or NULL) is called for all small rows, band after band, while they are in the cache. It
 * leaves the workspace alone. */
void sv_native_wgrad_bands(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                           float *dv, sv_bias_gradient bias, float *workspace, sv_native_visit *visit, const void *context);
void sv_native_wgrad_down(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                          float *dv, sv_bias_gradient bias, const float *packed, float *down, const sv_epilogue *e,
                          float *workspace);

/* Where images are large the workspace is that of both. */
int64_t sv_native_wgrad_up_workspace(const sv_conv_geometry *g, int samples);
void sv_native_wgrad_up(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                        float *dv, sv_bias_gradient bias, const float *packed, float *up, const sv_epilogue *e, float *workspace);

void sv_native_matmul(const sv_vectors *k, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t depth, const float *a,
                      const float *b, float *c, bool accumulate);

#endif
