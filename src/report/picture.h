/* Pictures in pages: images as they are, and maps of numbers. Pixels go into the page as PNG, enlarged without smoothing. */
#ifndef SV_REPORT_PICTURE_H
#define SV_REPORT_PICTURE_H
#include "report/chart.h"

/* An <img> alone, as wide as its surroundings: 8-bit pixels [height, width, channels], channels 1 or 3. `alt` says what it shows.
 */
void sv_page_image(sv_page *p, const uint8_t *pixels, int height, int width, int channels, const char *alt);

/* Pictures in rows of `columns`, with headings over them (NULL: none); sv_page_image inside, row by row. */
void sv_tiles_begin(sv_page *p, int columns, const char *const *heads);
void sv_tiles_end(sv_page *p);

typedef enum sv_palette {
    SV_SEQUENTIAL, /* black to pale yellow (sv_error_colour): amounts */
    SV_DIVERGING   /* blue - white - red, symmetric about 0: signed values */
} sv_palette;
/* The colour of v: in [0,1], or of a diverging palette in [-1,1]; clamped. */
void sv_palette_colour(sv_palette palette, double v, uint8_t rgb[3]);

/* A rectangle (or, `round`, an ellipse) drawn around cells first .. end-1 of rows and columns. */
typedef struct sv_outline {
    double top, bottom, left, right;
    bool round;
} sv_outline;

typedef struct sv_map {
    const char *title, *caption; /* or NULL */
    int rows, columns;
    const double *value; /* [rows, columns]; what is not finite is gray */
    sv_palette palette;
    double low, high; /* of the palette; equal: from the values (sequential from 0 where none is negative; diverging symmetric) */
    const char *row_label, *column_label, *value_label; /* or NULL */
    double row_first, row_step, column_first,
        column_step; /* the axes' values at cell 0 and from cell to cell; step 0: 0, 1, 2, ... */
    const sv_outline *outline;
    int outlines;
} sv_map;

/* A figure: the map, its axes, the palette with its values. Small maps (up to 12 x 12) have their values written into the cells. */
void sv_chart_map(sv_page *p, const sv_map *m);

#endif
