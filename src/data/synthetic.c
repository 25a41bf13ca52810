/*
 * Pictures made from the seed: a background (plain, gradient, stripes or checks) under a few discs, rectangles and strokes that may
 * reach over the picture's edges, so that what is learned at the borders matters. Picture i is a function of (seed, i), in whole
 * numbers only: the same bytes on every machine. Coordinates are quarters of a pixel; each pixel is sampled at four points.
 */
#include "base/memory.h"
#include "base/rng.h"
#include "data/source.h"
#include <string.h>

enum { UNITS = 4, SHAPES_LEAST = 2, SHAPES_MOST = 5, MOST_CHANNELS = 64, DEFAULT_SAMPLES = 2048 };

/* The random words of one picture, in order. */
typedef struct draws {
    const sv_stream *stream;
    uint32_t picture, word[4];
    uint64_t taken;
} draws;

/* A whole number in [0, bound), by multiply and shift. */
static int below(draws *d, int bound)
{
    if (d->taken % 4 == 0) sv_stream_block(d->stream, d->taken / 4, 0, d->picture, d->word);
    return (int)((uint64_t)d->word[d->taken++ % 4] * (uint64_t)(bound > 1 ? bound : 1) >> 32);
}

static int between(draws *d, int least, int most)
{
    return least + below(d, most - least + 1);
}

typedef struct canvas {
    uint8_t *pixels;
    int height, width, channels;
} canvas;

/* A colour per channel; beyond MOST_CHANNELS they repeat. */
typedef struct colour {
    uint8_t value[MOST_CHANNELS];
} colour;

static colour draw_colour(draws *d, int channels)
{
    colour c = { { 0 } };
    for (int k = 0; k < channels && k < MOST_CHANNELS; k++) c.value[k] = (uint8_t)below(d, 256);
    return c;
}

/* Lays `colour` over a pixel with weight cover/whole. */
static void blend(const canvas *c, int i, int j, const colour *over, int cover, int whole)
{
    uint8_t *p = c->pixels + ((size_t)i * (size_t)c->width + (size_t)j) * (size_t)c->channels;
    for (int k = 0; k < c->channels; k++) p[k] = (uint8_t)((p[k] * (whole - cover) + over->value[k % MOST_CHANNELS] * cover + whole / 2) / whole);
}

/* 0 to 256: how much of the second colour stands at (x, y). */
typedef struct pattern {
    int kind, across, down; /* direction of gradient and stripes */
    int period, shift;
    int64_t least, span; /* of a gradient: its values over the picture */
} pattern;

enum { PLAIN, GRADIENT, STRIPES, CHECKS, PATTERNS };

static int weight(const pattern *p, int i, int j)
{
    int64_t along = (int64_t)j * p->across + (int64_t)i * p->down;
    if (p->kind == GRADIENT) return (int)((along - p->least) * 256 / p->span);
    if (p->kind == CHECKS) return ((i + p->shift) / p->period + (j + p->shift) / p->period) % 2 * 256;
    if (p->kind == PLAIN) return 0;
    int64_t ramp = (int64_t)p->period * 8, phase = ((along + p->shift) % (2 * ramp) + 2 * ramp) % (2 * ramp);
    return (int)((phase < ramp ? phase : 2 * ramp - phase) * 256 / ramp);
}

static pattern draw_pattern(draws *d, int height, int width)
{
    int side = height < width ? height : width;
    pattern p = { .kind = below(d, PATTERNS), .across = between(d, -8, 8), .down = between(d, -8, 8) };
    p.period = between(d, 2 + side / 14, 3 + side / 5);
    p.shift = below(d, 16 * p.period);
    if (p.across == 0 && p.down == 0) p.across = 1;
    int64_t ends[2] = { (int64_t)(width - 1) * p.across, (int64_t)(height - 1) * p.down };
    for (int k = 0; k < 2; k++) {
        p.least += ends[k] < 0 ? ends[k] : 0;
        p.span += ends[k] < 0 ? -ends[k] : ends[k];
    }
    if (p.span == 0) p.span = 1;
    return p;
}

static void paint_background(draws *d, const canvas *c)
{
    colour low = draw_colour(d, c->channels), high = draw_colour(d, c->channels);
    pattern p = draw_pattern(d, c->height, c->width);
    for (int i = 0; i < c->height; i++)
        for (int j = 0; j < c->width; j++) {
            blend(c, i, j, &low, 1, 1);
            blend(c, i, j, &high, weight(&p, i, j), 256);
        }
}

/* A disc (centre a, radius), a rectangle (centre a, half sides b) or a stroke (from a to b, half width `radius`). */
typedef struct figure {
    int kind, a[2], b[2], radius;
} figure;

enum { DISC, RECTANGLE, STROKE, FIGURES };

static bool covers_stroke(const figure *f, int64_t y, int64_t x)
{
    int64_t dy = f->b[0] - f->a[0], dx = f->b[1] - f->a[1], length2 = dy * dy + dx * dx;
    int64_t along = y * dy + x * dx, across = y * dx - x * dy;
    return length2 > 0 && along >= 0 && along <= length2 && across * across <= (int64_t)f->radius * f->radius * length2;
}

static bool covers(const figure *f, int row, int column)
{
    int64_t y = row - f->a[0], x = column - f->a[1];
    if (f->kind == DISC) return y * y + x * x <= (int64_t)f->radius * f->radius;
    if (f->kind == STROKE) return covers_stroke(f, y, x);
    return y <= f->b[0] && -y <= f->b[0] && x <= f->b[1] && -x <= f->b[1];
}

static figure draw_figure(draws *d, int height, int width)
{
    int side = UNITS * (height < width ? height : width);
    figure f = { .kind = below(d, FIGURES) };
    f.a[0] = between(d, -UNITS, UNITS * (height + 1));
    f.a[1] = between(d, -UNITS, UNITS * (width + 1));
    for (int k = 0; k < 2; k++) {
        if (f.kind == RECTANGLE) f.b[k] = between(d, side / 10, side / 3);
        else f.b[k] = between(d, -UNITS, UNITS * ((k ? width : height) + 1));
    }
    f.radius = f.kind == STROKE ? between(d, UNITS / 2, UNITS + side / 20) : between(d, side / 10, side / 3);
    return f;
}

static void paint_figure(draws *d, const canvas *c)
{
    colour over = draw_colour(d, c->channels);
    figure f = draw_figure(d, c->height, c->width);
    for (int i = 0; i < c->height; i++)
        for (int j = 0; j < c->width; j++) {
            int cover = 0;
            for (int k = 0; k < 4; k++) cover += covers(&f, UNITS * i + 1 + k / 2 * 2, UNITS * j + 1 + k % 2 * 2);
            if (cover) blend(c, i, j, &over, cover, 4);
        }
}

static sv_status make_sample(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    (void)fault;
    draws draw = { .stream = d->own, .picture = (uint32_t)index };
    canvas c = { to, (int)d->shape.dim[0], (int)d->shape.dim[1], (int)d->shape.dim[2] };
    memset(to, 0, d->sample_bytes);
    paint_background(&draw, &c);
    for (int n = between(&draw, SHAPES_LEAST, SHAPES_MOST); n > 0; n--) paint_figure(&draw, &c);
    return SV_OK;
}

static void close_synthetic(sv_dataset *d)
{
    sv_free(d->own);
}

sv_status sv_open_synthetic(const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    const sv_shape *wanted = args->wanted;
    char text[SV_SHAPE_TEXT];
    if (wanted->rank != 3) return sv_fail(fault, SV_BAD_ARGUMENT, "source: synthetic pictures are [H,W,C]; the model takes %s",
                                          sv_shape_text(wanted, text));
    sv_stream *stream = sv_new(1, sizeof *stream);
    if (!stream) return sv_fail_memory(fault, "synthetic");
    *stream = sv_stream_open(args->seed, "synthetic", "pictures");
    d->own = stream;
    d->close = close_synthetic;
    d->read = make_sample;
    d->count = args->spec->samples ? args->spec->samples : DEFAULT_SAMPLES;
    return sv_source_shape(d, "synthetic", wanted, SV_PIXEL_U8, wanted, fault);
}
