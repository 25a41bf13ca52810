#include "graph/plan.h"
#include "base/memory.h"
#include <string.h>

int sv_plan_chunks(int64_t samples)
{
    return samples < SV_CHUNKS ? (int)samples : SV_CHUNKS;
}

int64_t sv_plan_chunk_first(int64_t samples, int chunk)
{
    return samples * chunk / sv_plan_chunks(samples);
}

static sv_status add_terms(sv_plan *p, const sv_node *n, double weight, sv_fault *fault)
{
    if (n->kind == SV_NODE_SUM) {
        for (int i = 0; i < n->inputs; i++)
            if (add_terms(p, n->input[i], weight * n->weight[i], fault) != SV_OK) return SV_BAD_ARGUMENT;
        return SV_OK;
    }
    if (n->kind != SV_NODE_LOSS) return sv_fail(fault, SV_BAD_ARGUMENT, "loss: \"%s\" is no loss", n->name);
    const sv_loss_args *args = n->args;
    if (args->border_weight > 0 && !n->border[0])
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: border_weight: the loss has no weights by row and column", n->place ? n->place : n->name);
    if (p->terms == SV_MAX_TERMS) return sv_fail(fault, SV_BAD_ARGUMENT, "loss: more than %d terms", SV_MAX_TERMS);
    p->term[p->terms++] = (sv_term){ n, weight };
    return SV_OK;
}

static void mark_needed(sv_plan *p)
{
    if (p->output) p->node[p->output->index].needed = true;
    for (int t = 0; t < p->terms; t++)
        for (int i = 0; i < 2; i++) p->node[p->term[t].node->input[i]->index].needed = true;
    for (int i = p->nodes - 1; i >= 0; i--) {
        const sv_node *n = p->graph->node[i];
        if (!p->node[i].needed || n->kind == SV_NODE_LOSS || n->kind == SV_NODE_SUM) continue;
        for (int k = 0; k < n->inputs; k++) p->node[n->input[k]->index].needed = true;
    }
    for (int i = 0; i < p->nodes; i++)
        if (p->graph->node[i]->kind == SV_NODE_INPUT) p->node[i].needed = true;
}

static bool learns(const sv_node *n)
{
    for (int k = 0; k < n->inference.parameters; k++)
        if (n->inference.parameter[k].trainable) return true;
    return false;
}

/* Backward visits a node where something at or before it wants a gradient and the loss depends on it. */
static void mark_gradients(sv_plan *p)
{
    bool first_input = true;
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        bool wants = n->kind == SV_NODE_LAYER && learns(n);
        if (n->kind == SV_NODE_INPUT) {
            wants = p->input_gradient && first_input;
            first_input = false;
        }
        for (int k = 0; k < n->inputs && n->kind == SV_NODE_LAYER; k++) wants = wants || p->node[n->input[k]->index].gradient;
        p->node[i].gradient = wants && p->node[i].needed;
    }
    bool *reached = sv_new((size_t)p->nodes, sizeof *reached);
    if (!reached) return;
    for (int t = 0; t < p->terms; t++) reached[p->term[t].node->input[0]->index] = true;
    for (int i = p->nodes - 1; i >= 0; i--) {
        const sv_node *n = p->graph->node[i];
        bool kept = n->kind == SV_NODE_INPUT && p->node[i].gradient;
        p->node[i].gradient = p->node[i].gradient && (reached[i] || kept);
        if (!reached[i] || n->kind != SV_NODE_LAYER) continue;
        for (int k = 0; k < n->inputs; k++) reached[n->input[k]->index] = true;
    }
    sv_free(reached);
}

static void cut_segments(sv_plan *p)
{
    p->segments = 1;
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        int segment = 0;
        for (int k = 0; k < n->inputs; k++) {
            int before = p->node[n->input[k]->index].segment;
            segment = before > segment ? before : segment;
        }
        p->node[i].segment = segment + (p->batch_mode && sv_couples(n));
        if (p->node[i].needed && p->node[i].segment >= p->segments) p->segments = p->node[i].segment + 1;
    }
}

static void reads_from(sv_plan *p, const sv_node *from, int segment)
{
    sv_node_plan *q = &p->node[from->index];
    if (segment <= q->segment) return;
    if (from->kind != SV_NODE_INPUT) q->value.batch = true;
    q->grad.batch = true;
}

/* What a later segment reads stays for the whole batch; inputs are fetched again instead. */
static void mark_resident(sv_plan *p)
{
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        if (n->kind != SV_NODE_LAYER || !p->node[i].needed) continue;
        for (int k = 0; k < n->inputs; k++) reads_from(p, n->input[k], p->node[i].segment);
        if (p->batch_mode && sv_couples(n)) p->node[i].grad.batch = true; /* dy waits for the sums over the batch */
    }
    for (int t = 0; t < p->terms; t++)
        for (int k = 0; k < 2; k++) reads_from(p, p->term[t].node->input[k], p->segments - 1);
}

static void set_sizes(sv_plan *p)
{
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        sv_node_plan *q = &p->node[i];
        if (!q->needed || n->kind == SV_NODE_LOSS || n->kind == SV_NODE_SUM) continue;
        q->value.size = sv_shape_count(&n->shape);
        if (p->backward && q->gradient) q->grad.size = q->value.size;
        q->saved.size = n->inference.saved;
        if (p->batch_mode && sv_couples(n)) {
            q->sums = p->sums;
            p->sums += 2 * n->inference.statistics;
        }
    }
}

/* Who reads a node: how many, and the last of them that is a layer. */
static const sv_node *reader_of(const sv_plan *p, const sv_node *n, int *count)
{
    const sv_node *reader = NULL;
    *count = 0;
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *user = p->graph->node[i];
        bool reads = user->kind == SV_NODE_LAYER && p->node[i].needed;
        for (int k = 0; k < user->inputs && reads; k++)
            if (user->input[k] == n) reader = user, ++*count;
    }
    for (int t = 0; t < p->terms; t++)
        for (int k = 0; k < 2; k++) *count += p->term[t].node->input[k] == n;
    return reader;
}

/* Where one layer alone makes a ReLU's gradient, it applies the derivative as it goes: no pass over memory of its own. */
static void mark_rectified(sv_plan *p)
{
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        int count;
        if (n->kind != SV_NODE_LAYER || !n->inference.rectifies || p->node[i].grad.batch || !p->node[i].grad.size) continue;
        const sv_node *reader = reader_of(p, n, &count);
        p->node[i].rectified = reader && count == 1 && reader->op->rectifies_dx && p->node[reader->index].gradient;
    }
}

static void place_resident(sv_plan *p)
{
    for (int i = 0; i < p->nodes; i++) {
        sv_place *places[2] = { &p->node[i].value, &p->node[i].grad };
        for (int k = 0; k < 2; k++) {
            if (!places[k]->batch || !places[k]->size) continue;
            places[k]->offset = p->resident;
            p->resident += sv_padded(places[k]->size * p->batch);
        }
    }
}

/* Backward's dx is asked for where an input of the node has a gradient. */
static void place_packed(sv_plan *p)
{
    for (int i = 0; i < p->nodes; i++) {
        const sv_node *n = p->graph->node[i];
        bool back = false;
        for (int k = 0; k < n->inputs; k++) back = back || p->node[n->input[k]->index].grad.size > 0;
        for (int k = 0; k < 2; k++) {
            bool used = n->kind == SV_NODE_LAYER && p->node[i].needed && (k == 0 || (back && p->node[i].gradient));
            p->node[i].packed[k] = used && n->inference.packed[k] ? p->packed : -1;
            if (p->node[i].packed[k] >= 0) p->packed += sv_padded(n->inference.packed[k]);
        }
    }
}

/* The trainable parameters of each segment as ranges of the flat arrays, neighbours joined. */
static sv_status make_ranges(sv_plan *p, sv_fault *fault)
{
    const sv_graph *g = p->graph;
    p->range = sv_new((size_t)g->parameters + 1, sizeof *p->range);
    p->first_range = sv_new((size_t)p->segments + 1, sizeof *p->first_range);
    if (!p->range || !p->first_range) return sv_fail_memory(fault, "plan");
    int at = 0;
    for (int k = 0; k < p->segments; k++) {
        p->first_range[k] = at;
        for (int i = 0; i < g->parameters; i++) {
            const sv_parameter *q = &g->parameter[i];
            int64_t count = sv_padded(q->count);
            if (!q->spec.trainable || !p->node[q->node->index].gradient || p->node[q->node->index].segment != k) continue;
            sv_range *last = at > p->first_range[k] ? &p->range[at - 1] : NULL;
            if (last && last->first + last->count == q->offset)
                last->count += count;
            else
                p->range[at++] = (sv_range){ q->offset, count };
        }
    }
    p->first_range[p->segments] = at;
    return SV_OK;
}

sv_status sv_plan_make(sv_plan *p, const sv_graph *g, const sv_run_args *args, sv_fault *fault)
{
    *p = (sv_plan){ .graph = g, .output = args->output, .nodes = g->nodes, .batch = args->batch };
    p->backward = args->gradients && args->loss;
    p->batch_mode = args->batch_mode || (p->backward && !args->inference);
    p->input_gradient = p->backward && args->input_gradient;
    p->node = sv_new((size_t)g->nodes, sizeof *p->node);
    if (!p->node) return sv_fail_memory(fault, "plan");
    if (args->loss && add_terms(p, args->loss, 1, fault) != SV_OK) return SV_BAD_ARGUMENT;
    mark_needed(p);
    if (p->backward) mark_gradients(p);
    cut_segments(p);
    mark_resident(p);
    set_sizes(p);
    mark_rectified(p);
    place_resident(p);
    place_packed(p);
    if (sv_plan_arena(p, args->arena_budget > 0 ? args->arena_budget : SV_ARENA_BUDGET, fault) != SV_OK) return SV_NO_MEMORY;
    return make_ranges(p, fault);
}

void sv_plan_free(sv_plan *p)
{
    sv_free(p->node);
    sv_free(p->range);
    sv_free(p->first_range);
    *p = (sv_plan){ 0 };
}
