/* The parts of a probe, in separate files. Each says in `why` what keeps it from a figure: then it is not run. */
#ifndef SV_ARTIFACTS_PROBE_PARTS_H
#define SV_ARTIFACTS_PROBE_PARTS_H
#include "artifacts/probe.h"

/* What the parts share. */
typedef struct sv_subject {
    sv_probe_args args;
    sv_edges edges;
    bool convolutional; /* no layer is bound to positions */
    int64_t grid[2];    /* offsets of crops are multiples of this: then every layer sees the same grid; 0: none is */
    uint8_t *used;      /* per node: leads to the output */
} sv_subject;

/* The whole model on a picture of `height` x `width`; without `machine` it is not made ready to run. A fault that is not short memory becomes `why`, and *done false. */
sv_status sv_subject_clone(const sv_subject *s, int64_t height, int64_t width, const sv_machine *machine, sv_clone *c, char *why,
                           bool *done, sv_fault *fault);
/* Intensities of `count` outputs, in place. */
void sv_subject_intensities(const sv_subject *s, int64_t count, float *values);
/* The smallest multiple of `step` that is at least v. */
int64_t sv_round_up(int64_t v, int64_t step);

/* R = sum a / sum b over n images. (measured.c) */
sv_ratio sv_ratio_of(const double *a, const double *b, int64_t n);

/* M4. A second picture of the same content: a crop of the whole, or the whole moved and mirrored where it leaves. */
typedef struct sv_crop {
    sv_clone *clone;
    int down, right; /* its pixel (i, j) is (i + down, j + right) of the whole */
    int ring[4];     /* those of its pixels count that are within so many of one of its sides, */
    int inside[4];   /* and beyond so many of each side of the whole */
} sv_crop;
typedef struct sv_paired {
    const sv_subject *subject;
    sv_edges edges; /* the model's; the ring as in a picture that is large enough for one */
    sv_paired_by by;
    int offset[4]; /* crops'; a shift's, rows at 0 and columns at 2 */
    sv_clone clone[4];
    sv_crop crop[4];
    int crops;
    float *in, *out;
    double *a, *b; /* [images] */
    int64_t seen;
    char why[SV_WHY];
} sv_paired;
/* The crops, or why there are none. (paired_crops.c) */
sv_status sv_paired_choose(sv_paired *p, sv_fault *fault);
sv_status sv_paired_open(sv_paired *p, const sv_subject *s, sv_fault *fault);
sv_status sv_paired_add(sv_paired *p, int64_t samples, const float *input, const float *target, const float *output,
                        sv_fault *fault);
void sv_paired_finish(const sv_paired *p, sv_modelled *m);
void sv_paired_close(sv_paired *p);

/* M4b. */
typedef struct sv_sensitivity {
    const sv_subject *subject;
    sv_clone whole, cut[4];
    int offset[4];
    double *squares[4]; /* [distances] */
    int distances[4];
    float *in, *out, *full;
    double terms[4];
    int64_t seen;
    char why[SV_WHY];
} sv_sensitivity;
sv_status sv_sensitivity_open(sv_sensitivity *s, const sv_subject *subject, sv_fault *fault);
sv_status sv_sensitivity_add(sv_sensitivity *s, int64_t samples, const float *input, sv_fault *fault);
sv_status sv_sensitivity_finish(const sv_sensitivity *s, sv_modelled *m, sv_fault *fault);
void sv_sensitivity_close(sv_sensitivity *s);

/* M7. */
enum { SV_REAL_LATENTS = 8 };
typedef struct sv_dc {
    const sv_subject *subject;
    int cuts;          /* nodes that the decoder starts from: the latent, and what skips past it */
    int *cut;          /* their indices, in order */
    sv_clone *encoder; /* [cuts]; empty where the cut is the model's own input */
    sv_clone decoder;
    sv_interior box;
    double **sum; /* [cuts][channels] */
    float **real; /* [cuts][SV_REAL_LATENTS][channels] */
    float *out;   /* of the largest encoder */
    int64_t seen;
    char why[SV_WHY];
} sv_dc;
sv_status sv_dc_open(sv_dc *d, const sv_subject *s, sv_fault *fault);
sv_status sv_dc_add(sv_dc *d, int64_t samples, const float *input, sv_fault *fault);
sv_status sv_dc_finish(sv_dc *d, sv_modelled *m, sv_fault *fault);
void sv_dc_close(sv_dc *d);

#endif
