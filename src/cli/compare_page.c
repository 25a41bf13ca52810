/* The page of selvage compare. */
#include "cli/pages.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/image_io.h"
#include "report/picture.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A table with a column of each run. Ended by end_table. */
static void begin_table(sv_page *p, const sv_comparison *c, const char *first)
{
    const char **heads = sv_new((size_t)c->runs + 2, sizeof *heads);
    if (!heads) {
        p->body.failed = true;
        return;
    }
    heads[0] = first;
    for (int i = 0; i < c->runs; i++) heads[i + 1] = c->folder[i];
    sv_text_add(&p->body, "<div class=\"wide\">\n");
    sv_table_begin(p, NULL, heads);
    sv_free((void *)heads);
}

static void end_table(sv_page *p)
{
    sv_table_end(p);
    sv_text_add(&p->body, "</div>\n");
}

static void add_configs(sv_page *p, const sv_comparison *c)
{
    sv_page_section(p, "config", "What differs in the configs");
    if (!c->differences) {
        sv_page_text(p, "Nothing.");
        return;
    }
    begin_table(p, c, "key");
    for (size_t i = 0; i < c->differences; i++) {
        sv_table_row(p, "%s", c->difference[i].path);
        for (int r = 0; r < c->runs; r++) sv_table_text(p, "%s", c->difference[i].text[r] ? c->difference[i].text[r] : "-");
    }
    end_table(p);
}

/* How bad a value is: errors and artifacts as they are, gains the other way round, ratios by how far they are from 1. */
static double badness(const char *name, double value)
{
    if (sv_measure_is_gain(name)) return -value;
    return strstr(name, "ratio") ? fabs(log(value)) : fabs(value);
}

static sv_verdict judge(const sv_compared_measure *m, int run)
{
    if (!(m->p[run] < SV_COMPARE_LEVEL)) return SV_NEITHER;
    return badness(m->name, m->value[run]->value) < badness(m->name, m->value[0]->value) ? SV_BETTER : SV_WORSE;
}

static void add_measures(sv_page *p, const sv_comparison *c)
{
    sv_page_section(p, "measures", "Measures of the final weights");
    sv_page_hint(
        p,
        "Marked: differences to the first run beyond both standard errors (p < %g; the image is the unit). Values without an "
        "error are never marked. The same test images in both runs make the errors larger than the difference's own.",
        SV_COMPARE_LEVEL);
    begin_table(p, c, "measure");
    for (size_t i = 0; i < c->count; i++) {
        const sv_compared_measure *m = &c->measure[i];
        sv_table_row(p, "%s", m->name);
        for (int r = 0; r < c->runs; r++) {
            if (m->value[r])
                sv_table_verdict(p, m->value[r]->value, m->value[r]->se, 5, judge(m, r));
            else
                sv_table_number(p, (double)NAN, 5);
        }
    }
    end_table(p);
}

static void add_curves(sv_page *p, const sv_comparison *c, const char *column, const char *title)
{
    sv_series *series = sv_new((size_t)c->runs, sizeof *series);
    double **values = sv_new((size_t)c->runs, sizeof *values);
    bool any = false;
    for (int i = 0; series && values && i < c->runs; i++) {
        int count;
        values[i] = sv_metrics_column(c->folder[i], column, &count);
        series[i] = (sv_series){ .name = c->folder[i], .y = values[i], .count = count };
        for (int k = 0; k < count; k++) any = any || isfinite(values[i][k]);
    }
    if (any)
        sv_chart_lines(p, &(sv_chart){ .title = title,
                                       .x_label = "epoch",
                                       .x_first = 1,
                                       .x_scale = SV_INTEGER,
                                       .y_scale = SV_LOG,
                                       .series = series,
                                       .count = c->runs });
    for (int i = 0; values && i < c->runs; i++) sv_free(values[i]);
    sv_free(values);
    sv_free(series);
}

static void add_samples(sv_page *p, const char *run)
{
    char *path = sv_join_path(run, "samples/last.png");
    sv_fault ignored = { 0 };
    sv_image image = { 0 };
    if (path && sv_is_file(path) && sv_image_read(path, 0, &image, &ignored) == SV_OK) {
        sv_figure_begin(p, run);
        sv_page_image(p, image.pixels, image.height, image.width, image.channels, "samples, their reconstructions and errors");
        sv_figure_end(p, NULL);
    }
    sv_image_free(&image);
    sv_free(path);
}

sv_status sv_compare_page(const sv_comparison *c, const char *path, sv_fault *fault)
{
    sv_page page = { 0 };
    sv_page_begin(&page, "Comparison", "%d runs", c->runs);
    add_configs(&page, c);
    sv_page_section(&page, "loss", "Loss");
    sv_figures_begin(&page, false);
    add_curves(&page, c, "val_loss", "Validation loss");
    add_curves(&page, c, "loss", "Training loss");
    sv_figures_end(&page);
    add_measures(&page, c);
    sv_page_section(&page, "samples", "Last reconstructions");
    sv_page_hint(&page, "From the left: input (and target), reconstruction, error, on one scale in all runs.");
    sv_figures_begin(&page, true);
    for (int i = 0; i < c->runs; i++) add_samples(&page, c->folder[i]);
    sv_figures_end(&page);
    return sv_page_write(&page, path, fault);
}
