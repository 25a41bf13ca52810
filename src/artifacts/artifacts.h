/* Edge and checkerboard artifacts: static facts of an architecture, and measures of reconstructions. Definitions and the
 * identifiers M1 to M10: see the comments at each. r = reconstruction - target, e = r^2, d = distance to the nearest border. */
#ifndef SV_ARTIFACTS_ARTIFACTS_H
#define SV_ARTIFACTS_ARTIFACTS_H
#include "artifacts/moments.h"
#include "base/text.h"

/* Static facts that the measures need. */
typedef struct sv_edges {
    int depth[4];  /* hard border depth {top, bottom, left, right}: pixels that read, through any layer, beyond the image */
    int ring[4];   /* ring width per side: depth at 10 % deficiency of the decoder's overlap map */
    int stride[2]; /* total stride of the decoder (layers after `latent`, else from the first upsampling on), rows and columns */
    int margin;    /* outermost pixels of every side that no figure counts, as if both pictures had been cropped; 0 of a model */
} sv_edges;
/* `latent` may be NULL or "". Faults: it is not a layer that leads to the output. */
sv_status sv_edges_of(const sv_graph *g, const sv_node *output, const char *latent, sv_edges *edges, sv_fault *fault);
/* Whether the ring has a width on any side. */
bool sv_has_ring(const sv_edges *edges);
/* The edges of the pictures that the margin leaves: depth and ring are that much less. The stride's grid is not theirs: it begins
 * where the whole picture does. */
sv_edges sv_edges_within(const sv_edges *edges);

typedef enum sv_severity { SV_NOTE, SV_WARNING, SV_ERROR } sv_severity;
extern const char *const sv_severity_names[];

/* A finding about an architecture and what would mend it. */
typedef struct sv_lint {
    const char *id; /* "A1" */
    sv_severity severity;
    const sv_node *node; /* NULL: the whole model */
    char message[320], fix[400];
} sv_lint;

/* All that the architecture alone says about its artifacts. */
typedef struct sv_static {
    const sv_graph *graph;
    const sv_node *output, *latent;
    sv_edges edges;
    int64_t size[2];       /* of the output */
    double *overlap[2];    /* composed overlap map of the decoder, [size]: ones at the latent through kernels of ones */
    double *deficiency[2]; /* [size]: 1 - its taps over the most of its phase of the decoder's stride, scaled sums or not */
    uint8_t *used;         /* per node: it leads to the output */
    int64_t *depth;        /* hard border depth of every node, {top, bottom, left, right} each, by index */
    bool aligned[2];       /* the strides of encoder and decoder cancel */
    double shift[2];       /* then: how far the output lies from the input, in pixels, towards the bottom (right) */
    int64_t input_size[2]; /* of the first input that leads to the output */
    uint8_t *read[2];      /* [input_size]: whether this row (column) reaches the output */
    sv_lint *lint;
    size_t lint_capacity;
    int lints;
} sv_static;
/* `target` (or NULL) is what the output is compared with: without it neither B4 nor B5. The graph must outlive the result. */
sv_status sv_static_new(const sv_graph *g, const sv_node *output, const char *latent, const sv_shape *target, sv_static **s,
                        sv_fault *fault);
void sv_static_free(sv_static *s);
/* Whether a lint is an error: then `explain` exits 1. */
bool sv_static_refuses(const sv_static *s);

/* Adds lint V1: layers with kernels whose expected rms gain at initialization lies outside [0.5, 2]. */
sv_status sv_lint_variance(sv_static *s, const sv_moments *m, sv_fault *fault);

/* The polyphase condition on a layer's weights: for each pair of an input and an output channel the sums of the kernel over the
 * phases of the stride should agree, or constant inputs come out rippled (Sugawara, Shiota, Kiya 2018). The spread of these sums
 * (standard deviation over phases) over their rms: 0 where they agree, sqrt(3)/2 of random weights at stride 2. Of transposed
 * convolutions of a stride above 1, and of PixelShuffle for the Conv2D that it reads; NAN of other layers and of no weights. */
double sv_polyphase_ripple(const sv_parameters *p, const sv_node *n);

/* Members of explain's object: "overlap", "border_depth", "alignment_shift", "unread_input", "lints"; no braces around. */
void sv_static_json(const sv_static *s, sv_text *out);
/* How a convolution's output size, padding or crop come about, and what the same numbers are in PyTorch; one line without its end.
 * False of other layers. */
bool sv_layer_arithmetic(const sv_node *n, sv_text *t);
/* A layer's own overlap map: {"rows": [...], "columns": [...]}, empty where the output is no image. */
void sv_layer_overlap_json(const sv_node *node, sv_text *out);
/* For people: a convolution's arithmetic, overlap map and depth (false of other layers and such as the output does not need); the
 * whole model and the lints with their fixes. */
bool sv_static_print_layer(const sv_static *s, const sv_node *n, sv_text *out);
void sv_static_print(const sv_static *s, sv_text *out);

/* The interior: rows first[0] .. end[0]-1, columns first[1] .. end[1]-1: every pixel beyond the border depth and the margin,
 * trimmed so that first pixel and end are multiples of the stride, in the whole picture's numbers. Both are 0 where nothing is
 * left: every pixel is influenced by the border. */
typedef struct sv_interior {
    int first[2], end[2];
} sv_interior;
sv_interior sv_interior_of(const sv_edges *edges, int height, int width);

typedef struct sv_profile_point {
    int distance;
    double rmse, bias;
    double bias_share; /* bias^2 / MSE: near 1 where a padding darkens systematically, near 0 where context is missing */
} sv_profile_point;

typedef struct sv_regions {
    double all, interior, ring; /* NAN where a region is empty */
} sv_regions;

/* sum A / sum B over the images, with its standard error sqrt(sum (A - R B)^2 / (n (n - 1))) / mean(B): the image is the unit,
 * never the pixel. NAN where undefined. */
typedef struct sv_ratio {
    double value, se;
} sv_ratio;

enum { SV_MAX_PERIODS = 16 };
typedef struct sv_checkerboard {
    int period;
    double amplitude, floor, p;
} sv_checkerboard;

/* Lines of the edge profile: the sides top, bottom, left, right, then the corners. */
enum { SV_TOP_LEFT = 4, SV_TOP_RIGHT, SV_BOTTOM_LEFT, SV_BOTTOM_RIGHT, SV_LINES };
extern const char *const sv_line_names[SV_LINES]; /* "top", ..., "bottom_right" */

/* Figures of all channels together, or of one; NAN where the data do not define them or nobody asked. */
typedef struct sv_measured {
    int64_t n;
    int margin; /* as in sv_edges: distances to a side count from there */
    sv_interior interior;
    sv_regions mse, psnr, ssim;
    double mse_se, psnr_se, ssim_se;     /* standard errors of the three over all pixels; the image is the unit */
    sv_ratio border_interior;            /* M2: MSE(ring) / MSE(interior) */
    sv_ratio content_standardised;       /* M3: error of the ring / what interior pixels of the same local variance would have */
    sv_ratio left_right, top_bottom;     /* M5: ln(MSE_left / MSE_right), ln(MSE_top / MSE_bottom) */
    sv_ratio corner;                     /* M5: MSE_corner / MSE_edge */
    sv_ratio harmonic_peak;              /* M8 */
    double phase_gain_spread;            /* M9: std / mean of the slopes of y on x at the phases of the stride */
    sv_ratio phase_mse;                  /* M9: largest / smallest mean squared error of a phase */
    sv_ratio seam;                       /* M10: mean squared step of r across multiples of the stride over that of all others */
    int points;                          /* per line, (min(H,W) - 1) / 2 + 1 */
    sv_profile_point *profile[SV_LINES]; /* M1; owned. A corner's pixel at d is that of row d and column d */
    sv_checkerboard checkerboard[SV_MAX_PERIODS]; /* M6: the smallest periods p > 1 that divide the stride */
    int periods;
    struct sv_measured *channel; /* owned: each channel alone, or NULL */
    int channels;
} sv_measured;

typedef struct sv_measure_args {
    sv_shape shape; /* [H,W,C] of an image */
    sv_edges edges;
    int64_t images;
    uint64_t seed; /* of the checkerboard's p-values */
    int threads;   /* of sv_measure_finish; 0: one */
    bool brief;    /* only what is cheap: neither M3 nor M8, no p-values, no single channels */
} sv_measure_args;

/* Takes image after image, in any order of `index` (0 .. images-1): results are stored per image and summed in index order.
 * What was never added does not count. */
typedef struct sv_measure sv_measure;
sv_status sv_measure_new(const sv_measure_args *args, sv_measure **m, sv_fault *fault);
/* Thread-safe for different indices. [H,W,C] each. */
void sv_measure_add(sv_measure *m, int64_t index, const float *target, const float *reconstruction);
/* Free the result with sv_measured_free; after a fault there is nothing to free. */
sv_status sv_measure_finish(sv_measure *m, sv_measured *result, sv_fault *fault);
void sv_measure_free(sv_measure *m);
void sv_measured_free(sv_measured *r);

/* Figures that need the model, by sv_probe (artifacts/probe.h). Where one is missing, why_* says why in words; else it is "". */
enum { SV_WHY = 160 };
typedef enum sv_paired_by {
    SV_BY_CROP,       /* one crop, of all sides */
    SV_BY_SIDE_CROPS, /* a crop of each side: the picture is too small for one of all. No corners */
    SV_BY_SHIFT       /* the picture shifted, mirrored where it left: layers are bound to positions */
} sv_paired_by;
typedef struct sv_modelled {
    sv_ratio paired_crop; /* M4: error of the ring of a crop's reconstruction / of the same pixels inside the whole picture's */
    sv_paired_by by;
    int offset[4]; /* what was cut off, or how far it was shifted */
    char why_crop[SV_WHY];
    int sensitivity[4]; /* M4b: how far from a side where the picture was cut the output changes; -1 unknown */
    int reaches[4];     /* distances measured */
    double *reach[4];   /* rms of the change by distance; owned */
    char why_sensitivity[SV_WHY];
    double dc_absolute, dc_relative; /* M7: std over the phases of the stride where the latent is constant; over rms */
    int latents;                     /* so many: the mean one and some real ones */
    sv_shape dc_shape;               /* what the decoder makes of the mean latent all over a grid, in intensities; */
    float *dc_picture;               /* [dc_shape], owned, or NULL */
    sv_interior dc_box;              /* its interior */
    char why_dc[SV_WHY];
} sv_modelled;
void sv_modelled_free(sv_modelled *m);

/* artifacts.json: one object with the keys of the interface; null where the data do not define a figure. `model` may be NULL. */
void sv_measured_json(const sv_measured *r, const sv_edges *edges, const sv_modelled *model, sv_text *out);
/* The same for people, with what each figure tells and why one is missing. */
void sv_measured_print(const sv_measured *r, const sv_edges *edges, const sv_modelled *model, sv_text *out);

#endif
