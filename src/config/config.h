/* JSON model and config files -> typed structs. The only user of cJSON. Every error names file, path, what is wrong and what
 * would be right; an unknown key is answered with the nearest known one. */
#ifndef SV_CONFIG_CONFIG_H
#define SV_CONFIG_CONFIG_H
#include "base/text.h"
#include "data/loader.h"
#include "graph/graph.h"
#include "graph/initial.h"
#include "optim/optim.h"

/* A model file (or the model of a config, or of a weights file's metadata). */
typedef struct sv_model sv_model;
/* From a file; overrides ("layers.enc1.filters=16") may be NULL. */
sv_status sv_model_read(const char *path, const char *const *overrides, int count, sv_model **model, sv_fault *fault);
/* From text; `source` is what errors call it. */
sv_status sv_model_parse(const char *text, const char *source, sv_model **model, sv_fault *fault);
void sv_model_free(sv_model *m);
const char *sv_model_name(const sv_model *m);
sv_shape sv_model_input(const sv_model *m);
/* --input HxWxC: another input shape. Short memory leaves the model as it was. */
sv_status sv_model_set_input(sv_model *m, sv_shape shape);
sv_dialect sv_model_dialect(const sv_model *m);
/* "" where the model names none. */
const char *sv_model_latent(const sv_model *m);
/* Adds the model to a graph: input node "input" (first), then its layers; *output is the last layer. A fault reads
 * "<file>: model.layers[2].strides: ..." (a model file's own paths begin with layers[2]). */
sv_status sv_model_build(const sv_model *m, sv_graph *g, sv_node **input, sv_node **output, sv_fault *fault);
/* Compact JSON of the model, all keys given, names filled in (for weights' metadata); owned by the model. */
const char *sv_model_json(const sv_model *m);

typedef struct sv_loss_spec {
    const sv_loss_op *op;
    sv_loss_args args;
    float weight;
} sv_loss_spec;

enum { SV_MAX_LOSSES = 8 };
typedef enum sv_monitor_mode { SV_MONITOR_MIN = 0, SV_MONITOR_MAX } sv_monitor_mode;

typedef struct sv_early_stopping {
    bool given;
    char monitor[32]; /* "val_loss" (default where there is a validation set, else "loss") or a column of metrics.csv */
    float min_delta;
    int patience;     /* epochs */
    sv_switch restore_best_weights;
} sv_early_stopping;

/* data.shuffle as an object. */
typedef enum sv_order_rng { SV_ORDER_NATIVE = 0, SV_ORDER_TORCH } sv_order_rng;
typedef enum sv_order_generator { SV_ORDER_GLOBAL = 0, SV_ORDER_OWN, SV_ORDER_AFTER_INIT } sv_order_generator;
#define SV_SEED_OF_RUN INT64_MIN
typedef struct sv_order {
    bool given;
    sv_order_rng rng;
    int64_t seed;      /* the run's where none is given */
    sv_order_generator generator;
    int other_loaders; /* iterations over other DataLoaders in each epoch */
} sv_order;

typedef struct sv_config {
    sv_model *model;
    char *source;      /* what errors call it: the file's name or "<quickstart>" */
    char *name, *description; /* free text, or NULL */
    uint64_t seed;     /* default 0 */
    sv_dialect dialect;
    sv_data_spec data;
    bool has_target, has_validation, has_validation_target;
    sv_data_spec target, validation, validation_target; /* data.target; data.validation: a set of its own */
    float validation_split; /* the last fraction of the samples, as Keras does; default 0 */
    sv_switch shuffle;      /* default on */
    sv_order order;
    sv_augment augment;
    sv_noise noise;
    sv_loss_spec loss[SV_MAX_LOSSES];
    int losses;             /* default one mse */
    sv_optimizer optimizer; /* completed */
    int batch_size;         /* default 32 */
    int epochs;             /* default 10 */
    int64_t max_steps;      /* 0: none; stop after so many updates */
    sv_early_stopping early_stopping;
    int checkpoint_every;   /* steps between checkpoints besides those at each epoch's end; 0: none */
    int checkpoint_epochs;  /* every so many epochs; default 1 */
    int crop_margin;        /* of every measure; default 0 */
    sv_init_rng init_rng;
    sv_switch constructed_first; /* default off */
    char *init_weights;     /* resolved path, or NULL */
    char backend[16];       /* "native" or "blas" */
    int samples;            /* reconstructions drawn into samples/; default 8 */
} sv_config;

/* From a file with overrides KEY=VALUE (VALUE is JSON where it parses, else a string; type-checked like the file; a layer may be
 * named by its name or number: model.layers.enc1.filters=16). Paths are relative to the file that names them, those of overrides
 * to the current folder. path NULL: the embedded quickstart. */
sv_status sv_config_read(const char *path, const char *const *overrides, int count, sv_config **config, sv_fault *fault);
/* Also from text, with paths relative to `folder` (a run's own config.json). */
sv_status sv_config_parse(const char *text, const char *source, const char *folder, sv_config **config, sv_fault *fault);
void sv_config_free(sv_config *c);
/* The resolved configuration as indented JSON: every key with its value, the model inline, absolute paths. */
sv_status sv_config_json(const sv_config *c, sv_text *text, sv_fault *fault);

/* How its initial weights are drawn, where it names no init.weights. */
sv_initial sv_config_initial(const sv_config *c);

/* A graph of the config's model and losses: inputs "input" and, where there is a target or noise, "target". */
typedef struct sv_built {
    sv_graph *graph;
    sv_node *input, *target, *output, *loss; /* target == input where the input is its own target */
} sv_built;
sv_status sv_config_build(const sv_config *c, sv_built *built, sv_fault *fault);

/* One loss written as the config's `loss` (name, object or list), for --loss. */
sv_status sv_losses_parse(const char *text, sv_dialect dialect, sv_loss_spec *loss, int *count, sv_fault *fault);
/* Adds the losses to a graph: their weighted sum (or the one loss). Border weights are those of the decoder that begins at
 * `latent` (NULL or "": see artifacts.h). */
sv_node *sv_losses_build(sv_graph *g, const sv_loss_spec *loss, int count, sv_node *y, sv_node *t, const char *latent);

/* True where the JSON file is a config (has "model" or "data"), false for a model (has "layers"). */
sv_status sv_is_config(const char *path, bool *config, sv_fault *fault);

/* JSON schemas of the two kinds of file, generated from the argument tables. */
void sv_schema_model(sv_text *out);
void sv_schema_config(sv_text *out);
/* The tables as text (selvage ops) or JSON (--json) or Markdown (the README's reference). */
typedef enum sv_listing { SV_LISTING_TEXT = 0, SV_LISTING_JSON, SV_LISTING_MARKDOWN } sv_listing;
void sv_list_ops(sv_listing form, sv_text *out);

#endif
