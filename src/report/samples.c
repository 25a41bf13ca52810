#include "report/samples.h"
#include "base/memory.h"
#include "formats/image_io.h"
#include <math.h>
#include <string.h>

enum { GAP = 4, WANTED_SIDE = 128, MAX_COLUMNS = 4, WHITE = 255 };

void sv_error_colour(float v, uint8_t rgb[3])
{
    static const uint8_t stop[9][3] = { { 0, 0, 4 },     { 33, 12, 74 },  { 87, 16, 110 },  { 138, 34, 106 }, { 188, 55, 84 },
                                        { 228, 90, 49 }, { 249, 142, 9 }, { 249, 203, 53 }, { 252, 255, 164 } };
    float at = v >= 0 && v <= 1 ? v * 8 : v < 0 ? 0 : 8;
    int i = at < 8 ? (int)at : 7;
    float t = at - (float)i;
    for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)((1 - t) * (float)stop[i][c] + t * (float)stop[i + 1][c] + 0.5f);
}

static uint8_t to_byte(float v)
{
    if (!(v > 0)) return 0;
    return v < 1 ? (uint8_t)lrintf(v * 255) : 255;
}

static void intensity_pixel(const float *x, int64_t channels, uint8_t rgb[3])
{
    for (int c = 0; c < 3; c++) rgb[c] = to_byte(x[channels >= 3 ? c : 0]);
}

static void error_pixel(const float *target, const float *output, int64_t channels, uint8_t rgb[3])
{
    float sum = 0;
    for (int64_t c = 0; c < channels; c++) sum += fabsf(output[c] - target[c]);
    sv_error_colour(sqrtf(sum / (float)channels), rgb);
}

/* One image of the sheet. */
typedef struct tile {
    const sv_shape *shape;
    const float *image, *target; /* target: an error map of the two */
} tile;

typedef struct sheet {
    int factor, columns;
    int64_t height, width, row; /* row: pixels from one sample's to the next one's */
    uint8_t *pixel;
} sheet;

static void fill_square(const sheet *s, int64_t top, int64_t left, const uint8_t rgb[3])
{
    for (int64_t i = top; i < top + s->factor; i++)
        for (int64_t j = left; j < left + s->factor; j++) memcpy(s->pixel + (i * s->width + j) * 3, rgb, 3);
}

static void draw_tile(const sheet *s, const tile *t, int64_t top, int64_t left)
{
    const int64_t *d = t->shape->dim;
    for (int64_t i = 0; i < d[0]; i++)
        for (int64_t j = 0; j < d[1]; j++) {
            int64_t at = (i * d[1] + j) * d[2];
            uint8_t rgb[3];
            if (t->target)
                error_pixel(t->target + at, t->image + at, d[2], rgb);
            else
                intensity_pixel(t->image + at, d[2], rgb);
            fill_square(s, top + i * s->factor, left + j * s->factor, rgb);
        }
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void lay_out(sheet *s, int count, const sv_shape *in, const sv_shape *out, bool target)
{
    int64_t side = larger(larger(in->dim[0], in->dim[1]), larger(out->dim[0], out->dim[1]));
    s->factor = side < WANTED_SIDE ? (int)(WANTED_SIDE / side) : 1;
    s->columns = target ? 4 : 3;
    s->row = larger(in->dim[0], out->dim[0]) * s->factor + GAP;
    s->height = count * s->row - GAP;
    s->width = (in->dim[1] + (s->columns - 1) * out->dim[1]) * s->factor + (s->columns - 1) * GAP;
}

static void draw_row(const sheet *s, const tile *tiles, int64_t top)
{
    int64_t left = 0;
    for (int i = 0; i < s->columns; i++) {
        draw_tile(s, &tiles[i], top, left);
        left += tiles[i].shape->dim[1] * s->factor + GAP;
    }
}

sv_status sv_samples_write(const char *path, int count, const sv_shape *input_shape, const float *input,
                           const sv_shape *output_shape, const float *target, const float *output, sv_fault *fault)
{
    if (count < 1 || input_shape->rank != 3 || output_shape->rank != 3)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected one image or more of shape [H,W,C]", path);
    sheet s = { 0 };
    lay_out(&s, count, input_shape, output_shape, target != NULL);
    if (s.height > 1 << 20 || s.width > 1 << 20)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: too large a picture; fewer samples?", path);
    s.pixel = sv_new((size_t)(s.height * s.width), 3);
    if (!s.pixel) return sv_fail_memory(fault, path);
    memset(s.pixel, WHITE, (size_t)(s.height * s.width) * 3);
    int64_t in = sv_shape_count(input_shape), out = sv_shape_count(output_shape);
    for (int n = 0; n < count; n++) {
        const float *x = input + n * in, *t = target ? target + n * out : x, *y = output + n * out;
        tile tiles[MAX_COLUMNS];
        int i = 0;
        tiles[i++] = (tile){ input_shape, x, NULL };
        if (target) tiles[i++] = (tile){ output_shape, t, NULL };
        tiles[i++] = (tile){ output_shape, y, NULL };
        tiles[i++] = (tile){ output_shape, y, t };
        draw_row(&s, tiles, n * s.row);
    }
    sv_status status = sv_png_write(path, (int)s.height, (int)s.width, 3, s.pixel, fault);
    sv_free(s.pixel);
    return status;
}
