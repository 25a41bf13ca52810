/* selvage evaluate: a trained model's losses and measures on its held-out data, or on other data. */
#include "base/file.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/target.h"
#include "trainer/data_sets.h"
#include "trainer/evaluate.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct evaluate_options {
    const char *weights, *data, *isa;
    bool json;
    int threads, margin; /* -1: the run's own */
} evaluate_options;

/* --data as a config's `data`: JSON as it is; a folder of images, an .npy, a CIFAR-10 .bin or else an idx file by its path. */
static sv_status data_json(const char *given, sv_text *t, sv_fault *fault)
{
    if (given[strspn(given, " \t\n")] == '{') {
        sv_text_add(t, "%s", given);
    } else {
        char *absolute = realpath(given, NULL);
        if (!absolute) return sv_fail(fault, SV_IO_ERROR, "--data: %s: no such file or folder", given);
        const char *dot = strrchr(given, '.');
        const char *source = sv_is_folder(given)           ? "images"
                             : dot && !strcmp(dot, ".npy") ? "npy"
                             : dot && !strcmp(dot, ".bin") ? "cifar10"
                                                           : "idx";
        sv_text_add(t, "{\"source\": \"%s\", \"path\": ", source);
        sv_put_string(t, absolute);
        sv_text_add(t, "}");
        free(absolute);
    }
    return t->failed ? sv_fail_memory(fault, "--data") : SV_OK;
}

/* The run's config with --data in place of its data; of a weights file or model a config around it. */
static sv_status read_config(const sv_target *t, const sv_text *data, sv_config **config, sv_fault *fault)
{
    sv_text text = { 0 };
    if (t->run) {
        char *path = sv_join_path(t->path, "config.json");
        sv_text_add(&text, "data=%s", data->data);
        const char *override = text.data;
        if (path && !text.failed)
            sv_config_read(path, &override, 1, config, fault);
        else
            sv_fail_memory(fault, t->path);
        sv_free(path);
    } else {
        sv_text_add(&text, "{\"model\": %s, \"data\": %s}", sv_model_json(t->model), data->data);
        if (!text.failed)
            sv_config_parse(text.data, t->path, ".", config, fault);
        else
            sv_fail_memory(fault, t->path);
    }
    sv_text_free(&text);
    return fault->status;
}

/* Everything an evaluation needs, and what came of it. */
typedef struct job {
    sv_config *config;
    sv_built built;
    sv_parameters *parameters;
    sv_run_data data;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    sv_edges edges;
    sv_evaluation result;
    double loss[SV_MAX_LOSSES]; /* each alone */
} job;

/* The held-out samples where the data are the run's own and some are held out; else all of them. */
static void choose_samples(const job *j, bool own_data, sv_evaluator_args *e)
{
    const sv_run_data *d = &j->data;
    bool other = own_data && d->set[SV_SET_VALIDATION];
    e->input = d->set[other ? SV_SET_VALIDATION : SV_SET_DATA];
    e->target = d->set[other ? SV_SET_VALIDATION_TARGET : SV_SET_TARGET];
    e->count = e->input->count;
    e->stream = "validation";
    if (!own_data || other || !d->validation) return;
    e->subset = d->row + d->training;
    e->count = d->validation;
}

static sv_status evaluate_one(job *j, const evaluate_options *o, const sv_built *built, bool whole, sv_evaluation *result,
                              sv_fault *fault)
{
    sv_evaluator_args e = { .config = j->config,
                            .built = built,
                            .parameters = j->parameters,
                            .threads = o->threads,
                            .vectors = j->vectors,
                            .backend = j->backend };
    sv_evaluator *evaluator = NULL;
    choose_samples(j, o->data == NULL, &e);
    if (sv_evaluator_new(&e, &evaluator, fault) != SV_OK) return fault->status;
    j->edges = *sv_evaluator_edges(evaluator);
    if (whole)
        sv_evaluate_whole(evaluator, result, fault);
    else
        sv_evaluate(evaluator, result, fault);
    sv_evaluator_free(evaluator);
    return fault->status;
}

/* Each of several losses by itself, without its weight and the penalties: the graph has a node of it. */
static sv_status evaluate_losses(job *j, const evaluate_options *o, sv_fault *fault)
{
    const sv_node *sum = j->built.loss;
    j->loss[0] = j->result.loss - j->result.penalty;
    for (int i = 0; i < j->config->losses && sum->kind == SV_NODE_SUM; i++) {
        sv_built alone = j->built;
        alone.loss = sum->input[i];
        sv_evaluation result = { 0 };
        evaluate_one(j, o, &alone, false, &result, fault);
        sv_evaluation_free(&result);
        if (fault->status != SV_OK) return fault->status;
        j->loss[i] = result.loss - result.penalty;
    }
    return SV_OK;
}

static void print_table(const job *j)
{
    const sv_measured *m = &j->result.measured;
    printf("%lld samples\n%-24s %12.6g\n", (long long)m->n, "loss", j->result.loss);
    for (int i = 0; i < j->config->losses && j->config->losses > 1; i++)
        printf("  %-22s %12.6g\n", j->config->loss[i].op->type, j->loss[i]);
    sv_text t = { 0 };
    sv_measured_print(m, &j->edges, &j->result.modelled, &t);
    printf("\n%s", t.failed ? "" : t.data);
    sv_text_free(&t);
}

/* The measures' object, with the losses before its first key. */
static bool print_json(const job *j)
{
    sv_text measured = { 0 }, t = { 0 };
    sv_measured_json(&j->result.measured, &j->edges, &j->result.modelled, &measured);
    sv_text_add(&t, "{\n  \"loss\": ");
    sv_put_number(&t, j->result.loss);
    sv_text_add(&t, ",\n  \"losses\": [");
    for (int i = 0; i < j->config->losses; i++) {
        sv_text_add(&t, "%s{\"type\": \"%s\", \"value\": ", i ? ", " : "", j->config->loss[i].op->type);
        sv_put_number(&t, j->loss[i]);
        sv_text_add(&t, "}");
    }
    const char *rest = measured.data ? strchr(measured.data, '{') : NULL;
    sv_text_add(&t, "],%s", rest ? rest + 1 : "");
    while (t.length && t.data[t.length - 1] == '\n') t.data[--t.length] = '\0';
    t.failed = t.failed || measured.failed || !rest;
    sv_text_free(&measured);
    return sv_put_out(&t);
}

static sv_status prepare(job *j, const sv_target *t, const evaluate_options *o, sv_fault *fault)
{
    const char *weights = o->weights ? o->weights : t->weights;
    sv_text data = { 0 };
    if (!t->run && !o->data)
        return sv_fail(fault, SV_BAD_ARGUMENT, "--data: expected data to evaluate on; %s is no run folder and names none", t->path);
    if (o->data) {
        if (data_json(o->data, &data, fault) == SV_OK) read_config(t, &data, &j->config, fault);
        sv_text_free(&data);
    } else {
        char *path = sv_join_path(t->path, "config.json");
        if (path)
            sv_config_read(path, NULL, 0, &j->config, fault);
        else
            sv_fail_memory(fault, t->path);
        sv_free(path);
    }
    if (fault->status != SV_OK || sv_config_build(j->config, &j->built, fault) != SV_OK) return fault->status;
    if (o->margin >= 0) j->config->crop_margin = o->margin;
    if (sv_crop_margin_check("--crop-margin", j->config->crop_margin, &j->built.output->shape, fault) != SV_OK)
        return fault->status;
    if (sv_vectors_select(sv_cli_isa(o->isa), &j->vectors, fault) != SV_OK) return fault->status;
    if (sv_backend_select(j->config->backend, &j->backend, fault) != SV_OK) return fault->status;
    if (sv_parameters_new(j->built.graph, &j->parameters, fault) != SV_OK) return fault->status;
    if (weights)
        sv_parameters_read(j->parameters, weights, fault);
    else if (j->built.graph->parameters)
        sv_fail(fault, SV_BAD_ARGUMENT, "--weights: expected a weights file; %s has none", t->path);
    return fault->status == SV_OK ? sv_run_data_open(j->config, &j->built, &j->data, fault) : fault->status;
}

static sv_status evaluate(const char *path, const evaluate_options *o, sv_fault *fault)
{
    sv_target t = { 0 };
    job j = { 0 };
    if (sv_target_open(&t, path, fault) == SV_OK && prepare(&j, &t, o, fault) == SV_OK &&
        evaluate_one(&j, o, &j.built, true, &j.result, fault) == SV_OK && evaluate_losses(&j, o, fault) == SV_OK) {
        if (!o->json)
            print_table(&j);
        else if (!print_json(&j))
            sv_fail_memory(fault, "--json");
    }
    sv_evaluation_free(&j.result);
    sv_run_data_close(&j.data);
    sv_parameters_free(j.parameters);
    sv_graph_free(j.built.graph);
    sv_config_free(j.config);
    sv_target_close(&t);
    return fault->status;
}

static int run(int argc, char **argv)
{
    evaluate_options o = { .margin = -1 };
    const sv_option options[] = { { "--weights", SV_OPTION_TEXT, &o.weights, 0, NULL },
                                  { "--data", SV_OPTION_TEXT, &o.data, 0, NULL },
                                  { "--json", SV_OPTION_FLAG, &o.json, 0, NULL },
                                  { "--crop-margin", SV_OPTION_INT, &o.margin, 0, NULL },
                                  { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
                                  { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .least = 1, .most = 1 };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_evaluate, argc, argv, options, &a, &fault) == SV_OK) evaluate(a.positional[0], &o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_evaluate = {
    "evaluate", "losses, PSNR, SSIM and edge measures on held-out data",
    "selvage evaluate RUN [--data DATA] [--weights W.safetensors] [--crop-margin N] [--json] [--threads N]\n"
    "\n"
    "Runs a trained model over the run's held-out samples (all of its data where none are held out) and prints the mean losses,\n"
    "PSNR and SSIM over the whole picture, its interior and its ring, the border/interior ratio and checkerboard amplitudes.\n"
    "RUN is a run folder (its best weights), or a weights file that holds its model, with --data.\n"
    "\n"
    "  --data DATA   other data: a config's `data` as JSON, a folder of images, an .npy, an idx or a CIFAR-10 .bin file\n"
    "  --weights W   other weights\n"
    "  --crop-margin N  pixels at each side that no measure counts, in place of the run's evaluation.crop_margin\n"
    "  --json        the same as JSON, with the edge profile\n"
    "  --threads N   threads; all cores by default. No result depends on it\n"
    "  --isa NAME    the instruction set (avx512, avx2, sse2, neon, scalar); the best by default, or SELVAGE_ISA\n",
    run
};
