#include "cli/target.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/safetensors.h"
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The run's best weights, else its last; NULL where there are neither (or memory is short). */
static char *weights_of_run(const char *folder)
{
    static const char *const names[] = { "weights/best.safetensors", "weights/last.safetensors" };
    for (int i = 0; i < 2; i++) {
        char *path = sv_join_path(folder, names[i]);
        if (path && sv_is_file(path)) return path;
        sv_free(path);
    }
    return NULL;
}

static sv_status open_run(sv_target *t, sv_fault *fault)
{
    char *config = sv_join_path(t->path, "config.json");
    if (!config) return sv_fail_memory(fault, t->path);
    if (!sv_is_file(config))
        sv_fail(fault, SV_BAD_ARGUMENT, "%s: no run folder; it holds no config.json", t->path);
    else
        sv_config_read(config, NULL, 0, &t->config, fault);
    sv_free(config);
    t->run = true;
    t->weights = weights_of_run(t->path);
    return fault->status;
}

static sv_status open_weights(sv_target *t, sv_fault *fault)
{
    sv_safetensors file;
    if (sv_safetensors_read(t->path, &file, fault) != SV_OK) return fault->status;
    const char *model = sv_safetensors_metadata(&file, "model");
    if (!model)
        sv_fail(fault, SV_BAD_ARGUMENT, "%s: no \"model\" in the file's metadata; give the model's file and --weights %s", t->path,
                t->path);
    else
        sv_model_parse(model, t->path, &t->model, fault);
    sv_safetensors_free(&file);
    t->weights = sv_copy_text(t->path);
    return fault->status;
}

static sv_status open_json(sv_target *t, sv_fault *fault)
{
    bool config;
    if (sv_is_config(t->path, &config, fault) != SV_OK) return fault->status;
    return config ? sv_config_read(t->path, NULL, 0, &t->config, fault) : sv_model_read(t->path, NULL, 0, &t->model, fault);
}

sv_status sv_target_open(sv_target *t, const char *path, sv_fault *fault)
{
    *t = (sv_target){ .path = path };
    if (sv_is_folder(path))
        open_run(t, fault);
    else if (ends_with(path, ".safetensors"))
        open_weights(t, fault);
    else
        open_json(t, fault);
    if (t->config) t->model = t->config->model;
    return fault->status;
}

sv_status sv_target_build(sv_target *t, sv_fault *fault)
{
    t->graph = sv_graph_new();
    if (!t->graph) return sv_fail_memory(fault, t->path);
    return sv_model_build(t->model, t->graph, &t->input, &t->output, fault);
}

sv_status sv_target_load(sv_target *t, const char *file, sv_fault *fault)
{
    if (sv_parameters_new(t->graph, &t->parameters, fault) != SV_OK) return fault->status;
    if (!file) file = t->weights;
    if (file) return sv_parameters_read(t->parameters, file, fault);
    if (t->graph->parameters == 0) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "--weights: expected a weights file; %s has weights (the first is %s)", t->path,
                   t->graph->parameter[0].name);
}

sv_status sv_target_kernels(sv_target *t, const char *isa, sv_fault *fault)
{
    if (sv_vectors_select(isa, &t->vectors, fault) != SV_OK) return fault->status;
    return sv_backend_select(t->config && t->config->backend[0] ? t->config->backend : NULL, &t->backend, fault);
}

void sv_target_close(sv_target *t)
{
    sv_parameters_free(t->parameters);
    sv_graph_free(t->graph);
    if (t->config)
        sv_config_free(t->config);
    else
        sv_model_free(t->model);
    sv_free(t->weights);
    *t = (sv_target){ 0 };
}
