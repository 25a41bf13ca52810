/* Rows of channels, the channels last: normalization, the windows of pooling, interpolation. */
#include "kernels/vectors.h"

void SV_VECTOR(moments)(int64_t rows, int64_t channels, const float *x, const float *shift, double *sum, double *square)
{
    for (int64_t r = 0; r < rows; r++, x += channels) {
        SV_SIMD
        for (int64_t c = 0; c < channels; c++) {
            double v = (double)x[c] - (shift ? (double)shift[c] : 0);
            sum[c] += v;
            square[c] += v * v;
        }
    }
}

void SV_VECTOR(normalize)(const sv_normalize *n, int64_t rows, int64_t channels, const float *x, const float *beta, float *y)
{
    const float *mean = n->mean, *rest = n->rest, *scale = n->scale;
    for (int64_t r = 0; r < rows; r++, x += channels, y += channels) {
        if (beta) {
            SV_SIMD
            for (int64_t c = 0; c < channels; c++) y[c] = ((x[c] - mean[c]) - rest[c]) * scale[c] + beta[c];
        } else {
            SV_SIMD
            for (int64_t c = 0; c < channels; c++) y[c] = ((x[c] - mean[c]) - rest[c]) * scale[c];
        }
    }
}

void SV_VECTOR(normalize_sums)(const sv_normalize *n, int64_t rows, int64_t channels, int64_t from, int64_t width, const float *x,
                               const float *dy, double *sum, double *product)
{
    const float *mean = n->mean + from, *rest = n->rest + from, *inv = n->inv + from;
    x += from, dy += from;
    for (int64_t r = 0; r < rows; r++, x += channels, dy += channels) {
        SV_SIMD
        for (int64_t c = 0; c < width; c++) {
            float xhat = ((x[c] - mean[c]) - rest[c]) * inv[c];
            sum[c] += (double)dy[c];
            product[c] += (double)dy[c] * (double)xhat;
        }
    }
}

void SV_VECTOR(normalize_backward)(const sv_normalize *n, int64_t rows, int64_t channels, const float *x, const float *dy,
                                   const float *a, const float *b, float *dx)
{
    const float *mean = n->mean, *rest = n->rest, *scale = n->scale;
    for (int64_t r = 0; r < rows; r++, x += channels, dy += channels, dx += channels) {
        SV_SIMD
        for (int64_t c = 0; c < channels; c++) dx[c] += scale[c] * dy[c] - a[c] - ((x[c] - mean[c]) - rest[c]) * b[c];
    }
}

void SV_VECTOR(max_window)(const sv_pixels *w, const float *x, float *y, int32_t *winner)
{
    const float *first = x + w->first * w->channels;
    SV_SIMD
    for (int64_t c = 0; c < w->channels; c++) y[c] = first[c], winner[c] = (int32_t)w->first;
    for (int64_t i = 0; i < w->rows; i++)
        for (int64_t j = 0; j < w->columns; j++) {
            int32_t pixel = (int32_t)(w->first + i * w->width + j);
            const float *at = x + (int64_t)pixel * w->channels;
            SV_SIMD
            for (int64_t c = 0; c < w->channels; c++) {
                int32_t wins = (at[c] > y[c]) | (at[c] != at[c]);
                y[c] = wins ? at[c] : y[c];
                winner[c] = wins ? pixel : winner[c];
            }
        }
}

void SV_VECTOR(mean_window)(const sv_pixels *w, const float *x, float divisor, float *y)
{
    SV_SIMD
    for (int64_t c = 0; c < w->channels; c++) y[c] = 0;
    for (int64_t i = 0; i < w->rows; i++)
        for (int64_t j = 0; j < w->columns; j++) {
            const float *at = x + (w->first + i * w->width + j) * w->channels;
            SV_SIMD
            for (int64_t c = 0; c < w->channels; c++) y[c] += at[c];
        }
    SV_SIMD
    for (int64_t c = 0; c < w->channels; c++) y[c] /= divisor;
}

void SV_VECTOR(spread_window)(const sv_pixels *w, const float *dy, float divisor, float *dx)
{
    for (int64_t i = 0; i < w->rows; i++)
        for (int64_t j = 0; j < w->columns; j++) {
            float *at = dx + (w->first + i * w->width + j) * w->channels;
            SV_SIMD
            for (int64_t c = 0; c < w->channels; c++) at[c] += dy[c] / divisor;
        }
}

void SV_VECTOR(interpolate)(int64_t count, const float *lower, const float *upper, float weight, float *y)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) y[i] = lower[i] + weight * (upper[i] - lower[i]);
}
