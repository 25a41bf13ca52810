/* What the layers put out; how their weights and gradients grew. */
#include "report/sections.h"
#include "base/memory.h"
#include "report/tiles.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_MAPS = 16, IN_A_CHART = 8, LARGEST_MAP = 96 };

static void add_table(const sv_sections *s)
{
    const sv_activations *a = &s->activations;
    char caption[120], shape[SV_SHAPE_TEXT];
    snprintf(caption, sizeof caption, "Of the first %d %s samples.", a->samples, sv_set_name(s));
    sv_table_begin(s->page, caption,
                   (const char *const[]){ "layer", "<type", "<shape", "mean", "rms", "std", "least", "greatest", "zeros, %",
                                          "<constant channels", NULL });
    for (int i = 0; i < a->layers; i++) {
        const sv_activation_summary *l = &a->layer[i];
        sv_table_row(s->page, "%s", l->node->name);
        sv_table_text(s->page, "%s", l->node->op->type);
        sv_table_text(s->page, "%s", sv_shape_text(&l->node->shape, shape));
        sv_table_number(s->page, l->mean, 3);
        sv_table_number(s->page, l->rms, 3);
        sv_table_number(s->page, l->deviation, 3);
        sv_table_number(s->page, l->least, 3);
        sv_table_number(s->page, l->greatest, 3);
        sv_table_number(s->page, 100 * l->zeros, 3);
        sv_table_text(s->page, "%lld of %lld", (long long)l->dead, (long long)l->channels);
    }
    sv_table_end(s->page);
}

/* Large maps are cut to their top left part: what the borders do is seen there. */
static float *cut(const sv_activation_summary *l, sv_shape *shape)
{
    int64_t h = l->node->shape.dim[0], w = l->node->shape.dim[1], c = l->channels;
    int64_t rows = h < LARGEST_MAP ? h : LARGEST_MAP, columns = w < LARGEST_MAP ? w : LARGEST_MAP;
    float *part = sv_new((size_t)(rows * columns * c), sizeof *part);
    *shape = sv_shape3(rows, columns, c);
    for (int64_t i = 0; part && i < rows; i++)
        memcpy(part + i * columns * c, l->maps + i * w * c, (size_t)(columns * c) * sizeof *part);
    return part;
}

static void add_maps(const sv_sections *s, const sv_activation_summary *l)
{
    sv_fault ignored = { 0 };
    sv_shape shape;
    uint8_t *pixels = NULL;
    int height, width;
    char title[160], alt[160];
    float *part = cut(l, &shape);
    if (!part || sv_tiles_draw(&shape, part, MOST_MAPS, &pixels, &height, &width, &ignored) != SV_OK)
        s->page->body.failed = true;
    else {
        bool whole = sv_shape_equal(&shape, &l->node->shape);
        snprintf(title, sizeof title, "%s: %s%lld of %lld channels", l->node->name, whole ? "" : "top left part, ",
                 (long long)(l->channels < MOST_MAPS ? l->channels : MOST_MAPS), (long long)l->channels);
        snprintf(alt, sizeof alt, "feature maps of %s", l->node->name);
        sv_figure_begin(s->page, title);
        sv_page_image(s->page, pixels, height, width, 1, alt);
        sv_figure_end(s->page, NULL);
    }
    sv_free(pixels);
    sv_free(part);
}

void sv_section_layers(const sv_sections *s)
{
    const sv_activations *a = &s->activations;
    if (!a->layers) return;
    sv_page_section(s->page, "layers", "Activations");
    sv_page_hint(
        s->page,
        "Look for layers whose values grow or vanish from one to the next, and for channels that are one constant: those are "
        "dead. Good is an rms of one order of magnitude throughout and no constant channels.");
    add_table(s);
    sv_page_heading(s->page, "Feature maps of the first sample");
    sv_page_hint(
        s->page,
        "Each tile is a channel, from its least value (black) to its greatest (white). Look for tiles with a frame or a grid: "
        "where it first appears is the layer that makes it.");
    sv_figures_begin(s->page, true);
    for (int i = 0; i < a->layers; i++)
        if (a->layer[i].node->shape.rank == 3) add_maps(s, &a->layer[i]);
    sv_figures_end(s->page);
}

/* The rows of one tensor: parameter number `k` of `count` in each epoch. */
static double *every(const sv_columns *c, int column, int64_t k, int64_t count)
{
    double *y = sv_new((size_t)(c->rows / count + 1), sizeof *y);
    for (int64_t i = 0; y && i * count + k < c->rows; i++) y[i] = sv_columns_number(c, i * count + k, column);
    return y;
}

static void add_norms(const sv_sections *s, const char *column, const int64_t *which, int shown, int64_t count, const char *title)
{
    const sv_columns *c = &s->layers;
    int at = sv_columns_find(c, column), name = sv_columns_find(c, "parameter");
    double *y[IN_A_CHART] = { 0 };
    sv_series series[IN_A_CHART];
    bool positive = true;
    for (int i = 0; i < shown; i++) {
        y[i] = every(c, at, which[i], count);
        if (!y[i]) s->page->body.failed = true;
        series[i] = (sv_series){ .name = c->field[which[i] * c->columns + name], .y = y[i], .count = y[i] ? c->rows / count : 0 };
        for (int64_t k = 0; k < series[i].count; k++) positive = positive && y[i][k] > 0;
    }
    sv_chart_lines(s->page, &(sv_chart){ .title = title,
                                         .x_label = "epoch",
                                         .x_scale = SV_INTEGER,
                                         .y_scale = positive ? SV_LOG : SV_LINEAR,
                                         .series = series,
                                         .count = shown });
    for (int i = 0; i < shown; i++) sv_free(y[i]);
}

/* Tensors of each epoch: the rows of epoch 0. */
static int64_t tensors(const sv_columns *c)
{
    int epoch = sv_columns_find(c, "epoch");
    int64_t n = 0;
    while (epoch >= 0 && n < c->rows && sv_columns_number(c, n, epoch) == 0) n++;
    return n;
}

static bool is_kernel(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash && strcmp(slash, "/kernel") == 0;
}

/* Kernels first, since they tell most; then the others, a few to a chart. */
void sv_section_norms(const sv_sections *s)
{
    const sv_columns *c = &s->layers;
    int64_t count = tensors(c), which[IN_A_CHART];
    int name = sv_columns_find(c, "parameter");
    if (!count || name < 0 || sv_columns_find(c, "weight_norm") < 0 || sv_columns_find(c, "gradient_norm") < 0) return;
    sv_page_section(s->page, "norms", "Weights and gradients");
    sv_page_hint(
        s->page,
        "Norms of each weight tensor and of its gradient on the next batch, from before training (epoch 0) on. Look for gradients "
        "that are orders of magnitude apart or vanish: those layers do not learn; and for weights that grow without end. Good "
        "is gradients that fall together and weights that settle.");
    sv_figures_begin(s->page, false);
    for (int kernels = 1; kernels >= 0; kernels--) {
        int shown = 0;
        for (int64_t k = 0; k < count; k++) {
            if (is_kernel(c->field[k * c->columns + name]) == (kernels == 1)) which[shown++] = k;
            if (!shown || (shown < IN_A_CHART && k + 1 < count)) continue;
            add_norms(s, "weight_norm", which, shown, count, kernels ? "Kernels" : "Other weights");
            add_norms(s, "gradient_norm", which, shown, count, kernels ? "Gradients of kernels" : "Gradients of the other weights");
            shown = 0;
        }
    }
    sv_figures_end(s->page);
}
