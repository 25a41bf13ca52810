/* Training runs: the epoch loop and the run folder. */
#ifndef SV_TRAINER_TRAINER_H
#define SV_TRAINER_TRAINER_H
#include "trainer/data_sets.h"
#include "trainer/metrics.h"

/* What a front end shows while a run goes on. */
typedef struct sv_progress {
    int64_t epoch, epochs, step, steps; /* of this epoch; counted from 1 and 0 */
    int64_t images;                     /* done in this epoch */
    double images_per_second;           /* in this epoch, as far as this process trained it */
    int64_t images_left;                /* until the last epoch ends */
    double loss;                        /* mean so far in this epoch */
    bool epoch_done;
    double val_loss; /* NAN without a validation set */
    float learning_rate;
} sv_progress;

/* Draws `count` samples beside their reconstructions into a picture file: input [count, input_shape]; target (NULL: the input) and
 * output [count, output_shape]. */
typedef sv_status (*sv_draw_samples)(const char *path, int count, const sv_shape *input_shape, const float *input,
                                     const sv_shape *output_shape, const float *target, const float *output, sv_fault *fault);

/* A run that this one is to repeat. */
typedef struct sv_reference {
    const char *folder;
    char data[SV_SET_COUNT][SV_DIGEST_TEXT]; /* digests of its data */
} sv_reference;

typedef struct sv_train_args {
    const sv_config *config;
    const char *folder; /* the run folder */
    bool resume, overwrite;
    int threads;                                           /* 0: all */
    const char *isa;                                       /* NULL: the best */
    void (*progress)(void *context, const sv_progress *p); /* or NULL; called at most a few times a second and at epoch ends */
    void (*note)(void *context, const char *line);         /* warnings, skipped files; or NULL */
    void *context;
    const sv_reference *reference; /* other data are refused before anything is trained; or NULL */
    sv_draw_samples draw;     /* makes samples/<name>.png; NULL: none are made */
    const volatile int *stop; /* becomes non-zero: finish the step, write a checkpoint, return SV_INTERRUPTED. May be NULL */
} sv_train_args;

/* What came out, for the final table. Figures that nothing was measured for are NAN. */
typedef struct sv_train_result {
    int64_t epochs, steps;
    double seconds, images_per_second; /* of this call, training alone */
    double loss, val_loss;             /* of the last epoch */
    double best;                       /* value of the monitored column at its best */
    int64_t best_epoch;
    char monitor[SV_COLUMN_NAME];
    bool stopped_early, restored; /* restored: the final weights are those of the best epoch */
    bool nothing_to_do;           /* the run was finished before; only epochs, steps, best and digest are filled in */
    bool validation;              /* what follows is of the validation set, else of training samples */
    sv_edges edges;
    sv_evaluation evaluation; /* of the final weights, whole; no samples where there was nothing to do */
    char weights_digest[65]; /* sha256 of weights/last.safetensors */
} sv_train_result;

/* Trains from the start, or with `resume` from the folder's checkpoint so that the end is the same, byte for byte. */
sv_status sv_train(const sv_train_args *args, sv_train_result *result, sv_fault *fault);
/* Also after a fault. */
void sv_train_result_free(sv_train_result *r);

/* Draws the initial weights of a config: its generator's, or those of init.weights. */
sv_status sv_initial_weights(const sv_config *c, sv_parameters *p, sv_fault *fault);

#endif
