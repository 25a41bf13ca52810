/*
 * Expected second moments at initialization: E[x^2] at every pixel of every layer, over the draws of the weights. Weights are
 * independent of what they multiply and (but for the few initializers with a mean) of mean 0, so a kernel's output has
 *     q_out = sigma_w^2 C_in (A q A') + E[b^2],   A[o,i] = 1 where output o reads input i,
 * exactly, whatever the input; then the activation, as of a normal variable of that mean and square (relu halves q: He et al.
 * 2015, arXiv 1502.01852). Layers run as in training: batch statistics, dropout.
 * Approximations: pixels under one window of a pool or an interpolation, and inputs under kernels with a mean, are taken as
 * equal, so these are upper bounds; inputs of Add as independent.
 */
#ifndef SV_ARTIFACTS_MOMENTS_H
#define SV_ARTIFACTS_MOMENTS_H
#include "graph/parameters.h"

/* Of one node: per pixel, row by row, over its channels; vectors are one pixel. */
typedef struct sv_moment_map {
    int64_t rows, columns;
    double *mean, *square; /* [rows * columns]; NULL of losses */
    double before;         /* E[z^2] before the layer's own activation, over all pixels */
    int64_t period[2];     /* of the pattern that strides leave, rows and columns */
} sv_moment_map;

typedef struct sv_moments {
    int nodes;
    sv_moment_map *map; /* [nodes], by the nodes' index */
} sv_moments;

/* Of every layer of the graph from inputs whose values have this mean and mean square (0 and 1: noise of rms 1). */
sv_status sv_moments_new(const sv_graph *g, double mean, double square, sv_moments **m, sv_fault *fault);
void sv_moments_free(sv_moments *m);

/* Expected rms of a layer's output; over its first input's: the gain. A layer whose activation is not 0 at 0 (sigmoid,
 * softplus) is measured before it, since its output says nothing of its input's size. */
double sv_expected_rms(const sv_moments *m, const sv_node *n);
double sv_expected_gain(const sv_moments *m, const sv_node *n);

/* Expected rms of the outermost pixels {top, bottom, left, right}. */
void sv_expected_border(const sv_moments *m, const sv_node *n, double rms[4]);

/* The period of the pattern that strides leave in a layer's output, rows and columns, and the expected rms per phase far from
 * the border, [period[0]][period[1]]. False where it has none (1 x 1), more than 16, or the image holds none whole. */
enum { SV_MAX_PHASES = 16 };
bool sv_expected_phases(const sv_moments *m, const sv_node *n, int period[2], double rms[SV_MAX_PHASES][SV_MAX_PHASES]);

/* The law of a parameter's draw. */
typedef struct sv_weight_law {
    double mean, variance;
} sv_weight_law;
sv_weight_law sv_weight_law_of(const sv_draw *d);

/* Parameter `name` ("kernel") of a layer: its index in the graph's list, or -1. */
int sv_layer_parameter(const sv_node *n, const char *name);

/* The layer's own activation, completed; linear where it takes none. */
sv_activation sv_layer_activation(const sv_node *n);

/* E[f(z)] and E[f(z)^2] of z normal with this mean and variance: exact for linear, relu and leaky_relu, else by quadrature. */
void sv_expect_activation(const sv_activation *a, const sv_vectors *vectors, double mean, double variance, double *first,
                          double *second);

#endif
