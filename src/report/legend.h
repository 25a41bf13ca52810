/* How series look: colour, dashes, shape of points; and the legend's entries. */
#ifndef SV_REPORT_LEGEND_H
#define SV_REPORT_LEGEND_H
#include "base/text.h"

typedef struct sv_style {
    int colour, dashes, shape;
} sv_style;

sv_style sv_style_of(int index);
/* An attribute, or "". */
const char *sv_style_dashes(sv_style style);
/* The point's shape around x, y. */
void sv_style_point(sv_text *t, sv_style style, double x, double y);
void sv_legend_entry(sv_text *t, sv_style style, bool line, bool point, const char *name);

/* The opening tag of a plot, with what readers of screens are told. */
void sv_svg_begin(sv_text *t, int width, int height, const char *title);

#endif
