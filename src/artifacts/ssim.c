#include "artifacts/ssim.h"
#include <math.h>

enum { RADIUS = 5, TAPS = 2 * RADIUS + 1, MOMENTS = 5 };

/* Rows of moments filtered along the row (a ring of the last TAPS), one padded row of each moment, one filtered both ways. */
typedef struct maker {
    int height, width, channels;
    const float *x, *y;
    double weight[TAPS];
    double *padded, *filtered, *window;
} maker;

size_t sv_ssim_scratch(int width, int channels)
{
    size_t row = (size_t)width * (size_t)channels;
    return MOMENTS * (row + 2 * RADIUS * (size_t)channels) + MOMENTS * TAPS * row + MOMENTS * row;
}

int sv_mirrored(int i, int n)
{
    int period = 2 * n;
    i = (i % period + period) % period;
    return i < n ? i : period - 1 - i;
}

static void gaussian(double *weight)
{
    double sum = 0;
    for (int k = 0; k < TAPS; k++) sum += weight[k] = exp(-(k - RADIUS) * (k - RADIUS) / (2 * 1.5 * 1.5));
    for (int k = 0; k < TAPS; k++) weight[k] /= sum;
}

static void pad_row(const maker *m, int row)
{
    int c = m->channels, padded = m->width + 2 * RADIUS;
    double *p = m->padded;
    size_t step = (size_t)padded * (size_t)c;
    for (int j = 0; j < padded; j++) {
        size_t from = ((size_t)row * (size_t)m->width + (size_t)sv_mirrored(j - RADIUS, m->width)) * (size_t)c;
        for (int k = 0; k < c; k++) {
            double x = m->x[from + (size_t)k], y = m->y[from + (size_t)k];
            double *at = p + (size_t)j * (size_t)c + k;
            at[0] = x;
            at[step] = y;
            at[2 * step] = x * x;
            at[3 * step] = y * y;
            at[4 * step] = x * y;
        }
    }
}

static double *filtered_row(const maker *m, int row, int moment)
{
    return m->filtered + ((size_t)(row % TAPS) * MOMENTS + (size_t)moment) * (size_t)m->width * (size_t)m->channels;
}

static void filter_row(const maker *m, int row)
{
    int n = m->width * m->channels;
    const double *w = m->weight;
    pad_row(m, row);
    for (int q = 0; q < MOMENTS; q++) {
        const double *p = m->padded + (size_t)q * (size_t)(n + 2 * RADIUS * m->channels);
        double *out = filtered_row(m, row, q);
        for (int j = 0; j < n; j++) {
            double sum = w[RADIUS] * p[j + RADIUS * m->channels];
            for (int k = 0; k < RADIUS; k++) sum += w[k] * (p[j + k * m->channels] + p[j + (TAPS - 1 - k) * m->channels]);
            out[j] = sum;
        }
    }
}

static void filter_columns(const maker *m, int row)
{
    int n = m->width * m->channels;
    for (int q = 0; q < MOMENTS; q++) {
        double *out = m->window + (size_t)q * (size_t)n;
        for (int j = 0; j < n; j++) out[j] = 0;
        for (int k = 0; k < TAPS; k++) {
            const double *in = filtered_row(m, sv_mirrored(row + k - RADIUS, m->height), q);
            for (int j = 0; j < n; j++) out[j] += m->weight[k] * in[j];
        }
    }
}

/* Of the moments in window; the result takes the place of the first. */
static void similarity(const maker *m)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    int n = m->width * m->channels;
    double *mx = m->window;
    const double *my = mx + n, *xx = my + n, *yy = xx + n, *xy = yy + n;
    for (int j = 0; j < n; j++) {
        double a = mx[j], b = my[j], var_a = xx[j] - a * a, var_b = yy[j] - b * b, cov = xy[j] - a * b;
        mx[j] = (2 * a * b + c1) * (2 * cov + c2) / ((a * a + b * b + c1) * (var_a + var_b + c2));
    }
}

void sv_ssim_map(int height, int width, int channels, const float *x, const float *y, double *scratch, sv_ssim_row take,
                 void *context)
{
    maker m = { .height = height, .width = width, .channels = channels, .x = x, .y = y, .padded = scratch };
    size_t row = (size_t)width * (size_t)channels;
    m.filtered = m.padded + MOMENTS * (row + 2 * RADIUS * (size_t)channels);
    m.window = m.filtered + MOMENTS * TAPS * row;
    gaussian(m.weight);
    for (int i = 0, ready = 0; i < height; i++) {
        for (; ready < height && ready <= i + RADIUS; ready++) filter_row(&m, ready);
        filter_columns(&m, i);
        similarity(&m);
        take(context, i, m.window);
    }
}
