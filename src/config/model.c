#include "config/model.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/keys.h"
#include "config/override.h"
#include "config/reader.h"
#include <math.h>
#include <string.h>

static const sv_arg input_table[] = {
    { .key = "shape", .type = SV_ARG_SHAPE, .offset = 0, .required = true, .doc = "[height, width, channels] or [units]" },
    { .key = NULL },
};

const sv_key sv_model_keys[] = {
    { .arg = { .key = "$schema", .doc = "for editors" }, .kind = SV_KEY_NOTE },
    { .arg = { .key = "name", .offset = offsetof(sv_model, name), .doc = "what the model is called" }, .kind = SV_KEY_TEXT },
    { .arg = { .key = "description", .offset = offsetof(sv_model, description), .doc = "free text" }, .kind = SV_KEY_TEXT },
    { .arg = { .key = "dialect", .type = SV_ARG_DIALECT, .offset = offsetof(sv_model, dialect), .fallback_torch = NAN,
               .fallback_text = "the config's, else \"keras\"", .doc = "whose defaults hold where the frameworks differ" } },
    { .arg = { .key = "input", .required = true, .doc = "shape of one sample" }, .kind = SV_KEY_INPUT },
    { .arg = { .key = "layers", .required = true,
               .doc = "each takes the output of the one before, or of its \"inputs\": earlier layers or \"input\"" },
      .kind = SV_KEY_LAYERS },
    { .arg = { .key = "latent", .offset = offsetof(sv_model, latent), .doc = "the layer whose output is the code" }, .kind = SV_KEY_TEXT },
    { .arg = { .key = NULL } },
};

void sv_model_free(sv_model *m)
{
    if (!m) return;
    for (int i = 0; i < m->layers; i++) {
        sv_free(m->layer[i].name);
        sv_free(m->layer[i].place);
        sv_free(m->layer[i].args);
    }
    sv_free(m->layer);
    sv_keys_free(sv_model_keys, m);
    sv_free(m->source);
    sv_free(m->json);
    sv_free(m);
}

static sv_status read_input(const cJSON *object, sv_shape *shape, sv_fault *fault)
{
    if (!cJSON_IsObject(object)) return sv_fail_type("input", "{\"shape\": [height, width, channels]}", object, fault);
    if (sv_read_args(object, input_table, NULL, "input", shape, fault) != SV_OK) return sv_fault_inside(fault, "input");
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(object, "shape");
    if (shape->rank != 2 && sv_shape_count(shape) >= 1) return SV_OK;
    return sv_fail_type("input.shape", "[height, width, channels] or [units], each >= 1 and at most 2^40 together", given, fault);
}

static sv_status check_latent(const sv_model *m, sv_fault *fault)
{
    if (!m->latent) return SV_OK;
    const char **names = sv_new((size_t)m->layers + 1, sizeof *names);
    if (!names) return sv_fail_memory(fault, "latent");
    bool found = false;
    for (int i = 0; i < m->layers; i++) {
        names[i] = m->layer[i].name;
        found = found || strcmp(names[i], m->latent) == 0;
    }
    const char *near = found ? NULL : sv_nearest(m->latent, names);
    if (near) sv_fail(fault, SV_BAD_ARGUMENT, "latent: no layer is called \"%.100s\"; did you mean \"%s\"?", m->latent, near);
    else if (!found) sv_fail(fault, SV_BAD_ARGUMENT, "latent: no layer is called \"%.100s\"; expected the name of a layer", m->latent);
    sv_free(names);
    return found ? SV_OK : fault->status;
}

static sv_status read_model(const cJSON *object, const char *prefix, sv_dialect fallback, sv_model *m, sv_fault *fault)
{
    if (!cJSON_IsObject(object))
        return sv_fail(fault, SV_BAD_ARGUMENT, "expected a model: an object with \"input\" and \"layers\"");
    sv_status status = sv_keys_read(object, sv_model_keys, ".", "a model", m, fault);
    if (m->dialect == SV_DIALECT_DEFAULT) m->dialect = fallback ? fallback : SV_KERAS;
    if (status == SV_OK) status = read_input(cJSON_GetObjectItemCaseSensitive(object, "input"), &m->input, fault);
    if (status == SV_OK) status = sv_layers_read(cJSON_GetObjectItemCaseSensitive(object, "layers"), prefix, m, fault);
    if (status == SV_OK) status = check_latent(m, fault);
    return status == SV_OK ? sv_model_write(m, fault) : status;
}

sv_status sv_model_from_json(const cJSON *object, const char *source, const char *prefix, sv_dialect fallback, sv_model **model,
                             sv_fault *fault)
{
    sv_model *m = sv_new(1, sizeof *m);
    *model = NULL;
    if (!m || !(m->source = sv_copy_text(source))) {
        sv_model_free(m);
        return sv_fail_memory(fault, "model");
    }
    sv_status status = read_model(object, prefix, fallback, m, fault);
    if (status == SV_OK) *model = m;
    else sv_model_free(m);
    return status;
}

static sv_status parse(const char *text, size_t size, const char *source, const char *const *overrides, int count, sv_model **model,
                       sv_fault *fault)
{
    sv_fault own = { 0 };
    cJSON *tree = NULL;
    sv_overrides made = { 0 };
    sv_status status = sv_json_parse(text, size, &tree, &own);
    for (int i = 0; i < count && status == SV_OK; i++) status = sv_override_apply(tree, overrides[i], &made, &own);
    if (status == SV_OK) status = sv_model_from_json(tree, source, "", SV_DIALECT_DEFAULT, model, &own);
    if (status != SV_OK) {
        sv_override_name(&made, &own);
        sv_fault_at(&own, source);
        sv_fail(fault, status, "%s", own.text);
    }
    sv_overrides_free(&made);
    cJSON_Delete(tree);
    return status;
}

sv_status sv_model_read(const char *path, const char *const *overrides, int count, sv_model **model, sv_fault *fault)
{
    char *text = NULL;
    size_t size = 0;
    *model = NULL;
    sv_status status = sv_read_file(path, &text, &size, fault);
    if (status == SV_OK) status = parse(text, size, path, overrides, count, model, fault);
    sv_free(text);
    return status;
}

sv_status sv_model_parse(const char *text, const char *source, sv_model **model, sv_fault *fault)
{
    *model = NULL;
    return parse(text, strlen(text), source, NULL, 0, model, fault);
}

const char *sv_model_name(const sv_model *m)
{
    return m->name ? m->name : "";
}

sv_shape sv_model_input(const sv_model *m)
{
    return m->input;
}

sv_dialect sv_model_dialect(const sv_model *m)
{
    return m->dialect;
}

const char *sv_model_latent(const sv_model *m)
{
    return m->latent ? m->latent : "";
}

const char *sv_model_json(const sv_model *m)
{
    return m->json;
}
