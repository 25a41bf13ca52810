#include "report/chart.h"
#include "report/legend.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 480, HEIGHT = 290, TOP = 12, RIGHT = 14, BOTTOM = 44, CHARACTER = 8, MANY_POINTS = 40 };

typedef struct plot {
    const sv_chart *chart;
    sv_text *out;
    sv_axis x, y;
} plot;

static double x_of(const plot *p, const sv_series *s, int64_t i)
{
    return s->x ? s->x[i] : p->chart->x_first + (double)i;
}

static void widen(double *low, double *high, double value, sv_scale scale)
{
    if (!isfinite(value) || (scale == SV_LOG && value <= 0)) return;
    if (!(value >= *low)) *low = value;
    if (!(value <= *high)) *high = value;
}

static bool drawn(const plot *p, const sv_series *s, int64_t i)
{
    return sv_axis_shows(&p->x, x_of(p, s, i)) && sv_axis_shows(&p->y, s->y[i]);
}

static int longest_tick(const sv_axis *a)
{
    int longest = 0;
    for (int i = 0; i < a->ticks; i++) {
        int length = 0;
        for (const char *c = a->tick[i].text; *c; c++) length += (*c & 0xc0) != 0x80;
        if (length > longest) longest = length;
    }
    return longest;
}

/* Ranges over everything that is drawn; a little air above and below on linear axes, none where the range ends at zero. */
static bool set_axes(plot *p)
{
    const sv_chart *c = p->chart;
    double x[2] = { NAN, NAN }, y[2] = { NAN, NAN };
    p->x.scale = c->x_scale, p->y.scale = c->y_scale;
    for (int k = 0; k < c->count; k++) {
        const sv_series *s = &c->series[k];
        for (int64_t i = 0; i < s->count; i++) {
            if (!drawn(p, s, i)) continue;
            widen(&x[0], &x[1], x_of(p, s, i), c->x_scale);
            widen(&y[0], &y[1], s->y[i], c->y_scale);
            if (s->low) widen(&y[0], &y[1], s->low[i], c->y_scale);
            if (s->high) widen(&y[0], &y[1], s->high[i], c->y_scale);
        }
    }
    if (isnan(y[0])) return false;
    for (int i = 0; i < c->y_marks; i++) widen(&y[0], &y[1], c->y_mark[i].at, c->y_scale);
    if (c->y_zero) widen(&y[0], &y[1], 0, c->y_scale);
    if (c->x_low < c->x_high) widen(&x[0], &x[1], c->x_low, c->x_scale), widen(&x[0], &x[1], c->x_high, c->x_scale);
    if (c->y_low < c->y_high) widen(&y[0], &y[1], c->y_low, c->y_scale), widen(&y[0], &y[1], c->y_high, c->y_scale);
    double air = c->y_scale == SV_LOG ? 0 : (y[1] - y[0]) * 0.04;
    sv_axis_set(&p->x, c->x_scale, x[0], x[1], 7);
    sv_axis_set(&p->y, c->y_scale, y[0] - (y[0] == 0 ? 0 : air), y[1] + (y[1] == 0 ? 0 : air), 6);
    p->x.start = (c->y_label ? 22 : 6) + CHARACTER * longest_tick(&p->y) + 6;
    p->x.end = WIDTH - RIGHT;
    p->y.start = HEIGHT - BOTTOM;
    p->y.end = TOP;
    return true;
}

static void draw_axes(const plot *p)
{
    const sv_axis *x = &p->x, *y = &p->y;
    sv_text *t = p->out;
    for (int i = 0; i < y->ticks; i++) {
        double at = sv_axis_at(y, y->tick[i].value);
        sv_text_add(t, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                    x->start, at, x->end, x->start - 6, at + 4, y->tick[i].text);
    }
    for (int i = 0; i < x->ticks; i++) {
        double at = sv_axis_at(x, x->tick[i].value);
        sv_text_add(t, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                    at, y->start, at, y->start + 18, x->tick[i].text);
    }
    sv_text_add(t, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", x->start, y->end, y->start, x->end);
    if (p->chart->x_label) {
        sv_text_add(t, "<text class=\"label\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", (x->start + x->end) / 2, HEIGHT - 6);
        sv_html_add(t, p->chart->x_label);
        sv_text_add(t, "</text>\n");
    }
    if (!p->chart->y_label) return;
    sv_text_add(t, "<text class=\"label\" transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">",
                (y->start + y->end) / 2);
    sv_html_add(t, p->chart->y_label);
    sv_text_add(t, "</text>\n");
}

static bool in_range(const sv_axis *a, double value)
{
    return sv_axis_shows(a, value) && value >= a->low && value <= a->high;
}

/* Lines first, so that no name lies under one. */
static void draw_marks(const plot *p)
{
    const sv_chart *c = p->chart;
    const sv_axis *x = &p->x, *y = &p->y;
    for (int i = 0; i < c->x_marks; i++)
        if (in_range(x, c->x_mark[i].at))
            sv_text_add(p->out, "<path class=\"mark\" d=\"M%.1f %.1fV%.1f\"/>", sv_axis_at(x, c->x_mark[i].at), y->start, y->end);
    for (int i = 0; i < c->y_marks; i++)
        if (in_range(y, c->y_mark[i].at))
            sv_text_add(p->out, "<path class=\"mark\" d=\"M%.1f %.1fH%.1f\"/>", x->start, sv_axis_at(y, c->y_mark[i].at), x->end);
    for (int i = 0; i < c->x_marks; i++) {
        double at = sv_axis_at(x, c->x_mark[i].at);
        bool left = at > (x->start + x->end) / 2;
        if (!in_range(x, c->x_mark[i].at)) continue;
        sv_text_add(p->out, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", at + (left ? -4 : 4),
                    y->end + 10 + 15.0 * (i % 4), left ? "end" : "start");
        sv_html_add(p->out, c->x_mark[i].label);
        sv_text_add(p->out, "</text>\n");
    }
    for (int i = 0; i < c->y_marks; i++) {
        if (!in_range(y, c->y_mark[i].at)) continue;
        sv_text_add(p->out, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", x->end - 2,
                    sv_axis_at(y, c->y_mark[i].at) - 4);
        sv_html_add(p->out, c->y_mark[i].label);
        sv_text_add(p->out, "</text>\n");
    }
}

static bool has_range(const plot *p, const sv_series *s, int64_t i)
{
    return s->low && s->high && drawn(p, s, i) && sv_axis_shows(&p->y, s->low[i]) && sv_axis_shows(&p->y, s->high[i]);
}

/* Along the upper limits and back along the lower ones, piece by piece. */
static void draw_band(const plot *p, const sv_series *s, int colour)
{
    for (int64_t first = 0, end; first < s->count; first = end + 1) {
        for (end = first; end < s->count && has_range(p, s, end);) end++;
        if (end - first < 2) continue;
        sv_text_add(p->out, "<path class=\"band f%d\" d=\"", colour);
        for (int64_t i = first; i < end; i++)
            sv_text_add(p->out, "%c%.1f %.1f", i > first ? 'L' : 'M', sv_axis_at(&p->x, x_of(p, s, i)),
                        sv_axis_at(&p->y, s->high[i]));
        for (int64_t i = end; i-- > first;)
            sv_text_add(p->out, "L%.1f %.1f", sv_axis_at(&p->x, x_of(p, s, i)), sv_axis_at(&p->y, s->low[i]));
        sv_text_add(p->out, "Z\"/>\n");
    }
}

static void draw_error_bars(const plot *p, const sv_series *s, int colour)
{
    for (int64_t i = 0; i < s->count; i++) {
        if (!has_range(p, s, i)) continue;
        double x = sv_axis_at(&p->x, x_of(p, s, i)), low = sv_axis_at(&p->y, s->low[i]), high = sv_axis_at(&p->y, s->high[i]);
        sv_text_add(p->out, "<path class=\"s s%d\" d=\"M%.1f %.1fh8m-4 0V%.1fm-4 0h8\"/>\n", colour, x - 4, low, high);
    }
}

static void draw_line(const plot *p, const sv_series *s, sv_style style)
{
    bool pen = false;
    sv_text_add(p->out, "<path class=\"s s%d%s\"%s d=\"", style.colour, s->faint ? " faint" : "",
                s->faint ? "" : sv_style_dashes(style));
    for (int64_t i = 0; i < s->count; i++) {
        bool here = drawn(p, s, i);
        if (here) sv_text_add(p->out, "%c%.1f %.1f", pen ? 'L' : 'M', sv_axis_at(&p->x, x_of(p, s, i)), sv_axis_at(&p->y, s->y[i]));
        pen = here;
    }
    sv_text_add(p->out, "\"/>\n");
}

/* All points of a short series; of a long one some, to tell it from others. */
static void draw_points(const plot *p, const sv_series *s, sv_style style)
{
    int64_t every = s->points || s->count <= MANY_POINTS ? 1 : s->count / 8;
    if (every > 1 && p->chart->count == 1) return;
    char x[SV_NUMBER_TEXT], y[SV_NUMBER_TEXT];
    for (int64_t i = every / 2; i < s->count; i += every) {
        if (!drawn(p, s, i)) continue;
        sv_text_add(p->out, "<g class=\"f%d\">", style.colour);
        sv_style_point(p->out, style, sv_axis_at(&p->x, x_of(p, s, i)), sv_axis_at(&p->y, s->y[i]));
        sv_text_add(p->out, "<title>");
        if (s->name) sv_html_format(p->out, "%s: ", s->name);
        sv_text_add(p->out, "%s, %s</title></g>\n", sv_number_text(x_of(p, s, i), 6, x), sv_number_text(s->y[i], 5, y));
    }
}

static void draw_series(const plot *p)
{
    const sv_chart *c = p->chart;
    for (int faint = 1; faint >= 0; faint--)
        for (int k = 0; k < c->count; k++) {
            const sv_series *s = &c->series[k];
            sv_style style = sv_style_of(s->style ? s->style - 1 : k);
            if (s->faint != (faint == 1)) continue;
            if (s->points)
                draw_error_bars(p, s, style.colour);
            else {
                draw_band(p, s, style.colour);
                draw_line(p, s, style);
            }
            if (!s->faint) draw_points(p, s, style);
        }
}

static void draw_legend(sv_page *p, const sv_chart *c)
{
    int named = 0;
    for (int k = 0; k < c->count; k++) named += c->series[k].name != NULL;
    if (c->count < 2 || !named) return;
    sv_text_add(&p->body, "<div class=\"legend\">");
    for (int k = 0; k < c->count; k++) {
        const sv_series *s = &c->series[k];
        if (s->name) sv_legend_entry(&p->body, sv_style_of(s->style ? s->style - 1 : k), !s->points, !s->faint, s->name);
    }
    sv_text_add(&p->body, "</div>\n");
}

void sv_chart_lines(sv_page *p, const sv_chart *c)
{
    plot drawing = { .chart = c, .out = &p->body };
    sv_figure_begin(p, c->title);
    if (!set_axes(&drawing)) {
        sv_page_hint(p, "Nothing to draw: no value is defined.");
    } else {
        sv_svg_begin(&p->body, WIDTH, HEIGHT, c->title ? c->title : c->y_label);
        draw_axes(&drawing);
        draw_series(&drawing);
        draw_marks(&drawing);
        sv_text_add(&p->body, "</svg>\n");
        draw_legend(p, c);
    }
    sv_figure_end(p, c->caption);
}
