/* Maps of numbers. */
#include "report/picture.h"
#include "base/memory.h"
#include "report/data_uri.h"
#include "report/legend.h"
#include <math.h>

enum { WIDTH = 480, TOP = 10, BOTTOM = 44, LEFT = 60, BAR = 14, LONGEST = 320, LARGEST_CELL = 70, WRITTEN = 12, STEPS = 64 };

typedef struct drawing {
    const sv_map *map;
    sv_text *out;
    double low, high;     /* of the palette */
    double height, width; /* of the map as drawn */
} drawing;

static void set_range(drawing *d)
{
    const sv_map *m = d->map;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < (int64_t)m->rows * m->columns; i++) {
        if (!isfinite(m->value[i])) continue;
        low = fmin(low, m->value[i]);
        high = fmax(high, m->value[i]);
    }
    if (m->low < m->high) low = m->low, high = m->high;
    if (!(low <= high)) low = 0, high = 1;
    if (m->palette == SV_DIVERGING) {
        high = fmax(fabs(low), fabs(high));
        low = -high;
    } else if (low > 0 && !(m->low < m->high))
        low = 0;
    if (!(low < high)) high = low + 1, low = m->palette == SV_DIVERGING ? -high : low;
    d->low = low;
    d->high = high;
}

/* What the palette's colours are chosen by: [0,1], or [-1,1] of a diverging one. */
static double share(const drawing *d, double value)
{
    if (d->map->palette == SV_DIVERGING) return value / d->high;
    return isfinite(value) ? fmin(fmax((value - d->low) / (d->high - d->low), 0), 1) : value;
}

static void add_image(const drawing *d, const char *place, int rows, int columns, const uint8_t *pixels)
{
    sv_text_add(d->out, "<image %s preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"", place);
    sv_data_uri(d->out, pixels, rows, columns, 3);
    sv_text_add(d->out, "\"/>\n");
}

static void add_cells(const drawing *d)
{
    const sv_map *m = d->map;
    size_t cells = (size_t)m->rows * (size_t)m->columns;
    uint8_t *pixels = sv_new(cells, 3);
    sv_text place = { 0 };
    sv_text_add(&place, "x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%.1f\"", LEFT, TOP, d->width, d->height);
    if (!pixels || place.failed)
        d->out->failed = true;
    else {
        for (size_t i = 0; i < cells; i++) sv_palette_colour(m->palette, share(d, m->value[i]), pixels + i * 3);
        add_image(d, place.data, m->rows, m->columns, pixels);
    }
    sv_text_free(&place);
    sv_free(pixels);
}

static void add_values(const drawing *d)
{
    const sv_map *m = d->map;
    char number[SV_NUMBER_TEXT];
    double h = d->height / m->rows, w = d->width / m->columns;
    for (int i = 0; i < m->rows; i++)
        for (int j = 0; j < m->columns; j++) {
            uint8_t rgb[3];
            double value = m->value[i * m->columns + j];
            sv_palette_colour(m->palette, share(d, value), rgb);
            const char *ink = 3 * rgb[0] + 6 * rgb[1] + rgb[2] > 1300 ? "#000" : "#fff";
            sv_text_add(d->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" style=\"fill:%s;font-size:%dpx\">%s</text>\n",
                        LEFT + (j + 0.5) * w, TOP + (i + 0.5) * h + 4, ink, m->columns > 6 ? 9 : 12,
                        sv_number_text(value, 2, number));
        }
}

static sv_axis axis_of(int cells, double first, double step, double start, double end)
{
    sv_axis a = { .start = start, .end = end };
    if (step == 0) step = 1;
    double low = first - step / 2, high = first + (cells - 0.5) * step;
    bool whole = step == floor(step) && first == floor(first);
    sv_axis_set(&a, whole ? SV_INTEGER : SV_LINEAR, low < high ? low : high, low < high ? high : low, cells < 6 ? cells : 6);
    return a;
}

static void add_axes(const drawing *d)
{
    const sv_map *m = d->map;
    sv_text *t = d->out;
    double bottom = TOP + d->height;
    sv_axis x = axis_of(m->columns, m->column_first, m->column_step, LEFT, LEFT + d->width);
    sv_axis y = axis_of(m->rows, m->row_first, m->row_step, TOP, bottom);
    for (int i = 0; i < x.ticks; i++) {
        double at = sv_axis_at(&x, x.tick[i].value);
        sv_text_add(t, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                    at, bottom, at, bottom + 17, x.tick[i].text);
    }
    for (int i = 0; i < y.ticks; i++) {
        double at = sv_axis_at(&y, y.tick[i].value);
        sv_text_add(t, "<path class=\"axis\" d=\"M%d %.1fh-4\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", LEFT,
                    at, LEFT - 7, at + 4, y.tick[i].text);
    }
    if (m->column_label) {
        sv_text_add(t, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", LEFT + d->width / 2, bottom + 36);
        sv_html_add(t, m->column_label);
        sv_text_add(t, "</text>\n");
    }
    if (!m->row_label) return;
    sv_text_add(t, "<text class=\"label\" transform=\"translate(14 %.1f) rotate(-90)\" text-anchor=\"middle\">",
                TOP + d->height / 2);
    sv_html_add(t, m->row_label);
    sv_text_add(t, "</text>\n");
}

/* Inside an svg of their own, which cuts off what lies beyond the map. Black under white is seen on every colour. */
static void add_outlines(const drawing *d)
{
    static const char *const look[2] = { "stroke=\"#000\" stroke-width=\"2.5\"",
                                         "stroke=\"#fff\" stroke-width=\"1.5\" stroke-dasharray=\"4 3\"" };
    const sv_map *m = d->map;
    double h = d->height / m->rows, w = d->width / m->columns;
    sv_text_add(d->out, "<svg x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%.1f\">\n", LEFT, TOP, d->width, d->height);
    for (int i = 0; i < 2 * m->outlines; i++) {
        const sv_outline *o = &m->outline[i / 2];
        double left = o->left * w, top = o->top * h, width = (o->right - o->left) * w, height = (o->bottom - o->top) * h;
        if (o->round)
            sv_text_add(d->out, "<ellipse fill=\"none\" %s cx=\"%.1f\" cy=\"%.1f\" rx=\"%.1f\" ry=\"%.1f\"/>\n", look[i % 2],
                        left + width / 2, top + height / 2, width / 2, height / 2);
        else
            sv_text_add(d->out, "<rect fill=\"none\" %s x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", look[i % 2],
                        left, top, width, height);
    }
    sv_text_add(d->out, "</svg>\n");
}

/* The palette from high to low, with ticks. */
static void add_scale(const drawing *d)
{
    uint8_t pixels[STEPS * 3];
    sv_text place = { 0 };
    double x = LEFT + d->width + 18;
    for (int i = 0; i < STEPS; i++)
        sv_palette_colour(d->map->palette, share(d, d->high - (i + 0.5) / STEPS * (d->high - d->low)), pixels + (ptrdiff_t)3 * i);
    sv_text_add(&place, "x=\"%.1f\" y=\"%d\" width=\"%d\" height=\"%.1f\"", x, TOP, BAR, d->height);
    if (place.failed)
        d->out->failed = true;
    else
        add_image(d, place.data, STEPS, 1, pixels);
    sv_text_free(&place);
    sv_axis a = { .start = TOP + d->height, .end = TOP };
    sv_axis_set(&a, SV_LINEAR, d->low, d->high, d->height < 120 ? 3 : 5);
    for (int i = 0; i < a.ticks; i++) {
        double at = sv_axis_at(&a, a.tick[i].value);
        sv_text_add(d->out, "<path class=\"axis\" d=\"M%.1f %.1fh4\"/><text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x + BAR, at,
                    x + BAR + 7, at + 4, a.tick[i].text);
    }
    if (!d->map->value_label) return;
    sv_text_add(d->out, "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x + 20, TOP + d->height + 17);
    sv_html_add(d->out, d->map->value_label);
    sv_text_add(d->out, "</text>\n");
}

void sv_chart_map(sv_page *p, const sv_map *m)
{
    drawing d = { .map = m, .out = &p->body };
    sv_figure_begin(p, m->title);
    double longest = m->rows > m->columns ? m->rows : m->columns, cell = fmin(LONGEST / longest, LARGEST_CELL);
    d.width = fmax(cell * m->columns, 24);
    d.height = fmax(cell * m->rows, 24);
    set_range(&d);
    sv_svg_begin(d.out, WIDTH, TOP + (int)ceil(d.height) + (m->column_label ? BOTTOM : 24), m->title);
    add_cells(&d);
    if (m->rows <= WRITTEN && m->columns <= WRITTEN) add_values(&d);
    if (m->outlines) add_outlines(&d);
    add_axes(&d);
    add_scale(&d);
    sv_text_add(d.out, "</svg>\n");
    sv_figure_end(p, m->caption);
}
