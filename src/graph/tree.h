/*
 * The sum of the chunks' gradients by one fixed binary tree: leaf c is chunk c's gradient; at each level the left operand
 * takes the right one up, a missing right one is skipped. Which worker adds, and when, cannot change a bit. Sums are done as
 * soon as both operands are there, so few leaves are alive at once.
 *
 * How many: chunks are handed out in order. Before chunk c at most log2(c) sums wait for a right operand, and beside them there
 * is a leaf of each worker. A worker that ran ahead of another would need more buffers, for sums that wait for the late one: it
 * waits itself instead, so memory does not depend on timing. Who asks while leaves before its own are still to be given leaves
 * a buffer to each of those, hence the first of them goes on always and none waits for ever.
 */
#ifndef SV_GRAPH_TREE_H
#define SV_GRAPH_TREE_H
#include "graph/plan.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct sv_tree {
    int leaves;
    int64_t floats;            /* of one leaf */
    float *leaf[SV_CHUNKS];    /* leaf 0 is the sum's final place */
    float *spare[SV_CHUNKS];   /* free buffers, the last used on top */
    int spares, buffers;       /* free now; all but leaf 0's */
    float *memory;             /* behind all buffers but leaf 0 */
    bool given[SV_CHUNKS];     /* leaves that have been handed out in this pass */
    pthread_mutex_t lock;      /* of spare, spares and given */
    pthread_cond_t changed;
    atomic_int arrived[5][SV_CHUNKS]; /* [level][node]: operands that are there */
} sv_tree;

/* Buffers beside leaf 0 for passes of at most `leaves` chunks by `workers` workers. */
int sv_tree_buffers(int leaves, int workers);

/* A tree over `floats` floats whose sum comes to `root` (which stays the caller's). */
sv_status sv_tree_new(sv_tree *t, float *root, int64_t floats, int leaves, int workers, sv_fault *fault);
/* Frees what sv_tree_new took; a zeroed tree is fine. */
void sv_tree_free(sv_tree *t);

/* Before a pass over `leaves` chunks. */
void sv_tree_begin(sv_tree *t, int leaves);
/* A buffer for leaf c with the given ranges zeroed. May wait for another worker's sv_tree_done. Chunks must be begun in order. */
float *sv_tree_leaf(sv_tree *t, int c, const sv_range *range, int ranges);
/* Leaf c is complete: adds what can be added over the ranges. After the last call leaf 0 holds the sum. */
void sv_tree_done(sv_tree *t, int c, const sv_range *range, int ranges, const sv_vectors *vectors);

/* The same tree at once over rows of doubles, `stride` apart: row 0 receives the sum of `leaves` rows in its first `count`. */
void sv_tree_sum(double *rows, int leaves, int64_t stride, int64_t count);

#endif
