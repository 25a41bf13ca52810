/* Horizontal bars: labels of any length stay readable. */
#include "report/chart.h"
#include "report/legend.h"
#include <math.h>

enum { WIDTH = 480, ROW = 24, TOP = 6, LABELS = 164, RIGHT = 64, BOTTOM = 44, MOST_LETTERS = 18 };

static sv_axis axis_of(const sv_bar_of *bar, int count, double reference)
{
    sv_axis a = { .start = LABELS, .end = WIDTH - RIGHT };
    double low = 0, high = 0;
    for (int i = 0; i < count; i++) {
        if (!isfinite(bar[i].value)) continue;
        double error = isfinite(bar[i].error) ? bar[i].error : 0;
        low = fmin(low, bar[i].value - (bar[i].value < 0 ? error : 0));
        high = fmax(high, bar[i].value + (bar[i].value > 0 ? error : 0));
    }
    if (isfinite(reference)) low = fmin(low, reference), high = fmax(high, reference);
    sv_axis_set(&a, SV_LINEAR, low, high, 5);
    return a;
}

/* The label's first letters; the whole of it where the pointer rests. */
static void add_label(sv_text *t, const char *label, double y)
{
    char cut[4 * MOST_LETTERS + 4];
    size_t bytes = 0;
    int letters = 0;
    while (label[bytes] && bytes + 4 < sizeof cut - 3 && letters < MOST_LETTERS) {
        cut[bytes] = label[bytes];
        bytes++;
        letters += (label[bytes] & 0xc0) != 0x80;
    }
    cut[bytes] = '\0';
    sv_text_add(t, "<text class=\"label\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LABELS - 6, y);
    sv_html_add(t, cut);
    sv_text_add(t, "%s<title>", label[bytes] ? "\xe2\x80\xa6" : "");
    sv_html_add(t, label);
    sv_text_add(t, "</title></text>\n");
}

static void add_bar(sv_text *t, const sv_axis *a, const sv_bar_of *b, double top)
{
    char number[SV_NUMBER_TEXT];
    double middle = top + ROW / 2.0, zero = sv_axis_at(a, 0), reach = a->start;
    add_label(t, b->label, middle + 4);
    if (isfinite(b->value)) {
        double at = sv_axis_at(a, b->value), error = isfinite(b->error) ? b->error : 0;
        sv_style style = sv_style_of(b->style);
        sv_text_add(t, "<rect class=\"f%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n", style.colour, fmin(at, zero),
                    top + 4, fmax(fabs(at - zero), 0.5), ROW - 8);
        reach = fmax(at, zero);
        if (error > 0) {
            double low = sv_axis_at(a, b->value - error), high = sv_axis_at(a, b->value + error);
            sv_text_add(t, "<path class=\"axis whisker\" d=\"M%.1f %.1fv6m0 -3H%.1fm0 -3v6\"/>\n", low, middle - 3, high);
            reach = fmax(reach, high);
        }
    }
    sv_text_add(t, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", reach + 5, middle + 4, sv_number_text(b->value, 4, number));
}

void sv_chart_bars(sv_page *p, const char *title, const char *value_label, const sv_bar_of *bar, int count, double reference,
                   const char *caption)
{
    sv_text *t = &p->body;
    sv_axis a = axis_of(bar, count, reference);
    double bottom = TOP + (double)count * ROW;
    sv_figure_begin(p, title);
    sv_svg_begin(t, WIDTH, (int)bottom + BOTTOM, title);
    for (int i = 0; i < a.ticks; i++) {
        double at = sv_axis_at(&a, a.tick[i].value);
        sv_text_add(t, "<path class=\"grid\" d=\"M%.1f %dV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                    at, TOP, bottom, at, bottom + 16, a.tick[i].text);
    }
    for (int i = 0; i < count; i++) add_bar(t, &a, &bar[i], TOP + (double)i * ROW);
    sv_text_add(t, "<path class=\"axis\" d=\"M%.1f %dV%.1f\"/>\n", sv_axis_at(&a, 0), TOP, bottom);
    if (isfinite(reference)) sv_text_add(t, "<path class=\"mark\" d=\"M%.1f %dV%.1f\"/>\n", sv_axis_at(&a, reference), TOP, bottom);
    if (value_label) {
        sv_text_add(t, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", (a.start + a.end) / 2, bottom + 36);
        sv_html_add(t, value_label);
        sv_text_add(t, "</text>\n");
    }
    sv_text_add(t, "</svg>\n");
    sv_figure_end(p, caption);
}
