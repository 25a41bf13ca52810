/* A run in progress: what train.c, training.c, save.c and resume.c share. */
#ifndef SV_TRAINER_TRAINING_H
#define SV_TRAINER_TRAINING_H
#include "trainer/checkpoint.h"
#include "trainer/csv.h"
#include "trainer/data_sets.h"
#include "trainer/digests.h"
#include "trainer/metrics.h"
#include "trainer/run_folder.h"
#include "trainer/trainer.h"

#define SV_STEPS_HEADER "step,loss,learning_rate,gradient_norm"

typedef struct sv_training {
    const sv_train_args *args;
    const sv_config *config;
    sv_train_result *result;
    sv_fault *fault;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    int threads;
    sv_built built;
    sv_parameters *parameters;
    sv_run_data data;
    sv_loader *loader;
    sv_fetch fetch;
    sv_run *run;
    sv_evaluator *evaluator;
    sv_flat flat;
    sv_train_arrays arrays;
    char monitor[SV_COLUMN_NAME];
    sv_run_folder folder;
    sv_csv steps, metrics, layers;
    sv_digests digests;
    sv_metrics row;           /* of the last epoch */
    sv_evaluation evaluation; /* likewise */
    sv_train_identity identity;
    sv_train_state state;
    bool best_unsaved;  /* weights/best.safetensors is older than arrays.best */
    bool continues;     /* the run in the folder: its checkpoint has the weights, init.weights are not read again */
    int64_t resumed_at; /* step */
    double training_seconds, shown_at;
    int64_t images;       /* trained on in this call */
    double epoch_seconds; /* of this call in this epoch */
    int64_t epoch_images;
} sv_training;

/* Builds the graph, opens the data, takes all memory, draws the initial weights. Touches no file of the run. Close also after a
 * fault. */
sv_status sv_training_open(sv_training *t);
void sv_training_close(sv_training *t);

/* All epochs or steps are done, or the rule stopped it. */
bool sv_training_finished(const sv_training *t);

/* Reads the checkpoint and the CSV files it knows; refuses another config or other data. */
sv_status sv_training_resume(sv_training *t);

/* Whether the run is finished and its final weights are not those of the last step but of the best epoch. */
bool sv_training_restores(const sv_training *t);

/* Parts of sv_training_open: threads, kernels and backend; the evaluator of the samples that are measured. */
sv_status sv_training_choose_arithmetic(sv_training *t);
sv_status sv_training_plan_evaluation(sv_training *t);

/* t->monitor: the column given, or the default one. */
void sv_training_name_monitor(sv_training *t, bool validation);

/* Has the report written of the present weights, as they were evaluated; `missing`: why there are no data, or NULL. */
sv_status sv_training_report(sv_training *t, const char *missing);

/* Refuses data other than those of the digests `was`, which the run in `folder` was trained on. */
sv_status sv_training_check_data(sv_training *t, const char (*was)[SV_DIGEST_TEXT], const char *folder);

/* Evaluates the present weights into t->evaluation, with all measures where `whole`. */
sv_status sv_training_evaluate(sv_training *t, bool whole);

/* Between two steps of an epoch: CSVs and weights, then the checkpoint. */
sv_status sv_save_step(sv_training *t);
/* After an epoch, evaluated: the same with artifacts.json and samples; of a finished run with the best weights restored where the
 * config says so, and run.json. */
sv_status sv_save_epoch(sv_training *t);
/* After a divergence: the rows of steps.csv alone. */
sv_status sv_save_steps(sv_training *t);

sv_status sv_write_run_json(sv_training *t);

double sv_seconds(void);

#endif
