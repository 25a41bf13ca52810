/*
 * down, up and wgrad as products of matrices. With `patches` the matrix [pixels of small, kh kw channels] of what each small
 * pixel touches of the big image (im2col), and V as [kh kw channels, small channels]:
 *     down   small   = patches V
 *     up     patches = small V^T, added back into the big image (col2im)
 *     wgrad  dV     += patches^T small
 * The matrix is built for some rows of small images at a time, as many as fit a cache: several small images, or a part of a
 * large one. How many follows from the geometry alone. Where a product covers several images, the last one of a call may cover
 * fewer, and BLAS may round it otherwise; where it covers part of an image, values do not depend on the samples of a call.
 */
#include "kernels/blas/blas.h"
#include <string.h>

enum { PATCH_FLOATS = 128 * 1024 };

/* A 1x1 convolution whose patches are the big image itself. */
static bool is_pointwise(const sv_conv_geometry *g)
{
    return g->kh == 1 && g->kw == 1 && g->sh == 1 && g->sw == 1 && g->top == 0 && g->left == 0 && g->big_h == g->small_h &&
           g->big_w == g->small_w;
}

/* Rows of small images that one product covers: a whole number of images, or equal parts of one. */
static int64_t rows_at_once(const sv_conv_geometry *g)
{
    int64_t row = (int64_t)g->small_w * g->kh * g->kw * (g->big_c / g->groups);
    int64_t rows = PATCH_FLOATS / row;
    if (rows >= g->small_h) return rows - rows % g->small_h;
    if (rows < 1) return 1;
    int64_t parts = (g->small_h + rows - 1) / rows;
    return (g->small_h + parts - 1) / parts;
}

/* The next rows to cover after `done` of `all`. */
static sv_rows next_rows(const sv_conv_geometry *g, int64_t done, int64_t all)
{
    int64_t rows = rows_at_once(g), left = all - done;
    if (rows < g->small_h) left = g->small_h - done % g->small_h;
    return (sv_rows){ done, rows < left ? rows : left };
}

static int64_t workspace(const sv_conv_geometry *g, int samples)
{
    if (is_pointwise(g)) return 0;
    int64_t rows = rows_at_once(g), all = (int64_t)samples * g->small_h;
    return (rows < all ? rows : all) * g->small_w * g->kh * g->kw * (g->big_c / g->groups);
}

/* One product's operands: the patches of `rows` of one group, that group's part of the small images and of V. */
typedef struct part {
    sv_rows rows;
    int group;
    int64_t pixels, patch, channels; /* rows of the matrices; floats of a patch; small channels of the group */
    int64_t small, v;                /* floats to the group's part of small and V */
} part;

static part part_of(const sv_conv_geometry *g, sv_rows rows, int group)
{
    int64_t channels = g->small_c / g->groups;
    return (part){ rows,
                   group,
                   rows.count * g->small_w,
                   (int64_t)g->kh * g->kw * (g->big_c / g->groups),
                   channels,
                   rows.first * g->small_w * g->small_c + group * channels,
                   group * channels };
}

/* The patches as a matrix: gathered into the workspace, or the big image where it is one already. */
static sv_matrix patches_matrix(const sv_patches *p, const part *t, const float *big, float *space)
{
    const sv_conv_geometry *g = p->g;
    if (is_pointwise(g)) return (sv_matrix){ big + t->rows.first * g->big_w * g->big_c + t->group * p->channels, g->big_c, false };
    sv_patches_gather(p, t->group, t->rows, big, space);
    return (sv_matrix){ space, t->patch, false };
}

/* The patches of `t` by V into that part of the small images. */
static void down_part(const sv_conv_geometry *g, const part *t, sv_matrix patches, const float *v, float *small, bool accumulate)
{
    patches.transposed = false;
    sv_blas_product(t->pixels, t->channels, t->patch, patches, (sv_matrix){ v + t->v, g->small_c, false }, small + t->small,
                    g->small_c, accumulate);
}

/* Adds that part's share of V's gradient. */
static void wgrad_part(const sv_conv_geometry *g, const part *t, sv_matrix patches, const float *small, float *dv)
{
    patches.transposed = true;
    sv_blas_product(t->patch, t->channels, t->pixels, patches, (sv_matrix){ small + t->small, g->small_c, false }, dv + t->v,
                    g->small_c, true);
}

/* wgrad where dv is not NULL (and the gradient of a bias that there is) and down where `to` is not NULL; e may be NULL where it is. */
static void wgrad_down(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                       sv_bias_gradient bias, const float *v, float *to, const sv_epilogue *e, float *space)
{
    sv_patches p = sv_patches_of(g);
    int64_t all = (int64_t)samples * g->small_h;
    sv_bias_gradient_add(k, g, samples, big, small, bias);
    for (sv_rows rows = next_rows(g, 0, all); rows.first < all; rows = next_rows(g, rows.first + rows.count, all)) {
        for (int group = 0; group < g->groups; group++) {
            part t = part_of(g, rows, group);
            sv_matrix patches = patches_matrix(&p, &t, big, space);
            if (dv) wgrad_part(g, &t, patches, small, dv);
            if (to) down_part(g, &t, patches, v, to, e->accumulate);
        }
        if (to && (e->bias || e->activation))
            k->bias_activate(rows.count * g->small_w, g->small_c, to + rows.first * g->small_w * g->small_c, e->bias,
                             e->activation);
    }
    if (to) sv_rectify_backward(k, e->rectified, all * g->small_w * g->small_c, to);
}

static void down(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *v, float *small,
                 const sv_epilogue *e, float *space)
{
    wgrad_down(k, g, samples, big, NULL, NULL, (sv_bias_gradient){ 0 }, v, small, e, space);
}

static void wgrad(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small, float *dv,
                  sv_bias_gradient bias, float *space)
{
    wgrad_down(k, g, samples, big, small, dv, bias, NULL, NULL, NULL, space);
}

/* up of a pointwise convolution: the product lands in the big image. */
static void up_pointwise(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *v,
                         float *big, const sv_epilogue *e)
{
    int64_t all = (int64_t)samples * g->small_h;
    for (sv_rows rows = next_rows(g, 0, all); rows.first < all; rows = next_rows(g, rows.first + rows.count, all)) {
        float *to = big + rows.first * g->big_w * g->big_c;
        for (int group = 0; group < g->groups; group++) {
            part t = part_of(g, rows, group);
            sv_blas_product(t.pixels, t.patch, t.channels, (sv_matrix){ small + t.small, g->small_c, false },
                            (sv_matrix){ v + t.v, g->small_c, true }, to + group * t.patch, g->big_c, e->accumulate);
        }
        if (e->bias || e->activation) k->bias_activate(rows.count * g->big_w, g->big_c, to, e->bias, e->activation);
    }
    sv_rectify_backward(k, e->rectified, all * g->big_w * g->big_c, big);
}

static void up(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *small, const float *v, float *big,
               const sv_epilogue *e, float *space)
{
    if (is_pointwise(g)) {
        up_pointwise(k, g, samples, small, v, big, e);
        return;
    }
    sv_patches p = sv_patches_of(g);
    int64_t all = (int64_t)samples * g->small_h, pixels = (int64_t)samples * g->big_h * g->big_w;
    if (!e->accumulate && e->bias)
        k->fill_rows(pixels, g->big_c, big, e->bias);
    else if (!e->accumulate)
        memset(big, 0, (size_t)(pixels * g->big_c) * sizeof(float));
    for (sv_rows rows = next_rows(g, 0, all); rows.first < all; rows = next_rows(g, rows.first + rows.count, all)) {
        for (int group = 0; group < g->groups; group++) {
            part t = part_of(g, rows, group);
            sv_blas_product(t.pixels, t.patch, t.channels, (sv_matrix){ small + t.small, g->small_c, false },
                            (sv_matrix){ v + t.v, g->small_c, true }, space, t.patch, false);
            sv_patches_scatter(k, &p, group, rows, space, big);
        }
    }
    if (e->activation) k->activate(e->activation, pixels * g->big_c, big, big);
    sv_rectify_backward(k, e->rectified, pixels * g->big_c, big);
}

static void matmul(const sv_vectors *k, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t depth, const float *a,
                   const float *b, float *c, bool accumulate)
{
    (void)k;
    sv_blas_product(m, n, depth, (sv_matrix){ a, transpose_a ? m : depth, transpose_a },
                    (sv_matrix){ b, transpose_b ? depth : n, transpose_b }, c, n, accumulate);
}

/* sgemm packs its operands itself. */
static int64_t packed(const sv_conv_geometry *g, sv_direction d)
{
    (void)g, (void)d;
    return 0;
}

const sv_conv_backend sv_backend_blas = {
    .name = "blas",
    .version = sv_blas_version,
    .workspace = workspace,
    .packed = packed,
    .down = down,
    .up = up,
    .wgrad = wgrad,
    .wgrad_down = wgrad_down,
    .matmul = matmul,
};
