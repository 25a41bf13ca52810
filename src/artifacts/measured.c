#include "artifacts/measure.h"
#include "base/memory.h"
#include <math.h>

const char *const sv_line_names[SV_LINES] = { "top",      "bottom",    "left",        "right",
                                              "top_left", "top_right", "bottom_left", "bottom_right" };

sv_ratio sv_ratio_of(const double *a, const double *b, int64_t n)
{
    double sum_a = 0, sum_b = 0, squares = 0, count = (double)n;
    for (int64_t i = 0; i < n; i++) sum_a += a[i], sum_b += b[i];
    sv_ratio r = { sum_a / sum_b, (double)NAN };
    for (int64_t i = 0; i < n; i++) squares += (a[i] - r.value * b[i]) * (a[i] - r.value * b[i]);
    if (n > 1) r.se = sqrt(squares / (count * (count - 1))) / (sum_b / count);
    return r;
}

/* Each image's mean of the terms of `sums` neighbouring sums, into out[n]; NAN where there are no terms. */
static void image_means(const sv_view *v, int first, int sums, double *out)
{
    const sv_measure *m = v->m;
    double count = 0;
    for (int k = first; k < first + sums; k++) count += m->count[k] * v->count;
    for (int64_t i = 0; i < m->images; i++) {
        double total = 0;
        if (!m->seen[i]) continue;
        for (int c = v->first; c < v->first + v->count; c++)
            for (int k = first; k < first + sums; k++) total += m->sums[sv_record(m, i, c, SV_SUMS) + (size_t)k];
        *out++ = count > 0 ? total / count : (double)NAN;
    }
}

/* Room for two figures of each image. */
typedef struct columns {
    const sv_view *view;
    double *a, *b;
} columns;

static double mean_of(const columns *c, int sum)
{
    double total = 0;
    image_means(c->view, sum, 1, c->a);
    for (int64_t i = 0; i < c->view->n; i++) total += c->a[i];
    return total / (double)c->view->n;
}

static sv_regions regions(const columns *c, int first)
{
    return (sv_regions){ mean_of(c, first), mean_of(c, first + 1), mean_of(c, first + 2) };
}

/* Of the mean over images. */
static double error_of_mean(const columns *c, int sum)
{
    int64_t n = c->view->n;
    double mean = mean_of(c, sum), squares = 0;
    for (int64_t i = 0; i < n; i++) squares += (c->a[i] - mean) * (c->a[i] - mean);
    return n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : (double)NAN;
}

static sv_ratio ratio(const columns *c, int above, int below, int belows)
{
    image_means(c->view, above, 1, c->a);
    image_means(c->view, below, belows, c->b);
    return sv_ratio_of(c->a, c->b, c->view->n);
}

/* ln R; its standard error is R's over R. */
static sv_ratio log_ratio(sv_ratio r)
{
    return (sv_ratio){ log(r.value), r.se / r.value };
}

static double psnr(double mse)
{
    return -10 * log10(mse);
}

static void pooled(const columns *c, sv_measured *r)
{
    r->mse = regions(c, SV_SQUARED);
    r->ssim = regions(c, SV_SSIM);
    r->mse_se = error_of_mean(c, SV_SQUARED);
    r->ssim_se = error_of_mean(c, SV_SSIM);
    r->psnr_se = 10 / log(10) * r->mse_se / r->mse.all;
    r->psnr = (sv_regions){ psnr(r->mse.all), psnr(r->mse.interior), psnr(r->mse.ring) };
    r->border_interior = ratio(c, SV_SQUARED_RING, SV_SQUARED_INTERIOR, 1);
    r->top_bottom = log_ratio(ratio(c, SV_STRIP, SV_STRIP + 1, 1));
    r->left_right = log_ratio(ratio(c, SV_STRIP + 2, SV_STRIP + 3, 1));
    r->corner = ratio(c, SV_CORNERS, SV_STRIP, 4);
    r->seam = ratio(c, SV_FACES, SV_STEPS, 1);
    r->harmonic_peak = ratio(c, SV_PEAK, SV_BESIDE, 1);
}

/* Pixels of a line at distance d: of row or column d those to which no other side is nearer; one of a corner. */
static double line_pixels(const sv_measure *m, int line, int d)
{
    return line >= SV_TOP_LEFT ? 1 : (double)((line < 2 ? m->width : m->height) - 2 * d);
}

static void profile(const sv_view *v, sv_measured *r)
{
    const sv_measure *m = v->m;
    for (int line = 0; line < SV_LINES; line++)
        for (int d = 0; d < m->points; d++) {
            double squared = 0, bias = 0, n = line_pixels(m, line, d) * (double)v->n * v->count;
            for (int64_t i = 0; i < m->images; i++)
                for (int c = v->first; m->seen[i] && c < v->first + v->count; c++) {
                    const sv_line_point *p = m->line + (sv_record(m, i, c, SV_LINES) + (size_t)line) * (size_t)m->points + d;
                    squared += p->squared, bias += p->bias;
                }
            squared /= n, bias /= n;
            r->profile[line][d] = (sv_profile_point){ d, sqrt(squared), bias, bias * bias / squared };
        }
}

static sv_status fill(const sv_view *v, sv_measured *r, sv_fault *fault)
{
    *r = (sv_measured){ .n = v->n, .margin = v->m->margin, .interior = v->m->interior, .points = v->m->points };
    for (int axis = 0; axis < 2 && r->interior.end[0]; axis++)
        r->interior.first[axis] += r->margin, r->interior.end[axis] += r->margin;
    columns c = { v, sv_new((size_t)v->n, sizeof *c.a), sv_new((size_t)v->n, sizeof *c.b) };
    bool have = c.a && c.b;
    for (int line = 0; line < SV_LINES; line++) {
        r->profile[line] = sv_new((size_t)r->points, sizeof *r->profile[line]);
        have = have && r->profile[line];
    }
    if (have) {
        pooled(&c, r);
        profile(v, r);
    }
    sv_free(c.a);
    sv_free(c.b);
    if (!have) return sv_fail_memory(fault, "artifacts: figures");
    if (sv_content_figures(v, r, fault) != SV_OK || sv_phases_figures(v, r, fault) != SV_OK) return fault->status;
    return sv_checkerboard_figures(v, r, fault);
}

static sv_status fill_channels(const sv_view *all, sv_measured *r, sv_fault *fault)
{
    r->channel = sv_new((size_t)all->count, sizeof *r->channel);
    if (!r->channel) return sv_fail_memory(fault, "artifacts: channels");
    for (int c = 0; c < all->count; c++) {
        sv_view one = *all;
        one.first = c, one.count = 1;
        r->channels = c + 1;
        if (fill(&one, &r->channel[c], fault) != SV_OK) return fault->status;
    }
    return SV_OK;
}

sv_status sv_measure_finish(sv_measure *m, sv_measured *r, sv_fault *fault)
{
    sv_fault own = { 0 };
    sv_view all = { .m = m, .count = m->channels };
    *r = (sv_measured){ 0 };
    if (atomic_load(&m->short_of_memory)) return sv_fail_memory(fault, "artifacts: one image");
    for (int64_t i = 0; i < m->images; i++) all.n += m->seen[i];
    sv_status status = fill(&all, r, &own);
    if (status == SV_OK && !m->brief && m->channels > 1) status = fill_channels(&all, r, &own);
    if (status == SV_OK) return SV_OK;
    sv_measured_free(r);
    return sv_fail(fault, status, "%s", own.text);
}

void sv_measured_free(sv_measured *r)
{
    for (int line = 0; line < SV_LINES; line++) sv_free(r->profile[line]);
    for (int c = 0; c < r->channels; c++) sv_measured_free(&r->channel[c]);
    sv_free(r->channel);
    *r = (sv_measured){ 0 };
}
