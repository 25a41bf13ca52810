/* What `explain` knows of a model, and the forms it is shown in. */
#ifndef SV_CLI_EXPLAIN_H
#define SV_CLI_EXPLAIN_H
#include "artifacts/artifacts.h"
#include "cli/layer_rms.h"
#include "trainer/memory.h"

typedef struct sv_explanation {
    const sv_target *target;
    int64_t parameters, activations; /* numbers of floats; activations of one sample */
    double multiply_adds;            /* of one sample, forward */
    int batch;
    sv_memory memory; /* of training with that batch */
    sv_fault data;    /* why its data are not counted */
    sv_static *borders;   /* what the architecture alone says about its artifacts */
    sv_layer_rms rms;
} sv_explanation;

int64_t sv_layer_weights(const sv_node *n);
/* Layers that have kernel and padding: the explicit numbers matter there. */
bool sv_layer_pads(const sv_node *n);

void sv_explain_text(const sv_explanation *e, sv_text *t);
void sv_explain_json(const sv_explanation *e, sv_text *t);
/* A page of its own, with the maps drawn. */
sv_status sv_explain_html(const sv_explanation *e, const char *path, sv_fault *fault);

#endif
