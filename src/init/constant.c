/* zeros, ones, constant: w = value, as tf.keras.initializers.Constant. */
#include "init/family.h"
#include <math.h>

static const sv_arg constant_table[] = {
    SV_INIT_NUMBER(value, 0, 0, 0, "every element"),
    { .key = NULL },
};

static const sv_arg no_table[] = { { .key = NULL } };

static sv_status fill(const sv_draw *d, float value, float *data)
{
    int64_t count = sv_shape_count(&d->shape);
    for (int64_t i = 0; i < count; i++) data[i] = value;
    return SV_OK;
}

static sv_status zeros(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s, (void)fault;
    return fill(d, 0, data);
}

static sv_status ones(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s, (void)fault;
    return fill(d, 1, data);
}

static sv_status constant(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s, (void)fault;
    return fill(d, (float)d->initializer.value, data);
}

static double none(const sv_draw *d)
{
    (void)d;
    return 0;
}

const sv_initializer_kind sv_init_zeros = { .doc = "all 0", .table = no_table, .draw = zeros, .stddev = none };
const sv_initializer_kind sv_init_ones = { .doc = "all 1", .table = no_table, .draw = ones, .stddev = none };
const sv_initializer_kind sv_init_constant = { .doc = "all `value`", .table = constant_table, .draw = constant, .stddev = none };
