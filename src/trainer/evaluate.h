/* A pass over a data set without learning: mean loss and the measures of its reconstructions. */
#ifndef SV_TRAINER_EVALUATE_H
#define SV_TRAINER_EVALUATE_H
#include "artifacts/probe.h"
#include "artifacts/residual.h"
#include "config/config.h"
#include "graph/run.h"

typedef struct sv_evaluator_args {
    const sv_config *config; /* losses, batch size, noise, seed */
    const sv_built *built;
    sv_parameters *parameters;        /* shared: each pass uses the weights of its moment */
    const sv_dataset *input, *target; /* target NULL: the input itself */
    const uint32_t *subset;           /* or NULL; not copied */
    int64_t count;                    /* samples of the subset or the set */
    const char *stream;               /* the noise's: "train", "validation" */
    int kept;                         /* keep the first so many samples and reconstructions, to be drawn */
    bool maps;                        /* also the maps of the residual */
    int threads;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
} sv_evaluator_args;

typedef struct sv_evaluator sv_evaluator;
/* Takes all memory but the measures'. */
sv_status sv_evaluator_new(const sv_evaluator_args *args, sv_evaluator **evaluator, sv_fault *fault);
void sv_evaluator_free(sv_evaluator *e);

typedef struct sv_evaluation {
    int64_t samples;
    double loss;          /* mean over the samples, weight penalties included as in training */
    double penalty;       /* that part of it */
    sv_measured measured; /* of intensities: through a sigmoid where a loss is bce_with_logits */
    bool whole;           /* with what costs more than the pass itself: all of sv_measured, and: */
    sv_modelled modelled;
    sv_residual_maps maps; /* empty unless asked for; free them with sv_evaluation_free */
} sv_evaluation;

/* What every epoch affords. Free the result with sv_evaluation_free, also after a fault. SV_DIVERGED where the loss is not finite;
 * the fault then names the first layer whose output is not. */
sv_status sv_evaluate(sv_evaluator *e, sv_evaluation *result, sv_fault *fault);
/* The same with all measures. */
sv_status sv_evaluate_whole(sv_evaluator *e, sv_evaluation *result, sv_fault *fault);
void sv_evaluation_free(sv_evaluation *e);
/* artifacts.json. */
void sv_evaluation_json(const sv_evaluator *e, const sv_evaluation *result, sv_text *out);

const sv_edges *sv_evaluator_edges(const sv_evaluator *e);

/* What the last pass kept: [kept, shape] each; target NULL where it is the input. */
typedef struct sv_kept {
    int count;
    sv_shape input_shape, output_shape;
    const float *input, *target, *output;
} sv_kept;
sv_kept sv_evaluator_kept(const sv_evaluator *e);

/* What sv_run reads from a loader: context is an sv_fetch. */
typedef struct sv_fetch {
    const sv_loader *loader;
    bool target; /* the graph has a second input */
} sv_fetch;
void sv_fetch_rows(void *context, int64_t first, int count, float *const *inputs);

#endif
