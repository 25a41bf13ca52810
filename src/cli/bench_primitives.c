/* The three primitives of each convolution of a model, one after another on one thread: where a layer's time goes. */
#include "base/memory.h"
#include "cli/bench.h"
#include "kernels/peak.h"
#include "ops/conv_geometry.h"

enum { DOWN, UP, WEIGHT_GRADIENT, PRIMITIVES, REPEATS = 7 };
static const double least_seconds = 2e-3; /* of one measurement */

typedef struct operands {
    const sv_vectors *k;
    const sv_conv_backend *b;
    const sv_conv_geometry *g;
    int samples;
    float *big, *small, *v, *dv, *packed[2], *workspace;
    const float *kernel[2]; /* as down and up take it */
} operands;

/* Small numbers, none of them zero or subnormal. */
static float *filled(int64_t count)
{
    float *x = sv_new((size_t)count + 1, sizeof *x);
    for (int64_t k = 0; x && k < count; k++) x[k] = (float)(k * 7919 % 1009 - 504) / 1024 + 1.0F / 4096;
    return x;
}

static sv_status take(operands *o, sv_fault *fault)
{
    const sv_conv_geometry *g = o->g;
    int64_t v = (int64_t)g->kh * g->kw * (g->big_c / g->groups) * g->small_c;
    o->big = filled((int64_t)o->samples * g->big_h * g->big_w * g->big_c);
    o->small = filled((int64_t)o->samples * g->small_h * g->small_w * g->small_c);
    o->v = filled(v), o->dv = filled(v), o->workspace = filled(o->b->workspace(g, o->samples));
    if (!o->big || !o->small || !o->v || !o->dv || !o->workspace) return sv_fail_memory(fault, "bench");
    for (int d = 0; d < 2; d++) {
        int64_t floats = o->b->packed(g, (sv_direction)d);
        o->kernel[d] = o->v;
        if (!floats) continue;
        o->kernel[d] = o->packed[d] = filled(floats);
        if (!o->packed[d]) return sv_fail_memory(fault, "bench");
        o->b->pack(o->k, g, (sv_direction)d, o->v, o->packed[d]);
    }
    return SV_OK;
}

static void drop(operands *o)
{
    float *all[] = { o->big, o->small, o->v, o->dv, o->packed[0], o->packed[1], o->workspace };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) sv_free(all[k]);
}

static void call(const operands *o, int primitive)
{
    sv_epilogue e = { 0 };
    if (primitive == DOWN)
        o->b->down(o->k, o->g, o->samples, o->big, o->kernel[SV_DOWN], o->small, &e, o->workspace);
    else if (primitive == UP)
        o->b->up(o->k, o->g, o->samples, o->small, o->kernel[SV_UP], o->big, &e, o->workspace);
    else
        o->b->wgrad(o->k, o->g, o->samples, o->big, o->small, o->dv, (sv_bias_gradient){ 0 }, o->workspace);
}

/* Seconds of one call: the best of some measurements of so many calls that each takes a while. */
static double seconds_of(const operands *o, int primitive)
{
    double best = 0;
    for (int64_t calls = 1, done = 0; done < REPEATS;) {
        double start = sv_now();
        for (int64_t k = 0; k < calls; k++) call(o, primitive);
        double taken = sv_now() - start;
        if (taken < least_seconds) {
            calls *= 2;
            continue;
        }
        if (!done++ || taken / (double)calls < best) best = taken / (double)calls;
    }
    return best;
}

sv_status sv_trial_primitives(sv_trial *t, sv_fault *fault)
{
    const sv_graph *g = t->built.graph;
    t->primitive = sv_new((size_t)g->nodes * PRIMITIVES, sizeof *t->primitive);
    if (!t->primitive) return sv_fail_memory(fault, "bench");
    t->peak_of_one = sv_measure_peak(t->vectors, 1);
    for (int i = 0; i < g->nodes && fault->status == SV_OK; i++) {
        const sv_node *n = g->node[i];
        if (n->kind != SV_NODE_LAYER || !n->op->pack) continue;
        operands o = { .k = t->vectors,
                       .b = t->backend,
                       .g = sv_conv_geometry_of(&n->inference),
                       .samples = sv_run_memory_of(t->run).micro_batch };
        double operations = 2 * sv_conv_multiply_adds(o.g) * o.samples;
        if (take(&o, fault) == SV_OK)
            for (int p = 0; p < PRIMITIVES; p++) t->primitive[PRIMITIVES * i + p] = operations / seconds_of(&o, p);
        drop(&o);
    }
    return fault->status;
}
