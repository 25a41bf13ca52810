#include "config/check.h"
#include <stdio.h>
#include <string.h>

enum { SYNTHETIC_SAMPLES = 2048 };

static bool given(const int pair[2])
{
    return pair[0] != 0;
}

static sv_status check_images_only(const sv_data_spec *s, sv_fault *fault)
{
    const char *key = given(s->resize) ? "resize" : given(s->crop) ? "crop" : given(s->pad) ? "pad" : s->channels ? "channels" : NULL;
    if (!key || s->source == SV_SOURCE_IMAGES) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: only the source \"images\" takes it; leave it out", key);
}

static sv_status check_source(sv_data_spec *s, const char *place, sv_fault *fault)
{
    sv_status status = SV_OK;
    bool synthetic = s->source == SV_SOURCE_SYNTHETIC;
    if (synthetic && s->path) status = sv_fail(fault, SV_BAD_ARGUMENT, "path: the source \"synthetic\" reads none; leave it out");
    if (!synthetic && !s->path)
        status = sv_fail(fault, SV_BAD_ARGUMENT, "path: missing; the source \"%s\" needs a path", sv_source_names[s->source]);
    if (status == SV_OK && s->channels == 2) status = sv_fail(fault, SV_BAD_ARGUMENT, "channels: expected 1 or 3, got 2");
    if (status == SV_OK) status = check_images_only(s, fault);
    if (synthetic && s->samples == 0) s->samples = SYNTHETIC_SAMPLES;
    if (status != SV_OK) sv_fault_inside(fault, place);
    return status;
}

static sv_status check_sources(sv_config *c, sv_fault *fault)
{
    sv_status status = check_source(&c->data, "data", fault);
    if (status == SV_OK && c->has_target) status = check_source(&c->target, "data.target", fault);
    if (status == SV_OK && c->has_validation) status = check_source(&c->validation, "data.validation", fault);
    if (status == SV_OK && c->has_validation && c->has_validation_target)
        status = check_source(&c->validation_target, "data.validation.target", fault);
    if (status != SV_OK) return status;
    if (c->has_validation && c->validation_split > 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.validation_split: data.validation is given too; expected one of the two");
    if (c->has_validation && c->has_target != c->has_validation_target)
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.validation.target: %s", c->has_target ?
                       "missing; data.target is given, so the validation set needs targets of its own" :
                       "data.target is missing; expected both or neither");
    return SV_OK;
}

static sv_status check_order(const sv_config *c, sv_fault *fault)
{
    const sv_order *o = &c->order;
    bool torch = o->rng == SV_ORDER_TORCH;
    if (!torch && (o->generator != SV_ORDER_GLOBAL || o->other_loaders))
        return sv_fail(fault, SV_BAD_ARGUMENT, "data.shuffle.%s: only the rng \"torch\" takes it; leave it out",
                       o->other_loaders ? "other_loaders" : "generator");
    if (torch && o->generator == SV_ORDER_AFTER_INIT && (c->init_rng != SV_RNG_TORCH || c->init_weights))
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "data.shuffle.generator: \"after_init\" goes on where init.rng \"torch\" left the generator; expected that "
                       "init.rng and no init.weights, or \"global\"");
    return SV_OK;
}

static sv_status check_early_stopping(sv_config *c, sv_fault *fault)
{
    sv_early_stopping *e = &c->early_stopping;
    bool validates = c->has_validation || c->validation_split > 0;
    if (!e->monitor[0]) snprintf(e->monitor, sizeof e->monitor, "%s", validates ? "val_loss" : "loss");
    if (!e->given || validates || strncmp(e->monitor, "val_", 4) != 0) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT,
                   "early_stopping.monitor: \"%s\" needs a validation set; expected data.validation_split or data.validation", e->monitor);
}

static sv_status check_backend(const sv_config *c, sv_fault *fault)
{
    const sv_conv_backend *backend;
    return sv_backend_select(c->backend, &backend, fault);
}

sv_status sv_config_check(sv_config *c, sv_fault *fault)
{
    sv_status status = check_sources(c, fault);
    if (status == SV_OK) status = check_early_stopping(c, fault);
    if (status == SV_OK) status = check_order(c, fault);
    return status == SV_OK ? check_backend(c, fault) : status;
}
