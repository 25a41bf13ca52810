#include "trainer/evaluate.h"
#include "base/memory.h"
#include "graph/plan.h"
#include "base/threads.h"
#include "optim/optim.h"
#include <math.h>
#include <string.h>

struct sv_evaluator {
    sv_evaluator_args args;
    sv_loader *loader;
    sv_fetch fetch;
    sv_run *run;
    sv_edges edges;
    int64_t in, out; /* floats of a sample */
    bool logits;
    float *intensity; /* [batch, out] of logits */
    float *kept[3];   /* input, target, output */
    float *batch[3];  /* the same of one batch, for the probe; from the first whole evaluation on */
    sv_flat penalty;  /* with gradients nobody reads, taken only where a layer has a regularizer */
    /* of the pass: */
    int64_t first, samples; /* of the batch */
    sv_measure *measure;
    sv_probe *probe; /* or NULL */
    sv_residual *residual; /* or NULL */
};

void sv_fetch_rows(void *context, int64_t first, int count, float *const *inputs)
{
    const sv_fetch *f = context;
    sv_loader_fetch(f->loader, first, count, inputs[0], f->target ? inputs[1] : NULL);
}

static sv_status open_loader(sv_evaluator *e, sv_fault *fault)
{
    const sv_evaluator_args *a = &e->args;
    sv_loader_args l = { .input = a->input,
                         .target = a->target,
                         .subset = a->subset,
                         .count = a->count,
                         .batch = a->config->batch_size,
                         .noise = a->config->noise,
                         .seed = a->config->seed,
                         .stream = a->stream,
                         .vectors = a->vectors };
    return sv_loader_open(&l, &e->loader, fault);
}

static sv_status plan_run(sv_evaluator *e, sv_fault *fault)
{
    const sv_evaluator_args *a = &e->args;
    sv_run_args r = { .output = a->built->output,
                      .loss = a->built->loss,
                      .batch = a->config->batch_size,
                      .threads = a->threads,
                      .vectors = a->vectors,
                      .backend = a->backend,
                      .seed = a->config->seed };
    return sv_run_new(a->built->graph, a->parameters, &r, &e->run, fault);
}

/* sv_regularize adds to gradients: here they are a scratch array, taken only where a layer has a regularizer. */
static sv_status take_penalty(sv_evaluator *e, sv_fault *fault)
{
    const sv_flat *f = &e->penalty;
    if (sv_flat_open(e->args.parameters, NULL, NULL, &e->penalty, fault) != SV_OK) return fault->status;
    bool any = false;
    for (int i = 0; i < f->spans; i++) any = any || f->span[i].regularizer.l1 != 0 || f->span[i].regularizer.l2 != 0;
    if (any) e->penalty.gradients = sv_new((size_t)f->count, sizeof(float));
    return !any || f->gradients ? SV_OK : sv_fail_memory(fault, "evaluation");
}

static sv_status take_buffers(sv_evaluator *e, sv_fault *fault)
{
    const sv_config *c = e->args.config;
    for (int i = 0; i < c->losses; i++) e->logits = e->logits || !strcmp(c->loss[i].op->type, "bce_with_logits");
    if (e->args.kept > e->args.count) e->args.kept = (int)e->args.count;
    const int64_t size[3] = { e->in, e->fetch.target ? e->out : 0, e->out };
    bool have = true;
    for (int i = 0; i < 3; i++) {
        if (!size[i] || e->args.kept <= 0) continue;
        e->kept[i] = sv_new((size_t)(e->args.kept * size[i]), sizeof(float));
        have = have && e->kept[i];
    }
    if (e->logits) {
        e->intensity = sv_new((size_t)(c->batch_size * e->out), sizeof(float));
        have = have && e->intensity;
    }
    return have ? take_penalty(e, fault) : sv_fail_memory(fault, "evaluation");
}

sv_status sv_evaluator_new(const sv_evaluator_args *args, sv_evaluator **evaluator, sv_fault *fault)
{
    sv_evaluator *e = sv_new(1, sizeof *e);
    if (!e) return sv_fail_memory(fault, "evaluation");
    e->args = *args;
    const sv_built *b = args->built;
    e->in = sv_shape_count(&b->input->shape);
    e->out = sv_shape_count(&b->output->shape);
    sv_status status = open_loader(e, fault);
    e->fetch = (sv_fetch){ e->loader, b->target != b->input };
    if (status == SV_OK) status = plan_run(e, fault);
    if (status == SV_OK) status = sv_edges_of(b->graph, b->output, sv_model_latent(args->config->model), &e->edges, fault);
    e->edges.margin = args->config->crop_margin;
    if (status == SV_OK) status = take_buffers(e, fault);
    if (status != SV_OK) {
        sv_evaluator_free(e);
        return status;
    }
    *evaluator = e;
    return SV_OK;
}

void sv_evaluator_free(sv_evaluator *e)
{
    if (!e) return;
    sv_run_free(e->run);
    sv_loader_close(e->loader);
    sv_free(e->intensity);
    for (int i = 0; i < 3; i++) {
        sv_free(e->kept[i]);
        sv_free(e->batch[i]);
    }
    sv_free(e->penalty.gradients);
    sv_flat_close(&e->penalty);
    sv_free(e);
}

static void keep(float *to, int64_t size, int64_t row, const float *from)
{
    if (to) memcpy(to + row * size, from, (size_t)size * sizeof(float));
}

/* A chunk is one worker's at a time and its rows come in order: so the sums do not depend on the number of threads. */
static int chunk_of(const sv_evaluator *e, int64_t row)
{
    int chunk = sv_plan_chunks(e->samples) - 1;
    while (sv_plan_chunk_first(e->samples, chunk) > row) chunk--;
    return chunk;
}

/* Rows of the output, as workers finish them. */
static void take_rows(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    sv_evaluator *e = context;
    const float *target = inputs[e->fetch.target ? 1 : 0];
    if (e->logits) {
        float *intensity = e->intensity + first * e->out;
        e->args.vectors->activate(&SV_SIGMOID, count * e->out, rows, intensity);
        rows = intensity;
    }
    for (int i = 0; i < count; i++) {
        int64_t index = e->first + first + i;
        sv_measure_add(e->measure, index, target + i * e->out, rows + i * e->out);
        if (e->probe) {
            keep(e->batch[0], e->in, first + i, inputs[0] + i * e->in);
            keep(e->batch[1], e->out, first + i, target + i * e->out);
            keep(e->batch[2], e->out, first + i, rows + i * e->out);
        }
        if (e->residual) sv_residual_add(e->residual, chunk_of(e, first), index, target + i * e->out, rows + i * e->out);
        if (index >= e->args.kept) continue;
        keep(e->kept[0], e->in, index, inputs[0] + i * e->in);
        keep(e->kept[1], e->out, index, target + i * e->out);
        keep(e->kept[2], e->out, index, rows + i * e->out);
    }
}

static sv_status diverged(sv_evaluator *e, const sv_feed *feed, double loss, sv_fault *fault)
{
    const sv_node *n = sv_run_first_nonfinite(e->run, feed);
    return sv_fail(fault, SV_DIVERGED, "evaluation: the loss is %g; the first output that is not finite is that of '%s'", loss,
                   n ? n->name : e->args.built->loss->name);
}

static sv_status pass(sv_evaluator *e, sv_evaluation *result, sv_fault *fault)
{
    double sum = 0, loss = 0;
    int64_t batches = sv_loader_batches(e->loader);
    e->first = 0;
    for (int64_t b = 0; b < batches; b++) {
        sv_feed feed = { .first_id = (uint32_t)e->first, .fetch = sv_fetch_rows, .context = &e->fetch };
        if (sv_loader_batch(e->loader, 0, b, &feed.samples, fault) != SV_OK) return fault->status;
        e->samples = feed.samples;
        if (sv_run_forward(e->run, &feed, take_rows, e, &loss, fault) != SV_OK) return fault->status;
        if (!isfinite(loss)) return diverged(e, &feed, loss, fault);
        sum += loss * (double)feed.samples;
        e->first += feed.samples;
        const float *target = e->batch[e->fetch.target ? 1 : 0];
        if (e->probe && sv_probe_add(e->probe, feed.samples, e->batch[0], target, e->batch[2], fault) != SV_OK)
            return fault->status;
    }
    result->samples = e->first;
    result->penalty = sv_regularize(&e->penalty);
    result->loss = sum / (double)e->first + result->penalty;
    return SV_OK;
}

static int threads_of(const sv_evaluator *e)
{
    return e->args.threads > 0 ? e->args.threads : sv_default_threads();
}

static sv_status open_probe(sv_evaluator *e, sv_fault *fault)
{
    const sv_built *b = e->args.built;
    const sv_config *c = e->args.config;
    sv_probe_args args = { .graph = b->graph,
                           .input = b->input,
                           .output = b->output,
                           .latent = sv_model_latent(c->model),
                           .parameters = e->args.parameters,
                           .logits = e->logits,
                           .images = e->args.count,
                           .margin = c->crop_margin,
                           .machine = { c->batch_size, threads_of(e), e->args.vectors, e->args.backend } };
    const int64_t size[3] = { e->in, e->fetch.target ? e->out : 0, e->out };
    for (int i = 0; i < 3; i++) {
        if (!size[i] || e->batch[i]) continue;
        e->batch[i] = sv_new((size_t)(c->batch_size * size[i]), sizeof(float));
        if (!e->batch[i]) return sv_fail_memory(fault, "evaluation");
    }
    return sv_probe_new(&args, &e->probe, fault);
}

static sv_status evaluate(sv_evaluator *e, bool whole, sv_evaluation *result, sv_fault *fault)
{
    *result = (sv_evaluation){ .whole = whole };
    sv_measure_args args = { .shape = e->args.built->output->shape,
                             .edges = e->edges,
                             .images = e->args.count,
                             .seed = e->args.config->seed,
                             .threads = threads_of(e),
                             .brief = !whole };
    sv_status status = sv_measure_new(&args, &e->measure, fault);
    if (status == SV_OK && whole) status = open_probe(e, fault);
    if (status == SV_OK && e->args.maps)
        status = sv_residual_new(&args.shape, &e->edges, args.images, SV_CHUNKS, &e->residual, fault);
    if (status == SV_OK) status = pass(e, result, fault);
    if (status == SV_OK) status = sv_measure_finish(e->measure, &result->measured, fault);
    if (status == SV_OK && whole) status = sv_probe_finish(e->probe, &result->modelled, fault);
    if (status == SV_OK && e->residual) sv_residual_finish(e->residual, &result->maps);
    sv_residual_free(e->residual);
    sv_measure_free(e->measure);
    sv_probe_free(e->probe);
    e->residual = NULL;
    e->measure = NULL;
    e->probe = NULL;
    return status;
}

sv_status sv_evaluate(sv_evaluator *e, sv_evaluation *result, sv_fault *fault)
{
    return evaluate(e, false, result, fault);
}

sv_status sv_evaluate_whole(sv_evaluator *e, sv_evaluation *result, sv_fault *fault)
{
    return evaluate(e, true, result, fault);
}

void sv_evaluation_free(sv_evaluation *e)
{
    sv_measured_free(&e->measured);
    sv_modelled_free(&e->modelled);
    sv_residual_maps_free(&e->maps);
}

void sv_evaluation_json(const sv_evaluator *e, const sv_evaluation *result, sv_text *out)
{
    sv_measured_json(&result->measured, &e->edges, result->whole ? &result->modelled : NULL, out);
}

const sv_edges *sv_evaluator_edges(const sv_evaluator *e)
{
    return &e->edges;
}

sv_kept sv_evaluator_kept(const sv_evaluator *e)
{
    const sv_built *b = e->args.built;
    return (sv_kept){ .count = e->args.kept,
                      .input_shape = b->input->shape,
                      .output_shape = b->output->shape,
                      .input = e->kept[0],
                      .target = e->kept[1],
                      .output = e->kept[2] };
}
