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

/* Bytes that the packets of `pixels` run-length coded pixels take, or more than n where they do not end within. */
static uint64_t tga_packets(const unsigned char *p, uint64_t n, uint64_t pixels, uint64_t bytes)
{
    uint64_t at = 0;
    while (pixels > 0 && at < n) {
        uint64_t run = (p[at] & 127) + 1u;
        at += 1 + bytes * (p[at] < 128 ? run : 1);
        pixels -= run < pixels ? run : pixels;
    }
    return pixels > 0 ? n + 1 : at;
}

/* TGA (Truevision, version 2.0) has no first bytes of its own: its header must make sense. */
static bool is_tga(const unsigned char *p, size_t n)
{
    if (n < 18 || p[1] > 1 || little(p + 12, 2) == 0 || little(p + 14, 2) == 0) return false;
    int kind = p[2] & 7, bits = p[1] ? p[7] : p[16];
    if ((p[2] & ~11) != 0 || (kind == 1) != (p[1] == 1) || kind < 1 || kind > 3) return false;
    if (p[1] && p[16] != 8 && p[16] != 16) return false;
    return bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32;
}

static sv_status check_tga(const unsigned char *p, size_t n, sv_fault *fault)
{
    uint64_t palette = p[1] ? little(p + 5, 2) * ((p[7] + 7u) / 8) : 0, start = 18 + p[0] + palette;
    uint64_t pixels = little(p + 12, 2) * little(p + 14, 2), bytes = (p[16] + 7u) / 8;
    if (start > n) return cut_short(fault);
    uint64_t need = p[2] & 8 ? tga_packets(p + start, n - start, pixels, bytes) : pixels * bytes;
    if (need > n - start) return cut_short(fault);
    if (p[1] && little(p + 3, 2) != 0)
        return sv_fail(fault, SV_BAD_DATA, "a TGA file whose palette begins at %d; 0 is read", (int)little(p + 3, 2));
    if (p[17] & 16) return sv_fail(fault, SV_BAD_DATA, "a TGA file stored from right to left, which is not read");
    return SV_OK;
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
    else if (is_tga(p, n)) return check_tga(p, n, fault);
    else return sv_fail(fault, SV_BAD_DATA, "no PNG, JPEG, BMP, GIF, TGA or binary PGM/PPM file");
    return complete ? SV_OK : cut_short(fault);
}
