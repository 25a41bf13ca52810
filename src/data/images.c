/* A folder of image files, at any depth, in the order of the bytes of their paths (or one image file): each is decoded when read,
 * scaled (`resize`), cut from the centre (`crop`) and lengthened with its edge pixels (`pad`), in this order. */
#include "base/file.h"
#include "base/memory.h"
#include "data/source.h"
#include "formats/image_io.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct images {
    char **path;
    size_t paths;
    char *folder; /* "" where the path is one file */
    int resize[2], crop[2], pad[2];
} images;

/* Sides of the decoded or resized image, of the window cut from its middle, and where that lies. */
typedef struct window {
    int height, width, top, left;
} window;

static sv_status cut_window(const images *m, const sv_image *image, const sv_shape *shape, window *w, sv_fault *fault)
{
    *w = (window){ image->height, image->width, 0, 0 };
    if (m->crop[0]) {
        if (m->crop[0] > w->height || m->crop[1] > w->width)
            return sv_fail(fault, SV_BAD_DATA, "the image is %d x %d, too small for crop [%d, %d]; resize it first", w->height, w->width,
                           m->crop[0], m->crop[1]);
        *w = (window){ m->crop[0], m->crop[1], (w->height - m->crop[0]) / 2, (w->width - m->crop[1]) / 2 };
    }
    bool fits = m->pad[0] ? w->height <= m->pad[0] && w->width <= m->pad[1] : w->height == shape->dim[0] && w->width == shape->dim[1];
    if (fits) return SV_OK;
    if (m->pad[0])
        return sv_fail(fault, SV_BAD_DATA, "the image is %d x %d, too large for pad [%d, %d]; resize or crop it first", w->height, w->width,
                       m->pad[0], m->pad[1]);
    return sv_fail(fault, SV_BAD_DATA, "the image is %d x %d, the model takes %d x %d; say resize, crop or pad", w->height, w->width,
                   (int)shape->dim[0], (int)shape->dim[1]);
}

static int clamp(int i, int count)
{
    return i < 0 ? 0 : i < count ? i : count - 1;
}

/* `count` elements of either depth to the depth of the set: x 257 widens, rounding to the nearest narrows. */
static void copy_elements(const sv_image *from, size_t at, sv_pixel pixel, void *to, size_t to_at, int count)
{
    const uint8_t *narrow = from->pixels;
    const uint16_t *wide = from->pixels;
    for (int c = 0; c < count; c++) {
        if (pixel == SV_PIXEL_U16) ((uint16_t *)to)[to_at + (size_t)c] = from->wide ? wide[at + (size_t)c] : (uint16_t)(narrow[at + (size_t)c] * 257);
        else ((uint8_t *)to)[to_at + (size_t)c] = from->wide ? (uint8_t)((wide[at + (size_t)c] * 255u + 32767) / 65535) : narrow[at + (size_t)c];
    }
}

/* The window into the middle of a sample, whose border repeats the window's edge. */
static void copy_window(const sv_dataset *d, const sv_image *image, const window *w, void *to)
{
    int height = (int)d->shape.dim[0], width = (int)d->shape.dim[1], channels = (int)d->shape.dim[2];
    int top = (height - w->height) / 2, left = (width - w->width) / 2;
    for (int i = 0; i < height; i++) {
        int row = w->top + clamp(i - top, w->height);
        for (int j = 0; j < width; j++) {
            int column = w->left + clamp(j - left, w->width);
            size_t at = ((size_t)row * (size_t)image->width + (size_t)column) * (size_t)channels;
            copy_elements(image, at, d->pixel, to, ((size_t)i * (size_t)width + (size_t)j) * (size_t)channels, channels);
        }
    }
}

/* Replaces the image by one of the wanted size. */
static sv_status resize(sv_image *image, int height, int width, sv_fault *fault)
{
    if (image->height == height && image->width == width) return SV_OK;
    size_t elements = (size_t)height * (size_t)width * (size_t)image->channels;
    void *pixels = sv_new(elements, image->wide ? 2 : 1);
    if (!pixels) return sv_fail_memory(fault, "resized image");
    sv_status status = sv_image_resize(image, height, width, pixels, fault);
    sv_image resized = { height, width, image->channels, image->wide, pixels };
    sv_image_free(image);
    *image = resized;
    return status;
}

static sv_status read_sample(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    const images *m = d->own;
    sv_image image;
    window w;
    char *path = sv_join_path(m->folder, m->path[index]);
    if (!path) return sv_fail_memory(fault, "image");
    sv_status status = sv_image_read(path, (int)d->shape.dim[2], &image, fault);
    if (status == SV_OK) {
        if (m->resize[0]) status = resize(&image, m->resize[0], m->resize[1], fault);
        if (status == SV_OK) status = cut_window(m, &image, &d->shape, &w, fault);
        if (status == SV_OK) copy_window(d, &image, &w, to);
        if (status != SV_OK) sv_fault_at(fault, path);
        sv_image_free(&image);
    }
    sv_free(path);
    return status;
}

static void close_images(sv_dataset *d)
{
    images *m = d->own;
    sv_free_list(m->path, m->paths);
    sv_free(m->folder);
    sv_free(m);
}

static sv_status list_paths(const char *path, images *m, sv_fault *fault)
{
    bool folder = sv_is_folder(path);
    m->folder = sv_copy_text(folder ? path : "");
    if (!m->folder) return sv_fail_memory(fault, path);
    if (folder) {
        sv_status status = sv_list_files(path, sv_image_suffixes, &m->path, &m->paths, fault);
        if (status != SV_OK || m->paths) return status;
        return sv_fail(fault, SV_BAD_DATA, "%s: no images (.png, .jpg, .jpeg, .bmp, .gif, .tga, .pgm, .ppm) in this folder", path);
    }
    if (access(path, R_OK) != 0) return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(errno));
    m->path = sv_new(1, sizeof *m->path);
    if (m->path) m->path[0] = sv_copy_text(path);
    if (!m->path || !m->path[0]) return sv_fail_memory(fault, path);
    m->paths = 1;
    return SV_OK;
}

/* The last of resize, crop and pad that is given must give the model's size. */
static sv_status check_size(const images *m, const sv_shape *wanted, sv_fault *fault)
{
    const int *size = m->pad[0] ? m->pad : m->crop[0] ? m->crop : m->resize[0] ? m->resize : NULL;
    const char *key = m->pad[0] ? "pad" : m->crop[0] ? "crop" : "resize";
    if (!size || (size[0] == wanted->dim[0] && size[1] == wanted->dim[1])) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: [%d, %d] is not what the model takes; expected [%d, %d]", key, size[0], size[1],
                   (int)wanted->dim[0], (int)wanted->dim[1]);
}

static sv_status check_spec(const sv_data_spec *s, const sv_shape *wanted, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (wanted->rank != 3 || (wanted->dim[2] != 1 && wanted->dim[2] != 3))
        return sv_fail(fault, SV_BAD_ARGUMENT, "source: images have 1 or 3 channels; the model takes %s", sv_shape_text(wanted, text));
    if (s->channels && s->channels != wanted->dim[2])
        return sv_fail(fault, SV_BAD_ARGUMENT, "channels: expected the model's %d, got %d", (int)wanted->dim[2], s->channels);
    const int *pairs[] = { s->resize, s->crop, s->pad };
    static const char *const keys[] = { "resize", "crop", "pad" };
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 2; i++)
            if (pairs[k][i] < 0 || pairs[k][i] > 1 << 24 || (pairs[k][i] == 0 && pairs[k][1 - i] != 0))
                return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected two integers >= 1, got [%d, %d]", keys[k], pairs[k][0], pairs[k][1]);
    return SV_OK;
}

/* The depth of the first image that can be decoded: 16 bits where it has them. */
static sv_pixel first_depth(const images *m)
{
    for (size_t i = 0; i < m->paths; i++) {
        sv_image image;
        char *path = sv_join_path(m->folder, m->path[i]);
        bool fine = path && sv_image_read(path, 0, &image, NULL) == SV_OK;
        sv_free(path);
        if (!fine) continue;
        bool wide = image.wide;
        sv_image_free(&image);
        return wide ? SV_PIXEL_U16 : SV_PIXEL_U8;
    }
    return SV_PIXEL_U8;
}

sv_status sv_open_images(const sv_source_args *args, sv_dataset *d, sv_fault *fault)
{
    const sv_data_spec *s = args->spec;
    sv_status status = check_spec(s, args->wanted, fault);
    if (status != SV_OK) return status;
    images *m = sv_new(1, sizeof *m);
    if (!m) return sv_fail_memory(fault, s->path);
    d->own = m;
    d->close = close_images;
    d->read = read_sample;
    memcpy(m->resize, s->resize, sizeof m->resize);
    memcpy(m->crop, s->crop, sizeof m->crop);
    memcpy(m->pad, s->pad, sizeof m->pad);
    status = check_size(m, args->wanted, fault);
    if (status == SV_OK) status = list_paths(s->path, m, fault);
    if (status != SV_OK) return status;
    d->count = (int64_t)m->paths;
    return sv_source_shape(d, s->path, args->wanted, first_depth(m), args->wanted, fault);
}

sv_status sv_images_skip(sv_dataset *d, const bool *unusable, sv_fault *fault)
{
    images *m = d->own;
    int64_t kept = 0, skips = 0;
    for (int64_t i = 0; i < d->count; i++) skips += unusable[i];
    if (skips == 0) return SV_OK;
    d->skipped = sv_new((size_t)skips, sizeof *d->skipped);
    if (!d->skipped) return sv_fail_memory(fault, "skipped images");
    for (int64_t i = 0; i < d->count; i++) {
        char *path = m->path[i];
        m->path[i] = NULL;
        if (unusable[i]) d->skipped[d->skips++] = path;
        else m->path[kept++] = path;
    }
    d->count = kept;
    return SV_OK;
}
