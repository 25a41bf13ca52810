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

/* 1 - count / largest count at the same phase. */
static double deficiency(const sv_static *s, int axis, int64_t at)
{
    const double *map = s->overlap[axis];
    double most = 0;
    for (int64_t o = at % s->edges.stride[axis]; o < s->size[axis]; o += s->edges.stride[axis]) most = fmax(most, map[o]);
    return most > 0 ? 1 - map[at] / most : 0;
}

void sv_find_ring(sv_static *s)
{
    const double threshold = 0.1 - 1e-9;
    for (int axis = 0; axis < 2; axis++) {
        int *low = &s->edges.ring[2 * axis], *high = low + 1;
        int64_t n = s->size[axis];
        for (int64_t o = 0; 2 * o < n; o++) {
            if (deficiency(s, axis, o) >= threshold) *low = (int)o + 1;
            if (deficiency(s, axis, n - 1 - o) >= threshold) *high = (int)o + 1;
        }
    }
}
