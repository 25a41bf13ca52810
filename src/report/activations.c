#include "report/activations.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

/* One sample's output of one layer. */
typedef struct seen {
    double sum, squares, zeros, least, greatest;
} seen;

/* The layers' records, and by a node's index which is its. */
typedef struct gathering {
    const sv_report *report;
    sv_activations *to;
    int *place;    /* [nodes]: the layer's number, or -1 */
    seen *seen;    /* [layers][samples] */
    float **range; /* [layers]: [samples][channels][2], least and greatest */
} gathering;

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const sv_report_samples *s = &((const gathering *)context)->report->samples;
    int64_t size = sv_shape_count(&s->input_shape);
    memcpy(inputs[0], s->input + first * size, (size_t)(count * size) * sizeof(float));
}

static void see_one(const float *x, int64_t size, int64_t channels, seen *to, float *range)
{
    *to = (seen){ .least = INFINITY, .greatest = -INFINITY };
    for (int64_t c = 0; c < channels; c++) range[2 * c] = INFINITY, range[2 * c + 1] = -INFINITY;
    for (int64_t i = 0; i < size; i += channels)
        for (int64_t c = 0; c < channels; c++) {
            float v = x[i + c];
            to->sum += (double)v;
            to->squares += (double)v * (double)v;
            to->zeros += v == 0;
            if (v < range[2 * c]) range[2 * c] = v;
            if (v > range[2 * c + 1]) range[2 * c + 1] = v;
        }
    for (int64_t c = 0; c < channels; c++) {
        to->least = fmin(to->least, (double)range[2 * c]);
        to->greatest = fmax(to->greatest, (double)range[2 * c + 1]);
    }
}

/* A sample is one thread's. */
static void see(void *context, const sv_node *n, int64_t first, int count, const float *rows)
{
    const gathering *g = context;
    int at = g->place[n->index];
    if (at < 0) return;
    sv_activation_summary *layer = &g->to->layer[at];
    int64_t size = sv_shape_count(&n->shape);
    for (int i = 0; i < count; i++) {
        see_one(rows + i * size, size, layer->channels, &g->seen[at * g->to->samples + first + i],
                g->range[at] + (first + i) * 2 * layer->channels);
        if (first + i == 0) memcpy(layer->maps, rows, (size_t)size * sizeof *rows);
    }
}

static void sum_up(const gathering *g, int at)
{
    sv_activation_summary *l = &g->to->layer[at];
    int samples = g->to->samples;
    double count = (double)sv_shape_count(&l->node->shape) * samples;
    l->least = INFINITY, l->greatest = -INFINITY;
    for (int s = 0; s < samples; s++) {
        const seen *one = &g->seen[at * samples + s];
        l->mean += one->sum / count;
        l->rms += one->squares / count;
        l->zeros += one->zeros / count;
        l->least = fmin(l->least, one->least);
        l->greatest = fmax(l->greatest, one->greatest);
    }
    l->deviation = sqrt(fmax(l->rms - l->mean * l->mean, 0));
    l->rms = sqrt(l->rms);
    for (int64_t c = 0; c < l->channels; c++) {
        float least = INFINITY, greatest = -INFINITY;
        for (int s = 0; s < samples; s++) {
            const float *range = g->range[at] + (s * l->channels + c) * 2;
            least = fminf(least, range[0]);
            greatest = fmaxf(greatest, range[1]);
        }
        l->dead += least == greatest;
    }
}

/* Marks what leads to a node. */
static void mark(const sv_node *n, int *place)
{
    if (place[n->index] >= 0) return;
    place[n->index] = 0;
    for (int i = 0; i < n->inputs; i++) mark(n->input[i], place);
}

static bool take(gathering *g)
{
    const sv_graph *graph = g->report->graph;
    size_t nodes = (size_t)graph->nodes, samples = (size_t)g->to->samples;
    g->place = sv_new(nodes, sizeof *g->place);
    g->to->layer = sv_new(nodes, sizeof *g->to->layer);
    g->seen = sv_new(nodes * samples, sizeof *g->seen);
    g->range = sv_new(nodes, sizeof *g->range);
    if (!g->place || !g->to->layer || !g->seen || !g->range) return false;
    for (size_t i = 0; i < nodes; i++) g->place[i] = -1;
    mark(g->report->output, g->place);
    for (size_t i = 0; i < nodes; i++) {
        const sv_node *n = graph->node[i];
        if (g->place[i] < 0 || n->kind != SV_NODE_LAYER) {
            g->place[i] = -1;
            continue;
        }
        int at = g->to->layers++;
        sv_activation_summary *l = &g->to->layer[at];
        g->place[i] = at;
        l->node = n;
        l->channels = sv_shape_channels(&n->shape);
        l->maps = sv_new((size_t)sv_shape_count(&n->shape), sizeof *l->maps);
        g->range[at] = sv_new(2 * samples * (size_t)l->channels, sizeof **g->range);
        if (!l->maps || !g->range[at]) return false;
    }
    return true;
}

static sv_status observe(gathering *g, sv_fault *fault)
{
    const sv_report *r = g->report;
    sv_run *run = NULL;
    sv_graph *graph = r->output->graph;
    sv_run_args args = { .output = graph->node[r->output->index],
                         .batch = g->to->samples,
                         .threads = r->threads,
                         .keep_statistics = true,
                         .vectors = r->vectors,
                         .backend = r->backend,
                         .seed = r->config->seed };
    sv_feed feed = { .samples = g->to->samples, .fetch = fetch, .context = g };
    if (sv_run_new(graph, r->parameters, &args, &run, fault) == SV_OK) sv_run_observe(run, &feed, see, g, fault);
    sv_run_free(run);
    return fault->status;
}

sv_status sv_activations_find(const sv_report *r, sv_activations *a, sv_fault *fault)
{
    gathering g = { .report = r, .to = a };
    *a = (sv_activations){ .samples = r->samples.count };
    if (a->samples < 1) return SV_OK;
    if (!take(&g))
        sv_fail_memory(fault, "report: activations");
    else if (observe(&g, fault) == SV_OK)
        for (int i = 0; i < a->layers; i++) sum_up(&g, i);
    for (int i = 0; i < a->layers && g.range; i++) sv_free(g.range[i]);
    sv_free(g.range);
    sv_free(g.seen);
    sv_free(g.place);
    return fault->status;
}

void sv_activations_free(sv_activations *a)
{
    for (int i = 0; i < a->layers; i++) sv_free(a->layer[i].maps);
    sv_free(a->layer);
    *a = (sv_activations){ 0 };
}
