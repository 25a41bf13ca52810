/* Artifacts as training went on: what metrics.csv says of them. */
#include "report/sections.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { MOST = 8 };

/* A column of standard errors. */
static bool is_error(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, "_se") == 0;
}

/* A chart of the columns that begin with `prefix`, each named by the rest. */
static void add_columns(const sv_sections *s, const char *prefix, const char *title, const char *y_label, double neutral,
                        const char *caption)
{
    const sv_columns *m = &s->metrics;
    double *epoch = sv_columns_numbers(m, "epoch"), *y[MOST] = { 0 };
    sv_series series[MOST];
    const sv_mark mark = { neutral, "neutral" };
    int count = 0;
    for (int i = 0; i < m->columns && count < MOST && epoch; i++) {
        if (strncmp(m->name[i], prefix, strlen(prefix)) != 0 || is_error(m->name[i])) continue;
        y[count] = sv_columns_numbers(m, m->name[i]);
        if (!y[count]) continue;
        const char *rest = m->name[i] + strlen(prefix);
        series[count] = (sv_series){ .name = *rest ? rest : m->name[i], .x = epoch, .y = y[count], .count = m->rows };
        count++;
    }
    if (count)
        sv_chart_lines(s->page, &(sv_chart){ .title = title,
                                             .x_label = "epoch",
                                             .y_label = y_label,
                                             .x_scale = SV_INTEGER,
                                             .series = series,
                                             .count = count,
                                             .y_mark = &mark,
                                             .y_marks = isfinite(neutral),
                                             .caption = caption });
    for (int i = 0; i < count; i++) sv_free(y[i]);
    sv_free(epoch);
}

void sv_section_history(const sv_sections *s)
{
    if (s->metrics.rows < 2) return;
    sv_page_section(s->page, "history", "Artifacts by epoch");
    sv_page_hint(
        s->page,
        "Look for artifacts that stay while the loss still falls: more epochs will not mend those. Good is lines that go to "
        "their neutral values.");
    sv_figures_begin(s->page, false);
    add_columns(s, "border_interior_ratio", "Border / interior", "ratio", 1, "Squared error of the ring over the interior's.");
    add_columns(s, "rmse_", "RMSE of the outermost pixels", "rmse", (double)NAN, NULL);
    add_columns(s, "bias_", "Bias of the outermost pixels", "bias", 0, NULL);
    add_columns(s, "checkerboard_", "Checkerboard amplitude by period", "amplitude", (double)NAN,
                "In units of intensity; 0 is neutral.");
    sv_figures_end(s->page);
}
