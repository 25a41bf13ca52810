/* identity: gain on the diagonal of a matrix, 0 elsewhere (Keras 3's Identity); eye: the same with 1 (PyTorch's eye_). Both take
 * two dimensions only. */
#include "init/family.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = {
    SV_INIT_NUMBER(gain, 0, 0, 1, "value of the diagonal"),
    { .key = NULL },
};

static const sv_arg no_table[] = { { .key = NULL } };

static sv_status diagonal(const sv_draw *d, float value, float *data, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (d->shape.rank != 2)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "%s: expected a matrix (the kernel of a Dense layer), got shape %s; another initializer",
                       sv_initializer_names[d->initializer.type], sv_shape_text(&d->shape, text));
    int64_t rows = d->shape.dim[0], columns = d->shape.dim[1];
    memset(data, 0, (size_t)(rows * columns) * sizeof *data);
    for (int64_t i = 0; i < rows && i < columns; i++) data[i * columns + i] = value;
    return SV_OK;
}

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s;
    return diagonal(d, (float)d->initializer.gain, data, fault);
}

static sv_status draw_eye(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s;
    return diagonal(d, 1, data, fault);
}

static double stddev(const sv_draw *d)
{
    (void)d;
    return 0;
}

const sv_initializer_kind sv_init_identity = {
    .doc = "gain on the diagonal; matrices only, Keras", .table = table, .draw = draw, .stddev = stddev
};
const sv_initializer_kind sv_init_eye = {
    .doc = "1 on the diagonal; matrices only, PyTorch", .table = no_table, .draw = draw_eye, .stddev = stddev
};
