/* A graph made of nodes of another one, with the same weights: the same layers on pictures of another size, or some of them. */
#ifndef SV_ARTIFACTS_CLONE_H
#define SV_ARTIFACTS_CLONE_H
#include "graph/run.h"

typedef struct sv_clone {
    sv_graph *graph;
    sv_node *output;
    sv_parameters *parameters;
    sv_run *run;
    int inputs;
    sv_node **input; /* in the order of their nodes */
    int batch;
} sv_clone;

/* What becomes of each node (by index): nothing, an input of shape[index], the same layer again. */
enum { SV_CLONE_NONE, SV_CLONE_INPUT, SV_CLONE_LAYER };

/* Copies the weights of the layers taken. Faults: a layer refuses its new input, or its weights would have other shapes. Free also
 * after a fault. */
sv_status sv_clone_new(sv_clone *c, const sv_parameters *weights, const sv_node *output, const uint8_t *role, const sv_shape *shape,
                       sv_fault *fault);
void sv_clone_free(sv_clone *c);

typedef struct sv_machine {
    int batch, threads;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
} sv_machine;
/* Takes the memory to run it. */
sv_status sv_clone_plan(sv_clone *c, const sv_machine *machine, sv_fault *fault);
/* samples <= batch; input[k]: [samples, shape]; out: [samples, shape of the output]. */
sv_status sv_clone_forward(sv_clone *c, int64_t samples, const float *const *input, float *out, sv_fault *fault);

#endif
