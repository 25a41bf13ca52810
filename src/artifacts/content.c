/* M3, the content-standardised ratio: the ring's squared error over what pixels of the interior with the same content have. The
 * content is the target's local variance: 5x5 window, divisor 25, the image continued by its mirror image with the edge pixel
 * repeated. Its classes are the deciles of the interior's values, all images and channels together: class k holds what lies above
 * decile k and up to decile k + 1 (interpolated between order statistics), so that flat pixels share a class of their own. */
#include "artifacts/measure.h"
#include "artifacts/ssim.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { RADIUS = 2, WINDOW = 2 * RADIUS + 1, CLASSES = 10 };

/* Sums over the windows' rows: of x and of its squares. Both are exact in double, so a flat window has variance 0. */
static void sum_rows(const sv_plane *p, double *sum, double *squares)
{
    int width = p->m->width;
    for (int i = 0; i < p->m->height; i++)
        for (int j = 0; j < width; j++) {
            double a = 0, b = 0;
            for (int u = -RADIUS; u <= RADIUS; u++) {
                double x = p->x[(size_t)i * (size_t)width + (size_t)sv_mirrored(j + u, width)];
                a += x;
                b += x * x;
            }
            sum[i * width + j] = a;
            squares[i * width + j] = b;
        }
}

static void local_variance(const sv_plane *p, double *sum, double *squares, double *out)
{
    int height = p->m->height, width = p->m->width;
    const double area = WINDOW * WINDOW;
    sum_rows(p, sum, squares);
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
            double a = 0, b = 0;
            for (int u = -RADIUS; u <= RADIUS; u++) {
                int from = sv_mirrored(i + u, height) * width + j;
                a += sum[from];
                b += squares[from];
            }
            out[i * width + j] = fmax(0, (area * b - a * a) / (area * area));
        }
}

void sv_content_add(const sv_plane *p, sv_content *out)
{
    const sv_measure *m = p->m;
    size_t pixels = (size_t)m->height * (size_t)m->width;
    double *variance = p->scratch + 2 * pixels;
    local_variance(p, p->scratch, p->scratch + pixels, variance);
    for (int64_t i = 0; i < m->inside + m->around; i++) {
        double r = p->r[m->pixel[i]];
        out[i] = (sv_content){ (float)variance[m->pixel[i]], (float)(r * r) };
    }
}

/* Calls for the record of every plane of the view, in order. */
typedef void (*visitor)(void *context, const sv_content *plane);

static void visit(const sv_view *v, visitor take, void *context)
{
    const sv_measure *m = v->m;
    const sv_content *content = (const sv_content *)(const void *)m->content;
    for (int64_t i = 0; i < m->images; i++)
        for (int c = v->first; m->seen[i] && c < v->first + v->count; c++)
            take(context, content + sv_record(m, i, c, (size_t)(m->inside + m->around)));
}

enum { RANKS = 2 * (CLASSES - 1), HALF = 1 << 16 };

/* Order statistics by radix: values are not negative, so their bits order them. First the upper half of the bits, then, among the
 * values that share a wanted one's, the lower. */
typedef struct select {
    int64_t inside;
    int64_t *upper;         /* [HALF] */
    int64_t *lower[RANKS];  /* [HALF] */
    int64_t rank[RANKS];    /* wanted; then that among those with its upper half */
    uint32_t prefix[RANKS]; /* upper halves of the wanted */
    double value[RANKS];
} select;

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void count_upper(void *context, const sv_content *plane)
{
    select *s = context;
    for (int64_t i = 0; i < s->inside; i++) s->upper[bits_of(plane[i].variance) >> 16]++;
}

static void count_lower(void *context, const sv_content *plane)
{
    select *s = context;
    for (int64_t i = 0; i < s->inside; i++) {
        uint32_t bits = bits_of(plane[i].variance);
        if (s->upper[bits >> 16] >= 0) continue;
        int k = (int)(-1 - s->upper[bits >> 16]);
        s->lower[k][bits & (HALF - 1)]++;
    }
}

/* The bin in which a rank falls; *rank becomes that inside the bin. */
static uint32_t bin_of(const int64_t *count, int64_t *rank)
{
    uint32_t bin = 0;
    while (bin + 1 < HALF && *rank >= count[bin]) *rank -= count[bin++];
    return bin;
}

/* s->value of s->rank. After the first pass a bin of `upper` that holds a wanted value says which of `lower` counts it: -1 - k. */
static void find_values(const sv_view *v, select *s)
{
    int owner[RANKS];
    visit(v, count_upper, s);
    for (int k = 0; k < RANKS; k++) s->prefix[k] = bin_of(s->upper, &s->rank[k]);
    for (int k = 0; k < RANKS; k++) {
        owner[k] = k > 0 && s->prefix[k] == s->prefix[k - 1] ? owner[k - 1] : k;
        s->upper[s->prefix[k]] = -1 - owner[k];
    }
    visit(v, count_lower, s);
    for (int k = 0; k < RANKS; k++) {
        uint32_t bits = s->prefix[k] << 16 | bin_of(s->lower[owner[k]], &s->rank[k]);
        float value;
        memcpy(&value, &bits, sizeof value);
        s->value[k] = value;
    }
}

/* The nine deciles, interpolated: that at q lies at position q (n - 1) of the sorted values. */
static sv_status deciles(const sv_view *v, double *decile, sv_fault *fault)
{
    int64_t values = v->n * v->count * v->m->inside;
    double share[CLASSES - 1];
    select s = { .inside = v->m->inside };
    int64_t *memory = sv_new((size_t)HALF * (RANKS + 1), sizeof *memory);
    if (!memory) return sv_fail_memory(fault, "artifacts: deciles");
    s.upper = memory;
    for (int k = 0; k < RANKS; k++) s.lower[k] = memory + (size_t)HALF * (size_t)(k + 1);
    for (int k = 0; k < CLASSES - 1; k++) {
        double position = (double)(values - 1) * ((k + 1) / 10.0), whole = floor(position);
        share[k] = position - whole;
        s.rank[2 * k] = (int64_t)whole;
        s.rank[2 * k + 1] = s.rank[2 * k] + (s.rank[2 * k] + 1 < values);
    }
    find_values(v, &s);
    for (int k = 0; k < CLASSES - 1; k++) decile[k] = s.value[2 * k] + share[k] * (s.value[2 * k + 1] - s.value[2 * k]);
    sv_free(memory);
    return SV_OK;
}

typedef struct classes {
    int64_t inside, around;
    double decile[CLASSES - 1];
    double squared[CLASSES], count[CLASSES]; /* of the interior; then squared is its mean */
    double ring, expected;                   /* of the image at hand */
} classes;

static int class_of(const classes *s, double variance)
{
    int k = 0;
    while (k < CLASSES - 1 && variance > s->decile[k]) k++;
    return k;
}

static void add_inside(void *context, const sv_content *plane)
{
    classes *s = context;
    for (int64_t i = 0; i < s->inside; i++) {
        int k = class_of(s, plane[i].variance);
        s->squared[k] += plane[i].squared;
        s->count[k]++;
    }
}

static void add_around(classes *s, const sv_content *plane)
{
    for (int64_t i = s->inside; i < s->inside + s->around; i++) {
        s->ring += plane[i].squared;
        s->expected += s->squared[class_of(s, plane[i].variance)];
    }
}

/* Where ties leave a class without interior pixels, the nearest class below that has some speaks for it, else above. */
static void take_means(classes *s)
{
    int filled = -1;
    for (int k = 0; k < CLASSES; k++) {
        if (s->count[k] > 0) {
            s->squared[k] /= s->count[k];
            for (int below = filled + 1; filled < 0 && below < k; below++) s->squared[below] = s->squared[k];
            filled = k;
        } else if (filled >= 0) {
            s->squared[k] = s->squared[filled];
        }
    }
}

static void compare(const sv_view *v, classes *s, double *ring, double *expected)
{
    const sv_measure *m = v->m;
    const sv_content *content = (const sv_content *)(const void *)m->content;
    int64_t at = 0;
    for (int64_t i = 0; i < m->images; i++) {
        if (!m->seen[i]) continue;
        s->ring = s->expected = 0;
        for (int c = v->first; c < v->first + v->count; c++)
            add_around(s, content + sv_record(m, i, c, (size_t)(m->inside + m->around)));
        ring[at] = s->ring;
        expected[at++] = s->expected;
    }
}

sv_status sv_content_figures(const sv_view *v, sv_measured *r, sv_fault *fault)
{
    const sv_measure *m = v->m;
    classes s = { .inside = m->inside, .around = m->around };
    r->content_standardised = (sv_ratio){ (double)NAN, (double)NAN };
    if (!m->content || !v->n || !m->inside || !m->around) return SV_OK;
    double *ring = sv_new(2 * (size_t)v->n, sizeof *ring);
    if (!ring) return sv_fail_memory(fault, "artifacts: content");
    sv_status status = deciles(v, s.decile, fault);
    if (status == SV_OK) {
        visit(v, add_inside, &s);
        take_means(&s);
        compare(v, &s, ring, ring + v->n);
        r->content_standardised = sv_ratio_of(ring, ring + v->n, v->n);
    }
    sv_free(ring);
    return status;
}
