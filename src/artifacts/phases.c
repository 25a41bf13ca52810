/* M9, phase by phase of the stride: the slope of y on x (with intercept) and the mean squared error. A checkerboard that is made
 * of the content, a gain that changes with the phase, has no mean for M6 to see; the slopes show it. */
#include "artifacts/measure.h"
#include "base/memory.h"
#include <math.h>

/* Sums are taken about the phase's first pixel, so that a constant target has no variance at all. */
static void finish_phase(sv_phase *s, double n, double x0, double y0)
{
    s->xx -= s->x * s->x / n;
    s->xy -= s->x * s->y / n;
    if (s->xx < 0) s->xx = 0;
    s->x = x0 + s->x / n;
    s->y = y0 + s->y / n;
}

void sv_phases_add(const sv_plane *p, sv_phase *out)
{
    const sv_measure *m = p->m;
    const int *first = m->interior.first, *end = m->interior.end, *s = m->phases;
    size_t width = (size_t)m->width;
    for (int i = first[0]; i < end[0]; i++) {
        size_t row = (size_t)i * width, origin = (size_t)(first[0] + (i - first[0]) % s[0]) * width;
        for (int j = first[1]; j < end[1]; j++) {
            int phase = (j - first[1]) % s[1];
            size_t at = row + (size_t)j, from = origin + (size_t)(first[1] + phase);
            sv_phase *o = &out[(i - first[0]) % s[0] * s[1] + phase];
            double x = (double)p->x[at] - p->x[from], y = (double)p->y[at] - p->y[from], r = p->r[at];
            o->x += x;
            o->y += y;
            o->xx += x * x;
            o->xy += x * y;
            o->squared += r * r;
        }
    }
    double n = m->count[SV_SQUARED_INTERIOR] / (double)sv_phases_of(m);
    for (int a = 0; a < s[0]; a++)
        for (int b = 0; b < s[1]; b++) {
            size_t from = (size_t)(first[0] + a) * width + (size_t)(first[1] + b);
            finish_phase(&out[a * s[1] + b], n, p->x[from], p->y[from]);
        }
}

/* Puts together the statistics of one phase in all planes, n pixels each (Chan, Golub, LeVeque 1983). */
static sv_phase pool(const sv_view *v, size_t phase, double n)
{
    const sv_measure *m = v->m;
    sv_phase all = { 0 };
    double have = 0;
    for (int64_t i = 0; i < m->images; i++)
        for (int c = v->first; m->seen[i] && c < v->first + v->count; c++) {
            const sv_phase *one = &m->phase[sv_record(m, i, c, sv_phases_of(m)) + phase];
            double dx = one->x - all.x, dy = one->y - all.y, both = have + n, weight = have * n / both;
            all.xx += one->xx + dx * dx * weight;
            all.xy += one->xy + dx * dy * weight;
            all.x += dx * n / both;
            all.y += dy * n / both;
            all.squared += one->squared;
            have = both;
        }
    return all;
}

/* std / mean, std over n. */
static double spread(const double *value, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += (value[i] - value[0]) / (double)n;
    mean += value[0];
    for (size_t i = 0; i < n; i++) squares += (value[i] - mean) * (value[i] - mean);
    return sqrt(squares / (double)n) / mean;
}

/* The error of each image at a phase. */
static void errors_at(const sv_view *v, size_t phase, double *out)
{
    const sv_measure *m = v->m;
    for (int64_t i = 0; i < m->images; i++) {
        if (!m->seen[i]) continue;
        *out = 0;
        for (int c = v->first; c < v->first + v->count; c++) *out += m->phase[sv_record(m, i, c, sv_phases_of(m)) + phase].squared;
        out++;
    }
}

sv_status sv_phases_figures(const sv_view *v, sv_measured *r, sv_fault *fault)
{
    const sv_measure *m = v->m;
    size_t phases = sv_phases_of(m), most = 0, least = 0, n = (size_t)v->n;
    r->phase_gain_spread = (double)NAN;
    r->phase_mse = (sv_ratio){ (double)NAN, (double)NAN };
    if (!phases || !n) return SV_OK;
    double *slope = sv_new(phases, sizeof *slope), *error = sv_new(phases, sizeof *error), *a = sv_new(2 * n, sizeof *a);
    bool have = slope && error && a;
    for (size_t q = 0; q < phases && have; q++) {
        sv_phase all = pool(v, q, m->count[SV_SQUARED_INTERIOR] / (double)phases);
        slope[q] = all.xx > 0 ? all.xy / all.xx : (double)NAN;
        error[q] = all.squared;
        if (error[q] > error[most]) most = q;
        if (error[q] < error[least]) least = q;
    }
    if (have) {
        errors_at(v, most, a);
        errors_at(v, least, a + n);
        r->phase_gain_spread = spread(slope, phases);
        r->phase_mse = sv_ratio_of(a, a + n, v->n);
    }
    sv_free(slope);
    sv_free(error);
    sv_free(a);
    return have ? SV_OK : sv_fail_memory(fault, "artifacts: phases");
}
