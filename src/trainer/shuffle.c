#include "trainer/shuffle.h"

static sv_status check_layers(const sv_graph *g, sv_fault *fault)
{
    for (int i = 0; i < g->nodes; i++) {
        const sv_node *n = g->node[i];
        if (n->kind == SV_NODE_LAYER && n->op->random)
            return sv_fail(
                fault, SV_BAD_ARGUMENT,
                "data.shuffle.generator: in PyTorch the layer '%s' (%s) takes numbers from the global generator while it "
                "trains, differently from machine to machine; expected \"own\"",
                n->name, n->op->type);
    }
    return SV_OK;
}

static sv_status after_weights(const sv_config *c, sv_graph *g, sv_mt19937 *state, sv_fault *fault)
{
    sv_parameters *p = NULL;
    sv_initial how = sv_config_initial(c);
    how.left = state;
    sv_status status = sv_parameters_new(g, &p, fault);
    if (status == SV_OK) status = sv_parameters_draw_as(p, &how, fault);
    sv_parameters_free(p);
    return status;
}

sv_status sv_shuffle_start(const sv_config *c, sv_torch_shuffle *shuffle, sv_fault *fault)
{
    const sv_order *o = &c->order;
    *shuffle = (sv_torch_shuffle){ .own = o->generator == SV_ORDER_OWN, .other_loaders = o->other_loaders };
    sv_mt19937_seed(&shuffle->start, (uint32_t)o->seed);
    if (shuffle->own) return SV_OK;
    sv_built b = { 0 };
    sv_status status = sv_config_build(c, &b, fault);
    if (status == SV_OK) status = check_layers(b.graph, fault);
    if (status == SV_OK && o->generator == SV_ORDER_AFTER_INIT) status = after_weights(c, b.graph, &shuffle->start, fault);
    sv_graph_free(b.graph);
    return status;
}
