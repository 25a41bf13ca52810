/*
 * Conv2D. x [H,W,C] -> y [OH,OW,F], kernel w [kh,kw,C/groups,F], bias b [F]; s stride, d dilation, p padding before:
 *     y[i,j,o]   = act( b[o] + sum_{u,v,c} x[i s - p + u d, j s - p + v d, c] w[u,v,c,o] )      down
 *     dx[y,x,c] += sum over the (i,j,u,v,o) that read it of dz[i,j,o] w[u,v,c,o]                up
 *     dw[u,v,c,o] += sum_{i,j} x[i s - p + u d, j s - p + v d, c] dz[i,j,o]                     wgrad
 *     db[o]      += sum_{i,j} dz[i,j,o],   dz = dy act'
 * The input is the big image, the output the small one; conv2d_transpose.c is the same with the roles exchanged. Pixels outside
 * the input are zeros, or with a padding_mode the input's own (then x is padded into the workspace, and its gradient folded
 * back), or zeros that the sum is corrected for (partial: see tap_scale.h). A pixel that no window reads keeps gradient 0. Words follow Keras, numbers PyTorch; strides together with dilation are
 * computed, as PyTorch does.
 */
#include "ops/affine.h"
#include "ops/border.h"
#include "ops/checks.h"
#include "ops/conv_geometry.h"
#include "ops/tap_scale.h"
#include <math.h>
#include <string.h>

static const char *const mode_names[] = { "zeros", "reflect", "replicate", "circular", "partial", NULL };

#define FIELD(name) offsetof(sv_conv2d_args, name)
static const sv_arg table[] = {
    SV_CONV_FIRST_ROWS(sv_conv2d_args),
    { .key = "strides", .type = SV_ARG_PAIR, .offset = FIELD(strides), .minimum = 1, .maximum = 1e9, .fallback = 1,
      .fallback_torch = NAN, .doc = "pixels from one window to the next" },
    { .key = "padding", .type = SV_ARG_PADDING, .offset = FIELD(padding), .fallback_torch = NAN, .fallback_text = "\"valid\"",
      .doc = "pixels around the input; \"same\" gives ceil(n / stride), the odd pixel after" },
    { .key = "padding_mode", .type = SV_ARG_ENUM, .offset = FIELD(padding_mode), .fallback_torch = NAN, .names = mode_names,
      .fallback_text = "\"zeros\"", .doc = "what stands in the padding; partial: zeros, the sum scaled up by the taps they take" },
    SV_CONV_LATER_ROWS(sv_conv2d_args),
    SV_AFFINE_ROWS(sv_conv2d_args, "filter"),
    { 0 },
};

/* `geometry` holds the padding, except where a padding mode pads the input beforehand. */
typedef struct state {
    sv_conv_geometry geometry;
    sv_sides sides;
    bool padded, partial;
} state;

static sv_affine affine(const sv_conv2d_args *a)
{
    return (sv_affine){ a->use_bias == SV_ON, &a->activation };
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_conv2d_args *a = i->args;
    sv_conv_words words = { .filters = a->filters, .groups = a->groups, .kernel = a->kernel, .strides = a->strides,
                            .dilation = a->dilation, .padding = a->padding };
    sv_conv_numbers n;
    if (sv_need_image(i, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (sv_conv_resolve(&words, &i->input[0], &n, fault) != SV_OK) return SV_BAD_ARGUMENT;
    sv_affine_parameters p = { sv_conv_kernel_shape(&n.geometry), a->filters, a->use_bias == SV_ON,
                               sv_conv_fans(&n.geometry, false), sv_conv_role(&words, false), a->kernel_initializer, a->bias_initializer,
                               a->kernel_regularizer, a->dialect };
    i->output = n.output;
    if (sv_affine_infer(i, &p, &a->activation, fault) != SV_OK) return SV_BAD_ARGUMENT;
    state *s = (state *)(void *)i->state;
    *s = (state){ n.geometry, n.sides, a->padding_mode != SV_ZEROS && a->padding_mode != SV_PARTIAL, a->padding_mode == SV_PARTIAL };
    if (s->padded) {
        if (sv_border_check(a->padding_mode, &i->input[0], n.sides, fault) != SV_OK) return SV_BAD_ARGUMENT;
        sv_shape big = sv_border_shape(&i->input[0], n.sides);
        s->geometry.big_h = (int)big.dim[0], s->geometry.big_w = (int)big.dim[1];
        s->geometry.top = s->geometry.left = 0;
        i->workspace_per_sample = sv_shape_count(&big);
    }
    sv_conv_space(i, &s->geometry, SV_DOWN);
    i->multiply_adds = sv_conv_multiply_adds(&n.geometry);
    i->padding[0] = n.sides.top, i->padding[1] = n.sides.bottom, i->padding[2] = n.sides.left, i->padding[3] = n.sides.right;
    return SV_OK;
}

/* The image that the kernel slides over: x, or x padded in the workspace. *space is the workspace behind it. */
static const float *big_image(const sv_call *c, const state *s, float **space)
{
    const sv_conv2d_args *a = c->args;
    *space = c->workspace;
    if (!s->padded) return c->x[0];
    sv_border_pad(a->padding_mode, &c->input[0], s->sides, c->samples, c->x[0], c->workspace);
    *space += (int64_t)c->samples * s->geometry.big_h * s->geometry.big_w * s->geometry.big_c;
    return c->workspace;
}

static void forward(const sv_call *c)
{
    const state *s = c->state;
    sv_affine a = affine(c->args);
    sv_epilogue e = sv_affine_epilogue(c, a);
    float *space;
    const float *big = big_image(c, s, &space);
    sv_epilogue plain = { .accumulate = false };
    float *to = sv_affine_target(c, a);
    c->backend->down(c->vectors, &s->geometry, c->samples, big, c->packed[0], to, s->partial ? &plain : &e, space);
    if (s->partial) {
        sv_scale_partial(&s->geometry, c->samples, to);
        c->vectors->bias_activate(c->samples * c->output.dim[0] * c->output.dim[1], c->output.dim[2], to, e.bias, e.activation);
    }
    sv_affine_activate(c, a);
}

static void backward(const sv_call *c)
{
    const state *s = c->state;
    const sv_affine a = affine(c->args);
    sv_bias_gradient bias = { .db = a.bias && !s->partial ? c->dw[1] : NULL };
    sv_affine_derivative(c, a);
    if (s->partial) {
        sv_affine_sum_bias(c, a);
        sv_scale_partial(&s->geometry, c->samples, c->dy);
    }
    float *space, *dx = c->dx[0];
    const float *big = big_image(c, s, &space), *w = c->packed[1];
    const float *rectified = c->rectify_dx ? c->x[0] : NULL;
    sv_epilogue e = { .accumulate = !s->padded && !c->fresh, .rectified = s->padded ? NULL : rectified };
    const sv_conv_backend *backend = c->backend;
    if (c->dw[0] && dx && !s->padded && backend->wgrad_up) {
        backend->wgrad_up(c->vectors, &s->geometry, c->samples, big, c->dy, c->dw[0], bias, w, dx, &e, space);
        return;
    }
    if (c->dw[0]) backend->wgrad(c->vectors, &s->geometry, c->samples, big, c->dy, c->dw[0], bias, space);
    if (!dx) return;
    backend->up(c->vectors, &s->geometry, c->samples, c->dy, w, s->padded ? c->workspace : dx, &e, space);
    if (!s->padded) return;
    int64_t count = c->samples * sv_shape_count(&c->input[0]);
    if (c->fresh) memset(dx, 0, (size_t)count * sizeof *dx);
    sv_border border = ((const sv_conv2d_args *)c->args)->padding_mode;
    sv_border_fold(c->vectors, border, &c->input[0], s->sides, c->samples, c->workspace, dx);
    sv_rectify_backward(c->vectors, rectified, count, dx);
}

static int64_t workspace(const sv_inference *i, int samples)
{
    return i->backend->workspace(&((const state *)(const void *)i->state)->geometry, samples);
}

static void pack(const sv_call *c, bool backward, float *to)
{
    const state *s = c->state;
    c->backend->pack(c->vectors, &s->geometry, sv_conv_direction(SV_DOWN, backward), c->w[0], to);
}

extern const sv_op sv_op_conv2d;
const sv_op sv_op_conv2d = {
    .type = "Conv2D", .doc = "2-D convolution", .table = table, .args_size = sizeof(sv_conv2d_args), .min_inputs = 1,
    .max_inputs = 1, .sets_dx = true, .rectifies_dx = true, .keeps_input = true, .keeps_output = true, .settles_output = true,
    .infer = infer, .forward = forward, .backward = backward, .workspace = workspace, .pack = pack,
};
