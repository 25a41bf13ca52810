/* One worker's way through a chunk, and the run that workers share. */
#ifndef SV_GRAPH_WORKER_H
#define SV_GRAPH_WORKER_H
#include "graph/tree.h"

typedef struct sv_worker {
    float *arena;
    uint32_t *id;       /* [micro] positions in the epoch */
    bool *live;         /* [nodes]: this micro-batch's gradient of the node has a value */
    double *forward, *backward; /* [nodes] seconds */
    int nonfinite;      /* first node seen with a value that is not finite */
} sv_worker;

struct sv_run {
    sv_plan plan;
    sv_graph *graph;
    sv_parameters *parameters;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    bool keep_statistics, timing;
    int threads;
    sv_worker *worker;    /* [threads] */
    float *packed;        /* weights as the backend takes them, made anew for each pass */
    float *resident;      /* batch-resident arrays */
    float *gradient;      /* [parameters->trainable] */
    int64_t gradient_floats;
    sv_tree tree;
    double *partial;      /* [chunks][plan.sums]: sums of batch-coupled operators */
    double *merged;       /* [plan.sums] */
    double *value;        /* [terms][batch]: each sample's loss */
    sv_stream *stream;    /* [nodes] of random operators */
    float **input;        /* scratch of one fetch per worker: [threads][graph inputs] */
    int inputs;
};

/* What a pass over the chunks does with one segment. */
typedef struct sv_pass {
    sv_run *run;
    const sv_feed *feed;
    int segment, chunks;
    bool loss, backward, probe;
    sv_sink sink, input_sink; /* of the output; of the first input's gradient */
    sv_observer observer;     /* of every node, or NULL */
    void *context;
} sv_pass;

/* Packs a node's weights: task 2 n + k is node n for forward (k = 0) or backward (an sv_task; context is the sv_run). */
void sv_worker_pack(void *run, int64_t task, int worker);

/* One chunk of a pass (an sv_task; context is an sv_pass). */
void sv_worker_chunk(void *pass, int64_t chunk, int worker);

#endif
