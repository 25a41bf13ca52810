/* What a layer does along one axis, whatever its type: every static fact follows from this. Rows and columns are independent
 * of each other in all layers. */
#ifndef SV_ARTIFACTS_AXIS_H
#define SV_ARTIFACTS_AXIS_H
#include "graph/graph.h"

typedef enum sv_axis_kind {
    SV_AXIS_WINDOW, /* output o reads inputs o stride - before + u dilation, u < taps: convolutions, pools, padding (taps 1), crops
                     * (before < 0), and layers that leave pixels where they are (taps 1, before 0) */
    SV_AXIS_SPREAD, /* input i reaches outputs i stride - before + u dilation: transposed convolutions; nearest upsampling and
                     * PixelShuffle (taps = stride) */
    SV_AXIS_BLEND,  /* bilinear upsampling, half-pixel centres, clamped */
    SV_AXIS_ALL     /* positions are lost: Flatten, Reshape, Dense on vectors */
} sv_axis_kind;

typedef struct sv_axis {
    sv_axis_kind kind;
    int64_t in, out; /* sizes; 1 of vectors */
    int64_t taps, dilation, stride, before;
    bool mean;  /* a pool: windows are averaged */
    bool even;  /* sums are scaled to what the mean number of taps would give: partial convolution, normalize_overlap */
    bool mixes; /* every output reads every input, whatever the kind: group statistics */
} sv_axis;

/* Of input number `input` of a layer; axis 0: rows, 1: columns. */
sv_axis sv_axis_of(const sv_node *node, int input, int axis);

/* Whether pixels become more; whether the node is a convolution of either kind. */
bool sv_node_upsamples(const sv_node *node);
bool sv_node_convolves(const sv_node *node);

/* Outputs influenced from the low (high) end where the `depth` first (last) inputs are: those that read, directly or through
 * these, a cell beyond that end. Clipped to the size. */
int64_t sv_axis_depth_low(const sv_axis *a, int64_t depth);
int64_t sv_axis_depth_high(const sv_axis *a, int64_t depth);

/* out[o] += what a kernel of ones makes of in[i]; cells beyond the input count nothing. A pool averages. */
void sv_axis_count(const sv_axis *a, const double *in, double *out);

/* What the sum of output o is multiplied by: 1 unless `even`. */
double sv_axis_factor(const sv_axis *a, int64_t o);

/* Marks the inputs that the marked outputs read. */
void sv_axis_read(const sv_axis *a, const uint8_t *out, uint8_t *in);

/* x -> scale x + offset: where the centre of what input pixel x contributes to lies in the output. False where positions are
 * lost. */
bool sv_axis_position(const sv_axis *a, double *scale, double *offset);

/* Taps that output o would sum far from the border: those of its phase, of a layer that spreads. */
int64_t sv_phase_taps(const sv_axis *a, int64_t o);

/* The period of the pattern that strides leave, after this layer: upsampling multiplies it, downsampling divides out what it
 * can. */
int64_t sv_axis_period(const sv_axis *a, int64_t period);

#endif
