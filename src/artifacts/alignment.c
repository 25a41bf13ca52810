/* Where a pixel's contribution ends up. Along an axis each layer maps the centre x of a contribution to scale x + offset
 * (a window's centre is at (k - 1) / 2 - padding in its input, a spread kernel's at (k - 1) / 2 - crop in its output). Composed
 * from input to output the scales cancel where the strides do; the offset is then the shift of the picture. */
#include "artifacts/flow.h"
#include "base/memory.h"
#include <math.h>

/* The input whose path is followed: the decoder's where it has one. */
static int followed(const sv_flow *f, const sv_node *n)
{
    for (int k = 0; k < n->inputs; k++)
        if (f->decoder[n->index] && sv_flow_carries(f, n, k)) return k;
    return 0;
}

void sv_find_shift(const sv_flow *f, const sv_graph *g, sv_axis_rule rule, double *place, double scale[2], double offset[2])
{
    for (int axis = 0; axis < 2; axis++) {
        for (int i = 0; i < f->nodes; i++) {
            const sv_node *n = g->node[i];
            double *p = place + 2 * i, factor, move;
            p[0] = 1, p[1] = 0;
            if (!f->used[i] || n->inputs == 0) continue;
            int k = followed(f, n);
            sv_axis a = rule(n, k, axis);
            const double *from = place + 2 * n->input[k]->index;
            if (!sv_axis_position(&a, &factor, &move)) factor = move = (double)NAN;
            p[0] = factor * from[0];
            p[1] = factor * from[1] + move;
        }
        const double *end = place + 2 * (f->nodes - 1);
        scale[axis] = end[0], offset[axis] = end[1];
    }
}

/* Rows (columns) of the first input that no output reads, found backwards from the output. */
static sv_status find_along(const sv_flow *f, sv_static *s, const sv_node *input, int axis, sv_fault *fault)
{
    uint8_t **mark = sv_new((size_t)f->nodes, sizeof *mark);
    if (!mark) return sv_fail_memory(fault, "explain: unread input");
    bool failed = false;
    for (int i = 0; i < f->nodes && !failed; i++) {
        const sv_shape *shape = &s->graph->node[i]->shape;
        int64_t size = shape->rank == 3 ? shape->dim[axis] : 1;
        mark[i] = sv_new((size_t)size, 1);
        failed = !mark[i];
        for (int64_t o = 0; !failed && i == s->output->index && o < size; o++) mark[i][o] = 1;
    }
    for (int i = f->nodes - 1; i >= 0 && !failed; i--) {
        const sv_node *n = s->graph->node[i];
        for (int k = 0; f->used[i] && k < n->inputs; k++) {
            sv_axis a = sv_axis_of(n, k, axis);
            sv_axis_read(&a, mark[i], mark[n->input[k]->index]);
        }
    }
    if (!failed) s->read[axis] = mark[input->index], mark[input->index] = NULL;
    for (int i = 0; i < f->nodes; i++) sv_free(mark[i]);
    sv_free(mark);
    return failed ? sv_fail_memory(fault, "explain: unread input") : SV_OK;
}

sv_status sv_find_unread(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    const sv_node *input = NULL;
    for (int i = f->nodes - 1; i >= 0; i--)
        if (f->used[i] && s->graph->node[i]->kind == SV_NODE_INPUT) input = s->graph->node[i];
    if (!input || input->shape.rank != 3) return SV_OK;
    for (int axis = 0; axis < 2; axis++) {
        s->input_size[axis] = input->shape.dim[axis];
        if (find_along(f, s, input, axis, fault) != SV_OK) return SV_NO_MEMORY;
    }
    return SV_OK;
}
