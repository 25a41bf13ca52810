/*
 * Activation: y = act(x), element by element, on any shape (formulas: selvage.h; loops: sv_vectors).
 * dx += act'(x) dy, from y where y alone tells the derivative, else from a copy of x.
 */
#include "ops/op.h"
#include <string.h>

static const sv_arg table[] = {
    { .key = "activation", .type = SV_ARG_ACTIVATION, .offset = offsetof(sv_activation_args, activation), .required = true,
      .doc = "the function" },
    { 0 },
};

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    sv_activation a = ((const sv_activation_args *)i->args)->activation;
    sv_activation_complete(&a, i->dialect);
    if (sv_activation_check(&a, fault)) return SV_BAD_ARGUMENT;
    i->output = i->input[0];
    i->saved = sv_activation_needs_input(&a) ? sv_shape_count(&i->output) : 0;
    memcpy(i->state, &a, sizeof a);
    return SV_OK;
}

static void forward(const sv_call *c)
{
    const sv_activation *a = c->state;
    int64_t count = c->samples * sv_shape_count(&c->output);
    if (sv_activation_needs_input(a)) memcpy(c->saved, c->x[0], (size_t)count * sizeof(float));
    c->vectors->activate(a, count, c->x[0], c->y);
}

static void backward(const sv_call *c)
{
    int64_t count = c->samples * sv_shape_count(&c->output);
    if (!c->dx[0]) return;
    c->vectors->activate_backward(c->state, count, c->saved, c->y, c->dy);
    c->vectors->add(count, c->dx[0], c->dy);
}

const sv_op sv_op_activation = {
    .type = "Activation",
    .doc = "an activation function on its own",
    .table = table,
    .args_size = sizeof(sv_activation_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .keeps_output = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
