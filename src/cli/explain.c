/* selvage explain: what a model is before it trains: shapes, sizes, work, memory, the padding each layer resolved to. */
#include "artifacts/artifacts.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/target.h"
#include <stdio.h>

typedef struct explain_options {
    sv_shape input;
    bool json;
} explain_options;

/* What the table's last line and the lines after it say. */
typedef struct facts {
    int64_t parameters, activations; /* numbers of floats; activations of one sample */
    double multiply_adds;            /* of one sample, forward */
    int batch;
    sv_run_memory memory; /* of training with that batch */
    sv_static *borders;   /* what the architecture alone says about its artifacts */
} facts;

static int64_t parameters_of(const sv_node *n)
{
    int64_t count = 0;
    for (int k = 0; k < n->inference.parameters; k++) count += sv_shape_count(&n->inference.parameter[k].shape);
    return count;
}

/* Layers that have kernel and padding: the explicit numbers matter there. */
static bool pads(const sv_node *n)
{
    for (const sv_arg *a = n->op->table; a && a->key; a++)
        if (a->type == SV_ARG_PADDING || a->type == SV_ARG_SIDES) return true;
    return false;
}

/* The memory that training takes: the run is planned, not run. */
static sv_status plan_training(sv_target *t, facts *f, sv_fault *fault)
{
    f->batch = t->config ? t->config->batch_size : 32;
    sv_node *target = sv_input_shape(t->graph, "--target", t->output->shape);
    sv_node *loss = sv_mse(t->graph, "--loss", t->output, target);
    if (!loss) return sv_fail(fault, t->graph->fault.status, "%s", t->graph->fault.text);
    sv_run_args args = { .output = t->output, .loss = loss, .batch = f->batch, .gradients = true };
    sv_run *run = NULL;
    if (sv_target_kernels(t, sv_cli_isa(NULL), fault) != SV_OK) return fault->status;
    if (sv_parameters_new(t->graph, &t->parameters, fault) != SV_OK) return fault->status;
    args.vectors = t->vectors;
    args.backend = t->backend;
    if (sv_run_new(t->graph, t->parameters, &args, &run, fault) == SV_OK) f->memory = sv_run_memory_of(run);
    sv_run_free(run);
    return fault->status;
}

/* What the output will be compared with: the input, of a config whose data has no target of its own and of a model that names
 * its latent, an autoencoder. */
static const sv_shape *compared_with(const sv_target *t)
{
    bool itself = t->config ? !t->config->has_target : sv_model_latent(t->model)[0] != '\0';
    return itself ? &t->input->shape : NULL;
}

static sv_status gather(sv_target *t, facts *f, sv_fault *fault)
{
    for (int i = 0; i < t->graph->nodes; i++) {
        const sv_node *n = t->graph->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        f->parameters += parameters_of(n);
        f->activations += sv_shape_count(&n->shape);
        f->multiply_adds += n->inference.multiply_adds;
    }
    const sv_shape *target = compared_with(t);
    if (sv_static_new(t->graph, t->output, sv_model_latent(t->model), target, &f->borders, fault) != SV_OK)
        return sv_fault_at(fault, t->path);
    return plan_training(t, f, fault);
}

static const char *memory_text(double bytes, char text[24])
{
    if (bytes < 1e4)
        snprintf(text, 24, "%.0f B", bytes);
    else if (bytes < 1e7)
        snprintf(text, 24, "%.1f kB", bytes / 1e3);
    else
        snprintf(text, 24, "%.1f MB", bytes / 1e6);
    return text;
}

static const char *padding_text(const sv_node *n, char text[64])
{
    const int *p = n->inference.padding;
    if (!pads(n)) return "";
    snprintf(text, 64, "%s %d,%d / %d,%d", n->op->transposed ? "crop" : "pad", p[0], p[1], p[2], p[3]);
    return text;
}

static void print_layer(const sv_node *n)
{
    char shape[SV_SHAPE_TEXT], memory[24], padding[64];
    printf("%-20s %-22s %-16s %12lld %12s %16.0f  %s\n", n->name, n->op->type, sv_shape_text(&n->shape, shape),
           (long long)parameters_of(n), memory_text((double)sv_shape_count(&n->shape) * 4, memory), n->inference.multiply_adds,
           padding_text(n, padding));
}

static void print_table(const sv_target *t, const facts *f)
{
    char shape[SV_SHAPE_TEXT], memory[24], a[24], b[24], c[24], d[24];
    printf("%s, input %s\n\n", sv_model_name(t->model), sv_shape_text(&t->input->shape, shape));
    printf("%-20s %-22s %-16s %12s %12s %16s  %s\n", "layer", "type", "output", "parameters", "activations", "multiply-adds",
           "top,bottom / left,right");
    for (int i = 0; i < t->graph->nodes; i++)
        if (t->graph->node[i]->kind == SV_NODE_LAYER) print_layer(t->graph->node[i]);
    printf("%-20s %-22s %-16s %12lld %12s %16.0f\n\n", "total, one sample", "", "", (long long)f->parameters,
           memory_text((double)f->activations * 4, memory), f->multiply_adds);
    printf("Training with batches of %d on %d threads: parameters %s, gradients %s, activations and scratch %s, kept for a whole\n"
           "batch %s; micro-batches of %d, %d segment%s.\n",
           f->batch, f->memory.workers, memory_text((double)f->memory.parameters, a), memory_text((double)f->memory.gradients, b),
           memory_text((double)(f->memory.activations + f->memory.workspace), c), memory_text((double)f->memory.batch_resident, d),
           f->memory.micro_batch, f->memory.segments, f->memory.segments == 1 ? "" : "s");
    sv_text borders = { 0 };
    sv_static_print(f->borders, &borders);
    printf("\n%s", borders.data ? borders.data : "");
    sv_text_free(&borders);
}

static void put_layer(sv_text *t, const sv_node *n, bool first)
{
    char shape[SV_SHAPE_TEXT];
    const int *p = n->inference.padding;
    sv_text_add(t, "%s\n  {\"name\": ", first ? "" : ",");
    sv_put_string(t, n->name);
    sv_text_add(
        t, ", \"type\": \"%s\", \"output_shape\": %s, \"parameters\": %lld, \"activation_bytes\": %lld, \"multiply_adds\": %.0f",
        n->op->type, sv_shape_text(&n->shape, shape), (long long)parameters_of(n), (long long)sv_shape_count(&n->shape) * 4,
        n->inference.multiply_adds);
    sv_text_add(t, ", \"padding\": [[%d,%d],[%d,%d]], \"overlap\": ", p[0], p[1], p[2], p[3]);
    sv_layer_overlap_json(n, t);
    sv_text_add(t, "}");
}

static bool print_json(const sv_target *target, const facts *f)
{
    sv_text t = { 0 };
    char shape[SV_SHAPE_TEXT];
    sv_text_add(&t, "{\"name\": ");
    sv_put_string(&t, sv_model_name(target->model));
    sv_text_add(&t, ", \"input_shape\": %s, \"layers\": [", sv_shape_text(&target->input->shape, shape));
    bool first = true;
    for (int i = 0; i < target->graph->nodes; i++) {
        const sv_node *n = target->graph->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        put_layer(&t, n, first);
        first = false;
    }
    sv_text_add(&t, "\n], \"parameters\": %lld, \"activation_bytes\": %lld, \"multiply_adds\": %.0f", (long long)f->parameters,
                (long long)f->activations * 4, f->multiply_adds);
    sv_text_add(
        &t,
        ",\n\"memory\": {\"batch\": %d, \"parameters\": %lld, \"gradients\": %lld, \"activations\": %lld, \"workspace\": %lld, "
        "\"batch_resident\": %lld, \"micro_batch\": %d, \"workers\": %d, \"segments\": %d}",
        f->batch, (long long)f->memory.parameters, (long long)f->memory.gradients, (long long)f->memory.activations,
        (long long)f->memory.workspace, (long long)f->memory.batch_resident, f->memory.micro_batch, f->memory.workers,
        f->memory.segments);
    sv_text_add(&t, ",\n");
    sv_static_json(f->borders, &t);
    sv_text_add(&t, "}");
    return sv_put_out(&t);
}

/* *refused: lints found an error. */
static sv_status explain(const char *path, const explain_options *o, sv_target *t, bool *refused, sv_fault *fault)
{
    facts f = { 0 };
    if (sv_target_open(t, path, fault) != SV_OK) return fault->status;
    if (o->input.rank) sv_model_set_input(t->model, o->input);
    if (sv_target_build(t, fault) == SV_OK && gather(t, &f, fault) == SV_OK) {
        *refused = sv_static_refuses(f.borders);
        if (!o->json)
            print_table(t, &f);
        else if (!print_json(t, &f))
            sv_fail_memory(fault, "--json");
    }
    sv_static_free(f.borders);
    return fault->status;
}

static int run(int argc, char **argv)
{
    explain_options o = { 0 };
    const sv_option options[] = { { "--input", SV_OPTION_SHAPE, &o.input, 0, NULL },
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
    "explain", "shows a model's shapes, sizes, work and padding before any training",
    "selvage explain MODEL|CONFIG|RUN [--input HxWxC] [--json]\n"
    "\n"
    "Prints each layer's output shape, parameters, memory, multiply-adds and the explicit padding (of a transposed layer: the\n"
    "crop) it resolved to; the memory that training takes; how deep the border reaches into the output, the decoder's overlap\n"
    "map, how far output and input are shifted; and lints with their fixes. Exits 1 where a lint is an error.\n"
    "\n"
    "  --input HxWxC  another input shape than the model's\n"
    "  --json         the same as JSON\n",
    run
};
