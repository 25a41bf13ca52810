#include "artifacts/artifacts.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

/* A kernel as sums by phase: entry [phase] of every pair of channels. */
typedef struct spread {
    double variance, square; /* sums over the pairs: of the phases' variance, and of their mean square */
} spread;

static void add_pair(const double *sum, int phases, spread *s)
{
    double mean = 0, square = 0;
    for (int i = 0; i < phases; i++) mean += sum[i] / phases, square += sum[i] * sum[i] / phases;
    s->variance += square - mean * mean;
    s->square += square;
}

static double ripple_of(const spread *s)
{
    if (!(s->square > 0)) return s->square == 0 ? 0 : (double)NAN;
    return sqrt(fmax(s->variance, 0) / s->square);
}

/* Kernel [kh,kw,out/groups,in]; tap (u,v) falls on phase (u d mod s, v d mod s). */
static double transposed(const float *w, const sv_shape *kernel, const sv_conv2d_transpose_args *a)
{
    int phases = a->strides[0] * a->strides[1];
    int64_t pairs = kernel->dim[2] * kernel->dim[3], taps = kernel->dim[0] * kernel->dim[1];
    double *sum = sv_new((size_t)phases, sizeof *sum);
    int64_t *phase = sv_new((size_t)taps, sizeof *phase);
    spread s = { 0, 0 };
    for (int64_t t = 0; phase && t < taps; t++) {
        int64_t u = t / kernel->dim[1], v = t % kernel->dim[1];
        phase[t] = u * a->dilation[0] % a->strides[0] * a->strides[1] + v * a->dilation[1] % a->strides[1];
    }
    bool done = sum && phase;
    for (int64_t i = 0; done && i < pairs; i++) {
        memset(sum, 0, (size_t)phases * sizeof *sum);
        for (int64_t t = 0; t < taps; t++) sum[phase[t]] += (double)w[t * pairs + i];
        add_pair(sum, phases, &s);
    }
    sv_free(sum);
    sv_free(phase);
    return done ? ripple_of(&s) : (double)NAN;
}

/* Kernel [kh,kw,in/groups,C r^2] of the convolution before; its channels hold the phases as the mode says. */
static double shuffled(const float *w, const sv_shape *kernel, const sv_pixel_shuffle_args *a)
{
    int phases = a->upscale_factor * a->upscale_factor;
    int64_t out = kernel->dim[3], channels = out / phases, taps = kernel->dim[0] * kernel->dim[1], in = kernel->dim[2];
    double *sum = sv_new((size_t)phases, sizeof *sum);
    spread s = { 0, 0 };
    for (int64_t i = 0; sum && i < in * channels; i++) {
        memset(sum, 0, (size_t)phases * sizeof *sum);
        for (int64_t u = 0; u < taps; u++)
            for (int p = 0; p < phases; p++) {
                int64_t c = a->mode == SV_CRD ? i % channels * phases + p : p * channels + i % channels;
                sum[p] += (double)w[(u * in + i / channels) * out + c];
            }
        add_pair(sum, phases, &s);
    }
    bool done = sum != NULL;
    sv_free(sum);
    return done ? ripple_of(&s) : (double)NAN;
}

double sv_polyphase_ripple(const sv_parameters *p, const sv_node *n)
{
    if (n->kind != SV_NODE_LAYER) return (double)NAN;
    bool shuffles = strcmp(n->op->type, "PixelShuffle") == 0;
    const sv_node *from = shuffles ? n->input[0] : n;
    if (shuffles && (!from->op || strcmp(from->op->type, "Conv2D") != 0)) return (double)NAN;
    if (!shuffles && !n->op->transposed) return (double)NAN;
    const sv_parameter *q = &p->graph->parameter[sv_layer_parameter(from, "kernel")];
    const float *w = p->weights + q->offset;
    if (shuffles) return shuffled(w, &q->spec.shape, n->args);
    const sv_conv2d_transpose_args *a = n->args;
    return a->strides[0] * a->strides[1] > 1 ? transposed(w, &q->spec.shape, a) : (double)NAN;
}
