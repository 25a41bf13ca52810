/* M6, the checkerboard amplitude of period p. D_i[a,b,c] is image i's mean residual over the interior at phase (a,b) mod p,
 * less its mean over phases. With Dbar and var taken over the N images and means over phases and channels,
 *     amplitude^2 = max(0, mean(Dbar^2) - mean(var) / N),  floor = sqrt(mean(var) / N).
 * p-value: rolling each D_i by a random phase keeps all but a common pattern; the share of such sets, the true one counted
 * along, whose mean(Dbar^2) is as large. (mean(var) is then a falling function of mean(Dbar^2), so this ranks amplitudes.)
 * Where the strides of the axes differ, p takes gcd(p, stride) phases on each. */
#include "artifacts/measure.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/threads.h"
#include <math.h>
#include <string.h>

enum { ROLLS = 399 };

typedef struct board {
    const sv_view *view;
    int period, phases[2];
    size_t size;  /* channels x phases */
    double *d;    /* [images][size] */
    double *mean; /* [workers][size]; worker 0's is also that of the set as it is */
    double observed;
    sv_stream stream;
    uint8_t *as_large; /* [ROLLS] */
} board;

static int gcd(int a, int b)
{
    while (b) {
        int r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Mean residuals at the phases of the stride, averaged to those of the period (the interior holds each equally often), less their
 * mean. */
static void coarsen(const board *b, const sv_phase *fine, double *coarse)
{
    const int *s = b->view->m->phases;
    size_t phases = (size_t)b->phases[0] * (size_t)b->phases[1];
    double share = (double)phases / ((double)s[0] * s[1]), mean = 0;
    for (int i = 0; i < s[0]; i++)
        for (int j = 0; j < s[1]; j++, fine++)
            coarse[i % b->phases[0] * b->phases[1] + j % b->phases[1]] += share * (fine->y - fine->x);
    for (size_t i = 0; i < phases; i++) mean += coarse[i] / (double)phases;
    for (size_t i = 0; i < phases; i++) coarse[i] -= mean;
}

static void gather(board *b)
{
    const sv_measure *m = b->view->m;
    double *to = b->d;
    for (int64_t i = 0; i < m->images; i++)
        for (int c = b->view->first; m->seen[i] && c < b->view->first + b->view->count; c++) {
            coarsen(b, m->phase + sv_record(m, i, c, sv_phases_of(m)), to);
            to += b->phases[0] * b->phases[1];
        }
}

/* mean += d rolled by (u, v) phases. */
static void add_rolled(const board *b, const double *d, int u, int v, double *mean)
{
    int rows = b->phases[0], row = b->phases[1];
    for (int c = 0; c < b->view->count; c++)
        for (int a = 0; a < rows; a++) {
            const double *from = d + (c * rows + (a + u) % rows) * row;
            double *to = mean + (c * rows + a) * row;
            for (int i = v; i < row; i++) to[i - v] += from[i];
            for (int i = 0; i < v; i++) to[row - v + i] += from[i];
        }
}

static double mean_square(const board *b, const double *mean)
{
    double sum = 0, n = (double)b->view->n;
    for (size_t i = 0; i < b->size; i++) sum += mean[i] / n * (mean[i] / n);
    return sum / (double)b->size;
}

/* One roll: is its pattern as large as that of the true set? Sums of the same terms in another order count as equal. */
static void roll(void *context, int64_t task, int worker)
{
    board *b = context;
    uint32_t word[4] = { 0 };
    double *mean = b->mean + (size_t)worker * b->size;
    memset(mean, 0, b->size * sizeof *mean);
    for (int64_t i = 0; i < b->view->n; i++) {
        if (i % 2 == 0) sv_stream_block(&b->stream, (uint64_t)i / 2, (uint32_t)task, (uint32_t)b->period, word);
        const uint32_t *w = word + 2 * (i % 2);
        int u = (int)((uint64_t)w[0] * (uint32_t)b->phases[0] >> 32), v = (int)((uint64_t)w[1] * (uint32_t)b->phases[1] >> 32);
        add_rolled(b, b->d + (size_t)i * b->size, u, v, mean);
    }
    b->as_large[task] = mean_square(b, mean) >= b->observed * (1 - 1e-12);
}

/* mean(var) about the mean that is in b->mean. */
static double variance(const board *b)
{
    double sum = 0, n = (double)b->view->n;
    for (int64_t i = 0; i < b->view->n; i++)
        for (size_t k = 0; k < b->size; k++) {
            double d = b->d[(size_t)i * b->size + k] - b->mean[k] / n;
            sum += d * d;
        }
    return sum / ((double)b->size * (n - 1));
}

static void figures(board *b, sv_checkerboard *out)
{
    const sv_measure *m = b->view->m;
    gather(b);
    for (int64_t i = 0; i < b->view->n; i++) add_rolled(b, b->d + (size_t)i * b->size, 0, 0, b->mean);
    b->observed = mean_square(b, b->mean);
    double noise = variance(b) / (double)b->view->n;
    out->amplitude = sqrt(fmax(0, b->observed - noise));
    out->floor = sqrt(noise);
    if (m->brief) return;
    int as_large = 0;
    b->stream = sv_stream_open(m->seed, "artifacts", "checkerboard");
    sv_parallel(m->threads, ROLLS, roll, b);
    for (int i = 0; i < ROLLS; i++) as_large += b->as_large[i];
    out->p = (1.0 + as_large) / (1.0 + ROLLS);
}

static sv_status one_period(const sv_view *v, sv_checkerboard *out, sv_fault *fault)
{
    const sv_measure *m = v->m;
    board b = { .view = v, .period = out->period };
    for (int axis = 0; axis < 2; axis++) b.phases[axis] = gcd(out->period, m->edges.stride[axis]);
    b.size = (size_t)b.phases[0] * (size_t)b.phases[1] * (size_t)v->count;
    b.d = sv_new((size_t)v->n, b.size * sizeof *b.d);
    b.mean = sv_new((size_t)m->threads, b.size * sizeof *b.mean);
    b.as_large = sv_new(ROLLS, 1);
    bool have = b.d && b.mean && b.as_large;
    if (have) figures(&b, out);
    sv_free(b.d);
    sv_free(b.mean);
    sv_free(b.as_large);
    return have ? SV_OK : sv_fail_memory(fault, "artifacts: checkerboard");
}

sv_status sv_checkerboard_figures(const sv_view *v, sv_measured *r, sv_fault *fault)
{
    const int *s = v->m->edges.stride;
    int whole = s[0] / gcd(s[0], s[1]) * s[1];
    for (int p = 2; p <= whole && r->periods < SV_MAX_PERIODS; p++) {
        if (whole % p != 0) continue;
        sv_checkerboard *out = &r->checkerboard[r->periods++];
        *out = (sv_checkerboard){ p, (double)NAN, (double)NAN, (double)NAN };
        if (v->m->phases[0] && v->n > 1 && one_period(v, out, fault) != SV_OK) return fault->status;
    }
    return SV_OK;
}
