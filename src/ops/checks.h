/* What the infer functions of several operators check. */
#ifndef SV_OPS_CHECKS_H
#define SV_OPS_CHECKS_H
#include "ops/op.h"

/* SV_OK where the input is an image [H,W,C]. */
sv_status sv_need_image(const sv_inference *i, sv_fault *fault);

/* SV_OK where the output that infer filled in has at most 2^40 elements and sides that fit an int. */
sv_status sv_need_size(const sv_inference *i, sv_fault *fault);

#endif
