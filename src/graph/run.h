/*
 * Forward and backward, depth-first. A batch is cut into fixed chunks (their boundaries follow from its size alone); a
 * worker takes the next chunk and runs its micro-batches, one after another, through forward, loss and backward while
 * their activations are in cache; the chunks' gradients are added by a fixed binary tree. So activation memory does not
 * grow with the batch, and no result depends on the number of threads. Operators that couple a batch end a segment: see
 * plan.h.
 */
#ifndef SV_GRAPH_RUN_H
#define SV_GRAPH_RUN_H
#include "graph/parameters.h"

typedef struct sv_run sv_run;

typedef struct sv_run_args {
    sv_node *output;   /* what is predicted: forward computes what it needs and no more */
    sv_node *loss;     /* a loss or weighted sum, or NULL: forward only */
    int batch;         /* largest batch */
    int threads;       /* 0: all */
    bool gradients;    /* room for backward */
    bool input_gradient; /* also the gradients of the inputs (sv_run_args.gradients) */
    bool batch_mode;   /* layers run as in training (batch statistics, dropout); implied by gradients unless `inference` */
    bool inference;    /* with gradients: layers run as at inference all the same */
    bool keep_statistics; /* do not update moving statistics */
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    uint64_t seed;     /* of dropout and noise layers */
    int64_t arena_budget; /* floats of a worker's arena that micro-batches are made to fit (0: SV_ARENA_BUDGET); changes no bit */
} sv_run_args;

/* Plans and takes all the memory. The parameters are shared, not copied. */
sv_status sv_run_new(sv_graph *g, sv_parameters *p, const sv_run_args *args, sv_run **run, sv_fault *fault);
void sv_run_free(sv_run *r);

/* One batch: `fetch` writes rows first .. first+count-1 of every input, in the graph's order of inputs, as [count, shape].
 * Workers call it, each for its own rows. */
typedef struct sv_feed {
    int64_t samples;
    uint32_t epoch;    /* index of the random streams */
    uint32_t first_id; /* position in the epoch of row 0 */
    void (*fetch)(void *context, int64_t first, int count, float *const *inputs);
    void *context;
} sv_feed;

/* Receives rows of a node's output (or of an input's gradient) as workers finish them, in any order, several at a time from
 * different threads: write to disjoint places. `inputs` are the fetched rows of every input. */
typedef void (*sv_sink)(void *context, int64_t first, int count, const float *rows, float *const *inputs);

/* Forward of the output node; loss (where the run has one and `loss` is not NULL) is its value. sink may be NULL. */
sv_status sv_run_forward(sv_run *r, const sv_feed *feed, sv_sink sink, void *context, double *loss, sv_fault *fault);

/* Forward, loss, backward. Leaves the gradient in sv_run_gradient (trainable floats). input_sink receives the gradient of
 * the first input (sv_run_args.input_gradient) or is NULL. */
sv_status sv_run_backward(sv_run *r, const sv_feed *feed, double *loss, sv_sink input_sink, void *context, sv_fault *fault);
float *sv_run_gradient(sv_run *r);

/* After a loss that is not finite: the first node whose output holds a value that is not, on this batch (NULL: none). */
const sv_node *sv_run_first_nonfinite(sv_run *r, const sv_feed *feed);

/* Forward as sv_run_forward, moving statistics kept; shows every node's rows as they are made (inputs first), to several threads
 * at a time. */
typedef void (*sv_observer)(void *context, const sv_node *node, int64_t first, int count, const float *rows);
sv_status sv_run_observe(sv_run *r, const sv_feed *feed, sv_observer observe, void *context, sv_fault *fault);

/* What a run takes, in bytes, and how it is cut. */
typedef struct sv_run_memory {
    int64_t parameters;
    int64_t gradients;      /* the sum, and the chunks' that wait for theirs */
    int64_t packed;         /* weights as the backend takes them */
    int64_t activations;    /* arenas of all workers: activations, their gradients, scratch */
    int64_t batch_resident; /* kept for a whole batch */
    int64_t losses;         /* of each sample, and sums of operators that couple a batch */
    int micro_batch, workers, segments;
} sv_run_memory;
sv_run_memory sv_run_memory_of(const sv_run *r);
/* The same of a run that is only planned. Of the parameters their numbers are read, not the weights. */
sv_status sv_run_predict_memory(sv_graph *g, const sv_parameters *p, const sv_run_args *args, sv_run_memory *memory, sv_fault *fault);

/* Seconds spent in forward and backward of each node (index as graph->node), summed over workers, since the last reset;
 * NULL switches timing off. For bench. */
void sv_run_time(sv_run *r, double *forward, double *backward);

#endif
