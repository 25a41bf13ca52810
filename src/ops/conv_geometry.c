#include "ops/conv_geometry.h"

/* One axis of a layer. Lengths and paddings stay below `largest`, so that sums of three of them fit an int. */
typedef struct axis {
    const char *name; /* "height" or "width" */
    int64_t input, kernel, stride, dilation, reach; /* reach = (kernel - 1) dilation + 1 */
    sv_padding_mode mode;
    int64_t before, after; /* explicit padding */
    bool has_output_padding;
    int64_t output_padding;
} axis;

/* What an axis resolved to. */
typedef struct span {
    int64_t output, before, after;
} span;

static const int64_t largest = 1 << 28;

static int64_t max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static axis axis_of(const sv_conv_words *w, const sv_shape *input, int k)
{
    axis a = { .name = k ? "width" : "height", .input = input->dim[k], .kernel = w->kernel[k], .stride = w->strides[k],
               .dilation = w->dilation[k], .mode = w->padding.mode, .before = k ? w->padding.left : w->padding.top,
               .after = k ? w->padding.right : w->padding.bottom, .has_output_padding = w->output_padding.given,
               .output_padding = k ? w->output_padding.width : w->output_padding.height };
    a.reach = (a.kernel - 1) * a.dilation + 1;
    return a;
}

/* What one small pixel sees of the big image is a row of a matrix, whose sides are ints. */
static sv_status check_patch(const sv_conv_words *w, const sv_shape *input, sv_fault *fault)
{
    double channels = input->dim[2] > w->filters ? (double)input->dim[2] : w->filters;
    if ((double)w->kernel[0] * w->kernel[1] * channels < 2e9) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "kernel_size: %d x %d over %.0f channels is too large", w->kernel[0], w->kernel[1],
                   channels);
}

static sv_status check_words(const sv_conv_words *w, const sv_shape *input, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    for (int k = 0; k < 3; k++)
        if (input->dim[k] > largest) return sv_fail(fault, SV_BAD_ARGUMENT, "input: %s is too large", sv_shape_text(input, text));
    if (input->dim[2] % w->groups || w->filters % w->groups)
        return sv_fail(fault, SV_BAD_ARGUMENT, "groups: expected a divisor of the input's %lld channels and of %d filters, got %d",
                       (long long)input->dim[2], w->filters, w->groups);
    for (int k = 0; k < 2; k++)
        if (axis_of(w, input, k).reach > largest)
            return sv_fail(fault, SV_BAD_ARGUMENT, "kernel_size: %d with dilation_rate %d is too large", w->kernel[k],
                           w->dilation[k]);
    return check_patch(w, input, fault);
}

/* out = floor((n + before + after - reach) / stride) + 1; "same" keeps ceil(n / stride), its odd pixel after. */
static sv_status convolve(const axis *a, span *s, sv_fault *fault)
{
    if (a->mode == SV_PADDING_SAME) {
        s->output = (a->input + a->stride - 1) / a->stride;
        int64_t total = max((s->output - 1) * a->stride + a->reach - a->input, 0);
        s->before = total / 2;
        s->after = total - s->before;
        return SV_OK;
    }
    bool given = a->mode == SV_PADDING_EXPLICIT;
    s->before = given ? a->before : 0;
    s->after = given ? a->after : 0;
    int64_t room = a->input + s->before + s->after - a->reach;
    if (room < 0)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "kernel_size: reaches over %lld pixels of %s (kernel %lld, dilation %lld), the input has %lld and padding "
                       "adds %lld; no output is left",
                       (long long)a->reach, a->name, (long long)a->kernel, (long long)a->dilation, (long long)a->input,
                       (long long)(s->before + s->after));
    s->output = room / a->stride + 1;
    return SV_OK;
}

/* PyTorch's rule. Keras refuses all from the stride on. */
static sv_status check_output_padding(const axis *a, sv_fault *fault)
{
    if (!a->has_output_padding) return SV_OK;
    if (a->output_padding < 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "output_padding: expected null, an integer >= 0 or [h, w], got %lld (%s)",
                       (long long)a->output_padding, a->name);
    if (a->output_padding >= a->stride && a->output_padding >= a->dilation)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "output_padding: expected less than strides or dilation_rate (%lld and %lld), got %lld (%s)",
                       (long long)a->stride, (long long)a->dilation, (long long)a->output_padding, a->name);
    return SV_OK;
}

/* Keras's output lengths of the words, the crop that leads there (the odd pixel after); of numbers PyTorch's. */
static sv_status transpose(const axis *a, span *s, sv_fault *fault)
{
    if (check_output_padding(a, fault) != SV_OK) return SV_BAD_ARGUMENT;
    int64_t full = (a->input - 1) * a->stride + a->reach, extra = a->has_output_padding ? a->output_padding : 0;
    if (a->mode == SV_PADDING_SAME) {
        s->output = a->has_output_padding ? (a->input - 1) * a->stride + a->reach % 2 + extra : a->input * a->stride;
        s->before = max(full - s->output, 0) / 2;
        if (s->output < 1)
            return sv_fail(fault, SV_BAD_ARGUMENT,
                           "output_padding: with padding \"same\" and a kernel that reaches over %lld pixels, %lld leaves no "
                           "output (%s)",
                           (long long)a->reach, (long long)extra, a->name);
    } else if (a->mode == SV_PADDING_VALID) {
        s->output = a->has_output_padding ? full + extra : (a->input - 1) * a->stride + max(a->reach, a->stride);
        s->before = 0;
    } else {
        s->output = full - a->before - a->after + extra;
        s->before = a->before;
        if (s->output < 1 || a->before >= full || a->after - extra >= full)
            return sv_fail(fault, SV_BAD_ARGUMENT,
                           "padding: crops %lld and %lld pixels off a full output of %s %lld; nothing is left",
                           (long long)a->before, (long long)(a->after - extra), a->name, (long long)full);
    }
    s->after = full - s->output - s->before;
    return SV_OK;
}

static sv_sides sides_of(const span s[2])
{
    return (sv_sides){ (int)s[0].before, (int)s[0].after, (int)s[1].before, (int)s[1].after };
}

static sv_status resolve(const sv_conv_words *w, const sv_shape *input, sv_conv_numbers *n, sv_fault *fault,
                         sv_status (*rule)(const axis *, span *, sv_fault *))
{
    span s[2] = { { 0 } };
    if (check_words(w, input, fault) != SV_OK) return SV_BAD_ARGUMENT;
    for (int k = 0; k < 2; k++) {
        axis a = axis_of(w, input, k);
        if (rule(&a, &s[k], fault) != SV_OK) return SV_BAD_ARGUMENT;
        if (s[k].output > largest || s[k].before > largest || s[k].after > largest)
            return sv_fail(fault, SV_BAD_ARGUMENT, "output: %s %lld is too large", a.name, (long long)s[k].output);
    }
    n->output = sv_shape3(s[0].output, s[1].output, w->filters);
    n->sides = sides_of(s);
    n->geometry = (sv_conv_geometry){ .kh = w->kernel[0], .kw = w->kernel[1], .sh = w->strides[0], .sw = w->strides[1],
                                      .dh = w->dilation[0], .dw = w->dilation[1], .top = n->sides.top, .left = n->sides.left,
                                      .groups = w->groups };
    return SV_OK;
}

static void set_images(sv_conv_geometry *g, const sv_shape *big, const sv_shape *small)
{
    g->big_h = (int)big->dim[0], g->big_w = (int)big->dim[1], g->big_c = (int)big->dim[2];
    g->small_h = (int)small->dim[0], g->small_w = (int)small->dim[1], g->small_c = (int)small->dim[2];
}

sv_status sv_conv_resolve(const sv_conv_words *w, const sv_shape *input, sv_conv_numbers *n, sv_fault *fault)
{
    if (resolve(w, input, n, fault, convolve) != SV_OK) return SV_BAD_ARGUMENT;
    set_images(&n->geometry, input, &n->output);
    return SV_OK;
}

sv_status sv_conv_transpose_resolve(const sv_conv_words *w, const sv_shape *input, sv_conv_numbers *n, sv_fault *fault)
{
    if (resolve(w, input, n, fault, transpose) != SV_OK) return SV_BAD_ARGUMENT;
    set_images(&n->geometry, &n->output, input);
    return SV_OK;
}

sv_shape sv_conv_kernel_shape(const sv_conv_geometry *g)
{
    return sv_shape4(g->kh, g->kw, g->big_c / g->groups, g->small_c);
}

/* Keras counts shape[-2] and shape[-1] of its layout; PyTorch the second and the first dimension of its own, where small_c
 * comes first in both layers. Both read a transposed kernel as if it were a convolution's, so its fans are swapped. The true
 * ones are the mean taps that reach an output pixel, and that an input pixel reaches. */
sv_fans sv_conv_fans(const sv_conv_geometry *g, bool transposed)
{
    double taps = (double)g->kh * g->kw, stride = (double)g->sh * g->sw;
    double big = taps * g->big_c / g->groups, small = taps * g->small_c / g->groups, all = taps * g->small_c;
    sv_fans f = { { big, big, big, big }, { all, all, all, small / stride } };
    if (transposed) {
        f.in[SV_FAN_TRUE] = small / stride;
        f.out[SV_FAN_TRUE] = big;
    }
    return f;
}

sv_kernel_role sv_conv_role(const sv_conv_words *w, bool transposed)
{
    return (sv_kernel_role){ transposed, { w->strides[0], w->strides[1] }, { w->dilation[0], w->dilation[1] }, w->groups };
}

double sv_conv_multiply_adds(const sv_conv_geometry *g)
{
    int joined = g->big_c / g->groups;
    return (double)g->small_h * g->small_w * g->small_c * g->kh * g->kw * joined;
}

void sv_conv_space(sv_inference *i, const sv_conv_geometry *g, sv_direction forward)
{
    const sv_conv_backend *b = i->backend;
    for (int back = 0; back < 2; back++) i->packed[back] = b->packed(g, sv_conv_direction(forward, back));
}
