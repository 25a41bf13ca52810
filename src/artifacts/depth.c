/* Hard border depth and total stride, propagated node by node. Skips: the deepest path counts. */
#include "artifacts/flow.h"
#include <string.h>

void sv_find_depth(const sv_flow *f, const sv_graph *g, sv_axis_rule rule, int64_t *depth)
{
    memset(depth, 0, 4 * (size_t)f->nodes * sizeof *depth);
    for (int i = 0; i < f->nodes; i++) {
        const sv_node *n = g->node[i];
        for (int side = 0; f->used[i] && side < 4; side++)
            for (int k = 0; k < n->inputs; k++) {
                sv_axis a = rule(n, k, side / 2);
                int64_t before = depth[4 * n->input[k]->index + side];
                int64_t d = side % 2 ? sv_axis_depth_high(&a, before) : sv_axis_depth_low(&a, before);
                if (d > depth[4 * i + side]) depth[4 * i + side] = d;
            }
    }
}

void sv_find_stride(const sv_flow *f, sv_static *s, int64_t *period)
{
    for (int axis = 0; axis < 2; axis++) {
        for (int i = 0; i < f->nodes; i++) {
            const sv_node *n = s->graph->node[i];
            period[i] = 1;
            for (int k = 0; f->decoder[i] && k < n->inputs; k++) {
                if (!sv_flow_carries(f, n, k)) continue;
                sv_axis a = sv_axis_of(n, k, axis);
                int64_t p = sv_axis_period(&a, period[n->input[k]->index]);
                if (p > period[i]) period[i] = p;
            }
        }
        s->edges.stride[axis] = (int)period[s->output->index];
    }
}
