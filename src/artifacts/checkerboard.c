/* M6, the checkerboard amplitude of period p. D_i[a,b,c] is image i's mean residual over the interior at phase (a,b) mod p,
 * less its mean over phases. With Dbar and var taken over the N images and means over phases and channels,
 *     amplitude^2 = max(0, mean(Dbar^2) - mean(var) / N),  floor = sqrt(mean(var) / N).
 * p-value: rolling each D_i by a random phase keeps all but a common pattern; the share of such sets, the true one counted
 * along, whose mean(Dbar^2) is as large. (mean(var) is then a falling function of mean(Dbar^2), so this ranks amplitudes.)
 * Where the strides of the axes differ, p takes gcd(p, stride) phases on each. */
#include "artifacts/measure.h"
#include "base/memory.h"
#include "base/rng.h"
#include <math.h>
#include <string.h>

enum { ROLLS = 399 };

typedef struct board {
    const sv_measure *m;
    int64_t images;
    int period, phases[2];
    size_t size;  /* phases x channels */
    float *d;     /* [images][size] */
    double *mean; /* [size] */
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

/* Means at the phases of the stride, averaged to those of the period: the interior holds each of them equally often. */
static void coarsen(const board *b, const float *fine, float *coarse)
{
    const int *s = b->m->phases, c = b->m->channels;
    double *sum = b->mean, share = (double)b->phases[0] * b->phases[1] / ((double)s[0] * s[1]);
    memset(sum, 0, b->size * sizeof *sum);
    for (int i = 0; i < s[0]; i++)
        for (int j = 0; j < s[1]; j++)
            for (int k = 0; k < c; k++)
                sum[((i % b->phases[0]) * b->phases[1] + j % b->phases[1]) * c + k] += share * fine[(i * s[1] + j) * c + k];
    for (int k = 0; k < c; k++) {
        double mean = 0;
        for (size_t i = (size_t)k; i < b->size; i += (size_t)c) mean += sum[i] * c / (double)b->size;
        for (size_t i = (size_t)k; i < b->size; i += (size_t)c) coarse[i] = (float)(sum[i] - mean);
    }
}

static void gather(board *b)
{
    size_t fine = (size_t)b->m->phases[0] * (size_t)b->m->phases[1] * (size_t)b->m->channels;
    float *to = b->d;
    for (int64_t i = 0; i < b->m->images; i++) {
        if (!b->m->seen[i]) continue;
        coarsen(b, b->m->phase + (size_t)i * fine, to);
        to += b->size;
    }
}

/* mean += d rolled by (u, v) phases. */
static void add_rolled(const board *b, const float *d, int u, int v)
{
    size_t row = (size_t)b->phases[1] * (size_t)b->m->channels, ahead = (size_t)v * (size_t)b->m->channels;
    for (int a = 0; a < b->phases[0]; a++) {
        const float *from = d + (size_t)((a + u) % b->phases[0]) * row;
        double *to = b->mean + (size_t)a * row;
        for (size_t i = ahead; i < row; i++) to[i - ahead] += from[i];
        for (size_t i = 0; i < ahead; i++) to[row - ahead + i] += from[i];
    }
}

/* mean(Dbar^2) of the set rolled by the random phases of one roll (NULL: as it is). */
static double pattern(const board *b, const sv_stream *stream, uint32_t roll)
{
    uint32_t word[4] = { 0 };
    memset(b->mean, 0, b->size * sizeof *b->mean);
    for (int64_t i = 0; i < b->images; i++) {
        if (stream && i % 2 == 0) sv_stream_block(stream, (uint64_t)i / 2, roll, (uint32_t)b->period, word);
        const uint32_t *w = word + 2 * (i % 2);
        int u = (int)((uint64_t)w[0] * (uint32_t)b->phases[0] >> 32), v = (int)((uint64_t)w[1] * (uint32_t)b->phases[1] >> 32);
        add_rolled(b, b->d + (size_t)i * b->size, u, v);
    }
    double sum = 0, n = (double)b->images;
    for (size_t i = 0; i < b->size; i++) sum += b->mean[i] / n * (b->mean[i] / n);
    return sum / (double)b->size;
}

/* mean(var) about the mean that `pattern` left in b->mean. */
static double variance(const board *b)
{
    double sum = 0, n = (double)b->images;
    for (int64_t i = 0; i < b->images; i++)
        for (size_t k = 0; k < b->size; k++) {
            double d = b->d[(size_t)i * b->size + k] - b->mean[k] / n;
            sum += d * d;
        }
    return sum / ((double)b->size * (n - 1));
}

static sv_checkerboard figures(const board *b)
{
    if (b->images < 2) return (sv_checkerboard){ b->period, (double)NAN, (double)NAN, (double)NAN };
    sv_stream stream = sv_stream_open(b->m->seed, "artifacts", "checkerboard");
    double observed = pattern(b, NULL, 0), noise = variance(b) / (double)b->images;
    int as_large = 0;
    for (uint32_t roll = 0; roll < ROLLS; roll++) as_large += pattern(b, &stream, roll) >= observed;
    return (sv_checkerboard){ b->period, sqrt(fmax(0, observed - noise)), sqrt(noise), (1.0 + as_large) / (1.0 + ROLLS) };
}

sv_status sv_measure_checkerboard(const sv_measure *m, sv_measured *r, sv_fault *fault)
{
    const int *s = m->edges.stride;
    int whole = s[0] / gcd(s[0], s[1]) * s[1];
    for (int p = 2; p <= whole && r->periods < SV_MAX_PERIODS; p++) {
        if (whole % p != 0) continue;
        sv_checkerboard *out = &r->checkerboard[r->periods++];
        *out = (sv_checkerboard){ p, (double)NAN, (double)NAN, (double)NAN };
        if (m->phases[0] == 0) continue;
        board b = { .m = m, .images = r->n, .period = p, .phases = { gcd(p, s[0]), gcd(p, s[1]) } };
        b.size = (size_t)b.phases[0] * (size_t)b.phases[1] * (size_t)m->channels;
        b.d = sv_new((size_t)b.images, b.size * sizeof *b.d);
        b.mean = sv_new(b.size, sizeof *b.mean);
        if (b.d && b.mean) {
            gather(&b);
            *out = figures(&b);
        }
        bool failed = !b.d || !b.mean;
        sv_free(b.d);
        sv_free(b.mean);
        if (failed) return sv_fail_memory(fault, "artifacts: checkerboard");
    }
    return SV_OK;
}
