/*
 * Dense, on the last axis. x [..., n] -> y [..., units], kernel w [n,units], bias b [units]:
 *     y  = act( b + x w )
 *     dx += dz w^T,   dw += x^T dz,   db += sum of dz over all rows,   dz = dy act'
 */
#include "ops/affine.h"
#include <limits.h>
#include <math.h>

enum { CHAIN = 256 }; /* samples of a product that adds to one chain of the native backend */

#define FIELD(name) offsetof(sv_dense_args, name)
static const sv_arg table[] = {
    { .key = "units", .type = SV_ARG_INT, .offset = FIELD(units), .required = true, .minimum = 1, .maximum = 1e9,
      .fallback_torch = NAN, .doc = "length of the output's last axis" },
    SV_AFFINE_ROWS(sv_dense_args, "unit"),
    { 0 },
};

static sv_affine affine(const sv_dense_args *a)
{
    return (sv_affine){ a->use_bias == SV_ON, &a->activation };
}

static bool is_flat(const sv_shape *x)
{
    return sv_shape_count(x) == sv_shape_channels(x);
}

/* On an image it is a convolution of one tap. */
static sv_conv_geometry pixels(const sv_shape *x, int units)
{
    int n = (int)sv_shape_channels(x), count = (int)(sv_shape_count(x) / n);
    int w = x->rank == 3 ? (int)x->dim[1] : count, h = count / w;
    return (sv_conv_geometry){ .big_h = h, .big_w = w, .big_c = n, .small_h = h, .small_w = w, .small_c = units, .kh = 1, .kw = 1,
                               .sh = 1, .sw = 1, .dh = 1, .dw = 1, .groups = 1 };
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_dense_args *a = i->args;
    const sv_shape *x = &i->input[0];
    int64_t n = sv_shape_channels(x);
    char text[SV_SHAPE_TEXT];
    if (sv_shape_count(x) < 1 || sv_shape_count(x) > INT_MAX)
        return sv_fail(fault, SV_BAD_ARGUMENT, "input: %s is too large", sv_shape_text(x, text));
    i->output = *x;
    i->output.dim[x->rank - 1] = a->units;
    double in = (double)n, out = a->units;
    sv_affine_parameters p = { { 2, { n, a->units } }, a->units, a->use_bias == SV_ON,
                               { { in, in, in, in }, { out, out, out, out } }, { 0 }, a->kernel_initializer, a->bias_initializer,
                               a->kernel_regularizer, a->dialect };
    i->multiply_adds = (double)sv_shape_count(x) * a->units;
    return sv_affine_infer(i, &p, &a->activation, fault);
}

static int64_t workspace(const sv_inference *i, int samples)
{
    if (is_flat(&i->input[0])) return 0;
    sv_conv_geometry g = pixels(&i->input[0], (int)sv_shape_channels(&i->output));
    return i->backend->workspace(&g, samples);
}

/* Rows of the two matrices. */
static int64_t rows(const sv_call *c)
{
    return c->samples * (sv_shape_count(&c->input[0]) / sv_shape_channels(&c->input[0]));
}

static void forward(const sv_call *c)
{
    int64_t n = sv_shape_channels(&c->input[0]), units = sv_shape_channels(&c->output);
    sv_affine a = affine(c->args);
    sv_epilogue e = sv_affine_epilogue(c, a);
    float *z = sv_affine_target(c, a);
    c->backend->matmul(c->vectors, false, false, rows(c), units, n, c->x[0], c->w[0], z, false);
    if (e.bias || e.activation) c->vectors->bias_activate(rows(c), units, z, e.bias, e.activation);
    sv_affine_activate(c, a);
}

/* The kernel's gradient in sums that do not depend on where micro-batches are cut: sample after sample. One chain over the
 * samples of a product of matrices goes on from call to call as long as these are short. */
static void kernel_gradient(const sv_call *c)
{
    int64_t n = sv_shape_channels(&c->input[0]), units = sv_shape_channels(&c->output);
    if (!is_flat(&c->input[0])) {
        sv_conv_geometry g = pixels(&c->input[0], (int)units);
        c->backend->wgrad(c->vectors, &g, c->samples, c->x[0], c->dy, c->dw[0], (sv_bias_gradient){ 0 }, c->workspace);
        return;
    }
    for (int64_t first = 0; first < c->samples; first += CHAIN)
        c->backend->matmul(c->vectors, true, false, n, units, c->samples - first < CHAIN ? c->samples - first : CHAIN,
                           c->x[0] + first * n, c->dy + first * units, c->dw[0], true);
}

static void backward(const sv_call *c)
{
    int64_t n = sv_shape_channels(&c->input[0]), units = sv_shape_channels(&c->output);
    sv_affine_derivative(c, affine(c->args));
    sv_affine_sum_bias(c, affine(c->args));
    if (c->dw[0]) kernel_gradient(c);
    if (c->dx[0]) c->backend->matmul(c->vectors, false, true, rows(c), n, units, c->dy, c->w[0], c->dx[0], true);
}

extern const sv_op sv_op_dense;
const sv_op sv_op_dense = {
    .type = "Dense", .doc = "matrix product on the last axis", .table = table, .args_size = sizeof(sv_dense_args), .min_inputs = 1,
    .max_inputs = 1, .keeps_input = true, .keeps_output = true, .infer = infer, .forward = forward, .backward = backward,
    .workspace = workspace,
};
