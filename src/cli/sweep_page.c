/* sweep.html: the table of a sweep and small multiples by setting. */
#include "cli/pages.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/image_io.h"
#include "report/picture.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_MULTIPLES = 24 };

/* A sweep's page being made. */
typedef struct making {
    sv_page *page;
    const sv_sweep_table *t;
    const char *folder;
    int shown; /* settings in the small multiples: the best ones */
} making;

/* "he_uniform" where one key varies, "0.01, he_uniform" where several do; "base" where none does. */
static void label_row(const sv_sweep_table *t, const sv_sweep_row *r, char *label, size_t size)
{
    size_t used = 0;
    snprintf(label, size, "%s", t->sweep->columns ? "" : "base");
    for (int c = 0; c < t->sweep->columns && used < size; c++) {
        const char *cell = t->sweep->run[r->first].cell[c];
        int n = snprintf(label + used, size - used, "%s%s", c ? ", " : "", *cell ? cell : "-");
        used += n > 0 ? (size_t)n : 0;
    }
}

static size_t find(const sv_sweep_table *t, const char *name)
{
    for (size_t i = 0; i < t->measures; i++)
        if (strcmp(t->measure[i], name) == 0) return i;
    return t->measures;
}

static bool is_measured(const sv_sweep_table *t, size_t measure)
{
    for (int i = 0; measure < t->measures && i < t->rows; i++)
        if (t->row[i].mean[measure].n > 0) return true;
    return false;
}

/* The measures that are shown: indices into the table's. */
static int choose(const sv_sweep_table *t, size_t *chosen, int room)
{
    static const char *const wanted[] = { "val_psnr",
                                          "psnr",
                                          "val_ssim",
                                          "ssim",
                                          "border_interior_ratio",
                                          "paired_crop_ratio",
                                          "checkerboard_2",
                                          "checkerboard_4",
                                          "mse.ring",
                                          "val_loss",
                                          "loss",
                                          "phase_gain_spread",
                                          "phase_mse_ratio",
                                          "harmonic_peak_ratio",
                                          "seam_ratio",
                                          "dc_response.relative" };
    int n = 0;
    chosen[n++] = t->by;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted && n < room; i++) {
        size_t m = find(t, wanted[i]);
        if (m != t->by && is_measured(t, m)) chosen[n++] = m;
    }
    return n;
}

enum { MOST_COLUMNS = 5, MOST_MEASURES = 16 };

static void add_row(const making *m, const sv_sweep_row *r, const size_t *chosen, int count)
{
    char label[400];
    label_row(m->t, r, label, sizeof label);
    sv_table_row(m->page, "%s", label);
    sv_table_text(m->page, r->diverged ? "%d, %d diverged" : "%d", r->finished, r->diverged);
    for (int i = 0; i < count; i++) {
        sv_verdict verdict = i == 0 && r->beyond_noise ? SV_WORSE : SV_NEITHER;
        sv_table_verdict(m->page, r->mean[chosen[i]].mean, r->mean[chosen[i]].sd, 4, verdict);
        if (i == 0) sv_table_number(m->page, r->p, 2);
    }
}

static void add_table(const making *m)
{
    size_t chosen[MOST_COLUMNS];
    const char *heads[MOST_COLUMNS + 4] = { "setting", "runs" };
    int count = choose(m->t, chosen, MOST_COLUMNS);
    for (int i = 0; i < count; i++) heads[i ? i + 3 : 2] = m->t->measure[chosen[i]];
    heads[3] = "p";
    sv_page_section(m->page, "table", "Settings, best first");
    sv_page_hint(
        m->page,
        "Mean \xc2\xb1 standard deviation over the runs of a setting. Marked: the difference to the best is beyond the noise of "
        "the seeds (Welch's t-test, two-sided, p < %g, not corrected for the number of settings; p). Every measure: table.csv.",
        SV_SWEEP_LEVEL);
    sv_table_begin(m->page, NULL, heads);
    for (int i = 0; i < m->t->rows; i++) add_row(m, &m->t->row[i], chosen, count);
    sv_table_end(m->page);
}

/* Loss curves of one setting: a series for each of its runs. */
typedef struct curves {
    sv_series *series;
    double **values;
    char (*name)[48];
    int count;
} curves;

static void name_curve(const sv_sweep_run *run, char name[48])
{
    const char *seed = strstr(run->name, "_seed-");
    snprintf(name, 48, "%.47s", seed ? seed + 1 : "run");
}

static curves read_curves(const making *m, const sv_sweep_row *r, const char *column)
{
    const sv_sweep *s = m->t->sweep;
    curves c = { sv_new((size_t)s->runs, sizeof *c.series), sv_new((size_t)s->runs, sizeof *c.values),
                 sv_new((size_t)s->runs, sizeof *c.name), 0 };
    for (int i = r->first; c.series && c.values && c.name && i < s->runs; i++) {
        if (strcmp(s->run[i].setting, r->setting) != 0 || m->t->state[i] != SV_RUN_FINISHED) continue;
        char *path = sv_join_path(m->folder, s->run[i].name);
        int epochs = 0;
        if (path) c.values[c.count] = sv_metrics_column(path, column, &epochs);
        name_curve(&s->run[i], c.name[c.count]);
        c.series[c.count] = (sv_series){ .name = c.name[c.count], .y = c.values[c.count], .count = epochs };
        c.count++;
        sv_free(path);
    }
    return c;
}

static void free_curves(curves *c)
{
    for (int i = 0; i < c->count; i++) sv_free(c->values[i]);
    sv_free(c->values);
    sv_free(c->series);
    sv_free(c->name);
}

/* The range of all curves, so that all have one axis. */
static void widen(const curves *c, double *low, double *high)
{
    for (int i = 0; i < c->count; i++)
        for (int64_t k = 0; k < c->series[i].count; k++) {
            double v = c->values[i][k];
            if (!isfinite(v)) continue;
            if (!(v >= *low)) *low = v;
            if (!(v <= *high)) *high = v;
        }
}

static void add_losses(const making *m)
{
    const char *column = is_measured(m->t, find(m->t, "val_loss")) ? "val_loss" : "loss";
    double low = NAN, high = NAN;
    sv_page_section(m->page, "loss", "Loss curves");
    sv_page_hint(m->page, "%s by epoch, a line for each seed, the same axis for all settings.", column);
    for (int i = 0; i < m->shown; i++) {
        curves c = read_curves(m, &m->t->row[i], column);
        widen(&c, &low, &high);
        free_curves(&c);
    }
    sv_figures_begin(m->page, false);
    for (int i = 0; i < m->shown; i++) {
        char label[400];
        curves c = read_curves(m, &m->t->row[i], column);
        label_row(m->t, &m->t->row[i], label, sizeof label);
        if (c.count)
            sv_chart_lines(m->page, &(sv_chart){ .title = label,
                                                 .x_label = "epoch",
                                                 .x_first = 1,
                                                 .x_scale = SV_INTEGER,
                                                 .y_scale = SV_LOG,
                                                 .y_low = low,
                                                 .y_high = high,
                                                 .series = c.series,
                                                 .count = c.count });
        free_curves(&c);
    }
    sv_figures_end(m->page);
}

static int first_finished(const making *m, const sv_sweep_row *r)
{
    for (int i = r->first; i < m->t->sweep->runs; i++)
        if (m->t->state[i] == SV_RUN_FINISHED && strcmp(m->t->sweep->run[i].setting, r->setting) == 0) return i;
    return -1;
}

static void add_sample(const making *m, const sv_sweep_row *r)
{
    int run = first_finished(m, r);
    char label[400];
    sv_text path = { 0 };
    sv_image image = { 0 };
    sv_fault ignored = { 0 };
    if (run < 0) return;
    sv_text_add(&path, "%s/%s/samples/last.png", m->folder, m->t->sweep->run[run].name);
    if (!path.failed && sv_is_file(path.data) && sv_image_read(path.data, 0, &image, &ignored) == SV_OK) {
        label_row(m->t, r, label, sizeof label);
        sv_figure_begin(m->page, label);
        sv_page_image(m->page, image.pixels, image.height, image.width, image.channels,
                      "samples, their reconstructions and errors");
        sv_figure_end(m->page, m->t->sweep->run[run].name);
    }
    sv_image_free(&image);
    sv_text_free(&path);
}

static void add_samples(const making *m)
{
    sv_page_section(m->page, "samples", "Last reconstructions");
    sv_page_hint(m->page,
                 "Of the first seed of each setting; from the left: input (and target), reconstruction, error on one scale.");
    sv_figures_begin(m->page, true);
    for (int i = 0; i < m->shown; i++) add_sample(m, &m->t->row[i]);
    sv_figures_end(m->page);
}

static void add_bars(const making *m, size_t measure)
{
    const sv_sweep_table *t = m->t;
    sv_bar_of *bar = sv_new((size_t)m->shown, sizeof *bar);
    char(*label)[400] = sv_new((size_t)m->shown, sizeof *label);
    bool ratio = strstr(t->measure[measure], "ratio") != NULL;
    for (int i = 0; bar && label && i < m->shown; i++) {
        const sv_sample_mean *v = &t->row[i].mean[measure];
        label_row(t, &t->row[i], label[i], sizeof label[i]);
        bar[i] = (sv_bar_of){ .label = label[i], .value = v->mean, .error = isfinite(v->sd) ? v->sd : 0 };
    }
    if (bar && label) sv_chart_bars(m->page, t->measure[measure], NULL, bar, m->shown, ratio ? 1 : (double)NAN, NULL);
    sv_free(bar);
    sv_free(label);
}

static void add_measures(const making *m)
{
    size_t chosen[MOST_MEASURES];
    int count = choose(m->t, chosen, MOST_MEASURES);
    sv_page_section(m->page, "measures", "Measures by setting");
    sv_page_hint(
        m->page,
        "Means over the seeds, whiskers one standard deviation; settings in the order of the table. 1 is neutral for a ratio.");
    sv_figures_begin(m->page, false);
    for (int i = 0; i < count; i++) add_bars(m, chosen[i]);
    sv_figures_end(m->page);
}

sv_status sv_sweep_page(const sv_sweep_table *t, const char *folder, const char *path, sv_fault *fault)
{
    sv_page page = { 0 };
    making m = { &page, t, folder, t->rows < MOST_MULTIPLES ? t->rows : MOST_MULTIPLES };
    const char *name = strrchr(t->sweep->source, '/');
    sv_page_begin(&page, "Sweep", "%s: %d runs, %d settings, by %s", name ? name + 1 : t->sweep->source, t->sweep->runs, t->rows,
                  t->measure[t->by]);
    add_table(&m);
    if (m.shown < t->rows) sv_page_text(&page, "Below: the first %d settings of the table.", m.shown);
    add_losses(&m);
    add_samples(&m);
    add_measures(&m);
    return sv_page_write(&page, path, fault);
}
