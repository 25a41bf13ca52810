/* What Conv2D, Conv2DTranspose and Dense have in common beside their product: y = act(b + product), the parameters "kernel"
 * and "bias", and the activation's way back. */
#ifndef SV_OPS_AFFINE_H
#define SV_OPS_AFFINE_H
#include "ops/op.h"

/* The fields that the three argument structs share. */
typedef struct sv_affine {
    bool bias;
    const sv_activation *activation;
} sv_affine;

/* Puts the parameters of a layer into an inference; the range of the kernel's size is checked. `units`: elements of the bias. */
typedef struct sv_affine_parameters {
    sv_shape kernel;
    int64_t units;
    bool bias;
    sv_fans fans;
    sv_initializer kernel_initializer, bias_initializer;
    sv_regularizer regularizer;
    sv_dialect dialect;
} sv_affine_parameters;
sv_status sv_affine_infer(sv_inference *i, const sv_affine_parameters *p, const sv_activation *activation, sv_fault *fault);

/* Where the product goes and what happens to it there: y, or the saved pre-activation where the derivative needs it. */
float *sv_affine_target(const sv_call *c, sv_affine a);
sv_epilogue sv_affine_epilogue(const sv_call *c, sv_affine a);

/* y = act(saved), where the product went to `saved`. */
void sv_affine_activate(const sv_call *c, sv_affine a);

/* dy *= act', dw[1] += sums of dy over all pixels. */
void sv_affine_backward(const sv_call *c, sv_affine a);

#endif
