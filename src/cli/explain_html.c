/* explain --html: the same as a page, with the maps drawn. */
#include "base/memory.h"
#include "cli/explain.h"
#include "report/picture.h"
#include <math.h>

/* A map as the outer product of its axes: their values, or with `missing` what they lack together, 1 - (1 - a)(1 - b). */
static double *outer(const double *rows, const double *columns, const int64_t size[2], bool missing)
{
    double *map = sv_new((size_t)(size[0] * size[1]), sizeof *map);
    for (int64_t r = 0; map && r < size[0]; r++)
        for (int64_t c = 0; c < size[1]; c++)
            map[r * size[1] + c] = missing ? 1 - (1 - rows[r]) * (1 - columns[c]) : rows[r] * columns[c];
    return map;
}

/* The rectangle of what the border does not reach; false where nothing is left. */
static bool inside(const int64_t *depth, const int64_t size[2], sv_outline *o)
{
    *o = (sv_outline){ (double)depth[0], (double)(size[0] - depth[1]), (double)depth[2], (double)(size[1] - depth[3]), false };
    return o->top < o->bottom && o->left < o->right;
}

static void put_map(sv_page *p, const char *title, const char *caption, const char *unit, const double *value,
                    const int64_t size[2], const int64_t *depth)
{
    sv_outline o;
    sv_map m = { .title = title,
                 .caption = caption,
                 .rows = (int)size[0],
                 .columns = (int)size[1],
                 .value = value,
                 .palette = SV_SEQUENTIAL,
                 .row_label = "row",
                 .column_label = "column",
                 .value_label = unit,
                 .outline = &o };
    m.outlines = depth && inside(depth, size, &o);
    if (value)
        sv_chart_map(p, &m);
    else
        p->body.failed = true;
}

static void put_lints(sv_page *p, const sv_static *s)
{
    sv_page_section(p, "lints", "Lints");
    if (s->lints == 0) sv_page_text(p, "None.");
    for (int i = 0; i < s->lints; i++) {
        const sv_lint *l = &s->lint[i];
        sv_page_heading(p, "%s %s, %s", sv_severity_names[l->severity], l->id, l->node ? l->node->name : "the whole model");
        sv_page_text(p, "%s.", l->message);
        sv_page_hint(p, "Fix: %s.", l->fix);
    }
}

static void put_layers(sv_page *p, const sv_explanation *e)
{
    const char *const heads[] = { "layer", "type", "output", "parameters", "padding or crop",
                                  "depth", "rms",  "drawn",  "ripple",     NULL };
    sv_page_section(p, "layers", "Layers");
    sv_page_hint(
        p,
        "Padding (of a transposed layer: the crop) and border depth: top, bottom, left, right. rms: expected of the layer's "
        "output at initialization; drawn: of %d samples of %s of rms %.3g, weights %s. Ripple: spread over rms of the "
        "kernel's sums by phase of the stride; 0 gives no checkerboard on flat content.",
        e->rms.samples, e->rms.data ? "the data" : "noise", e->rms.input, e->rms.weights);
    sv_table_begin(p, NULL, heads);
    for (int i = 0; i < e->target->graph->nodes; i++) {
        const sv_node *n = e->target->graph->node[i];
        char shape[SV_SHAPE_TEXT];
        if (n->kind != SV_NODE_LAYER || n->index > e->target->output->index || !e->borders->used[n->index]) continue;
        const int *pad = n->inference.padding;
        const int64_t *d = e->borders->depth + 4 * (int64_t)n->index;
        sv_table_row(p, "%s", n->name);
        sv_table_text(p, "%s", n->op->type);
        sv_table_text(p, "%s", sv_shape_text(&n->shape, shape));
        sv_table_text(p, "%lld", (long long)sv_layer_weights(n));
        if (sv_layer_pads(n))
            sv_table_text(p, "%d, %d, %d, %d", pad[0], pad[1], pad[2], pad[3]);
        else
            sv_table_text(p, "%s", "");
        sv_table_text(p, "%lld, %lld, %lld, %lld", (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[3]);
        sv_table_number(p, sv_expected_rms(e->rms.expected, n), 3);
        sv_table_number(p, e->rms.drawn[n->index], 3);
        sv_table_number(p, sv_polyphase_ripple(e->target->parameters, n), 2);
    }
    sv_table_end(p);
}

static void put_whole(sv_page *p, const sv_explanation *e)
{
    const sv_static *s = e->borders;
    const int *r = s->edges.ring;
    int64_t depth[4];
    for (int side = 0; side < 4; side++) depth[side] = s->edges.depth[side];
    sv_page_section(p, "model", "The whole model");
    sv_page_text(
        p,
        "Border depth: top %lld, bottom %lld, left %lld, right %lld of %lldx%lld; ring width %d, %d, %d, %d; stride of the "
        "decoder %dx%d.",
        (long long)depth[0], (long long)depth[1], (long long)depth[2], (long long)depth[3], (long long)s->size[0],
        (long long)s->size[1], r[0], r[1], r[2], r[3], s->edges.stride[0], s->edges.stride[1]);
    if (s->aligned[0] && s->aligned[1])
        sv_page_text(p, "The output lies %.4g rows and %.4g columns from the input.", s->shift[0], s->shift[1]);
    double *overlap = outer(s->overlap[0], s->overlap[1], s->size, false);
    double *missing = outer(s->deficiency[0], s->deficiency[1], s->size, true);
    sv_figures_begin(p, false);
    put_map(p, "Overlap of the decoder",
            "What ones at the latent become through kernels of ones: an uneven pattern inside is the "
            "checkerboard. The frame is what no border reaches.",
            "taps", overlap, s->size, depth);
    put_map(p, "Deficiency", "The share of its taps that a pixel lacks against others of its phase.", "share", missing, s->size,
            depth);
    sv_figures_end(p);
    sv_free(overlap);
    sv_free(missing);
}

static void put_maps(sv_page *p, const sv_explanation *e)
{
    sv_page_section(p, "maps", "Layer by layer");
    sv_page_hint(
        p, "The expected rms of each convolution's output: even inside and towards the border is good; a grid is the checkerboard "
           "before training, a dark edge what zeros take away. The frame is what no border reaches.");
    for (int i = 0; i <= e->target->output->index; i++) {
        const sv_node *n = e->target->graph->node[i];
        sv_text words = { 0 };
        if (!e->borders->used[i] || n->shape.rank != 3 || !sv_layer_arithmetic(n, &words)) continue;
        const sv_moment_map *m = &e->rms.expected->map[i];
        const int64_t size[2] = { m->rows, m->columns };
        double *rms = sv_new((size_t)(m->rows * m->columns), sizeof *rms);
        for (int64_t k = 0; rms && k < m->rows * m->columns; k++) rms[k] = sqrt(m->square[k]);
        sv_page_heading(p, "%s", n->name);
        sv_page_text(p, "%s.", words.data ? words.data : "");
        sv_figures_begin(p, false);
        put_map(p, "Expected rms", NULL, "rms", rms, size, e->borders->depth + 4 * (int64_t)i);
        sv_figures_end(p);
        p->body.failed |= words.failed;
        sv_text_free(&words);
        sv_free(rms);
    }
}

sv_status sv_explain_html(const sv_explanation *e, const char *path, sv_fault *fault)
{
    sv_page page = { 0 };
    char shape[SV_SHAPE_TEXT];
    sv_page_begin(&page, sv_model_name(e->target->model), "selvage explain %s: input %s, %lld parameters, %.4g multiply-adds",
                  e->target->path, sv_shape_text(&e->target->input->shape, shape), (long long)e->parameters, e->multiply_adds);
    put_lints(&page, e->borders);
    put_layers(&page, e);
    if (e->target->output->shape.rank == 3) put_whole(&page, e);
    put_maps(&page, e);
    return sv_page_write(&page, path, fault);
}
