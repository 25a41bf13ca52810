#include "config/model.h"

sv_initial sv_config_initial(const sv_config *c)
{
    return (sv_initial){ .rng = c->init_rng, .seed = c->seed, .constructed_first = c->constructed_first == SV_ON };
}

sv_status sv_config_build(const sv_config *c, sv_built *built, sv_fault *fault)
{
    sv_built b = { .graph = sv_graph_new() };
    *built = (sv_built){ 0 };
    if (!b.graph) return sv_fail_memory(fault, "graph");
    const sv_noise *n = &c->noise;
    bool noisy = n->stddev > 0 || n->salt_pepper > 0 || n->mask > 0;
    sv_status status = sv_model_build(c->model, b.graph, &b.input, &b.output, fault);
    if (status == SV_OK && sv_crop_margin_check("evaluation.crop_margin", c->crop_margin, &b.output->shape, fault) != SV_OK)
        status = sv_fault_at(fault, c->source);
    if (status == SV_OK) {
        sv_graph_set_dialect(b.graph, c->dialect);
        b.target = b.input;
        if (c->has_target) b.target = sv_input_shape(b.graph, SV_TARGET_NAME, sv_node_shape(b.output));
        else if (noisy) b.target = sv_input_shape(b.graph, SV_TARGET_NAME, sv_node_shape(b.input));
        b.loss = sv_losses_build(b.graph, c->loss, c->losses, b.output, b.target, sv_model_latent(c->model));
        if (!b.loss) status = sv_fail(fault, b.graph->fault.status, "%s: %s", c->source, b.graph->fault.text);
    }
    if (status == SV_OK) *built = b;
    else sv_graph_free(b.graph);
    return status;
}
