#include "init/family.h"
#include <math.h>
#include <string.h>

const char *const sv_initializer_names[] = {
    "",
    "zeros",
    "ones",
    "constant",
    "identity",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "variance_scaling",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "uniform",
    "normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "trunc_normal",
    "eye",
    "dirac",
    "sparse",
    "icnr",
    "bilinear",
    NULL,
};
const char *const sv_fan_names[] = { "", "keras", "torch", "true", NULL };
const char *const sv_fan_mode_names[] = { "", "fan_in", "fan_out", "fan_avg", NULL };

static const sv_initializer_kind *const kinds[SV_INIT_COUNT] = {
    [SV_INIT_ZEROS] = &sv_init_zeros,
    [SV_INIT_ONES] = &sv_init_ones,
    [SV_INIT_CONSTANT] = &sv_init_constant,
    [SV_INIT_IDENTITY] = &sv_init_identity,
    [SV_INIT_RANDOM_NORMAL] = &sv_init_random_normal,
    [SV_INIT_RANDOM_UNIFORM] = &sv_init_random_uniform,
    [SV_INIT_TRUNCATED_NORMAL] = &sv_init_truncated_normal,
    [SV_INIT_VARIANCE_SCALING] = &sv_init_variance_scaling,
    [SV_INIT_GLOROT_UNIFORM] = &sv_init_glorot_uniform,
    [SV_INIT_GLOROT_NORMAL] = &sv_init_glorot_normal,
    [SV_INIT_HE_UNIFORM] = &sv_init_he_uniform,
    [SV_INIT_HE_NORMAL] = &sv_init_he_normal,
    [SV_INIT_LECUN_UNIFORM] = &sv_init_lecun_uniform,
    [SV_INIT_LECUN_NORMAL] = &sv_init_lecun_normal,
    [SV_INIT_ORTHOGONAL] = &sv_init_orthogonal,
    [SV_INIT_UNIFORM] = &sv_init_uniform,
    [SV_INIT_NORMAL] = &sv_init_normal,
    [SV_INIT_XAVIER_UNIFORM] = &sv_init_xavier_uniform,
    [SV_INIT_XAVIER_NORMAL] = &sv_init_xavier_normal,
    [SV_INIT_KAIMING_UNIFORM] = &sv_init_kaiming_uniform,
    [SV_INIT_KAIMING_NORMAL] = &sv_init_kaiming_normal,
    [SV_INIT_TRUNC_NORMAL] = &sv_init_trunc_normal,
    [SV_INIT_EYE] = &sv_init_eye,
    [SV_INIT_DIRAC] = &sv_init_dirac,
    [SV_INIT_SPARSE] = &sv_init_sparse,
    [SV_INIT_ICNR] = &sv_init_icnr,
    [SV_INIT_BILINEAR] = &sv_init_bilinear,
};

const sv_initializer_kind *sv_initializer_kind_of(sv_initializer_type type)
{
    return type > SV_INIT_DEFAULT && type < SV_INIT_COUNT ? kinds[type] : NULL;
}

const sv_arg *sv_initializer_table(sv_initializer_type type)
{
    const sv_initializer_kind *k = sv_initializer_kind_of(type);
    return k ? k->table : NULL;
}

const char *sv_initializer_doc(sv_initializer_type type)
{
    const sv_initializer_kind *k = sv_initializer_kind_of(type);
    return k ? k->doc : "";
}

/* PyTorch's reset_parameters draws kernel and bias of every convolution and Linear between -1/sqrt(fan_in) and that. */
static void choose(sv_initializer *i, const char *parameter, sv_dialect dialect, const double fan_in[4])
{
    bool kernel = strcmp(parameter, "kernel") == 0, bias = strcmp(parameter, "bias") == 0;
    if (strcmp(parameter, "gamma") == 0 || strcmp(parameter, "moving_variance") == 0) {
        i->type = SV_INIT_ONES;
    } else if (kernel && dialect == SV_TORCH) {
        i->type = SV_INIT_KAIMING_UNIFORM;
        i->a = sqrt(5);
    } else if (kernel) {
        i->type = SV_INIT_GLOROT_UNIFORM;
    } else if (bias && dialect == SV_TORCH) {
        i->type = SV_INIT_UNIFORM;
        i->maxval = 1 / sqrt(fmax(1, fan_in[SV_FAN_TORCH]));
        i->minval = -i->maxval;
    } else {
        i->type = SV_INIT_ZEROS;
    }
}

/* The wrapped initializer shares the struct: only its type stands in a field of its own. */
static void complete_inner(sv_initializer *i, const char *parameter, sv_dialect dialect, const double fan_in[4])
{
    sv_initializer inner = *i;
    inner.type = i->inner == SV_INIT_ICNR ? SV_INIT_DEFAULT : i->inner;
    sv_initializer_complete(&inner, parameter, dialect, fan_in);
    i->inner = i->inner == SV_INIT_ICNR ? SV_INIT_ICNR : inner.type;
    inner.type = i->type;
    inner.inner = i->inner;
    *i = inner;
}

void sv_initializer_complete(sv_initializer *i, const char *parameter, sv_dialect dialect, const double fan_in[4])
{
    if (i->type == SV_INIT_DEFAULT) choose(i, parameter, dialect, fan_in);
    const sv_initializer_kind *k = sv_initializer_kind_of(i->type);
    if (!k) return;
    sv_args_complete(k->table, i, dialect);
    if (k->complete) k->complete(i);
    if (i->type == SV_INIT_ICNR) complete_inner(i, parameter, dialect, fan_in);
    if (i->fan == SV_FAN_DEFAULT) i->fan = k->fan;
    if (i->seed != 0) i->has_seed = true;
}

bool sv_initializer_is_random(const sv_initializer *i)
{
    const sv_initializer_kind *k = sv_initializer_kind_of(i->type == SV_INIT_ICNR ? i->inner : i->type);
    return k && k->origin != SV_ORIGIN_NONE;
}

sv_status sv_draw_from(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    const sv_initializer_kind *k = sv_initializer_kind_of(d->initializer.type);
    char text[SV_SHAPE_TEXT];
    if (!k) return sv_fail(fault, SV_BAD_ARGUMENT, "initializer: type %d is not known", (int)d->initializer.type);
    if (sv_shape_count(&d->shape) < 1)
        return sv_fail(fault, SV_BAD_ARGUMENT, "initializer: expected a shape of at least one element, got %s",
                       sv_shape_text(&d->shape, text));
    sv_status status = sv_args_check(k->table, &d->initializer, fault);
    return status == SV_OK ? k->draw(d, s, data, fault) : status;
}

sv_status sv_draw_native(const sv_draw *d, const sv_vectors *vectors, uint64_t seed, float *data, sv_fault *fault)
{
    uint64_t own = d->initializer.has_seed ? (uint64_t)d->initializer.seed : seed;
    sv_random_source source = sv_source_philox(vectors, sv_stream_open(own, "init", d->name), 0, 0);
    return sv_draw_from(d, &source, data, fault);
}

double sv_draw_stddev(const sv_draw *d)
{
    const sv_initializer_kind *k = sv_initializer_kind_of(d->initializer.type);
    return k ? k->stddev(d) : 0;
}
