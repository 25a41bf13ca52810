/* selvage bench: how fast a config trains on this machine, layer by layer, against what the machine can do. */
#include "base/memory.h"
#include "base/process.h"
#include "base/threads.h"
#include "cli/bench.h"
#include "cli/cli.h"
#include "kernels/peak.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WARM_UP = 5, TIMED_STEPS = 10 };

typedef struct bench_options {
    const char *isa;
    int threads, steps;
    bool forward, input_gradient, primitives, json;
} bench_options;

double sv_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void sv_trial_begin(sv_trial *t)
{
    struct timespec used;
    *t = (sv_trial){ .begun = sv_now(), .resident = sv_process_resident() };
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0) t->loaded_seconds = (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

double sv_trial_age(const sv_trial *t)
{
    return t->loaded_seconds + sv_now() - t->begun;
}

static sv_status open_data(sv_trial *t, sv_fault *fault)
{
    const sv_config *c = t->config;
    double start = sv_now();
    if (sv_run_data_open(c, &t->built, &t->data, fault) != SV_OK) return fault->status;
    t->data_seconds = sv_now() - start;
    return sv_run_data_loader(c, &t->data, t->vectors, &t->loader, fault);
}

static sv_status prepare(sv_trial *t, const sv_arguments *a, const bench_options *o, sv_fault *fault)
{
    if (sv_config_read(a->positional[0], a->override, a->overrides, &t->config, fault) != SV_OK) return fault->status;
    const sv_config *c = t->config;
    t->threads = o->threads ? o->threads : sv_default_threads();
    t->forward_only = o->forward, t->input_gradient = o->input_gradient && !o->forward;
    if (sv_vectors_select(sv_cli_isa(o->isa), &t->vectors, fault) != SV_OK) return fault->status;
    if (sv_backend_select(c->backend, &t->backend, fault) != SV_OK) return fault->status;
    if (sv_config_build(c, &t->built, fault) != SV_OK) return fault->status;
    if (sv_parameters_new(t->built.graph, &t->parameters, fault) != SV_OK) return fault->status;
    const sv_initial how = { .rng = SV_RNG_NATIVE, .seed = c->seed, .vectors = t->vectors };
    if (sv_parameters_draw_as(t->parameters, &how, fault) != SV_OK) return fault->status;
    if (open_data(t, fault) != SV_OK) return fault->status;
    t->fetch = (sv_fetch){ t->loader, t->built.target != t->built.input };
    sv_run_args r = { .output = t->built.output,
                      .loss = o->forward ? NULL : t->built.loss,
                      .batch = c->batch_size,
                      .threads = t->threads,
                      .gradients = !o->forward,
                      .input_gradient = t->input_gradient,
                      .vectors = t->vectors,
                      .backend = t->backend,
                      .seed = c->seed };
    if (sv_run_new(t->built.graph, t->parameters, &r, &t->run, fault) != SV_OK) return fault->status;
    t->forward = sv_new((size_t)t->built.graph->nodes, sizeof *t->forward);
    t->backward = sv_new((size_t)t->built.graph->nodes, sizeof *t->backward);
    if (!t->forward || !t->backward) return sv_fail_memory(fault, "bench");
    if (o->forward) return SV_OK;
    sv_optimizer_start(&c->optimizer, &t->state);
    return sv_flat_open(t->parameters, &c->optimizer, sv_run_gradient(t->run), &t->flat, fault);
}

static sv_status step(sv_trial *t, sv_fault *fault)
{
    int64_t batches = sv_loader_batches(t->loader), epoch = t->done / batches, index = t->done % batches;
    if (sv_loader_batch(t->loader, epoch, index, &t->samples, fault) != SV_OK) return fault->status;
    sv_feed feed = { .samples = t->samples,
                     .epoch = (uint32_t)epoch,
                     .first_id = (uint32_t)(index * t->config->batch_size),
                     .fetch = sv_fetch_rows,
                     .context = &t->fetch };
    double loss, norm;
    t->done++;
    if (t->forward_only) return sv_run_forward(t->run, &feed, NULL, NULL, NULL, fault);
    if (sv_run_backward(t->run, &feed, &loss, NULL, NULL, fault) != SV_OK) return fault->status;
    sv_regularize(&t->flat);
    sv_optimizer_step(&t->config->optimizer, &t->state, t->vectors, &t->flat, t->threads, &norm);
    return SV_OK;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median over steps of seconds an image; an epoch's last, shorter batch counts by its own number. */
static sv_status time_steps(sv_trial *t, int steps, sv_fault *fault)
{
    double *seconds = sv_new((size_t)steps, sizeof *seconds);
    if (!seconds) return sv_fail_memory(fault, "bench");
    t->begin_seconds = sv_trial_age(t);
    for (int i = -WARM_UP; i < steps && fault->status == SV_OK; i++) {
        double start = sv_now();
        if (step(t, fault) == SV_OK && i >= 0) seconds[i] = (sv_now() - start) / (double)t->samples;
        if (i == -WARM_UP) t->start_seconds = sv_trial_age(t);
    }
    qsort(seconds, (size_t)steps, sizeof *seconds, by_size);
    double median = seconds[steps / 2];
    t->images_per_second = 1 / median;
    t->step_seconds = median * t->config->batch_size;
    sv_free(seconds);
    return fault->status;
}

static sv_status time_layers(sv_trial *t, sv_fault *fault)
{
    int64_t images = 0;
    sv_run_time(t->run, t->forward, t->backward);
    for (int i = 0; i < TIMED_STEPS; i++) {
        if (step(t, fault) != SV_OK) return fault->status;
        images += t->samples;
    }
    sv_run_time(t->run, t->forward, t->backward);
    double steps = (double)images / t->config->batch_size;
    for (int i = 0; i < t->built.graph->nodes; i++) t->forward[i] /= steps, t->backward[i] /= steps;
    return SV_OK;
}

/* What was to be expected of the memory of a training. */
static sv_status predict(sv_trial *t, sv_fault *fault)
{
    sv_fault ignored = { 0 };
    sv_run_args how = { .threads = t->threads, .input_gradient = t->input_gradient, .vectors = t->vectors, .backend = t->backend };
    if (t->forward_only || fault->status != SV_OK) return fault->status;
    return sv_memory_predict(t->config, &how, t->resident, &t->memory, &ignored, fault);
}

static sv_status bench(const sv_arguments *a, const bench_options *o, sv_fault *fault)
{
    sv_trial t;
    sv_trial_begin(&t);
    if (prepare(&t, a, o, fault) == SV_OK && time_steps(&t, o->steps, fault) == SV_OK) {
        t.peak_mb = (double)sv_process_peak() / (1024 * 1024);
        t.peak = sv_measure_peak(t.vectors, t.threads);
        time_layers(&t, fault);
        predict(&t, fault);
        if (o->primitives && fault->status == SV_OK) sv_trial_primitives(&t, fault);
    }
    if (fault->status == SV_OK && !o->json) sv_trial_print(&t);
    if (fault->status == SV_OK && o->json && !sv_trial_print_json(&t)) sv_fail_memory(fault, "--json");
    sv_run_free(t.run);
    sv_loader_close(t.loader);
    sv_run_data_close(&t.data);
    sv_flat_close(&t.flat);
    sv_free(t.forward);
    sv_free(t.backward);
    sv_free(t.primitive);
    sv_parameters_free(t.parameters);
    sv_graph_free(t.built.graph);
    sv_config_free(t.config);
    return fault->status;
}

static int run(int argc, char **argv)
{
    bench_options o = { .steps = 50 };
    const sv_option options[] = { { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
                                  { "--steps", SV_OPTION_INT, &o.steps, 1, NULL },
                                  { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
                                  { "--forward", SV_OPTION_FLAG, &o.forward, 0, NULL },
                                  { "--input-gradient", SV_OPTION_FLAG, &o.input_gradient, 0, NULL },
                                  { "--primitives", SV_OPTION_FLAG, &o.primitives, 0, NULL },
                                  { "--json", SV_OPTION_FLAG, &o.json, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .least = 1, .most = 1, .takes_overrides = true };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_bench, argc, argv, options, &a, &fault) == SV_OK) bench(&a, &o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_bench = {
    "bench", "how fast a config trains on this machine, layer by layer",
    "selvage bench CONFIG [KEY=VALUE ...] [--steps N] [--threads N] [--isa NAME] [--forward]\n"
    "              [--input-gradient] [--primitives] [--json]\n"
    "\n"
    "Trains on the config's data for some steps, writes nothing, and prints images per second (of the median step), each layer's\n"
    "milliseconds, GFLOP/s and share of the multiply-adds that this machine was measured to reach, peak memory beside what explain\n"
    "predicts, and the time from the program's start to the first kernel.\n"
    "\n"
    "  --steps N    timed steps; 50 by default, after 5 that warm up\n"
    "  --threads N  threads; all cores by default\n"
    "  --isa NAME   the instruction set (avx512, avx2, sse2, neon, scalar); the best by default, or SELVAGE_ISA\n"
    "  --forward    no training: forward passes alone\n"
    "  --input-gradient  also the gradient of the model's input, which training does without\n"
    "  --primitives each convolution's down, up and weight gradient besides, on one thread, in shares of its peak\n"
    "  --json       the same as JSON\n",
    run
};
