#include "cli/pairs.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/image_io.h"
#include <string.h>

/* The first image of a folder (or the path itself) as it is stored. */
static sv_status image_shape(const char *path, sv_shape *shape, sv_fault *fault)
{
    sv_image image = { 0 };
    char **file = NULL;
    size_t files = 0;
    bool folder = sv_is_folder(path);
    if (folder && sv_list_files(path, sv_image_suffixes, &file, &files, fault) != SV_OK) return fault->status;
    if (folder && !files) return sv_fail(fault, SV_BAD_DATA, "%s: no images in this folder", path);
    char *first = folder ? sv_join_path(path, file[0]) : sv_copy_text(path);
    if (!first)
        sv_fail_memory(fault, path);
    else if (sv_image_read(first, 0, &image, fault) == SV_OK)
        *shape = sv_shape3(image.height, image.width, image.channels);
    sv_image_free(&image);
    sv_free(first);
    sv_free_list(file, files);
    return fault->status;
}

static sv_status array_shape(const char *what, const char *path, sv_shape *shape, sv_fault *fault)
{
    sv_npy npy;
    if (sv_npy_open(path, &npy, fault) != SV_OK) return fault->status;
    int rank = npy.rank;
    if (rank >= 3) *shape = sv_shape3(npy.dim[1], npy.dim[2], rank == 4 ? npy.dim[3] : 1);
    sv_npy_close(&npy);
    if (rank >= 3) return SV_OK;
    return sv_fail(fault, SV_BAD_DATA, "%s: %s: an array of %d dimension%s; expected pictures [N,H,W,C]", what, path, rank,
                   rank == 1 ? "" : "s");
}

static sv_status find_shape(const char *what, const char *path, sv_shape *shape, sv_fault *fault)
{
    if (!sv_is_folder(path) && !sv_is_file(path)) return sv_fail(fault, SV_IO_ERROR, "%s: %s: no such file or folder", what, path);
    return sv_samples_is_array(path) ? array_shape(what, path, shape, fault) : image_shape(path, shape, fault);
}

/* The length of a path without its suffix. */
static int stem(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    return dot && (!slash || dot > slash) ? (int)(dot - path) : (int)strlen(path);
}

static int compare_stems(const char *a, const char *b)
{
    int na = stem(a), nb = stem(b), order = strncmp(a, b, (size_t)(na < nb ? na : nb));
    return order ? order : na - nb;
}

static sv_status match_names(const sv_pairs *p, sv_fault *fault)
{
    const sv_samples *t = &p->target, *y = &p->reconstruction;
    for (size_t i = 0; i < t->files || i < y->files; i++) {
        int order = i >= t->files ? 1 : i >= y->files ? -1 : compare_stems(t->file[i], y->file[i]);
        if (order < 0)
            return sv_fail(fault, SV_BAD_DATA, "--reconstruction: %s holds no image for %s of %s; images pair by their paths",
                           y->path, t->file[i], t->path);
        if (order > 0)
            return sv_fail(fault, SV_BAD_DATA, "--target: %s holds no image for %s of %s; images pair by their paths", t->path,
                           y->file[i], y->path);
    }
    return SV_OK;
}

sv_status sv_pairs_open(sv_pairs *p, const char *target, const char *reconstruction, const sv_vectors *vectors, sv_fault *fault)
{
    sv_shape other;
    *p = (sv_pairs){ 0 };
    if (find_shape("--target", target, &p->shape, fault) != SV_OK ||
        find_shape("--reconstruction", reconstruction, &other, fault) != SV_OK)
        return fault->status;
    bool images = !sv_samples_is_array(target) && !sv_samples_is_array(reconstruction);
    if (images && other.dim[2] > p->shape.dim[2]) p->shape.dim[2] = other.dim[2];
    if (sv_samples_open(&p->target, "--target", target, &p->shape, vectors, fault) != SV_OK ||
        sv_samples_open(&p->reconstruction, "--reconstruction", reconstruction, &p->shape, vectors, fault) != SV_OK)
        return fault->status;
    if (sv_is_folder(target) && sv_is_folder(reconstruction) && match_names(p, fault) != SV_OK) return fault->status;
    p->count = p->target.count;
    if (p->count == p->reconstruction.count) return SV_OK;
    return sv_fail(fault, SV_BAD_DATA, "--reconstruction: %s holds %lld pictures, --target %s %lld; expected as many",
                   reconstruction, (long long)p->reconstruction.count, target, (long long)p->count);
}

void sv_pairs_close(sv_pairs *p)
{
    sv_samples_close(&p->target);
    sv_samples_close(&p->reconstruction);
}
