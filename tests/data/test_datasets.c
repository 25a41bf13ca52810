/* Files of known bytes through every source, every way in which they can be wrong, and what the synthetic set promises. */
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "formats/image_io.h"
#include "formats/npy.h"
#include "formats/pictures.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

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

static sv_dataset *opened(sv_data_spec spec, sv_shape wanted)
{
    sv_dataset *d;
    sv_fault fault = { 0 };
    if (sv_dataset_open(&spec, &wanted, 7, &d, &fault) != SV_OK) fail_msg("%s", fault.text);
    return d;
}

static void refused(sv_data_spec spec, sv_shape wanted, sv_status expected, const char *says)
{
    sv_dataset *d;
    sv_fault fault = { 0 };
    sv_status status = sv_dataset_open(&spec, &wanted, 7, &d, &fault);
    if (status != expected || fault.status != expected || !strstr(fault.text, says))
        fail_msg("status %d, \"%s\"; not %d, \"%s\"", status, fault.text, expected, says);
    assert_null(d);
    assert_null(strchr(fault.text, '\n'));
}

/* Resident or not: count, shape, each sample by `read`, the digest. Closes. */
static void holds(sv_dataset *d, bool resident, int64_t count, sv_shape shape, sv_pixel pixel, const void *samples, size_t sample_bytes)
{
    char digest[65], expected[65], *sample = malloc(sample_bytes);
    sv_fault fault = { 0 };
    assert_int_equal(d->resident != NULL, resident);
    assert_int_equal(d->count, count);
    assert_true(sv_shape_equal(&d->shape, &shape));
    assert_int_equal(d->pixel, pixel);
    assert_int_equal(d->sample_bytes, sample_bytes);
    if (resident) assert_memory_equal(d->resident, samples, (size_t)count * sample_bytes);
    for (int64_t i = count; i-- > 0;) {
        assert_int_equal(d->read(d, i, sample, &fault), SV_OK);
        assert_memory_equal(sample, (const char *)samples + (size_t)i * sample_bytes, sample_bytes);
    }
    assert_int_equal(sv_dataset_digest(d, digest, &fault), SV_OK);
    sv_hash_bytes(samples, (size_t)count * sample_bytes, expected);
    assert_string_equal(digest, expected);
    free(sample);
    sv_dataset_close(d);
}

static void fill(uint8_t *bytes, size_t count, uint32_t x)
{
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
}

/* ------------------------------------------------------------------------------------------------ idx */

enum { IDX_N = 5, IDX_H = 3, IDX_W = 4, IDX_SIZE = IDX_H * IDX_W, IDX_HEADER = 16 };

/* [5,3,4] and its 60 bytes. */
static void make_idx(uint8_t bytes[IDX_HEADER + IDX_N * IDX_SIZE])
{
    static const uint8_t header[] = { 0, 0, 8, 3, 0, 0, 0, IDX_N, 0, 0, 0, IDX_H, 0, 0, 0, IDX_W };
    memcpy(bytes, header, IDX_HEADER);
    fill(bytes + IDX_HEADER, IDX_N * IDX_SIZE, 1);
}

static size_t gzip(const uint8_t *bytes, size_t size, uint8_t *to, size_t room)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size, .next_out = to, .avail_out = (uInt)room };
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t made = z.total_out;
    deflateEnd(&z);
    return made;
}

static sv_data_spec idx_of(void *folder, const void *bytes, size_t size)
{
    const char *path = scratch_path(folder, "f.idx");
    scratch_write(path, bytes, size);
    return (sv_data_spec){ .source = SV_SOURCE_IDX, .path = (char *)(uintptr_t)path };
}

static void reads_idx(void **state)
{
    uint8_t bytes[IDX_HEADER + IDX_N * IDX_SIZE], packed[256];
    sv_shape shape = sv_shape3(IDX_H, IDX_W, 1);
    make_idx(bytes);
    sv_data_spec spec = idx_of(*state, bytes, sizeof bytes);
    holds(opened(spec, shape), true, IDX_N, shape, SV_PIXEL_U8, bytes + IDX_HEADER, IDX_SIZE);
    spec.samples = 2;
    holds(opened(spec, shape), true, 2, shape, SV_PIXEL_U8, bytes + IDX_HEADER, IDX_SIZE);
    spec.samples = 100;
    spec.memory_limit = IDX_N * IDX_SIZE - 1;
    holds(opened(spec, shape), false, IDX_N, shape, SV_PIXEL_U8, bytes + IDX_HEADER, IDX_SIZE);
    spec.memory_limit = IDX_N * IDX_SIZE;
    holds(opened(spec, shape), true, IDX_N, shape, SV_PIXEL_U8, bytes + IDX_HEADER, IDX_SIZE);
    spec = idx_of(*state, packed, gzip(bytes, sizeof bytes, packed, sizeof packed));
    holds(opened(spec, shape), true, IDX_N, shape, SV_PIXEL_U8, bytes + IDX_HEADER, IDX_SIZE);
    spec.samples = 3;
    holds(opened(spec, shape), true, 3, shape, SV_PIXEL_U8, bytes + IDX_HEADER, IDX_SIZE);
    spec.memory_limit = 10;
    refused(spec, shape, SV_BAD_DATA, "/f.idx: 5 images are more than memory_limit allows");
}

static void reads_idx_of_four_dimensions(void **state)
{
    uint8_t bytes[20 + 2 * 12] = { 0, 0, 8, 4, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3 };
    fill(bytes + 20, 24, 2);
    sv_shape shape = sv_shape3(2, 2, 3);
    holds(opened(idx_of(*state, bytes, sizeof bytes), shape), true, 2, shape, SV_PIXEL_U8, bytes + 20, 12);
}

static void refuses_wrong_idx(void **state)
{
    uint8_t bytes[IDX_HEADER + IDX_N * IDX_SIZE + 30] = { 0 }, bad[IDX_HEADER];
    const size_t whole = IDX_HEADER + IDX_N * IDX_SIZE;
    sv_shape shape = sv_shape3(IDX_H, IDX_W, 1);
    make_idx(bytes);
    refused(idx_of(*state, bytes, whole - 1), shape, SV_BAD_DATA, "/f.idx: truncated: its header announces 5 images, it holds 4");
    refused(idx_of(*state, bytes, IDX_HEADER), shape, SV_BAD_DATA, "announces 5 images, it holds 0");
    refused(idx_of(*state, bytes, whole + 30), shape, SV_BAD_DATA, "/f.idx: 30 bytes follow the 5 images that its header announces");
    refused(idx_of(*state, bytes, 15), shape, SV_BAD_DATA, "truncated inside its header");
    refused(idx_of(*state, bytes, 3), shape, SV_BAD_DATA, "3 bytes are no idx file");
    refused(idx_of(*state, bytes, 0), shape, SV_BAD_DATA, "0 bytes are no idx file");
    refused(idx_of(*state, bytes, whole), sv_shape3(4, 3, 1), SV_BAD_DATA, "/f.idx: samples of shape [3,4,1]; the model takes [4,3,1]");
    refused(idx_of(*state, "hello", 5), shape, SV_BAD_DATA, "/f.idx: no idx file");
    static const struct {
        int byte, value;
        const char *says;
    } wrong[] = { { 2, 0x0d, "elements of type 0x0d; expected 0x08" }, { 3, 1, "1 dimensions (labels); expected images" },
                  { 3, 2, "2 dimensions; expected images" }, { 3, 5, "5 dimensions; expected images" }, { 7, 0, "holds no images" },
                  { 4, 255, "announces 4278190085 images, it holds 0" } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memcpy(bad, bytes, sizeof bad);
        bad[wrong[i].byte] = (uint8_t)wrong[i].value;
        refused(idx_of(*state, bad, sizeof bad), shape, SV_BAD_DATA, wrong[i].says);
    }
    sv_data_spec missing = { .source = SV_SOURCE_IDX, .path = (char *)(uintptr_t)scratch_path(*state, "none") };
    refused(missing, shape, SV_IO_ERROR, "/none: cannot be read: No such file or directory");
    missing.path = *state;
    refused(missing, shape, SV_IO_ERROR, "cannot be read: Is a directory");
    missing.path = NULL;
    refused(missing, shape, SV_BAD_ARGUMENT, "path: missing; the source \"idx\" needs one");
}

static void refuses_damaged_gzip(void **state)
{
    uint8_t bytes[IDX_HEADER + IDX_N * IDX_SIZE + 30] = { 0 }, packed[256];
    const size_t whole = IDX_HEADER + IDX_N * IDX_SIZE;
    sv_shape shape = sv_shape3(IDX_H, IDX_W, 1);
    make_idx(bytes);
    size_t size = gzip(bytes, whole, packed, sizeof packed);
    for (size_t n = 2; n < size; n++) refused(idx_of(*state, packed, n), shape, SV_BAD_DATA, "/f.idx: ");
    refused(idx_of(*state, packed, size - 1), shape, SV_BAD_DATA, "truncated: the gzip data end before their checksum");
    refused(idx_of(*state, packed, size - 30), shape, SV_BAD_DATA, "truncated: its header announces 5 images, it holds ");
    packed[size - 8] ^= 1;
    refused(idx_of(*state, packed, size), shape, SV_BAD_DATA, "/f.idx: damaged gzip data");
    size = gzip(bytes, whole + 30, packed, sizeof packed);
    refused(idx_of(*state, packed, size), shape, SV_BAD_DATA, "30 bytes follow the 5 images");
    size = gzip(bytes, whole - IDX_SIZE, packed, sizeof packed);
    refused(idx_of(*state, packed, size), shape, SV_BAD_DATA, "announces 5 images, it holds 4");
}

/* --------------------------------------------------------------------------------------------- images */

enum { SIDE = 6 };

static uint8_t value_at(int picture, int i, int j, int c)
{
    return (uint8_t)(picture * 40 + i * 13 + j * 5 + c * 90);
}

static void write_picture(void *folder, const char *name, int picture, int height, int width, int channels)
{
    uint8_t pixels[64 * 64 * 3];
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++)
            for (int c = 0; c < channels; c++) pixels[(i * width + j) * channels + c] = value_at(picture, i, j, c);
    assert_int_equal(sv_png_write(scratch_path(folder, name), height, width, channels, pixels, NULL), SV_OK);
}

static sv_data_spec images_of(void *path)
{
    return (sv_data_spec){ .source = SV_SOURCE_IMAGES, .path = path };
}

/* Three pictures, the second in a folder below: their order is that of the bytes of their paths, not of their making. */
static void make_pictures(void *folder, uint8_t expected[3 * SIDE * SIDE * 3])
{
    static const char *const names[] = { "B.png", "a/z.png", "b.PNG" };
    assert_int_equal(mkdir(scratch_path(folder, "a"), 0777), 0);
    for (int k = 2; k >= 0; k--) write_picture(folder, names[k], k, SIDE, SIDE, 3);
    scratch_write(scratch_path(folder, "a/notes.txt"), "no image", 8);
    for (int i = 0; i < 3 * SIDE * SIDE * 3; i++)
        expected[i] = value_at(i / (SIDE * SIDE * 3), i / (SIDE * 3) % SIDE, i / 3 % SIDE, i % 3);
}

static void reads_images(void **state)
{
    uint8_t expected[3 * SIDE * SIDE * 3];
    sv_shape shape = sv_shape3(SIDE, SIDE, 3);
    make_pictures(*state, expected);
    sv_data_spec spec = images_of(*state);
    holds(opened(spec, shape), true, 3, shape, SV_PIXEL_U8, expected, SIDE * SIDE * 3);
    spec.memory_limit = 3 * SIDE * SIDE * 3 - 1;
    holds(opened(spec, shape), false, 3, shape, SV_PIXEL_U8, expected, SIDE * SIDE * 3);
    spec.samples = 2;
    holds(opened(spec, shape), true, 2, shape, SV_PIXEL_U8, expected, SIDE * SIDE * 3);
    spec = images_of((void *)(uintptr_t)scratch_path(*state, "a/z.png"));
    holds(opened(spec, shape), true, 1, shape, SV_PIXEL_U8, expected + SIDE * SIDE * 3, SIDE * SIDE * 3);
}

static void crops_the_centre_and_pads_with_the_edge(void **state)
{
    enum { H = 9, W = 12, CH = 4, CW = 5, PH = 7, PW = 8 };
    uint8_t cut[CH * CW], padded[PH * PW];
    write_picture(*state, "p.png", 1, H, W, 1);
    for (int i = 0; i < CH; i++)
        for (int j = 0; j < CW; j++) cut[i * CW + j] = value_at(1, i + 2, j + 3, 0);
    for (int i = 0; i < PH; i++)
        for (int j = 0; j < PW; j++) {
            int row = i < 1 ? 0 : i > CH ? CH - 1 : i - 1, column = j < 1 ? 0 : j > CW ? CW - 1 : j - 1;
            padded[i * PW + j] = cut[row * CW + column];
        }
    sv_data_spec spec = images_of(*state);
    spec.crop[0] = CH, spec.crop[1] = CW;
    holds(opened(spec, sv_shape3(CH, CW, 1)), true, 1, sv_shape3(CH, CW, 1), SV_PIXEL_U8, cut, sizeof cut);
    spec.pad[0] = PH, spec.pad[1] = PW;
    holds(opened(spec, sv_shape3(PH, PW, 1)), true, 1, sv_shape3(PH, PW, 1), SV_PIXEL_U8, padded, sizeof padded);
}

/* A plane grows to a plane: away from the edges, halving the steps. */
static void resizes_before_it_crops(void **state)
{
    enum { H = 12, W = 16 };
    write_picture(*state, "p.png", 0, H, W, 1);
    sv_data_spec spec = images_of(*state);
    spec.resize[0] = 2 * H, spec.resize[1] = 2 * W;
    spec.crop[0] = 8, spec.crop[1] = 10;
    sv_dataset *d = opened(spec, sv_shape3(8, 10, 1));
    const uint8_t *p = d->resident;
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 10; j++) {
            double y = (i + 8 + 0.5) / 2 - 0.5, x = (j + 11 + 0.5) / 2 - 0.5;
            assert_true(abs(p[i * 10 + j] - (int)(13 * y + 5 * x + 0.5)) <= 1);
        }
    sv_dataset_close(d);
}

static void converts_images_to_the_models_channels(void **state)
{
    uint8_t gray[SIDE * SIDE], colour[SIDE * SIDE * 3];
    write_picture(*state, "p.png", 1, SIDE, SIDE, 1);
    for (int i = 0; i < SIDE * SIDE * 3; i++) colour[i] = value_at(1, i / 3 / SIDE, i / 3 % SIDE, 0);
    sv_data_spec spec = images_of(*state);
    spec.channels = 3;
    holds(opened(spec, sv_shape3(SIDE, SIDE, 3)), true, 1, sv_shape3(SIDE, SIDE, 3), SV_PIXEL_U8, colour, sizeof colour);
    write_picture(*state, "p.png", 2, SIDE, SIDE, 3);
    for (int i = 0; i < SIDE * SIDE; i++) {
        int r = value_at(2, i / SIDE, i % SIDE, 0), g = value_at(2, i / SIDE, i % SIDE, 1), b = value_at(2, i / SIDE, i % SIDE, 2);
        gray[i] = (uint8_t)((77 * r + 150 * g + 29 * b) / 256);
    }
    holds(opened(images_of(*state), sv_shape3(SIDE, SIDE, 1)), true, 1, sv_shape3(SIDE, SIDE, 1), SV_PIXEL_U8, gray, sizeof gray);
}

/* The first image's depth is the set's: 257 widens, rounding narrows. */
static void keeps_16_bits(void **state)
{
    static const uint8_t narrow[] = { 0, 1, 2, 3, 4, 255 };
    static const uint16_t wide[2][6] = { { 0, 1, 256, 258, 4660, 65535 }, { 0, 257, 514, 771, 1028, 65535 } };
    static const uint8_t rounded[2][6] = { { 0, 1, 2, 3, 4, 255 }, { 0, 0, 1, 1, 18, 255 } };
    sv_shape shape = sv_shape3(2, 3, 1);
    scratch_write(scratch_path(*state, "a.png"), png_gray16, sizeof png_gray16);
    assert_int_equal(sv_png_write(scratch_path(*state, "b.png"), 2, 3, 1, narrow, NULL), SV_OK);
    holds(opened(images_of(*state), shape), true, 2, shape, SV_PIXEL_U16, wide, sizeof wide[0]);
    assert_int_equal(rename(scratch_path(*state, "b.png"), scratch_path(*state, "0.png")), 0);
    holds(opened(images_of(*state), shape), true, 2, shape, SV_PIXEL_U8, rounded, sizeof rounded[0]);
}

static void skips_and_lists_what_cannot_be_read(void **state)
{
    enum { SAMPLE = SIDE * SIDE * 3 };
    uint8_t expected[3 * SAMPLE];
    sv_shape shape = sv_shape3(SIDE, SIDE, 3);
    make_pictures(*state, expected);
    scratch_write(scratch_path(*state, "0.png"), "broken", 6);
    scratch_write(scratch_path(*state, "a/a.jpg"), "", 0);
    write_picture(*state, "small.png", 0, SIDE - 1, SIDE, 3);
    assert_int_equal(symlink("nowhere", scratch_path(*state, "b.gif")), 0);
    static const char *const skipped[] = { "0.png", "a/a.jpg", "b.gif", "small.png" };
    for (int streams = 0; streams < 2; streams++) {
        sv_data_spec spec = images_of(*state);
        spec.on_error = SV_ON_ERROR_SKIP;
        spec.memory_limit = streams ? 1 : 0;
        sv_dataset *d = opened(spec, shape);
        assert_int_equal(d->skips, 4);
        for (int i = 0; i < 4; i++) assert_string_equal(d->skipped[i], skipped[i]);
        holds(d, !streams, 3, shape, SV_PIXEL_U8, expected, SAMPLE);
    }
    refused(images_of(*state), shape, SV_BAD_DATA, "/0.png: no PNG, JPEG");
    assert_int_equal(remove(scratch_path(*state, "0.png")), 0);
    refused(images_of(*state), shape, SV_BAD_DATA, "/a/a.jpg: an empty file");
    assert_int_equal(remove(scratch_path(*state, "a/a.jpg")), 0);
    refused(images_of(*state), shape, SV_IO_ERROR, "/b.gif: cannot be read: No such file or directory");
    assert_int_equal(remove(scratch_path(*state, "b.gif")), 0);
    refused(images_of(*state), shape, SV_BAD_DATA, "/small.png: the image is 5 x 6, the model takes 6 x 6; say resize, crop or pad");
}

/* Whatever the threads' order, the first in order of name is the one that is reported. */
static void reports_the_first_of_many(void **state)
{
    char name[16];
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "%02d.png", i);
        scratch_write(scratch_path(*state, name), "broken", 6);
    }
    for (int i = 0; i < 50; i++) {
        sv_data_spec spec = images_of(*state);
        refused(spec, sv_shape3(SIDE, SIDE, 3), SV_BAD_DATA, "/00.png: no PNG, JPEG");
        spec.on_error = SV_ON_ERROR_SKIP;
        refused(spec, sv_shape3(SIDE, SIDE, 3), SV_BAD_DATA, "none of 64 images can be used; the first: ");
        refused(spec, sv_shape3(SIDE, SIDE, 3), SV_BAD_DATA, "/00.png: no PNG, JPEG");
    }
}

static void refuses_wrong_images(void **state)
{
    sv_shape shape = sv_shape3(SIDE, SIDE, 1);
    sv_data_spec spec = images_of(*state);
    refused(spec, shape, SV_BAD_DATA, ": no images (.png, ");
    write_picture(*state, "p.png", 0, SIDE, SIDE, 1);
    refused(spec, sv_shape3(SIDE, SIDE, 2), SV_BAD_ARGUMENT, "source: images have 1 or 3 channels; the model takes [6,6,2]");
    spec.channels = 3;
    refused(spec, shape, SV_BAD_ARGUMENT, "channels: expected the model's 1, got 3");
    spec.channels = 0;
    spec.crop[0] = spec.crop[1] = 8;
    refused(spec, shape, SV_BAD_ARGUMENT, "crop: [8, 8] is not what the model takes; expected [6, 6]");
    refused(spec, sv_shape3(8, 8, 1), SV_BAD_DATA, "/p.png: the image is 6 x 6, too small for crop [8, 8]");
    spec.crop[0] = spec.crop[1] = 0;
    spec.pad[0] = spec.pad[1] = 5;
    refused(spec, sv_shape3(5, 5, 1), SV_BAD_DATA, "/p.png: the image is 6 x 6, too large for pad [5, 5]");
    spec.pad[1] = 0;
    refused(spec, shape, SV_BAD_ARGUMENT, "pad: expected two integers >= 1, got [5, 0]");
    spec = images_of((void *)(uintptr_t)scratch_path(*state, "none.png"));
    spec.memory_limit = 1;
    refused(spec, shape, SV_IO_ERROR, "/none.png: cannot be read: No such file or directory");
    scratch_write(scratch_path(*state, "p.png"), "x", 1);
    spec = images_of(*state);
    spec.on_error = SV_ON_ERROR_SKIP;
    refused(spec, shape, SV_BAD_DATA, "none of 1 images can be used; the first: ");
}

/* --------------------------------------------------------------------------------------- npy, cifar10 */

static void reads_npy(void **state)
{
    float x[2 * 6];
    const char *path = scratch_path(*state, "f.npy");
    for (int i = 0; i < 12; i++) x[i] = (float)i * 1.5f - 3;
    sv_data_spec spec = { .source = SV_SOURCE_NPY, .path = (char *)(uintptr_t)path };
    assert_int_equal(sv_npy_write(path, 4, (int64_t[]){ 2, 2, 1, 3 }, x, NULL), SV_OK);
    holds(opened(spec, sv_shape3(2, 1, 3)), true, 2, sv_shape3(2, 1, 3), SV_PIXEL_F32, x, 24);
    refused(spec, sv_shape3(1, 2, 3), SV_BAD_DATA, "/f.npy: samples of shape [2,1,3]; the model takes [1,2,3]");
    spec.memory_limit = 47;
    holds(opened(spec, sv_shape3(2, 1, 3)), false, 2, sv_shape3(2, 1, 3), SV_PIXEL_F32, x, 24);
    spec.samples = 1;
    sv_dataset *d = opened(spec, sv_shape3(2, 1, 3));
    assert_int_equal(d->count, 1);
    sv_dataset_close(d);
    spec = (sv_data_spec){ .source = SV_SOURCE_NPY, .path = spec.path };
    assert_int_equal(sv_npy_write(path, 3, (int64_t[]){ 2, 2, 3 }, x, NULL), SV_OK);
    holds(opened(spec, sv_shape3(2, 3, 1)), true, 2, sv_shape3(2, 3, 1), SV_PIXEL_F32, x, 24);
    assert_int_equal(sv_npy_write(path, 2, (int64_t[]){ 2, 6 }, x, NULL), SV_OK);
    holds(opened(spec, sv_shape1(6)), true, 2, sv_shape1(6), SV_PIXEL_F32, x, 24);
    assert_int_equal(sv_npy_write(path, 1, (int64_t[]){ 12 }, x, NULL), SV_OK);
    refused(spec, sv_shape3(2, 3, 1), SV_BAD_DATA, "/f.npy: an array of 1 dimension; expected [N,H,W,C]");
    scratch_write(path, "none", 4);
    refused(spec, sv_shape3(2, 3, 1), SV_BAD_DATA, "/f.npy: no .npy file");
}

static void reads_npy_of_whole_numbers(void **state)
{
    static const char narrow[] = "\x93NUMPY\x01\x00\x3d\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 3)}\nabcdef";
    static const char wide[] = "\x93NUMPY\x01\x00\x3e\x00{'descr': '<u2', 'fortran_order': False, 'shape': (1, 1, 3)} \nabcdef";
    const char *path = scratch_path(*state, "f.npy");
    sv_data_spec spec = { .source = SV_SOURCE_NPY, .path = (char *)(uintptr_t)path };
    scratch_write(path, narrow, sizeof narrow - 1);
    holds(opened(spec, sv_shape3(1, 3, 1)), true, 2, sv_shape3(1, 3, 1), SV_PIXEL_U8, "abcdef", 3);
    scratch_write(path, wide, sizeof wide - 1);
    holds(opened(spec, sv_shape3(1, 3, 1)), true, 1, sv_shape3(1, 3, 1), SV_PIXEL_U16, "abcdef", 6);
}

enum { CIFAR = 3072, RECORD = CIFAR + 1 };

/* Records of one file, and the same pictures with the channels last. */
static void make_cifar(const char *path, int records, uint32_t seed, uint8_t *pictures)
{
    uint8_t *bytes = malloc((size_t)(records * RECORD));
    fill(bytes, (size_t)(records * RECORD), seed);
    for (int r = 0; r < records; r++) {
        bytes[r * RECORD] = (uint8_t)(r % 10);
        for (int i = 0; i < CIFAR; i++) pictures[r * CIFAR + i] = bytes[r * RECORD + 1 + i % 3 * 1024 + i / 3];
    }
    scratch_write(path, bytes, (size_t)(records * RECORD));
    free(bytes);
}

static void reads_cifar10(void **state)
{
    static uint8_t pictures[5 * CIFAR], test[CIFAR];
    sv_shape shape = sv_shape3(32, 32, 3);
    make_cifar(scratch_path(*state, "data_batch_2.bin"), 2, 4, pictures + 3 * CIFAR);
    make_cifar(scratch_path(*state, "data_batch_1.bin"), 3, 5, pictures);
    make_cifar(scratch_path(*state, "test_batch.bin"), 1, 6, test);
    scratch_write(scratch_path(*state, "batches.meta.txt"), "cat", 3);
    sv_data_spec spec = { .source = SV_SOURCE_CIFAR10, .path = *state };
    holds(opened(spec, shape), true, 5, shape, SV_PIXEL_U8, pictures, CIFAR);
    spec.memory_limit = 5 * CIFAR - 1;
    holds(opened(spec, shape), false, 5, shape, SV_PIXEL_U8, pictures, CIFAR);
    spec.samples = 4;
    holds(opened(spec, shape), true, 4, shape, SV_PIXEL_U8, pictures, CIFAR);
    spec.path = (char *)(uintptr_t)scratch_path(*state, "test_batch.bin");
    holds(opened(spec, shape), true, 1, shape, SV_PIXEL_U8, test, CIFAR);
}

static void refuses_wrong_cifar10(void **state)
{
    static uint8_t bytes[2 * RECORD];
    const char *path = scratch_path(*state, "data_batch_1.bin");
    sv_shape shape = sv_shape3(32, 32, 3);
    sv_data_spec spec = { .source = SV_SOURCE_CIFAR10, .path = *state };
    refused(spec, shape, SV_BAD_DATA, ": no data_batch_*.bin in this folder");
    scratch_write(path, bytes, sizeof bytes - 1);
    refused(spec, shape, SV_BAD_DATA, "/data_batch_1.bin: 6145 bytes are no whole number of CIFAR-10 records of 3073");
    bytes[RECORD] = 10;
    scratch_write(path, bytes, sizeof bytes);
    refused(spec, shape, SV_BAD_DATA, "/data_batch_1.bin: record 1 has label 10; expected CIFAR-10's 0 to 9");
    refused(spec, sv_shape3(28, 28, 1), SV_BAD_DATA, "samples of shape [32,32,3]; the model takes [28,28,1]");
    scratch_write(path, "", 0);
    refused(spec, shape, SV_BAD_DATA, "/data_batch_1.bin: an empty file");
    spec.path = (char *)(uintptr_t)scratch_path(*state, "none");
    refused(spec, shape, SV_IO_ERROR, "/none: cannot be read: No such file or directory");
}

/* ------------------------------------------------------------------------------------------ synthetic */

static sv_dataset *synthetic(uint64_t seed, sv_shape shape, int samples, int64_t limit)
{
    sv_data_spec spec = { .source = SV_SOURCE_SYNTHETIC, .samples = samples, .memory_limit = limit };
    sv_dataset *d;
    assert_int_equal(sv_dataset_open(&spec, &shape, seed, &d, NULL), SV_OK);
    return d;
}

static void synthetic_pictures_depend_on_seed_and_number_alone(void **state)
{
    (void)state;
    sv_shape shape = sv_shape3(28, 20, 3);
    sv_dataset *a = synthetic(1, shape, 60, 0), *b = synthetic(1, shape, 40, 0), *c = synthetic(1, shape, 60, 1), *other = synthetic(2, shape, 40, 0);
    char one[65], two[65];
    assert_int_equal(a->sample_bytes, 28 * 20 * 3);
    assert_memory_equal(a->resident, b->resident, 40 * b->sample_bytes);
    assert_null(c->resident);
    assert_int_equal(sv_dataset_digest(a, one, NULL), SV_OK);
    assert_int_equal(sv_dataset_digest(c, two, NULL), SV_OK);
    assert_string_equal(one, two);
    for (size_t i = 0; i < 40; i++) {
        const char *p = (const char *)a->resident + i * a->sample_bytes;
        assert_memory_not_equal(p, (const char *)other->resident + i * a->sample_bytes, a->sample_bytes);
        assert_memory_not_equal(p, p + a->sample_bytes, a->sample_bytes);
    }
    sv_dataset_close(a), sv_dataset_close(b), sv_dataset_close(c), sv_dataset_close(other);
    sv_dataset *d = synthetic(1, sv_shape3(2, 2, 1), 0, 0);
    assert_int_equal(d->count, 2048);
    sv_dataset_close(d);
}

/* Pinned: whoever changes a picture changes every run that was made with the set. */
static void synthetic_pictures_stay_as_they_are(void **state)
{
    (void)state;
    char digest[65];
    sv_dataset *d = synthetic(7, sv_shape3(28, 28, 1), 4096, 0);
    assert_int_equal(sv_dataset_digest(d, digest, NULL), SV_OK);
    assert_string_equal(digest, "3d754aeb59a7bef3cc47ed65dea5639d89afc169523518de0d64a329d3f74e79");
    sv_dataset_close(d);
}

static void spread_along(const uint8_t *p, int count, int step, int *least, int *most)
{
    *least = 255, *most = 0;
    for (int i = 0; i < count; i++) {
        if (p[i * step] < *least) *least = p[i * step];
        if (p[i * step] > *most) *most = p[i * step];
    }
}

/* Bright and dark alike, and each border crossed by edges in most pictures. */
static void synthetic_pictures_have_structure_up_to_the_edges(void **state)
{
    (void)state;
    enum { N = 500, S = 28 };
    sv_dataset *d = synthetic(3, sv_shape3(S, S, 1), N, 0);
    int crossed[4] = { 0 };
    double sum = 0, squares = 0;
    for (int k = 0; k < N; k++) {
        const uint8_t *p = (const uint8_t *)d->resident + k * S * S;
        const uint8_t *first[] = { p, p + (S - 1) * S, p, p + S - 1 };
        for (int b = 0; b < 4; b++) {
            int least, most;
            spread_along(first[b], S, b < 2 ? 1 : S, &least, &most);
            crossed[b] += most - least > 25;
        }
        for (int i = 0; i < S * S; i++) sum += p[i], squares += (double)p[i] * p[i];
    }
    double mean = sum / (N * S * S), variance = squares / (N * S * S) - mean * mean;
    assert_true(mean > 110 && mean < 145);
    assert_true(variance > 50 * 50);
    for (int b = 0; b < 4; b++) assert_true(crossed[b] > N * 6 / 10);
    sv_dataset_close(d);
}

static void synthetic_pictures_have_any_shape(void **state)
{
    (void)state;
    static const int shapes[][3] = { { 1, 1, 1 }, { 1, 9, 2 }, { 13, 1, 4 }, { 3, 5, 70 }, { 2, 2, 1 }, { 90, 17, 3 } };
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        sv_dataset *d = synthetic(5, sv_shape3(shapes[k][0], shapes[k][1], shapes[k][2]), 30, 0);
        assert_int_equal(d->count, 30);
        assert_int_equal(d->sample_bytes, shapes[k][0] * shapes[k][1] * shapes[k][2]);
        assert_memory_not_equal(d->resident, (const char *)d->resident + d->sample_bytes * 15, d->sample_bytes * 15);
        sv_dataset_close(d);
    }
    refused((sv_data_spec){ .source = SV_SOURCE_SYNTHETIC }, sv_shape1(6), SV_BAD_ARGUMENT, "the model takes [6]");
    refused((sv_data_spec){ .source = SV_SOURCE_SYNTHETIC, .samples = -1 }, sv_shape3(1, 1, 1), SV_BAD_ARGUMENT, "samples: expected");
    sv_dataset_close(NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(reads_idx), TEST(reads_idx_of_four_dimensions), TEST(refuses_wrong_idx), TEST(refuses_damaged_gzip),
        TEST(reads_images), TEST(crops_the_centre_and_pads_with_the_edge), TEST(resizes_before_it_crops),
        TEST(converts_images_to_the_models_channels), TEST(keeps_16_bits), TEST(skips_and_lists_what_cannot_be_read),
        TEST(reports_the_first_of_many), TEST(refuses_wrong_images), TEST(reads_npy), TEST(reads_npy_of_whole_numbers), TEST(reads_cifar10), TEST(refuses_wrong_cifar10),
        cmocka_unit_test(synthetic_pictures_depend_on_seed_and_number_alone), cmocka_unit_test(synthetic_pictures_stay_as_they_are),
        cmocka_unit_test(synthetic_pictures_have_structure_up_to_the_edges), cmocka_unit_test(synthetic_pictures_have_any_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
