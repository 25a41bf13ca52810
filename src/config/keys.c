#include "config/keys.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/reader.h"
#include <stdio.h>
#include <string.h>

enum { MOST_KEYS = 64 };

const char *sv_key_wanted(const sv_key *key, char *text, size_t size)
{
    switch (key->kind) {
    case SV_KEY_VALUE: return sv_arg_wanted(&key->arg, text, size);
    case SV_KEY_TEXT: snprintf(text, size, "a string"); break;
    case SV_KEY_PATH: snprintf(text, size, "a path"); break;
    case SV_KEY_NAME: snprintf(text, size, "a string of at most %zu letters", key->room - 1); break;
    case SV_KEY_NOTE: snprintf(text, size, "anything"); break;
    case SV_KEY_MODEL: snprintf(text, size, "the path of a model file or a model"); break;
    case SV_KEY_LOSS: snprintf(text, size, "a loss's name, {\"type\": name, ...} or a list of them"); break;
    case SV_KEY_OPTIMIZER: snprintf(text, size, "an optimizer's name or {\"type\": name, ...}"); break;
    case SV_KEY_LAYERS: snprintf(text, size, "a list of at least one layer"); break;
    case SV_KEY_INPUT: snprintf(text, size, "{\"shape\": [height, width, channels]} or {\"shape\": [units]}"); break;
    case SV_KEY_SECTION: snprintf(text, size, "an object"); break;
    case SV_KEY_SWITCHED: snprintf(text, size, "true, false or an object"); break;
    }
    return text;
}

static void *at(void *base, size_t offset)
{
    return (char *)base + offset;
}

static void set_default(const sv_arg *arg, void *field)
{
    int *n = field;
    switch (arg->type) {
    case SV_ARG_INT: *n = (int)arg->fallback; break;
    case SV_ARG_LONG: *(int64_t *)field = (int64_t)arg->fallback; break;
    case SV_ARG_FLOAT: *(float *)field = (float)arg->fallback; break;
    case SV_ARG_SWITCH: *(sv_switch *)field = arg->fallback != 0 ? SV_ON : SV_OFF; break;
    case SV_ARG_PAIR: n[0] = n[1] = (int)arg->fallback; break;
    default: break;
    }
}

void sv_keys_default(const sv_key *keys, void *base)
{
    for (; keys->arg.key; keys++) {
        if (keys->kind == SV_KEY_VALUE || keys->kind == SV_KEY_SWITCHED) set_default(&keys->arg, at(base, keys->arg.offset));
        if (keys->section) sv_keys_default(keys->section, base);
    }
}

void sv_keys_free(const sv_key *keys, void *base)
{
    for (; keys->arg.key; keys++) {
        if (keys->kind == SV_KEY_TEXT || keys->kind == SV_KEY_PATH) sv_free(*(char **)at(base, keys->arg.offset));
        if (keys->section) sv_keys_free(keys->section, base);
    }
}

static const sv_key *find(const sv_key *keys, const char *name)
{
    for (; keys->arg.key; keys++)
        if (strcmp(keys->arg.key, name) == 0) return keys;
    return NULL;
}

static sv_status refuse_unknown(const char *name, const sv_key *keys, const char *who, sv_fault *fault)
{
    const char *known[MOST_KEYS + 1] = { NULL };
    for (int n = 0; keys->arg.key && n < MOST_KEYS; keys++) known[n++] = keys->arg.key;
    return sv_fail_unknown_key(name, known, who, fault);
}

static sv_status fail_value(const sv_key *key, const cJSON *got, sv_fault *fault)
{
    char wanted[512];
    return sv_fail_type(key->arg.key, sv_key_wanted(key, wanted, sizeof wanted), got, fault);
}

static sv_status read_text(const cJSON *value, const sv_key *key, const char *folder, void *base, sv_fault *fault)
{
    if (cJSON_IsNull(value) && !key->arg.required) return SV_OK;
    if (!cJSON_IsString(value)) return fail_value(key, value, fault);
    const char *text = value->valuestring;
    if (key->kind == SV_KEY_NAME) {
        if (strlen(text) >= key->room) return fail_value(key, value, fault);
        memcpy(at(base, key->arg.offset), text, strlen(text) + 1);
        return SV_OK;
    }
    bool path = key->kind == SV_KEY_PATH;
    if (path && !*text) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected a path, got \"\"", key->arg.key);
    char *copy = path ? sv_join_path(folder, text) : sv_copy_text(text);
    if (!copy) return sv_fail_memory(fault, key->arg.key);
    *(char **)at(base, key->arg.offset) = copy;
    return SV_OK;
}

static sv_status read_section(const cJSON *value, const sv_key *key, const char *folder, void *base, sv_fault *fault)
{
    if (cJSON_IsNull(value) && !key->arg.required) return SV_OK;
    if (!cJSON_IsObject(value)) return fail_value(key, value, fault);
    if (key->given) *(bool *)at(base, key->given) = true;
    sv_status status = sv_keys_read(value, key->section, folder, key->arg.key, base, fault);
    if (status != SV_OK) sv_fault_inside(fault, key->arg.key);
    return status;
}

static sv_status read_switched(const cJSON *value, const sv_key *key, const char *folder, void *base, sv_fault *fault)
{
    sv_switch *s = at(base, key->arg.offset);
    if (!cJSON_IsObject(value) && !cJSON_IsBool(value)) return fail_value(key, value, fault);
    *s = cJSON_IsFalse(value) ? SV_OFF : SV_ON;
    return cJSON_IsObject(value) ? read_section(value, key, folder, base, fault) : SV_OK;
}

/* Defaults stand already, so that an explicit zero may be a plain one. */
static sv_status read_number(const cJSON *value, const sv_arg *arg, void *field, sv_fault *fault)
{
    sv_status status = sv_read_value(value, arg, field, fault);
    if (status == SV_OK && arg->type == SV_ARG_FLOAT) *(float *)field += 0.0f;
    return status;
}

static sv_status read_key(const cJSON *value, const sv_key *key, const char *folder, void *base, sv_fault *fault)
{
    switch (key->kind) {
    case SV_KEY_VALUE: return read_number(value, &key->arg, at(base, key->arg.offset), fault);
    case SV_KEY_TEXT:
    case SV_KEY_PATH:
    case SV_KEY_NAME: return read_text(value, key, folder, base, fault);
    case SV_KEY_SECTION: return read_section(value, key, folder, base, fault);
    case SV_KEY_SWITCHED: return read_switched(value, key, folder, base, fault);
    default: return SV_OK;
    }
}

sv_status sv_keys_read(const cJSON *object, const sv_key *keys, const char *folder, const char *who, void *base, sv_fault *fault)
{
    sv_status status = sv_refuse_repeats(object, fault);
    for (const cJSON *v = object->child; v && status == SV_OK; v = v->next) {
        const sv_key *key = find(keys, v->string);
        status = key ? read_key(v, key, folder, base, fault) : refuse_unknown(v->string, keys, who, fault);
    }
    char wanted[512];
    for (; keys->arg.key && status == SV_OK; keys++)
        if (keys->arg.required && !cJSON_GetObjectItemCaseSensitive(object, keys->arg.key))
            status = sv_fail(fault, SV_BAD_ARGUMENT, "%s: missing; expected %s", keys->arg.key,
                             sv_key_wanted(keys, wanted, sizeof wanted));
    return status;
}
