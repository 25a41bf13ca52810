#include "graph/worker.h"
#include <string.h>
#include <time.h>

/* A micro-batch on its way: rows first .. first+count-1 of the batch. */
typedef struct sv_micro {
    const sv_pass *pass;
    sv_run *run;
    sv_worker *worker;
    int64_t first;
    int count, chunk, number; /* of the worker */
    float *leaf; /* this chunk's parameter gradients */
} sv_micro;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float *locate(const sv_micro *m, const sv_place *p)
{
    if (!p->size) return NULL;
    return p->batch ? m->run->resident + p->offset + m->first * p->size : m->worker->arena + p->offset;
}

static float *value(const sv_micro *m, const sv_node *n)
{
    return locate(m, &m->run->plan.node[n->index].value);
}

/* Whether the gradient of a node is yet to be set; from now on it counts as set. */
static bool takes_unset(const sv_micro *m, const sv_node *n)
{
    bool *live = &m->worker->live[n->index];
    if (m->run->plan.node[n->index].grad.batch || *live) return false;
    *live = true;
    return true;
}

/* The gradient of a node, zeroed where this micro-batch has put nothing there yet. Resident ones were zeroed for the batch. */
static float *gradient(const sv_micro *m, const sv_node *n)
{
    const sv_place *p = &m->run->plan.node[n->index].grad;
    float *g = locate(m, p);
    if (!g || !takes_unset(m, n)) return g;
    memset(g, 0, (size_t)(p->size * m->count) * sizeof *g);
    return g;
}

/* Pointers that a call needs, and the call that points at them. */
typedef struct sv_arguments {
    sv_call call;
    sv_shape input[SV_MAX_INPUTS];
    const float *x[SV_MAX_INPUTS];
    const float *w[SV_MAX_PARAMETERS];
    float *dx[SV_MAX_INPUTS], *dw[SV_MAX_PARAMETERS];
} sv_arguments;

static void find_weights(const sv_run *r, const sv_node *n, const float **w)
{
    for (int i = 0; i < n->inference.parameters; i++) w[i] = r->parameters->weights + r->graph->parameter[n->parameter + i].offset;
}

static void prepare(const sv_micro *m, const sv_node *n, bool backward, sv_arguments *a)
{
    sv_run *r = m->run;
    const sv_node_plan *q = &r->plan.node[n->index];
    for (int i = 0; i < n->inputs; i++) {
        a->input[i] = n->input[i]->shape;
        a->x[i] = value(m, n->input[i]);
    }
    find_weights(r, n, a->w);
    a->call = (sv_call){
        .args = n->args, .state = n->inference.state, .vectors = r->vectors, .backend = r->backend, .inputs = n->inputs,
        .samples = m->count, .input = a->input, .output = n->shape, .x = a->x, .y = locate(m, &q->value),
        .saved = locate(m, &q->saved), .w = a->w, .workspace = m->worker->arena + q->scratch[backward], .training = r->plan.batch_mode,
        .stream = &r->stream[n->index], .epoch = m->pass->feed->epoch, .sample_id = m->worker->id,
        .batch = m->pass->feed->samples,
    };
    for (int k = 0; k < 2; k++) a->call.packed[k] = q->packed[k] >= 0 ? r->packed + q->packed[k] : n->inference.parameters ? a->w[0] : NULL;
    if (!sv_couples(n) || !r->plan.batch_mode) return;
    a->call.sums = r->merged + q->sums;
    a->call.back_sums = r->merged + q->sums + n->inference.statistics;
}

static void prepare_backward(const sv_micro *m, const sv_node *n, sv_arguments *a)
{
    sv_run *r = m->run;
    prepare(m, n, true, a);
    a->call.dy = gradient(m, n);
    a->call.fresh = n->op->sets_dx && takes_unset(m, n->input[0]);
    a->call.rectify_dx = r->plan.node[n->input[0]->index].rectified;
    a->call.rectified_dy = r->plan.node[n->index].rectified;
    for (int i = 0; i < n->inputs; i++) a->dx[i] = gradient(m, n->input[i]);
    for (int i = 0; i < n->inference.parameters; i++) {
        const sv_parameter *p = &r->graph->parameter[n->parameter + i];
        a->dw[i] = p->spec.trainable ? m->leaf + p->offset : NULL;
    }
    a->call.dx = a->dx;
    a->call.dw = a->dw;
}

static double *partial(const sv_micro *m, const sv_node *n)
{
    return m->run->partial + m->chunk * m->run->plan.sums + m->run->plan.node[n->index].sums;
}

static void probe(const sv_micro *m, const sv_node *n)
{
    const sv_place *p = &m->run->plan.node[n->index].value;
    if (n->index >= m->worker->nonfinite) return;
    if (!m->run->vectors->all_finite(p->size * m->count, locate(m, p))) m->worker->nonfinite = n->index;
}

/* At a node's value, just made. */
static void look(const sv_micro *m, const sv_node *n)
{
    if (m->pass->probe) probe(m, n);
    const float *rows = m->pass->observer ? value(m, n) : NULL;
    if (rows) m->pass->observer(m->pass->context, n, m->first, m->count, rows);
}

static void forward_node(const sv_micro *m, const sv_node *n)
{
    sv_arguments a;
    double start = m->run->timing ? now() : 0;
    prepare(m, n, false, &a);
    n->op->forward(&a.call);
    if (m->run->timing) m->worker->forward[n->index] += now() - start;
    look(m, n);
}

/* Sums of the batch-coupled operators that read this segment: their own segment begins once all chunks have added. */
static void sum_forward(const sv_micro *m)
{
    const sv_plan *p = &m->run->plan;
    for (int i = 0; i < p->nodes && p->batch_mode; i++) {
        const sv_node *n = p->graph->node[i];
        if (!p->node[i].needed || !sv_couples(n) || p->node[i].segment != m->pass->segment + 1) continue;
        sv_arguments a;
        prepare(m, n, false, &a);
        a.call.partial = partial(m, n);
        n->op->sum_forward(&a.call);
    }
}

static void fetch(const sv_micro *m)
{
    sv_run *r = m->run;
    float **rows = r->input + m->number * r->inputs;
    int k = 0;
    for (int i = 0; i < r->plan.nodes; i++)
        if (r->graph->node[i]->kind == SV_NODE_INPUT) rows[k++] = value(m, r->graph->node[i]);
    m->pass->feed->fetch(m->pass->feed->context, m->first, m->count, rows);
    for (int i = 0; i < m->count; i++) m->worker->id[i] = m->pass->feed->first_id + (uint32_t)(m->first + i);
    for (int i = 0; i < r->plan.nodes && m->pass->segment == 0; i++)
        if (r->graph->node[i]->kind == SV_NODE_INPUT) look(m, r->graph->node[i]);
}

static void forward(const sv_micro *m)
{
    const sv_plan *p = &m->run->plan;
    fetch(m);
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        if (n->kind == SV_NODE_LAYER && p->node[i].needed && p->node[i].segment == m->pass->segment) forward_node(m, n);
    }
    if (m->pass->sink && p->output && p->node[p->output->index].segment == m->pass->segment)
        m->pass->sink(m->pass->context, m->first, m->count, value(m, p->output), m->run->input + m->number * m->run->inputs);
    if (!m->pass->backward) sum_forward(m);
}

static double term_scale(const sv_term *t, int64_t samples)
{
    const sv_loss_args *args = t->node->args;
    return args->reduction == SV_SUM ? t->weight : t->weight / ((double)samples * (double)sv_shape_count(&t->node->input[0]->shape));
}

static void losses(const sv_micro *m)
{
    const sv_plan *p = &m->run->plan;
    for (int t = 0; t < p->terms; t++) {
        const sv_node *n = p->term[t].node;
        double start = m->run->timing ? now() : 0;
        sv_loss_call c = {
            .args = n->args, .vectors = m->run->vectors, .shape = n->input[0]->shape, .samples = m->count,
            .y = value(m, n->input[0]), .t = value(m, n->input[1]), .workspace = m->worker->arena + p->loss_scratch,
            .scale = (float)term_scale(&p->term[t], m->pass->feed->samples),
            .value = m->run->value + (int64_t)t * p->batch + m->first,
            .dy = m->pass->backward ? gradient(m, n->input[0]) : NULL,
            .border = n->border[0] ? (const double *const *)n->border : NULL,
        };
        n->loss->run(&c);
        if (m->run->timing) m->worker->forward[n->index] += now() - start;
    }
}

/* Batch-coupled operators of the next segment: dy and its sums are known by now. */
static void backward_coupled(const sv_micro *m)
{
    const sv_plan *p = &m->run->plan;
    for (int i = p->nodes - 1; i >= 0 && p->batch_mode; i--) {
        const sv_node *n = p->graph->node[i];
        if (!p->node[i].gradient || !sv_couples(n) || p->node[i].segment != m->pass->segment + 1) continue;
        sv_arguments a;
        prepare_backward(m, n, &a);
        if (a.dx[0]) n->op->backward(&a.call);
    }
}

static void backward_node(const sv_micro *m, const sv_node *n)
{
    sv_arguments a;
    double start = m->run->timing ? now() : 0;
    prepare_backward(m, n, &a);
    if (sv_couples(n) && m->run->plan.batch_mode) {
        a.call.partial = partial(m, n) + n->inference.statistics;
        n->op->sum_backward(&a.call);
    } else {
        n->op->backward(&a.call);
    }
    if (m->run->timing) m->worker->backward[n->index] += now() - start;
}

static void backward(const sv_micro *m)
{
    const sv_plan *p = &m->run->plan;
    backward_coupled(m);
    for (int i = p->nodes - 1; i >= 0; i--) {
        const sv_node *n = p->graph->node[i];
        if (n->kind == SV_NODE_LAYER && p->node[i].gradient && p->node[i].segment == m->pass->segment) backward_node(m, n);
    }
    if (!m->pass->input_sink || m->pass->segment > 0) return;
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        if (n->kind != SV_NODE_INPUT) continue;
        m->pass->input_sink(m->pass->context, m->first, m->count, gradient(m, n), m->run->input + m->number * m->run->inputs);
        return;
    }
}

/* Resident gradients collect over several passes: they start from zero in the first, that of the last segment. */
static void clear_resident(const sv_micro *m, int64_t rows)
{
    const sv_plan *p = &m->run->plan;
    for (int i = 0; i < p->nodes; i++)
        if (p->node[i].grad.batch && p->node[i].grad.size)
            memset(locate(m, &p->node[i].grad), 0, (size_t)(rows * p->node[i].grad.size) * sizeof(float));
}

void sv_worker_pack(void *run, int64_t task, int worker)
{
    sv_run *r = run;
    const sv_node *n = r->graph->node[task / 2];
    int64_t at = r->plan.node[n->index].packed[task % 2];
    (void)worker;
    if (at < 0) return;
    const float *w[SV_MAX_PARAMETERS];
    find_weights(r, n, w);
    sv_call call = { .args = n->args, .state = n->inference.state, .vectors = r->vectors, .backend = r->backend, .w = w };
    n->op->pack(&call, task % 2, r->packed + at);
}

void sv_worker_chunk(void *context, int64_t chunk, int number)
{
    const sv_pass *pass = context;
    sv_run *r = pass->run;
    const sv_plan *p = &r->plan;
    const sv_range *range = p->range + p->first_range[pass->segment];
    int ranges = p->first_range[pass->segment + 1] - p->first_range[pass->segment];
    int64_t first = sv_plan_chunk_first(pass->feed->samples, (int)chunk);
    int64_t end = sv_plan_chunk_first(pass->feed->samples, (int)chunk + 1);
    sv_micro m = { .pass = pass, .run = r, .worker = &r->worker[number], .first = first, .chunk = (int)chunk, .number = number };
    if (pass->backward && pass->segment == p->segments - 1) clear_resident(&m, end - first);
    for (; m.first < end; m.first += m.count) {
        m.count = (int)(end - m.first < p->micro ? end - m.first : p->micro);
        memset(m.worker->live, 0, (size_t)p->nodes * sizeof(bool));
        forward(&m);
        if (pass->loss) losses(&m);
        if (pass->backward && !m.leaf) m.leaf = sv_tree_leaf(&r->tree, (int)chunk, range, ranges);
        if (pass->backward) backward(&m);
    }
    if (pass->backward) sv_tree_done(&r->tree, (int)chunk, range, ranges, r->vectors);
}
