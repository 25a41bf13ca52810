#include "artifacts/probe_parts.h"
#include "artifacts/axis.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>

struct sv_probe {
    sv_subject subject;
    sv_paired paired;
    sv_sensitivity sensitivity;
    sv_dc dc;
};

int64_t sv_round_up(int64_t v, int64_t step)
{
    return (v + step - 1) / step * step;
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

static void mark_used(sv_subject *s)
{
    const sv_graph *g = s->args.graph;
    s->used[s->args.output->index] = 1;
    for (int i = s->args.output->index; i >= 0; i--)
        for (int k = 0; s->used[i] && k < g->node[i]->inputs; k++) s->used[g->node[i]->input[k]->index] = 1;
}

/* One step on node i's grid is above/below pixels of the input; a crop's offset must be whole steps of every grid, and of the
 * decoder's stride. */
static void find_grid(sv_subject *s, int axis, int64_t *above, int64_t *below)
{
    const sv_graph *g = s->args.graph;
    int64_t grid = s->edges.stride[axis];
    for (int i = 0; i <= s->args.output->index; i++) {
        const sv_node *n = g->node[i];
        above[i] = below[i] = 1;
        if (!s->used[i] || !n->inputs) continue;
        sv_axis a = sv_axis_of(n, 0, axis);
        int from = n->input[0]->index;
        if (a.kind == SV_AXIS_ALL) s->convolutional = false;
        int64_t up = above[from] * (a.kind == SV_AXIS_WINDOW ? a.stride : 1),
                down = below[from] * (a.kind == SV_AXIS_SPREAD || a.kind == SV_AXIS_BLEND ? a.stride : 1), common = gcd(up, down);
        above[i] = up / common, below[i] = down / common;
        grid = grid / gcd(grid, above[i]) * above[i];
        if (grid > INT32_MAX) grid = INT32_MAX;
    }
    int out = s->args.output->index;
    s->grid[axis] = above[out] == below[out] ? grid : 0;
}

static sv_status describe(sv_subject *s, sv_fault *fault)
{
    size_t n = (size_t)s->args.graph->nodes;
    s->used = sv_new(n, 1);
    int64_t *steps = sv_new(2 * n, sizeof *steps);
    s->convolutional = true;
    if (s->used && steps) {
        mark_used(s);
        for (int axis = 0; axis < 2; axis++) find_grid(s, axis, steps, steps + n);
    }
    bool have = s->used && steps;
    sv_free(steps);
    return have ? SV_OK : sv_fail_memory(fault, "artifacts: the model");
}

sv_status sv_subject_clone(const sv_subject *s, int64_t height, int64_t width, const sv_machine *machine, sv_clone *c, char *why,
                           bool *done, sv_fault *fault)
{
    const sv_graph *g = s->args.graph;
    sv_fault own = { 0 };
    uint8_t *role = sv_new((size_t)g->nodes, 1);
    sv_shape *shape = sv_new((size_t)g->nodes, sizeof *shape);
    *done = false;
    if (role && shape) {
        for (int i = 0; i < g->nodes; i++)
            role[i] = !s->used[i] ? SV_CLONE_NONE : g->node[i]->kind == SV_NODE_INPUT ? SV_CLONE_INPUT : SV_CLONE_LAYER;
        shape[s->args.input->index] = (sv_shape){ 3, { height, width, s->args.input->shape.dim[2] } };
        if (sv_clone_new(c, s->args.parameters, s->args.output, role, shape, &own) == SV_OK && machine)
            sv_clone_plan(c, machine, &own);
    } else {
        sv_fail_memory(&own, "artifacts: a copy of the model");
    }
    sv_free(role);
    sv_free(shape);
    *done = own.status == SV_OK;
    if (own.status == SV_NO_MEMORY) return sv_fail(fault, own.status, "%s", own.text);
    if (!*done) snprintf(why, SV_WHY, "the model refuses pictures of %lldx%lld", (long long)height, (long long)width);
    return SV_OK;
}

void sv_subject_intensities(const sv_subject *s, int64_t count, float *values)
{
    if (s->args.logits) s->args.machine.vectors->activate(&SV_SIGMOID, count, values, values);
}

sv_status sv_probe_new(const sv_probe_args *args, sv_probe **probe, sv_fault *fault)
{
    sv_probe *p = sv_new(1, sizeof *p);
    *probe = NULL;
    if (!p) return sv_fail_memory(fault, "artifacts");
    p->subject.args = *args;
    sv_status status = sv_edges_of(args->graph, args->output, args->latent, &p->subject.edges, fault);
    if (status == SV_OK) status = describe(&p->subject, fault);
    if (status == SV_OK) status = sv_paired_open(&p->paired, &p->subject, fault);
    if (status == SV_OK) status = sv_sensitivity_open(&p->sensitivity, &p->subject, fault);
    if (status == SV_OK) status = sv_dc_open(&p->dc, &p->subject, fault);
    if (status == SV_OK)
        *probe = p;
    else
        sv_probe_free(p);
    return status;
}

sv_status sv_probe_add(sv_probe *p, int64_t samples, const float *input, const float *target, const float *output, sv_fault *fault)
{
    sv_status status = sv_paired_add(&p->paired, samples, input, target, output, fault);
    if (status == SV_OK) status = sv_sensitivity_add(&p->sensitivity, samples, input, fault);
    return status == SV_OK ? sv_dc_add(&p->dc, samples, input, fault) : status;
}

sv_status sv_probe_finish(sv_probe *p, sv_modelled *m, sv_fault *fault)
{
    *m = (sv_modelled){ .dc_absolute = (double)NAN, .dc_relative = (double)NAN };
    sv_paired_finish(&p->paired, m);
    if (sv_sensitivity_finish(&p->sensitivity, m, fault) != SV_OK) return fault->status;
    return sv_dc_finish(&p->dc, m, fault);
}

void sv_probe_free(sv_probe *p)
{
    if (!p) return;
    sv_paired_close(&p->paired);
    sv_sensitivity_close(&p->sensitivity);
    sv_dc_close(&p->dc);
    sv_free(p->subject.used);
    sv_free(p);
}

void sv_modelled_free(sv_modelled *m)
{
    for (int side = 0; side < 4; side++) sv_free(m->reach[side]);
    sv_free(m->dc_picture);
    *m = (sv_modelled){ 0 };
}
