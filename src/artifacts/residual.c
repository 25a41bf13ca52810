#include "artifacts/residual.h"
#include "artifacts/fourier.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { MOST_TRANSFORMED = 256, FEWEST_TRANSFORMED = 4, TRANSFORMED_VALUES = 1 << 20 };

/* Sums of one lane. */
typedef struct lane {
    int64_t images, transformed;
    double *mean, *squared, *power;
    sv_complex *table, *line; /* the transform's: [rows, columns]; three lines */
} lane;

struct sv_residual {
    int height, width, channels, lanes, rows, columns;
    sv_interior box;
    int64_t transform; /* images below this number */
    double *window[2];
    sv_complex *root[2];
    lane *lane;
};

static sv_interior box_of(const sv_edges *edges, int height, int width)
{
    sv_interior box = sv_interior_of(edges, height, width);
    if (!box.end[0] || !box.end[1]) box = (sv_interior){ { 0, 0 }, { height, width } };
    return box;
}

static int64_t transforms(const sv_residual *r, int64_t images)
{
    int64_t values = (int64_t)r->rows * r->columns * r->channels, fit = TRANSFORMED_VALUES / values;
    fit = fit < FEWEST_TRANSFORMED ? FEWEST_TRANSFORMED : fit > MOST_TRANSFORMED ? MOST_TRANSFORMED : fit;
    return fit < images ? fit : images;
}

static bool take_axis(sv_residual *r, int axis, int n)
{
    r->window[axis] = sv_new((size_t)n, sizeof *r->window[axis]);
    r->root[axis] = sv_new((size_t)n, sizeof *r->root[axis]);
    if (!r->window[axis] || !r->root[axis]) return false;
    for (int i = 0; i < n; i++) r->window[axis][i] = pow(sin(3.14159265358979323846 * (i + 0.5) / n), 2);
    sv_fourier_roots(n, r->root[axis]);
    return true;
}

static bool take_lane(const sv_residual *r, lane *l)
{
    size_t pixels = (size_t)r->height * (size_t)r->width, bins = (size_t)r->rows * (size_t)r->columns;
    l->mean = sv_new(pixels, sizeof *l->mean);
    l->squared = sv_new(pixels, sizeof *l->squared);
    l->power = sv_new(bins, sizeof *l->power);
    l->table = sv_new(bins, sizeof *l->table);
    l->line = sv_new(3 * (size_t)(r->rows > r->columns ? r->rows : r->columns), sizeof *l->line);
    return l->mean && l->squared && l->power && l->table && l->line;
}

sv_status sv_residual_new(const sv_shape *shape, const sv_edges *edges, int64_t images, int lanes, sv_residual **residual,
                          sv_fault *fault)
{
    sv_residual *r = sv_new(1, sizeof *r);
    *residual = NULL;
    if (!r) return sv_fail_memory(fault, "residual maps");
    r->height = (int)shape->dim[0], r->width = (int)shape->dim[1], r->channels = (int)shape->dim[2];
    r->box = box_of(edges, r->height, r->width);
    r->rows = r->box.end[0] - r->box.first[0], r->columns = r->box.end[1] - r->box.first[1];
    r->transform = transforms(r, images);
    r->lane = sv_new((size_t)lanes, sizeof *r->lane);
    bool have = r->lane && take_axis(r, 0, r->rows) && take_axis(r, 1, r->columns);
    while (have && r->lanes < lanes) have = take_lane(r, &r->lane[r->lanes++]);
    if (!have) {
        sv_residual_free(r);
        return sv_fail_memory(fault, "residual maps");
    }
    *residual = r;
    return SV_OK;
}

/* Adds the power of channel c. */
static void add_power(const sv_residual *r, lane *l, int c, const float *x, const float *y)
{
    int longest = r->rows > r->columns ? r->rows : r->columns;
    sv_complex *in = l->line, *out = in + longest, *scratch = out + longest;
    for (int i = 0; i < r->rows; i++) {
        for (int j = 0; j < r->columns; j++) {
            size_t at = ((size_t)(r->box.first[0] + i) * (size_t)r->width + (size_t)(r->box.first[1] + j)) * (size_t)r->channels +
                        (size_t)c;
            in[j] = (sv_complex){ ((double)y[at] - x[at]) * r->window[0][i] * r->window[1][j], 0 };
        }
        sv_fourier(r->columns, r->root[1], in, 1, l->table + (size_t)i * (size_t)r->columns, scratch);
    }
    for (int j = 0; j < r->columns; j++) {
        sv_fourier(r->rows, r->root[0], l->table + j, (size_t)r->columns, out, scratch);
        for (int i = 0; i < r->rows; i++)
            l->power[(size_t)i * (size_t)r->columns + (size_t)j] += out[i].re * out[i].re + out[i].im * out[i].im;
    }
}

void sv_residual_add(sv_residual *r, int lane_number, int64_t index, const float *target, const float *reconstruction)
{
    lane *l = &r->lane[lane_number];
    size_t pixels = (size_t)r->height * (size_t)r->width, channels = (size_t)r->channels;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++) {
            double d = (double)reconstruction[i * channels + c] - target[i * channels + c];
            l->mean[i] += d;
            l->squared[i] += d * d;
        }
    l->images++;
    if (index >= r->transform) return;
    l->transformed++;
    for (int c = 0; c < r->channels; c++) add_power(r, l, c, target, reconstruction);
}

/* Lane 0's arrays become the result. */
void sv_residual_finish(sv_residual *r, sv_residual_maps *maps)
{
    lane *all = &r->lane[0];
    size_t pixels = (size_t)r->height * (size_t)r->width, bins = (size_t)r->rows * (size_t)r->columns;
    for (int k = 1; k < r->lanes; k++) {
        const lane *l = &r->lane[k];
        for (size_t i = 0; i < pixels; i++) all->mean[i] += l->mean[i], all->squared[i] += l->squared[i];
        for (size_t i = 0; i < bins; i++) all->power[i] += l->power[i];
        all->images += l->images;
        all->transformed += l->transformed;
    }
    for (size_t i = 0; i < pixels; i++) {
        all->mean[i] /= (double)all->images * r->channels;
        all->squared[i] /= (double)all->images * r->channels;
    }
    for (size_t i = 0; i < bins; i++) all->power[i] /= (double)all->transformed * r->channels;
    *maps = (sv_residual_maps){ .height = r->height,
                                .width = r->width,
                                .images = all->images,
                                .mean = all->mean,
                                .squared = all->squared,
                                .box = r->box,
                                .rows = r->rows,
                                .columns = r->columns,
                                .transformed = all->transformed,
                                .power = all->power };
    all->mean = all->squared = all->power = NULL;
}

void sv_residual_free(sv_residual *r)
{
    if (!r) return;
    for (int k = 0; k < r->lanes && r->lane; k++) {
        sv_free(r->lane[k].mean);
        sv_free(r->lane[k].squared);
        sv_free(r->lane[k].power);
        sv_free(r->lane[k].table);
        sv_free(r->lane[k].line);
    }
    for (int axis = 0; axis < 2; axis++) {
        sv_free(r->window[axis]);
        sv_free(r->root[axis]);
    }
    sv_free(r->lane);
    sv_free(r);
}

void sv_residual_maps_free(sv_residual_maps *m)
{
    sv_free(m->mean);
    sv_free(m->squared);
    sv_free(m->power);
    *m = (sv_residual_maps){ 0 };
}

void sv_residual_phases(const sv_residual_maps *m, const double *map, const int stride[2], double *phase)
{
    memset(phase, 0, (size_t)stride[0] * (size_t)stride[1] * sizeof *phase);
    for (int a = 0; a < stride[0]; a++)
        for (int b = 0; b < stride[1]; b++) {
            double sum = 0;
            int64_t count = 0;
            for (int i = m->box.first[0]; i < m->box.end[0]; i++)
                for (int j = m->box.first[1]; j < m->box.end[1]; j++)
                    if (i % stride[0] == a && j % stride[1] == b) sum += map[(size_t)i * (size_t)m->width + (size_t)j], count++;
            phase[a * stride[1] + b] = count ? sum / (double)count : (double)NAN;
        }
}
