#include "config/model.h"
#include "base/memory.h"

static sv_node *build_layer(const sv_layer_spec *layer, sv_node *input, sv_node *const *made, sv_graph *g)
{
    sv_node *from[SV_MAX_INPUTS];
    for (int k = 0; k < layer->inputs; k++) from[k] = layer->input[k] < 0 ? input : made[layer->input[k]];
    sv_graph_set_dialect(g, layer->dialect);
    return sv_layer_at(g, layer->place, layer->op->type, layer->name, layer->args, from, layer->inputs);
}

sv_status sv_model_build(const sv_model *m, sv_graph *g, sv_node **input, sv_node **output, sv_fault *fault)
{
    sv_node **made = sv_new((size_t)m->layers, sizeof *made);
    if (!made) return sv_fail_memory(fault, "model");
    sv_dialect before = g->dialect;
    *input = sv_input_shape(g, SV_INPUT_NAME, m->input);
    for (int i = 0; i < m->layers; i++) made[i] = build_layer(&m->layer[i], *input, made, g);
    *output = made[m->layers - 1];
    sv_free(made);
    sv_graph_set_dialect(g, before);
    if (*output) return SV_OK;
    return sv_fail(fault, g->fault.status, "%s: %s", m->source, g->fault.text);
}
