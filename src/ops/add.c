/*
 * Add: y = x_0 + x_1 + ..., inputs of one shape, added from left to right. dx_k += dy.
 */
#include "ops/op.h"
#include <string.h>

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    char first[SV_SHAPE_TEXT], other[SV_SHAPE_TEXT];
    for (int k = 1; k < i->inputs; k++)
        if (!sv_shape_equal(&i->input[k], &i->input[0]))
            return sv_fail(fault, SV_BAD_ARGUMENT, "inputs[%d]: expected the shape of the first, %s, got %s", k,
                           sv_shape_text(&i->input[0], first), sv_shape_text(&i->input[k], other));
    i->output = i->input[0];
    return SV_OK;
}

static void forward(const sv_call *c)
{
    int64_t count = c->samples * sv_shape_count(&c->output);
    memcpy(c->y, c->x[0], (size_t)count * sizeof(float));
    for (int k = 1; k < c->inputs; k++) c->vectors->add(count, c->y, c->x[k]);
}

static void backward(const sv_call *c)
{
    int64_t count = c->samples * sv_shape_count(&c->output);
    for (int k = 0; k < c->inputs; k++)
        if (c->dx[k]) c->vectors->add(count, c->dx[k], c->dy);
}

const sv_op sv_op_add = {
    .type = "Add",
    .doc = "the sum of 2 to 16 inputs of one shape",
    .min_inputs = 2,
    .max_inputs = SV_MAX_INPUTS,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
