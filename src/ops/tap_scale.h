/*
 * Factors by pixel for the product of a convolution, before its bias, from the number of taps that meet in a pixel:
 *   partial    of a convolution, taps of the window over those inside the image: kh kw / (vh vw), 0 where none is; partial-
 *              convolution padding, Liu et al. 2018, arXiv 1811.11718;
 *   overlap    of a transposed convolution, the mean number of taps in a pixel over those in this one: (kh kw / (sh sw)) / (ch cw),
 *              1 where none is. All pixels then weigh the same: the counts of A1's lint and those at the border are even.
 * Both are products of a factor by row and one by column. They are their own adjoints: the gradient is multiplied alike.
 */
#ifndef SV_OPS_TAP_SCALE_H
#define SV_OPS_TAP_SCALE_H
#include "kernels/kernels.h"

/* small [samples, small_h, small_w, small_c] of the geometry, in place. */
void sv_scale_partial(const sv_conv_geometry *g, int samples, float *small);
/* big [samples, big_h, big_w, big_c] of the geometry, in place. */
void sv_scale_overlap(const sv_conv_geometry *g, int samples, float *big);

#endif
