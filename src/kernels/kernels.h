/*
 * Kernels: what runs on arrays of floats and knows nothing of layers.
 *
 * Two tables. `sv_vectors` is plain loops over floats, one source built per instruction set (vectors*.c) and chosen at
 * start. `sv_conv_backend` is the three primitives of every convolution between a big and a small image, one folder per
 * backend. No element's value depends on the number of threads or on how rows are grouped into calls, except sums, whose
 * order is that of the rows given, and the products of "blas": a library rounds a short matrix otherwise than a long one, so
 * their last bits may depend on the number of samples of a call (never on which samples or threads).
 */
#ifndef SV_KERNELS_KERNELS_H
#define SV_KERNELS_KERNELS_H
#include "base/rng.h"
#include "base/status.h"

/* One convolution's geometry. The big image [big_h,big_w,big_c] and the small one [small_h,small_w,small_c] are joined by
 * kernel V [kh,kw,big_c/groups,small_c] (Keras's layout for both kinds of layer): small pixel (i,j), tap (u,v) touches big
 * pixel (i sh + u dh - top, j sw + v dw - left) where that lies inside; elsewhere zeros stand. Padding may be negative. */
typedef struct sv_conv_geometry {
    int big_h, big_w, big_c;
    int small_h, small_w, small_c;
    int kh, kw, sh, sw, dh, dw;
    int top, left;
    int groups;
} sv_conv_geometry;

/* What happens to a primitive's result: accumulate adds it to the destination (all else is then NULL); otherwise the destination
 * is overwritten with act(bias + result). */
typedef struct sv_epilogue {
    bool accumulate;
    const float *bias;               /* [channels of the destination] or NULL */
    const sv_activation *activation; /* or NULL; only such as need no saved z (sv_activation_needs_input is false) */
    const float *rectified; /* of a gradient: the output, as large, of a ReLU by whose derivative it is multiplied; or NULL */
} sv_epilogue;

typedef struct sv_vectors sv_vectors;
typedef struct sv_native sv_native;

/* The primitive that a kernel is packed for. */
typedef enum sv_direction { SV_DOWN, SV_UP } sv_direction;

/* Where a layer's bias has its gradient: the sums over all pixels of what is the result's, the small image of a convolution, the
 * big one of a transposed one. Each sample's are added as column_sums gives them. */
typedef struct sv_bias_gradient {
    float *db; /* NULL: there is none */
    bool transposed;
} sv_bias_gradient;

typedef struct sv_conv_backend {
    const char *name;
    /* The library that computes, its version and its choice of kernels for this processor, which its last bits depend on; NULL
     * where it is this one. */
    const char *(*version)(void);
    /* Floats of scratch memory that the three primitives need for up to `samples` samples. */
    int64_t (*workspace)(const sv_conv_geometry *g, int samples);
    /* Floats of a kernel as `down` or `up` takes it, and making it so of V, once for many calls; 0: they take V itself. */
    int64_t (*packed)(const sv_conv_geometry *g, sv_direction d);
    void (*pack)(const sv_vectors *k, const sv_conv_geometry *g, sv_direction d, const float *v, float *packed);
    /* small[i,j,s] = sum_{u,v,b} big[...,b] V[u,v,b,s]: convolution forward, transposed convolution's input gradient. `v` is V
     * packed, here and in `up`. */
    void (*down)(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *v, float *small,
                 const sv_epilogue *e, float *workspace);
    /* big[...,b] = sum small[i,j,s] V[u,v,b,s]: transposed convolution forward, convolution's input gradient. */
    void (*up)(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *v, float *big,
               const sv_epilogue *e, float *workspace);
    /* dv[u,v,b,s] += sum over samples and pixels of big[...,b] small[i,j,s]: both kinds' kernel gradient; and the bias's. */
    void (*wgrad)(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                  sv_bias_gradient bias, float *workspace);
    /* wgrad and down of the same big image, the two gradients of a transposed convolution, with the bits of the two calls;
     * NULL where a backend gains nothing by doing both at once. */
    void (*wgrad_down)(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                       sv_bias_gradient bias, const float *v, float *down, const sv_epilogue *e, float *workspace);
    /* Likewise wgrad and up of the same small image, those of a convolution; the result must not be `big`. */
    void (*wgrad_up)(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                     sv_bias_gradient bias, const float *v, float *up, const sv_epilogue *e, float *workspace);
    /* c [m,n] = a [m,depth] b [depth,n] (Dense), with either operand stored transposed; accumulate adds to c. */
    void (*matmul)(const sv_vectors *k, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t depth, const float *a,
                   const float *b, float *c, bool accumulate);
} sv_conv_backend;

/* bias.db += the sums over these images. */
void sv_bias_gradient_add(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                          sv_bias_gradient bias);

extern const sv_conv_backend sv_backend_blas, sv_backend_native;

/* Constants of one optimizer update, the same for all elements; the formulas: vectors_updates.c. */
typedef struct sv_update {
    sv_dialect dialect;
    float rate; /* learning rate of this step */
    float momentum, epsilon, weight_decay;
    double beta_1, beta_2, rho; /* as written: 1 - .999 is .001, which 1 - .999f is not */
    bool decoupled;             /* weight decay w -= rate weight_decay w before the step; else g += weight_decay w */
    bool nesterov, amsgrad, centered;
    double correction_1, correction_2; /* 1 - beta_1^t, 1 - beta_2^t */
} sv_update;

/* Numbers of each channel of a normalization: xhat = ((x - mean) - rest) inv, y = ((x - mean) - rest) scale + beta. A mean is two
 * floats, mean + rest, so that x - mean loses nothing where the mean is large beside the deviation. */
typedef struct sv_normalize {
    float *mean, *rest, *inv, *scale;
} sv_normalize;

/* Some neighbouring pixels of an image: `first` and those to the right of it and below. */
typedef struct sv_pixels {
    int64_t first, rows, columns;
    int64_t width, channels; /* of the image */
} sv_pixels;

/* Plain loops over floats. `rows` x `channels` arrays are contiguous, channels last. */
struct sv_vectors {
    const char *isa;         /* "sse2", "avx2", "avx512", "neon", "scalar" */
    const sv_native *native; /* this set's tiles of the native backend */

    /* Activations (formulas in selvage.h). y may be x. */
    void (*activate)(const sv_activation *a, int64_t count, const float *x, float *y);
    /* dy[i] *= act'. From the output y where sv_activation_needs_input(a) is false, else from the saved input x. */
    void (*activate_backward)(const sv_activation *a, int64_t count, const float *x, const float *y, float *dy);

    /* y[r,c] = act(y[r,c] + bias[c]); bias or activation may be NULL. */
    void (*bias_activate)(int64_t rows, int64_t channels, float *y, const float *bias, const sv_activation *a);
    /* y[r,c] = bias[c]. */
    void (*fill_rows)(int64_t rows, int64_t channels, float *y, const float *bias);
    /* sum[c] += sum_r x[r,c] (bias gradients). */
    void (*column_sums)(int64_t rows, int64_t channels, const float *x, float *sum);
    /* The same in pieces: total[c] += sum_r x[r,c] over as many of these rows as make whole blocks, over all where they are the
     * last ones. Returns how many; the next piece begins behind them. (float)total is what column_sums adds. */
    int64_t (*column_totals)(int64_t rows, int64_t channels, bool last, const float *x, double *total);

    void (*add)(int64_t count, float *to, const float *x);                 /* to += x */
    void (*add_scaled)(int64_t count, float *to, float a, const float *x); /* to += a x */
    void (*scale)(int64_t count, float *x, float a);                       /* x *= a */
    double (*sum_squares)(int64_t count, const float *x);                  /* in double, fixed lanes */
    bool (*all_finite)(int64_t count, const float *x);
    /* Patches: rows of `run` floats between a strided image and a packed one (im2col and back). */
    void (*add_runs)(int64_t runs, int64_t run, float *to, int64_t to_stride, const float *x, int64_t x_stride);
    void (*from_u8)(int64_t count, const uint8_t *x, float *y);   /* x / 255, correctly rounded */
    void (*from_u16)(int64_t count, const uint16_t *x, float *y); /* x / 65535 */

    /* sum[c] += v, square[c] += v^2 over the rows in their order, v = x - shift[c] in double; shift may be NULL (0). */
    void (*moments)(int64_t rows, int64_t channels, const float *x, const float *shift, double *sum, double *square);
    /* y of rows x channels; beta may be NULL (0). */
    void (*normalize)(const sv_normalize *n, int64_t rows, int64_t channels, const float *x, const float *beta, float *y);
    /* Of channels from .. from + width: sum[c] += dy, product[c] += dy xhat, over the rows in their order, in double. */
    void (*normalize_sums)(const sv_normalize *n, int64_t rows, int64_t channels, int64_t from, int64_t width, const float *x,
                           const float *dy, double *sum, double *product);
    /* dx += scale dy - a - ((x - mean) - rest) b, with a and b of each channel. */
    void (*normalize_backward)(const sv_normalize *n, int64_t rows, int64_t channels, const float *x, const float *dy,
                               const float *a, const float *b, float *dx);

    /* Of each channel the largest of some pixels of image x and which it is, row by row; a NaN wins. */
    void (*max_window)(const sv_pixels *w, const float *x, float *y, int32_t *winner);
    /* The sum of some pixels over the divisor. */
    void (*mean_window)(const sv_pixels *w, const float *x, float divisor, float *y);
    /* Each of those pixels of dx += dy over the divisor. */
    void (*spread_window)(const sv_pixels *w, const float *dy, float divisor, float *dx);
    /* y = lower + weight (upper - lower). */
    void (*interpolate)(int64_t count, const float *lower, const float *upper, float weight, float *y);

    /* Losses of `count` elements: the sum of the values (in double, fixed lanes); where dy is not NULL also
     * dy[i] += scale * d value / dy. `delta` of huber; `dialect` of bce. */
    double (*mse)(int64_t count, const float *y, const float *t, float scale, float *dy);
    double (*mae)(int64_t count, const float *y, const float *t, float scale, float *dy);
    double (*huber)(int64_t count, const float *y, const float *t, float delta, float scale, float *dy);
    double (*bce)(int64_t count, const float *y, const float *t, sv_dialect dialect, float scale, float *dy);
    double (*bce_with_logits)(int64_t count, const float *y, const float *t, float scale, float *dy);

    /* Optimizers: w of `count` weights by gradient g; s0, s1, s2 are that optimizer's state arrays (or NULL). */
    void (*sgd)(const sv_update *u, int64_t count, float *w, const float *g, float *velocity);
    void (*adam)(const sv_update *u, int64_t count, float *w, const float *g, float *m, float *v, float *v_max);
    void (*rmsprop)(const sv_update *u, int64_t count, float *w, const float *g, float *square, float *mean, float *velocity);

    /* sv_stream_uniform and sv_stream_normal (base/rng.h), many values at a time. */
    sv_stream_fill *uniform, *normal;

    /* `rounds` multiply-adds of each of some independent vectors; returns the operations done. What they came to is added to
     * *sink, so that they are done. */
    double (*peak)(int64_t rounds, float *sink);
};

/* x += stddev times standard normals, elements 0 to count of the stream's `sample`. */
static inline void sv_add_normal(const sv_vectors *k, float stddev, const sv_stream *s, uint32_t epoch, uint32_t sample,
                                 int64_t count, float *x)
{
    enum { PIECE = 256 };
    float noise[PIECE];
    for (int64_t at = 0; at < count; at += PIECE) {
        const int64_t n = count - at < PIECE ? count - at : PIECE;
        k->normal(s, epoch, sample, at, n, noise);
        k->add_scaled(n, x + at, stddev, noise);
    }
}

/* The epilogue's ReLU derivative on a finished result of `count` floats; `rectified` may be NULL. */
static inline void sv_rectify_backward(const sv_vectors *k, const float *rectified, int64_t count, float *to)
{
    const sv_activation relu = { .type = SV_ACTIVATION_RELU };
    if (rectified) k->activate_backward(&relu, count, NULL, rectified, to);
}

/* Whether the derivative of this activation needs its input saved (gelu, silu, mish), not just its output. */
bool sv_activation_needs_input(const sv_activation *a);

/* The fastest table that this machine runs; `isa` ("avx2", ...) asks for one by name (NULL: the best), a fault where it is
 * unknown or the machine lacks it. The tables are constant data. */
sv_status sv_vectors_select(const char *isa, const sv_vectors **vectors, sv_fault *fault);

/* "native" or "blas" (NULL: the first). A fault names the known ones. */
sv_status sv_backend_select(const char *name, const sv_conv_backend **backend, sv_fault *fault);

#endif
