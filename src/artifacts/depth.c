/* Hard border depth and total stride, propagated node by node. Skips: the deepest path counts. */
#include "artifacts/flow.h"
#include <string.h>

void sv_find_depth(const sv_flow *f, sv_static *s, int64_t *depth)
{
    memset(depth, 0, 4 * (size_t)f->nodes * sizeof *depth);
    for (int i = 0; i < f->nodes; i++) {
        const sv_node *n = s->graph->node[i];
        for (int side = 0; f->used[i] && side < 4; side++)
            for (int k = 0; k < n->inputs; k++) {
                sv_axis a = sv_axis_of(n, k, side / 2);
                int64_t before = depth[4 * n->input[k]->index + side];
                int64_t d = side % 2 ? sv_axis_depth_high(&a, before) : sv_axis_depth_low(&a, before);
                if (d > depth[4 * i + side]) depth[4 * i + side] = d;
            }
    }
    for (int side = 0; side < 4; side++) s->edges.depth[side] = (int)depth[4 * s->output->index + side];
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* The period of the pattern that a stride leaves: upsampling multiplies it, downsampling divides out what it can. */
static int64_t period_after(const sv_axis *a, int64_t period)
{
    if (a->kind == SV_AXIS_ALL) return 1;
    if (a->kind == SV_AXIS_WINDOW) return period / gcd(period, a->stride);
    return period * a->stride < INT32_MAX ? period * a->stride : period;
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
                int64_t p = period_after(&a, period[n->input[k]->index]);
                if (p > period[i]) period[i] = p;
            }
        }
        s->edges.stride[axis] = (int)period[s->output->index];
    }
}
