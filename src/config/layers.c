/* The list of layers: types, names, whose output each takes, arguments. */
#include "config/model.h"
#include "base/memory.h"
#include "config/reader.h"
#include <stdio.h>
#include <string.h>

enum { MOST_TYPES = 64, PLACE = 48 };

static const char *const common_keys[] = { "type", "name", "inputs", "dialect", NULL };

char *sv_layer_default_name(const char *type, int index)
{
    sv_text t = { 0 };
    sv_text_add(&t, "%s_%d", type, index);
    if (t.failed) sv_text_free(&t);
    return t.data;
}

static sv_status read_op(const cJSON *object, sv_layer_spec *layer, sv_fault *fault)
{
    const char *types[MOST_TYPES + 1] = { NULL };
    for (int i = 0; sv_op_table[i] && i < MOST_TYPES; i++) types[i] = sv_op_table[i]->type;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(object, "type");
    int index = 0;
    if (!type) return sv_fail(fault, SV_BAD_ARGUMENT, "type: missing; expected the name of a layer type, such as \"Conv2D\"");
    if (!cJSON_IsString(type)) return sv_fail_type("type", "the name of a layer type, such as \"Conv2D\"", type, fault);
    if (sv_read_type(type, "type", "layer type", types, &index, fault) != SV_OK) return SV_BAD_ARGUMENT;
    layer->op = sv_op_table[index];
    return SV_OK;
}

/* Weights are called layer/weight, so a name holds no slash. */
static sv_status check_name(const cJSON *name, sv_fault *fault)
{
    static const char *const taken[] = { SV_INPUT_NAME, SV_TARGET_NAME, SV_LOSS_NAME, NULL };
    if (!cJSON_IsString(name)) return sv_fail_type("name", "a string", name, fault);
    const char *text = name->valuestring;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || strchr("/\\", *c)) return sv_fail_type("name", "a name without slashes or control characters", name, fault);
    if (!*text || strlen(text) > 100) return sv_fail_type("name", "a name of 1 to 100 bytes", name, fault);
    for (const char *const *t = taken; *t; t++)
        if (strcmp(text, *t) == 0)
            return sv_fail(fault, SV_BAD_ARGUMENT, "name: \"%s\" is the model's own %s; expected another name", *t, *t);
    return SV_OK;
}

static int find_layer(const sv_model *m, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(m->layer[i].name, name) == 0) return i;
    return -1;
}

static sv_status read_name(const cJSON *object, sv_model *m, int index, sv_fault *fault)
{
    sv_layer_spec *layer = &m->layer[index];
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(object, "name");
    bool given = name && !cJSON_IsNull(name);
    if (given && check_name(name, fault) != SV_OK) return SV_BAD_ARGUMENT;
    layer->name = given ? sv_copy_text(name->valuestring) : sv_layer_default_name(layer->op->type, index);
    if (!layer->name) return sv_fail_memory(fault, "name");
    int other = find_layer(m, index, layer->name);
    if (other < 0) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "name: \"%s\" is the name of layers[%d] too; expected a name of its own", layer->name, other);
}

static bool is_called(const cJSON *layer, int index, const char *name)
{
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(layer, "name"), *type = cJSON_GetObjectItemCaseSensitive(layer, "type");
    if (cJSON_IsString(own)) return strcmp(own->valuestring, name) == 0;
    char *made = cJSON_IsString(type) ? sv_layer_default_name(type->valuestring, index) : NULL;
    bool same = made && strcmp(made, name) == 0;
    sv_free(made);
    return same;
}

/* Why layer `index` cannot take `name`: itself, a later one, or nobody. */
static sv_status refuse_input(const cJSON *list, const sv_model *m, int index, const char *place, const char *name, sv_fault *fault)
{
    if (strcmp(m->layer[index].name, name) == 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: \"%s\" is this layer itself; expected an earlier layer or \"input\"", place, name);
    int i = 0;
    for (const cJSON *v = list->child; v; v = v->next, i++)
        if (i > index && is_called(v, i, name))
            return sv_fail(fault, SV_BAD_ARGUMENT, "%s: \"%s\" comes later, as layers[%d]; expected an earlier layer or \"input\"", place,
                           name, i);
    const char **known = sv_new((size_t)index + 2, sizeof *known);
    if (!known) return sv_fail_memory(fault, place);
    known[0] = SV_INPUT_NAME;
    for (i = 0; i < index; i++) known[i + 1] = m->layer[i].name;
    const char *near = sv_nearest(name, known);
    if (near) sv_fail(fault, SV_BAD_ARGUMENT, "%s: no layer is called \"%.100s\"; did you mean \"%s\"?", place, name, near);
    else sv_fail(fault, SV_BAD_ARGUMENT, "%s: no layer is called \"%.100s\"; expected an earlier layer or \"input\"", place, name);
    sv_free(known);
    return SV_BAD_ARGUMENT;
}

static sv_status read_inputs(const cJSON *object, const cJSON *list, sv_model *m, int index, sv_fault *fault)
{
    sv_layer_spec *layer = &m->layer[index];
    const cJSON *inputs = cJSON_GetObjectItemCaseSensitive(object, "inputs");
    if (!inputs || cJSON_IsNull(inputs)) {
        layer->inputs = 1;
        layer->input[0] = index - 1;
        return SV_OK;
    }
    int count = cJSON_GetArraySize(inputs), k = 0;
    if (!cJSON_IsArray(inputs) || count < 1 || count > SV_MAX_INPUTS)
        return sv_fail_type("inputs", "a list of 1 to 16 names of earlier layers or \"input\"", inputs, fault);
    for (const cJSON *v = inputs->child; v; v = v->next, k++) {
        char place[PLACE];
        snprintf(place, sizeof place, "inputs[%d]", k);
        if (!cJSON_IsString(v)) return sv_fail_type(place, "the name of an earlier layer or \"input\"", v, fault);
        layer->input[k] = find_layer(m, index, v->valuestring);
        if (layer->input[k] < 0 && strcmp(v->valuestring, SV_INPUT_NAME) != 0)
            return refuse_input(list, m, index, place, v->valuestring, fault);
    }
    layer->inputs = count;
    return SV_OK;
}

static sv_status read_args(const cJSON *object, sv_model *m, sv_layer_spec *layer, sv_fault *fault)
{
    static const sv_arg dialect = { .key = "dialect", .type = SV_ARG_DIALECT };
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(object, "dialect");
    layer->dialect = m->dialect;
    if (own && sv_read_value(own, &dialect, &layer->dialect, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (layer->op->args_size && !(layer->args = sv_new(1, layer->op->args_size))) return sv_fail_memory(fault, "arguments");
    return sv_read_args(object, layer->op->table, common_keys, layer->op->type, layer->args, fault);
}

static sv_status read_layer(const cJSON *object, const cJSON *list, sv_model *m, int index, sv_fault *fault)
{
    sv_layer_spec *layer = &m->layer[index];
    if (read_op(object, layer, fault) != SV_OK || read_name(object, m, index, fault) != SV_OK) return fault->status;
    if (read_inputs(object, list, m, index, fault) != SV_OK) return fault->status;
    return read_args(object, m, layer, fault);
}

sv_status sv_layers_read(const cJSON *list, const char *prefix, sv_model *m, sv_fault *fault)
{
    if (!list) return sv_fail(fault, SV_BAD_ARGUMENT, "layers: missing; expected a list of at least one layer");
    if (!cJSON_IsArray(list) || !list->child) return sv_fail_type("layers", "a list of at least one layer", list, fault);
    m->layer = sv_new((size_t)cJSON_GetArraySize(list), sizeof *m->layer);
    if (!m->layer) return sv_fail_memory(fault, "layers");
    int index = 0;
    for (const cJSON *v = list->child; v; v = v->next, index++) {
        char place[PLACE];
        snprintf(place, sizeof place, "%slayers[%d]", prefix, index);
        m->layers = index + 1;
        if (!(m->layer[index].place = sv_copy_text(place))) return sv_fail_memory(fault, "layers");
        snprintf(place, sizeof place, "layers[%d]", index);
        if (!cJSON_IsObject(v)) return sv_fail_type(place, "an object with a \"type\"", v, fault);
        if (read_layer(v, list, m, index, fault) != SV_OK) return sv_fault_inside(fault, place);
    }
    return SV_OK;
}
