/* How a convolution's sizes, padding and crops come about, in words; formulas as in ops/conv_geometry.h. */
#include "artifacts/artifacts.h"
#include "artifacts/axis.h"
#include <string.h>

/* One axis of a convolution of either kind. */
typedef struct line {
    long long n, m, k, ke, s, before, after; /* input, output, kernel, its reach, stride, padding or crop */
} line;

static line line_of(const sv_node *n, int axis)
{
    sv_axis a = sv_axis_of(n, 0, axis);
    const int *p = n->inference.padding + 2 * axis;
    return (line){ a.in, a.out, a.taps, (a.taps - 1) * a.dilation + 1, a.stride, p[0], p[1] };
}

/* The padding argument that gives PyTorch the same output size, and what it does before and after. */
typedef struct twin {
    long long padding, output_padding, before, after;
    bool exists;
} twin;

static twin twin_down(const line *l)
{
    long long total = l->before + l->after, p = (total + 1) / 2;
    if (total < 0) return (twin){ .exists = false };
    return (twin){ p, 0, p, p, (l->n + 2 * p - l->ke) / l->s + 1 == l->m };
}

static twin twin_up(const line *l)
{
    long long total = l->before + l->after, p = total > 0 ? (total + 1) / 2 : 0, op = 2 * p - total;
    return (twin){ p, op, p, p - op, op < l->s };
}

static void add_pair(sv_text *t, const char *key, long long a, long long b)
{
    if (a == b)
        sv_text_add(t, "%s=%lld", key, a);
    else
        sv_text_add(t, "%s=(%lld,%lld)", key, a, b);
}

/* What the same numbers of pixels would be in PyTorch, where the two dialects part. */
static void compare(const line l[2], bool up, sv_text *t)
{
    twin w[2] = { up ? twin_up(&l[0]) : twin_down(&l[0]), up ? twin_up(&l[1]) : twin_down(&l[1]) };
    if (!w[0].exists || !w[1].exists) return;
    bool same = w[0].before == l[0].before && w[1].before == l[1].before;
    sv_text_add(t, "; PyTorch's ");
    add_pair(t, "padding", w[0].padding, w[1].padding);
    if (w[0].output_padding || w[1].output_padding) {
        sv_text_add(t, ", ");
        add_pair(t, "output_padding", w[0].output_padding, w[1].output_padding);
    }
    if (same && (up || (w[0].after == l[0].after && w[1].after == l[1].after))) {
        sv_text_add(t, up ? " crops the same" : " pads the same");
        return;
    }
    long long rows = w[0].before - l[0].before, columns = w[1].before - l[1].before, most = rows > columns ? rows : columns;
    sv_text_add(t, " would %s [[%lld,%lld],[%lld,%lld]]", up ? "crop" : "pad", w[0].before, w[0].after, w[1].before, w[1].after);
    if (most > 0 && up)
        sv_text_add(t, ": the picture moves by %s pixel%s", most == 1 ? "one" : "several", most == 1 ? "" : "s");
    else if (most > 0)
        sv_text_add(t, ": windows begin %s pixel%s earlier, the last row and column of padding unused",
                    most == 1 ? "one" : "several", most == 1 ? "" : "s");
}

static void down(const line l[2], const sv_padding *p, sv_text *t)
{
    const line *r = &l[0];
    long long read[2];
    for (int i = 0; i < 2; i++) read[i] = l[i].n + l[i].before + l[i].after - ((l[i].m - 1) * l[i].s + l[i].ke);
    bool alike = l[0].n == l[1].n && l[0].ke == l[1].ke && l[0].s == l[1].s;
    if (p->mode == SV_PADDING_SAME) {
        sv_text_add(t, "same: ");
        if (alike)
            sv_text_add(t, "ceil(%lld/%lld) = %lld windows reach over (%lld-1)*%lld+%lld = %lld pixels, %lld more than there are: ",
                        r->n, r->s, r->m, r->m, r->s, r->ke, (r->m - 1) * r->s + r->ke, r->before + r->after);
        sv_text_add(t, "pad [[%lld,%lld],[%lld,%lld]]", l[0].before, l[0].after, l[1].before, l[1].after);
        compare(l, false, t);
        return;
    }
    if (p->mode == SV_PADDING_VALID)
        sv_text_add(t, "valid: ");
    else
        sv_text_add(t, "padding [[%lld,%lld],[%lld,%lld]]: ", l[0].before, l[0].after, l[1].before, l[1].after);
    if (alike)
        sv_text_add(t, "floor((%lld-%lld)/%lld)+1 = %lld windows", r->n + r->before + r->after, r->ke, r->s, r->m);
    else
        sv_text_add(t, "%lld x %lld windows", l[0].m, l[1].m);
    if (p->mode == SV_PADDING_VALID) sv_text_add(t, ", none over the border");
    if (read[0] || read[1]) sv_text_add(t, "; the last %lld rows and %lld columns are in no window", read[0], read[1]);
}

static void up(const line l[2], const sv_padding *p, bool given, sv_text *t)
{
    const line *r = &l[0];
    bool alike = l[0].n == l[1].n && l[0].ke == l[1].ke && l[0].s == l[1].s;
    long long full = (r->n - 1) * r->s + r->ke;
    sv_text_add(t, "%s: ", p->mode == SV_PADDING_SAME ? "same" : p->mode == SV_PADDING_VALID ? "valid" : "padding");
    if (alike) {
        sv_text_add(t, "kernels placed every %lld pixels fill (%lld-1)*%lld+%lld = %lld; ", r->s, r->n, r->s, r->ke, full);
        if (p->mode == SV_PADDING_SAME && !given) sv_text_add(t, "%lld*%lld = ", r->n, r->s);
        sv_text_add(t, "%lld stay: ", r->m);
    }
    sv_text_add(t, "crop [[%lld,%lld],[%lld,%lld]]", l[0].before, l[0].after, l[1].before, l[1].after);
    if (p->mode != SV_PADDING_EXPLICIT) compare(l, true, t);
}

bool sv_layer_arithmetic(const sv_node *n, sv_text *t)
{
    if (!sv_node_convolves(n)) return false;
    line l[2] = { line_of(n, 0), line_of(n, 1) };
    sv_text_add(t, "%lldx%lld -> %lldx%lld, kernel %lldx%lld, stride %lld", l[0].n, l[1].n, l[0].m, l[1].m, l[0].k, l[1].k, l[0].s);
    if (l[0].s != l[1].s) sv_text_add(t, "x%lld", l[1].s);
    sv_text_add(t, ", ");
    if (n->op->transposed) {
        const sv_conv2d_transpose_args *a = n->args;
        up(l, &a->padding, a->output_padding.given, t);
    } else {
        down(l, &((const sv_conv2d_args *)n->args)->padding, t);
    }
    return true;
}
