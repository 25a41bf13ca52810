#include "graph/run.h"
#include "base/memory.h"
#include "base/threads.h"
#include "graph/worker.h"
#include <string.h>

static bool take_workers(sv_run *r)
{
    const sv_plan *p = &r->plan;
    r->worker = sv_new((size_t)r->threads, sizeof *r->worker);
    r->input = sv_new((size_t)(r->threads * r->inputs), sizeof *r->input);
    if (!r->worker || !r->input) return false;
    for (int i = 0; i < r->threads; i++) {
        sv_worker *w = &r->worker[i];
        w->arena = sv_map_floats((size_t)p->arena);
        w->id = sv_new((size_t)p->micro, sizeof *w->id);
        w->live = sv_new((size_t)p->nodes, sizeof *w->live);
        w->forward = sv_new((size_t)p->nodes, sizeof *w->forward);
        w->backward = sv_new((size_t)p->nodes, sizeof *w->backward);
        if (!w->arena || !w->id || !w->live || !w->forward || !w->backward) return false;
    }
    return true;
}

static bool take_shared(sv_run *r, uint64_t seed)
{
    const sv_plan *p = &r->plan;
    r->packed = sv_map_floats((size_t)p->packed);
    r->resident = sv_map_floats((size_t)p->resident);
    r->partial = sv_new((size_t)(p->sums * SV_CHUNKS), sizeof *r->partial);
    r->merged = sv_new((size_t)p->sums, sizeof *r->merged);
    r->value = sv_new((size_t)(p->terms * p->batch), sizeof *r->value);
    r->stream = sv_new((size_t)p->nodes, sizeof *r->stream);
    if (!r->packed || !r->resident || !r->partial || !r->merged || !r->value || !r->stream) return false;
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = r->graph->node[i];
        if (n->op && n->op->random) r->stream[i] = sv_stream_open(seed, n->op->type, n->name);
    }
    return true;
}

static int threads_of(const sv_run_args *args)
{
    int threads = args->threads > 0 ? args->threads : sv_default_threads();
    return threads < SV_CHUNKS ? threads : SV_CHUNKS;
}

sv_status sv_run_new(sv_graph *g, sv_parameters *parameters, const sv_run_args *args, sv_run **run, sv_fault *fault)
{
    sv_run *r = sv_new(1, sizeof *r);
    if (!r) return sv_fail_memory(fault, "run");
    sv_status status = sv_graph_use_backend(g, args->backend, fault);
    if (status == SV_OK) status = sv_plan_make(&r->plan, g, args, fault);
    r->graph = g;
    r->parameters = parameters;
    r->vectors = args->vectors;
    r->backend = args->backend;
    r->keep_statistics = args->keep_statistics;
    r->threads = threads_of(args);
    for (int i = 0; i < g->nodes; i++) r->inputs += g->node[i]->kind == SV_NODE_INPUT;
    if (status == SV_OK && (!take_workers(r) || !take_shared(r, args->seed))) status = sv_fail_memory(fault, "activations");
    if (status == SV_OK && r->plan.backward) {
        r->gradient_floats = parameters->trainable;
        r->gradient = sv_map_floats((size_t)r->gradient_floats);
        int leaves = sv_plan_chunks(r->plan.batch);
        status = r->gradient ? sv_tree_new(&r->tree, r->gradient, parameters->trainable, leaves, r->threads, fault)
                             : sv_fail_memory(fault, "gradients");
    }
    if (status != SV_OK) {
        sv_run_free(r);
        return status;
    }
    *run = r;
    return SV_OK;
}

void sv_run_free(sv_run *r)
{
    if (!r) return;
    for (int i = 0; i < r->threads && r->worker; i++) {
        sv_unmap_floats(r->worker[i].arena, (size_t)r->plan.arena);
        sv_free(r->worker[i].id);
        sv_free(r->worker[i].live);
        sv_free(r->worker[i].forward);
        sv_free(r->worker[i].backward);
    }
    sv_unmap_floats(r->packed, (size_t)r->plan.packed);
    sv_unmap_floats(r->resident, (size_t)r->plan.resident);
    sv_tree_free(&r->tree);
    sv_free(r->worker);
    sv_free(r->input);
    sv_unmap_floats(r->gradient, (size_t)r->gradient_floats);
    sv_free(r->partial);
    sv_free(r->merged);
    sv_free(r->value);
    sv_free(r->stream);
    sv_plan_free(&r->plan);
    sv_free(r);
}

/* Merges the chunks' sums of the operators that segment `segment` holds: `back` 0 forward's, 1 backward's. */
static void merge_sums(sv_run *r, int segment, int chunks, bool back)
{
    const sv_plan *p = &r->plan;
    for (int i = 0; i < p->nodes && p->batch_mode; i++) {
        const sv_node *n = p->graph->node[i];
        if (!p->node[i].needed || !sv_couples(n) || p->node[i].segment != segment) continue;
        int64_t count = n->inference.statistics, at = p->node[i].sums + (back ? count : 0);
        sv_tree_sum(r->partial + at, chunks, p->sums, count);
        memcpy(r->merged + at, r->partial + at, (size_t)count * sizeof(double));
    }
}

static void finish(sv_run *r, int segment, int64_t samples)
{
    const sv_plan *p = &r->plan;
    for (int i = 0; i < p->nodes && !r->keep_statistics; i++) {
        const sv_node *n = p->graph->node[i];
        if (!p->node[i].needed || !sv_couples(n) || p->node[i].segment != segment) continue;
        float *w[SV_MAX_PARAMETERS] = { 0 };
        for (int k = 0; k < n->inference.parameters; k++)
            w[k] = r->parameters->weights + r->graph->parameter[n->parameter + k].offset;
        sv_call call = { .args = n->args, .state = n->inference.state, .vectors = r->vectors, .inputs = n->inputs,
                         .input = &n->input[0]->shape, .output = n->shape, .training = true, .batch = samples,
                         .sums = r->merged + p->node[i].sums };
        n->op->finish(&call, w);
    }
}

static sv_status check(const sv_run *r, const sv_feed *feed, sv_fault *fault)
{
    if (feed->samples >= 1 && feed->samples <= r->plan.batch) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "batch: expected 1 to %d samples, got %lld", r->plan.batch, (long long)feed->samples);
}

static void pass_segment(sv_pass *pass, int segment)
{
    pass->segment = segment;
    sv_parallel(pass->run->threads, pass->chunks, sv_worker_chunk, pass);
}

static double loss_of(const sv_run *r, int64_t samples)
{
    double loss = 0;
    for (int t = 0; t < r->plan.terms; t++) {
        const sv_term *term = &r->plan.term[t];
        const sv_loss_args *args = term->node->args;
        double sum = 0, elements = (double)sv_shape_count(&term->node->input[0]->shape);
        for (int64_t i = 0; i < samples; i++) sum += r->value[(int64_t)t * r->plan.batch + i];
        loss += term->weight * (args->reduction == SV_SUM ? sum : sum / ((double)samples * elements));
    }
    return loss;
}

/* Forward through all segments; the last one's pass does what `last` says besides. */
static void forward_segments(sv_run *r, sv_pass *pass, bool loss, bool backward)
{
    int segments = r->plan.segments;
    if (r->plan.packed) sv_parallel(r->threads, 2 * r->plan.nodes, sv_worker_pack, r);
    if (r->plan.sums) memset(r->partial, 0, (size_t)(r->plan.sums * SV_CHUNKS) * sizeof(double));
    for (int k = 0; k < segments; k++) {
        bool last = k == segments - 1;
        pass->loss = loss && last;
        pass->backward = backward && last;
        pass_segment(pass, k);
        if (last) break;
        merge_sums(r, k + 1, pass->chunks, false);
        finish(r, k + 1, pass->feed->samples);
    }
}

sv_status sv_run_forward(sv_run *r, const sv_feed *feed, sv_sink sink, void *context, double *loss, sv_fault *fault)
{
    if (check(r, feed, fault) != SV_OK) return SV_BAD_ARGUMENT;
    sv_pass pass = { .run = r, .feed = feed, .chunks = sv_plan_chunks(feed->samples), .sink = sink, .context = context };
    forward_segments(r, &pass, loss != NULL, false);
    if (loss) *loss = loss_of(r, feed->samples);
    return SV_OK;
}

sv_status sv_run_backward(sv_run *r, const sv_feed *feed, double *loss, sv_sink input_sink, void *context, sv_fault *fault)
{
    if (check(r, feed, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (!r->plan.backward) return sv_fail(fault, SV_BAD_ARGUMENT, "run: planned without gradients");
    sv_pass pass = { .run = r, .feed = feed, .chunks = sv_plan_chunks(feed->samples), .input_sink = input_sink, .context = context };
    sv_tree_begin(&r->tree, pass.chunks);
    forward_segments(r, &pass, true, true);
    pass.loss = false;
    pass.backward = true;
    for (int k = r->plan.segments - 2; k >= 0; k--) {
        merge_sums(r, k + 1, pass.chunks, true);
        sv_tree_begin(&r->tree, pass.chunks);
        pass_segment(&pass, k);
    }
    if (loss) *loss = loss_of(r, feed->samples);
    return SV_OK;
}

float *sv_run_gradient(sv_run *r)
{
    return r->gradient;
}

const sv_node *sv_run_first_nonfinite(sv_run *r, const sv_feed *feed)
{
    int first = r->plan.nodes;
    for (int i = 0; i < r->threads; i++) r->worker[i].nonfinite = first;
    bool keep = r->keep_statistics;
    r->keep_statistics = true;
    sv_pass pass = { .run = r, .feed = feed, .chunks = sv_plan_chunks(feed->samples), .probe = true };
    forward_segments(r, &pass, false, false);
    r->keep_statistics = keep;
    for (int i = 0; i < r->threads; i++)
        if (r->worker[i].nonfinite < first) first = r->worker[i].nonfinite;
    return first < r->plan.nodes ? r->graph->node[first] : NULL;
}

sv_status sv_run_observe(sv_run *r, const sv_feed *feed, sv_observer observe, void *context, sv_fault *fault)
{
    if (check(r, feed, fault) != SV_OK) return SV_BAD_ARGUMENT;
    bool keep = r->keep_statistics;
    r->keep_statistics = true;
    sv_pass pass = { .run = r, .feed = feed, .chunks = sv_plan_chunks(feed->samples), .observer = observe, .context = context };
    forward_segments(r, &pass, false, false);
    r->keep_statistics = keep;
    return SV_OK;
}

static sv_run_memory memory_of(const sv_plan *p, const sv_parameters *parameters, int threads)
{
    int busy = threads < sv_plan_chunks(p->batch) ? threads : sv_plan_chunks(p->batch); /* the others' arenas are never touched */
    int64_t leaves = p->backward ? 1 + sv_tree_buffers(sv_plan_chunks(p->batch), threads) : 0;
    return (sv_run_memory){
        .parameters = parameters->count * (int64_t)sizeof(float),
        .gradients = parameters->trainable * leaves * (int64_t)sizeof(float),
        .packed = p->packed * (int64_t)sizeof(float),
        .activations = p->arena * busy * (int64_t)sizeof(float),
        .batch_resident = p->resident * (int64_t)sizeof(float),
        .losses = (p->sums * (SV_CHUNKS + 1) + (int64_t)p->terms * p->batch) * (int64_t)sizeof(double),
        .micro_batch = p->micro,
        .workers = threads,
        .segments = p->segments,
    };
}

sv_run_memory sv_run_memory_of(const sv_run *r)
{
    return memory_of(&r->plan, r->parameters, r->threads);
}

sv_status sv_run_predict_memory(sv_graph *g, const sv_parameters *p, const sv_run_args *args, sv_run_memory *memory, sv_fault *fault)
{
    sv_plan plan = { 0 };
    sv_status status = sv_graph_use_backend(g, args->backend, fault);
    if (status == SV_OK) status = sv_plan_make(&plan, g, args, fault);
    if (status == SV_OK) *memory = memory_of(&plan, p, threads_of(args));
    sv_plan_free(&plan);
    return status;
}

void sv_run_time(sv_run *r, double *forward, double *backward)
{
    r->timing = forward || backward;
    for (int i = 0; i < r->plan.nodes; i++) {
        double f = 0, b = 0;
        for (int k = 0; k < r->threads; k++) {
            f += r->worker[k].forward[i];
            b += r->worker[k].backward[i];
            r->worker[k].forward[i] = r->worker[k].backward[i] = 0;
        }
        if (forward) forward[i] = f;
        if (backward) backward[i] = b;
    }
}
