/*
 * Reshape: the same elements, in the same order, in another shape. One entry of target_shape may be -1: what is left.
 * dx += dy.
 */
#include "ops/op.h"
#include <string.h>

static const sv_arg table[] = {
    { .key = "target_shape", .type = SV_ARG_SHAPE, .offset = offsetof(sv_reshape_args, target_shape), .required = true,
      .doc = "shape of one sample, [H, W, C] or [units]; one entry may be -1" },
    { 0 },
};

/* *open: the entry that is -1, else -1. */
static sv_status check_entries(const sv_shape *target, int *open, sv_fault *fault)
{
    *open = -1;
    if (target->rank < 1 || target->rank > 3)
        return sv_fail(fault, SV_BAD_ARGUMENT, "target_shape: expected 1 to 3 entries, got %d", target->rank);
    for (int k = 0; k < target->rank; k++) {
        int64_t d = target->dim[k];
        if (d < 1 && d != -1)
            return sv_fail(fault, SV_BAD_ARGUMENT, "target_shape: expected integers >= 1 or one -1, got %lld", (long long)d);
        if (d == -1 && *open >= 0) return sv_fail(fault, SV_BAD_ARGUMENT, "target_shape: expected at most one -1, got two");
        if (d == -1) *open = k;
    }
    return SV_OK;
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    char in[SV_SHAPE_TEXT], out[SV_SHAPE_TEXT];
    sv_shape shape = ((const sv_reshape_args *)i->args)->target_shape, wanted = shape;
    int64_t count = sv_shape_count(&i->input[0]);
    int open = -1;
    if (check_entries(&shape, &open, fault)) return SV_BAD_ARGUMENT;
    if (open >= 0) shape.dim[open] = 1;
    int64_t rest = sv_shape_count(&shape);
    if (rest < 1 || (open < 0 ? rest != count : count % rest != 0))
        return sv_fail(fault, SV_BAD_ARGUMENT, "target_shape: %s cannot hold the %lld elements of the input %s",
                       sv_shape_text(&wanted, out), (long long)count, sv_shape_text(&i->input[0], in));
    if (open >= 0) shape.dim[open] = count / rest;
    i->output = shape;
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

const sv_op sv_op_reshape = {
    .type = "Reshape",
    .doc = "the same elements in another shape",
    .table = table,
    .args_size = sizeof(sv_reshape_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
