/*
 * Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004) of intensities in [0, 1]: the loss is 1 - the mean of the map
 *     S = (2 mx my + C1) (2 sxy + C2) / ((mx^2 + my^2 + C1) (sxx + syy + C2)),   C1 = .01^2, C2 = .03^2,
 * with means m and (co)variances s under a Gaussian window of 11 pixels, sigma 1.5, images mirrored at their edges (the edge
 * pixel repeated), so that border pixels count like all others; each channel by itself.
 *
 * Gradient. With x the target, y the output and G the window, every S is a function of my = G y, q = G y^2, p = G x y at its
 * pixel, so dS/dy = G'(dS/dmy) + 2 y G'(dS/dq) + x G'(dS/dp), G' the adjoint of G: the same window with mirrored positions
 * folded back.
 */
#include "ops/loss_elementwise.h"
#include <string.h>

enum { WINDOW = 11, HALF = 5 };

/* exp(-d^2 / (2 1.5^2)) for d = -5 .. 5, divided by their sum. */
static const float window[WINDOW] = { 0.00102838008f, 0.00759875814f, 0.0360007721f, 0.109360691f,  0.213005537f,  0.266011724f,
                                      0.213005537f,   0.109360691f,   0.0360007721f, 0.00759875814f, 0.00102838008f };

/* The pixel that stands at position i of an axis of n mirrored at both ends. */
static int64_t mirrored(int64_t i, int64_t n)
{
    int64_t period = 2 * n;
    i = (i % period + period) % period;
    return i < n ? i : period - 1 - i;
}

/* One image's planes [H,W,C] in the workspace. */
typedef struct plan {
    int64_t h, w, c, size;
    float *half;            /* between the two passes of a filter */
    float *my, *q, *p, *mx, *r;
    float *gm, *gq, *gp;    /* derivatives of S by my, q, p, then their adjoint filters */
} plan;

static plan plan_of(const sv_shape *s, float *space)
{
    plan f = { .h = s->rank == 3 ? s->dim[0] : 1, .w = s->rank == 3 ? s->dim[1] : 1, .c = sv_shape_channels(s) };
    f.size = f.h * f.w * f.c;
    float **planes[] = { &f.half, &f.my, &f.q, &f.p, &f.mx, &f.r, &f.gm, &f.gq, &f.gp };
    for (int i = 0; i < 9; i++) *planes[i] = space + i * f.size;
    return f;
}

static int64_t workspace(const sv_shape *shape)
{
    return 9 * sv_shape_count(shape);
}

/* to[i] += weight of rows (or columns) `from` around i; the adjoint scatters instead. Runs of `run` floats, n of them, repeated. */
static void filter_axis(int64_t repeats, int64_t n, int64_t run, bool adjoint, const float *from, float *to)
{
    memset(to, 0, (size_t)(repeats * n * run) * sizeof(float));
    for (int64_t k = 0; k < repeats; k++, from += n * run, to += n * run) {
        for (int64_t i = 0; i < n; i++) {
            for (int d = -HALF; d <= HALF; d++) {
                int64_t j = mirrored(i + d, n);
                const float *restrict a = from + (adjoint ? i : j) * run;
                float *restrict b = to + (adjoint ? j : i) * run;
                for (int64_t e = 0; e < run; e++) b[e] += window[d + HALF] * a[e];
            }
        }
    }
}

static void filter(const plan *f, bool adjoint, const float *from, float *to)
{
    filter_axis(1, f->h, f->w * f->c, adjoint, from, f->half);
    filter_axis(f->h, f->w, f->c, adjoint, f->half, to);
}

static void filter_product(const plan *f, const float *a, const float *b, float *to)
{
    for (int64_t i = 0; i < f->size; i++) f->gm[i] = a[i] * b[i];
    filter(f, false, f->gm, to);
}

/* 1 - S summed over the map; where `slopes`, also dS/dmy, dS/dq, dS/dp in gm, gq, gp. */
static double map(const plan *f, bool slopes)
{
    const double c1 = 0.0001, c2 = 0.0009;
    double sum = 0;
    for (int64_t i = 0; i < f->size; i++) {
        double mx = (double)f->mx[i], my = (double)f->my[i];
        double a = 2 * mx * my + c1, b = 2 * ((double)f->p[i] - mx * my) + c2;
        double d = mx * mx + my * my + c1, e = (double)f->r[i] - mx * mx + (double)f->q[i] - my * my + c2;
        double s = a * b / (d * e);
        sum += 1 - s;
        if (!slopes) continue;
        f->gm[i] = (float)(2 * mx * (b - a) / (d * e) - 2 * my * s * (1 / d - 1 / e));
        f->gq[i] = (float)(-s / e);
        f->gp[i] = (float)(2 * a / (d * e));
    }
    return sum;
}

static double sample(const sv_loss_call *c, const plan *f, const float *y, const float *t, float *dy)
{
    filter(f, false, y, f->my);
    filter(f, false, t, f->mx);
    filter_product(f, y, y, f->q);
    filter_product(f, t, t, f->r);
    filter_product(f, y, t, f->p);
    double sum = map(f, dy != NULL);
    if (!dy) return sum;
    filter(f, true, f->gm, f->my);
    filter(f, true, f->gq, f->q);
    filter(f, true, f->gp, f->p);
    for (int64_t i = 0; i < f->size; i++) dy[i] -= c->scale * (f->my[i] + 2 * y[i] * f->q[i] + t[i] * f->p[i]);
    return sum;
}

static void run(const sv_loss_call *c)
{
    plan f = plan_of(&c->shape, c->workspace);
    for (int r = 0; r < c->samples; r++)
        c->value[r] = sample(c, &f, c->y + r * f.size, c->t + r * f.size, c->dy ? c->dy + r * f.size : NULL);
}

extern const sv_loss_op sv_loss_op_ssim;
const sv_loss_op sv_loss_op_ssim = { .type = "ssim", .doc = "1 - structural similarity", .table = sv_loss_plain_table, .workspace = workspace, .run = run };
