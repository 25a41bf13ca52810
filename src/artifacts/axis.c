#include "artifacts/axis.h"
#include <math.h>
#include <string.h>

static bool is(const sv_node *n, const char *type)
{
    return n->op && strcmp(n->op->type, type) == 0;
}

bool sv_node_convolves(const sv_node *n)
{
    return is(n, "Conv2D") || is(n, "Conv2DTranspose");
}

bool sv_node_upsamples(const sv_node *n)
{
    for (int axis = 0; n->inputs == 1 && axis < 2; axis++) {
        sv_axis a = sv_axis_of(n, 0, axis);
        if ((a.kind == SV_AXIS_SPREAD || a.kind == SV_AXIS_BLEND) && a.stride > 1) return true;
    }
    return false;
}

static int64_t size_of(const sv_shape *s, int axis)
{
    return s->rank == 3 ? s->dim[axis] : 1;
}

static void convolution(const sv_node *n, int axis, sv_axis *a)
{
    const sv_conv2d_args *args = n->args;
    a->taps = args->kernel[axis], a->stride = args->strides[axis], a->dilation = args->dilation[axis];
    a->before = n->inference.padding[2 * axis];
    a->even = args->padding_mode == SV_PARTIAL;
}

static void transposed(const sv_node *n, int axis, sv_axis *a)
{
    const sv_conv2d_transpose_args *args = n->args;
    a->kind = SV_AXIS_SPREAD;
    a->taps = args->kernel[axis], a->stride = args->strides[axis], a->dilation = args->dilation[axis];
    a->before = n->inference.padding[2 * axis];
    a->even = args->normalize_overlap == SV_ON;
}

static void pool(const sv_node *n, int axis, sv_axis *a)
{
    const sv_pool_args *args = n->args;
    a->taps = args->pool_size[axis], a->stride = args->strides[axis] ? args->strides[axis] : a->taps;
    a->before = n->inference.padding[2 * axis];
    a->mean = true;
}

static void box_filter(const sv_node *n, int axis, sv_axis *a)
{
    const sv_box_filter2d_args *args = n->args;
    a->taps = args->size[axis];
    a->before = n->inference.padding[2 * axis];
    a->mean = true;
}

static void upsampling(const sv_node *n, int axis, sv_axis *a)
{
    const sv_upsampling2d_args *args = n->args;
    a->kind = args->interpolation == SV_BILINEAR ? SV_AXIS_BLEND : SV_AXIS_SPREAD;
    a->taps = a->stride = args->size[axis];
}

static void shuffle(const sv_node *n, int axis, sv_axis *a)
{
    (void)axis;
    a->kind = SV_AXIS_SPREAD;
    a->taps = a->stride = ((const sv_pixel_shuffle_args *)n->args)->upscale_factor;
}

/* ZeroPadding2D; Cropping2D, whose padding is negative. */
static void padding(const sv_node *n, int axis, sv_axis *a)
{
    a->before = n->inference.padding[2 * axis];
}

static void group_statistics(const sv_node *n, int axis, sv_axis *a)
{
    (void)n, (void)axis;
    a->mixes = true;
}

/* Where height and width stay, pixels do. */
static void reshape(const sv_node *n, int axis, sv_axis *a)
{
    (void)axis;
    const sv_shape *from = &n->input[0]->shape, *to = &n->shape;
    bool stay = from->rank == 3 && to->rank == 3 && from->dim[0] == to->dim[0] && from->dim[1] == to->dim[1];
    if (!stay) a->kind = SV_AXIS_ALL;
}

static void dense(const sv_node *n, int axis, sv_axis *a)
{
    (void)axis;
    if (n->shape.rank != 3) a->kind = SV_AXIS_ALL;
}

sv_axis sv_axis_of(const sv_node *n, int input, int axis)
{
    static const struct {
        const char *type;
        void (*describe)(const sv_node *n, int axis, sv_axis *a);
    } rules[] = {
        { "Conv2D", convolution },
        { "Conv2DTranspose", transposed },
        { "MaxPooling2D", pool },
        { "AveragePooling2D", pool },
        { "BoxFilter2D", box_filter },
        { "UpSampling2D", upsampling },
        { "PixelShuffle", shuffle },
        { "ZeroPadding2D", padding },
        { "Cropping2D", padding },
        { "GroupNormalization", group_statistics },
        { "Reshape", reshape },
        { "Flatten", reshape },
        { "Dense", dense },
    };
    sv_axis a = { .kind = SV_AXIS_WINDOW,
                  .in = size_of(&n->input[input]->shape, axis),
                  .out = size_of(&n->shape, axis),
                  .taps = 1,
                  .dilation = 1,
                  .stride = 1 };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (is(n, rules[i].type)) rules[i].describe(n, axis, &a);
    return a;
}

static int64_t clip(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* ceil(a / b), b > 0. */
static int64_t ceil_div(int64_t a, int64_t b)
{
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}

static int64_t reach(const sv_axis *a)
{
    return (a->taps - 1) * a->dilation + 1;
}

/* Output o of a blend reads the cells at floor and ceil of (o + 1/2) / stride - 1/2, which is below depth for so many o: at depth 0
 * those that are clamped, which stand for a cell beyond the end as padding does. */
static int64_t blend_depth(const sv_axis *a, int64_t depth)
{
    return clip(ceil_div((2 * depth + 1) * a->stride - 1, 2), 0, a->out);
}

int64_t sv_axis_depth_low(const sv_axis *a, int64_t depth)
{
    if (a->mixes || a->kind == SV_AXIS_ALL) return depth > 0 ? a->out : 0;
    if (a->kind == SV_AXIS_BLEND) return blend_depth(a, depth);
    if (a->kind == SV_AXIS_SPREAD) return clip((depth - 1) * a->stride + reach(a) - a->before, 0, a->out);
    return clip(ceil_div(depth + a->before, a->stride), 0, a->out);
}

int64_t sv_axis_depth_high(const sv_axis *a, int64_t depth)
{
    if (a->mixes || a->kind == SV_AXIS_ALL) return depth > 0 ? a->out : 0;
    if (a->kind == SV_AXIS_BLEND) return blend_depth(a, depth);
    if (a->kind == SV_AXIS_SPREAD) return clip(a->out - ((a->in - depth) * a->stride - a->before), 0, a->out);
    return a->out - clip(ceil_div(a->in - depth + a->before - reach(a) + 1, a->stride), 0, a->out);
}

/* Calls for every pair of input and output cells that touch. */
typedef void (*visitor)(void *context, int64_t in, int64_t out, double weight);

static void visit_blend(const sv_axis *a, int64_t o, visitor visit, void *context)
{
    double x = ((double)o + 0.5) / (double)a->stride - 0.5, low = floor(x), share = x - low;
    visit(context, clip((int64_t)low, 0, a->in - 1), o, 1 - share);
    if (share > 0) visit(context, clip((int64_t)low + 1, 0, a->in - 1), o, share);
}

double sv_axis_factor(const sv_axis *a, int64_t o)
{
    int64_t meet = 0;
    if (!a->even) return 1;
    for (int64_t u = 0; u < a->taps; u++) {
        int64_t from = a->kind == SV_AXIS_SPREAD ? o + a->before - u * a->dilation : o * a->stride - a->before + u * a->dilation;
        if (a->kind != SV_AXIS_SPREAD)
            meet += from >= 0 && from < a->in;
        else
            meet += from >= 0 && from % a->stride == 0 && from / a->stride < a->in;
    }
    double mean = (double)a->taps / (a->kind == SV_AXIS_SPREAD ? (double)a->stride : 1);
    return meet ? mean / (double)meet : 1;
}

static void visit_window(const sv_axis *a, int64_t o, visitor visit, void *context)
{
    int64_t start = o * a->stride - a->before, first = start < 0 ? ceil_div(-start, a->dilation) : 0;
    int64_t end = clip(ceil_div(a->in - start, a->dilation), first, a->taps > first ? a->taps : first);
    double weight = a->mean && end > first ? 1 / (double)(end - first) : sv_axis_factor(a, o);
    for (int64_t u = first; u < end; u++) visit(context, start + u * a->dilation, o, weight);
}

static void visit_spread(const sv_axis *a, int64_t i, visitor visit, void *context)
{
    int64_t start = i * a->stride - a->before, first = start < 0 ? ceil_div(-start, a->dilation) : 0;
    int64_t end = clip(ceil_div(a->out - start, a->dilation), first, a->taps > first ? a->taps : first);
    for (int64_t u = first; u < end; u++) visit(context, i, start + u * a->dilation, sv_axis_factor(a, start + u * a->dilation));
}

static void visit_all(const sv_axis *a, visitor visit, void *context)
{
    if (a->kind == SV_AXIS_SPREAD)
        for (int64_t i = 0; i < a->in; i++) visit_spread(a, i, visit, context);
    if (a->kind == SV_AXIS_WINDOW)
        for (int64_t o = 0; o < a->out; o++) visit_window(a, o, visit, context);
    if (a->kind == SV_AXIS_BLEND)
        for (int64_t o = 0; o < a->out; o++) visit_blend(a, o, visit, context);
}

typedef struct counting {
    const double *in;
    double *out;
} counting;

static void count(void *context, int64_t in, int64_t out, double weight)
{
    counting *c = context;
    c->out[out] += weight * c->in[in];
}

void sv_axis_count(const sv_axis *a, const double *in, double *out)
{
    counting c = { in, out };
    for (int64_t o = 0; a->kind == SV_AXIS_ALL && o < a->out; o++) out[o] += 1;
    visit_all(a, count, &c);
}

typedef struct reading {
    const uint8_t *out;
    uint8_t *in;
} reading;

static void mark(void *context, int64_t in, int64_t out, double weight)
{
    (void)weight;
    reading *r = context;
    if (r->out[out]) r->in[in] = 1;
}

void sv_axis_read(const sv_axis *a, const uint8_t *out, uint8_t *in)
{
    reading r = { out, in };
    if (!a->mixes && a->kind != SV_AXIS_ALL) {
        visit_all(a, mark, &r);
        return;
    }
    if (memchr(out, 1, (size_t)a->out)) memset(in, 1, (size_t)a->in);
}

bool sv_axis_position(const sv_axis *a, double *scale, double *offset)
{
    double s = (double)a->stride, middle = (double)(reach(a) - 1) / 2;
    if (a->kind == SV_AXIS_ALL) return false;
    *scale = a->kind == SV_AXIS_WINDOW ? 1 / s : s;
    if (a->kind == SV_AXIS_WINDOW) *offset = ((double)a->before - middle) / s;
    if (a->kind == SV_AXIS_SPREAD) *offset = middle - (double)a->before;
    if (a->kind == SV_AXIS_BLEND) *offset = (s - 1) / 2;
    return true;
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

int64_t sv_axis_period(const sv_axis *a, int64_t period)
{
    if (a->kind == SV_AXIS_ALL) return 1;
    if (a->kind == SV_AXIS_WINDOW) return period / gcd(period, a->stride);
    return period * a->stride < INT32_MAX ? period * a->stride : period;
}

int64_t sv_phase_taps(const sv_axis *a, int64_t o)
{
    if (a->kind != SV_AXIS_SPREAD) return a->taps;
    int64_t taps = 0;
    for (int64_t u = 0; u < a->taps; u++) taps += (o + a->before - u * a->dilation) % a->stride == 0;
    return taps;
}
