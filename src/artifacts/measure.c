#include "artifacts/measure.h"
#include "artifacts/ssim.h"
#include "base/memory.h"
#include <string.h>

/* Which part of the frame a pixel is in. */
typedef struct place {
    bool interior, ring;
    int strip; /* SV_STRIP + side, SV_CORNERS or -1 */
} place;

static place place_of(const sv_measure *m, int i, int j)
{
    const int *ring = m->edges.ring;
    int vertical = i < ring[0]                ? 0
                   : i >= m->height - ring[1] ? 1
                                              : -1,
        horizontal = j < ring[2]               ? 2
                     : j >= m->width - ring[3] ? 3
                                               : -1;
    place p = { .strip = -1 };
    p.interior = i >= m->interior.first[0] && i < m->interior.end[0] && j >= m->interior.first[1] && j < m->interior.end[1];
    p.ring = vertical >= 0 || horizontal >= 0;
    if (p.ring) p.strip = vertical < 0 ? SV_STRIP + horizontal : horizontal < 0 ? SV_STRIP + vertical : SV_CORNERS;
    return p;
}

/* Whether the step from the pixel before, along an axis, stays in the interior, and whether it crosses a cell's face. */
static bool is_step(const sv_measure *m, int axis, int i)
{
    return i > m->interior.first[axis];
}

static bool is_face(const sv_measure *m, int axis, int i)
{
    return i % m->phases[axis] == 0;
}

static void count_terms(sv_measure *m)
{
    double c = m->channels, *n = m->count;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) {
            place p = place_of(m, i, j);
            n[SV_SQUARED] += c;
            if (p.ring) n[SV_SQUARED_RING] += c;
            if (p.strip >= 0) n[p.strip] += c;
            if (!p.interior) continue;
            n[SV_SQUARED_INTERIOR] += c;
            if (is_step(m, 0, i)) n[is_face(m, 0, i) ? SV_FACES : SV_STEPS] += c;
            if (is_step(m, 1, j)) n[is_face(m, 1, j) ? SV_FACES : SV_STEPS] += c;
        }
    memcpy(n + SV_SSIM, n + SV_SQUARED, 3 * sizeof *n);
}

static size_t phases_of(const sv_measure *m)
{
    return (size_t)m->phases[0] * (size_t)m->phases[1] * (size_t)m->channels;
}

static sv_status check(const sv_shape *shape, const sv_edges *edges, int64_t images, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (shape->rank != 3 || sv_shape_count(shape) < 1 || shape->dim[0] > INT32_MAX / 4 || shape->dim[1] > INT32_MAX / 4 ||
        shape->dim[2] > INT32_MAX / 4)
        return sv_fail(fault, SV_BAD_ARGUMENT, "artifacts: expected images [H,W,C], got shape %s", sv_shape_text(shape, text));
    for (int i = 0; i < 4; i++)
        if (edges->depth[i] < 0 || edges->ring[i] < 0)
            return sv_fail(fault, SV_BAD_ARGUMENT, "depth: expected four integers >= 0, got %d",
                           edges->depth[i] < 0 ? edges->depth[i] : edges->ring[i]);
    if (edges->stride[0] < 1 || edges->stride[1] < 1)
        return sv_fail(fault, SV_BAD_ARGUMENT, "stride: expected an integer >= 1, got %d", edges->stride[edges->stride[0] >= 1]);
    if (images < 1) return sv_fail(fault, SV_BAD_DATA, "artifacts: expected at least one image");
    return SV_OK;
}

sv_status sv_measure_new(const sv_shape *shape, const sv_edges *edges, int64_t images, uint64_t seed, sv_measure **result,
                         sv_fault *fault)
{
    *result = NULL;
    sv_status status = check(shape, edges, images, fault);
    if (status != SV_OK) return status;
    sv_measure *m = sv_new(1, sizeof *m);
    if (!m) return sv_fail_memory(fault, "artifacts");
    m->height = (int)shape->dim[0], m->width = (int)shape->dim[1], m->channels = (int)shape->dim[2];
    m->edges = *edges;
    for (int side = 0; side < 4; side++) {
        int size = side < 2 ? m->height : m->width;
        if (m->edges.depth[side] > size) m->edges.depth[side] = size;
        if (m->edges.ring[side] > size) m->edges.ring[side] = size;
    }
    m->interior = sv_interior_of(&m->edges, m->height, m->width);
    m->images = images, m->seed = seed;
    m->points = ((m->height < m->width ? m->height : m->width) - 1) / 2 + 1;
    if (m->interior.end[0]) memcpy(m->phases, edges->stride, sizeof m->phases);
    count_terms(m);
    size_t n = (size_t)images;
    m->seen = sv_new(n, sizeof *m->seen);
    m->sums = sv_new(n, SV_SUMS * sizeof *m->sums);
    m->profile = sv_new(n, 8 * (size_t)m->points * sizeof *m->profile);
    m->phase = sv_new(n, phases_of(m) * sizeof *m->phase);
    *result = m;
    if (m->seen && m->sums && m->profile && m->phase) return SV_OK;
    sv_measure_free(m);
    *result = NULL;
    return sv_fail_memory(fault, "artifacts: statistics of every image");
}

void sv_measure_free(sv_measure *m)
{
    if (!m) return;
    sv_free(m->seen);
    sv_free(m->sums);
    sv_free(m->profile);
    sv_free(m->phase);
    sv_free(m);
}

/* The sums of one image in the making. */
typedef struct image {
    const sv_measure *m;
    const float *x, *y;
    double *sums, *profile, *phase;
} image;

/* A pixel counts for every side to which no other is nearer. */
static void add_to_profile(const image *g, int i, int j, double squared, double bias)
{
    const sv_measure *m = g->m;
    const int distance[4] = { i, m->height - 1 - i, j, m->width - 1 - j };
    int nearest = distance[0];
    for (int side = 1; side < 4; side++)
        if (distance[side] < nearest) nearest = distance[side];
    for (int side = 0; side < 4; side++) {
        if (distance[side] != nearest) continue;
        double *point = g->profile + 2 * ((size_t)side * (size_t)m->points + (size_t)nearest);
        point[0] += squared;
        point[1] += bias;
    }
}

static double squared_steps(const float *x, const float *y, int channels, size_t back)
{
    double sum = 0;
    for (int k = 0; k < channels; k++) {
        double step = ((double)y[k] - x[k]) - ((double)*(y + k - back) - *(x + k - back));
        sum += step * step;
    }
    return sum;
}

static void add_interior(const image *g, int i, int j, const float *x, const float *y)
{
    const sv_measure *m = g->m;
    size_t c = (size_t)m->channels;
    double *phase = g->phase + ((size_t)(i % m->phases[0]) * (size_t)m->phases[1] + (size_t)(j % m->phases[1])) * c;
    for (size_t k = 0; k < c; k++) phase[k] += (double)y[k] - x[k];
    if (is_step(m, 0, i)) g->sums[is_face(m, 0, i) ? SV_FACES : SV_STEPS] += squared_steps(x, y, m->channels, (size_t)m->width * c);
    if (is_step(m, 1, j)) g->sums[is_face(m, 1, j) ? SV_FACES : SV_STEPS] += squared_steps(x, y, m->channels, c);
}

static void add_pixel(const image *g, int i, int j)
{
    const sv_measure *m = g->m;
    size_t at = ((size_t)i * (size_t)m->width + (size_t)j) * (size_t)m->channels;
    const float *x = g->x + at, *y = g->y + at;
    double squared = 0, bias = 0;
    for (int k = 0; k < m->channels; k++) {
        double r = (double)y[k] - x[k];
        squared += r * r;
        bias += r;
    }
    place p = place_of(m, i, j);
    g->sums[SV_SQUARED] += squared;
    if (p.ring) g->sums[SV_SQUARED_RING] += squared;
    if (p.strip >= 0) g->sums[p.strip] += squared;
    add_to_profile(g, i, j, squared, bias);
    if (!p.interior) return;
    g->sums[SV_SQUARED_INTERIOR] += squared;
    add_interior(g, i, j, x, y);
}

static void add_ssim_row(void *context, int i, const double *values)
{
    const image *g = context;
    const sv_measure *m = g->m;
    for (int j = 0; j < m->width; j++) {
        double sum = 0;
        for (int k = 0; k < m->channels; k++) sum += values[j * m->channels + k];
        place p = place_of(m, i, j);
        g->sums[SV_SSIM] += sum;
        if (p.interior) g->sums[SV_SSIM_INTERIOR] += sum;
        if (p.ring) g->sums[SV_SSIM_RING] += sum;
    }
}

static void keep(sv_measure *m, int64_t index, const image *g)
{
    size_t at = (size_t)index, points = 8 * (size_t)m->points, phases = phases_of(m);
    memcpy(m->sums + at * SV_SUMS, g->sums, SV_SUMS * sizeof *g->sums);
    for (size_t i = 0; i < points; i++) m->profile[at * points + i] = (float)g->profile[i];
    double pixels = phases ? m->count[SV_SQUARED_INTERIOR] / (double)phases : 1;
    for (size_t i = 0; i < phases; i++) m->phase[at * phases + i] = (float)(g->phase[i] / pixels);
    m->seen[index] = 1;
}

void sv_measure_add(sv_measure *m, int64_t index, const float *target, const float *reconstruction)
{
    if (index < 0 || index >= m->images) return;
    size_t points = 8 * (size_t)m->points, phases = phases_of(m);
    double *memory = sv_new(SV_SUMS + points + phases + sv_ssim_scratch(m->width, m->channels), sizeof *memory);
    if (!memory) {
        atomic_store(&m->short_of_memory, true);
        return;
    }
    image g = { m, target, reconstruction, memory, memory + SV_SUMS, memory + SV_SUMS + points };
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++) add_pixel(&g, i, j);
    sv_ssim_map(m->height, m->width, m->channels, target, reconstruction, g.phase + phases, add_ssim_row, &g);
    keep(m, index, &g);
    sv_free(memory);
}
