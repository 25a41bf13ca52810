#include "cli/outputs.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/tiles.h"
#include "formats/image_io.h"
#include <stdio.h>
#include <string.h>

static bool is_npy(const char *path)
{
    size_t n = strlen(path);
    return n >= 4 && strcmp(path + n - 4, ".npy") == 0;
}

sv_status sv_outputs_open(sv_outputs *o, const char *path, const sv_samples *samples, const sv_shape *shape, bool features,
                          sv_fault *fault)
{
    *o = (sv_outputs){ .path = path, .shape = *shape, .samples = samples };
    int64_t channels = sv_shape_channels(shape);
    o->maps = features || shape->rank != 3 || (channels != 1 && channels != 3);
    if (!is_npy(path)) return sv_make_folder(path, fault);
    int64_t dim[5] = { samples->count };
    for (int i = 0; i < shape->rank; i++) dim[i + 1] = shape->dim[i];
    return sv_npy_begin(path, shape->rank + 1, dim, &o->array, fault);
}

/* The folders of a name such as "cats/12". */
static sv_status make_parent(const char *file, sv_fault *fault)
{
    char *folder = sv_folder_of(file);
    sv_status status = folder ? sv_make_folder(folder, fault) : sv_fail_memory(fault, file);
    sv_free(folder);
    return status;
}

static sv_status draw(const sv_outputs *o, const char *file, const float *row, sv_fault *fault)
{
    if (make_parent(file, fault) != SV_OK) return fault->status;
    const int64_t *d = o->shape.dim;
    if (!o->maps) return sv_png_write_floats(file, (int)d[0], (int)d[1], (int)d[2], row, fault);
    return sv_tiles_write(file, &o->shape, row, fault);
}

static sv_status add_picture(const sv_outputs *o, int64_t index, const float *row, sv_fault *fault)
{
    char *name = sv_samples_name(o->samples, index);
    sv_text file = { 0 };
    if (name) sv_text_add(&file, "%s/%s.png", o->path, name);
    if (!name || file.failed)
        sv_fail_memory(fault, o->path);
    else
        draw(o, file.data, row, fault);
    sv_text_free(&file);
    sv_free(name);
    return fault->status;
}

sv_status sv_outputs_add(sv_outputs *o, int64_t first, int64_t count, const float *rows, sv_fault *fault)
{
    int64_t row = sv_shape_count(&o->shape);
    if (o->array) sv_writer_add(o->array, rows, (size_t)(count * row) * sizeof *rows);
    for (int64_t i = 0; i < count && !o->array; i++)
        if (add_picture(o, first + i, rows + i * row, fault) != SV_OK) return fault->status;
    return SV_OK;
}

sv_status sv_outputs_close(sv_outputs *o, sv_fault *fault)
{
    if (!o->array) return fault->status;
    if (fault->status == SV_OK)
        sv_writer_commit(o->array, fault);
    else
        sv_writer_abort(o->array);
    o->array = NULL;
    return fault->status;
}
