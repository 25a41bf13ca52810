/* checkpoint.safetensors: all that resuming needs, and nothing (no time, no threads) that differs between two equal runs.
 * Tensors: "weights" and "best" (every parameter, moving statistics included, flat), "optimizer/0" ... (the optimizer's state).
 * The rest is metadata; fractions are hexadecimal, so they come back bit by bit. */
#ifndef SV_TRAINER_CHECKPOINT_H
#define SV_TRAINER_CHECKPOINT_H
#include "base/hash.h"
#include "base/numerics.h"
#include "optim/optim.h"
#include "trainer/watch.h"

/* Where a run stands, between two steps. */
typedef struct sv_train_state {
    int64_t epoch;   /* epochs completed */
    int64_t batch;   /* batches done of the next one */
    int64_t images;  /* and their samples */
    double loss_sum; /* and the sum of their losses, each times its samples */
    double rate;     /* learning rate of the last update */
    sv_optimizer_state optimizer;
    sv_watch watch;
} sv_train_state;

enum { SV_DATA_SETS = 4 };

/* What must be the same for a checkpoint to be continued. */
typedef struct sv_train_identity {
    char config[SV_DIGEST_TEXT];             /* of the resolved config without `epochs` */
    char data[SV_DATA_SETS][SV_DIGEST_TEXT]; /* see data_sets.h; "" where there is none */
    char initial[SV_DIGEST_TEXT];            /* of the initial weights; not compared, but carried along */
    char backend[16];                        /* a change is worth a warning; the instruction set changes nothing */
} sv_train_identity;

/* The arrays of a run. */
typedef struct sv_train_arrays {
    int64_t count; /* of weights and best */
    float *weights, *best;
    int64_t trainable; /* of each slot */
    int slots;
    float *slot[3];
} sv_train_arrays;

sv_status sv_checkpoint_write(const char *path, const sv_train_state *state, const sv_train_identity *identity,
                              const sv_train_arrays *arrays, sv_fault *fault);

/* Fills state, arrays (whose sizes must fit; NULL: none are wanted) and identity from the file. A fault leaves them in an undefined state. */
sv_status sv_checkpoint_read(const char *path, sv_train_state *state, sv_train_identity *identity, const sv_train_arrays *arrays,
                             sv_fault *fault);

#endif
