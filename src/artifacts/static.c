#include "artifacts/flow.h"
#include "base/memory.h"
#include <math.h>

const char *const sv_severity_names[] = { "note", "warning", "error", NULL };

static sv_status find_latent(const sv_graph *g, const sv_node *output, const char *name, const sv_node **latent, sv_fault *fault)
{
    *latent = NULL;
    if (!name || !*name) return SV_OK;
    const sv_node *n = sv_find_node(g, name);
    if (!n) return sv_fail(fault, SV_BAD_ARGUMENT, "latent: there is no layer \"%s\"; expected the name of a layer", name);
    uint8_t *leads = sv_new((size_t)g->nodes, 1);
    if (!leads) return sv_fail_memory(fault, "explain");
    leads[n->index] = 1;
    for (int i = n->index + 1; i <= output->index; i++)
        for (int k = 0; k < g->node[i]->inputs; k++) leads[i] |= leads[g->node[i]->input[k]->index];
    bool found = leads[output->index];
    sv_free(leads);
    if (!found) return sv_fail(fault, SV_BAD_ARGUMENT, "latent: \"%s\" does not lead to the output \"%s\"", name, output->name);
    *latent = n;
    return SV_OK;
}

static sv_status analyse(const sv_flow *f, sv_static *s, const sv_shape *target, sv_fault *fault)
{
    s->depth = sv_new(4 * (size_t)f->nodes, sizeof *s->depth);
    int64_t *whole = sv_new((size_t)f->nodes, sizeof *whole);
    double *real = sv_new(2 * (size_t)f->nodes, sizeof *real), scale[2], offset[2];
    if (s->depth && whole && real) {
        sv_find_depth(f, s->graph, sv_axis_of, s->depth);
        for (int side = 0; side < 4; side++) s->edges.depth[side] = (int)s->depth[4 * s->output->index + side];
        sv_find_stride(f, s, whole);
        sv_find_shift(f, s->graph, sv_axis_of, real, scale, offset);
        for (int i = 0; i < 2; i++) {
            s->aligned[i] = fabs(scale[i] - 1) < 1e-9;
            s->shift[i] = s->aligned[i] && fabs(offset[i]) > 1e-9 ? offset[i] : 0;
        }
    }
    bool failed = !s->depth || !whole || !real;
    sv_free(whole);
    sv_free(real);
    if (failed) return sv_fail_memory(fault, "explain");
    if (sv_find_overlap(f, s, fault) != SV_OK || sv_find_unread(f, s, fault) != SV_OK) return SV_NO_MEMORY;
    sv_find_ring(s);
    sv_status status = sv_lint_layers(f, s, fault);
    return status == SV_OK ? sv_lint_borders(f, s, target, fault) : status;
}

sv_status sv_static_new(const sv_graph *g, const sv_node *output, const char *latent, const sv_shape *target, sv_static **result,
                        sv_fault *fault)
{
    const sv_node *start;
    sv_flow f;
    *result = NULL;
    sv_status status = find_latent(g, output, latent, &start, fault);
    if (status != SV_OK) return status;
    sv_static *s = sv_new(1, sizeof *s);
    if (!s) return sv_fail_memory(fault, "explain");
    *s = (sv_static){ .graph = g, .output = output, .latent = start, .size = { 1, 1 } };
    for (int axis = 0; axis < 2 && output->shape.rank == 3; axis++) s->size[axis] = output->shape.dim[axis];
    status = sv_flow_new(g, output, start, &f, fault);
    if (status == SV_OK) status = analyse(&f, s, target, fault);
    s->used = f.used, f.used = NULL;
    sv_flow_free(&f);
    if (status == SV_OK)
        *result = s;
    else
        sv_static_free(s);
    return status;
}

void sv_static_free(sv_static *s)
{
    if (!s) return;
    for (int axis = 0; axis < 2; axis++) {
        sv_free(s->overlap[axis]);
        sv_free(s->deficiency[axis]);
        sv_free(s->read[axis]);
    }
    sv_free(s->used);
    sv_free(s->depth);
    sv_free(s->lint);
    sv_free(s);
}

bool sv_static_refuses(const sv_static *s)
{
    for (int i = 0; i < s->lints; i++)
        if (s->lint[i].severity == SV_ERROR) return true;
    return false;
}

sv_status sv_edges_of(const sv_graph *g, const sv_node *output, const char *latent, sv_edges *edges, sv_fault *fault)
{
    sv_static *s;
    sv_status status = sv_static_new(g, output, latent, NULL, &s, fault);
    if (status != SV_OK) return status;
    *edges = s->edges;
    sv_static_free(s);
    return SV_OK;
}
