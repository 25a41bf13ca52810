/*
 * Conv2DTranspose, the adjoint of Conv2D in x. x [H,W,C] -> y [OH,OW,F], kernel w [kh,kw,F/groups,C], bias b [F]; s stride,
 * d dilation, p crop before. The full output of (n - 1) s + (k - 1) d + 1 pixels an axis is cropped, or extended by pixels
 * that hold only the bias:
 *     y[i s + u d - p, j s + v d - p, o] += x[i,j,c] w[u,v,o,c], then act(b + y)                 up
 *     dx[i,j,c]   += sum_{u,v,o} dz[i s + u d - p, j s + v d - p, o] w[u,v,o,c]                  down
 *     dw[u,v,o,c] += sum_{i,j} dz[i s + u d - p, j s + v d - p, o] x[i,j,c]                      wgrad
 *     db[o]       += sum_{i,j} dz[i,j,o],   dz = dy act'
 * The output is the big image, the input the small one; conv2d.c is the same with the roles exchanged. Words follow Keras
 * (output lengths with and without output_padding), numbers PyTorch; output_padding asks for more pixels of the full output
 * and never appends zeros. With normalize_overlap the sum is multiplied, before the bias, by what tap_scale.h says.
 */
#include "ops/affine.h"
#include "ops/checks.h"
#include "ops/conv_geometry.h"
#include "ops/tap_scale.h"
#include <math.h>

#define FIELD(name) offsetof(sv_conv2d_transpose_args, name)
static const sv_arg table[] = {
    SV_CONV_FIRST_ROWS(sv_conv2d_transpose_args),
    { .key = "strides", .type = SV_ARG_PAIR, .offset = FIELD(strides), .minimum = 1, .maximum = 1e9, .fallback = 1,
      .fallback_torch = NAN, .doc = "pixels of the output from one pixel of the input to the next" },
    { .key = "padding", .type = SV_ARG_PADDING, .offset = FIELD(padding), .fallback_torch = NAN, .fallback_text = "\"valid\"",
      .doc = "pixels cropped off the full output; \"same\" gives n * stride, the odd pixel after" },
    { .key = "output_padding", .type = SV_ARG_OUTPUT_PADDING, .offset = FIELD(output_padding), .fallback_torch = NAN,
      .fallback_text = "null", .doc = "pixels less to crop at the end; null is not 0: \"same\" then gives n * stride" },
    { .key = "normalize_overlap", .type = SV_ARG_SWITCH, .offset = FIELD(normalize_overlap), .fallback = 0, .fallback_torch = NAN,
      .doc = "each pixel's sum times the mean number of taps in a pixel over its own" },
    SV_CONV_LATER_ROWS(sv_conv2d_transpose_args),
    SV_AFFINE_ROWS(sv_conv2d_transpose_args, "filter"),
    { 0 },
};

static sv_affine affine(const sv_conv2d_transpose_args *a)
{
    return (sv_affine){ a->use_bias == SV_ON, &a->activation };
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_conv2d_transpose_args *a = i->args;
    sv_conv_words words = { .filters = a->filters, .groups = a->groups, .kernel = a->kernel, .strides = a->strides,
                            .dilation = a->dilation, .padding = a->padding, .output_padding = a->output_padding };
    sv_conv_numbers n;
    if (sv_need_image(i, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (sv_conv_transpose_resolve(&words, &i->input[0], &n, fault) != SV_OK) return SV_BAD_ARGUMENT;
    sv_affine_parameters p = { sv_conv_kernel_shape(&n.geometry), a->filters, a->use_bias == SV_ON,
                               sv_conv_fans(&n.geometry, true), sv_conv_role(&words, true), a->kernel_initializer, a->bias_initializer,
                               a->kernel_regularizer, a->dialect };
    i->output = n.output;
    if (sv_affine_infer(i, &p, &a->activation, fault) != SV_OK) return SV_BAD_ARGUMENT;
    *(sv_conv_geometry *)(void *)i->state = n.geometry;
    sv_conv_space(i, &n.geometry, SV_UP);
    i->multiply_adds = sv_conv_multiply_adds(&n.geometry);
    i->padding[0] = n.sides.top, i->padding[1] = n.sides.bottom, i->padding[2] = n.sides.left, i->padding[3] = n.sides.right;
    return SV_OK;
}

static bool normalizes(const sv_call *c)
{
    return ((const sv_conv2d_transpose_args *)c->args)->normalize_overlap == SV_ON;
}

static void forward(const sv_call *c)
{
    const sv_conv_geometry *g = c->state;
    sv_affine a = affine(c->args);
    sv_epilogue e = sv_affine_epilogue(c, a), plain = { .accumulate = false };
    float *to = sv_affine_target(c, a);
    c->backend->up(c->vectors, g, c->samples, c->x[0], c->packed[0], to, normalizes(c) ? &plain : &e, c->workspace);
    if (normalizes(c)) {
        sv_scale_overlap(g, c->samples, to);
        c->vectors->bias_activate(c->samples * c->output.dim[0] * c->output.dim[1], c->output.dim[2], to, e.bias, e.activation);
    }
    sv_affine_activate(c, a);
}

static void backward(const sv_call *c)
{
    const sv_conv_geometry *g = c->state;
    const sv_affine a = affine(c->args);
    sv_bias_gradient bias = { .db = a.bias && !normalizes(c) ? c->dw[1] : NULL, .transposed = true };
    sv_affine_derivative(c, a);
    if (normalizes(c)) {
        sv_affine_sum_bias(c, a);
        sv_scale_overlap(g, c->samples, c->dy);
    }
    const sv_conv_backend *backend = c->backend;
    const float *x = c->x[0], *w = c->packed[1];
    float *dx = c->dx[0], *dw = c->dw[0];
    sv_epilogue e = { .accumulate = !c->fresh, .rectified = c->rectify_dx ? x : NULL };
    if (dw && dx && backend->wgrad_down) {
        backend->wgrad_down(c->vectors, g, c->samples, c->dy, x, dw, bias, w, dx, &e, c->workspace);
        return;
    }
    if (dw) backend->wgrad(c->vectors, g, c->samples, c->dy, x, dw, bias, c->workspace);
    if (dx) backend->down(c->vectors, g, c->samples, c->dy, w, dx, &e, c->workspace);
}

static int64_t workspace(const sv_inference *i, int samples)
{
    return i->backend->workspace((const sv_conv_geometry *)(const void *)i->state, samples);
}

static void pack(const sv_call *c, bool backward, float *to)
{
    c->backend->pack(c->vectors, c->state, sv_conv_direction(SV_UP, backward), c->w[0], to);
}

extern const sv_op sv_op_conv2d_transpose;
const sv_op sv_op_conv2d_transpose = {
    .type = "Conv2DTranspose", .doc = "2-D transposed convolution", .table = table, .args_size = sizeof(sv_conv2d_transpose_args),
    .min_inputs = 1, .max_inputs = 1, .transposed = true, .sets_dx = true, .rectifies_dx = true, .keeps_input = true, .keeps_output = true,
    .settles_output = true, .infer = infer, .forward = forward, .backward = backward, .workspace = workspace, .pack = pack,
};
