/* What sv_measure keeps of each image, for the files that make figures of it. */
#ifndef SV_ARTIFACTS_MEASURE_H
#define SV_ARTIFACTS_MEASURE_H
#include "artifacts/artifacts.h"
#include <stdatomic.h>

/* Sums over the pixels and channels of one image: squared errors and SSIM of all, interior and ring; squared errors of the
 * strips of the ring (top, bottom, left, right) and of its corners; squared steps of r across cell faces and elsewhere. */
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
    SV_SUMS
};

struct sv_measure {
    int height, width, channels;
    sv_edges edges;
    sv_interior interior;
    int64_t images;
    uint64_t seed;
    int points;            /* of a profile */
    double count[SV_SUMS]; /* terms of each sum */
    uint8_t *seen;         /* [images] */
    double *sums;          /* [images][SV_SUMS] */
    float *profile;        /* [images][4][points][2]: sums of e and of r */
    int phases[2];         /* the stride on each axis, 0 where there is no interior */
    float *phase;          /* [images][phases[0] phases[1] channels]: mean r of the interior at each phase */
    atomic_bool short_of_memory;
};

/* Sum of column `sum` over the images that were added, in index order. */
double sv_measure_total(const sv_measure *m, int sum);

/* M6 of all periods, into r->checkerboard. */
sv_status sv_measure_checkerboard(const sv_measure *m, sv_measured *r, sv_fault *fault);

#endif
