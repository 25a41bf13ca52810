/*
 * Flatten: [H,W,C] -> [H W C], row by row, channels last (Keras's order; PyTorch's is channel by channel). dx += dy.
 */
#include "ops/op.h"
#include <string.h>

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    (void)fault;
    i->output = sv_shape1(sv_shape_count(&i->input[0]));
    return SV_OK;
}

static void forward(const sv_call *c)
{
    memcpy(c->y, c->x[0], (size_t)(c->samples * sv_shape_count(&c->output)) * sizeof(float));
}

static void backward(const sv_call *c)
{
    if (c->dx[0]) c->vectors->add(c->samples * sv_shape_count(&c->output), c->dx[0], c->dy);
}

const sv_op sv_op_flatten = {
    .type = "Flatten",
    .doc = "the elements of an image as one vector, row by row",
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
