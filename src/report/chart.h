/*
 * Line and bar charts: figures of inline SVG with axes, ticks and, from two series on, a legend under them. Series differ by colour
 * (Okabe and Ito's, which the colour-blind tell apart), by dashes and by the shape of their points; points say their values where
 * the pointer rests on them.
 *
 *     const sv_series series[] = { { .name = "train", .y = loss, .count = epochs }, { .name = "validation", ... } };
 *     sv_chart_lines(&page, &(sv_chart){ .title = "Loss", .x_label = "epoch", .x_first = 1, .x_scale = SV_INTEGER,
 *                                        .y_scale = SV_LOG, .series = series, .count = 2, .caption = "..." });
 */
#ifndef SV_REPORT_CHART_H
#define SV_REPORT_CHART_H
#include "report/axis.h"
#include "report/page.h"
#include <stdint.h>

enum { SV_STYLES = 8 }; /* colours; with dashes and shapes 24 series differ */

typedef struct sv_series {
    const char *name;         /* NULL: not in the legend */
    const double *x, *y;      /* [count]; x NULL: x_first, x_first + 1, ...; what is not finite interrupts the line */
    const double *low, *high; /* [count] or NULL: uncertainty, as a band, or bars where points stand without a line */
    int64_t count;
    int style;   /* 0: that of its place in the list; s >= 1: style s - 1, so that one thing looks the same in several charts */
    bool faint;  /* thin and pale, behind the others: raw values under their mean */
    bool points; /* without a line */
} sv_series;

/* A value worth a line across the plot, and its name. */
typedef struct sv_mark {
    double at;
    const char *label;
} sv_mark;

typedef struct sv_chart {
    const char *title, *caption; /* or NULL */
    const char *x_label, *y_label;
    sv_scale x_scale, y_scale;
    double x_first;       /* of series without x */
    bool y_zero;          /* the y-axis holds 0 */
    double x_low, x_high;      /* the x-axis holds these too, where x_low < x_high */
    double y_low, y_high; /* the y-axis holds these too, where y_low < y_high */
    const sv_series *series;
    int count;
    const sv_mark *x_mark, *y_mark; /* vertical lines at x, horizontal ones at y */
    int x_marks, y_marks;
} sv_chart;

/* Each series as a line. A chart without a value that can be drawn says so. Series of more than about a thousand points should be
 * averaged before: each point is drawn. */
void sv_chart_lines(sv_page *p, const sv_chart *c);

/* One horizontal bar with its label and value; `error` (0: none) is drawn as a whisker on both sides. */
typedef struct sv_bar_of {
    const char *label;
    double value, error;
    int style;
} sv_bar_of;
/* Bars from zero, first on top. `reference` (NAN: none) is a vertical line: a neutral value, an expectation. */
void sv_chart_bars(sv_page *p, const char *title, const char *value_label, const sv_bar_of *bar, int count, double reference,
                   const char *caption);

#endif
