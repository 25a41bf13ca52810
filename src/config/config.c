#include "config/config.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/check.h"
#include "config/keys.h"
#include "config/losses.h"
#include "config/model.h"
#include "config/override.h"
#include "config/quickstart.h"
#include "config/reader.h"
#include <string.h>


/* A config being read. */
typedef struct reading {
    const char *source, *folder;
    cJSON *tree;
    char *model_source;  /* the model's file, once it stands in the tree; NULL: inline */
    bool in_model_file;  /* the fault is of the model's file, which names itself */
    sv_overrides overrides;
} reading;

void sv_config_free(sv_config *c)
{
    if (!c) return;
    sv_model_free(c->model);
    sv_keys_free(sv_config_keys, c);
    sv_free(c->source);
    sv_free(c);
}

/* Parses the text of the model file into the tree, in the place of `path`. */
static sv_status place_model(reading *r, cJSON *path, const char *text, size_t size, sv_fault *fault)
{
    cJSON *model = NULL;
    sv_status status = sv_json_parse(text, size, &model, fault);
    if (status == SV_OK && !cJSON_IsObject(model))
        status = sv_fail(fault, SV_BAD_ARGUMENT, "expected a model: an object with \"input\" and \"layers\"");
    r->in_model_file = status != SV_OK;
    if (status == SV_OK) sv_json_replace(path, model);
    else cJSON_Delete(model);
    return status;
}

/* Where `model` is a path, puts the file's content in its place. */
static sv_status inline_model(reading *r, sv_fault *fault)
{
    cJSON *model = cJSON_GetObjectItemCaseSensitive(r->tree, "model");
    if (!cJSON_IsString(model)) return SV_OK;
    const char *embedded = strcmp(r->source, SV_QUICKSTART_NAME) == 0 ? sv_quickstart_model(model->valuestring) : NULL;
    char *text = NULL;
    size_t size = 0;
    sv_free(r->model_source);
    r->model_source = embedded ? sv_copy_text(SV_QUICKSTART_NAME) : sv_join_path(r->folder, model->valuestring);
    if (!r->model_source) return sv_fail_memory(fault, "model");
    if (embedded) return place_model(r, model, embedded, strlen(embedded), fault);
    sv_status status = sv_read_file(r->model_source, &text, &size, fault);
    if (status != SV_OK) sv_fault_at(fault, "model");
    if (status == SV_OK) status = place_model(r, model, text, size, fault);
    sv_free(text);
    return status;
}

static sv_status apply_overrides(reading *r, const char *const *overrides, int count, sv_fault *fault)
{
    sv_status status = SV_OK;
    for (int i = 0; i < count && status == SV_OK; i++) {
        if (sv_override_inside(overrides[i], "model")) status = inline_model(r, fault);
        if (status == SV_OK) status = sv_override_apply(r->tree, overrides[i], &r->overrides, fault);
        if (strncmp(overrides[i], "model=", 6) == 0) {
            sv_free(r->model_source);
            r->model_source = NULL;
        }
    }
    return status == SV_OK ? inline_model(r, fault) : status;
}

static sv_status read_model(reading *r, sv_config *c, sv_fault *fault)
{
    const cJSON *model = cJSON_GetObjectItemCaseSensitive(r->tree, "model");
    if (!cJSON_IsObject(model)) return sv_fail_type("model", "the path of a model file or a model", model, fault);
    const char *source = r->model_source ? r->model_source : r->source, *prefix = r->model_source ? "" : "model.";
    sv_status status = sv_model_from_json(model, source, prefix, c->dialect, &c->model, fault);
    if (status != SV_OK) {
        sv_fault_inside(fault, "model");
        r->in_model_file = r->model_source != NULL;
    }
    if (status == SV_OK && c->dialect == SV_DIALECT_DEFAULT) c->dialect = c->model->dialect;
    return status;
}

static sv_status read_optimizer(const cJSON *value, sv_config *c, sv_fault *fault)
{
    static const char *const type_key[] = { "type", NULL };
    int type = SV_ADAM;
    sv_status status = value ? sv_read_type(value, "optimizer", "optimizer", sv_optimizer_names, &type, fault) : SV_OK;
    if (status != SV_OK) return status;
    c->optimizer.type = (sv_optimizer_type)type;
    if (cJSON_IsObject(value))
        status = sv_read_args(value, sv_optimizer_table(c->optimizer.type), type_key, sv_optimizer_names[type], &c->optimizer, fault);
    if (status == SV_OK) status = sv_optimizer_complete(&c->optimizer, c->dialect, fault);
    return status == SV_OK ? SV_OK : sv_fault_inside(fault, "optimizer");
}

static sv_status read_losses(const cJSON *value, sv_config *c, sv_fault *fault)
{
    if (!value) return sv_losses_parse("mse", c->dialect, c->loss, &c->losses, fault);
    return sv_losses_read(value, c->dialect, c->loss, &c->losses, fault);
}

static sv_status read_tree(reading *r, sv_config *c, sv_fault *fault)
{
    sv_keys_default(sv_config_keys, c);
    memcpy(c->backend, "native", sizeof "native");
    sv_status status = sv_keys_read(r->tree, sv_config_keys, r->folder, "a config", c, fault);
    if (c->order.seed == SV_SEED_OF_RUN) c->order.seed = (int64_t)c->seed;
    if (status == SV_OK) status = read_model(r, c, fault);
    if (status == SV_OK) status = read_losses(cJSON_GetObjectItemCaseSensitive(r->tree, "loss"), c, fault);
    if (status == SV_OK) status = read_optimizer(cJSON_GetObjectItemCaseSensitive(r->tree, "optimizer"), c, fault);
    return status == SV_OK ? sv_config_check(c, fault) : status;
}

static sv_status read_text(reading *r, const char *text, size_t size, const char *const *overrides, int count, sv_config *c,
                           sv_fault *fault)
{
    sv_status status = sv_json_parse(text, size, &r->tree, fault);
    if (status == SV_OK && !cJSON_IsObject(r->tree))
        status = sv_fail(fault, SV_BAD_ARGUMENT, "expected a config: an object with \"model\" and \"data\"");
    if (status == SV_OK) status = apply_overrides(r, overrides, count, fault);
    return status == SV_OK ? read_tree(r, c, fault) : status;
}

/* Names the override and the file at fault. */
static void name_source(const reading *r, sv_fault *own, sv_fault *fault)
{
    static const char inside[] = "model.";
    sv_override_name(&r->overrides, own);
    bool strip = r->in_model_file && strncmp(own->text, inside, sizeof inside - 1) == 0;
    const char *source = r->in_model_file ? r->model_source : r->source;
    sv_fail(fault, own->status, "%s: %s", source, own->text + (strip ? sizeof inside - 1 : 0));
}

static sv_status read_config(const char *text, size_t size, const char *source, const char *folder, const char *const *overrides,
                             int count, sv_config **config, sv_fault *fault)
{
    reading r = { .source = source, .folder = folder };
    sv_fault own = { 0 };
    sv_config *c = sv_new(1, sizeof *c);
    sv_status status = c && (c->source = sv_copy_text(source)) ? SV_OK : sv_fail_memory(&own, "config");
    if (status == SV_OK) status = read_text(&r, text, size, overrides, count, c, &own);
    if (status == SV_OK) *config = c;
    else name_source(&r, &own, fault), sv_config_free(c);
    sv_overrides_free(&r.overrides);
    sv_free(r.model_source);
    cJSON_Delete(r.tree);
    return status;
}

sv_status sv_config_read(const char *path, const char *const *overrides, int count, sv_config **config, sv_fault *fault)
{
    *config = NULL;
    if (!path) {
        const char *text = sv_quickstart_config;
        return read_config(text, strlen(text), SV_QUICKSTART_NAME, ".", overrides, count, config, fault);
    }
    char *text = NULL, *folder = sv_folder_of(path);
    size_t size = 0;
    sv_status status = folder ? sv_read_file(path, &text, &size, fault) : sv_fail_memory(fault, "config");
    if (status == SV_OK) status = read_config(text, size, path, folder, overrides, count, config, fault);
    sv_free(text);
    sv_free(folder);
    return status;
}

sv_status sv_config_parse(const char *text, const char *source, const char *folder, sv_config **config, sv_fault *fault)
{
    *config = NULL;
    return read_config(text, strlen(text), source, folder, NULL, 0, config, fault);
}

sv_status sv_is_config(const char *path, bool *config, sv_fault *fault)
{
    char *text = NULL;
    size_t size = 0;
    cJSON *tree = NULL;
    sv_status status = sv_read_file(path, &text, &size, fault);
    if (status != SV_OK) return status;
    status = sv_json_parse(text, size, &tree, fault);
    bool model = cJSON_HasObjectItem(tree, "layers");
    *config = cJSON_HasObjectItem(tree, "model") || cJSON_HasObjectItem(tree, "data");
    if (status == SV_OK && !model && !*config)
        status = sv_fail(fault, SV_BAD_ARGUMENT, "neither a model (it has no \"layers\") nor a config (no \"model\", no \"data\")");
    if (status != SV_OK) sv_fault_at(fault, path);
    cJSON_Delete(tree);
    sv_free(text);
    return status;
}
