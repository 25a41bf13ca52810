/* Structural similarity. Wang, Bovik, Sheikh, Simoncelli 2004, "Image quality assessment: from error visibility to structural
 * similarity": Gaussian window of 11 pixels, sigma 1.5, K = (.01, .03), intensities in [0,1]. */
#ifndef SV_ARTIFACTS_SSIM_H
#define SV_ARTIFACTS_SSIM_H
#include <stdint.h>
#include <stddef.h>

/* The place of index i in an array of n that is continued by its mirror image, edge pixel repeated. */
int sv_mirrored(int i, int n);

/* Doubles of scratch memory that an image needs. */
size_t sv_ssim_scratch(int width, int channels);

/* Receives row after row of the map: values [width * channels]. */
typedef void (*sv_ssim_row)(void *context, int row, const double *values);

/* The map of x against y, both [height, width, channels], each channel on its own. The images are continued by their mirror
 * images, edge pixel repeated, so that border pixels weigh as much as others; moments have the window's weights. */
void sv_ssim_map(int height, int width, int channels, const float *x, const float *y, double *scratch, sv_ssim_row take,
                 void *context);

#endif
