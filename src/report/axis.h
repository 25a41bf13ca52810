/* Axes of plots: ranges, ticks at round numbers, where a value lies, how it is written. */
#ifndef SV_REPORT_AXIS_H
#define SV_REPORT_AXIS_H
#include <stdbool.h>

enum { SV_MAX_TICKS = 16, SV_NUMBER_TEXT = 40 };

typedef enum sv_scale {
    SV_LINEAR,
    SV_LOG,    /* values <= 0 are not drawn */
    SV_INTEGER /* linear with ticks at whole numbers: epochs, steps, layers */
} sv_scale;

typedef struct sv_tick {
    double value;
    char text[SV_NUMBER_TEXT];
} sv_tick;

typedef struct sv_axis {
    sv_scale scale;
    double low, high;  /* of the data, low < high; on a log scale both > 0 */
    double start, end; /* where they lie in the drawing */
    sv_tick tick[SV_MAX_TICKS];
    int ticks;
} sv_axis;

/* An axis over low..high (any values; those that cannot be drawn are replaced, an empty range is widened) with about `wanted`
 * ticks. Linear ticks are multiples of 1, 2 or 5 times a power of ten inside the range; log ones powers of ten, with 2 and 5
 * between where few fit, and linear ones where the range is below a decade. */
void sv_axis_set(sv_axis *a, sv_scale scale, double low, double high, int wanted);
/* Whether a value can be drawn, and its place. */
bool sv_axis_shows(const sv_axis *a, double value);
double sv_axis_at(const sv_axis *a, double value);

/* "%.<digits>g" with a true minus sign and without an exponent's idle zeros ("1e-7"); an en dash where it is not finite. */
const char *sv_number_text(double value, int digits, char text[SV_NUMBER_TEXT]);

#endif
