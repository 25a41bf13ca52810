#include "report/legend.h"
#include "report/chart.h"

sv_style sv_style_of(int index)
{
    int i = index < 0 ? 0 : index;
    return (sv_style){ .colour = i % SV_STYLES, .dashes = (i % 4 + i / SV_STYLES) % 4, .shape = (i + i / SV_STYLES) % 6 };
}

const char *sv_style_dashes(sv_style style)
{
    static const char *const dashes[4] = { "", " stroke-dasharray=\"7 4\"", " stroke-dasharray=\"2 3\"",
                                           " stroke-dasharray=\"9 3 2 3\"" };
    return dashes[style.dashes];
}

void sv_style_point(sv_text *t, sv_style style, double x, double y)
{
    static const char *const shape[6] = { "m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z",
                                          "m-3 -3h6v6h-6z",
                                          "m0 -4l4 7h-8z",
                                          "m0 -4.4l4.4 4.4l-4.4 4.4l-4.4 -4.4z",
                                          "m0 4l4 -7h-8z",
                                          "m-4 -1h3v-3h2v3h3v2h-3v3h-2v-3h-3z" };
    sv_text_add(t, "<path d=\"M%.1f %.1f%s\"/>", x, y, shape[style.shape]);
}

void sv_legend_entry(sv_text *t, sv_style style, bool line, bool point, const char *name)
{
    sv_text_add(t, "<span><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\">");
    if (line)
        sv_text_add(t, "<path class=\"s s%d%s\"%s d=\"M0 6H34\"/>", style.colour, point ? "" : " faint",
                    point ? sv_style_dashes(style) : "");
    if (point) {
        sv_text_add(t, "<g class=\"f%d\">", style.colour);
        sv_style_point(t, style, 17, 6);
        sv_text_add(t, "</g>");
    }
    sv_text_add(t, "</svg>");
    sv_html_add(t, name);
    sv_text_add(t, "</span>\n");
}

void sv_svg_begin(sv_text *t, int width, int height, const char *title)
{
    sv_text_add(t, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", width, height);
    sv_html_add(t, title ? title : "plot");
    sv_text_add(t, "\">\n");
}
