/* Pixels added around an image, and what stands in them: zeros, or the image itself reflected, replicated or wrapped around.
 * Negative sides take pixels off. Rules and limits as torch.nn.functional.pad. */
#ifndef SV_OPS_BORDER_H
#define SV_OPS_BORDER_H
#include "ops/op.h"

/* "zeros", "reflect", "replicate", "circular", indexed by sv_border; NULL-terminated. */
extern const char *const sv_border_names[];

/* Refuses what has no definition: reflections of the size of the image or more, more than one turn around it, an image of
 * which nothing is left. The message begins with "padding". */
sv_status sv_border_check(sv_border border, const sv_shape *image, sv_sides sides, sv_fault *fault);

/* [top + H + bottom, left + W + right, C] of an image [H,W,C]. */
sv_shape sv_border_shape(const sv_shape *image, sv_sides sides);

/* padded [samples, shape of sv_border_shape] from images [samples,H,W,C]. */
void sv_border_pad(sv_border border, const sv_shape *image, sv_sides sides, int samples, const float *images, float *padded);

/* The adjoint: every padded pixel is added to the pixel of `images` that it came from. */
void sv_border_fold(const sv_vectors *k, sv_border border, const sv_shape *image, sv_sides sides, int samples, const float *padded,
                    float *images);

#endif
