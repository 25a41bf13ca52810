/*
 * One harness for every operator's test: outputs and gradients against an oracle that the test writes in double precision.
 *
 *     op_check(&(op_case){ .label = "add two", .op = &sv_op_add, .inputs = 2, .input = { shape, shape }, .oracle = add_oracle,
 *                          .linear = true });
 *
 * What op_check does, failing the running cmocka test with the label and the worst element:
 *   1. infer, after the argument table has completed and checked the arguments;
 *   2. forward into buffers full of NaN with guard words on both sides, against the oracle; x and w stay as they were;
 *   3. the same samples in two micro-batches: the same bits (`loose_batches`: within the tolerance);
 *   4. backward with random dy: dx of every input and dw of every trainable parameter against central differences of the
 *      oracle, loss = <dy, oracle(x, w)>, all in double. An operator that does not declare keeps_input or keeps_output is
 *      given NaN in their place;
 *   5. backward adds: buffers that hold values come back with the gradient added, NULL entries of dx are left out;
 *   6. of a linear operator the adjoint identity <A x, dy> = <x, A' dy>.
 * Batch-coupled operators in training run sum_forward, finish, forward, sum_backward, backward over two micro-batches.
 */
#ifndef TESTS_SUPPORT_OP_CHECK_H
#define TESTS_SUPPORT_OP_CHECK_H
#include "ops/op.h"

/* y of `samples` samples from x[inputs] and w[parameters]; i as infer left it, args completed. */
typedef void (*op_oracle)(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w,
                          double *y);

typedef struct op_case {
    const char *label;
    const sv_op *op;
    const void *args;   /* zero fields are defaults; NULL where the operator has none */
    sv_dialect dialect; /* default keras */
    int inputs;         /* default 1 */
    sv_shape input[SV_MAX_INPUTS];
    int samples; /* default 3 */
    op_oracle oracle;
    bool linear;        /* affine in the inputs, sums of products of |x| and |w|: tolerances follow from oracle(|x|, |w|) */
    const float *x[SV_MAX_INPUTS]; /* [samples, shape]: these values instead of random ones */
    bool spread;        /* inputs all distinct and none near 0, at least scale / count apart: for relu, max and other kinks */
    bool loose_batches; /* two micro-batches need not give the same bits as one */
    bool training;
    const sv_stream *stream; /* random operators; the sample ids are 0, 1, 2, ... */
    uint32_t epoch;
    double scale;                        /* inputs lie in [-scale, scale]; default 1 */
    double rtol, atol;                   /* of y: atol + rtol |oracle|; defaults 1e-5, 1e-6; linear: 2e-6 of the magnitude sum */
    double gradient_rtol, gradient_atol; /* atol + rtol max |gradient of this tensor|; defaults 2e-5, 2e-6 */
    int elements; /* gradient elements checked of one tensor; default 400, spread over it where it has more */
} op_case;

void op_check(const op_case *c);

/* Completed arguments, what infer made of them, and this machine's kernels. */
typedef struct op_inferred {
    char args[1024] __attribute__((aligned(16)));
    sv_inference i;
    const sv_vectors *vectors;
} op_inferred;

/* Steps before the engine calls infer, and infer. */
sv_status op_infer(const op_case *c, op_inferred *r, sv_fault *fault);

/* infer succeeds with this output shape. */
void op_expect_shape(const op_case *c, sv_shape output);

/* infer (or the argument check before it) fails with exactly this message and SV_BAD_ARGUMENT. */
void op_expect_fault(const op_case *c, const char *message);

/* Deterministic values in [-scale, scale); a different `stream` gives other values. */
void op_random(uint64_t stream, int64_t count, double scale, float *x);

#endif
