/*
 * The contract of an operator. An operator's file holds, in this order: head comment (formula, both gradients, shapes,
 * edge rule, source), argument table, infer, forward, backward, descriptor. Nothing about it stands anywhere else but its
 * test, its row in table.c and its block in selvage.h.
 */
#ifndef SV_OPS_OP_H
#define SV_OPS_OP_H
#include "base/args.h"
#include "base/rng.h"
#include "base/shape.h"
#include "kernels/kernels.h"

enum { SV_MAX_INPUTS = 16, SV_MAX_PARAMETERS = 4, SV_STATE_BYTES = 512 };

/* Fans of a parameter as each framework counts them, and the true mean taps. Indexed by sv_fan. */
typedef struct sv_fans {
    double in[4], out[4];
} sv_fans;

/* One weight tensor that infer asks for. */
typedef struct sv_parameter_spec {
    const char *name; /* "kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance" */
    sv_shape shape;   /* Keras's layout */
    bool trainable;
    sv_initializer initializer; /* type SV_INIT_DEFAULT: the dialect's for a kernel or bias */
    sv_dialect dialect;
    sv_fans fans;     /* of a bias: its kernel's */
    sv_kernel_role role;
    sv_regularizer regularizer;
} sv_parameter_spec;

/* What infer is given and what it fills in. */
typedef struct sv_inference {
    const void *args; /* completed and range-checked; NULL where the operator has none */
    sv_dialect dialect; /* of the layer */
    int inputs;
    sv_shape input[SV_MAX_INPUTS];
    const sv_conv_backend *backend; /* for workspace sizes */
    /* filled by infer: */
    sv_shape output;
    int parameters;
    sv_parameter_spec parameter[SV_MAX_PARAMETERS];
    int64_t saved;     /* floats per sample kept from forward to backward (a mask, a pre-activation, argmaxes) */
    int64_t workspace_per_sample; /* floats of scratch per sample of a micro-batch, dead after each call */
    int64_t workspace; /* floats of scratch besides */
    int64_t packed[2]; /* floats of the first parameter as `pack` leaves it for forward and for backward's dx; 0: as it is */
    double multiply_adds; /* per sample, forward */
    bool rectifies;    /* backward begins with a ReLU's derivative at y, unless the call says that dy has it already */
    int64_t statistics; /* batch-coupled operators: doubles of sums over the batch, forward and backward each */
    int padding[4];    /* explicit {top, bottom, left, right} this layer resolved to (a crop where transposed), for explain */
    char state[SV_STATE_BYTES] __attribute__((aligned(16))); /* whatever forward and backward want to keep of this: a struct */
} sv_inference;

/* One call of forward or backward on a micro-batch. Arrays are [samples, shape], contiguous. */
typedef struct sv_call {
    const void *args;
    const void *state; /* as infer left it */
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    int inputs, samples;
    const sv_shape *input; /* [inputs] */
    sv_shape output;
    const float *const *x; /* [inputs] */
    float *y;
    float *saved;
    const float *const *w; /* [parameters] */
    const float *packed[2]; /* the first parameter as forward and backward's dx take it: packed, or as it is */
    float *workspace;      /* sv_op_workspace floats on 64 bytes, contents undefined */
    bool training;
    /* random operators: element i of sample r comes from stream(r): sv_stream_uniform(stream, epoch, sample_id[r], i, ...) */
    const sv_stream *stream;
    uint32_t epoch;
    const uint32_t *sample_id; /* [samples]: position in the epoch, never in the chunk */
    /* backward: */
    float *dy;         /* may be overwritten */
    float *const *dx;  /* [inputs]; an entry is NULL where nobody needs it; else add to it */
    bool fresh;        /* where the operator sets_dx: dx[0] holds nothing yet, overwrite it */
    bool rectify_dx;   /* where it rectifies_dx: x[0] is a ReLU's output, multiply dx[0] by the derivative; dx[0] is then fresh */
    bool rectified_dy; /* whoever set dy has done so */
    float *const *dw;  /* [parameters]; add to them; NULL entries where not trainable */
    /* batch-coupled operators, see below */
    const double *sums;      /* merged forward sums over the batch (training) */
    const double *back_sums; /* merged backward sums */
    double *partial;         /* this chunk's sums: add to them */
    int64_t batch;           /* samples of the whole batch */
} sv_call;

typedef struct sv_op {
    const char *type;      /* "Conv2DTranspose" */
    const char *doc;       /* one line */
    const sv_arg *table;   /* NULL: no arguments */
    size_t args_size;
    int min_inputs, max_inputs;
    bool random;           /* uses call->stream in training */
    bool transposed;       /* a transposed convolution: `padding` is a crop */
    bool sets_dx;          /* backward of one input, which heeds call->fresh */
    bool rectifies_dx;     /* it heeds call->rectify_dx */
    bool keeps_input;      /* backward reads x */
    bool keeps_output;     /* backward reads y */
    bool settles_output;   /* backward is done with y and saved before it writes to dx or the workspace, which may lie there */
    /* Shapes, parameters, memory. The message of a fault begins with the argument at fault, or with "input". */
    sv_status (*infer)(sv_inference *i, sv_fault *fault);
    void (*forward)(const sv_call *c);
    void (*backward)(const sv_call *c); /* adds into dx and dw */
    /* Floats of scratch for micro-batches of up to so many samples, instead of inference.workspace; NULL: that one. */
    int64_t (*workspace)(const sv_inference *i, int samples);
    /* Writes `to`, the first parameter as the backend takes it, where inference.packed asks for it (else NULL): once after the
     * weights have changed. Of the call, args, state, vectors, backend and w are there. */
    void (*pack)(const sv_call *c, bool backward, float *to);
    /* Batch-coupled operators only (else NULL). In training the engine calls, with partial zeroed per chunk and the chunks'
     * sums merged by a fixed tree in between:
     *   sum_forward on each micro-batch of x (adds to partial) ; then, once, `finish` with the merged sums ; then forward;
     *   sum_backward on each micro-batch of x and dy (adds to partial and to dw) ; then backward (x, dy, sums, back_sums -> dx).
     * Without training forward alone runs, on the moving statistics. */
    void (*sum_forward)(const sv_call *c);
    void (*sum_backward)(const sv_call *c);
    /* Updates the moving statistics: w[i] of non-trainable parameters, writable here. */
    void (*finish)(const sv_call *c, float *const *w);
} sv_op;

/* Floats of scratch that a call for up to so many samples needs. */
static inline int64_t sv_op_workspace(const sv_op *op, const sv_inference *i, int samples)
{
    return (op->workspace ? op->workspace(i, samples) : i->workspace) + i->workspace_per_sample * samples;
}

/* The one list of operators, NULL-terminated, and look-up by type (NULL where there is none). */
extern const sv_op *const sv_op_table[];
const sv_op *sv_op_find(const char *type);

/* A loss: see selvage.h for the formulas. */
typedef struct sv_loss_call {
    const sv_loss_args *args; /* completed */
    const sv_vectors *vectors;
    sv_shape shape;
    int samples;
    const float *y, *t;
    float scale;   /* of the gradient: dy += scale * d (sum of element values) / dy */
    float *dy;     /* NULL: values only */
    double *value; /* [samples]: the sum of the element values of each sample (overwritten) */
    float *workspace;
    const double *const *border; /* weights by row and by column, or NULL: with border_weight */
} sv_loss_call;

typedef struct sv_loss_op {
    const char *type; /* "mse" */
    const char *doc;
    const sv_arg *table; /* over sv_loss_args */
    int64_t (*workspace)(const sv_shape *shape); /* floats, whatever the number of samples; NULL: none */
    void (*run)(const sv_loss_call *c);
} sv_loss_op;

/* Whether a margin leaves something of an image; `name` begins the message. */
sv_status sv_crop_margin_check(const char *name, int margin, const sv_shape *shape, sv_fault *fault);
/* Whether the shape has the region that crop_margin and border_weight ask for; the message begins with the argument. */
sv_status sv_loss_region_check(const sv_loss_args *a, const sv_shape *shape, sv_fault *fault);

extern const sv_loss_op *const sv_loss_table[];
const sv_loss_op *sv_loss_find(const char *type);

/* Tables of the arguments that several operators take: activations and regularizers by name (NULL-terminated lists,
 * indexed by their enum) and each activation's own table over sv_activation. */
extern const char *const sv_activation_names[];
const sv_arg *sv_activation_table(sv_activation_type type);

/* Completes an activation's defaults for a dialect (leaky_relu .2 / .01, elu 1). Completing twice changes nothing. */
void sv_activation_complete(sv_activation *a, sv_dialect dialect);
/* Type and ranges of a completed activation; the message begins with "activation". */
sv_status sv_activation_check(const sv_activation *a, sv_fault *fault);

#endif
