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

/* A run between two epochs, for who writes its report: valid during the call. */
typedef struct sv_run_view {
    const sv_config *config;
    const char *metrics, *steps, *layers, *weights; /* files that are complete: the tables, and the weights shown */
    const char *report;                             /* where the report is to be */
    const sv_built *built;
    sv_parameters *parameters; /* the weights shown */
    int64_t epoch, best_epoch; /* done; the best one so far, 0: none */
    const char *monitor;
    bool finished, stopped_early, restored;         /* as in sv_train_result */
    const char *initial, *data[SV_SET_COUNT];       /* digests; "" where there is none */
    const char *missing;                            /* why there are no data, or NULL; then what follows is empty */
    bool validation;                                /* evaluated on held-out samples, else on training ones */
    const sv_evaluation *evaluation;                /* with maps */
    sv_kept kept;
    int threads;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
} sv_run_view;

/* Writes a report of the run. */
typedef sv_status (*sv_report_run)(const sv_run_view *view, sv_fault *fault);

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
    sv_report_run report;     /* writes report.html whenever the other files are written after an epoch; NULL: there is none */
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

/* Has args->report write the report of the run in args->folder as its checkpoint and its files have it, evaluated anew; where its
 * data cannot be opened or are not those it was trained on, without them. The config is the run's; changes no other file. */
sv_status sv_review(const sv_train_args *args, sv_fault *fault);

/* Draws the initial weights of a config: its generator's, or those of init.weights. vectors as sv_draw_native's. */
sv_status sv_initial_weights(const sv_config *c, const sv_vectors *vectors, sv_parameters *p, sv_fault *fault);

#endif
