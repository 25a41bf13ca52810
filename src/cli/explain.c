/* selvage explain: what a model is before it trains: shapes, sizes, work, memory, padding, and where its artifacts come from. */
#include "cli/explain.h"
#include "base/process.h"
#include "cli/cli.h"
#include "cli/json.h"
#include <stdio.h>

typedef struct explain_options {
    sv_shape input;
    const char *weights, *html;
    int threads;
    int64_t resident; /* bytes of memory before anything is read */
    bool json;
} explain_options;

int64_t sv_layer_weights(const sv_node *n)
{
    int64_t count = 0;
    for (int k = 0; k < n->inference.parameters; k++) count += sv_shape_count(&n->inference.parameter[k].shape);
    return count;
}

bool sv_layer_pads(const sv_node *n)
{
    for (const sv_arg *a = n->op->table; a && a->key; a++)
        if (a->type == SV_ARG_PADDING || a->type == SV_ARG_SIDES) return true;
    return false;
}

/* Of a model alone: batches of 32, mse, Adam's two moments, no data. */
static sv_status plan_model(const sv_target *t, sv_run_args *args, sv_explanation *e, sv_fault *fault)
{
    sv_node *target = sv_input_shape(t->graph, "--target", t->output->shape);
    args->output = t->output;
    args->loss = sv_mse(t->graph, "--loss", t->output, target);
    args->batch = e->batch;
    args->gradients = true;
    if (!args->loss) return sv_fail(fault, t->graph->fault.status, "%s", t->graph->fault.text);
    e->memory.data_known = true;
    e->memory.optimizer = 2 * t->parameters->trainable * (int64_t)sizeof(float);
    return sv_run_predict_memory(t->graph, t->parameters, args, &e->memory.run, fault);
}

/* The memory that training takes: the run is planned, not run. */
static sv_status plan_training(const sv_target *t, const explain_options *o, sv_explanation *e, sv_fault *fault)
{
    sv_run_args args = { .threads = o->threads, .vectors = t->vectors, .backend = t->backend };
    e->batch = t->config ? t->config->batch_size : 32;
    if (t->config) return sv_memory_predict(t->config, &args, o->resident, &e->memory, &e->data, fault);
    if (plan_model(t, &args, e, fault) == SV_OK) sv_memory_add_up(&e->memory, o->resident);
    return fault->status;
}

/* What the output will be compared with: the input, of a config whose data has no target of its own and of a model that names
 * its latent, an autoencoder. */
static const sv_shape *compared_with(const sv_target *t)
{
    bool itself = t->config ? !t->config->has_target : sv_model_latent(t->model)[0] != '\0';
    return itself ? &t->input->shape : NULL;
}

static sv_status gather(sv_target *t, const explain_options *o, sv_explanation *e, sv_fault *fault)
{
    e->target = t;
    for (int i = 0; i < t->graph->nodes; i++) {
        const sv_node *n = t->graph->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        e->parameters += sv_layer_weights(n);
        e->activations += sv_shape_count(&n->shape);
        e->multiply_adds += n->inference.multiply_adds;
    }
    if (sv_static_new(t->graph, t->output, sv_model_latent(t->model), compared_with(t), &e->borders, fault) != SV_OK)
        return sv_fault_at(fault, t->path);
    if (sv_target_kernels(t, sv_cli_isa(NULL), fault) != SV_OK) return fault->status;
    if (sv_layer_rms_find(t, o->weights, &e->rms, fault) != SV_OK) return fault->status;
    if (sv_lint_variance(e->borders, e->rms.expected, fault) != SV_OK) return fault->status;
    return plan_training(t, o, e, fault);
}

/* *refused: lints found an error. */
static sv_status explain(const char *path, const explain_options *o, sv_target *t, bool *refused, sv_fault *fault)
{
    sv_explanation e = { 0 };
    sv_text text = { 0 };
    if (sv_target_open(t, path, fault) != SV_OK) return fault->status;
    if (o->input.rank && sv_model_set_input(t->model, o->input) != SV_OK) return sv_fail_memory(fault, "--input");
    if (sv_target_build(t, fault) == SV_OK && gather(t, o, &e, fault) == SV_OK) {
        *refused = sv_static_refuses(e.borders);
        if (o->json)
            sv_explain_json(&e, &text);
        else
            sv_explain_text(&e, &text);
        if (!sv_put_out(&text)) sv_fail_memory(fault, "explain");
        if (o->html && fault->status == SV_OK) sv_explain_html(&e, o->html, fault);
    }
    sv_static_free(e.borders);
    sv_layer_rms_free(&e.rms);
    return fault->status;
}

static int run(int argc, char **argv)
{
    explain_options o = { .resident = sv_process_resident() };
    const sv_option options[] = { { "--input", SV_OPTION_SHAPE, &o.input, 0, NULL },
                                  { "--weights", SV_OPTION_TEXT, &o.weights, 0, NULL },
                                  { "--html", SV_OPTION_TEXT, &o.html, 0, NULL },
                                  { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
                                  { "--json", SV_OPTION_FLAG, &o.json, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .least = 1, .most = 1 };
    sv_fault fault = { 0 };
    sv_target target = { 0 };
    bool refused = false;
    if (sv_options_parse(&sv_command_explain, argc, argv, options, &a, &fault) == SV_OK)
        explain(a.positional[0], &o, &target, &refused, &fault);
    sv_target_close(&target);
    sv_arguments_free(&a);
    int code = sv_cli_exit(&fault);
    return code == SV_EXIT_OK && refused ? SV_EXIT_FAILED : code;
}

const sv_command sv_command_explain = {
    "explain", "shows a model's shapes, sizes, work, and where its artifacts come from, before any training",
    "selvage explain MODEL|CONFIG|RUN [--input HxWxC] [--weights W.safetensors] [--threads N]\n"
    "                [--json] [--html FILE]\n"
    "\n"
    "Prints each layer's output shape, parameters, memory, multiply-adds and the explicit padding (of a transposed layer: the\n"
    "crop) it resolved to; the rms of its output expected at initialization and of a forward pass; the memory that training\n"
    "takes; how deep the border reaches into the output, the decoder's overlap map, how far output and input are shifted; and\n"
    "lints with their fixes. Exits 1 where a lint is an error.\n"
    "\n"
    "  --input HxWxC  another input shape than the model's\n"
    "  --weights W    these weights in the forward pass, as at inference; else a RUN's own, or such as training begins with\n"
    "  --threads N    of the training whose memory is predicted; all cores by default\n"
    "  --json         the same as JSON\n"
    "  --html FILE    also a page that stands alone, with the maps of overlap, deficiency and rms drawn\n",
    run
};
