/* What sv_measure keeps of each image, for the files that make figures of it. Channels are planes of their own throughout. */
#ifndef SV_ARTIFACTS_MEASURE_H
#define SV_ARTIFACTS_MEASURE_H
#include "artifacts/artifacts.h"
#include <stdatomic.h>

/* Sums over the pixels of one plane: squared errors and SSIM of all, interior and ring; squared errors of the strips of the
 * ring (top, bottom, left, right) and of its corners; squared steps of r across cell faces and elsewhere; power at the
 * harmonics and beside them. */
enum {
    SV_SQUARED,
    SV_SQUARED_INTERIOR,
    SV_SQUARED_RING,
    SV_SSIM,
    SV_SSIM_INTERIOR,
    SV_SSIM_RING,
    SV_STRIP,
    SV_CORNERS = SV_STRIP + 4,
    SV_FACES,
    SV_STEPS,
    SV_PEAK,
    SV_BESIDE,
    SV_SUMS
};

/* What a pixel belongs to: a strip (1 + side), the corners or neither (0), and perhaps the interior. */
enum { SV_KIND_CORNERS = 5, SV_KIND_INTERIOR = 8, SV_KINDS = 16 };

/* The interior pixels of one plane at one phase of the stride: means of target and reconstruction, sums of squares and products
 * about them, squared errors. */
typedef struct sv_phase {
    double x, y, xx, xy, squared;
} sv_phase;

/* Sums of e and r on a line of the profile. */
typedef struct sv_line_point {
    double squared, bias;
} sv_line_point;

/* A pixel as M3 sees it: the target's local variance and the squared error. */
typedef struct sv_content {
    float variance, squared;
} sv_content;

struct sv_spectrum;

struct sv_measure {
    int height, width, channels; /* within the margin, as all below */
    int margin, row;             /* of the whole picture: that, and pixels of a row */
    sv_edges edges;
    sv_interior interior;
    int64_t images;
    uint64_t seed;
    int threads;
    bool brief;
    int points;                   /* of a line of the profile */
    int phases[2];                /* the stride on each axis, 0 where there is no interior */
    double count[SV_SUMS];        /* terms of each sum */
    uint8_t *kind;                /* [height width] */
    uint8_t *seen;                /* [images] */
    double *sums;                 /* [images][channels][SV_SUMS] */
    sv_line_point *line;          /* [images][channels][SV_LINES][points] */
    sv_phase *phase;              /* [images][channels][phases[0] phases[1]] */
    int64_t inside, around;       /* pixels of interior and ring */
    int64_t *pixel;               /* [inside + around], interior first */
    float *content;               /* sv_content [images][channels][inside + around], or NULL */
    struct sv_spectrum *spectrum; /* NULL where no harmonic has neighbours */
    atomic_bool short_of_memory;
};

/* Figures are made of the channels first .. first + count - 1. */
typedef struct sv_view {
    const sv_measure *m;
    int first, count;
    int64_t n; /* images added */
} sv_view;

/* One plane of an image, as it is measured. */
typedef struct sv_plane {
    const sv_measure *m;
    const float *x, *y; /* [height width] */
    const double *r;    /* y - x */
    double *scratch;    /* sv_plane_scratch doubles */
} sv_plane;
size_t sv_plane_scratch(const sv_measure *m);

/* The record of image `index` and channel c in one of the arrays, each `size` long. */
static inline size_t sv_record(const sv_measure *m, int64_t index, int c, size_t size)
{
    return ((size_t)index * (size_t)m->channels + (size_t)c) * size;
}

static inline size_t sv_phases_of(const sv_measure *m)
{
    return (size_t)m->phases[0] * (size_t)m->phases[1];
}

/* R = sum a / sum b and its standard error. */
sv_ratio sv_ratio_of(const double *a, const double *b, int64_t n);

/* M9: statistics of a plane; its figures. Each image's mean residual at the phases is what M6 starts from. */
void sv_phases_add(const sv_plane *p, sv_phase *out);
sv_status sv_phases_figures(const sv_view *v, sv_measured *r, sv_fault *fault);

/* M6 of all periods, into r->checkerboard. */
sv_status sv_checkerboard_figures(const sv_view *v, sv_measured *r, sv_fault *fault);

/* M3. */
void sv_content_add(const sv_plane *p, sv_content *out);
sv_status sv_content_figures(const sv_view *v, sv_measured *r, sv_fault *fault);

/* M8: the tables for an interior of this size, NULL in *s where no harmonic has neighbours; a plane's two sums. */
sv_status sv_spectrum_new(const sv_interior *box, const int stride[2], struct sv_spectrum **s, sv_fault *fault);
void sv_spectrum_free(struct sv_spectrum *s);
size_t sv_spectrum_scratch(const struct sv_spectrum *s);
void sv_spectrum_add(const sv_plane *p, double *peak, double *beside);

#endif
