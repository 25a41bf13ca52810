#include "artifacts/clone.h"
#include "base/memory.h"
#include <string.h>

static sv_node *copy_node(sv_clone *c, const sv_node *n, uint8_t role, const sv_shape *shape, sv_node *const *copy)
{
    sv_node *inputs[SV_MAX_INPUTS];
    if (role == SV_CLONE_INPUT) {
        sv_node *made = sv_input_shape(c->graph, n->name, *shape);
        if (made) c->input[c->inputs++] = made;
        return made;
    }
    for (int k = 0; k < n->inputs; k++) inputs[k] = copy[n->input[k]->index];
    return sv_layer_at(c->graph, NULL, n->op->type, n->name, n->args, inputs, n->inputs);
}

static const sv_parameter *find_parameter(const sv_graph *g, const char *name)
{
    for (int i = 0; i < g->parameters; i++)
        if (!strcmp(g->parameter[i].name, name)) return &g->parameter[i];
    return NULL;
}

static sv_status copy_weights(sv_clone *c, const sv_parameters *from, sv_fault *fault)
{
    if (sv_parameters_new(c->graph, &c->parameters, fault) != SV_OK) return fault->status;
    for (int i = 0; i < c->graph->parameters; i++) {
        const sv_parameter *to = &c->graph->parameter[i], *p = find_parameter(from->graph, to->name);
        if (!p || !sv_shape_equal(&p->spec.shape, &to->spec.shape))
            return sv_fail(fault, SV_BAD_ARGUMENT, "%s has another shape on pictures of another size", to->name);
        memcpy(c->parameters->weights + to->offset, from->weights + p->offset, (size_t)to->count * sizeof(float));
    }
    return SV_OK;
}

sv_status sv_clone_new(sv_clone *c, const sv_parameters *weights, const sv_node *output, const uint8_t *role, const sv_shape *shape,
                       sv_fault *fault)
{
    const sv_graph *g = output->graph;
    sv_node **copy = sv_new((size_t)g->nodes, sizeof *copy);
    *c = (sv_clone){ .graph = sv_graph_new(), .input = sv_new((size_t)g->nodes, sizeof *c->input) };
    if (!copy || !c->graph || !c->input) {
        sv_free(copy);
        return sv_fail_memory(fault, "artifacts: a copy of the model");
    }
    sv_graph_set_dialect(c->graph, g->dialect);
    for (int i = 0; i <= output->index && c->graph->fault.status == SV_OK; i++)
        if (role[i] != SV_CLONE_NONE) copy[i] = copy_node(c, g->node[i], role[i], &shape[i], copy);
    c->output = copy[output->index];
    sv_free(copy);
    if (c->graph->fault.status != SV_OK) return sv_fail(fault, c->graph->fault.status, "%s", c->graph->fault.text);
    return copy_weights(c, weights, fault);
}

void sv_clone_free(sv_clone *c)
{
    sv_run_free(c->run);
    sv_parameters_free(c->parameters);
    sv_graph_free(c->graph);
    sv_free(c->input);
    *c = (sv_clone){ 0 };
}

sv_status sv_clone_plan(sv_clone *c, const sv_machine *machine, sv_fault *fault)
{
    sv_run_args args = { .output = c->output,
                         .batch = machine->batch,
                         .threads = machine->threads,
                         .vectors = machine->vectors,
                         .backend = machine->backend };
    c->batch = machine->batch;
    return sv_run_new(c->graph, c->parameters, &args, &c->run, fault);
}

/* Arrays in memory as a run's rows. */
typedef struct arrays {
    const sv_clone *clone;
    const float *const *input;
    float *out;
    int64_t row;
} arrays;

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const arrays *a = context;
    for (int k = 0; k < a->clone->inputs; k++) {
        int64_t row = sv_shape_count(&a->clone->input[k]->shape);
        memcpy(inputs[k], a->input[k] + first * row, (size_t)(count * row) * sizeof(float));
    }
}

static void take(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    const arrays *a = context;
    (void)inputs;
    memcpy(a->out + first * a->row, rows, (size_t)(count * a->row) * sizeof(float));
}

sv_status sv_clone_forward(sv_clone *c, int64_t samples, const float *const *input, float *out, sv_fault *fault)
{
    arrays a = { c, input, out, sv_shape_count(&c->output->shape) };
    sv_feed feed = { .samples = samples, .fetch = fetch, .context = &a };
    return sv_run_forward(c->run, &feed, take, &a, NULL, fault);
}
