#include "formats/image_check.h"
#include <string.h>

static sv_status cut_short(sv_fault *fault)
{
    return sv_fail(fault, SV_BAD_DATA, "the image file is cut short");
}

/* Walks from marker to marker (ITU T.81 B.1) to the end of the image; a thumbnail's end inside a segment does not count. stb_image
 * 2.27 misses that end itself, 2.28 and later return what there is (nothings/stb issue 1608). */
static bool jpeg_is_complete(const unsigned char *p, size_t n)
{
    size_t i = 2;
    while (i + 1 < n) {
        unsigned marker = p[i + 1];
        if (p[i] != 0xff || marker == 0xff) {
            i++;
        } else if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd7)) {
            i += 2;
        } else if (marker == 0xd9) {
            return true;
        } else if (i + 3 < n) {
            i += 2 + ((size_t)p[i + 2] << 8 | p[i + 3]);
        } else {
            return false;
        }
    }
    return false;
}

static uint64_t little(const unsigned char *p, int bytes)
{
    uint64_t v = 0;
    while (bytes-- > 0) v = v << 8 | p[bytes];
    return v;
}

/* Rows of 32-bit words behind the offset that the header names; compressed ones stb_image refuses. */
static bool bmp_is_complete(const unsigned char *p, size_t n)
{
    if (n < 30) return false;
    bool old = little(p + 14, 4) == 12;
    uint64_t width = old ? little(p + 18, 2) : little(p + 18, 4), bits = little(p + (old ? 24 : 28), 2);
    uint64_t height = old ? little(p + 20, 2) : little(p + 22, 4);
    if (height > INT32_MAX) height = (uint64_t)UINT32_MAX + 1 - height; /* negative: stored from the top */
    uint64_t row = (width * bits + 31) / 32 * 4, offset = little(p + 10, 4);
    return offset <= n && (height == 0 || row <= (n - offset) / height);
}

/* The next whole number of a PGM or PPM header, behind white space and comments; -1 where there is none. */
static int64_t pnm_number(const unsigned char *p, size_t n, size_t *at)
{
    while (*at < n && ((p[*at] && strchr(" \t\n\v\f\r", p[*at])) || p[*at] == '#')) {
        if (p[*at] == '#')
            while (*at < n && p[*at] != '\n' && p[*at] != '\r') ++*at;
        else ++*at;
    }
    int64_t v = -1;
    for (; *at < n && p[*at] >= '0' && p[*at] <= '9' && v < 100000000; ++*at) v = (v < 0 ? 0 : v) * 10 + (p[*at] - '0');
    return v;
}

static sv_status check_pnm(const unsigned char *p, size_t n, sv_fault *fault)
{
    size_t at = 2;
    int64_t width = pnm_number(p, n, &at), height = pnm_number(p, n, &at), largest = pnm_number(p, n, &at);
    if (width < 1 || height < 1 || largest < 1) return sv_fail(fault, SV_BAD_DATA, "a PGM or PPM file with a broken header");
    if (largest != 255)
        return sv_fail(fault, SV_BAD_DATA, "a PGM or PPM file with largest value %lld; 255 is read (16-bit images: PNG)", (long long)largest);
    uint64_t need = (uint64_t)width * (uint64_t)height * (p[1] == '6' ? 3 : 1);
    return n - at >= need + 1 ? SV_OK : cut_short(fault);
}

sv_status sv_image_check(const unsigned char *p, size_t n, sv_fault *fault)
{
    if (n == 0) return sv_fail(fault, SV_BAD_DATA, "an empty file");
    if (n > INT32_MAX) return sv_fail(fault, SV_BAD_DATA, "%zu bytes are too many for an image file", n);
    if (n >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0) return SV_OK;
    bool complete = true;
    if (n >= 3 && memcmp(p, "\xff\xd8\xff", 3) == 0) complete = jpeg_is_complete(p, n);
    else if (n >= 2 && memcmp(p, "BM", 2) == 0) complete = bmp_is_complete(p, n);
    else if (n >= 6 && (memcmp(p, "GIF87a", 6) == 0 || memcmp(p, "GIF89a", 6) == 0)) complete = p[n - 1] == ';';
    else if (n >= 2 && p[0] == 'P' && (p[1] == '5' || p[1] == '6')) return check_pnm(p, n, fault);
    else return sv_fail(fault, SV_BAD_DATA, "no PNG, JPEG, BMP, GIF or binary PGM/PPM file");
    return complete ? SV_OK : cut_short(fault);
}
