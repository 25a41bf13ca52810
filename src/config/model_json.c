#include "config/model.h"
#include "base/memory.h"
#include "config/writer.h"
#include <string.h>

static void add_text(sv_text *t, const char *key, const char *value)
{
    if (!value) return;
    sv_text_add(t, "\"%s\":", key);
    sv_json_add_string(t, value);
    sv_text_add(t, ",");
}

static void add_layer(sv_text *t, const sv_model *m, const sv_layer_spec *layer)
{
    sv_text_add(t, "{\"type\":\"%s\",\"name\":", layer->op->type);
    sv_json_add_string(t, layer->name);
    sv_text_add(t, ",\"inputs\":[");
    for (int k = 0; k < layer->inputs; k++) {
        sv_text_add(t, "%s", k ? "," : "");
        sv_json_add_string(t, layer->input[k] < 0 ? SV_INPUT_NAME : m->layer[layer->input[k]].name);
    }
    sv_text_add(t, "]");
    if (layer->args) sv_write_args(t, layer->op->table, layer->args, layer->op->args_size, layer->dialect);
    if (layer->dialect != m->dialect && !sv_names_dialect(layer->op->table))
        sv_text_add(t, ",\"dialect\":\"%s\"", sv_dialect_names[layer->dialect]);
    sv_text_add(t, "}");
}

sv_status sv_model_write(sv_model *m, sv_fault *fault)
{
    char shape[SV_SHAPE_TEXT];
    sv_text t = { 0 };
    sv_text_add(&t, "{");
    add_text(&t, "name", m->name);
    add_text(&t, "description", m->description);
    sv_text_add(&t, "\"dialect\":\"%s\",\"input\":{\"shape\":%s},\"layers\":[", sv_dialect_names[m->dialect],
                sv_shape_text(&m->input, shape));
    for (int i = 0; i < m->layers; i++) {
        sv_text_add(&t, "%s", i ? "," : "");
        add_layer(&t, m, &m->layer[i]);
    }
    sv_text_add(&t, "]");
    if (m->latent) {
        sv_text_add(&t, ",\"latent\":");
        sv_json_add_string(&t, m->latent);
    }
    sv_text_add(&t, "}");
    if (t.failed) {
        sv_text_free(&t);
        return sv_fail_memory(fault, "model");
    }
    sv_free(m->json);
    m->json = t.data;
    return SV_OK;
}

sv_status sv_model_set_input(sv_model *m, sv_shape shape)
{
    sv_shape before = m->input;
    m->input = shape;
    sv_status status = sv_model_write(m, NULL);
    if (status != SV_OK) m->input = before;
    return status;
}
