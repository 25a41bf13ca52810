/* Samples beside what became of them, whole and at their borders. */
#include "report/sections.h"
#include "base/memory.h"
#include "report/samples.h"
#include <math.h>
#include <stdio.h>

enum { ZOOMED = 3, LEAST_ZOOM = 8 };

/* A part of a picture. */
typedef struct window {
    int64_t top, left, height, width;
} window;

static uint8_t to_byte(float v)
{
    return v > 0 ? v < 1 ? (uint8_t)lrintf(v * 255) : 255 : 0;
}

static void colour_of(const float *x, int64_t channels, uint8_t rgb[3])
{
    for (int c = 0; c < 3; c++) rgb[c] = to_byte(x[channels >= 3 ? c : 0]);
}

static void error_of(const float *x, const float *y, int64_t channels, uint8_t rgb[3])
{
    float sum = 0;
    for (int64_t c = 0; c < channels; c++) sum += fabsf(y[c] - x[c]);
    sv_error_colour(sqrtf(sum / (float)channels), rgb);
}

/* A window of an image, or with a `target` of the error map of the two. */
static void add_picture(sv_page *p, const sv_shape *shape, const float *image, const float *target, const window *w,
                        const char *alt)
{
    const int64_t *d = shape->dim;
    uint8_t *pixels = sv_new((size_t)(w->height * w->width), 3);
    if (!pixels) {
        p->body.failed = true;
        return;
    }
    for (int64_t i = 0; i < w->height; i++)
        for (int64_t j = 0; j < w->width; j++) {
            int64_t at = ((w->top + i) * d[1] + w->left + j) * d[2];
            uint8_t *rgb = pixels + (i * w->width + j) * 3;
            if (target)
                error_of(target + at, image + at, d[2], rgb);
            else
                colour_of(image + at, d[2], rgb);
        }
    sv_page_image(p, pixels, (int)w->height, (int)w->width, 3, alt);
    sv_free(pixels);
}

static void add_rows(const sv_sections *s, int first, int end)
{
    const sv_report_samples *e = &s->report->samples;
    const char *heads[] = { "input", "target", "reconstruction", "error" };
    int64_t in = sv_shape_count(&e->input_shape), out = sv_shape_count(&e->output_shape);
    bool target = e->target != NULL;
    if (!target) heads[1] = heads[2], heads[2] = heads[3];
    sv_tiles_begin(s->page, target ? 4 : 3, heads);
    for (int n = first; n < end; n++) {
        const float *x = e->input + n * in, *t = target ? e->target + n * out : x, *y = e->output + n * out;
        const window input = { 0, 0, e->input_shape.dim[0], e->input_shape.dim[1] };
        const window output = { 0, 0, e->output_shape.dim[0], e->output_shape.dim[1] };
        char alt[64];
        snprintf(alt, sizeof alt, "input %d", n + 1);
        add_picture(s->page, &e->input_shape, x, NULL, &input, alt);
        if (target) add_picture(s->page, &e->output_shape, t, NULL, &output, "its target");
        add_picture(s->page, &e->output_shape, y, NULL, &output, "its reconstruction");
        add_picture(s->page, &e->output_shape, y, t, &output, "its error");
    }
    sv_tiles_end(s->page);
}

/* Two blocks, side by side where there is room. */
static void add_whole(const sv_sections *s)
{
    int shown = s->report->samples.shown, half = (shown + 1) / 2;
    sv_figures_begin(s->page, false);
    add_rows(s, 0, half);
    if (half < shown) add_rows(s, half, shown);
    sv_figures_end(s->page);
}

/* So much that the pixels that the border reaches are seen beside some that it does not. */
static int64_t zoom(const sv_edges *edges, int64_t size)
{
    int64_t deepest = 0;
    for (int side = 0; side < 4; side++)
        if (edges->depth[side] > deepest) deepest = edges->depth[side];
    int64_t wanted = deepest + deepest / 2 + 2;
    if (wanted < LEAST_ZOOM) wanted = LEAST_ZOOM;
    if (wanted > 48) wanted = 48;
    return wanted < (size + 1) / 2 ? wanted : (size + 1) / 2;
}

static void add_corners(const sv_sections *s)
{
    static const char *const heads[] = { "top left: target",     "reconstruction", "error",
                                         "bottom right: target", "reconstruction", "error" };
    const sv_report_samples *e = &s->report->samples;
    const int64_t *d = e->output_shape.dim;
    int64_t out = sv_shape_count(&e->output_shape), h = zoom(&s->facts->edges, d[0]), w = zoom(&s->facts->edges, d[1]);
    const window corner[2] = { { 0, 0, h, w }, { d[0] - h, d[1] - w, h, w } };
    sv_tiles_begin(s->page, 6, heads);
    for (int n = 0; n < e->shown && n < ZOOMED; n++) {
        const float *t = (e->target ? e->target : e->input) + n * out, *y = e->output + n * out;
        for (int k = 0; k < 2; k++) {
            add_picture(s->page, &e->output_shape, t, NULL, &corner[k], "a corner of the target");
            add_picture(s->page, &e->output_shape, y, NULL, &corner[k], "the same of the reconstruction");
            add_picture(s->page, &e->output_shape, y, t, &corner[k], "the same of the error");
        }
    }
    sv_tiles_end(s->page);
}

void sv_section_reconstructions(const sv_sections *s)
{
    if (s->report->samples.shown < 1) return;
    sv_page_section(s->page, "reconstructions", "Reconstructions");
    sv_page_hint(s->page,
                 "The first %s samples. Look for blur, for frames along the border, for grids in the error. Good is an error that "
                 "is dark and follows the content, not the frame.",
                 sv_set_name(s));
    add_whole(s);
    sv_page_hint(
        s->page,
        "Errors are coloured by the square root of the mean absolute difference, from 0 (black) to 1 (pale yellow): one scale "
        "for all pictures of all runs.");
    sv_page_heading(s->page, "At the borders");
    sv_page_hint(
        s->page,
        "Corners enlarged. Good is an outermost row and column like their neighbours; darkening towards the edge is what zero "
        "padding leaves.");
    add_corners(s);
}
