#include "cli/layer_rms.h"
#include "base/memory.h"
#include "base/threads.h"
#include "trainer/training.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Few samples tell the rms of many activations; no more of them than that the pass stays quick. */
enum { MOST_SAMPLES = 64, LEAST_SAMPLES = 1 };
static const double most_work = 1e8;

typedef struct pass {
    const sv_graph *graph;
    float *input; /* samples x row */
    int64_t row;
    int samples;
    double *mean, *square; /* [samples][nodes]; each sample is one worker's */
} pass;

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const pass *p = context;
    memcpy(inputs[0], p->input + first * p->row, (size_t)(count * p->row) * sizeof(float));
}

static void see(void *context, const sv_node *n, int64_t first, int count, const float *rows)
{
    const pass *p = context;
    int64_t size = sv_shape_count(&n->shape);
    for (int s = 0; s < count; s++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < size; i++) {
            double x = (double)rows[s * size + i];
            sum += x;
            squares += x * x;
        }
        p->mean[(first + s) * p->graph->nodes + n->index] = sum / (double)size;
        p->square[(first + s) * p->graph->nodes + n->index] = squares / (double)size;
    }
}

static int samples_for(const sv_graph *g)
{
    double work = 1;
    for (int i = 0; i < g->nodes; i++) work += g->node[i]->inference.multiply_adds;
    double fits = most_work / work;
    return fits < LEAST_SAMPLES ? LEAST_SAMPLES : fits > MOST_SAMPLES ? MOST_SAMPLES : (int)fits;
}

/* The first samples of the config's data as training feeds them. A fault leaves the noise. */
static sv_status read_data(const sv_target *t, pass *p, sv_fault *fault)
{
    const sv_config *c = t->config;
    sv_data_spec spec = c->data;
    sv_dataset *set = NULL;
    sv_loader *loader = NULL;
    if (spec.samples == 0 || spec.samples > p->samples) spec.samples = p->samples;
    if (sv_dataset_open(&spec, &t->input->shape, c->seed, &set, fault) == SV_OK) {
        int64_t count = set->count < p->samples ? set->count : p->samples;
        sv_loader_args args = { .input = set,
                                .count = count,
                                .batch = (int)count,
                                .noise = c->noise,
                                .seed = c->seed,
                                .stream = "train",
                                .vectors = t->vectors };
        if (sv_loader_open(&args, &loader, fault) == SV_OK && sv_loader_batch(loader, 0, 0, &count, fault) == SV_OK) {
            sv_loader_fetch(loader, 0, (int)count, p->input, NULL);
            p->samples = (int)count;
        }
        sv_loader_close(loader);
    }
    sv_dataset_close(set);
    return fault->status;
}

static void make_noise(pass *p)
{
    sv_stream s = sv_stream_open(0, "explain", "noise");
    sv_stream_normal(&s, 0, 0, 0, p->samples * p->row, p->input);
}

static void input_moments(const pass *p, double *mean, double *square)
{
    int64_t count = p->samples * p->row;
    *mean = *square = 0;
    for (int64_t i = 0; i < count; i++) {
        *mean += (double)p->input[i] / (double)count;
        *square += (double)p->input[i] * (double)p->input[i] / (double)count;
    }
}

static void take_inputs(const sv_target *t, pass *p, sv_layer_rms *r)
{
    sv_fault fault = { 0 };
    r->data = t->config && read_data(t, p, &fault) == SV_OK;
    if (r->data) return;
    if (t->config) snprintf(r->reason, sizeof r->reason, "%.255s", fault.text);
    make_noise(p);
}

/* Given weights, the target's own or drawn; *trained: not those that training would begin with. */
static sv_status take_weights(sv_target *t, const char *weights, bool *trained, sv_layer_rms *r, sv_fault *fault)
{
    *trained = !t->parameters && (weights || t->weights);
    if (t->parameters) return SV_OK;
    if (*trained) {
        snprintf(r->weights, sizeof r->weights, "%.255s", weights ? weights : t->weights);
        return sv_target_load(t, weights, fault);
    }
    uint64_t seed = t->config ? t->config->seed : 0;
    snprintf(r->weights, sizeof r->weights, "drawn with seed %llu", (unsigned long long)seed);
    if (sv_parameters_new(t->graph, &t->parameters, fault) != SV_OK) return fault->status;
    if (t->config) return sv_initial_weights(t->config, t->vectors, t->parameters, fault);
    return sv_parameters_draw(t->parameters, seed, fault) == SV_OK ? SV_OK : sv_fault_at(fault, t->path);
}

static sv_status forward(const sv_target *t, const pass *p, bool trained, sv_layer_rms *r, sv_fault *fault)
{
    sv_run *run = NULL;
    sv_run_args args = { .output = t->output,
                         .batch = p->samples,
                         .batch_mode = !trained,
                         .keep_statistics = true,
                         .vectors = t->vectors,
                         .backend = t->backend,
                         .seed = t->config ? t->config->seed : 0 };
    sv_feed feed = { .samples = p->samples, .fetch = fetch, .context = (void *)(uintptr_t)p };
    if (sv_run_new(t->graph, t->parameters, &args, &run, fault) == SV_OK)
        sv_run_observe(run, &feed, see, (void *)(uintptr_t)p, fault);
    sv_run_free(run);
    for (int n = 0; n < t->graph->nodes; n++) {
        double sum = 0, squares = 0;
        for (int s = 0; s < p->samples; s++) {
            sum += p->mean[s * t->graph->nodes + n];
            squares += p->square[s * t->graph->nodes + n];
        }
        r->mean[n] = sum / p->samples;
        r->drawn[n] = sqrt(squares / p->samples);
    }
    return fault->status;
}

static sv_status find(sv_target *t, const char *weights, pass *p, sv_layer_rms *r, sv_fault *fault)
{
    bool trained;
    double mean = 0, square = 1;
    p->mean = sv_new((size_t)(p->samples * t->graph->nodes), sizeof *p->mean);
    p->square = sv_new((size_t)(p->samples * t->graph->nodes), sizeof *p->square);
    p->input = sv_new((size_t)(p->samples * p->row), sizeof *p->input);
    r->drawn = sv_new((size_t)t->graph->nodes, sizeof *r->drawn);
    r->mean = sv_new((size_t)t->graph->nodes, sizeof *r->mean);
    if (!p->mean || !p->square || !p->input || !r->drawn || !r->mean) return sv_fail_memory(fault, "explain: rms");
    for (int i = 0; i < p->samples * t->graph->nodes; i++) p->mean[i] = p->square[i] = (double)NAN;
    take_inputs(t, p, r);
    if (take_weights(t, weights, &trained, r, fault) != SV_OK) return fault->status;
    if (r->data) input_moments(p, &mean, &square);
    r->samples = p->samples;
    r->input = sqrt(square);
    if (sv_moments_new(t->graph, mean, square, &r->expected, fault) != SV_OK) return fault->status;
    return forward(t, p, trained, r, fault);
}

sv_status sv_layer_rms_find(sv_target *t, const char *weights, sv_layer_rms *r, sv_fault *fault)
{
    pass p = { .graph = t->graph, .row = sv_shape_count(&t->input->shape), .samples = samples_for(t->graph) };
    find(t, weights, &p, r, fault);
    sv_free(p.input);
    sv_free(p.mean);
    sv_free(p.square);
    return fault->status;
}

void sv_layer_rms_free(sv_layer_rms *r)
{
    sv_moments_free(r->expected);
    sv_free(r->drawn);
    sv_free(r->mean);
    *r = (sv_layer_rms){ 0 };
}
