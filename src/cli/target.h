/* What a command works on: a MODEL or CONFIG file, a RUN folder, or a weights file whose metadata holds its model. */
#ifndef SV_CLI_TARGET_H
#define SV_CLI_TARGET_H
#include "config/config.h"
#include "graph/run.h"

typedef struct sv_target {
    const char *path;  /* as the user gave it */
    sv_config *config; /* of a CONFIG or RUN, else NULL */
    sv_model *model;   /* always; the config's where there is one */
    char *weights;     /* file of a RUN's weights; NULL where the target has none */
    bool run;          /* a run folder */
    /* by sv_target_build: */
    sv_graph *graph;
    sv_node *input, *output;
    sv_parameters *parameters; /* by sv_target_load */
    /* by sv_target_kernels: */
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
} sv_target;

/* Finds out what `path` is and reads it. Of a run folder the weights are weights/best.safetensors, else weights/last.safetensors.
 * Close the target also after a fault. */
sv_status sv_target_open(sv_target *t, const char *path, sv_fault *fault);
/* The model as a graph. */
sv_status sv_target_build(sv_target *t, sv_fault *fault);
/* Weights from `file`, or from the target's own where it is NULL; a model without weights needs none. */
sv_status sv_target_load(sv_target *t, const char *file, sv_fault *fault);
/* Kernels for the instruction set of that name (NULL: the best). */
sv_status sv_target_kernels(sv_target *t, const char *isa, sv_fault *fault);
void sv_target_close(sv_target *t);

#endif
