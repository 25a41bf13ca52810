#include "graph/parameters.h"
#include "base/hash.h"
#include "base/memory.h"
#include "formats/safetensors.h"
#include "graph/initial.h"
#include <stdio.h>
#include <string.h>

static int64_t lay_out(sv_graph *g, bool trainable, int64_t at)
{
    for (int i = 0; i < g->parameters; i++) {
        sv_parameter *p = &g->parameter[i];
        if (p->spec.trainable != trainable) continue;
        p->offset = at;
        at += sv_padded(p->count);
    }
    return at;
}

sv_status sv_parameters_new(sv_graph *g, sv_parameters **parameters, sv_fault *fault)
{
    sv_parameters *p = sv_new(1, sizeof *p);
    if (!p) return sv_fail_memory(fault, "weights");
    p->graph = g;
    p->trainable = lay_out(g, true, 0);
    p->count = lay_out(g, false, p->trainable);
    p->weights = sv_map_floats((size_t)p->count);
    if (!p->weights) {
        sv_parameters_free(p);
        return sv_fail_memory(fault, "weights");
    }
    *parameters = p;
    return SV_OK;
}

void sv_parameters_free(sv_parameters *p)
{
    if (!p) return;
    sv_unmap_floats(p->weights, (size_t)p->count);
    sv_free(p);
}

/* The trainable tensors' places in the flat arrays; `span` holds graph->parameters. Returns how many. */
static int list_spans(const sv_parameters *p, sv_span *span)
{
    int spans = 0;
    for (int i = 0; i < p->graph->parameters; i++) {
        const sv_parameter *q = &p->graph->parameter[i];
        if (q->spec.trainable) span[spans++] = (sv_span){ q->offset, q->count, q->spec.regularizer };
    }
    return spans;
}

sv_status sv_flat_open(const sv_parameters *p, const sv_optimizer *o, float *gradients, sv_flat *flat, sv_fault *fault)
{
    sv_span *span = sv_new((size_t)p->graph->parameters, sizeof *span);
    *flat = (sv_flat){ .count = p->trainable, .weights = p->weights, .gradients = gradients, .span = span };
    if (!span) return sv_fail_memory(fault, "optimizer");
    flat->spans = list_spans(p, span);
    for (int i = 0; o && i < sv_optimizer_slots(o); i++) {
        flat->slot[i] = sv_map_floats((size_t)flat->count);
        if (!flat->slot[i]) return sv_fail_memory(fault, "optimizer");
    }
    return SV_OK;
}

void sv_flat_close(sv_flat *flat)
{
    for (int i = 0; i < 3; i++) sv_unmap_floats(flat->slot[i], (size_t)flat->count);
    sv_free((void *)(uintptr_t)flat->span);
    *flat = (sv_flat){ 0 };
}

/* A framework's own draws begin with its own defaults, whatever the dialect. */
static sv_dialect dialect_of(const sv_parameters *p, const sv_parameter *q)
{
    return p->graph->rng == SV_RNG_KERAS ? SV_KERAS : p->graph->rng == SV_RNG_TORCH ? SV_TORCH : q->spec.dialect;
}

static sv_draw draw_of(const sv_parameters *p, int index, sv_initializer initializer)
{
    const sv_parameter *q = &p->graph->parameter[index];
    sv_draw d = { .name = q->name, .shape = q->spec.shape, .role = q->spec.role, .initializer = initializer };
    sv_initializer_complete(&d.initializer, q->spec.name, dialect_of(p, q), q->spec.fans.in);
    sv_fan fan = d.initializer.fan;
    d.fan_in = q->spec.fans.in[fan];
    d.fan_out = q->spec.fans.out[fan];
    return d;
}

sv_draw sv_parameter_draw(const sv_parameters *p, int index)
{
    return draw_of(p, index, p->graph->parameter[index].spec.initializer);
}

sv_draw sv_parameter_default(const sv_parameters *p, int index)
{
    return draw_of(p, index, (sv_initializer){ 0 });
}

sv_status sv_parameters_draw(sv_parameters *p, uint64_t seed, sv_fault *fault)
{
    const sv_initial how = { .rng = SV_RNG_NATIVE, .seed = seed };
    return sv_parameters_draw_as(p, &how, fault);
}

sv_status sv_parameters_write(const sv_parameters *p, const char *path, const char *model_json, sv_fault *fault)
{
    int n = p->graph->parameters;
    sv_tensor *tensor = sv_new((size_t)n, sizeof *tensor);
    if (!tensor) return sv_fail_memory(fault, path);
    for (int i = 0; i < n; i++) {
        const sv_parameter *q = &p->graph->parameter[i];
        tensor[i] = (sv_tensor){ .name = q->name, .dtype = SV_F32, .shape = q->spec.shape, .data = p->weights + q->offset };
    }
    char key[] = "model";
    sv_metadata model = { key, (char *)(uintptr_t)model_json };
    sv_status status = sv_safetensors_write(path, tensor, n, &model, model_json ? 1 : 0, fault);
    sv_free(tensor);
    return status;
}

static sv_status read_one(const sv_parameters *p, const sv_parameter *q, const sv_safetensors *file, sv_fault *fault)
{
    const sv_tensor *t = sv_safetensors_find(file, q->name);
    char has[SV_SHAPE_TEXT], wanted[SV_SHAPE_TEXT];
    if (!t)
        return sv_fail(fault, SV_BAD_DATA, "no tensor \"%s\"; the model needs it with shape %s", q->name,
                       sv_shape_text(&q->spec.shape, wanted));
    if (t->dtype != SV_F32) return sv_fail(fault, SV_BAD_DATA, "tensor \"%s\" is not F32", q->name);
    if (!sv_shape_equal(&t->shape, &q->spec.shape))
        return sv_fail(fault, SV_BAD_DATA, "tensor \"%s\" has shape %s; the model needs %s", q->name, sv_shape_text(&t->shape, has),
                       sv_shape_text(&q->spec.shape, wanted));
    memcpy(p->weights + q->offset, t->data, (size_t)q->count * sizeof(float));
    return SV_OK;
}

static sv_status read_all(sv_parameters *p, const sv_safetensors *file, sv_fault *fault)
{
    const sv_graph *g = p->graph;
    for (int k = 0; k < file->tensors; k++) {
        bool known = false;
        for (int i = 0; i < g->parameters && !known; i++) known = strcmp(file->tensor[k].name, g->parameter[i].name) == 0;
        if (!known) return sv_fail(fault, SV_BAD_DATA, "tensor \"%s\" is of no layer of the model", file->tensor[k].name);
    }
    for (int i = 0; i < g->parameters; i++)
        if (read_one(p, &g->parameter[i], file, fault) != SV_OK) return fault ? fault->status : SV_BAD_DATA;
    return SV_OK;
}

sv_status sv_parameters_read(sv_parameters *p, const char *path, sv_fault *fault)
{
    sv_fault own = { 0 };
    if (!fault) fault = &own;
    sv_safetensors file;
    sv_status status = sv_safetensors_read(path, &file, fault);
    if (status != SV_OK) return status;
    status = read_all(p, &file, fault);
    if (status != SV_OK) sv_fault_at(fault, path);
    sv_safetensors_free(&file);
    return status;
}

void sv_parameters_digest(const sv_parameters *p, char digest[65])
{
    digest[0] = '\0';
    sv_hash *h = sv_hash_begin();
    if (!h) return;
    for (int i = 0; i < p->graph->parameters; i++)
        sv_hash_add(h, p->weights + p->graph->parameter[i].offset, (size_t)p->graph->parameter[i].count * sizeof(float));
    sv_hash_end(h, digest);
}
