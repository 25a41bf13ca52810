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

/* The map of node n from those of its inputs; ones at a start. */
static double *map_of(const sv_flow *f, const sv_node *n, int axis, double *const *map)
{
    if (f->start[n->index]) return ones(size_of(n, axis));
    double *own = sv_new((size_t)size_of(n, axis), sizeof *own);
    for (int k = 0; own && k < n->inputs; k++) {
        if (!sv_flow_carries(f, n, k)) continue;
        sv_axis a = sv_axis_of(n, k, axis);
        sv_axis_count(&a, map[n->input[k]->index], own);
    }
    return own;
}

sv_status sv_find_overlap(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    double **map = sv_new((size_t)f->nodes, sizeof *map);
    bool failed = !map;
    for (int axis = 0; axis < 2 && !failed; axis++) {
        for (int i = 0; i < f->nodes && !failed; i++) {
            if (!f->used[i] || !(f->start[i] || f->decoder[i])) continue;
            map[i] = map_of(f, s->graph->node[i], axis, map);
            failed = !map[i];
        }
        if (!failed) s->overlap[axis] = map[s->output->index], map[s->output->index] = NULL;
        for (int i = 0; i < f->nodes; i++) {
            sv_free(map[i]);
            map[i] = NULL;
        }
    }
    sv_free(map);
    return failed ? sv_fail_memory(fault, "explain: overlap maps") : SV_OK;
}

/* What the counts of one phase fall short of their largest, and the distance from each end up to which it is a tenth or more. */
static void shortfall(sv_static *s, int axis, int64_t phase)
{
    const double *map = s->overlap[axis], threshold = 0.1 - 1e-9;
    int64_t n = s->size[axis], step = s->edges.stride[axis];
    int *low = &s->edges.ring[2 * axis], *high = low + 1;
    double most = 0;
    for (int64_t o = phase; o < n; o += step) most = fmax(most, map[o]);
    for (int64_t o = phase; o < n && most > 0; o += step) {
        double missing = s->deficiency[axis][o] = 1 - map[o] / most;
        if (missing < threshold) continue;
        if (2 * o < n && o + 1 > *low) *low = (int)o + 1;
        if (2 * (n - 1 - o) < n && n - o > *high) *high = (int)(n - o);
    }
}

sv_status sv_find_ring(sv_static *s, sv_fault *fault)
{
    for (int axis = 0; axis < 2; axis++) {
        s->deficiency[axis] = sv_new((size_t)s->size[axis], sizeof *s->deficiency[axis]);
        if (!s->deficiency[axis]) return sv_fail_memory(fault, "explain: overlap maps");
        for (int64_t phase = 0; phase < s->edges.stride[axis] && phase < s->size[axis]; phase++) shortfall(s, axis, phase);
    }
    return SV_OK;
}
