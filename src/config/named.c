/* Values with a type of their own, written as a name or as {"type": name, ...}: activations, initializers, schedules; and
 * regularizers, whose names stand for amounts. */
#include "config/reader.h"
#include "init/init.h"
#include "ops/op.h"
#include "optim/optim.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const type_key[] = { "type", NULL };

const sv_arg sv_regularizer_table[] = {
    { .key = "l1", .type = SV_ARG_FLOAT, .offset = offsetof(sv_regularizer, l1), .minimum = 0, .maximum = 1e9,
      .fallback_torch = NAN, .doc = "adds l1 sum |w| to the loss" },
    { .key = "l2", .type = SV_ARG_FLOAT, .offset = offsetof(sv_regularizer, l2), .minimum = 0, .maximum = 1e9,
      .fallback_torch = NAN, .doc = "adds l2 sum w^2 to the loss" },
    { .key = NULL },
};

static sv_status fail_name(const char *place, const char *what, const char *got, const char *const *names, sv_fault *fault)
{
    char name[SV_JSON_TEXT], list[640] = "";
    const cJSON text = { .type = cJSON_String, .valuestring = (char *)(uintptr_t)got };
    sv_json_describe(&text, name);
    const char *near = sv_nearest(got, names);
    if (near && *near) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: unknown %s %s; did you mean \"%s\"?", place, what, name, near);
    for (size_t at = 0; *names && at < sizeof list; names++)
        if (**names) at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "", *names);
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: unknown %s %s; known: %s", place, what, name, list);
}

sv_status sv_read_type(const cJSON *value, const char *key, const char *what, const char *const *names, int *index, sv_fault *fault)
{
    char place[128], wanted[96];
    bool object = cJSON_IsObject(value);
    const cJSON *type = object ? cJSON_GetObjectItemCaseSensitive(value, "type") : value;
    snprintf(place, sizeof place, "%s%s", key, object ? ".type" : "");
    const char *article = strchr("aeiou", what[0]) ? "an" : "a";
    if (object && !type) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: missing; expected the name of %s %s", place, article, what);
    snprintf(wanted, sizeof wanted, object ? "the name of %s %s" : "%s %s's name or {\"type\": name, ...}", article, what);
    if (!cJSON_IsString(type)) return sv_fail_type(place, wanted, type, fault);
    for (int i = 0; names[i]; i++)
        if (names[i][0] && strcmp(names[i], type->valuestring) == 0) {
            *index = i;
            return SV_OK;
        }
    return fail_name(place, what, type->valuestring, names, fault);
}

/* The other keys of {"type": name, ...}; nothing to read of a bare name, unless the name alone lacks something. */
static sv_status read_rest(const cJSON *value, const sv_arg *arg, const sv_arg *table, const char *who, void *args, sv_fault *fault)
{
    const cJSON empty = { .type = cJSON_Object };
    if (sv_read_args(cJSON_IsObject(value) ? value : &empty, table, type_key, who, args, fault) == SV_OK) return SV_OK;
    return sv_fault_inside(fault, arg->key);
}

sv_status sv_read_activation(const cJSON *value, const sv_arg *arg, sv_activation *activation, sv_fault *fault)
{
    int type = 0;
    sv_status status = sv_read_type(value, arg->key, "activation", sv_activation_names, &type, fault);
    if (status != SV_OK) return status;
    activation->type = (sv_activation_type)type;
    return read_rest(value, arg, sv_activation_table(activation->type), sv_activation_names[type], activation, fault);
}

static bool has_seed(const cJSON *value)
{
    const cJSON *seed = cJSON_IsObject(value) ? cJSON_GetObjectItemCaseSensitive(value, "seed") : NULL;
    return seed && !cJSON_IsNull(seed);
}

sv_status sv_read_initializer(const cJSON *value, const sv_arg *arg, sv_initializer *initializer, sv_fault *fault)
{
    int type = 0;
    sv_status status = sv_read_type(value, arg->key, "initializer", sv_initializer_names, &type, fault);
    if (status != SV_OK) return status;
    initializer->type = (sv_initializer_type)type;
    status = read_rest(value, arg, sv_initializer_table(initializer->type), sv_initializer_names[type], initializer, fault);
    /* That of an initializer inside has set it by now. */
    if (status == SV_OK && has_seed(value) && initializer->has_seed)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s.seed: the initializer inside has one too; one of the two", arg->key);
    if (has_seed(value)) initializer->has_seed = true;
    return status;
}

static sv_initializer *around(sv_initializer_type *inner)
{
    return (sv_initializer *)(void *)((char *)inner - offsetof(sv_initializer, inner));
}

sv_status sv_read_inner(const cJSON *value, const sv_arg *arg, sv_initializer_type *inner, sv_fault *fault)
{
    sv_initializer *outer = around(inner), read = *outer;
    sv_status status = sv_read_initializer(value, arg, &read, fault);
    if (status != SV_OK) return status;
    if (read.type == outer->type)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected another initializer than %s itself", arg->key,
                       sv_initializer_names[read.type]);
    read.inner = read.type;
    read.type = outer->type;
    *outer = read;
    return SV_OK;
}

sv_status sv_read_regularizer(const cJSON *value, const sv_arg *arg, sv_regularizer *r, sv_fault *fault)
{
    char wanted[128];
    if (cJSON_IsObject(value)) {
        if (sv_read_args(value, sv_regularizer_table, NULL, "a regularizer", r, fault) != SV_OK)
            return sv_fault_inside(fault, arg->key);
        *r = (sv_regularizer){ r->l1 + 0.0f, r->l2 + 0.0f }; /* -0 means 0 here: nobody completes it */
        return SV_OK;
    }
    const char *name = cJSON_IsString(value) ? value->valuestring : "";
    bool both = strcmp(name, "l1_l2") == 0, l1 = both || strcmp(name, "l1") == 0, l2 = both || strcmp(name, "l2") == 0;
    if (!l1 && !l2) return sv_fail_type(arg->key, sv_arg_wanted(arg, wanted, sizeof wanted), value, fault);
    *r = (sv_regularizer){ l1 ? 0.01f : 0, l2 ? 0.01f : 0 };
    return SV_OK;
}

sv_status sv_read_schedule(const cJSON *value, const sv_arg *arg, sv_schedule *schedule, sv_fault *fault)
{
    int type = 0;
    sv_status status = sv_read_type(value, arg->key, "schedule", sv_schedule_names, &type, fault);
    if (status != SV_OK) return status;
    schedule->type = (sv_schedule_type)type;
    return read_rest(value, arg, sv_schedule_table(schedule->type), sv_schedule_names[type], schedule, fault);
}
