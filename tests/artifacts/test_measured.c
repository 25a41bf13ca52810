/* Measures of reconstructions: behaviour that their definitions promise, and naive second opinions. */
#include "artifacts/artifacts.h"
#include "base/threads.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A set of pictures [n, h, w, c]: targets x, reconstructions y. */
typedef struct set {
    int n, h, w, c;
    float *x, *y;
} set;

static uint64_t random_state;

static double uniform(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 33) / 2147483648.0;
}

static double normal(void)
{
    double u = 1 - uniform(), v = uniform();
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static size_t at(const set *s, int n, int i, int j, int k)
{
    return (((size_t)n * (size_t)s->h + (size_t)i) * (size_t)s->w + (size_t)j) * (size_t)s->c + (size_t)k;
}

/* Random targets; reconstructions off by white noise of the given strength. */
static set set_new(uint64_t seed, int n, int h, int w, int c, double noise)
{
    random_state = seed * 977 + 13;
    set s = { n, h, w, c, NULL, NULL };
    size_t count = (size_t)n * (size_t)h * (size_t)w * (size_t)c;
    s.x = malloc(count * sizeof(float));
    s.y = malloc(count * sizeof(float));
    assert_true(s.x && s.y);
    for (size_t i = 0; i < count; i++) {
        s.x[i] = (float)uniform();
        s.y[i] = (float)(s.x[i] + noise * normal());
    }
    return s;
}

static void set_free(set *s)
{
    free(s->x);
    free(s->y);
}

static sv_edges edges_of(int top, int bottom, int left, int right, int stride)
{
    return (sv_edges){ .depth = { top, bottom, left, right }, .ring = { top, bottom, left, right }, .stride = { stride, stride } };
}

static sv_measured measure(const set *s, sv_edges edges, uint64_t seed)
{
    sv_fault fault = { 0 };
    sv_measure *m;
    sv_measured r;
    sv_shape shape = { 3, { s->h, s->w, s->c } };
    sv_measure_args args = { .shape = shape, .edges = edges, .images = s->n, .seed = seed, .threads = 2 };
    if (sv_measure_new(&args, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (int i = 0; i < s->n; i++) sv_measure_add(m, i, s->x + at(s, i, 0, 0, 0), s->y + at(s, i, 0, 0, 0));
    if (sv_measure_finish(m, &r, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_measure_free(m);
    return r;
}

static const sv_checkerboard *period(const sv_measured *r, int p)
{
    for (int i = 0; i < r->periods; i++)
        if (r->checkerboard[i].period == p) return &r->checkerboard[i];
    fail_msg("no period %d", p);
    return NULL;
}

/* Adds a (-1)^(i+j). */
static void add_checks(set *s, double a)
{
    for (int n = 0; n < s->n; n++)
        for (int i = 0; i < s->h; i++)
            for (int j = 0; j < s->w; j++)
                for (int k = 0; k < s->c; k++) s->y[at(s, n, i, j, k)] += (float)((i + j) % 2 ? -a : a);
}

static void checkerboard_exact(void **state)
{
    (void)state;
    set s = set_new(1, 3, 12, 16, 2, 0);
    add_checks(&s, 0.1);
    sv_measured r = measure(&s, edges_of(2, 3, 1, 0, 4), 1);
    assert_int_equal(r.periods, 2);
    assert_float_equal(period(&r, 2)->amplitude, 0.1, 1e-6);
    assert_float_equal(period(&r, 4)->amplitude, 0.1, 1e-6);
    sv_measured_free(&r);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int k = 0; k < s.c; k++)
                    s.y[at(&s, n, i, j, k)] = s.x[at(&s, n, i, j, k)] + (i % 2 == 0 && j % 2 == 0 ? 0.1f : 0);
    r = measure(&s, edges_of(2, 3, 1, 0, 4), 1);
    assert_float_equal(period(&r, 2)->amplitude, 0.1 * sqrt(3) / 4, 1e-6);
    assert_float_equal(period(&r, 4)->amplitude, 0.1 * sqrt(3) / 4, 1e-6);
    sv_measured_free(&r);
    set_free(&s);
}

static void checkerboard_recovers(void **state)
{
    (void)state;
    const double amplitudes[] = { 0.005, 0.02 };
    for (int k = 0; k < 2; k++) {
        double a = amplitudes[k];
        set s = set_new(20 + (uint64_t)k, 500, 32, 32, 1, 0.02);
        add_checks(&s, a);
        sv_measured r = measure(&s, edges_of(0, 0, 0, 0, 8), 3);
        const sv_checkerboard *two = period(&r, 2), *four = period(&r, 4), *eight = period(&r, 8);
        assert_float_equal(two->amplitude, a, 0.0001);
        assert_float_equal(two->amplitude, a, 2 * two->floor);
        assert_float_equal(four->amplitude, a, 0.0001);
        assert_float_equal(eight->amplitude, a, 0.0001);
        /* sigma / (pixels per phase)^1/2 / images^1/2, less the mean over four phases. */
        assert_float_equal(two->floor, 0.02 / 16 / sqrt(500) * sqrt(0.75), 0.05 * two->floor);
        assert_true(two->p <= 0.005 && four->p <= 0.005);
        sv_measured_free(&r);
        set_free(&s);
    }
}

static void checkerboard_of_mixed_strides(void **state)
{
    (void)state;
    set s = set_new(2, 3, 8, 12, 1, 0);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++) s.y[at(&s, n, i, j, 0)] += j % 2 ? -0.25f : 0.25f;
    sv_edges edges = { .stride = { 1, 4 } };
    sv_measured r = measure(&s, edges, 1);
    assert_float_equal(period(&r, 2)->amplitude, 0.25, 1e-6);
    assert_float_equal(period(&r, 4)->amplitude, 0.25, 1e-6);
    sv_measured_free(&r);
    edges = (sv_edges){ .stride = { 2, 1 } };
    r = measure(&s, edges, 1);
    assert_float_equal(period(&r, 2)->amplitude, 0, 1e-6);
    sv_measured_free(&r);
    set_free(&s);
}

/* Residuals smoothed over 3x3 pixels: coloured, but common to no phase. */
static void blur(set *s)
{
    float *r = malloc((size_t)s->h * (size_t)s->w * sizeof *r);
    assert_non_null(r);
    for (int n = 0; n < s->n; n++) {
        size_t base = at(s, n, 0, 0, 0);
        for (size_t i = 0; i < (size_t)s->h * (size_t)s->w; i++) r[i] = s->y[base + i] - s->x[base + i];
        for (int i = 0; i < s->h; i++)
            for (int j = 0; j < s->w; j++) {
                float sum = 0;
                for (int u = -1; u <= 1; u++)
                    for (int v = -1; v <= 1; v++) sum += r[(i + u + s->h) % s->h * s->w + (j + v + s->w) % s->w];
                s->y[at(s, n, i, j, 0)] = s->x[at(s, n, i, j, 0)] + sum / 9;
            }
    }
    free(r);
}

static void p_values_are_uniform(void **state)
{
    (void)state;
    enum { SETS = 120 };
    double mean[2] = { 0, 0 };
    int below[2] = { 0, 0 };
    for (int k = 0; k < SETS; k++) {
        set s = set_new(500 + (uint64_t)k, 12, 16, 16, 1, 0.1);
        blur(&s);
        sv_measured r = measure(&s, edges_of(0, 0, 0, 0, 4), (uint64_t)k);
        for (int q = 0; q < 2; q++) {
            mean[q] += r.checkerboard[q].p / SETS;
            below[q] += r.checkerboard[q].p <= 0.2;
        }
        sv_measured_free(&r);
        set_free(&s);
    }
    for (int q = 0; q < 2; q++) {
        assert_float_equal(mean[q], 0.5, 4 * sqrt(1.0 / 12 / SETS));
        assert_float_equal(below[q], 0.2 * SETS, 4 * sqrt(0.16 * SETS));
    }
}

/* Pictures averaged over 3x3, as a reconstruction that only blurs; and noise coloured along the rows. */
static void p_values_of_blur_and_colour(void **state)
{
    (void)state;
    enum { SETS = 80 };
    double mean[2] = { 0, 0 };
    int below[2] = { 0, 0 };
    for (int k = 0; k < SETS; k++) {
        for (int colour = 0; colour < 2; colour++) {
            set s = set_new(9000 + (uint64_t)(2 * k + colour), 14, 16, 16, 1, 0);
            for (int n = 0; n < s.n; n++)
                for (int i = 0; i < s.h; i++)
                    for (int j = 0; j < s.w; j++) {
                        size_t p = at(&s, n, i, j, 0);
                        float before = j ? s.y[p - 1] - s.x[p - 1] : 0;
                        if (colour) s.y[p] = s.x[p] + 0.8f * before + (float)(0.05 * normal());
                    }
            if (!colour) {
                float *x = s.x; /* y is x: as a residual of nothing it is blurred itself */
                s.x = calloc((size_t)s.n * 256, sizeof *x);
                assert_non_null(s.x);
                blur(&s);
                free(s.x);
                s.x = x;
            }
            sv_measured r = measure(&s, edges_of(0, 0, 0, 0, 2), (uint64_t)k);
            mean[colour] += r.checkerboard[0].p / SETS;
            below[colour] += r.checkerboard[0].p <= 0.2;
            sv_measured_free(&r);
            set_free(&s);
        }
    }
    for (int q = 0; q < 2; q++) {
        assert_float_equal(mean[q], 0.5, 4 * sqrt(1.0 / 12 / SETS));
        assert_float_equal(below[q], 0.2 * SETS, 4 * sqrt(0.16 * SETS));
    }
}

/* White noise that knows neither borders nor phases: every figure is at its neutral value within its error. */
static void neutral_values(void **state)
{
    (void)state;
    set s = set_new(77, 300, 28, 28, 1, 0.05);
    sv_measured r = measure(&s, edges_of(3, 4, 3, 4, 4), 7);
    const sv_ratio ones[] = { r.border_interior, r.content_standardised, r.corner, r.harmonic_peak, r.seam };
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++) {
        assert_float_equal(ones[i].value, 1, 4 * ones[i].se);
        assert_true(ones[i].se > 0 && ones[i].se < 0.05);
    }
    assert_float_equal(r.left_right.value, 0, 4 * r.left_right.se);
    assert_float_equal(r.top_bottom.value, 0, 4 * r.top_bottom.se);
    assert_true(r.harmonic_peak.value < 1 + 4 * sqrt(2.0 / 300));
    assert_true(r.phase_gain_spread < 0.01 && r.phase_mse.value > 1 && r.phase_mse.value < 1.1);
    for (int line = 0; line < SV_LINES; line++)
        for (int d = 0; d < r.points; d++) assert_true(fabs(r.profile[line][d].bias) < 0.02 && r.profile[line][d].bias_share < 0.1);
    assert_true(r.checkerboard[0].p > 0.01 && r.checkerboard[0].amplitude < 4 * r.checkerboard[0].floor);
    sv_measured_free(&r);
    set_free(&s);
}

/* Errors that grow with the content's local variance, and busy borders: the plain ratio blames the border, the standardised one
 * does not. */
static void busy_borders_are_not_blamed(void **state)
{
    (void)state;
    set s = set_new(31, 400, 24, 24, 1, 0);
    for (int n = 0; n < s.n; n++) {
        /* How much of the picture is busy, from nothing to all of it; the border twice as often as the inside. */
        double inside = uniform() < 0.3 ? 0.3 : 0.03, border = uniform() < 0.6 ? 0.3 : 0.03;
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++) {
                bool rim = i < 6 || j < 6 || i >= 18 || j >= 18;
                double busy = rim ? border : inside;
                size_t p = at(&s, n, i, j, 0);
                s.x[p] = (float)(0.5 + busy * normal());
                s.y[p] = (float)(s.x[p] + 0.2 * busy * normal());
            }
    }
    sv_measured r = measure(&s, edges_of(3, 3, 3, 3, 1), 7);
    assert_true(r.border_interior.value > 1.2);
    assert_float_equal(r.content_standardised.value, 1, 0.1);
    sv_measured_free(&r);
    set_free(&s);
}

/* Gains that change with the phase but leave every phase's mean alone: M6 is blind, M9 sees them. A pattern of period 2 raises the
 * harmonic peaks. */
static void modulated_checkerboards(void **state)
{
    (void)state;
    set s = set_new(5, 200, 16, 16, 1, 0.02);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++) {
                size_t p = at(&s, n, i, j, 0);
                s.y[p] += (s.x[p] - 0.5f) * ((i + j) % 2 ? -0.1f : 0.1f);
            }
    sv_measured r = measure(&s, edges_of(0, 0, 0, 0, 2), 7);
    assert_true(r.checkerboard[0].amplitude < 4 * r.checkerboard[0].floor);
    assert_float_equal(r.phase_gain_spread, 0.1, 0.01);
    sv_measured_free(&r);
    set_free(&s);
    s = set_new(6, 200, 16, 16, 1, 0.02);
    add_checks(&s, 0.01);
    r = measure(&s, edges_of(0, 0, 0, 0, 2), 7);
    assert_true(r.harmonic_peak.value > 1 + 4 * sqrt(2.0 / 200));
    sv_measured_free(&r);
    set_free(&s);
}

/* A channel's own figures are those of its picture alone. */
static void channels_alone(void **state)
{
    (void)state;
    set s = set_new(8, 6, 18, 14, 3, 0.1), one = set_new(9, 6, 18, 14, 1, 0);
    sv_edges e = edges_of(1, 2, 2, 1, 2);
    sv_measured all = measure(&s, e, 3);
    assert_int_equal(all.channels, 3);
    for (int k = 0; k < 3; k++) {
        for (int n = 0; n < s.n; n++)
            for (int i = 0; i < s.h; i++)
                for (int j = 0; j < s.w; j++) {
                    one.x[at(&one, n, i, j, 0)] = s.x[at(&s, n, i, j, k)];
                    one.y[at(&one, n, i, j, 0)] = s.y[at(&s, n, i, j, k)];
                }
        sv_measured r = measure(&one, e, 3);
        sv_text a = { 0 }, b = { 0 };
        sv_measured_json(&r, &e, NULL, &a);
        sv_measured_json(&all.channel[k], &e, NULL, &b);
        assert_string_equal(a.data, b.data);
        sv_text_free(&a);
        sv_text_free(&b);
        sv_measured_free(&r);
    }
    sv_measured_free(&all);
    set_free(&s);
    set_free(&one);
}

/* Brief: the cheap figures are the same, the others NAN. */
static void brief_is_a_part(void **state)
{
    (void)state;
    set s = set_new(10, 8, 20, 16, 1, 0.1);
    sv_edges e = edges_of(2, 2, 2, 2, 2);
    sv_measured whole = measure(&s, e, 3), r;
    sv_measure_args args = { .shape = { 3, { s.h, s.w, s.c } }, .edges = e, .images = s.n, .brief = true };
    sv_measure *m;
    assert_int_equal(sv_measure_new(&args, &m, NULL), SV_OK);
    for (int i = 0; i < s.n; i++) sv_measure_add(m, i, s.x + at(&s, i, 0, 0, 0), s.y + at(&s, i, 0, 0, 0));
    assert_int_equal(sv_measure_finish(m, &r, NULL), SV_OK);
    assert_true(r.seam.value == whole.seam.value && r.ssim.ring == whole.ssim.ring);
    assert_true(r.checkerboard[0].amplitude == whole.checkerboard[0].amplitude && isnan(r.checkerboard[0].p));
    assert_true(isnan(r.content_standardised.value) && !isnan(whole.content_standardised.value));
    assert_true(isnan(r.harmonic_peak.value) && !isnan(whole.harmonic_peak.value));
    sv_measure_free(m);
    sv_measured_free(&r);
    sv_measured_free(&whole);
    set_free(&s);
}

static void darkened_rings(void **state)
{
    (void)state;
    set s = set_new(4, 5, 17, 13, 3, 0.1);
    sv_measured before = measure(&s, edges_of(2, 2, 2, 2, 1), 1);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int k = 0; k < s.c; k++)
                    if (i < 3 || j < 3 || s.h - 1 - i < 3 || s.w - 1 - j < 3) s.y[at(&s, n, i, j, k)] -= 0.125f;
    sv_measured after = measure(&s, edges_of(2, 2, 2, 2, 1), 1);
    assert_int_equal(before.points, 7);
    for (int side = 0; side < 4; side++)
        for (int d = 0; d < before.points; d++) {
            assert_int_equal(after.profile[side][d].distance, d);
            assert_float_equal(after.profile[side][d].bias, before.profile[side][d].bias - (d < 3 ? 0.125 : 0), 1e-7);
        }
    sv_measured_free(&before);
    sv_measured_free(&after);
    set_free(&s);
}

/* RMSE and bias of the pixels of row or column d to which no other side is nearer. */
static void profile_naive(void **state)
{
    (void)state;
    set s = set_new(5, 4, 9, 14, 2, 0.2);
    sv_measured r = measure(&s, edges_of(1, 1, 1, 1, 1), 1);
    assert_int_equal(r.points, 5);
    for (int side = 0; side < 4; side++)
        for (int d = 0; d < 5; d++) {
            double squared = 0, bias = 0;
            int count = 0;
            for (int n = 0; n < s.n; n++)
                for (int i = 0; i < s.h; i++)
                    for (int j = 0; j < s.w; j++) {
                        int distance[4] = { i, s.h - 1 - i, j, s.w - 1 - j };
                        bool mine = distance[side] == d;
                        for (int o = 0; o < 4; o++) mine = mine && distance[o] >= d;
                        for (int k = 0; mine && k < s.c; k++, count++) {
                            double e = (double)s.y[at(&s, n, i, j, k)] - s.x[at(&s, n, i, j, k)];
                            squared += e * e;
                            bias += e;
                        }
                    }
            assert_float_equal(r.profile[side][d].rmse, sqrt(squared / count), 1e-6);
            assert_float_equal(r.profile[side][d].bias, bias / count, 1e-7);
        }
    sv_measured_free(&r);
    set_free(&s);
}

static void flip(const set *s, float *pixels)
{
    for (int n = 0; n < s->n; n++)
        for (int i = 0; i < s->h; i++)
            for (int j = 0; j < s->w / 2; j++)
                for (int k = 0; k < s->c; k++) {
                    float kept = pixels[at(s, n, i, j, k)];
                    pixels[at(s, n, i, j, k)] = pixels[at(s, n, i, s->w - 1 - j, k)];
                    pixels[at(s, n, i, s->w - 1 - j, k)] = kept;
                }
}

static void flips_swap_sides(void **state)
{
    (void)state;
    set s = set_new(6, 6, 12, 15, 1, 0.1);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++) s.y[at(&s, n, i, 0, 0)] += 0.3f;
    sv_measured r = measure(&s, edges_of(1, 2, 2, 3, 1), 1);
    flip(&s, s.x);
    flip(&s, s.y);
    sv_measured f = measure(&s, edges_of(1, 2, 3, 2, 1), 1);
    assert_true(r.left_right.value > 0.5);
    assert_float_equal(f.left_right.value, -r.left_right.value, 1e-6);
    assert_float_equal(f.top_bottom.value, r.top_bottom.value, 1e-6);
    assert_float_equal(f.corner.value, r.corner.value, 1e-6);
    assert_float_equal(f.ssim.all, r.ssim.all, 1e-9);
    assert_float_equal(f.border_interior.value, r.border_interior.value, 1e-9);
    for (int d = 0; d < r.points; d++) {
        assert_float_equal(f.profile[2][d].rmse, r.profile[3][d].rmse, 1e-6);
        assert_float_equal(f.profile[3][d].rmse, r.profile[2][d].rmse, 1e-6);
        assert_float_equal(f.profile[0][d].rmse, r.profile[0][d].rmse, 1e-6);
    }
    sv_measured_free(&r);
    sv_measured_free(&f);
    set_free(&s);
}

/* Interior by the definition: beyond the depth, first pixel and end on multiples of the stride. */
static bool inside(const set *s, const sv_edges *e, int i, int j)
{
    int index[2] = { i, j }, size[2] = { s->h, s->w };
    for (int a = 0; a < 2; a++) {
        int first = e->depth[2 * a], end = size[a] - e->depth[2 * a + 1];
        while (first % e->stride[a]) first++;
        while (end % e->stride[a]) end--;
        if (index[a] < first || index[a] >= end) return false;
    }
    return true;
}

static bool ringed(const set *s, const sv_edges *e, int i, int j)
{
    return i < e->ring[0] || s->h - 1 - i < e->ring[1] || j < e->ring[2] || s->w - 1 - j < e->ring[3];
}

static void regions_naive(void **state)
{
    (void)state;
    set s = set_new(7, 9, 21, 26, 2, 0.1);
    sv_edges e = { .depth = { 3, 5, 6, 1 }, .ring = { 1, 2, 0, 4 }, .stride = { 4, 2 } };
    sv_measured r = measure(&s, e, 1);
    double sum[3] = { 0 }, a[9] = { 0 }, b[9] = { 0 }, all[9] = { 0 }, count[3] = { 0 };
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int k = 0; k < s.c; k++) {
                    double d = (double)s.y[at(&s, n, i, j, k)] - s.x[at(&s, n, i, j, k)];
                    sum[0] += d * d, all[n] += d * d, count[0]++;
                    if (inside(&s, &e, i, j)) sum[1] += d * d, b[n] += d * d, count[1]++;
                    if (ringed(&s, &e, i, j)) sum[2] += d * d, a[n] += d * d, count[2]++;
                }
    double ratio = sum[2] / count[2] / (sum[1] / count[1]), squares = 0;
    for (int n = 0; n < s.n; n++) squares += pow(a[n] / (count[2] / s.n) - ratio * b[n] / (count[1] / s.n), 2);
    assert_float_equal(r.mse.all, sum[0] / count[0], 1e-12);
    assert_float_equal(r.mse.interior, sum[1] / count[1], 1e-12);
    assert_float_equal(r.mse.ring, sum[2] / count[2], 1e-12);
    double spread = 0;
    for (int n = 0; n < s.n; n++) spread += pow(all[n] / (count[0] / s.n) - sum[0] / count[0], 2);
    assert_float_equal(r.mse_se, sqrt(spread / (9.0 * 8)), 1e-12);
    assert_float_equal(r.psnr_se, r.mse_se * 10 / (log(10) * r.mse.all), 1e-9);
    assert_float_equal(r.psnr.ring, 10 * log10(count[2] / sum[2]), 1e-9);
    assert_float_equal(r.border_interior.value, ratio, 1e-9);
    assert_float_equal(r.border_interior.se, sqrt(squares / (9.0 * 8)) / (sum[1] / count[1]), 1e-9);
    sv_measured_free(&r);
    set_free(&s);
}

/* Index i of an array of n continued by its mirror image. */
static int mirrored(int i, int n)
{
    while (i < 0 || i >= n) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return i;
}

static double ssim_naive(const set *s, int n, int i, int j, int k)
{
    double total = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int u = -5; u <= 5; u++)
            for (int v = -5; v <= 5; v++) {
                double w = exp(-(u * u + v * v) / 4.5);
                size_t p = at(s, n, mirrored(i + u, s->h), mirrored(j + v, s->w), k);
                double dx = s->x[p] - mx, dy = s->y[p] - my;
                if (pass == 1)
                    xx += w * dx * dx, yy += w * dy * dy, xy += w * dx * dy;
                else
                    total += w;
            }
        if (pass == 1) break;
        double sx = 0, sy = 0;
        for (int u = -5; u <= 5; u++)
            for (int v = -5; v <= 5; v++) {
                size_t p = at(s, n, mirrored(i + u, s->h), mirrored(j + v, s->w), k);
                sx += exp(-(u * u + v * v) / 4.5) * s->x[p];
                sy += exp(-(u * u + v * v) / 4.5) * s->y[p];
            }
        mx = sx / total, my = sy / total;
    }
    return (2 * mx * my + 1e-4) * (2 * xy / total + 9e-4) / ((mx * mx + my * my + 1e-4) * (xx / total + yy / total + 9e-4));
}

static void ssim_against_naive(void **state)
{
    (void)state;
    const int sizes[][3] = { { 14, 19, 3 }, { 3, 2, 1 }, { 1, 12, 2 } };
    for (int q = 0; q < 3; q++) {
        set s = set_new(80 + (uint64_t)q, 2, sizes[q][0], sizes[q][1], sizes[q][2], 0.15);
        sv_edges e = { .depth = { 0, 0, 1, 0 }, .ring = { 0, 0, 1, 0 }, .stride = { 1, 1 } };
        sv_measured r = measure(&s, e, 1);
        double sum[3] = { 0 }, count[3] = { 0 };
        for (int n = 0; n < s.n; n++)
            for (int i = 0; i < s.h; i++)
                for (int j = 0; j < s.w; j++)
                    for (int k = 0; k < s.c; k++) {
                        double v = ssim_naive(&s, n, i, j, k);
                        sum[0] += v, count[0]++;
                        if (inside(&s, &e, i, j)) sum[1] += v, count[1]++;
                        if (ringed(&s, &e, i, j)) sum[2] += v, count[2]++;
                    }
        assert_float_equal(r.ssim.all, sum[0] / count[0], 1e-9);
        assert_float_equal(r.ssim.interior, sum[1] / count[1], 1e-9);
        assert_float_equal(r.ssim.ring, sum[2] / count[2], 1e-9);
        sv_measured_free(&r);
        set_free(&s);
    }
}

static void perfect_and_constant_errors(void **state)
{
    (void)state;
    set s = set_new(9, 2, 16, 16, 1, 0);
    sv_measured r = measure(&s, edges_of(1, 1, 1, 1, 2), 1);
    assert_float_equal(r.ssim.all, 1, 1e-9);
    assert_true(r.mse.all == 0);
    assert_false(isfinite(r.psnr.all));
    assert_float_equal(period(&r, 2)->p, 1, 0);
    sv_measured_free(&r);
    for (size_t i = 0; i < 2 * 256; i++) s.y[i] += 0.1f;
    r = measure(&s, edges_of(1, 1, 1, 1, 2), 1);
    assert_float_equal(r.psnr.all, 20, 1e-5);
    assert_float_equal(r.border_interior.value, 1, 1e-5);
    assert_float_equal(r.left_right.value, 0, 1e-5);
    assert_float_equal(r.corner.value, 1, 1e-5);
    sv_measured_free(&r);
    set_free(&s);
}

static void seams(void **state)
{
    (void)state;
    set s = set_new(10, 2, 16, 16, 1, 0);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                s.y[at(&s, n, i, j, 0)] = s.x[at(&s, n, i, j, 0)] + (float)(0.5 * (i / 4) + 0.25 * (j % 2));
    sv_measured r = measure(&s, edges_of(1, 0, 0, 0, 4), 1);
    /* Rows 4 .. 15, columns 0 .. 15. Down: 2 faces of 16 steps .5, 9 others of 0. Across: 12 rows of 3 faces and 12 others, .25
     * each. */
    double faces = (2 * 16 * 0.25 + 12 * 3 * 0.0625) / (2 * 16 + 12 * 3), others = 12 * 12 * 0.0625 / (9 * 16 + 12 * 12);
    assert_float_equal(r.seam.value, faces / others, 1e-4);
    sv_measured_free(&r);
    set_free(&s);
}

typedef struct shared {
    sv_measure *m;
    const set *s;
} shared;

static void add_backwards(void *context, int64_t task, int worker)
{
    (void)worker;
    shared *g = context;
    int i = g->s->n - 1 - (int)task;
    sv_measure_add(g->m, i, g->s->x + at(g->s, i, 0, 0, 0), g->s->y + at(g->s, i, 0, 0, 0));
}

static void order_does_not_matter(void **state)
{
    (void)state;
    set s = set_new(11, 64, 20, 18, 3, 0.1);
    sv_edges e = edges_of(2, 3, 2, 3, 4);
    sv_measured forward = measure(&s, e, 5), backward;
    sv_shape shape = { 3, { s.h, s.w, s.c } };
    shared g = { .s = &s };
    sv_measure_args args = { .shape = shape, .edges = e, .images = s.n, .seed = 5, .threads = 3 };
    assert_int_equal(sv_measure_new(&args, &g.m, NULL), SV_OK);
    sv_parallel(3, s.n, add_backwards, &g);
    assert_int_equal(sv_measure_finish(g.m, &backward, NULL), SV_OK);
    sv_text a = { 0 }, b = { 0 };
    sv_measured_json(&forward, &e, NULL, &a);
    sv_measured_json(&backward, &e, NULL, &b);
    assert_string_equal(a.data, b.data);
    sv_text_free(&a);
    sv_text_free(&b);
    sv_measure_free(g.m);
    sv_measured_free(&forward);
    sv_measured_free(&backward);
    set_free(&s);
}

static void undefined_is_null(void **state)
{
    (void)state;
    set s = set_new(12, 1, 8, 8, 1, 0.1);
    sv_edges e = edges_of(7, 8, 7, 8, 8);
    e.ring[1] = e.ring[3] = 0;
    sv_measured r = measure(&s, e, 5);
    assert_true(isnan(r.mse.interior) && isnan(r.border_interior.value) && isnan(r.border_interior.se));
    sv_text t = { 0 };
    sv_measured_json(&r, &e, NULL, &t);
    assert_non_null(strstr(t.data, "\"border_interior_ratio\": {\"value\": null, \"se\": null}"));
    assert_non_null(strstr(t.data, "\"checkerboard\": {\"2\": {\"amplitude\": null, \"floor\": null, \"p\": null}, \"4\": {"));
    assert_non_null(strstr(t.data, "\"interior\": null"));
    assert_non_null(strstr(t.data, "\"left_right\": null"));
    assert_null(strstr(t.data, "nan"));
    assert_null(strstr(t.data, "inf"));
    sv_text_free(&t);
    sv_measured_free(&r);
    set_free(&s);
}

static void refused(sv_measure_args args, sv_status status, const char *why)
{
    sv_measure *m;
    sv_fault fault = { 0 };
    assert_int_equal(sv_measure_new(&args, &m, &fault), status);
    assert_string_equal(fault.text, why);
    assert_null(m);
}

static void refusals(void **state)
{
    (void)state;
    sv_measure_args a = { .shape = { 1, { 8 } }, .edges = edges_of(1, 1, 1, 1, 2), .images = 1 };
    refused(a, SV_BAD_ARGUMENT, "artifacts: expected images [H,W,C], got shape [8]");
    a.shape = (sv_shape){ 3, { 8, 8, 1 } };
    a.images = 0;
    refused(a, SV_BAD_DATA, "artifacts: expected at least one image");
    a.images = 1;
    a.edges.stride[1] = 0;
    refused(a, SV_BAD_ARGUMENT, "stride: expected an integer >= 1, got 0");
    a.edges = edges_of(1, 1, -1, 1, 2);
    refused(a, SV_BAD_ARGUMENT, "depth: expected four integers >= 0, got -1");
    a.edges = edges_of(1, 1, 1, 1, 2);
    a.edges.margin = 4;
    refused(a, SV_BAD_ARGUMENT, "crop_margin: expected less than half of 8 pixels, got 4");
}

static set cropped(const set *s, int margin)
{
    set c = set_new(1, s->n, s->h - 2 * margin, s->w - 2 * margin, s->c, 0);
    for (int n = 0; n < c.n; n++)
        for (int i = 0; i < c.h; i++)
            for (int j = 0; j < c.w; j++)
                for (int k = 0; k < c.c; k++) {
                    c.x[at(&c, n, i, j, k)] = s->x[at(s, n, i + margin, j + margin, k)];
                    c.y[at(&c, n, i, j, k)] = s->y[at(s, n, i + margin, j + margin, k)];
                }
    return c;
}

/* A margin of whole cells: every figure is that of the cropped pictures, whatever lies outside. */
static void margin_is_a_crop(void **state)
{
    (void)state;
    set s = set_new(21, 5, 26, 22, 2, 0.1);
    for (int n = 0; n < s.n; n++) s.y[at(&s, n, 1, 7, 0)] = 50;
    set c = cropped(&s, 2);
    sv_edges e = edges_of(5, 4, 1, 3, 2);
    e.margin = 2;
    const sv_edges within = sv_edges_within(&e);
    const int depth[4] = { 3, 2, 0, 1 };
    assert_memory_equal(within.depth, depth, sizeof depth);
    assert_memory_equal(within.ring, depth, sizeof depth);
    sv_measured r = measure(&s, e, 3), want = measure(&c, within, 3);
    for (int k = -1; k < 2; k++) {
        sv_measured *one = k < 0 ? &r : &r.channel[k];
        for (int axis = 0; axis < 2; axis++) {
            assert_int_equal(one->interior.first[axis], (k < 0 ? &want : &want.channel[k])->interior.first[axis] + 2);
            one->interior.first[axis] -= 2, one->interior.end[axis] -= 2;
        }
    }
    sv_text a = { 0 }, b = { 0 };
    sv_measured_json(&r, &within, NULL, &a);
    sv_measured_json(&want, &within, NULL, &b);
    assert_string_equal(a.data, b.data);
    sv_text_free(&a);
    sv_text_free(&b);
    sv_measured_free(&r);
    sv_measured_free(&want);
    set_free(&s);
    set_free(&c);
}

static void same_ratio(sv_ratio a, sv_ratio b)
{
    assert_true(a.value == b.value && a.se == b.se);
}

/* Other margins leave the stride's grid where it was: figures of the interior are those of a border as deep. Cells of 4 x 4 differ
 * in their error and are even inside: a grid begun at the margin would see steps elsewhere. */
static void margin_keeps_the_grid(void **state)
{
    (void)state;
    set s = set_new(22, 6, 24, 28, 1, 0);
    for (int n = 0; n < s.n; n++)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                s.y[at(&s, n, i, j, 0)] = (float)(i * s.w + j) / 1000 + (float)((i / 4 * 7 + j / 4 * 3 + n) % 5) / 64,
                                    s.x[at(&s, n, i, j, 0)] = (float)(i * s.w + j) / 1000;
    for (int n = 0; n < s.n; n++) s.y[at(&s, n, 8, 8, 0)] += (float)n / 100;
    sv_measured want = measure(&s, edges_of(4, 4, 4, 4, 4), 3);
    const int margins[] = { 1, 2, 3, 4 };
    for (int k = 0; k < 4; k++) {
        sv_edges e = edges_of(0, 0, 0, 0, 4);
        e.margin = margins[k];
        sv_measured r = measure(&s, e, 3);
        assert_memory_equal(&r.interior, &want.interior, sizeof r.interior);
        assert_int_equal(r.interior.first[0], 4);
        assert_true(r.mse.interior == want.mse.interior);
        assert_true(r.phase_gain_spread == want.phase_gain_spread);
        same_ratio(r.seam, want.seam);
        same_ratio(r.phase_mse, want.phase_mse);
        same_ratio(r.harmonic_peak, want.harmonic_peak);
        for (int p = 0; p < 2; p++) assert_true(r.checkerboard[p].amplitude == want.checkerboard[p].amplitude);
        assert_true(r.seam.value > 20);
        sv_measured_free(&r);
    }
    sv_measured_free(&want);
    set_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkerboard_exact),
        cmocka_unit_test(checkerboard_recovers),
        cmocka_unit_test(checkerboard_of_mixed_strides),
        cmocka_unit_test(p_values_are_uniform),
        cmocka_unit_test(p_values_of_blur_and_colour),
        cmocka_unit_test(neutral_values),
        cmocka_unit_test(busy_borders_are_not_blamed),
        cmocka_unit_test(modulated_checkerboards),
        cmocka_unit_test(channels_alone),
        cmocka_unit_test(brief_is_a_part),
        cmocka_unit_test(darkened_rings),
        cmocka_unit_test(profile_naive),
        cmocka_unit_test(flips_swap_sides),
        cmocka_unit_test(regions_naive),
        cmocka_unit_test(ssim_against_naive),
        cmocka_unit_test(perfect_and_constant_errors),
        cmocka_unit_test(seams),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(undefined_is_null),
        cmocka_unit_test(margin_is_a_crop),
        cmocka_unit_test(margin_keeps_the_grid),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
