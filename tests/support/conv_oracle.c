#include "support/conv_oracle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>

double activation_oracle(const sv_activation *a, double x)
{
    double slope = (double)a->negative_slope, alpha = (double)a->alpha;
    switch (a->type) {
    case SV_ACTIVATION_LINEAR: return x;
    case SV_ACTIVATION_RELU: return fmax(x, 0);
    case SV_ACTIVATION_RELU6: return fmin(fmax(x, 0), 6);
    case SV_ACTIVATION_LEAKY_RELU: return x < 0 ? slope * x : x;
    case SV_ACTIVATION_ELU: return x < 0 ? alpha * expm1(x) : x;
    case SV_ACTIVATION_SELU: return 1.0507009873554804934 * (x < 0 ? 1.6732632423543772848 * expm1(x) : x);
    case SV_ACTIVATION_GELU:
        if (a->approximate == SV_ON) return x / 2 * (1 + tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x)));
        return x / 2 * erfc(-x * 0.70710678118654752440);
    case SV_ACTIVATION_SILU: return x / (1 + exp(-x));
    case SV_ACTIVATION_MISH: return x * tanh(log1p(exp(x)));
    case SV_ACTIVATION_SOFTPLUS: return log1p(exp(x));
    case SV_ACTIVATION_SOFTSIGN: return x / (1 + fabs(x));
    case SV_ACTIVATION_SIGMOID: return 1 / (1 + exp(-x));
    case SV_ACTIVATION_TANH: return tanh(x);
    default: fail_msg("no activation %d", (int)a->type); return NAN;
    }
}

/* Output length and first padding (or crop) of one axis. */
typedef struct extent {
    int length, before;
} extent;

/* TensorFlow's SAME by remainders, as its documentation has it. */
static extent convolved(int n, int k, int s, int d, sv_padding p, int before, int after)
{
    int reach = d * (k - 1) + 1, length = 0;
    if (p.mode == SV_PADDING_SAME) {
        int along = n % s == 0 ? reach - s : reach - n % s;
        return (extent){ (n - 1) / s + 1, along > 0 ? along / 2 : 0 };
    }
    if (p.mode == SV_PADDING_VALID) before = after = 0;
    while (length * s + reach <= before + n + after) length++;
    return (extent){ length, before };
}

/* The transposed layer is the gradient of a convolution of its output: SAME crops what that convolution would pad. */
static extent transposed(int n, int k, int s, int d, sv_padding p, int before, int after, const int *extra)
{
    int reach = d * (k - 1) + 1, full = s * (n - 1) + reach;
    if (p.mode == SV_PADDING_VALID && !extra) return (extent){ reach < s ? full + s - reach : full, 0 };
    if (p.mode == SV_PADDING_VALID) return (extent){ full + *extra, 0 };
    if (p.mode == SV_PADDING_EXPLICIT) return (extent){ full - before - after + (extra ? *extra : 0), before };
    int length = extra ? s * (n - 1) + (reach & 1) + *extra : s * n;
    return (extent){ length, full > length ? (full - length) / 2 : 0 };
}

static void extents2d(const sv_conv2d_args *a, const sv_shape *in, extent e[2])
{
    e[0] = convolved((int)in->dim[0], a->kernel[0], a->strides[0], a->dilation[0], a->padding, a->padding.top, a->padding.bottom);
    e[1] = convolved((int)in->dim[1], a->kernel[1], a->strides[1], a->dilation[1], a->padding, a->padding.left, a->padding.right);
}

static void extents_transpose(const sv_conv2d_transpose_args *a, const sv_shape *in, extent e[2])
{
    const sv_output_padding *o = &a->output_padding;
    e[0] = transposed((int)in->dim[0], a->kernel[0], a->strides[0], a->dilation[0], a->padding, a->padding.top, a->padding.bottom,
                      o->given ? &o->height : NULL);
    e[1] = transposed((int)in->dim[1], a->kernel[1], a->strides[1], a->dilation[1], a->padding, a->padding.left, a->padding.right,
                      o->given ? &o->width : NULL);
}

bool conv2d_oracle_fits(const sv_conv2d_args *a, sv_shape input)
{
    extent e[2];
    extents2d(a, &input, e);
    return e[0].length > 0 && e[1].length > 0;
}

bool conv2d_transpose_oracle_fits(const sv_conv2d_transpose_args *a, sv_shape input)
{
    extent e[2];
    extents_transpose(a, &input, e);
    return e[0].length > 0 && e[1].length > 0;
}

/* The pixel that stands at `at` once an axis of n pixels is continued; -1 for a zero. */
static int continued(sv_border mode, int at, int n)
{
    if (mode == SV_ZEROS || mode == SV_PARTIAL) return at < 0 || at >= n ? -1 : at;
    if (mode == SV_REPLICATE) return at < 0 ? 0 : at >= n ? n - 1 : at;
    if (mode == SV_CIRCULAR) return (at % n + n) % n;
    int period = n > 1 ? 2 * (n - 1) : 1, folded = (at % period + period) % period;
    return folded < n ? folded : period - folded;
}

void conv2d_oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    const sv_conv2d_args *a = args;
    int H = (int)i->input[0].dim[0], W = (int)i->input[0].dim[1], C = (int)i->input[0].dim[2], F = a->filters;
    int in = C / a->groups, out = F / a->groups;
    extent e[2];
    extents2d(a, &i->input[0], e);
    assert_int_equal(e[0].length, i->output.dim[0]);
    assert_int_equal(e[1].length, i->output.dim[1]);
    for (int n = 0; n < samples; n++)
        for (int oy = 0; oy < e[0].length; oy++)
            for (int ox = 0; ox < e[1].length; ox++)
                for (int o = 0; o < F; o++) {
                    double sum = 0, inside = 0;
                    for (int u = 0; u < a->kernel[0]; u++)
                        for (int v = 0; v < a->kernel[1]; v++) {
                            int iy = continued(a->padding_mode, oy * a->strides[0] - e[0].before + u * a->dilation[0], H);
                            int ix = continued(a->padding_mode, ox * a->strides[1] - e[1].before + v * a->dilation[1], W);
                            if (iy < 0 || ix < 0) continue;
                            inside++;
                            for (int c = 0; c < in; c++)
                                sum += x[0][((n * H + iy) * W + ix) * C + o / out * in + c] *
                                       w[0][((u * a->kernel[1] + v) * in + c) * F + o];
                        }
                    if (a->padding_mode == SV_PARTIAL && inside > 0) sum *= a->kernel[0] * a->kernel[1] / inside;
                    if (a->use_bias == SV_ON) sum += w[1][o];
                    *y++ = activation_oracle(&a->activation, sum);
                }
}

/* The input position whose tap lands on `at` of the full output, or -1. */
static int origin(int at, int tap, int stride, int n)
{
    int left = at - tap;
    return left < 0 || left % stride || left / stride >= n ? -1 : left / stride;
}

void conv2d_transpose_oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w,
                             double *y)
{
    const sv_conv2d_transpose_args *a = args;
    int H = (int)i->input[0].dim[0], W = (int)i->input[0].dim[1], C = (int)i->input[0].dim[2], F = a->filters;
    int in = C / a->groups, out = F / a->groups;
    extent e[2];
    extents_transpose(a, &i->input[0], e);
    assert_int_equal(e[0].length, i->output.dim[0]);
    assert_int_equal(e[1].length, i->output.dim[1]);
    for (int n = 0; n < samples; n++)
        for (int oy = 0; oy < e[0].length; oy++)
            for (int ox = 0; ox < e[1].length; ox++)
                for (int o = 0; o < F; o++) {
                    double sum = 0, meet = 0;
                    for (int u = 0; u < a->kernel[0]; u++)
                        for (int v = 0; v < a->kernel[1]; v++) {
                            int iy = origin(oy + e[0].before, u * a->dilation[0], a->strides[0], H);
                            int ix = origin(ox + e[1].before, v * a->dilation[1], a->strides[1], W);
                            if (iy < 0 || ix < 0) continue;
                            meet++;
                            for (int c = o / out * in; c < (o / out + 1) * in; c++)
                                sum += x[0][((n * H + iy) * W + ix) * C + c] *
                                       w[0][((u * a->kernel[1] + v) * out + o % out) * C + c];
                        }
                    double mean = (double)a->kernel[0] * a->kernel[1] / ((double)a->strides[0] * a->strides[1]);
                    if (a->normalize_overlap == SV_ON && meet > 0) sum *= mean / meet;
                    if (a->use_bias == SV_ON) sum += w[1][o];
                    *y++ = activation_oracle(&a->activation, sum);
                }
}
