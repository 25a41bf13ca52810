/* Files of every kind against the pixels that Pillow put into them, PNG round trips, sizes and damage. */
#include "formats/image_io.h"
#include "formats/pictures.h"
#include "support/scratch.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const uint8_t rgb[] = { 255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 128, 128, 128, 255, 255, 255 };

static int make_folder(void **state)
{
    *state = scratch_make();
    return 0;
}

static int remove_folder(void **state)
{
    scratch_remove(*state);
    return 0;
}

static sv_image read_bytes(const char *folder, const void *bytes, size_t size, int channels)
{
    sv_image image;
    sv_fault fault = { 0 };
    scratch_write(scratch_path(folder, "f"), bytes, size);
    if (sv_image_read(scratch_path(folder, "f"), channels, &image, &fault) != SV_OK) fail_msg("%s", fault.text);
    return image;
}

static void holds(sv_image image, int height, int width, int channels, const uint8_t *pixels)
{
    assert_int_equal(image.height, height);
    assert_int_equal(image.width, width);
    assert_int_equal(image.channels, channels);
    assert_false(image.wide);
    assert_memory_equal(image.pixels, pixels, (size_t)(height * width * channels));
    sv_image_free(&image);
    assert_null(image.pixels);
}

static void reads_colour(void **state)
{
    holds(read_bytes(*state, png_rgb, sizeof png_rgb, 0), 2, 3, 3, rgb);
    holds(read_bytes(*state, png_rgba, sizeof png_rgba, 0), 2, 3, 3, rgb);
    holds(read_bytes(*state, bmp_rgb, sizeof bmp_rgb, 3), 2, 3, 3, rgb);
}

static void converts_channels(void **state)
{
    static const uint8_t blue[] = { 0, 0, 255, 30, 128, 255 };
    static const uint8_t thrice[] = { 0, 0, 0, 0, 0, 0, 255, 255, 255, 30, 30, 30, 128, 128, 128, 255, 255, 255 };
    holds(read_bytes(*state, gif_gray, sizeof gif_gray, 1), 2, 3, 1, blue);
    holds(read_bytes(*state, gif_gray, sizeof gif_gray, 3), 2, 3, 3, thrice);
    uint8_t gray[6];
    for (int i = 0; i < 6; i++) gray[i] = (uint8_t)((rgb[3 * i] * 77 + rgb[3 * i + 1] * 150 + rgb[3 * i + 2] * 29) / 256);
    holds(read_bytes(*state, png_rgb, sizeof png_rgb, 1), 2, 3, 1, gray);
}

static void reads_16_bits(void **state)
{
    static const uint16_t expected[] = { 0, 1, 256, 258, 4660, 65535 };
    for (int channels = 0; channels <= 3; channels += channels ? 2 : 1) {
        for (int kind = 0; kind < 2; kind++) {
            sv_image image = read_bytes(*state, kind ? pgm_16 : png_gray16, kind ? sizeof pgm_16 : sizeof png_gray16, channels);
            assert_true(image.wide);
            assert_int_equal(image.channels, channels ? channels : 1);
            for (int i = 0; i < 6; i++)
                assert_int_equal(((uint16_t *)image.pixels)[i * image.channels + image.channels / 2], expected[i]);
            sv_image_free(&image);
        }
    }
}

static void reads_jpeg(void **state)
{
    sv_image image = read_bytes(*state, jpeg_gray, sizeof jpeg_gray, 0);
    assert_int_equal(image.channels, 1);
    assert_int_equal(image.height * image.width, sizeof jpeg_pixels);
    for (size_t i = 0; i < sizeof jpeg_pixels; i++) assert_true(abs(((uint8_t *)image.pixels)[i] - jpeg_pixels[i]) <= 2);
    sv_image_free(&image);
}

static void reads_pgm_and_ppm(void **state)
{
    static const char pgm[] = "P5 # a comment\n#another\n3\t2\n255\n\0\1\2abc", ppm[] = "P6\n1 2\n255\nabcdef";
    holds(read_bytes(*state, pgm, sizeof pgm - 1, 0), 2, 3, 1, (const uint8_t *)"\0\1\2abc");
    holds(read_bytes(*state, ppm, sizeof ppm - 1, 0), 2, 1, 3, (const uint8_t *)"abcdef");
    holds(read_bytes(*state, pgm, sizeof pgm - 1, 3), 2, 3, 3, (const uint8_t *)"\0\0\0\1\1\1\2\2\2aaabbbccc");
    static const uint8_t gray[] = { 97, 100 };
    holds(read_bytes(*state, ppm, sizeof ppm - 1, 1), 2, 1, 1, gray);
}

/* The largest value is white: 100 of 200 is the nearest to 127.5 above it, and what exceeds the largest is white too. */
static void stretches_to_the_largest_value(void **state)
{
    static const char pgm[] = "P5 2 2 200\n\0\144\310\377", bits[] = "P5 2 1 1\n\0\1", ten[] = "P6 1 1 1000 \0\0\1\364\3\350";
    holds(read_bytes(*state, pgm, sizeof pgm - 1, 0), 2, 2, 1, (const uint8_t[]){ 0, 128, 255, 255 });
    holds(read_bytes(*state, bits, sizeof bits - 1, 0), 1, 2, 1, (const uint8_t[]){ 0, 255 });
    sv_image image = read_bytes(*state, ten, sizeof ten - 1, 0);
    assert_true(image.wide && image.channels == 3);
    assert_memory_equal(image.pixels, ((const uint16_t[]){ 0, 32768, 65535 }), 6);
    sv_image_free(&image);
}

static void reads_tga(void **state)
{
    static const uint8_t blue[] = { 0, 0, 255, 30, 128, 255 };
    holds(read_bytes(*state, tga_rgb, sizeof tga_rgb, 0), 2, 3, 3, rgb);
    holds(read_bytes(*state, tga_rgba_runs, sizeof tga_rgba_runs, 0), 2, 3, 3, rgb);
    holds(read_bytes(*state, tga_palette, sizeof tga_palette, 0), 2, 3, 3, rgb);
    holds(read_bytes(*state, tga_gray, sizeof tga_gray, 0), 2, 3, 1, blue);
}

static void refused(const char *folder, const void *bytes, size_t size, const char *says)
{
    sv_image image;
    sv_fault fault = { 0 };
    scratch_write(scratch_path(folder, "f.png"), bytes, size);
    sv_status status = sv_image_read(scratch_path(folder, "f.png"), 0, &image, &fault);
    if (status != SV_BAD_DATA || !strstr(fault.text, says) || !strstr(fault.text, "/f.png: ")) fail_msg("\"%s\", not \"%s\"", fault.text, says);
    assert_null(image.pixels);
}

static void refuses_what_is_no_image(void **state)
{
    static const char p2[] = "P2\n1 1\n255\n7", wide[] = "P5\n1 1\n65536\nab", header[] = "P5\n1", negative[] = "P5 -1 1 255 a";
    refused(*state, "", 0, "an empty file");
    refused(*state, "hello, world", 12, "no PNG, JPEG, BMP, GIF, TGA or binary PGM/PPM file");
    refused(*state, p2, sizeof p2 - 1, "no PNG");
    refused(*state, wide, sizeof wide - 1, "largest value 65536; expected at most 65535");
    refused(*state, header, sizeof header - 1, "broken header");
    refused(*state, negative, sizeof negative - 1, "broken header");
    unsigned char tga[sizeof tga_palette];
    memcpy(tga, tga_palette, sizeof tga);
    tga[3] = 1;
    refused(*state, tga, sizeof tga, "a TGA file whose palette begins at 1; 0 is read");
    tga[3] = 0, tga[17] |= 16;
    refused(*state, tga, sizeof tga, "a TGA file stored from right to left");
    refused(*state, "BM", 2, "cut short");
    refused(*state, "\x89PNG\r\n\x1a\n", 8, "cannot be decoded: ");
    sv_image image;
    sv_fault fault = { 0 };
    assert_int_equal(sv_image_read(scratch_path(*state, "none.png"), 0, &image, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "/none.png: cannot be read: No such file or directory"));
}

/* Every proper beginning of every file (PNG's last chunk and TGA's footer have no pixels: nobody misses them). */
enum { TGA_FOOTER = 26 };

static void refuses_files_cut_short(void **state)
{
    static const char pgm[] = "P5\n3 2\n255\n\0\1\2abc";
    static const struct {
        const void *bytes;
        size_t size, spare;
    } files[] = { { png_rgb, sizeof png_rgb, 8 }, { png_gray16, sizeof png_gray16, 8 }, { bmp_rgb, sizeof bmp_rgb, 0 },
                  { gif_gray, sizeof gif_gray, 0 }, { jpeg_gray, sizeof jpeg_gray, 0 }, { pgm, sizeof pgm - 1, 0 }, { pgm_16, sizeof pgm_16, 0 },
                  { tga_rgb, sizeof tga_rgb, TGA_FOOTER }, { tga_rgba_runs, sizeof tga_rgba_runs, TGA_FOOTER },
                  { tga_palette, sizeof tga_palette, TGA_FOOTER }, { tga_gray, sizeof tga_gray, TGA_FOOTER } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        for (size_t n = 0; n + files[i].spare < files[i].size; n++) refused(*state, files[i].bytes, n, "");
    for (size_t n = 3; n < sizeof jpeg_gray; n++) refused(*state, jpeg_gray, n, "the image file is cut short");
}

/* The end of a thumbnail inside a segment is not the end of the image. */
static void looks_past_a_thumbnail(void **state)
{
    static const unsigned char segment[] = { 0xff, 0xd8, 0xff, 0xe1, 0, 8, 0xff, 0xd8, 1, 2, 0xff, 0xd9 };
    unsigned char bytes[sizeof segment + sizeof jpeg_gray];
    memcpy(bytes, segment, sizeof segment);
    memcpy(bytes + sizeof segment, jpeg_gray + 2, sizeof jpeg_gray - 2);
    size_t whole = sizeof bytes - 2;
    sv_image image = read_bytes(*state, bytes, whole, 0);
    assert_int_equal(image.width, 8);
    sv_image_free(&image);
    refused(*state, bytes, whole - 2, "the image file is cut short");
    refused(*state, bytes, sizeof segment, "the image file is cut short");
}

static void round_trips_png(void **state)
{
    enum { H = 37, W = 29 };
    uint8_t pixels[H * W * 3];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    sv_fault fault = { 0 };
    const char *path = scratch_path(*state, "f.png");
    for (int channels = 1; channels <= 3; channels += 2) {
        sv_image image;
        assert_int_equal(sv_png_write(path, H, W, channels, pixels, &fault), SV_OK);
        assert_int_equal(sv_image_read(path, 0, &image, &fault), SV_OK);
        holds(image, H, W, channels, pixels);
    }
    assert_int_equal(scratch_entries(*state), 1);
    assert_int_equal(sv_png_write(scratch_path(*state, "no/f.png"), H, W, 3, pixels, &fault), SV_IO_ERROR);
    assert_int_equal(sv_png_write("/dev/full", H, W, 3, pixels, NULL), SV_IO_ERROR);
    assert_int_equal(sv_png_write(path, 1 << 20, 1 << 20, 3, pixels, NULL), SV_BAD_ARGUMENT);
    assert_int_equal(sv_png_write(path, 0, 1, 3, pixels, NULL), SV_BAD_ARGUMENT);
}

static void clamps_and_rounds_floats(void **state)
{
    const float x[] = { 0, 1, 0.5f, -3, 7, NAN, 0.4f / 255, 0.6f / 255, 1 / 255.0f, 254.4f / 255, INFINITY, -INFINITY };
    static const uint8_t expected[] = { 0, 255, 128, 0, 255, 0, 0, 1, 1, 254, 255, 0 };
    const char *path = scratch_path(*state, "f.png");
    sv_image image;
    sv_fault fault = { 0 };
    assert_int_equal(sv_png_write_floats(path, 3, 4, 1, x, &fault), SV_OK);
    assert_int_equal(sv_image_read(path, 0, &image, &fault), SV_OK);
    holds(image, 3, 4, 1, expected);
}

/* Constant pictures stay constant; a picture that shrinks keeps its mean; a linear ramp stays one away from the edges. */
static void resizes(void **state)
{
    (void)state;
    enum { H = 24, W = 32, H2 = 11, W2 = 13 };
    static uint8_t narrow[H * W * 3], small[H2 * W2 * 3], large[2 * H * 2 * W * 3];
    static uint16_t wide[H * W], wide_large[H * 2 * W];
    sv_fault fault = { 0 };
    memset(narrow, 77, sizeof narrow);
    sv_image image = { H, W, 3, false, narrow };
    assert_int_equal(sv_image_resize(&image, H2, W2, small, &fault), SV_OK);
    for (size_t i = 0; i < sizeof small; i++) assert_int_equal(small[i], 77);
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++)
            for (int c = 0; c < 3; c++) narrow[(i * W + j) * 3 + c] = (uint8_t)((i + j) % 2 ? 255 : 0);
    assert_int_equal(sv_image_resize(&image, H / 2, W / 2, large, &fault), SV_OK);
    for (int i = 0; i < H / 2 * (W / 2) * 3; i++) assert_true(abs(large[i] - 128) <= 24);
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++) wide[i * W + j] = (uint16_t)(1000 + 300 * j);
    sv_image deep = { H, W, 1, true, wide };
    assert_int_equal(sv_image_resize(&deep, H, 2 * W, wide_large, &fault), SV_OK);
    for (int i = 0; i < H; i++)
        for (int j = 8; j < 2 * W - 8; j++) assert_true(abs(wide_large[i * 2 * W + j] - (1000 - 75 + 150 * j)) <= 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(reads_colour), TEST(converts_channels), TEST(reads_16_bits), TEST(reads_jpeg), TEST(reads_pgm_and_ppm),
        TEST(stretches_to_the_largest_value), TEST(reads_tga),
        TEST(refuses_what_is_no_image), TEST(refuses_files_cut_short), TEST(looks_past_a_thumbnail), TEST(round_trips_png), TEST(clamps_and_rounds_floats),
        TEST(resizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
