/* What Conv2D, Conv2DTranspose and Dense have in common beside their product: y = act(b + product), the parameters "kernel"
 * and "bias", and the activation's way back. */
#ifndef SV_OPS_AFFINE_H
#define SV_OPS_AFFINE_H
#include "ops/op.h"
#include <math.h>

/* The last rows of their argument tables; `args` is the argument struct, `unit` what has one bias each. */
#define SV_AFFINE_ROWS(args, unit)                                                                                               \
    { .key = "use_bias", .type = SV_ARG_SWITCH, .offset = offsetof(args, use_bias), .fallback = 1, .fallback_torch = NAN,         \
      .doc = "whether a bias per " unit " is added" },                                                                           \
    { .key = "activation", .type = SV_ARG_ACTIVATION, .offset = offsetof(args, activation), .fallback_torch = NAN,               \
      .fallback_text = "\"linear\"", .doc = "applied to the output" },                                                           \
    { .key = "kernel_initializer", .type = SV_ARG_INITIALIZER, .offset = offsetof(args, kernel_initializer),                     \
      .fallback_torch = NAN, .fallback_text = "\"glorot_uniform\"; torch: \"kaiming_uniform\" with a = sqrt 5",                  \
      .doc = "how the kernel starts" },                                                                                          \
    { .key = "bias_initializer", .type = SV_ARG_INITIALIZER, .offset = offsetof(args, bias_initializer), .fallback_torch = NAN,  \
      .fallback_text = "\"zeros\"; torch: uniform within 1 / sqrt(fan_in)", .doc = "how the bias starts" },                      \
    { .key = "kernel_regularizer", .type = SV_ARG_REGULARIZER, .offset = offsetof(args, kernel_regularizer),                     \
      .fallback_torch = NAN, .fallback_text = "none", .doc = "penalty on the kernel, added to the loss" },                       \
    { .key = "dialect", .type = SV_ARG_DIALECT, .offset = offsetof(args, dialect), .fallback_torch = NAN,                        \
      .fallback_text = "the model's", .doc = "whose default initializers" }

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
    sv_kernel_role role;
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

/* dy *= act' unless it is done. */
void sv_affine_derivative(const sv_call *c, sv_affine a);

/* dw[1] += sums of dy over all pixels, sample after sample: where micro-batches are cut changes no bit. Where the backend's wgrad does
 * it (sv_bias_gradient) it is not called. */
void sv_affine_sum_bias(const sv_call *c, sv_affine a);

#endif
