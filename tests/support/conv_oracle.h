/* Conv2D and Conv2DTranspose by their definitions, in double, from the layer's arguments alone: their padding rules are
 * written down here once more, in another form than the library's. */
#ifndef TESTS_SUPPORT_CONV_ORACLE_H
#define TESTS_SUPPORT_CONV_ORACLE_H
#include "ops/op.h"

double activation_oracle(const sv_activation *a, double x);
void conv2d_oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y);
void conv2d_transpose_oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w,
                             double *y);

/* Whether the layer has any output for this input, by the same rules. */
bool conv2d_oracle_fits(const sv_conv2d_args *a, sv_shape input);
bool conv2d_transpose_oracle_fits(const sv_conv2d_transpose_args *a, sv_shape input);

#endif
