/* Walks over the nodes that lead to an output, and the decoder among them. */
#ifndef SV_ARTIFACTS_FLOW_H
#define SV_ARTIFACTS_FLOW_H
#include "artifacts/artifacts.h"
#include "artifacts/axis.h"

/* Per node (by index): whether it leads to the output, and whether the decoder's start leads to it. The decoder starts at
 * `latent`; without one at the input of the first upsampling; without that at the inputs. */
typedef struct sv_flow {
    int nodes;
    uint8_t *used, *start, *decoder; /* start nodes are not in `decoder` unless another start leads to them */
} sv_flow;
sv_status sv_flow_new(const sv_graph *g, const sv_node *output, const sv_node *latent, sv_flow *f, sv_fault *fault);
void sv_flow_free(sv_flow *f);

/* Whether what comes in at input k of a node belongs to the decoder's flow. */
bool sv_flow_carries(const sv_flow *f, const sv_node *n, int k);

/* What a layer does along an axis: as it is (sv_axis_of), or as the fixes of lints would have it. */
typedef sv_axis (*sv_axis_rule)(const sv_node *n, int input, int axis);

/* Strided convolutions of both kinds with kernels of twice an even stride (three times an odd one), cropped or padded by the same
 * on both sides: overlaps, depths and positions are then even.
 * sv_even_changes says whether a layer is one that is not so already. */
sv_axis sv_even_axis_of(const sv_node *n, int input, int axis);
bool sv_even_changes(const sv_node *n);

/* The parts of sv_static_new, in separate files. Depths: 4 per node. */
void sv_find_depth(const sv_flow *f, const sv_graph *g, sv_axis_rule rule, int64_t *depth);
void sv_find_stride(const sv_flow *f, sv_static *s, int64_t *scratch); /* scratch: 1 per node */
/* Also leaves the plain counts in s->deficiency, which sv_find_ring turns into what they fall short of. */
sv_status sv_find_overlap(const sv_flow *f, sv_static *s, sv_fault *fault);
void sv_find_ring(sv_static *s);
/* Scale and offset of both axes at the output; scratch: 2 per node. */
void sv_find_shift(const sv_flow *f, const sv_graph *g, sv_axis_rule rule, double *scratch, double scale[2], double offset[2]);
sv_status sv_find_unread(const sv_flow *f, sv_static *s, sv_fault *fault);

/* The lints A and C look at layers, B at the whole. */
sv_status sv_lint_layers(const sv_flow *f, sv_static *s, sv_fault *fault);
sv_status sv_lint_borders(const sv_flow *f, sv_static *s, const sv_shape *target, sv_fault *fault);
/* A new lint to fill in; NULL where memory is short. */
sv_lint *sv_lint_add(sv_static *s, const char *id, sv_severity severity, const sv_node *node);

#endif
