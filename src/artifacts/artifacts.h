/* Edge and checkerboard artifacts: static facts of an architecture, and measures of reconstructions. Definitions and the
 * identifiers M1, M2, M6: see the comments at each. r = reconstruction - target, e = r^2, d = distance to the nearest border. */
#ifndef SV_ARTIFACTS_ARTIFACTS_H
#define SV_ARTIFACTS_ARTIFACTS_H
#include "base/text.h"
#include "graph/graph.h"

/* Static facts that the measures need. */
typedef struct sv_edges {
    int depth[4];  /* hard border depth {top, bottom, left, right}: pixels that read, through any layer, beyond the image */
    int ring[4];   /* ring width per side: depth at 10 % deficiency of the decoder's overlap map */
    int stride[2]; /* total stride of the decoder (layers after `latent`, else from the first upsampling on), rows and columns */
} sv_edges;
/* `latent` may be NULL or "". Faults: it is not a layer that leads to the output. */
sv_status sv_edges_of(const sv_graph *g, const sv_node *output, const char *latent, sv_edges *edges, sv_fault *fault);

typedef enum sv_severity { SV_NOTE, SV_WARNING, SV_ERROR } sv_severity;
extern const char *const sv_severity_names[];

/* A finding about an architecture and what would mend it. */
typedef struct sv_lint {
    const char *id; /* "A1" */
    sv_severity severity;
    const sv_node *node; /* NULL: the whole model */
    char message[320], fix[256];
} sv_lint;

/* All that the architecture alone says about its artifacts. */
typedef struct sv_static {
    const sv_graph *graph;
    const sv_node *output, *latent;
    sv_edges edges;
    int64_t size[2];       /* of the output */
    double *overlap[2];    /* composed overlap map of the decoder, [size]: ones at the latent through kernels of ones */
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

/* Members of explain's object: "overlap", "border_depth", "alignment_shift", "unread_input", "lints"; no braces around. */
void sv_static_json(const sv_static *s, sv_text *out);
/* A layer's own overlap map: {"rows": [...], "columns": [...]}, empty where the output is no image. */
void sv_layer_overlap_json(const sv_node *node, sv_text *out);
/* The same facts for people, a few lines; then the lints with their fixes. */
void sv_static_print(const sv_static *s, sv_text *out);

/* The interior: rows first[0] .. end[0]-1, columns first[1] .. end[1]-1: every pixel beyond the border depth, trimmed so that
 * first pixel and end are multiples of the stride. Both are 0 where nothing is left: every pixel is influenced by the border. */
typedef struct sv_interior {
    int first[2], end[2];
} sv_interior;
sv_interior sv_interior_of(const sv_edges *edges, int height, int width);

typedef struct sv_profile_point {
    int distance;
    double rmse, bias;
} sv_profile_point;

typedef struct sv_regions {
    double all, interior, ring; /* NAN where a region is empty */
} sv_regions;

enum { SV_MAX_PERIODS = 16 };
typedef struct sv_checkerboard {
    int period;
    double amplitude, floor, p;
} sv_checkerboard;

typedef struct sv_measured {
    int64_t n;
    sv_regions mse, psnr, ssim;
    double border_interior_ratio, border_interior_se; /* M2: MSE(ring) / MSE(interior) and its standard error over images */
    double left_right, top_bottom, corner; /* M5: ln(MSE_left / MSE_right), ln(MSE_top / MSE_bottom), MSE_corner / MSE_edge */
    double seam_ratio;            /* M10: mean squared step of r across multiples of the stride over that of all other steps */
    int points;                   /* per side, (min(H,W) - 1) / 2 + 1 */
    sv_profile_point *profile[4]; /* M1: top, bottom, left, right; owned */
    sv_checkerboard checkerboard[SV_MAX_PERIODS]; /* M6: the smallest periods p > 1 that divide the stride */
    int periods;
} sv_measured;

/* Takes image after image, in any order of `index` (0 .. images-1): results are stored per image and summed in index order.
 * What was never added does not count. `seed` is that of the checkerboard's p-values. */
typedef struct sv_measure sv_measure;
sv_status sv_measure_new(const sv_shape *shape, const sv_edges *edges, int64_t images, uint64_t seed, sv_measure **m,
                         sv_fault *fault);
/* Thread-safe for different indices. [H,W,C] each. */
void sv_measure_add(sv_measure *m, int64_t index, const float *target, const float *reconstruction);
sv_status sv_measure_finish(sv_measure *m, sv_measured *result, sv_fault *fault);
void sv_measure_free(sv_measure *m);
void sv_measured_free(sv_measured *r);

/* artifacts.json: one object with the keys of the interface; null where the data do not define a figure, and for
 * the figures that sv_measured does not hold (M3, M8, M9). */
void sv_measured_json(const sv_measured *r, const sv_edges *edges, sv_text *out);

#endif
