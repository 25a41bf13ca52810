/* B1 - B5: borders, positions and sizes of the whole model. */
#include "artifacts/lint.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* How far a convolution's windows reach beyond both ends of its input, and how many of its cells none of them reads. */
typedef struct coverage {
    int64_t before, after, unread;
} coverage;

static sv_status coverage_of(const sv_axis *a, coverage *c, sv_fault *fault)
{
    int64_t end = (a->out - 1) * a->stride + (a->taps - 1) * a->dilation + 1 - a->before - a->in;
    *c = (coverage){ a->before, end > 0 ? end : 0, 0 };
    uint8_t *in = sv_new((size_t)a->in, 1), *out = sv_new((size_t)a->out, 1);
    if (in && out) {
        memset(out, 1, (size_t)a->out);
        sv_axis_read(a, out, in);
        for (int64_t i = 0; i < a->in; i++) c->unread += !in[i];
    }
    bool failed = !in || !out;
    sv_free(in);
    sv_free(out);
    return failed ? sv_fail_memory(fault, "explain: lints") : SV_OK;
}

/* The sizes next to n at which windows with `padding` on both sides fill the axis evenly: n = k - 2p (mod s). */
static int64_t even_size(const sv_axis *a, int64_t padding)
{
    int64_t rest = (a->in + 2 * padding - ((a->taps - 1) * a->dilation + 1)) % a->stride;
    return rest == 0 ? a->in : a->in + a->stride - rest;
}

/* The next larger kernel that, padded by the same on both sides, fills this very input evenly; 0 where none is near. */
static int64_t even_kernel(const sv_axis *a)
{
    for (int64_t k = a->taps + 1; k <= a->taps + a->stride; k++) {
        int64_t total = (a->out - 1) * a->stride + k - a->in;
        if (total >= 0 && total % 2 == 0) return k;
    }
    return 0;
}

static void fix_uneven(const sv_axis a[2], sv_lint *l)
{
    int64_t p[2], k[2] = { even_kernel(&a[0]), even_kernel(&a[1]) };
    for (int i = 0; i < 2; i++) p[i] = (a[i].taps - 1) * a[i].dilation / 2;
    if (even_size(&a[0], p[0]) == a[0].in && even_size(&a[1], p[1]) == a[1].in) {
        snprintf(l->fix, sizeof l->fix, "symmetric \"padding\": [%lld, %lld]", (long long)p[0], (long long)p[1]);
        return;
    }
    size_t at = 0;
    if (k[0] && k[1] && a[0].dilation == 1 && a[1].dilation == 1)
        at = (size_t)snprintf(l->fix, sizeof l->fix, "\"kernel_size\": [%lld, %lld], \"padding\": [%lld, %lld]; or ",
                              (long long)k[0], (long long)k[1], (long long)((a[0].out - 1) * a[0].stride + k[0] - a[0].in) / 2,
                              (long long)((a[1].out - 1) * a[1].stride + k[1] - a[1].in) / 2);
    snprintf(l->fix + at, sizeof l->fix - at,
             "\"padding\": [%lld, %lld] on an input of %lldx%lld (n = k - 2p modulo the stride) instead of %lldx%lld",
             (long long)p[0], (long long)p[1], (long long)even_size(&a[0], p[0]), (long long)even_size(&a[1], p[1]),
             (long long)a[0].in, (long long)a[1].in);
}

static sv_status lint_convolution(sv_static *s, const sv_node *n, sv_fault *fault)
{
    sv_axis a[2];
    coverage c[2];
    for (int i = 0; i < 2; i++) {
        a[i] = sv_axis_of(n, 0, i);
        if (coverage_of(&a[i], &c[i], fault) != SV_OK) return SV_NO_MEMORY;
    }
    bool uneven = c[0].before != c[0].after || c[1].before != c[1].after, unread = c[0].unread || c[1].unread;
    if (!uneven && !unread) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B1", SV_WARNING, n);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    size_t at = 0;
    if (uneven)
        at = (size_t)snprintf(l->message, sizeof l->message,
                              "windows reach over the border unevenly: top %lld, bottom %lld, left %lld, right %lld pixels",
                              (long long)c[0].before, (long long)c[0].after, (long long)c[1].before, (long long)c[1].after);
    if (unread)
        snprintf(l->message + at, sizeof l->message - at, "%s%lld rows and %lld columns of its input are read by no window",
                 at ? "; " : "", (long long)c[0].unread, (long long)c[1].unread);
    fix_uneven(a, l);
    return SV_OK;
}

static sv_status lint_unread(sv_static *s, sv_fault *fault)
{
    int64_t unread[2] = { 0, 0 };
    for (int axis = 0; axis < 2; axis++)
        for (int64_t i = 0; s->read[axis] && i < s->input_size[axis]; i++) unread[axis] += !s->read[axis][i];
    if (!unread[0] && !unread[1]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B1", SV_WARNING, NULL);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message, "%lld rows and %lld columns of the input reach no output", (long long)unread[0],
             (long long)unread[1]);
    snprintf(l->fix, sizeof l->fix, "an input of %lldx%lld, or padding that reads them", (long long)(s->input_size[0] - unread[0]),
             (long long)(s->input_size[1] - unread[1]));
    return SV_OK;
}

/* The layers that sv_even_axis_of changes, with what it makes of them: "enc1, dec1: kernel_size [4, 4], padding [1, 1]". All have
 * the first one's numbers, or the text says "twice the stride". */
static void even_layers(const sv_flow *f, const sv_static *s, sv_lint *l)
{
    const sv_axis *none = NULL;
    sv_axis first[2] = { { 0 } };
    bool alike = true;
    size_t at = 0;
    for (int i = 0; i < f->nodes; i++) {
        const sv_node *n = s->graph->node[i];
        if (!f->used[i] || !sv_even_changes(n)) continue;
        sv_axis a[2] = { sv_even_axis_of(n, 0, 0), sv_even_axis_of(n, 0, 1) };
        if (!none) memcpy(first, a, sizeof first);
        for (int k = 0; k < 2; k++) alike = alike && a[k].taps == first[k].taps && a[k].before == first[k].before;
        if (at < sizeof l->fix / 2) at += (size_t)snprintf(l->fix + at, sizeof l->fix - at, "%s%.24s", none ? ", " : "", n->name);
        none = first;
    }
    if (alike)
        snprintf(l->fix + at, sizeof l->fix - at, ": \"kernel_size\": [%lld, %lld], \"padding\": [%lld, %lld]",
                 (long long)first[0].taps, (long long)first[1].taps, (long long)first[0].before, (long long)first[1].before);
    else
        snprintf(l->fix + at, sizeof l->fix - at, ": kernels of twice the stride, padded or cropped by half of it");
}

/* Whether the even model has depths that agree (B2) and no shift (B4). */
static sv_status try_even(const sv_flow *f, const sv_static *s, int64_t depth[4], double shift[2], sv_fault *fault)
{
    int64_t *all = sv_new(4 * (size_t)f->nodes, sizeof *all);
    double *scratch = sv_new(2 * (size_t)f->nodes, sizeof *scratch), scale[2];
    bool done = all && scratch;
    if (done) {
        sv_find_depth(f, s->graph, sv_even_axis_of, all);
        sv_find_shift(f, s->graph, sv_even_axis_of, scratch, scale, shift);
        memcpy(depth, all + 4 * s->output->index, 4 * sizeof *depth);
    }
    sv_free(all);
    sv_free(scratch);
    return done ? SV_OK : sv_fail_memory(fault, "explain: lints");
}

static sv_status lint_depth(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    const int *d = s->edges.depth;
    int64_t then[4];
    double shift[2];
    if (d[0] == d[1] && d[2] == d[3]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B2", SV_WARNING, NULL);
    if (!l || try_even(f, s, then, shift, fault) != SV_OK) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message, "the border reaches unequally deep: top %d, bottom %d, left %d, right %d pixels", d[0],
             d[1], d[2], d[3]);
    if (then[0] == then[1] && then[2] == then[3]) {
        even_layers(f, s, l);
        size_t at = strlen(l->fix);
        snprintf(l->fix + at, sizeof l->fix - at, ": %lld pixels at top and bottom, %lld left and right", (long long)then[0],
                 (long long)then[2]);
        return SV_OK;
    }
    snprintf(
        l->fix, sizeof l->fix,
        "symmetric kernels and crops: odd kernels with padding (k - 1) / 2 going down, kernels of twice the stride with a crop of "
        "half the stride going up, on sizes that the strides divide");
    return SV_OK;
}

static sv_status lint_interior(sv_static *s, sv_fault *fault)
{
    sv_interior box = sv_interior_of(&s->edges, (int)s->size[0], (int)s->size[1]);
    if (s->output->shape.rank != 3 || box.end[0]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B3", SV_WARNING, NULL);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    const int *d = s->edges.depth;
    snprintf(l->message, sizeof l->message,
             "every pixel is influenced by the border: depths %d and %d of %lld rows, %d and %d of %lld columns, stride [%d, %d]",
             d[0], d[1], (long long)s->size[0], d[2], d[3], (long long)s->size[1], s->edges.stride[0], s->edges.stride[1]);
    snprintf(l->fix, sizeof l->fix, "fewer stages or a larger input");
    return SV_OK;
}

static sv_status lint_shift(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    int64_t depth[4];
    double then[2] = { s->shift[0], s->shift[1] };
    if (s->shift[0] == 0 && s->shift[1] == 0) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B4", SV_WARNING, NULL);
    if (!l || try_even(f, s, depth, then, fault) != SV_OK) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message,
             "what the decoder paints lies %.4g rows and %.4g columns from what the encoder read (minus: to the top left)",
             s->shift[0], s->shift[1]);
    if (fabs(then[0]) < 1e-9 && fabs(then[1]) < 1e-9) {
        even_layers(f, s, l);
        size_t at = strlen(l->fix);
        snprintf(l->fix + at, sizeof l->fix - at, ": no shift");
        return SV_OK;
    }
    snprintf(l->fix, sizeof l->fix,
             "matching kernel parity: in each decoder layer the kernel and crop of the encoder layer that it mirrors");
    return SV_OK;
}

/* The last transposed convolution, if no layer after it changes the size. */
static const sv_node *last_transposed(const sv_static *s)
{
    const sv_node *n = s->output;
    while (n->inputs == 1 && n->op && !n->op->transposed && n->shape.rank == 3 && n->input[0]->shape.rank == 3 &&
           n->shape.dim[0] == n->input[0]->shape.dim[0] && n->shape.dim[1] == n->input[0]->shape.dim[1])
        n = n->input[0];
    return n->op && n->op->transposed ? n : NULL;
}

/* Crops of the full output of a transposed convolution that lead to the target; false where it is too small. */
static bool fix_crop(const sv_node *n, const int64_t target[2], sv_lint *l)
{
    int64_t low[2], high[2];
    for (int i = 0; n && i < 2; i++) {
        sv_axis a = sv_axis_of(n, 0, i);
        int64_t total = (a.in - 1) * a.stride + (a.taps - 1) * a.dilation + 1 - target[i];
        if (total < 0) return false;
        low[i] = total / 2, high[i] = total - low[i];
    }
    if (!n) return false;
    int at = snprintf(l->fix, sizeof l->fix, "\"padding\": [[%lld, %lld], [%lld, %lld]] and no output_padding in layer \"%.60s\"",
                      (long long)low[0], (long long)high[0], (long long)low[1], (long long)high[1], n->name);
    bool odd[2] = { low[0] != high[0], low[1] != high[1] };
    if (odd[0] || odd[1])
        snprintf(l->fix + at, sizeof l->fix - (size_t)at,
                 "; PyTorch's padding=(%lld,%lld), output_padding=(%d,%d) would crop [[%lld,%lld],[%lld,%lld]]: the picture moves "
                 "by one "
                 "pixel",
                 (long long)high[0], (long long)high[1], odd[0], odd[1], (long long)high[0], (long long)low[0], (long long)high[1],
                 (long long)low[1]);
    return true;
}

/* What output_padding must be so that the present crop leads to the target; false where that is not below the stride. */
static bool fix_output_padding(const sv_node *n, const int64_t target[2], sv_lint *l)
{
    int64_t op[2], crop[2];
    for (int i = 0; n && i < 2; i++) {
        sv_axis a = sv_axis_of(n, 0, i);
        crop[i] = 0;
        op[i] = target[i] - ((a.in - 1) * a.stride + (a.taps - 1) * a.dilation + 1);
        if (op[i] < 0) crop[i] = (1 - op[i]) / 2, op[i] += 2 * crop[i];
        if (op[i] >= a.stride) return false;
    }
    if (!n) return false;
    snprintf(l->fix, sizeof l->fix, "\"padding\": [%lld, %lld], \"output_padding\": [%lld, %lld] in layer \"%.60s\"",
             (long long)crop[0], (long long)crop[1], (long long)op[0], (long long)op[1], n->name);
    return true;
}

static void fix_size(const sv_static *s, const int64_t target[2], sv_lint *l)
{
    const sv_node *n = last_transposed(s);
    if (fix_crop(n, target, l) || fix_output_padding(n, target, l)) return;
    int64_t more[2] = { s->size[0] - target[0], s->size[1] - target[1] };
    bool crop = more[0] >= 0 && more[1] >= 0, pad = more[0] <= 0 && more[1] <= 0;
    if (!crop && !pad) {
        snprintf(l->fix, sizeof l->fix, "an input whose sides are multiples of [%d, %d]", s->edges.stride[0], s->edges.stride[1]);
        return;
    }
    for (int i = 0; i < 2; i++) more[i] = more[i] < 0 ? -more[i] : more[i];
    snprintf(l->fix, sizeof l->fix, "%s [[%lld, %lld], [%lld, %lld]] as the last layer",
             crop ? "Cropping2D with cropping" : "ZeroPadding2D with padding", (long long)(more[0] / 2),
             (long long)(more[0] - more[0] / 2), (long long)(more[1] / 2), (long long)(more[1] - more[1] / 2));
}

static sv_status lint_size(sv_static *s, const sv_shape *target, sv_fault *fault)
{
    if (s->output->shape.rank != 3 || (s->size[0] == target->dim[0] && s->size[1] == target->dim[1])) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B5", SV_ERROR, s->output);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message, "the output is %lldx%lld, the target %lldx%lld", (long long)s->size[0],
             (long long)s->size[1], (long long)target->dim[0], (long long)target->dim[1]);
    fix_size(s, target->dim, l);
    return SV_OK;
}

sv_status sv_lint_borders(const sv_flow *f, sv_static *s, const sv_shape *target, sv_fault *fault)
{
    sv_status status = SV_OK;
    for (int i = 0; i < f->nodes && status == SV_OK; i++) {
        const sv_node *n = s->graph->node[i];
        if (f->used[i] && sv_node_convolves(n) && !n->op->transposed) status = lint_convolution(s, n, fault);
    }
    if (status == SV_OK) status = lint_unread(s, fault);
    if (status == SV_OK) status = lint_depth(f, s, fault);
    if (status == SV_OK) status = lint_interior(s, fault);
    if (!target || target->rank != 3 || status != SV_OK) return status;
    status = lint_shift(f, s, fault);
    return status == SV_OK ? lint_size(s, target, fault) : status;
}
