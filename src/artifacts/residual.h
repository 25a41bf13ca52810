/* Where reconstructions go wrong, over a whole data set: maps of the residual r = reconstruction - target by pixel and by
 * frequency. The measures in artifacts.h are numbers of the same r; these are for looking at. */
#ifndef SV_ARTIFACTS_RESIDUAL_H
#define SV_ARTIFACTS_RESIDUAL_H
#include "artifacts/artifacts.h"

typedef struct sv_residual_maps {
    int height, width;
    int64_t images;
    double *mean, *squared; /* [height, width]: mean r and mean r^2 over images and channels */
    sv_interior box;        /* what the spectrum is of: the interior, or the whole picture where the border reaches every pixel */
    int rows, columns;      /* of the box */
    int64_t transformed;    /* images in the spectrum: the first ones, as many as are transformed quickly */
    double *power;          /* [rows, columns]: mean power over those and channels under a Hann window, frequency 0 first */
} sv_residual_maps;

typedef struct sv_residual sv_residual;
/* `images`: how many there will be; at most `lanes` threads add at a time. */
sv_status sv_residual_new(const sv_shape *shape, const sv_edges *edges, int64_t images, int lanes, sv_residual **residual,
                          sv_fault *fault);
/* One image [H,W,C], number `index`. A lane is one thread's at a time; sums depend on which lane took which image in which order
 * and on nothing else. Allocates nothing. */
void sv_residual_add(sv_residual *r, int lane, int64_t index, const float *target, const float *reconstruction);
/* The maps; nothing can be added afterwards. Free them with sv_residual_maps_free. */
void sv_residual_finish(sv_residual *r, sv_residual_maps *maps);
void sv_residual_free(sv_residual *r);
void sv_residual_maps_free(sv_residual_maps *m);

/* Means over the pixels of the box at each phase of the stride, [stride[0], stride[1]], of one of the maps. */
void sv_residual_phases(const sv_residual_maps *m, const double *map, const int stride[2], double *phase);

#endif
