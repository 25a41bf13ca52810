/* What the decoder's stride leaves: phases, harmonics, amplitudes. */
#include "report/sections.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HARMONICS = 80 };

/* Half a step of 8 bits: a smaller ripple is not blown up into colours. */
#define LEAST_RIPPLE (0.5 / 255)

static void add_phases(const sv_sections *s, const double *map, const char *title, const char *label, sv_palette palette,
                       const char *caption)
{
    const int *stride = s->facts->edges.stride;
    double *phase = sv_new((size_t)stride[0] * (size_t)stride[1], sizeof *phase);
    if (!phase) {
        s->page->body.failed = true;
        return;
    }
    sv_residual_phases(s->report->maps, map, stride, phase);
    sv_chart_map(s->page, &(sv_map){ .title = title,
                                     .rows = stride[0],
                                     .columns = stride[1],
                                     .value = phase,
                                     .palette = palette,
                                     .value_label = label,
                                     .row_label = "row mod stride",
                                     .column_label = "column mod stride",
                                     .caption = caption });
    sv_free(phase);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* In decibels over the median, frequency 0 in the middle; NULL where memory is short. */
static double *in_decibels(const sv_residual_maps *m)
{
    size_t n = (size_t)m->rows * (size_t)m->columns;
    double *sorted = sv_new(n, sizeof *sorted), *out = sv_new(n, sizeof *out);
    if (sorted && out) {
        memcpy(sorted, m->power, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare);
        double median = sorted[n / 2];
        for (int i = 0; i < m->rows; i++)
            for (int j = 0; j < m->columns; j++) {
                int u = (i + m->rows / 2) % m->rows, v = (j + m->columns / 2) % m->columns;
                double power = m->power[(size_t)i * (size_t)m->columns + (size_t)j];
                out[(size_t)u * (size_t)m->columns + (size_t)v] =
                    power > 0 && median > 0 ? 10 * log10(power / median) : (double)NAN;
            }
    }
    sv_free(sorted);
    if (sorted) return out;
    sv_free(out);
    return NULL;
}

/* Circles around the multiples of 1/stride, but for frequency 0; where the box is a multiple of the stride they are bins. */
static int circle_harmonics(const sv_residual_maps *m, const int stride[2], sv_outline *o)
{
    int count = 0;
    for (int a = 0; a < stride[0]; a++)
        for (int b = 0; b < stride[1]; b++) {
            if ((!a && !b) || count == MOST_HARMONICS) continue;
            double u = fmod((double)a * m->rows / stride[0] + (double)(m->rows / 2), m->rows) + 0.5;
            double v = fmod((double)b * m->columns / stride[1] + (double)(m->columns / 2), m->columns) + 0.5;
            double ry = fmax(1, 0.025 * m->rows), rx = fmax(1, 0.025 * m->columns);
            o[count++] = (sv_outline){ u - ry, u + ry, v - rx, v + rx, true };
        }
    return count;
}

static void add_spectrum(const sv_sections *s)
{
    const sv_residual_maps *m = s->report->maps;
    double *decibel = in_decibels(m);
    sv_outline outline[MOST_HARMONICS];
    char caption[320];
    snprintf(
        caption, sizeof caption,
        "Power of the residual in decibels over its median, frequency 0 in the middle, under a Hann window, mean of the first %lld "
        "samples%s. Circles: harmonics of the stride. Good is no bright spot inside them.",
        (long long)m->transformed, m->rows == m->height && m->columns == m->width ? "" : ", interior alone");
    if (decibel)
        sv_chart_map(s->page, &(sv_map){ .title = "Spectrum of the residual",
                                         .rows = m->rows,
                                         .columns = m->columns,
                                         .value = decibel,
                                         .value_label = "dB",
                                         .row_label = "cycles per pixel, rows",
                                         .column_label = "cycles per pixel, columns",
                                         .row_first = -(double)(m->rows / 2) / m->rows,
                                         .row_step = 1.0 / m->rows,
                                         .column_first = -(double)(m->columns / 2) / m->columns,
                                         .column_step = 1.0 / m->columns,
                                         .low = -10,
                                         .high = 30,
                                         .outline = outline,
                                         .outlines = circle_harmonics(m, s->facts->edges.stride, outline),
                                         .caption = caption });
    else
        s->page->body.failed = true;
    sv_free(decibel);
}

static void add_amplitudes(const sv_sections *s)
{
    const sv_measured *m = s->report->measured;
    if (!m->periods) return;
    sv_table_begin(s->page,
                   "In units of intensity. The floor is what noise alone would show; p how often random phases show as much.",
                   (const char *const[]){ "period", "amplitude", "noise floor", "p", NULL });
    for (int i = 0; i < m->periods; i++) {
        const sv_checkerboard *c = &m->checkerboard[i];
        sv_table_row(s->page, "%d", c->period);
        sv_table_number(s->page, c->amplitude, 4);
        sv_table_number(s->page, c->floor, 3);
        sv_table_number(s->page, c->p, 3);
    }
    sv_table_end(s->page);
}

/* The middle of the picture, where the border does not reach: channels averaged. */
static void add_dc_picture(const sv_sections *s)
{
    const sv_modelled *m = s->report->modelled;
    const int64_t width = m->dc_shape.dim[1], channels = m->dc_shape.dim[2];
    int rows = m->dc_box.end[0] - m->dc_box.first[0], columns = m->dc_box.end[1] - m->dc_box.first[1];
    double *value = sv_new((size_t)rows * (size_t)columns, sizeof *value), mean = 0;
    char caption[320], absolute[SV_NUMBER_TEXT], relative[SV_NUMBER_TEXT];
    for (int i = 0; value && i < rows; i++)
        for (int j = 0; j < columns; j++) {
            const float *y = m->dc_picture + ((m->dc_box.first[0] + i) * width + m->dc_box.first[1] + j) * channels;
            for (int64_t c = 0; c < channels; c++) value[i * columns + j] += (double)y[c] / (double)channels;
            mean += value[i * columns + j] / ((double)rows * columns);
        }
    double largest = LEAST_RIPPLE;
    for (int i = 0; value && i < rows * columns; i++) {
        value[i] -= mean;
        largest = fmax(largest, fabs(value[i]));
    }
    snprintf(caption, sizeof caption,
             "What the decoder makes of the mean latent all over a grid, less its mean, away from borders. Ripple over %d latents: "
             "%s in "
             "intensities, %s of the rms. Good is nothing to see: then no checkerboard is possible on flat content.",
             m->latents, sv_number_text(m->dc_absolute, 3, absolute), sv_number_text(m->dc_relative, 3, relative));
    if (value)
        sv_chart_map(s->page, &(sv_map){ .title = "DC response",
                                         .rows = rows,
                                         .columns = columns,
                                         .value = value,
                                         .palette = SV_DIVERGING,
                                         .low = -largest,
                                         .high = largest,
                                         .value_label = "ripple",
                                         .row_label = "row",
                                         .column_label = "column",
                                         .caption = caption });
    else
        s->page->body.failed = true;
    sv_free(value);
}

void sv_section_checkerboard(const sv_sections *s)
{
    const sv_report *r = s->report;
    const int *stride = s->facts->edges.stride;
    if (!r->maps) return;
    sv_page_section(s->page, "checkerboard", "Checkerboard");
    if (stride[0] == 1 && stride[1] == 1) {
        sv_page_text(s->page, "The decoder has no stride: it cannot leave a checkerboard.");
        return;
    }
    sv_page_hint(
        s->page,
        "The decoder's strides make %d x %d kinds of pixels. Look for kinds that are brighter or worse than others, and for "
        "bright spots at the circles. Good is equal phases, empty circles and amplitudes at their noise floor.",
        stride[0], stride[1]);
    sv_figures_begin(s->page, false);
    if (stride[0] <= 16 && stride[1] <= 16) {
        add_phases(s, r->maps->mean, "Bias by phase", "bias", SV_DIVERGING, "Mean residual at each phase of the stride.");
        add_phases(s, r->maps->squared, "Mean squared error by phase", "mse", SV_SEQUENTIAL, NULL);
    }
    add_spectrum(s);
    if (r->modelled && r->modelled->dc_picture) add_dc_picture(s);
    sv_figures_end(s->page);
    if (r->modelled && r->modelled->why_dc[0]) sv_page_text(s->page, "There is no DC response: %s.", r->modelled->why_dc);
    if (r->measured) add_amplitudes(s);
}
