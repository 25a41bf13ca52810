/* The weights of a graph as flat arrays: trainable ones first, so optimizers see one contiguous range. */
#ifndef SV_GRAPH_PARAMETERS_H
#define SV_GRAPH_PARAMETERS_H
#include "graph/graph.h"
#include "init/init.h"
#include "optim/optim.h"

typedef struct sv_parameters {
    sv_graph *graph;
    int64_t count;     /* floats of all parameters, gaps included */
    int64_t trainable; /* floats of the trainable range, from 0 */
    float *weights;    /* [count]; gaps stay 0 */
} sv_parameters;

/* Arrays begin on cache lines: their length in floats, rounded up to 16. */
static inline int64_t sv_padded(int64_t floats)
{
    return (floats + 15) & ~(int64_t)15;
}

/* Lays out and zeroes. Assigns graph->parameter[i].offset. */
sv_status sv_parameters_new(sv_graph *g, sv_parameters **parameters, sv_fault *fault);
void sv_parameters_free(sv_parameters *p);

/* What an optimizer sees of the parameters: weights, their gradients (NULL: none yet), spans, and the zeroed state arrays that
 * `o` keeps (NULL: none). Close it with sv_flat_close, also after a fault. */
sv_status sv_flat_open(const sv_parameters *p, const sv_optimizer *o, float *gradients, sv_flat *flat, sv_fault *fault);
void sv_flat_close(sv_flat *flat);

/* What parameter i is drawn from (initializer completed, fans chosen), and what it would be without an initializer. */
sv_draw sv_parameter_draw(const sv_parameters *p, int index);
sv_draw sv_parameter_default(const sv_parameters *p, int index);
/* Draws every parameter from the native streams of `seed`; graph/initial.h has the others. */
sv_status sv_parameters_draw(sv_parameters *p, uint64_t seed, sv_fault *fault);

/* safetensors with Keras's names and layouts and "model" in the metadata (model_json may be NULL). */
sv_status sv_parameters_write(const sv_parameters *p, const char *path, const char *model_json, sv_fault *fault);
/* Refuses missing, unknown and misshapen tensors by name, saying which file. */
sv_status sv_parameters_read(sv_parameters *p, const char *path, sv_fault *fault);
/* SHA-256 of the weights in file order. */
void sv_parameters_digest(const sv_parameters *p, char digest[65]);

#endif
