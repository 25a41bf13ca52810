/* What a model file says: its layers, read but not yet built. */
#ifndef SV_CONFIG_MODEL_H
#define SV_CONFIG_MODEL_H
#include "config/config.h"
#include "config/json.h"

/* Names of nodes that are no layers: the model's input, a config's target and loss. */
#define SV_INPUT_NAME "input"
#define SV_TARGET_NAME "target"
#define SV_LOSS_NAME "loss"

typedef struct sv_layer_spec {
    const sv_op *op;
    char *name;        /* given or "Conv2D_3" */
    char *place;       /* "layers[3]", "model.layers[3]" */
    void *args;        /* as read; NULL where the operator has none */
    sv_dialect dialect;
    int inputs;
    int input[SV_MAX_INPUTS]; /* indices of earlier layers; -1 the model's input */
} sv_layer_spec;

struct sv_model {
    char *source;      /* what errors call it */
    char *name, *description, *latent; /* or NULL */
    sv_dialect dialect;
    sv_shape input;
    sv_layer_spec *layer;
    int layers;
    char *json;
};

/* Reads a model. Faults begin with the place inside the model ("layers[2].strides: ..."). `prefix` ("" or "model.") stands
 * before the places that building names; `fallback` is the dialect where the model names none (SV_DIALECT_DEFAULT: keras). */
sv_status sv_model_from_json(const cJSON *object, const char *source, const char *prefix, sv_dialect fallback, sv_model **model,
                             sv_fault *fault);

/* The layers of a model. (layers.c) */
sv_status sv_layers_read(const cJSON *list, const char *prefix, sv_model *m, sv_fault *fault);

/* The name of a layer without one: its type and its position. A new string. */
char *sv_layer_default_name(const char *type, int index);

/* Remakes m->json. (model_json.c) */
sv_status sv_model_write(sv_model *m, sv_fault *fault);

#endif
