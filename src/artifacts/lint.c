/* A1 - A4 and C1: what single layers bring along. */
#include "artifacts/lint.h"
#include "base/memory.h"
#include <stdio.h>
#include <string.h>

sv_lint *sv_lint_add(sv_static *s, const char *id, sv_severity severity, const sv_node *node)
{
    sv_lint *grown = sv_grow(s->lint, &s->lint_capacity, (size_t)s->lints + 1, sizeof *grown);
    if (!grown) return NULL;
    s->lint = grown;
    sv_lint *l = &s->lint[s->lints++];
    *l = (sv_lint){ .id = id, .severity = severity, .node = node };
    return l;
}

const char *sv_axes_text(bool rows, bool columns)
{
    return rows && columns ? "rows and columns" : rows ? "rows" : "columns";
}

/* Taps of the kernel that fall on the phase of the stride that gets most (fewest) of them, far from the border. */
typedef struct overlap {
    int64_t most, fewest, empty; /* empty: phases without any */
} overlap;

static overlap overlap_of(const sv_axis *a)
{
    overlap o = { 0, a->taps, 0 };
    for (int64_t phase = 0; phase < a->stride; phase++) {
        int64_t taps = 0;
        for (int64_t u = 0; u < a->taps; u++) taps += u * a->dilation % a->stride == phase;
        if (taps > o.most) o.most = taps;
        if (taps < o.fewest) o.fewest = taps;
        o.empty += taps == 0;
    }
    return o;
}

/* Both axes of a transposed convolution. */
typedef struct pair {
    const sv_node *node;
    sv_axis axis[2];
    overlap overlap[2];
    bool strided[2];
} pair;

static pair pair_of(const sv_node *n)
{
    pair p = { .node = n };
    for (int i = 0; i < 2; i++) {
        p.axis[i] = sv_axis_of(n, 0, i);
        p.overlap[i] = overlap_of(&p.axis[i]);
        p.strided[i] = p.axis[i].stride > 1;
    }
    return p;
}

static int doubled(const pair *p, int i)
{
    return (int)(p->strided[i] ? 2 * p->axis[i].stride : p->axis[i].taps);
}

static sv_status lint_uneven(sv_static *s, const pair *p, sv_fault *fault)
{
    bool uneven[2];
    for (int i = 0; i < 2; i++) uneven[i] = p->strided[i] && !p->axis[i].even && p->overlap[i].most != p->overlap[i].fewest;
    if (!uneven[0] && !uneven[1]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "A1", SV_WARNING, p->node);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    const overlap *o = &p->overlap[uneven[0] ? 0 : 1];
    const sv_axis *a = &p->axis[uneven[0] ? 0 : 1];
    snprintf(l->message, sizeof l->message,
             "kernel %lld over stride %lld overlaps unevenly in %s: neighbouring pixels sum %lld and %lld taps, a ratio of %.3g%s",
             (long long)a->taps, (long long)a->stride, sv_axes_text(uneven[0], uneven[1]), (long long)o->most, (long long)o->fewest,
             (double)o->most / (double)(o->fewest ? o->fewest : 1), o->fewest ? "" : " to none");
    snprintf(l->fix, sizeof l->fix, "kernel_size [%d, %d] (twice the stride), or UpSampling2D followed by Conv2D", doubled(p, 0),
             doubled(p, 1));
    return SV_OK;
}

static sv_status lint_gaps(sv_static *s, const pair *p, sv_fault *fault)
{
    bool gaps[2];
    for (int i = 0; i < 2; i++) gaps[i] = p->strided[i] && p->overlap[i].empty > 0;
    if (!gaps[0] && !gaps[1]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "A2", SV_ERROR, p->node);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    int i = gaps[0] ? 0 : 1;
    snprintf(l->message, sizeof l->message,
             "kernel %lld leaves %lld of every %lld pixels (stride) unwritten in %s: they hold the bias alone",
             (long long)p->axis[i].taps, (long long)p->overlap[i].empty, (long long)p->axis[i].stride,
             sv_axes_text(gaps[0], gaps[1]));
    snprintf(l->fix, sizeof l->fix, "kernel_size of at least the stride, [%d, %d] say%s", doubled(p, 0), doubled(p, 1),
             p->axis[i].dilation > 1 ? ", with dilation_rate 1" : "");
    return SV_OK;
}

static bool starts_even(const sv_node *n)
{
    sv_initializer_type type = n->graph->parameter[sv_layer_parameter(n, "kernel")].spec.initializer.type;
    return type == SV_INIT_ICNR || type == SV_INIT_BILINEAR;
}

static sv_status lint_start(sv_static *s, const pair *p, sv_fault *fault)
{
    if (starts_even(p->node)) return SV_OK;
    sv_lint *l = sv_lint_add(s, "A3", SV_NOTE, p->node);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message,
             "the kernel starts without icnr or bilinear: random kernels ripple at stride [%lld, %lld] whatever their size",
             (long long)p->axis[0].stride, (long long)p->axis[1].stride);
    bool divides = p->axis[0].taps % p->axis[0].stride == 0 && p->axis[1].taps % p->axis[1].stride == 0;
    snprintf(
        l->fix, sizeof l->fix,
        "\"kernel_initializer\": \"icnr\"%s or \"bilinear\", or UpSampling2D followed by Conv2D; another kernel_size alone leaves "
        "the ripple",
        divides ? "" : " (with a kernel_size that the stride divides)");
    return SV_OK;
}

static sv_status lint_tiling(sv_static *s, const pair *p, sv_fault *fault)
{
    bool tiles[2];
    for (int i = 0; i < 2; i++) tiles[i] = p->strided[i] && p->axis[i].taps == p->axis[i].stride;
    if (!tiles[0] && !tiles[1]) return SV_OK;
    sv_lint *l = sv_lint_add(s, "C1", SV_NOTE, p->node);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    snprintf(l->message, sizeof l->message,
             "kernel and stride are both %lld in %s: each input pixel makes a tile of its own, which nothing joins to the next",
             (long long)p->axis[tiles[0] ? 0 : 1].stride, sv_axes_text(tiles[0], tiles[1]));
    snprintf(l->fix, sizeof l->fix, "watch phase gain spread (M9) and seam ratio (M10), or kernel_size [%d, %d]", doubled(p, 0),
             doubled(p, 1));
    return SV_OK;
}

static bool is_transposed(const sv_node *n)
{
    return n->op && n->op->transposed;
}

/* Whether a convolution of either kind comes after node n on a way to the output. */
static bool convolved_after(const sv_flow *f, const sv_static *s, const sv_node *n, uint8_t *after)
{
    for (int i = n->index + 1; i < f->nodes; i++) {
        const sv_node *later = s->graph->node[i];
        after[i] = 0;
        for (int k = 0; f->used[i] && k < later->inputs; k++) after[i] |= later->input[k] == n || after[later->input[k]->index];
        if (after[i] && sv_node_convolves(later)) return true;
    }
    return false;
}

static sv_status lint_last(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    const sv_node *last = NULL;
    for (int i = 0; i < f->nodes; i++)
        if (f->used[i] && sv_node_upsamples(s->graph->node[i])) last = s->graph->node[i];
    if (!last || !is_transposed(last)) return SV_OK;
    uint8_t *after = sv_new((size_t)f->nodes, 1);
    if (!after) return sv_fail_memory(fault, "explain: lints");
    bool smoothed = convolved_after(f, s, last, after);
    sv_free(after);
    if (smoothed) return SV_OK;
    sv_lint *l = sv_lint_add(s, "A4", SV_WARNING, last);
    if (!l) return sv_fail_memory(fault, "explain: lints");
    sv_axis rows = sv_axis_of(last, 0, 0), columns = sv_axis_of(last, 0, 1);
    snprintf(l->message, sizeof l->message,
             "the last upsampling is a transposed convolution and no convolution follows: its pattern of period [%lld, %lld] "
             "goes straight into the picture",
             (long long)rows.stride, (long long)columns.stride);
    snprintf(l->fix, sizeof l->fix, "UpSampling2D(size [%lld, %lld]) followed by Conv2D(%lld filters) last", (long long)rows.stride,
             (long long)columns.stride, (long long)sv_shape_channels(&last->shape));
    return SV_OK;
}

sv_status sv_lint_layers(const sv_flow *f, sv_static *s, sv_fault *fault)
{
    for (int i = 0; i < f->nodes; i++) {
        const sv_node *n = s->graph->node[i];
        if (!f->used[i] || !is_transposed(n)) continue;
        pair p = pair_of(n);
        if (!p.strided[0] && !p.strided[1]) continue;
        if (lint_uneven(s, &p, fault) != SV_OK || lint_gaps(s, &p, fault) != SV_OK || lint_start(s, &p, fault) != SV_OK ||
            lint_tiling(s, &p, fault) != SV_OK)
            return SV_NO_MEMORY;
    }
    return lint_last(f, s, fault);
}
