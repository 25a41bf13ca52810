#include "artifacts/measure.h"
#include "artifacts/ssim.h"
#include "base/memory.h"
#include "ops/op.h"
#include <string.h>

/* Beyond this M3 is not measured: it keeps eight bytes for every pixel. */
static const size_t most_content = (size_t)1 << 30;

static uint8_t kind_of(const sv_measure *m, int i, int j)
{
    const int *ring = m->edges.ring;
    int vertical = i < ring[0]                ? 1
                   : i >= m->height - ring[1] ? 2
                                              : 0,
        horizontal = j < ring[2]               ? 3
                     : j >= m->width - ring[3] ? 4
                                               : 0;
    int kind = vertical && horizontal ? SV_KIND_CORNERS : vertical + horizontal;
    bool interior = i >= m->interior.first[0] && i < m->interior.end[0] && j >= m->interior.first[1] && j < m->interior.end[1];
    return (uint8_t)(kind | (interior ? SV_KIND_INTERIOR : 0));
}

static void find_pixels(sv_measure *m)
{
    int64_t pixels = (int64_t)m->height * m->width, at[2] = { 0, 0 };
    for (int64_t p = 0; p < pixels; p++) {
        m->kind[p] = kind_of(m, (int)(p / m->width), (int)(p % m->width));
        m->inside += (m->kind[p] & SV_KIND_INTERIOR) != 0;
        m->around += (m->kind[p] & ~SV_KIND_INTERIOR) != 0;
    }
    at[1] = m->inside;
    for (int64_t p = 0; p < pixels; p++) {
        if (m->kind[p] & SV_KIND_INTERIOR) m->pixel[at[0]++] = p;
        if (m->kind[p] & ~SV_KIND_INTERIOR) m->pixel[at[1]++] = p;
    }
}

/* How many steps between neighbours inside [first, end) cross a multiple of the stride, and how many do not. */
static void count_steps(sv_measure *m, int axis)
{
    int first = m->interior.first[axis], end = m->interior.end[axis], other = !axis;
    double along = m->interior.end[other] - m->interior.first[other];
    for (int i = first + 1; i < end; i++) m->count[(i - first) % m->phases[axis] == 0 ? SV_FACES : SV_STEPS] += along;
}

static void count_terms(sv_measure *m)
{
    double *n = m->count;
    for (int64_t p = 0; p < (int64_t)m->height * m->width; p++) {
        int strip = m->kind[p] & ~SV_KIND_INTERIOR;
        if (strip) n[SV_STRIP + strip - 1]++;
    }
    n[SV_SQUARED] = (double)m->height * m->width;
    n[SV_SQUARED_INTERIOR] = (double)m->inside;
    n[SV_SQUARED_RING] = (double)m->around;
    memcpy(n + SV_SSIM, n + SV_SQUARED, 3 * sizeof *n);
    for (int axis = 0; axis < 2; axis++) count_steps(m, axis);
    n[SV_PEAK] = n[SV_BESIDE] = m->spectrum ? 1 : 0;
}

static sv_status check(const sv_measure_args *a, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    const sv_shape *shape = &a->shape;
    const sv_edges *e = &a->edges;
    if (shape->rank != 3 || sv_shape_count(shape) < 1 || shape->dim[0] > INT32_MAX / 4 || shape->dim[1] > INT32_MAX / 4 ||
        shape->dim[2] > INT32_MAX / 4)
        return sv_fail(fault, SV_BAD_ARGUMENT, "artifacts: expected images [H,W,C], got shape %s", sv_shape_text(shape, text));
    for (int i = 0; i < 4; i++)
        if (e->depth[i] < 0 || e->ring[i] < 0)
            return sv_fail(fault, SV_BAD_ARGUMENT, "depth: expected four integers >= 0, got %d",
                           e->depth[i] < 0 ? e->depth[i] : e->ring[i]);
    if (e->stride[0] < 1 || e->stride[1] < 1)
        return sv_fail(fault, SV_BAD_ARGUMENT, "stride: expected an integer >= 1, got %d", e->stride[e->stride[0] >= 1]);
    if (sv_crop_margin_check("crop_margin", e->margin, shape, fault) != SV_OK) return fault->status;
    if (a->images < 1) return sv_fail(fault, SV_BAD_DATA, "artifacts: expected at least one image");
    return SV_OK;
}

static void set_geometry(sv_measure *m, const sv_measure_args *a)
{
    int height = (int)a->shape.dim[0], width = (int)a->shape.dim[1];
    m->margin = a->edges.margin, m->row = width;
    m->height = height - 2 * m->margin, m->width = width - 2 * m->margin, m->channels = (int)a->shape.dim[2];
    m->edges = sv_edges_within(&a->edges);
    for (int side = 0; side < 4; side++) {
        int size = side < 2 ? m->height : m->width;
        if (m->edges.depth[side] > size) m->edges.depth[side] = size;
        if (m->edges.ring[side] > size) m->edges.ring[side] = size;
    }
    m->interior = sv_interior_of(&a->edges, height, width);
    for (int axis = 0; axis < 2 && m->interior.end[0]; axis++)
        m->interior.first[axis] -= m->margin, m->interior.end[axis] -= m->margin;
    m->images = a->images, m->seed = a->seed, m->threads = a->threads > 1 ? a->threads : 1, m->brief = a->brief;
    m->points = ((m->height < m->width ? m->height : m->width) - 1) / 2 + 1;
    if (m->interior.end[0]) memcpy(m->phases, a->edges.stride, sizeof m->phases);
}

static sv_status take_records(sv_measure *m, sv_fault *fault)
{
    size_t pixels = (size_t)m->height * (size_t)m->width, images = (size_t)m->images, planes = images * (size_t)m->channels;
    m->kind = sv_new(pixels, sizeof *m->kind);
    m->pixel = sv_new(2 * pixels, sizeof *m->pixel);
    m->seen = sv_new(images, sizeof *m->seen);
    m->sums = sv_new(planes, SV_SUMS * sizeof *m->sums);
    m->line = sv_new(planes, SV_LINES * (size_t)m->points * sizeof *m->line);
    m->phase = sv_new(planes, sv_phases_of(m) * sizeof *m->phase);
    if (!m->kind || !m->pixel || !m->seen || !m->sums || !m->line || !m->phase)
        return sv_fail_memory(fault, "artifacts: statistics of every image");
    find_pixels(m);
    if (m->brief) return SV_OK;
    size_t kept = (size_t)(m->inside + m->around) * sizeof *m->content * 2;
    if (m->inside && m->around && planes <= most_content / kept) m->content = sv_map_floats(planes * kept / sizeof(float));
    return sv_spectrum_new(&m->interior, m->edges.stride, &m->spectrum, fault);
}

sv_status sv_measure_new(const sv_measure_args *args, sv_measure **result, sv_fault *fault)
{
    *result = NULL;
    sv_status status = check(args, fault);
    if (status != SV_OK) return status;
    sv_measure *m = sv_new(1, sizeof *m);
    if (!m) return sv_fail_memory(fault, "artifacts");
    set_geometry(m, args);
    status = take_records(m, fault);
    if (status != SV_OK) {
        sv_measure_free(m);
        return status;
    }
    count_terms(m);
    *result = m;
    return SV_OK;
}

void sv_measure_free(sv_measure *m)
{
    if (!m) return;
    size_t planes = (size_t)m->images * (size_t)m->channels;
    if (m->content) sv_unmap_floats(m->content, planes * (size_t)(m->inside + m->around) * 2);
    sv_spectrum_free(m->spectrum);
    sv_free(m->kind);
    sv_free(m->pixel);
    sv_free(m->seen);
    sv_free(m->sums);
    sv_free(m->line);
    sv_free(m->phase);
    sv_free(m);
}

size_t sv_plane_scratch(const sv_measure *m)
{
    size_t most = 3 * (size_t)m->height * (size_t)m->width,
           other[2] = { sv_ssim_scratch(m->width, 1), sv_spectrum_scratch(m->spectrum) };
    for (int i = 0; i < 2; i++)
        if (other[i] > most) most = other[i];
    return most;
}

/* Of a sum by kinds the three that belong to all, interior and ring. */
static void add_kinds(const double by_kind[SV_KINDS], double *sums)
{
    for (int k = 0; k < SV_KINDS; k++) {
        sums[0] += by_kind[k];
        if (k & SV_KIND_INTERIOR) sums[1] += by_kind[k];
        if (k & ~SV_KIND_INTERIOR) sums[2] += by_kind[k];
    }
}

static void add_errors(const sv_plane *p, double *sums)
{
    const sv_measure *m = p->m;
    double by_kind[SV_KINDS] = { 0 };
    for (int64_t i = 0; i < (int64_t)m->height * m->width; i++) by_kind[m->kind[i]] += p->r[i] * p->r[i];
    add_kinds(by_kind, sums + SV_SQUARED);
    for (int strip = 0; strip < SV_KIND_CORNERS; strip++)
        sums[SV_STRIP + strip] = by_kind[strip + 1] + by_kind[(strip + 1) | SV_KIND_INTERIOR];
}

/* A pixel counts for every side to which no other is nearer, and for the corner that lies between two such. */
static void add_lines(const sv_plane *p, sv_line_point *out)
{
    static const int corner[2][2] = { { SV_TOP_LEFT, SV_TOP_RIGHT }, { SV_BOTTOM_LEFT, SV_BOTTOM_RIGHT } };
    const sv_measure *m = p->m;
    const double *at = p->r;
    for (int i = 0; i < m->height; i++)
        for (int j = 0; j < m->width; j++, at++) {
            const int d[4] = { i, m->height - 1 - i, j, m->width - 1 - j };
            int near[2] = { d[0] < d[1] ? d[0] : d[1], d[2] < d[3] ? d[2] : d[3] };
            int nearest = near[0] < near[1] ? near[0] : near[1];
            int line[SV_LINES], lines = 0;
            for (int side = 0; side < 4; side++)
                if (d[side] == nearest) line[lines++] = side;
            for (int a = 0; a < 2; a++)
                for (int b = 0; b < 2; b++)
                    if (d[a] == nearest && d[2 + b] == nearest) line[lines++] = corner[a][b];
            for (int k = 0; k < lines; k++) {
                sv_line_point *point = &out[line[k] * m->points + nearest];
                point->squared += *at * *at;
                point->bias += *at;
            }
        }
}

/* M10: steps of r between neighbours inside the interior. */
static void add_steps(const sv_plane *p, double *sums)
{
    const sv_measure *m = p->m;
    const int *first = m->interior.first, *end = m->interior.end;
    for (int i = first[0]; i < end[0]; i++)
        for (int j = first[1]; j < end[1]; j++) {
            const double *r = p->r + (size_t)i * (size_t)m->width + (size_t)j;
            double down = i > first[0] ? r[0] - r[-m->width] : 0, across = j > first[1] ? r[0] - r[-1] : 0;
            sums[(i - first[0]) % m->phases[0] == 0 ? SV_FACES : SV_STEPS] += down * down;
            sums[(j - first[1]) % m->phases[1] == 0 ? SV_FACES : SV_STEPS] += across * across;
        }
}

typedef struct similarity {
    const sv_measure *m;
    double by_kind[SV_KINDS];
} similarity;

static void add_similarity(void *context, int row, const double *values)
{
    similarity *s = context;
    const uint8_t *kind = s->m->kind + (size_t)row * (size_t)s->m->width;
    for (int j = 0; j < s->m->width; j++) s->by_kind[kind[j]] += values[j];
}

static void add_plane(sv_measure *m, const sv_plane *p, size_t record)
{
    double *sums = m->sums + record * SV_SUMS;
    similarity s = { m, { 0 } };
    memset(sums, 0, SV_SUMS * sizeof *sums);
    memset(m->line + record * SV_LINES * (size_t)m->points, 0, SV_LINES * (size_t)m->points * sizeof *m->line);
    memset(m->phase + record * sv_phases_of(m), 0, sv_phases_of(m) * sizeof *m->phase);
    add_errors(p, sums);
    add_lines(p, m->line + record * SV_LINES * (size_t)m->points);
    sv_ssim_map(m->height, m->width, 1, p->x, p->y, p->scratch, add_similarity, &s);
    add_kinds(s.by_kind, sums + SV_SSIM);
    if (m->inside) {
        add_steps(p, sums);
        sv_phases_add(p, m->phase + record * sv_phases_of(m));
    }
    if (m->content) sv_content_add(p, (sv_content *)(void *)m->content + record * (size_t)(m->inside + m->around));
    if (m->spectrum) sv_spectrum_add(p, &sums[SV_PEAK], &sums[SV_BESIDE]);
}

void sv_measure_add(sv_measure *m, int64_t index, const float *target, const float *reconstruction)
{
    if (index < 0 || index >= m->images) return;
    const size_t pixels = (size_t)m->height * (size_t)m->width, channels = (size_t)m->channels, width = (size_t)m->width;
    const size_t margin = (size_t)m->margin, corner = margin * (size_t)m->row + margin;
    double *memory = sv_new(2 * pixels + sv_plane_scratch(m), sizeof *memory);
    if (!memory) {
        atomic_store(&m->short_of_memory, true);
        return;
    }
    double *r = memory;
    float *x = (float *)(void *)(memory + pixels), *y = x + pixels;
    sv_plane p = { m, x, y, r, memory + 2 * pixels };
    for (size_t c = 0; c < channels; c++) {
        for (size_t i = 0; i < pixels; i++) {
            size_t at = (corner + i / width * (size_t)m->row + i % width) * channels + c;
            x[i] = target[at];
            y[i] = reconstruction[at];
            r[i] = (double)y[i] - x[i];
        }
        add_plane(m, &p, sv_record(m, index, (int)c, 1));
    }
    sv_free(memory);
    m->seen[index] = 1;
}
