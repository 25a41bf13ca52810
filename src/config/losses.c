/* Losses: a name, {"type": name, ...}, or a list of them with weights. */
#include "config/losses.h"
#include "artifacts/artifacts.h"
#include "config/model.h"
#include "config/reader.h"
#include "config/writer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TYPES = 32 };

const sv_arg sv_loss_weight_arg = {
    .key = "weight", .type = SV_ARG_FLOAT, .fallback = 1, .fallback_torch = NAN, .doc = "factor in the sum of the losses"
};

static const char *const common_keys[] = { "type", "weight", "dialect", NULL };
static const sv_arg dialect_arg = { .key = "dialect", .type = SV_ARG_DIALECT };

static sv_status read_common(const cJSON *object, sv_loss_spec *loss, sv_fault *fault)
{
    const cJSON *weight = cJSON_GetObjectItemCaseSensitive(object, "weight");
    const cJSON *dialect = cJSON_GetObjectItemCaseSensitive(object, "dialect");
    sv_status status = weight ? sv_read_value(weight, &sv_loss_weight_arg, &loss->weight, fault) : SV_OK;
    if (status == SV_OK && dialect) status = sv_read_value(dialect, &dialect_arg, &loss->args.dialect, fault);
    loss->weight += 0.0f;
    return status;
}

/* `place` is "loss" or "loss[1]". */
static sv_status read_loss(const cJSON *value, const char *place, sv_dialect dialect, sv_loss_spec *loss, sv_fault *fault)
{
    const char *types[MOST_TYPES + 1] = { NULL };
    for (int i = 0; sv_loss_table[i] && i < MOST_TYPES; i++) types[i] = sv_loss_table[i]->type;
    int index = 0;
    *loss = (sv_loss_spec){ .weight = 1 };
    sv_status status = sv_read_type(value, place, "loss", types, &index, fault);
    if (status != SV_OK) return status;
    loss->op = sv_loss_table[index];
    if (cJSON_IsObject(value)) {
        status = read_common(value, loss, fault);
        if (status == SV_OK) status = sv_read_args(value, loss->op->table, common_keys, loss->op->type, &loss->args, fault);
        if (status != SV_OK) return sv_fault_inside(fault, place);
    }
    if (loss->args.dialect == SV_DIALECT_DEFAULT) loss->args.dialect = dialect;
    return SV_OK;
}

sv_status sv_losses_read(const cJSON *value, sv_dialect dialect, sv_loss_spec *loss, int *count, sv_fault *fault)
{
    *count = 1;
    if (!cJSON_IsArray(value)) return read_loss(value, "loss", dialect, &loss[0], fault);
    int n = cJSON_GetArraySize(value), i = 0;
    if (n < 1 || n > SV_MAX_LOSSES)
        return sv_fail(fault, SV_BAD_ARGUMENT, "loss: expected 1 to %d losses, got %d", SV_MAX_LOSSES, n);
    for (const cJSON *v = value->child; v; v = v->next, i++) {
        char place[24];
        snprintf(place, sizeof place, "loss[%d]", i);
        sv_status status = read_loss(v, place, dialect, &loss[i], fault);
        if (status != SV_OK) return status;
    }
    *count = n;
    return SV_OK;
}

/* A bare word is a name; what begins as JSON has to be JSON. */
sv_status sv_losses_parse(const char *text, sv_dialect dialect, sv_loss_spec *loss, int *count, sv_fault *fault)
{
    cJSON *value = NULL;
    sv_status status = SV_OK;
    if (strchr("{[\"", text[strspn(text, " \t\n")])) {
        status = sv_json_parse(text, strlen(text), &value, fault);
        if (status != SV_OK) return sv_fault_at(fault, "loss");
    }
    const cJSON name = { .type = cJSON_String, .valuestring = (char *)(uintptr_t)text };
    status = sv_losses_read(value ? value : &name, dialect, loss, count, fault);
    cJSON_Delete(value);
    return status;
}

/* 1 / (1 - deficiency) by row and by column; a pixel that nothing reaches has the cap. */
static bool weigh(sv_node *loss, const sv_node *y, double cap, const char *latent)
{
    sv_fault *fault = &loss->graph->fault;
    sv_static *s;
    if (sv_static_new(loss->graph, y, latent, NULL, &s, fault) != SV_OK) return false;
    for (int axis = 0; axis < 2; axis++)
        for (int64_t i = 0; i < s->size[axis]; i++) {
            double *d = &s->deficiency[axis][i];
            *d = *d < 1 ? 1 / (1 - *d) : cap;
        }
    sv_loss_weigh(loss, s->deficiency[0], s->deficiency[1], fault);
    sv_static_free(s);
    return fault->status == SV_OK;
}

sv_node *sv_losses_build(sv_graph *g, const sv_loss_spec *loss, int count, sv_node *y, sv_node *t, const char *latent)
{
    sv_node *part[SV_MAX_LOSSES] = { NULL };
    float weight[SV_MAX_LOSSES];
    bool bare = count == 1 && loss[0].weight == 1;
    for (int i = 0; i < count; i++) {
        char place[24], name[32];
        if (count > 1)
            snprintf(place, sizeof place, "loss[%d]", i);
        else
            snprintf(place, sizeof place, "loss");
        /* No layer's name has a slash. */
        snprintf(name, sizeof name, bare ? SV_LOSS_NAME : SV_LOSS_NAME "/%d", i);
        part[i] = sv_loss_at(g, place, loss[i].op->type, name, y, t, &loss[i].args);
        weight[i] = loss[i].weight;
        if (!part[i]) return NULL;
        if (loss[i].args.border_weight > 0 && !weigh(part[i], y, (double)loss[i].args.border_weight, latent)) return NULL;
    }
    return bare ? part[0] : sv_weighted_sum(g, SV_LOSS_NAME, part, weight, count);
}

void sv_losses_write(sv_text *out, const sv_loss_spec *loss, int count)
{
    sv_text_add(out, "[");
    for (int i = 0; i < count; i++) {
        sv_text_add(out, "%s{\"type\":\"%s\",\"weight\":", i ? "," : "", loss[i].op->type);
        sv_json_add_float(out, loss[i].weight);
        sv_write_args(out, loss[i].op->table, &loss[i].args, sizeof loss[i].args, loss[i].args.dialect);
        if (!sv_names_dialect(loss[i].op->table)) sv_text_add(out, ",\"dialect\":\"%s\"", sv_dialect_names[loss[i].args.dialect]);
        sv_text_add(out, "}");
    }
    sv_text_add(out, "]");
}
