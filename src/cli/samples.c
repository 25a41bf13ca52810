#include "cli/samples.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "formats/image_io.h"
#include <stdio.h>
#include <string.h>

bool sv_samples_is_array(const char *path)
{
    size_t n = strlen(path);
    return n >= 4 && strcmp(path + n - 4, ".npy") == 0 && !sv_is_folder(path);
}

static sv_status open_array(sv_samples *s, const char *what, sv_fault *fault)
{
    if (sv_npy_open(s->path, &s->npy, fault) != SV_OK) return fault->status;
    s->array = true;
    s->count = s->npy.dim[0];
    bool plane = s->npy.rank == 3 && s->shape.rank == 3 && s->shape.dim[2] == 1, fits = plane || s->npy.rank == s->shape.rank + 1;
    for (int i = 0; i < s->npy.rank - 1 && fits; i++) fits = s->npy.dim[i + 1] == s->shape.dim[i];
    if (fits && s->count > 0) return SV_OK;
    sv_text has = { 0 }, wanted = { 0 };
    for (int i = 0; i < s->npy.rank; i++) sv_text_add(&has, "%s%lld", i ? "," : "", (long long)s->npy.dim[i]);
    for (int i = 0; i < s->shape.rank; i++) sv_text_add(&wanted, ",%lld", (long long)s->shape.dim[i]);
    sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s has shape [%s]; expected [N%s], N >= 1", what, s->path, has.data ? has.data : "",
            wanted.data ? wanted.data : "");
    sv_text_free(&has);
    sv_text_free(&wanted);
    return fault->status;
}

static sv_status open_images(sv_samples *s, const char *what, sv_fault *fault)
{
    if (s->shape.rank != 3 || (s->shape.dim[2] != 1 && s->shape.dim[2] != 3)) {
        char text[SV_SHAPE_TEXT];
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s: images have 1 or 3 channels, wanted are samples of %s; expected an .npy array",
                       what, s->path, sv_shape_text(&s->shape, text));
    }
    if (sv_is_folder(s->path)) {
        s->folder = sv_copy_text(s->path);
        if (!s->folder) return sv_fail_memory(fault, s->path);
        if (sv_list_files(s->path, sv_image_suffixes, &s->file, &s->files, fault) != SV_OK) return fault->status;
        if (!s->files) return sv_fail(fault, SV_BAD_DATA, "%s: no images in this folder", s->path);
    } else {
        s->folder = sv_copy_text("");
        s->file = sv_new(1, sizeof *s->file);
        if (!s->folder || !s->file || !(s->file[0] = sv_copy_text(s->path))) return sv_fail_memory(fault, s->path);
        s->files = 1;
    }
    s->count = (int64_t)s->files;
    return SV_OK;
}

sv_status sv_samples_open(sv_samples *s, const char *what, const char *path, const sv_shape *shape, const sv_vectors *vectors,
                          sv_fault *fault)
{
    *s = (sv_samples){ .path = path, .shape = *shape, .vectors = vectors };
    if (!sv_is_folder(path) && !sv_is_file(path)) return sv_fail(fault, SV_IO_ERROR, "%s: %s: no such file or folder", what, path);
    return sv_samples_is_array(path) ? open_array(s, what, fault) : open_images(s, what, fault);
}

static void convert(const sv_samples *s, sv_npy_type type, int64_t count, const void *from, float *to)
{
    switch (type) {
    case SV_NPY_F32:
        memcpy(to, from, (size_t)count * sizeof *to);
        break;
    case SV_NPY_U8:
        s->vectors->from_u8(count, from, to);
        break;
    case SV_NPY_U16:
        s->vectors->from_u16(count, from, to);
        break;
    }
}

static sv_status read_image(const sv_samples *s, int64_t index, float *to, sv_fault *fault)
{
    char *path = sv_join_path(s->folder, s->file[index]);
    if (!path) return sv_fail_memory(fault, s->path);
    sv_image image = { 0 };
    if (sv_image_read(path, (int)s->shape.dim[2], &image, fault) == SV_OK) {
        if (image.height != s->shape.dim[0] || image.width != s->shape.dim[1])
            sv_fail(fault, SV_BAD_DATA, "%s: %d x %d pixels; expected %lld x %lld", path, image.height, image.width,
                    (long long)s->shape.dim[0], (long long)s->shape.dim[1]);
        else
            convert(s, image.wide ? SV_NPY_U16 : SV_NPY_U8, sv_shape_count(&s->shape), image.pixels, to);
    }
    sv_image_free(&image);
    sv_free(path);
    return fault->status;
}

sv_status sv_samples_read(const sv_samples *s, int64_t first, int64_t count, float *to, sv_fault *fault)
{
    static const size_t bytes[] = { [SV_NPY_F32] = 4, [SV_NPY_U8] = 1, [SV_NPY_U16] = 2 };
    int64_t row = sv_shape_count(&s->shape);
    if (s->array) {
        const char *from = (const char *)s->npy.data + (size_t)(first * row) * bytes[s->npy.type];
        convert(s, s->npy.type, count * row, from, to);
        return SV_OK;
    }
    for (int64_t i = 0; i < count; i++)
        if (read_image(s, first + i, to + i * row, fault) != SV_OK) return fault->status;
    return SV_OK;
}

/* Whether image `index` has another's name but for the suffix: both then keep theirs. Sorted, such files are neighbours. */
static bool shares_stem(const sv_samples *s, size_t index, size_t stem)
{
    const char *name = s->file[index];
    if (index > 0 && !strncmp(s->file[index - 1], name, stem + 1)) return true;
    return index + 1 < s->files && !strncmp(s->file[index + 1], name, stem + 1);
}

char *sv_samples_name(const sv_samples *s, int64_t index)
{
    char number[24];
    snprintf(number, sizeof number, "%05lld", (long long)index);
    if (s->array) return sv_copy_text(number);
    const char *name = s->file[index];
    if (!sv_is_folder(s->path) && strrchr(name, '/')) name = strrchr(name, '/') + 1;
    char *copy = sv_copy_text(name);
    char *dot = copy ? strrchr(copy, '.') : NULL;
    if (dot && (s->files == 1 || !shares_stem(s, (size_t)index, (size_t)(dot - copy)))) *dot = '\0';
    return copy;
}

void sv_samples_close(sv_samples *s)
{
    if (s->array) sv_npy_close(&s->npy);
    sv_free_list(s->file, s->files);
    sv_free(s->folder);
    *s = (sv_samples){ 0 };
}
