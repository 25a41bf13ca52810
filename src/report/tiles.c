#include "report/tiles.h"
#include "base/memory.h"
#include "formats/image_io.h"
#include <math.h>

enum { SMALLEST = 16, LINE = 1 };

typedef struct sheet {
    int64_t height, width, channels; /* of the maps */
    int64_t drawn;                   /* channels */
    int64_t factor, columns, rows;   /* enlargement; tiles across and down */
    int64_t sheet_height, sheet_width;
} sheet;

static sheet lay_out(const sv_shape *s, int64_t most)
{
    sheet t = { 1, 1, sv_shape_channels(s), 1, 1, 1, 1, 0, 0 };
    t.drawn = most > 0 && most < t.channels ? most : t.channels;
    if (s->rank == 3) t.height = s->dim[0], t.width = s->dim[1];
    int64_t longest = t.height > t.width ? t.height : t.width;
    if (longest < SMALLEST) t.factor = SMALLEST / longest;
    while (t.columns * t.columns * t.width < t.drawn * t.height) t.columns++;
    t.rows = (t.drawn + t.columns - 1) / t.columns;
    t.sheet_height = t.rows * (t.height * t.factor + LINE) + LINE;
    t.sheet_width = t.columns * (t.width * t.factor + LINE) + LINE;
    return t;
}

/* Gray of value v on the way from `least` to `greatest`; a map of one value is mid-gray, what is not finite black. */
static uint8_t gray(float v, float least, float greatest)
{
    if (!isfinite(v)) return 0;
    if (!(greatest > least)) return 128;
    return (uint8_t)lrintf((v - least) / (greatest - least) * 255);
}

static void draw_tile(const sheet *t, const float *maps, int64_t channel, uint8_t *pixels)
{
    const float *map = maps + channel;
    float least = INFINITY, greatest = -INFINITY;
    for (int64_t i = 0; i < t->height * t->width; i++) {
        float v = map[i * t->channels];
        if (v < least && isfinite(v)) least = v;
        if (v > greatest && isfinite(v)) greatest = v;
    }
    int64_t top = channel / t->columns * (t->height * t->factor + LINE) + LINE;
    int64_t left = channel % t->columns * (t->width * t->factor + LINE) + LINE;
    for (int64_t y = 0; y < t->height * t->factor; y++)
        for (int64_t x = 0; x < t->width * t->factor; x++) {
            float v = map[(y / t->factor * t->width + x / t->factor) * t->channels];
            pixels[(top + y) * t->sheet_width + left + x] = gray(v, least, greatest);
        }
}

sv_status sv_tiles_draw(const sv_shape *shape, const float *maps, int64_t most, uint8_t **pixels, int *height, int *width,
                        sv_fault *fault)
{
    sheet t = lay_out(shape, most);
    if (t.sheet_height > 32767 || t.sheet_width > 32767)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "the maps make a picture of %lld x %lld pixels; expected at most 32767, write an .npy",
                       (long long)t.sheet_height, (long long)t.sheet_width);
    *height = (int)t.sheet_height;
    *width = (int)t.sheet_width;
    *pixels = sv_new((size_t)(t.sheet_height * t.sheet_width), 1);
    if (!*pixels) return sv_fail_memory(fault, "feature maps");
    for (int64_t c = 0; c < t.drawn; c++) draw_tile(&t, maps, c, *pixels);
    return SV_OK;
}

sv_status sv_tiles_write(const char *path, const sv_shape *shape, const float *maps, sv_fault *fault)
{
    uint8_t *pixels = NULL;
    int height = 0, width = 0;
    if (sv_tiles_draw(shape, maps, 0, &pixels, &height, &width, fault) != SV_OK) return sv_fault_at(fault, path);
    sv_status status = sv_png_write(path, height, width, 1, pixels, fault);
    sv_free(pixels);
    return status;
}
