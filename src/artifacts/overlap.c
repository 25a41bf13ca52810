/* Overlap maps: what kernels of ones, without bias and activation, make of ones. Uneven counts are the checkerboard that a
 * transposed convolution prints (Odena, Dumoulin, Olah 2016, "Deconvolution and checkerboard artifacts", Distill). */
#include "artifacts/flow.h"
#include "base/memory.h"
#include <math.h>

static double *ones(int64_t n)
{
    double *map = sv_new((size_t)n, sizeof *map);
    for (int64_t i = 0; map && i < n; i++) map[i] = 1;
    return map;
}

static int64_t size_of(const sv_node *n, int axis)
{
    return n->shape.rank == 3 ? n->shape.dim[axis] : 1;
}

/* The map of node n from those of its inputs; ones at a start. `plain`: taps alone, whatever scales their sum. */
static double *map_of(const sv_flow *f, const sv_node *n, int axis, bool plain, double *const *map)
{
    if (f->start[n->index]) return ones(size_of(n, axis));
    double *own = sv_new((size_t)size_of(n, axis), sizeof *own);
    for (int k = 0; own && k < n->inputs; k++) {
        if (!sv_flow_carries(f, n, k)) continue;
        sv_axis a = sv_axis_of(n, k, axis);
        if (plain) a.even = false;
        sv_axis_count(&a, map[n->input[k]->index], own);
    }
    return own;
}

/* The output's map; NULL where memory is short. `map` holds one pointer per node. */
static double *composed(const sv_flow *f, const sv_static *s, int axis, bool plain, double **map)
{
    bool failed = false;
    for (int i = 0; i < f->nodes && !failed; i++) {
        if (!f->used[i] || !(f->start[i] || f->decoder[i])) continue;
        map[i] = map_of(f, s->graph->node[i], axis, plain, map);
        failed = !map[i];
    }
    double *result = map[s->output->index];
    map[s->output->index] = NULL;
    for (int i = 0; i < f->nodes; i++) {
        sv_free(map[i]);
        map[i] = NULL;
    }
    return result;
}

sv_status sv_find_overlap(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    double **map = sv_new((size_t)f->nodes, sizeof *map);
    bool failed = !map;
    for (int axis = 0; axis < 2 && !failed; axis++) {
        s->overlap[axis] = composed(f, s, axis, false, map);
        s->deficiency[axis] = composed(f, s, axis, true, map);
        failed = !s->overlap[axis] || !s->deficiency[axis];
    }
    sv_free(map);
    return failed ? sv_fail_memory(fault, "explain: overlap maps") : SV_OK;
}

/* From the counts of one phase what they fall short of their largest, and the distance from each end up to which it is a tenth or
 * more. */
static void shortfall(sv_static *s, int axis, int64_t phase)
{
    double *map = s->deficiency[axis], most = 0;
    const double threshold = 0.1 - 1e-9;
    int64_t n = s->size[axis], step = s->edges.stride[axis];
    int *low = &s->edges.ring[2 * axis], *high = low + 1;
    for (int64_t o = phase; o < n; o += step) most = fmax(most, map[o]);
    for (int64_t o = phase; o < n; o += step) {
        double missing = map[o] = most > 0 ? 1 - map[o] / most : 0;
        if (missing < threshold) continue;
        if (2 * o < n && o + 1 > *low) *low = (int)o + 1;
        if (2 * (n - 1 - o) < n && n - o > *high) *high = (int)(n - o);
    }
}

void sv_find_ring(sv_static *s)
{
    for (int axis = 0; axis < 2; axis++)
        for (int64_t phase = 0; phase < s->edges.stride[axis] && phase < s->size[axis]; phase++) shortfall(s, axis, phase);
}
