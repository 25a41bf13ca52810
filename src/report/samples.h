/* Sheets of samples beside their reconstructions, for people to look at. */
#ifndef SV_REPORT_SAMPLES_H
#define SV_REPORT_SAMPLES_H
#include "base/shape.h"

/*
 * A PNG with a row for each of `count` samples: input, target (where it is given), output and error map, small images
 * enlarged by a whole factor, a thin white gap between them. `input` is [count, input_shape], `target` (NULL: the input) and
 * `output` are [count, output_shape], intensities in [0,1]; of more than three channels the first three are shown as colours, of
 * two the first. The error map colours sqrt(mean over channels of |output - target|) by sv_error_colour: one scale for all
 * sheets, so they can be compared.
 */
sv_status sv_samples_write(const char *path, int count, const sv_shape *input_shape, const float *input,
                           const sv_shape *output_shape, const float *target, const float *output, sv_fault *fault);

/* The colour of v in [0,1] (clamped; what is no number is shown as 1): matplotlib's "inferno" (van der Walt, Smith), black to pale
 * yellow, evenly brighter to the eye. */
void sv_error_colour(float v, uint8_t rgb[3]);

#endif
