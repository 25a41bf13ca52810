/*
 * ssim: 1 - s at every pixel of every channel, s = (2 mx mt + C1)(2 cxt + C2) / ((mx^2 + mt^2 + C1)(vx + vt + C2)),
 * C1 = .01^2, C2 = .03^2 for values in [0,1]. Means m, variances v and covariance c have the weights of a Gaussian window of
 * 11 x 11 pixels, sigma 1.5; beyond its edges the image is continued by its mirror image, the edge pixel repeated.
 * Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004.
 *
 * Gradient. With F the window's filter, s depends on x through F x, F x^2 and F x t, so
 * ds/dx = F'(ds/dmx) + 2 x F'(ds/dF x^2) + t F'(ds/dF x t). For a symmetric window and mirrored edges F' = F.
 * crop_margin and border_weight weigh the pixels of the map, ds with it; windows see the whole image, a margin too.
 * All in double: v = F x^2 - (F x)^2 cancels, and C2 is small.
 */
#include "ops/loss_elementwise.h"

enum { RADIUS = 5, TAPS = 2 * RADIUS + 1, PLANES = 9 };
#define C1 1e-4
#define C2 9e-4

static const double window[TAPS] = {
    0.0010283800844791099, 0.0075987581352391842, 0.036000772128430824,  0.10936068950970001,
    0.2130055377112537,    0.26601172486179434,   0.2130055377112537,    0.10936068950970001,
    0.036000772128430824,  0.0075987581352391842, 0.0010283800844791099,
};

/* One channel of one sample: both images, the five moments, a half filtered plane, what each pixel of the map counts, and one row
 * with its mirrored ends. */
typedef struct picture {
    int h, w;
    double *x, *t, *mean_x, *mean_t, *xx, *tt, *xt, *half, *weight, *row;
} picture;

static void size(const sv_shape *s, int *h, int *w, int *channels)
{
    *h = s->rank == 3 ? (int)s->dim[0] : 1;
    *w = s->rank == 3 ? (int)s->dim[1] : (int)s->dim[0];
    *channels = s->rank == 3 ? (int)s->dim[2] : 1;
}

static int64_t workspace(const sv_shape *s)
{
    int h, w, channels;
    size(s, &h, &w, &channels);
    return ((int64_t)PLANES * h * w + w + 2 * RADIUS) * (int64_t)(sizeof(double) / sizeof(float));
}

static picture lay_out(int h, int w, float *memory)
{
    double *p = (double *)(void *)memory;
    int64_t n = (int64_t)h * w;
    return (picture){ h, w, p, p + n, p + 2 * n, p + 3 * n, p + 4 * n, p + 5 * n, p + 6 * n, p + 7 * n, p + 8 * n,
                      p + 9 * n };
}

/* Index i of an array of n that its mirror image continues on both sides without end. */
static int mirrored(int i, int n)
{
    int at = ((i % (2 * n)) + 2 * n) % (2 * n);
    return at < n ? at : 2 * n - 1 - at;
}

static void filter_columns(const picture *p, const double *plane)
{
    for (int i = 0; i < p->h; i++) {
        double *to = p->half + (int64_t)i * p->w;
        for (int j = 0; j < p->w; j++) to[j] = 0;
        for (int k = 0; k < TAPS; k++) {
            const double *from = plane + (int64_t)mirrored(i + k - RADIUS, p->h) * p->w;
#pragma omp simd
            for (int j = 0; j < p->w; j++) to[j] += window[k] * from[j];
        }
    }
}

static void filter_rows(const picture *p, double *plane)
{
    for (int i = 0; i < p->h; i++) {
        const double *from = p->half + (int64_t)i * p->w;
        double *to = plane + (int64_t)i * p->w;
        for (int j = 0; j < p->w + 2 * RADIUS; j++) p->row[j] = from[mirrored(j - RADIUS, p->w)];
        for (int j = 0; j < p->w; j++) to[j] = 0;
        for (int k = 0; k < TAPS; k++) {
#pragma omp simd
            for (int j = 0; j < p->w; j++) to[j] += window[k] * p->row[j + k];
        }
    }
}

static void filter(const picture *p, double *plane)
{
    filter_columns(p, plane);
    filter_rows(p, plane);
}

static void moments(const picture *p, const float *x, const float *t, int channels)
{
    for (int64_t i = 0; i < (int64_t)p->h * p->w; i++) {
        p->x[i] = p->mean_x[i] = (double)x[i * channels];
        p->t[i] = p->mean_t[i] = (double)t[i * channels];
        p->xx[i] = p->x[i] * p->x[i];
        p->tt[i] = p->t[i] * p->t[i];
        p->xt[i] = p->x[i] * p->t[i];
    }
    double *const plane[] = { p->mean_x, p->mean_t, p->xx, p->tt, p->xt };
    for (int k = 0; k < 5; k++) filter(p, plane[k]);
}

/* The weighted sum of 1 - s. Leaves ds/dmx, ds/dF x^2 and ds/dF x t, likewise weighted, where mean_x, xx and xt were. */
static double similarity(const picture *p)
{
    double sum = 0;
    for (int64_t i = 0; i < (int64_t)p->h * p->w; i++) {
        double mx = p->mean_x[i], mt = p->mean_t[i];
        double means = 2 * mx * mt + C1, covariance = 2 * (p->xt[i] - mx * mt) + C2;
        double powers = mx * mx + mt * mt + C1, variances = (p->xx[i] - mx * mx) + (p->tt[i] - mt * mt) + C2;
        double scale = 1 / (powers * variances), s = means * covariance * scale;
        sum += p->weight[i] * (1 - s);
        p->mean_x[i] = p->weight[i] * 2 * (mt * (covariance - means) * scale - mx * s * (1 / powers - 1 / variances));
        p->xx[i] = p->weight[i] * -s / variances;
        p->xt[i] = p->weight[i] * 2 * means * scale;
    }
    return sum;
}

static void add_gradient(const picture *p, float scale, float *dy, int channels)
{
    filter(p, p->mean_x);
    filter(p, p->xx);
    filter(p, p->xt);
    for (int64_t i = 0; i < (int64_t)p->h * p->w; i++) {
        double slope = p->mean_x[i] + 2 * p->x[i] * p->xx[i] + p->t[i] * p->xt[i];
        dy[i * channels] -= (float)((double)scale * slope);
    }
}

static void run(const sv_loss_call *c)
{
    int h, w, channels;
    size(&c->shape, &h, &w, &channels);
    picture p = lay_out(h, w, c->workspace);
    int64_t n = sv_shape_count(&c->shape);
    double norm = sv_loss_normalizer(c);
    for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) p.weight[(int64_t)i * w + j] = norm * sv_loss_weight_of(c, i, j);
    for (int r = 0; r < c->samples; r++) {
        c->value[r] = 0;
        for (int k = 0; k < channels; k++) {
            moments(&p, c->y + r * n + k, c->t + r * n + k, channels);
            c->value[r] += similarity(&p);
            if (c->dy) add_gradient(&p, c->scale, c->dy + r * n + k, channels);
        }
    }
}

extern const sv_loss_op sv_loss_op_ssim;
const sv_loss_op sv_loss_op_ssim = {
    .type = "ssim", .doc = "1 - structural similarity", .table = sv_loss_region_table, .workspace = workspace, .run = run
};
