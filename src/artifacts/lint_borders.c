/* B1 - B5: borders, positions and sizes of the whole model. */
#include "artifacts/lint.h"
#include "base/memory.h"
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

static void fix_uneven(const sv_axis a[2], sv_lint *l)
{
    int64_t p[2];
    for (int i = 0; i < 2; i++) p[i] = (a[i].taps - 1) * a[i].dilation / 2;
    if (even_size(&a[0], p[0]) == a[0].in && even_size(&a[1], p[1]) == a[1].in)
        snprintf(l->fix, sizeof l->fix, "symmetric padding [%lld, %lld]", (long long)p[0], (long long)p[1]);
    else
        snprintf(l->fix, sizeof l->fix,
                 "padding [%lld, %lld] on an input of %lldx%lld (n = k - 2p modulo the stride), instead of %lldx%lld",
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

static sv_status lint_depth(sv_static *s, sv_fault *fault)
{
    const int *d = s->edges.depth;
    if (d[0] == d[1] && d[2] == d[3]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B2", SV_WARNING, NULL);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message, "the border reaches unequally deep: top %d, bottom %d, left %d, right %d pixels", d[0],
             d[1], d[2], d[3]);
    snprintf(l->fix, sizeof l->fix,
             "symmetric kernels and crops: odd kernels with padding (k - 1) / 2 going down, kernels of twice the stride with a "
             "crop of half "
             "the stride going up");
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

static sv_status lint_shift(sv_static *s, sv_fault *fault)
{
    if (s->shift[0] == 0 && s->shift[1] == 0) return SV_OK;
    sv_lint *l = sv_lint_add(s, "B4", SV_WARNING, NULL);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message,
             "what the decoder paints lies %.4g rows and %.4g columns from what the encoder read (minus: to the top left)",
             s->shift[0], s->shift[1]);
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
    snprintf(l->fix, sizeof l->fix, "\"padding\": [[%lld, %lld], [%lld, %lld]] and no output_padding in layer \"%.60s\"",
             (long long)low[0], (long long)high[0], (long long)low[1], (long long)high[1], n->name);
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
    if (status == SV_OK) status = lint_depth(s, fault);
    if (status == SV_OK) status = lint_interior(s, fault);
    if (!target || target->rank != 3 || status != SV_OK) return status;
    status = lint_shift(s, fault);
    return status == SV_OK ? lint_size(s, target, fault) : status;
}
