#include "artifacts/measure.h"
#include "base/memory.h"
#include <math.h>

double sv_measure_total(const sv_measure *m, int sum)
{
    double total = 0;
    for (int64_t i = 0; i < m->images; i++)
        if (m->seen[i]) total += m->sums[i * SV_SUMS + sum];
    return total;
}

/* NAN where there is nothing to take the mean of. */
static double mean_of(const sv_measure *m, const sv_measured *r, int sum)
{
    return m->count[sum] > 0 && r->n > 0 ? sv_measure_total(m, sum) / (m->count[sum] * (double)r->n) : (double)NAN;
}

static sv_regions regions(const sv_measure *m, const sv_measured *r, int first)
{
    return (sv_regions){ mean_of(m, r, first), mean_of(m, r, first + 1), mean_of(m, r, first + 2) };
}

static double psnr(double mse)
{
    return -10 * log10(mse);
}

/* R = sum A / sum B with A and B each image's mean squared error of ring and interior, and its standard error
 * sqrt(sum (A - R B)^2 / (n (n - 1))) / mean(B): the image is the unit, never the pixel. */
static void border_interior(const sv_measure *m, sv_measured *r)
{
    double ratio = r->mse.ring / r->mse.interior, squares = 0, n = (double)r->n;
    for (int64_t i = 0; i < m->images; i++) {
        const double *s = m->sums + i * SV_SUMS;
        double d =
            s[SV_SQUARED_RING] / m->count[SV_SQUARED_RING] - ratio * (s[SV_SQUARED_INTERIOR] / m->count[SV_SQUARED_INTERIOR]);
        if (m->seen[i]) squares += d * d;
    }
    r->border_interior_ratio = ratio;
    r->border_interior_se = r->n > 1 ? sqrt(squares / (n * (n - 1))) / r->mse.interior : (double)NAN;
}

static void asymmetry(const sv_measure *m, sv_measured *r)
{
    double strip[4], strips = 0, pixels = 0;
    for (int side = 0; side < 4; side++) {
        strip[side] = mean_of(m, r, SV_STRIP + side);
        strips += sv_measure_total(m, SV_STRIP + side);
        pixels += m->count[SV_STRIP + side] * (double)r->n;
    }
    r->top_bottom = log(strip[0] / strip[1]);
    r->left_right = log(strip[2] / strip[3]);
    r->corner = mean_of(m, r, SV_CORNERS) / (strips / pixels);
    r->seam_ratio = mean_of(m, r, SV_FACES) / mean_of(m, r, SV_STEPS);
}

/* Pixels of row or column d to which no other side is nearer. */
static double profile_pixels(const sv_measure *m, int side, int d)
{
    int along = side < 2 ? m->width : m->height;
    return (double)(along - 2 * d) * m->channels;
}

static void profile(const sv_measure *m, sv_measured *r)
{
    for (int side = 0; side < 4; side++)
        for (int d = 0; d < m->points; d++) {
            double squared = 0, bias = 0, n = profile_pixels(m, side, d) * (double)r->n;
            for (int64_t i = 0; i < m->images; i++) {
                const float *p = m->profile + 2 * ((i * 4 + side) * m->points + d);
                if (m->seen[i]) squared += p[0], bias += p[1];
            }
            r->profile[side][d] = (sv_profile_point){ d, sqrt(squared / n), bias / n };
        }
}

sv_status sv_measure_finish(sv_measure *m, sv_measured *r, sv_fault *fault)
{
    *r = (sv_measured){ .points = m->points };
    if (atomic_load(&m->short_of_memory)) return sv_fail_memory(fault, "artifacts: one image");
    for (int64_t i = 0; i < m->images; i++) r->n += m->seen[i];
    for (int side = 0; side < 4; side++) {
        r->profile[side] = sv_new((size_t)m->points, sizeof *r->profile[side]);
        if (!r->profile[side]) {
            sv_measured_free(r);
            return sv_fail_memory(fault, "artifacts: edge profile");
        }
    }
    r->mse = regions(m, r, SV_SQUARED);
    r->ssim = regions(m, r, SV_SSIM);
    r->psnr = (sv_regions){ psnr(r->mse.all), psnr(r->mse.interior), psnr(r->mse.ring) };
    border_interior(m, r);
    asymmetry(m, r);
    profile(m, r);
    sv_status status = sv_measure_checkerboard(m, r, fault);
    if (status != SV_OK) sv_measured_free(r);
    return status;
}

void sv_measured_free(sv_measured *r)
{
    for (int side = 0; side < 4; side++) {
        sv_free(r->profile[side]);
        r->profile[side] = NULL;
    }
}
