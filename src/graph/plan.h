/*
 * The plan of a run: which nodes run when, and where every array lies.
 *
 * Segments. An operator that couples a batch (BatchNormalization in training) needs sums over the whole batch before any
 * sample can pass: it begins a new segment. Segments run one after another over all chunks; inside one, chunks run
 * depth-first. An array that a later segment reads is kept for the whole batch ("batch-resident"); everything else lives
 * in a worker's arena, per micro-batch. Backward computes a segment's forward again from what is batch-resident, so a model
 * with one segment computes nothing twice and keeps nothing of the batch's size.
 *
 * Arena. Each array has a first and a last moment in the segment's schedule (forward of node f at f, loss in the middle,
 * backward mirrored; plan_arena.c); arrays whose lives do not meet share memory. An operator's scratch is such an array.
 */
#ifndef SV_GRAPH_PLAN_H
#define SV_GRAPH_PLAN_H
#include "graph/run.h"

enum { SV_CHUNKS = 16, SV_MAX_TERMS = 16 };

/* Floats that a micro-batch's activations and gradients should stay below: a megabyte is about what a laptop's second-level
 * cache holds. */
enum { SV_ARENA_BUDGET = 256 * 1024 };

/* Where an array of one node lies. */
typedef struct sv_place {
    int64_t size;   /* floats per sample; 0: there is none */
    bool batch;     /* batch-resident: offset is that of the whole batch's array */
    int64_t offset; /* floats; of the arena: for a whole micro-batch */
} sv_place;

typedef struct sv_node_plan {
    bool needed;      /* on the way to the output or the loss */
    bool gradient;    /* backward passes through it: it or something before it learns */
    bool rectified;   /* its only reader's backward multiplies its gradient by its ReLU's derivative */
    int segment;
    sv_place value, grad, saved;
    int64_t scratch[2]; /* floats of the arena: where the operator's workspace begins in forward and in backward */
    int64_t packed[2]; /* where its packed weights begin, for forward and for backward's dx; -1: there are none */
    int64_t sums;     /* first of its doubles in the sums' arrays (batch-coupled) */
} sv_node_plan;

/* One loss of the weighted sum. */
typedef struct sv_term {
    const sv_node *node;
    double weight;
} sv_term;

/* A range of the flat parameters. */
typedef struct sv_range {
    int64_t first, count;
} sv_range;

typedef struct sv_plan {
    const sv_graph *graph;
    const sv_node *output;
    bool batch_mode, backward, input_gradient;
    int nodes;
    sv_node_plan *node; /* [graph->nodes] */
    sv_term term[SV_MAX_TERMS];
    int terms;
    int segments;
    int batch, micro;   /* largest batch; samples of a micro-batch */
    int64_t arena;      /* floats of a worker's arena */
    int64_t loss_scratch; /* in the arena: where the losses' workspace begins */
    int64_t packed;     /* floats of all packed weights */
    int64_t resident;   /* floats of all batch-resident arrays */
    int64_t sums;       /* doubles of one chunk's sums */
    sv_range *range;    /* trainable parameters by segment: range[first_range[k]] .. range[first_range[k+1]-1] */
    int *first_range;   /* [segments + 1] */
} sv_plan;

sv_status sv_plan_make(sv_plan *plan, const sv_graph *g, const sv_run_args *args, sv_fault *fault);
void sv_plan_free(sv_plan *plan);

/* A part of sv_plan_make: chooses the micro-batch (`budget` floats) and gives every array of a worker its place. */
sv_status sv_plan_arena(sv_plan *plan, int64_t budget, sv_fault *fault);

/* Chunks of a batch of `samples`, and the first row of chunk c: they follow from the batch alone. */
int sv_plan_chunks(int64_t samples);
int64_t sv_plan_chunk_first(int64_t samples, int chunk);

static inline bool sv_couples(const sv_node *n)
{
    return n->op && n->op->sum_forward;
}

#endif
