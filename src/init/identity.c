/* identity: gain on the diagonal of a matrix, 0 elsewhere (Keras 3's Identity, which takes two dimensions only). */
#include "init/family.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = {
    SV_INIT_NUMBER(gain, 0, 0, 1, "value of the diagonal"),
    { .key = NULL },
};

static sv_status draw(const sv_draw *d, const sv_source *s, float *data, sv_fault *fault)
{
    (void)s;
    char text[SV_SHAPE_TEXT];
    if (d->shape.rank != 2)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "identity: expected a matrix (the kernel of a Dense layer), got shape %s; another initializer",
                       sv_shape_text(&d->shape, text));
    int64_t rows = d->shape.dim[0], columns = d->shape.dim[1];
    memset(data, 0, (size_t)(rows * columns) * sizeof *data);
    for (int64_t i = 0; i < rows && i < columns; i++) data[i * columns + i] = d->initializer.gain;
    return SV_OK;
}

static double stddev(const sv_draw *d)
{
    (void)d;
    return 0;
}

const sv_initializer_kind sv_init_identity = {
    .doc = "gain on the diagonal; matrices only", .table = table, .draw = draw, .stddev = stddev
};
