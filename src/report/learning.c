/* How learning went: losses, learning rate, gradients. */
#include "report/sections.h"
#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { BINS = 240 };

/* A long series cut into bins: their means, least and greatest values. */
typedef struct binned {
    double x[BINS], mean[BINS], low[BINS], high[BINS];
    int64_t count;
} binned;

static void bin(const double *x, const double *y, int64_t n, binned *b)
{
    b->count = n < BINS ? n : BINS;
    for (int64_t k = 0; k < b->count; k++) {
        int64_t first = k * n / b->count, end = (k + 1) * n / b->count, finite = 0;
        double sum = 0, low = INFINITY, high = -INFINITY;
        for (int64_t i = first; i < end; i++) {
            if (!isfinite(y[i])) continue;
            sum += y[i];
            low = fmin(low, y[i]);
            high = fmax(high, y[i]);
            finite++;
        }
        b->x[k] = (x[first] + x[end - 1]) / 2;
        b->mean[k] = finite ? sum / (double)finite : (double)NAN;
        b->low[k] = finite ? low : (double)NAN;
        b->high[k] = finite ? high : (double)NAN;
    }
}

static bool all_positive(const double *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (isfinite(y[i]) && y[i] <= 0) return false;
    return true;
}

static void add_losses(const sv_sections *s)
{
    const sv_columns *m = &s->metrics;
    double *epoch = sv_columns_numbers(m, "epoch"), *loss = sv_columns_numbers(m, "loss"),
           *held = sv_columns_numbers(m, "val_loss");
    const sv_mark best = { (double)s->report->best_epoch, "best" };
    if (epoch && loss && held) {
        const sv_series series[] = { { .name = "training", .x = epoch, .y = loss, .count = m->rows },
                                     { .name = "validation", .x = epoch, .y = held, .count = m->rows } };
        bool log = all_positive(loss, m->rows) && all_positive(held, m->rows);
        sv_chart_lines(
            s->page, &(sv_chart){ .title = "Loss by epoch",
                                  .x_label = "epoch",
                                  .y_label = "loss",
                                  .x_scale = SV_INTEGER,
                                  .y_scale = log ? SV_LOG : SV_LINEAR,
                                  .series = series,
                                  .count = s->report->validation || s->report->missing ? 2 : 1,
                                  .x_mark = &best,
                                  .x_marks = best.at > 0 && m->rows > 1,
                                  .caption = "Training: the mean over the epoch's batches as they were trained on. Validation: the "
                                             "held-out samples after the epoch." });
    }
    sv_free(epoch);
    sv_free(loss);
    sv_free(held);
}

static void add_steps(const sv_sections *s, const char *column, const char *title, const char *caption, bool spread)
{
    const sv_columns *t = &s->steps;
    double *step = sv_columns_numbers(t, "step"), *y = sv_columns_numbers(t, column);
    binned *b = sv_new(1, sizeof *b);
    if (step && y && b && t->rows) {
        bin(step, y, t->rows, b);
        const sv_series series = {
            .x = b->x, .y = b->mean, .low = spread ? b->low : NULL, .high = spread ? b->high : NULL, .count = b->count
        };
        sv_chart_lines(s->page, &(sv_chart){ .title = title,
                                             .x_label = "step",
                                             .x_scale = SV_INTEGER,
                                             .y_scale = all_positive(b->low, b->count) ? SV_LOG : SV_LINEAR,
                                             .series = &series,
                                             .count = 1,
                                             .caption = caption });
    }
    sv_free(step);
    sv_free(y);
    sv_free(b);
}

void sv_section_learning(const sv_sections *s)
{
    if (!s->metrics.rows) return;
    sv_page_section(s->page, "learning", "Learning");
    sv_page_hint(
        s->page,
        "Look for curves that still fall: then more epochs would help. A validation curve that rises while the other falls "
        "says overfitting; jumps say that the learning rate is high. Good is both falling together and levelling out.");
    sv_figures_begin(s->page, false);
    add_losses(s);
    add_steps(s, "loss", "Loss by step", "Means over neighbouring steps, and from least to greatest among them.", true);
    add_steps(s, "gradient_norm", "Gradient norm by step",
              "Over all weights, before clipping. Good is a norm that settles; one that grows announces divergence.", true);
    add_steps(s, "learning_rate", "Learning rate", NULL, false);
    sv_figures_end(s->page);
}
