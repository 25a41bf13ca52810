/*
 * Where a micro-batch's arrays lie in a worker's arena.
 *
 * Moments of a segment of N nodes: forward of node i at i, losses at N, backward of node i from 3N - 2i to the moment after:
 * in the first an operator that says so (settles_output) is done with what it keeps of forward, in the second it writes its
 * input's gradient, which may then take that place, and uses its scratch.
 */
#include "base/memory.h"
#include "graph/arena.h"
#include "graph/plan.h"

typedef struct sv_lives {
    sv_block *block;
    int64_t **offset; /* where to store what a block is given */
    int count;
} sv_lives;

static int latest(int a, int b)
{
    return a > b ? a : b;
}

static int back_begin(const sv_plan *p, int i)
{
    return 3 * p->nodes - 2 * i;
}

static int back_end(const sv_plan *p, int i)
{
    return back_begin(p, i) + 1;
}

static bool settles(const sv_plan *p, int i)
{
    const sv_op *op = p->graph->node[i]->op;
    return op && op->settles_output;
}

/* The moment in backward at which the operator reads its output and what it saved for the last time. */
static int settled(const sv_plan *p, int i)
{
    return settles(p, i) ? back_begin(p, i) : back_end(p, i);
}

/* The moment in backward at which it begins to write: to its scratch, and to dx where it sets it. */
static int writes(const sv_plan *p, int i)
{
    return settles(p, i) ? back_end(p, i) : back_begin(p, i);
}

static void add_life(sv_lives *l, int64_t size, int first, int last, int64_t *offset)
{
    if (size <= 0) return;
    l->block[l->count] = (sv_block){ .size = size, .first = first, .last = last };
    l->offset[l->count++] = offset;
}

/* `samples` 0: floats of one sample; else of so many, on a cache line. */
static int64_t size_of(const sv_place *place, int samples)
{
    if (place->batch) return 0;
    return samples ? sv_padded(place->size * samples) : place->size;
}

/* The last moment at which node i's value is read inside its segment. */
static int value_end(const sv_plan *p, int i)
{
    const sv_node *node = p->graph->node[i];
    int end = node == p->output ? p->nodes : i;
    if (p->backward && node->op && node->op->keeps_output && p->node[i].gradient) end = settled(p, i);
    for (int j = i + 1; j < p->nodes; j++) {
        const sv_node *user = p->graph->node[j];
        if (!p->node[j].needed || user->kind != SV_NODE_LAYER) continue;
        for (int k = 0; k < user->inputs; k++) {
            if (user->input[k] != node) continue;
            end = latest(end, j);
            if (p->backward && user->op->keeps_input && p->node[j].gradient) end = latest(end, back_end(p, j));
        }
    }
    for (int t = 0; t < p->terms; t++)
        for (int k = 0; k < 2; k++)
            if (p->term[t].node->input[k] == node) end = latest(end, p->nodes);
    return end;
}

/* The first moment at which something is put into node i's gradient: what uses its value last begins. */
static int gradient_begin(const sv_plan *p, int i)
{
    for (int t = 0; t < p->terms; t++)
        if (p->term[t].node->input[0]->index == i) return p->nodes;
    for (int j = p->nodes - 1; j > i; j--) {
        const sv_node *user = p->graph->node[j];
        for (int k = 0; k < user->inputs && p->node[j].gradient; k++)
            if (user->input[k]->index == i) return user->op->sets_dx ? writes(p, j) : back_begin(p, j);
    }
    return back_begin(p, i);
}

static int gradient_end(const sv_plan *p, int i)
{
    return back_end(p, p->graph->node[i]->kind == SV_NODE_INPUT ? 0 : i);
}

/* Operators that couple a batch are called from two segments, so their scratch is shared by all. */
static bool is_shared(const sv_plan *p, int i)
{
    return p->batch_mode && sv_couples(p->graph->node[i]);
}

static int64_t scratch_of(const sv_plan *p, int i, int samples)
{
    const sv_node *n = p->graph->node[i];
    return n->op && p->node[i].needed ? sv_padded(sv_op_workspace(n->op, &n->inference, samples)) : 0;
}

static int64_t loss_scratch(const sv_plan *p)
{
    int64_t most = 0;
    for (int t = 0; t < p->terms; t++) {
        const sv_node *n = p->term[t].node;
        int64_t floats = n->loss->workspace ? sv_padded(n->loss->workspace(&n->input[0]->shape)) : 0;
        if (floats > most) most = floats;
    }
    return most;
}

static void collect_lives(sv_plan *p, int segment, int samples, sv_lives *l)
{
    l->count = 0;
    for (int i = 0; i < p->nodes; i++) {
        sv_node_plan *q = &p->node[i];
        const sv_node *node = p->graph->node[i];
        if (!q->needed || q->segment != segment) continue;
        if (node->kind != SV_NODE_INPUT) add_life(l, size_of(&q->value, samples), i, value_end(p, i), &q->value.offset);
        add_life(l, size_of(&q->saved, samples), i, q->gradient ? settled(p, i) : i, &q->saved.offset);
        add_life(l, size_of(&q->grad, samples), gradient_begin(p, i), gradient_end(p, i), &q->grad.offset);
        if (!samples || is_shared(p, i)) continue;
        add_life(l, scratch_of(p, i, samples), i, i, &q->scratch[0]);
        if (q->gradient) add_life(l, scratch_of(p, i, samples), writes(p, i), back_end(p, i), &q->scratch[1]);
    }
    if (samples && segment == p->segments - 1) add_life(l, loss_scratch(p), p->nodes, p->nodes, &p->loss_scratch);
}

/* Every segment fetches the inputs, so they come first in the arena, and behind them the scratch that segments share. */
static int64_t place_shared(sv_plan *p, int samples)
{
    int64_t at = 0, scratch = 0;
    for (int i = 0; i < p->nodes; i++) {
        if (p->graph->node[i]->kind == SV_NODE_INPUT) {
            p->node[i].value.offset = at;
            at += size_of(&p->node[i].value, samples);
        } else if (samples && is_shared(p, i) && scratch_of(p, i, samples) > scratch) {
            scratch = scratch_of(p, i, samples);
        }
    }
    for (int i = 0; i < p->nodes; i++)
        if (is_shared(p, i)) p->node[i].scratch[0] = p->node[i].scratch[1] = at;
    return at + scratch;
}

/* The whole arena for micro-batches of `samples`; 0: floats of one sample, without scratch. */
static int64_t place(sv_plan *p, int samples, sv_lives *l)
{
    int64_t shared = place_shared(p, samples), whole = shared;
    for (int k = 0; k < p->segments; k++) {
        collect_lives(p, k, samples, l);
        int64_t size = sv_arena_place(l->block, l->count);
        for (int b = 0; b < l->count; b++) *l->offset[b] = shared + l->block[b].offset;
        if (shared + size > whole) whole = shared + size;
    }
    return whole;
}

static int micro_of(const sv_plan *p, int64_t sample, int64_t budget)
{
    int64_t fits = sample ? budget / sample : 1;
    int64_t chunk = (p->batch + SV_CHUNKS - 1) / SV_CHUNKS;
    if (fits < 1) fits = 1;
    int64_t parts = (chunk + fits - 1) / fits;
    return (int)((chunk + parts - 1) / parts);
}

sv_status sv_plan_arena(sv_plan *p, int64_t budget, sv_fault *fault)
{
    size_t most = (size_t)p->nodes * 5 + 1;
    sv_lives l = { sv_new(most, sizeof *l.block), sv_new(most, sizeof *l.offset), 0 };
    bool enough = l.block && l.offset;
    if (enough) {
        p->micro = micro_of(p, place(p, 0, &l), budget);
        p->arena = place(p, p->micro, &l);
    }
    sv_free(l.block);
    sv_free(l.offset);
    return enough ? SV_OK : sv_fail_memory(fault, "plan");
}
