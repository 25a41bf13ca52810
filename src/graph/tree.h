/*
 * The sum of the chunks' gradients by one fixed binary tree: leaf c is chunk c's gradient; at each level the left operand
 * takes the right one up, a missing right one is skipped. Which worker adds, and when, cannot change a bit. Sums are done as
 * soon as both operands are there, so few leaves are alive at once.
 */
#ifndef SV_GRAPH_TREE_H
#define SV_GRAPH_TREE_H
#include "graph/plan.h"
#include <stdatomic.h>

typedef struct sv_tree {
    int leaves;
    int64_t floats;            /* of one leaf */
    float *leaf[SV_CHUNKS];    /* leaf 0 is the sum's final place */
    float *spare[SV_CHUNKS];   /* free buffers, the last used on top */
    int spares;
    float *memory;             /* behind all buffers but leaf 0: touched only as far as needed */
    atomic_flag lock;
    atomic_int arrived[5][SV_CHUNKS]; /* [level][node]: operands that are there */
} sv_tree;

sv_status sv_tree_new(sv_tree *t, float *root, int64_t floats, sv_fault *fault);
void sv_tree_free(sv_tree *t);

/* Before a pass over `leaves` chunks. */
void sv_tree_begin(sv_tree *t, int leaves);
/* A buffer for leaf c with the given ranges zeroed. */
float *sv_tree_leaf(sv_tree *t, int c, const sv_range *range, int ranges);
/* Leaf c is complete: adds what can be added over the ranges. After the last call leaf 0 holds the sum. */
void sv_tree_done(sv_tree *t, int c, const sv_range *range, int ranges, const sv_vectors *vectors);

/* The same tree at once over rows of doubles, `stride` apart: row 0 receives the sum of `leaves` rows in its first `count`. */
void sv_tree_sum(double *rows, int leaves, int64_t stride, int64_t count);

#endif
