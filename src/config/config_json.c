/* The resolved configuration: every key with its value. */
#include "config/config.h"
#include "base/memory.h"
#include "config/keys.h"
#include "config/losses.h"
#include "config/paths.h"
#include "config/writer.h"

static const void *at(const sv_config *c, size_t offset)
{
    return (const char *)c + offset;
}

static void write_text(sv_text *out, const char *text)
{
    if (text) sv_json_add_string(out, text);
    else sv_text_add(out, "null");
}

static void write_path(sv_text *out, const char *path)
{
    char *absolute = path ? sv_absolute_path(path) : NULL;
    if (path && !absolute) out->failed = true;
    write_text(out, absolute);
    sv_free(absolute);
}

static void write_optimizer(sv_text *out, const sv_config *c)
{
    const sv_optimizer *o = &c->optimizer;
    sv_text_add(out, "{\"type\":\"%s\"", sv_optimizer_names[o->type]);
    for (const sv_arg *a = sv_optimizer_table(o->type); a->key; a++) {
        sv_text_add(out, ",\"%s\":", a->key);
        sv_write_value(out, a, (const char *)o + a->offset, o->dialect);
    }
    sv_text_add(out, "}");
}

static void write_keys(sv_text *out, const sv_key *keys, const sv_config *c);

static void write_section(sv_text *out, const sv_key *key, const sv_config *c)
{
    if (key->given && !*(const bool *)at(c, key->given)) sv_text_add(out, "null");
    else write_keys(out, key->section, c);
}

static void write_switched(sv_text *out, const sv_key *key, const sv_config *c)
{
    if (*(const bool *)at(c, key->given)) write_keys(out, key->section, c);
    else sv_text_add(out, *(const sv_switch *)at(c, key->arg.offset) == SV_ON ? "true" : "false");
}

static void write_key(sv_text *out, const sv_key *key, const sv_config *c)
{
    const void *field = at(c, key->arg.offset);
    switch (key->kind) {
    case SV_KEY_VALUE: sv_write_value(out, &key->arg, field, c->dialect); break;
    case SV_KEY_TEXT: write_text(out, *(char *const *)field); break;
    case SV_KEY_PATH: write_path(out, *(char *const *)field); break;
    case SV_KEY_NAME: write_text(out, field); break;
    case SV_KEY_SECTION: write_section(out, key, c); break;
    case SV_KEY_SWITCHED: write_switched(out, key, c); break;
    case SV_KEY_MODEL: sv_text_add(out, "%s", sv_model_json(c->model)); break;
    case SV_KEY_LOSS: sv_losses_write(out, c->loss, c->losses); break;
    case SV_KEY_OPTIMIZER: write_optimizer(out, c); break;
    default: break;
    }
}

static void write_keys(sv_text *out, const sv_key *keys, const sv_config *c)
{
    const char *joint = "{";
    for (; keys->arg.key; keys++) {
        if (keys->kind == SV_KEY_NOTE) continue;
        sv_text_add(out, "%s\"%s\":", joint, keys->arg.key);
        write_key(out, keys, c);
        joint = ",";
    }
    sv_text_add(out, "}");
}

sv_status sv_config_json(const sv_config *c, sv_text *text, sv_fault *fault)
{
    sv_text compact = { 0 };
    write_keys(&compact, sv_config_keys, c);
    if (!compact.failed) sv_json_indent(text, compact.data);
    bool failed = compact.failed || text->failed;
    sv_text_free(&compact);
    return failed ? sv_fail_memory(fault, "config") : SV_OK;
}
