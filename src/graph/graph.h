/* Nodes and their order: what the builders of selvage.h make. Nodes are stored in an order in which inputs come first. */
#ifndef SV_GRAPH_GRAPH_H
#define SV_GRAPH_GRAPH_H
#include "init/init.h"
#include "ops/op.h"

enum sv_node_kind { SV_NODE_INPUT, SV_NODE_LAYER, SV_NODE_LOSS, SV_NODE_SUM };

struct sv_node {
    sv_graph *graph;
    enum sv_node_kind kind;
    int index;         /* in graph->node */
    char *name;
    char *place;       /* where it was written: "model.layers[2]"; else "layer 'name'" */
    const sv_op *op;   /* of a layer */
    const sv_loss_op *loss; /* of a loss; its inputs are prediction and target */
    void *args;        /* completed copy */
    sv_dialect dialect;
    int inputs;
    sv_node *input[SV_MAX_INPUTS];
    float weight[SV_MAX_INPUTS]; /* of a weighted sum */
    double *border[2]; /* of a loss with border_weight: weights by row and by column of its images; owned */
    sv_shape shape;    /* of one sample; losses: rank 0 */
    sv_inference inference; /* of a layer, filled as the layer is added */
    int parameter;     /* index of its first parameter in the graph's list */
};

/* One weight tensor of the graph. */
typedef struct sv_parameter {
    char *name;        /* "enc1/kernel" */
    const sv_node *node;
    sv_parameter_spec spec;
    int64_t count, offset; /* in the flat arrays: trainable ones first, each beginning on a multiple of 16 floats */
} sv_parameter;

struct sv_graph {
    sv_fault fault;
    sv_dialect dialect;
    sv_init_rng rng; /* whose random numbers the weights were drawn from, and so whose default initializers; native until then */
    const sv_conv_backend *backend; /* for workspace sizes; default native */
    sv_node **node;
    size_t node_capacity;
    int nodes;
    sv_parameter *parameter;
    size_t parameter_capacity;
    int parameters;
    struct sv_session *session; /* what sv_compile made */
};

/* sv_layer with the place that errors name ("model.layers[2]"; NULL: the layer's name) and the layer's dialect. */
sv_node *sv_layer_at(sv_graph *g, const char *place, const char *type, const char *name, const void *args, sv_node *const *inputs,
                     int count);
sv_node *sv_loss_at(sv_graph *g, const char *place, const char *type, const char *name, sv_node *y, sv_node *t,
                    const sv_loss_args *args);
/* The weights of a loss with border_weight, before its cap: a pixel's is rows[i] columns[j]. Copied. A run of such a loss without
 * them is refused. */
sv_status sv_loss_weigh(sv_node *loss, const double *rows, const double *columns, sv_fault *fault);
/* An input of any shape (rank 1 or 3). */
sv_node *sv_input_shape(sv_graph *g, const char *name, sv_shape shape);

/* Layers are inferred again for the workspace of this backend; nothing else of theirs depends on it. */
sv_status sv_graph_use_backend(sv_graph *g, const sv_conv_backend *backend, sv_fault *fault);

/* By name; NULL where there is none. */
sv_node *sv_find_node(const sv_graph *g, const char *name);

#endif
