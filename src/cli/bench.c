/* selvage bench: how fast a config trains on this machine, layer by layer, against what the machine can do. */
#include "base/memory.h"
#include "base/threads.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "kernels/peak.h"
#include "trainer/data_sets.h"
#include "trainer/evaluate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 5, TIMED_STEPS = 10 };

typedef struct bench_options {
    const char *isa;
    int threads, steps;
    bool json;
} bench_options;

/* A training without a run folder. */
typedef struct trial {
    sv_config *config;
    sv_built built;
    sv_parameters *parameters;
    sv_run_data data;
    sv_loader *loader;
    sv_fetch fetch;
    sv_run *run;
    sv_flat flat;
    sv_optimizer_state state;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    int threads;
    int64_t done;    /* steps */
    int64_t samples; /* of the last step */
    /* what came out: */
    double start_seconds, step_seconds, images_per_second, peak, peak_mb;
    double *forward, *backward; /* [nodes] seconds of a step, summed over workers */
} trial;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds since this process was started, as the system says (to a hundredth); negative where it does not. */
static double process_age(void)
{
    FILE *f = fopen("/proc/self/stat", "r");
    char text[1024];
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = '\0';
    const char *field = strrchr(text, ')'); /* the end of field 2; the start time is field 22 */
    for (int i = 2; field && i < 22; i++) field = strchr(field + 1, ' ');
    struct timespec t;
    if (!field || clock_gettime(CLOCK_BOOTTIME, &t)) return -1;
    double ticks = strtod(field, NULL);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9 - ticks / (double)sysconf(_SC_CLK_TCK);
}

static sv_status prepare(trial *t, const sv_arguments *a, const bench_options *o, sv_fault *fault)
{
    if (sv_config_read(a->positional[0], a->override, a->overrides, &t->config, fault) != SV_OK) return fault->status;
    const sv_config *c = t->config;
    t->threads = o->threads ? o->threads : sv_default_threads();
    if (sv_vectors_select(sv_cli_isa(o->isa), &t->vectors, fault) != SV_OK) return fault->status;
    if (sv_backend_select(c->backend, &t->backend, fault) != SV_OK) return fault->status;
    if (sv_config_build(c, &t->built, fault) != SV_OK) return fault->status;
    if (sv_parameters_new(t->built.graph, &t->parameters, fault) != SV_OK) return fault->status;
    if (sv_parameters_draw(t->parameters, c->seed, fault) != SV_OK) return fault->status;
    if (sv_run_data_open(c, &t->built, &t->data, fault) != SV_OK) return fault->status;
    if (sv_run_data_loader(c, &t->data, t->vectors, &t->loader, fault) != SV_OK) return fault->status;
    t->fetch = (sv_fetch){ t->loader, t->built.target != t->built.input };
    sv_run_args r = { .output = t->built.output,
                      .loss = t->built.loss,
                      .batch = c->batch_size,
                      .threads = t->threads,
                      .gradients = true,
                      .vectors = t->vectors,
                      .backend = t->backend,
                      .seed = c->seed };
    if (sv_run_new(t->built.graph, t->parameters, &r, &t->run, fault) != SV_OK) return fault->status;
    t->forward = sv_new((size_t)t->built.graph->nodes, sizeof *t->forward);
    t->backward = sv_new((size_t)t->built.graph->nodes, sizeof *t->backward);
    if (!t->forward || !t->backward) return sv_fail_memory(fault, "bench");
    sv_optimizer_start(&c->optimizer, &t->state);
    return sv_flat_open(t->parameters, &c->optimizer, sv_run_gradient(t->run), &t->flat, fault);
}

static sv_status step(trial *t, sv_fault *fault)
{
    int64_t batches = sv_loader_batches(t->loader), epoch = t->done / batches, index = t->done % batches;
    if (sv_loader_batch(t->loader, epoch, index, &t->samples, fault) != SV_OK) return fault->status;
    sv_feed feed = { .samples = t->samples,
                     .epoch = (uint32_t)epoch,
                     .first_id = (uint32_t)(index * t->config->batch_size),
                     .fetch = sv_fetch_rows,
                     .context = &t->fetch };
    double loss, norm;
    if (sv_run_backward(t->run, &feed, &loss, NULL, NULL, fault) != SV_OK) return fault->status;
    sv_regularize(&t->flat);
    sv_optimizer_step(&t->config->optimizer, &t->state, t->vectors, &t->flat, t->threads, &norm);
    t->done++;
    return SV_OK;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median over steps of seconds an image; an epoch's last, shorter batch counts by its own number. */
static sv_status time_steps(trial *t, int steps, sv_fault *fault)
{
    double *seconds = sv_new((size_t)steps, sizeof *seconds);
    if (!seconds) return sv_fail_memory(fault, "bench");
    for (int i = -WARM_UP; i < steps && fault->status == SV_OK; i++) {
        double start = now();
        if (step(t, fault) == SV_OK && i >= 0) seconds[i] = (now() - start) / (double)t->samples;
        if (i == -WARM_UP) t->start_seconds = process_age();
    }
    qsort(seconds, (size_t)steps, sizeof *seconds, by_size);
    double median = seconds[steps / 2];
    t->images_per_second = 1 / median;
    t->step_seconds = median * t->config->batch_size;
    sv_free(seconds);
    return fault->status;
}

static sv_status time_layers(trial *t, sv_fault *fault)
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

/* Floating-point operations of one training step: forward, and as many again for the weights' and for the input's gradient;
 * nobody wants that of the model's own input. */
static double operations(const trial *t, const sv_node *n)
{
    if (n->kind != SV_NODE_LAYER) return 0;
    bool first = true;
    for (int i = 0; i < n->inputs; i++) first = first && n->input[i]->kind == SV_NODE_INPUT;
    int passes = 1 + (n->inference.parameters > 0) + !first;
    return 2.0 * n->inference.multiply_adds * passes * t->config->batch_size;
}

static double all_operations(const trial *t)
{
    double sum = 0;
    for (int i = 0; i < t->built.graph->nodes; i++) sum += operations(t, t->built.graph->node[i]);
    return sum;
}

static void print_table(const trial *t)
{
    const sv_graph *g = t->built.graph;
    printf("%s: batches of %d, %d thread%s, %s, %s\n\n", sv_model_name(t->config->model), t->config->batch_size, t->threads,
           t->threads == 1 ? "" : "s", t->backend->name, t->vectors->isa);
    printf("%-20s %-20s %12s %12s %10s\n", "layer", "type", "forward ms", "backward ms", "GFLOP/s");
    for (int i = 0; i < g->nodes; i++) {
        const sv_node *n = g->node[i];
        if (n->kind == SV_NODE_INPUT) continue;
        double f = t->forward[i] / t->threads, b = t->backward[i] / t->threads;
        printf("%-20s %-20s %12.3f %12.3f %10.1f\n", n->name,
               n->op     ? n->op->type
               : n->loss ? n->loss->type
                         : "sum",
               f * 1e3, b * 1e3, f + b > 0 ? operations(t, n) / (f + b) / 1e9 : 0);
    }
    double rate = all_operations(t) / t->step_seconds;
    printf("\n%.1f images/s (median), %.3f ms a step, %.1f GFLOP/s: %.0f %% of the %.1f GFLOP/s that %d thread%s of multiply-adds "
           "reach\n",
           t->images_per_second, t->step_seconds * 1e3, rate / 1e9, t->peak > 0 ? 100 * rate / t->peak : 0, t->peak / 1e9,
           t->threads, t->threads == 1 ? "" : "s");
    printf("peak memory %.1f MB, %.2f s from the program's start to the end of the first step\n", t->peak_mb, t->start_seconds);
}

static bool print_json(const trial *t)
{
    const sv_graph *g = t->built.graph;
    double rate = all_operations(t) / t->step_seconds;
    sv_text out = { 0 };
    sv_text_add(&out, "{\"model\": ");
    sv_put_string(&out, sv_model_name(t->config->model));
    sv_text_add(&out,
                ", \"batch_size\": %d, \"threads\": %d, \"backend\": \"%s\", \"isa\": \"%s\", \"images_per_second\": %.9g, "
                "\"step_seconds\": %.9g, \"gflops\": %.9g, \"peak_gflops\": %.9g, \"share_of_peak\": ",
                t->config->batch_size, t->threads, t->backend->name, t->vectors->isa, t->images_per_second, t->step_seconds,
                rate / 1e9, t->peak / 1e9);
    if (t->peak > 0)
        sv_put_number(&out, rate / t->peak);
    else
        sv_text_add(&out, "null");
    sv_text_add(&out, ", \"peak_mb\": %.9g, \"start_seconds\": %.9g, \"layers\": [", t->peak_mb, t->start_seconds);
    const char *comma = "";
    for (int i = 0; i < g->nodes; i++) {
        const sv_node *n = g->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        double f = t->forward[i] / t->threads, b = t->backward[i] / t->threads;
        sv_text_add(&out, "%s{\"name\": ", comma);
        sv_put_string(&out, n->name);
        sv_text_add(&out, ", \"type\": \"%s\", \"forward_ms\": %.9g, \"backward_ms\": %.9g, \"gflops\": ", n->op->type, f * 1e3,
                    b * 1e3);
        sv_put_number(&out, f + b > 0 ? operations(t, n) / (f + b) / 1e9 : 0);
        sv_text_add(&out, "}");
        comma = ", ";
    }
    sv_text_add(&out, "]}");
    return sv_put_out(&out);
}

static sv_status bench(const sv_arguments *a, const bench_options *o, sv_fault *fault)
{
    trial t = { 0 };
    struct rusage usage;
    if (prepare(&t, a, o, fault) == SV_OK && time_steps(&t, o->steps, fault) == SV_OK) {
        t.peak_mb = getrusage(RUSAGE_SELF, &usage) ? 0 : (double)usage.ru_maxrss / 1024;
        t.peak = sv_measure_peak(t.vectors, t.threads);
        time_layers(&t, fault);
    }
    if (fault->status == SV_OK && !o->json) print_table(&t);
    if (fault->status == SV_OK && o->json && !print_json(&t)) sv_fail_memory(fault, "--json");
    sv_run_free(t.run);
    sv_loader_close(t.loader);
    sv_run_data_close(&t.data);
    sv_flat_close(&t.flat);
    sv_free(t.forward);
    sv_free(t.backward);
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
    "selvage bench CONFIG [KEY=VALUE ...] [--steps N] [--threads N] [--isa NAME] [--json]\n"
    "\n"
    "Trains on the config's data for some steps, writes nothing, and prints images per second (of the median step), each layer's\n"
    "milliseconds and GFLOP/s, the share of the multiply-adds that this machine was measured to reach, peak memory and the time\n"
    "from the program's start to the first step's end.\n"
    "\n"
    "  --steps N    timed steps; 50 by default, after 5 that warm up\n"
    "  --threads N  threads; all cores by default\n"
    "  --isa NAME   the instruction set (avx512, avx2, sse2, neon, scalar); the best by default, or SELVAGE_ISA\n"
    "  --json       the same as JSON\n",
    run
};
