/* One run of an operator for op_check.c: its tensors in guarded buffers, and calls of it on micro-batches. */
#ifndef TESTS_SUPPORT_OP_RUN_H
#define TESTS_SUPPORT_OP_RUN_H
#include "support/op_check.h"

/* `count` floats of NaN between guard words; freeing checks the guards. */
float *op_buffer(int64_t count);
void op_buffer_free(const char *label, const char *what, float *p, int64_t count);

/* A copy in double, of the magnitudes where asked. Free with sv_free. */
double *op_widen(int64_t count, const float *x, bool magnitude);

/* One operator with its tensors: inputs 0 .. inputs-1, then parameters. Gradients lie at the same index. */
enum { TENSORS = SV_MAX_INPUTS + SV_MAX_PARAMETERS };
typedef struct op_run {
    const op_case *c;
    op_inferred inferred;
    const sv_inference *i;
    const sv_vectors *vectors;
    int samples, tensors;
    int64_t count[TENSORS], sample[TENSORS]; /* floats altogether; floats per sample (0 of a parameter) */
    char name[TENSORS][64];
    float *value[TENSORS];
    double *exact[TENSORS];
    bool differentiable[TENSORS];
    int64_t outputs, output;
    float *dy;
    double *sums, *back_sums;
    bool fresh; /* backward is told that dx[0] holds nothing */
} op_run;

/* Infers the case and fills its tensors; ends it, checking all guards. */
void op_run_start(op_run *r, const op_case *c);
void op_run_end(op_run *r);

/* Whether the run takes the way of batch-coupled operators. */
bool op_run_couples(const op_run *r);

/* Forward on the first `split` samples and then on the rest (0: all at once), each with a workspace of just its size. */
void op_run_forward(const op_run *r, float *const *value, int split, float *y, float *saved);

/* Backward adds to the gradients that are not NULL. What the operator does not keep is NaN. */
void op_run_backward(const op_run *r, float *y, float *saved, float *const *gradient);

/* Fails where inputs or parameters are not what they were. */
void op_run_unchanged(const op_run *r, const char *during);

#endif
