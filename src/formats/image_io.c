#include "formats/image_io.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/image_check.h"
#include "formats/pnm.h"
#include <limits.h>
#include <stb_image.h>
#include <stb_image_resize.h>
#include <stb_image_write.h>

const char *const sv_image_suffixes[] = { ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tga", ".pgm", ".ppm", NULL };

static sv_status decode(const unsigned char *bytes, int size, int channels, sv_image *image, sv_fault *fault)
{
    int own;
    if (!stbi_info_from_memory(bytes, size, &image->width, &image->height, &own))
        return sv_fail(fault, SV_BAD_DATA, "the image cannot be decoded: %s", stbi_failure_reason());
    image->wide = stbi_is_16_bit_from_memory(bytes, size);
    image->channels = channels ? channels : own < 3 ? 1 : 3;
    image->pixels = image->wide ? (void *)stbi_load_16_from_memory(bytes, size, &image->width, &image->height, &own, image->channels)
                                : (void *)stbi_load_from_memory(bytes, size, &image->width, &image->height, &own, image->channels);
    if (image->pixels) return SV_OK;
    return sv_fail(fault, SV_BAD_DATA, "the image cannot be decoded: %s", stbi_failure_reason());
}

sv_status sv_image_read(const char *path, int channels, sv_image *image, sv_fault *fault)
{
    *image = (sv_image){ 0 };
    char *bytes;
    size_t size;
    sv_status status = sv_read_file(path, &bytes, &size, fault);
    if (status != SV_OK) return status;
    const unsigned char *p = (const unsigned char *)bytes;
    if (sv_is_pnm(p, size)) {
        status = sv_pnm_decode(p, size, channels, image, fault);
    } else {
        status = sv_image_check(p, size, fault);
        if (status == SV_OK) status = decode(p, (int)size, channels, image, fault);
    }
    sv_free(bytes);
    if (status != SV_OK) sv_fault_at(fault, path);
    return status;
}

void sv_image_free(sv_image *image)
{
    stbi_image_free(image->pixels);
    *image = (sv_image){ 0 };
}

static void add_bytes(void *context, void *data, int size)
{
    sv_writer_add(context, data, (size_t)size);
}

static sv_status check_picture(int height, int width, int channels, sv_fault *fault)
{
    if (height >= 1 && width >= 1 && channels >= 1 && channels <= 4 && (int64_t)height * ((int64_t)width * channels + 1) <= INT_MAX / 2)
        return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "a picture of %d x %d with %d channels cannot be written", height, width, channels);
}

sv_status sv_png_write(const char *path, int height, int width, int channels, const uint8_t *pixels, sv_fault *fault)
{
    sv_writer *w;
    sv_status status = check_picture(height, width, channels, fault);
    if (status != SV_OK) return sv_fault_at(fault, path), status;
    status = sv_writer_open(path, &w, fault);
    if (status != SV_OK) return status;
    if (stbi_write_png_to_func(add_bytes, w, width, height, channels, pixels, width * channels)) return sv_writer_commit(w, fault);
    sv_writer_abort(w);
    return sv_fail_memory(fault, path);
}

sv_status sv_png_write_floats(const char *path, int height, int width, int channels, const float *pixels, sv_fault *fault)
{
    sv_status status = check_picture(height, width, channels, fault);
    if (status != SV_OK) return sv_fault_at(fault, path), status;
    size_t count = (size_t)height * (size_t)width * (size_t)channels;
    uint8_t *bytes = sv_new(count, 1);
    if (!bytes) return sv_fail_memory(fault, path);
    for (size_t i = 0; i < count; i++) bytes[i] = pixels[i] >= 1 ? 255 : pixels[i] > 0 ? (uint8_t)(pixels[i] * 255 + 0.5f) : 0;
    status = sv_png_write(path, height, width, channels, bytes, fault);
    sv_free(bytes);
    return status;
}

static void add_to_text(void *context, void *data, int size)
{
    sv_text_bytes(context, data, (size_t)size);
}

sv_status sv_png_encode(int height, int width, int channels, const uint8_t *pixels, sv_text *png, sv_fault *fault)
{
    if (check_picture(height, width, channels, fault) != SV_OK) return SV_BAD_ARGUMENT;
    int fine = stbi_write_png_to_func(add_to_text, png, width, height, channels, pixels, width * channels);
    return fine && !png->failed ? SV_OK : sv_fail_memory(fault, "a picture");
}

sv_status sv_image_resize(const sv_image *from, int height, int width, void *to, sv_fault *fault)
{
    int fine = from->wide ? stbir_resize_uint16_generic(from->pixels, from->width, from->height, 0, to, width, height, 0, from->channels,
                                                        STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_DEFAULT,
                                                        STBIR_COLORSPACE_LINEAR, NULL)
                          : stbir_resize_uint8(from->pixels, from->width, from->height, 0, to, width, height, 0, from->channels);
    return fine ? SV_OK : sv_fail_memory(fault, "resized image");
}
