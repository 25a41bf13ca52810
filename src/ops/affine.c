#include "ops/affine.h"

sv_status sv_affine_infer(sv_inference *i, const sv_affine_parameters *p, const sv_activation *activation, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (sv_activation_check(activation, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (sv_shape_count(&p->kernel) < 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "kernel: %s is more than 2^40 weights", sv_shape_text(&p->kernel, text));
    if (sv_shape_count(&i->output) < 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "output: %s is more than 2^40 elements", sv_shape_text(&i->output, text));
    i->parameter[0] = (sv_parameter_spec){ .name = "kernel", .shape = p->kernel, .trainable = true,
                                           .initializer = p->kernel_initializer, .dialect = p->dialect, .fans = p->fans,
                                           .role = p->role, .regularizer = p->regularizer };
    i->parameter[1] = (sv_parameter_spec){ .name = "bias", .shape = sv_shape1(p->units), .trainable = true,
                                           .initializer = p->bias_initializer, .dialect = p->dialect, .fans = p->fans };
    i->parameters = p->bias ? 2 : 1;
    i->rectifies = activation->type == SV_ACTIVATION_RELU;
    i->saved = sv_activation_needs_input(activation) ? sv_shape_count(&i->output) : 0;
    return SV_OK;
}

float *sv_affine_target(const sv_call *c, sv_affine a)
{
    return sv_activation_needs_input(a.activation) ? c->saved : c->y;
}

sv_epilogue sv_affine_epilogue(const sv_call *c, sv_affine a)
{
    bool now = a.activation->type != SV_ACTIVATION_LINEAR && !sv_activation_needs_input(a.activation);
    return (sv_epilogue){ .bias = a.bias ? c->w[1] : NULL, .activation = now ? a.activation : NULL };
}

static int64_t elements(const sv_call *c)
{
    return c->samples * sv_shape_count(&c->output);
}

void sv_affine_activate(const sv_call *c, sv_affine a)
{
    if (sv_activation_needs_input(a.activation)) c->vectors->activate(a.activation, elements(c), c->saved, c->y);
}

void sv_affine_derivative(const sv_call *c, sv_affine a)
{
    if (a.activation->type != SV_ACTIVATION_LINEAR && !c->rectified_dy)
        c->vectors->activate_backward(a.activation, elements(c), c->saved, c->y, c->dy);
}

void sv_affine_sum_bias(const sv_call *c, sv_affine a)
{
    const int64_t sample = sv_shape_count(&c->output), channels = sv_shape_channels(&c->output);
    if (!a.bias || !c->dw[1]) return;
    for (int s = 0; s < c->samples; s++) c->vectors->column_sums(sample / channels, channels, c->dy + s * sample, c->dw[1]);
}
