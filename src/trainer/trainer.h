/* Training runs: the epoch loop and the run folder. */
#ifndef SV_TRAINER_TRAINER_H
#define SV_TRAINER_TRAINER_H
#include "config/config.h"
#include "graph/run.h"

/* What a front end shows while a run goes on. */
typedef struct sv_progress {
    int64_t epoch, epochs, step, steps; /* of this epoch; counted from 1 and 0 */
    int64_t images;       /* done in this epoch */
    double seconds;       /* of this epoch */
    double loss;          /* mean so far in this epoch */
    bool epoch_done;
    double val_loss;      /* NAN without a validation set */
    float learning_rate;
} sv_progress;

typedef struct sv_train_args {
    const sv_config *config;
    const char *folder;   /* the run folder */
    bool resume, overwrite;
    int threads;          /* 0: all */
    const char *isa;      /* NULL: the best */
    void (*progress)(void *context, const sv_progress *p); /* or NULL; called at most a few times a second and at epoch ends */
    void (*note)(void *context, const char *line);         /* warnings, skipped files; or NULL */
    void *context;
    const volatile int *stop; /* becomes non-zero: finish the step, write a checkpoint, return SV_INTERRUPTED. May be NULL */
} sv_train_args;

/* What came out, for the final table. */
typedef struct sv_train_result {
    int64_t epochs, steps;
    double seconds, images_per_second;
    double loss, val_loss, best;
    int64_t best_epoch;
    bool stopped_early;
    char weights_digest[65];
} sv_train_result;

/* Trains from the start, or with `resume` from the folder's checkpoint so that the end is the same, byte for byte. */
sv_status sv_train(const sv_train_args *args, sv_train_result *result, sv_fault *fault);

#endif
