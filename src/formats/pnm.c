#include "formats/pnm.h"
#include "base/memory.h"
#include <string.h>

typedef struct header {
    int64_t width, height, largest;
    int channels;
    const unsigned char *values; /* 1 or 2 bytes each, the higher first */
} header;

bool sv_is_pnm(const unsigned char *p, size_t n)
{
    return n >= 2 && p[0] == 'P' && (p[1] == '5' || p[1] == '6');
}

/* The next whole number of the header, behind white space and comments; -1 where there is none. */
static int64_t next_number(const unsigned char *p, size_t n, size_t *at)
{
    while (*at < n && ((p[*at] && strchr(" \t\n\v\f\r", p[*at])) || p[*at] == '#')) {
        if (p[*at] == '#')
            while (*at < n && p[*at] != '\n' && p[*at] != '\r') ++*at;
        else
            ++*at;
    }
    int64_t v = -1;
    for (; *at < n && p[*at] >= '0' && p[*at] <= '9' && v < 100000000; ++*at) v = (v < 0 ? 0 : v) * 10 + (p[*at] - '0');
    return v;
}

static sv_status read_header(const unsigned char *p, size_t n, header *h, sv_fault *fault)
{
    size_t at = 2;
    h->width = next_number(p, n, &at), h->height = next_number(p, n, &at), h->largest = next_number(p, n, &at);
    if (h->width < 1 || h->height < 1 || h->largest < 1)
        return sv_fail(fault, SV_BAD_DATA, "a PGM or PPM file with a broken header");
    if (h->largest > UINT16_MAX)
        return sv_fail(fault, SV_BAD_DATA, "a PGM or PPM file with largest value %lld; expected at most 65535",
                       (long long)h->largest);
    h->channels = p[1] == '6' ? 3 : 1;
    h->values = p + at + 1; /* one white space ends the header */
    uint64_t need = (uint64_t)h->width * (uint64_t)h->height * (uint64_t)h->channels * (h->largest > UINT8_MAX ? 2 : 1);
    return n - at >= need + 1 ? SV_OK : sv_fail(fault, SV_BAD_DATA, "the image file is cut short");
}

/* Value i of the file, stretched to the full range of its depth; what exceeds the largest value counts as that. */
static uint32_t value(const header *h, size_t i)
{
    bool wide = h->largest > UINT8_MAX;
    uint32_t v = wide ? (uint32_t)h->values[2 * i] << 8 | h->values[2 * i + 1] : h->values[i];
    uint32_t largest = (uint32_t)h->largest, range = wide ? UINT16_MAX : UINT8_MAX;
    return v >= largest ? range : (v * range + largest / 2) / largest;
}

/* Element c of pixel i of an image of `channels`: gray stands in all three, colour becomes stb_image's gray. */
static uint32_t element(const header *h, size_t i, int c, int channels)
{
    if (h->channels == 1) return value(h, i);
    if (channels == 3) return value(h, 3 * i + (size_t)c);
    return (value(h, 3 * i) * 77 + value(h, 3 * i + 1) * 150 + value(h, 3 * i + 2) * 29) >> 8;
}

sv_status sv_pnm_decode(const unsigned char *bytes, size_t size, int channels, sv_image *image, sv_fault *fault)
{
    header h = { 0 };
    if (read_header(bytes, size, &h, fault) != SV_OK) return SV_BAD_DATA;
    bool wide = h.largest > UINT8_MAX;
    *image = (sv_image){ (int)h.height, (int)h.width, channels ? channels : h.channels, wide, NULL };
    size_t pixels = (size_t)h.height * (size_t)h.width, each = (size_t)image->channels;
    image->pixels = sv_new(pixels * each, wide ? 2 : 1);
    if (!image->pixels) return sv_fail_memory(fault, "image");
    for (size_t i = 0; i < pixels * each; i++) {
        uint32_t v = element(&h, i / each, (int)(i % each), image->channels);
        if (wide)
            ((uint16_t *)image->pixels)[i] = (uint16_t)v;
        else
            ((uint8_t *)image->pixels)[i] = (uint8_t)v;
    }
    return SV_OK;
}
