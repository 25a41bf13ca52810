/* Figures of the maps of moments.h. */
#include "artifacts/moments.h"
#include <math.h>

static double mean_square(const sv_moment_map *m)
{
    double sum = 0;
    for (int64_t i = 0; i < m->rows * m->columns; i++) sum += m->square[i];
    return sum / (double)(m->rows * m->columns);
}

double sv_expected_rms(const sv_moments *m, const sv_node *n)
{
    return sqrt(mean_square(&m->map[n->index]));
}

static bool passes_zero(sv_activation_type type)
{
    return type != SV_ACTIVATION_SIGMOID && type != SV_ACTIVATION_SOFTPLUS;
}

double sv_expected_gain(const sv_moments *m, const sv_node *n)
{
    const sv_moment_map *map = &m->map[n->index];
    double out = passes_zero(sv_layer_activation(n).type) ? mean_square(map) : map->before;
    return sqrt(out / mean_square(&m->map[n->input[0]->index]));
}

void sv_expected_border(const sv_moments *m, const sv_node *n, double rms[4])
{
    const sv_moment_map *map = &m->map[n->index];
    double sum[4] = { 0 };
    for (int64_t c = 0; c < map->columns; c++) {
        sum[0] += map->square[c] / (double)map->columns;
        sum[1] += map->square[(map->rows - 1) * map->columns + c] / (double)map->columns;
    }
    for (int64_t r = 0; r < map->rows; r++) {
        sum[2] += map->square[r * map->columns] / (double)map->rows;
        sum[3] += map->square[(r + 1) * map->columns - 1] / (double)map->rows;
    }
    for (int side = 0; side < 4; side++) rms[side] = sqrt(sum[side]);
}

bool sv_expected_phases(const sv_moments *m, const sv_node *n, int period[2], double rms[SV_MAX_PHASES][SV_MAX_PHASES])
{
    const sv_moment_map *map = &m->map[n->index];
    int64_t first[2], size[2] = { map->rows, map->columns };
    for (int axis = 0; axis < 2; axis++) {
        int64_t p = map->period[axis];
        if (p > SV_MAX_PHASES || p > size[axis]) return false;
        period[axis] = (int)p;
        first[axis] = (size[axis] - p) / 2 / p * p;
    }
    if (period[0] == 1 && period[1] == 1) return false;
    for (int a = 0; a < period[0]; a++)
        for (int b = 0; b < period[1]; b++) rms[a][b] = sqrt(map->square[(first[0] + a) * map->columns + first[1] + b]);
    return true;
}
