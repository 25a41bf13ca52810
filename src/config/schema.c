/* JSON schemas (draft 2020-12) of model and config files, from the argument tables: editors complete and check with them. */
#include "config/catalogue.h"
#include "config/config.h"
#include "config/losses.h"
#include "config/reader.h"
#include "config/writer.h"
#include <stdio.h>
#include <string.h>

/* The shapes that values of several numbers take. */
static const char number_definitions[] =
    "\"pixels\":{\"type\":\"integer\",\"minimum\":0},"
    "\"two\":{\"anyOf\":[{\"$ref\":\"#/$defs/pixels\"},"
    "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/pixels\"},\"minItems\":2,\"maxItems\":2}]},"
    "\"sides\":{\"anyOf\":[{\"$ref\":\"#/$defs/two\"},{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,"
    "\"items\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/pixels\"},\"minItems\":2,\"maxItems\":2}}]},"
    "\"padding\":{\"anyOf\":[{\"enum\":[\"same\",\"valid\"]},{\"$ref\":\"#/$defs/sides\"}]},"
    "\"shape\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":-1},\"minItems\":1,\"maxItems\":3},"
    "\"dialect\":{\"enum\":[\"keras\",\"torch\"]}";

static void add(sv_text *out, const char *s)
{
    sv_text_bytes(out, s, strlen(s));
}

static void add_range(sv_text *out, const sv_arg *arg)
{
    if (!(arg->minimum < arg->maximum)) return;
    add(out, ",\"minimum\":");
    sv_json_add_double(out, arg->minimum);
    if (arg->maximum >= 1e9) return;
    add(out, ",\"maximum\":");
    sv_json_add_double(out, arg->maximum);
}

static void add_names(sv_text *out, const char *const *names)
{
    add(out, "\"enum\":[");
    for (bool first = true; *names; names++) {
        if (!**names) continue;
        add(out, first ? "" : ",");
        sv_json_add_string(out, *names);
        first = false;
    }
    add(out, "]");
}

static void add_integers(sv_text *out, const sv_arg *arg)
{
    add(out, "\"type\":\"integer\"");
    add_range(out, arg);
}

static void add_pair(sv_text *out, const sv_arg *arg)
{
    add(out, "\"anyOf\":[{");
    add_integers(out, arg);
    add(out, "},{\"type\":\"array\",\"items\":{");
    add_integers(out, arg);
    add(out, "},\"minItems\":2,\"maxItems\":2}]");
}

static void add_reference(sv_text *out, const char *name)
{
    sv_text_add(out, "\"$ref\":\"#/$defs/%s\"", name);
}

static void add_body(sv_text *out, const sv_arg *arg)
{
    switch (arg->type) {
    case SV_ARG_INT:
    case SV_ARG_LONG: add_integers(out, arg); break;
    case SV_ARG_FLOAT:
    case SV_ARG_DOUBLE:
        add(out, "\"type\":\"number\"");
        add_range(out, arg);
        break;
    case SV_ARG_SWITCH: add(out, "\"type\":\"boolean\""); break;
    case SV_ARG_ENUM: add_names(out, arg->names); break;
    case SV_ARG_PAIR: add_pair(out, arg); break;
    case SV_ARG_OUTPUT_PADDING: add_reference(out, "two"); break;
    case SV_ARG_PADDING: add_reference(out, "padding"); break;
    case SV_ARG_SIDES: add_reference(out, "sides"); break;
    case SV_ARG_SHAPE: add_reference(out, "shape"); break;
    case SV_ARG_ACTIVATION: add_reference(out, "activation"); break;
    case SV_ARG_INITIALIZER:
    case SV_ARG_INNER: add_reference(out, "initializer"); break;
    case SV_ARG_REGULARIZER: add_reference(out, "regularizer"); break;
    case SV_ARG_SCHEDULE: add_reference(out, "schedule"); break;
    case SV_ARG_DIALECT: add_reference(out, "dialect"); break;
    }
}

static void add_description(sv_text *out, const char *doc, const char *fallback)
{
    sv_text text = { 0 };
    sv_text_add(&text, *fallback ? "%s; default %s" : "%s", doc, fallback);
    if (text.failed) out->failed = true;
    else {
        add(out, ",\"description\":");
        sv_json_add_string(out, text.data);
    }
    sv_text_free(&text);
}

static void add_arg(sv_text *out, const sv_arg *arg, const sv_row *row)
{
    bool null = sv_takes_null(arg);
    add(out, null ? "{\"anyOf\":[{" : "{");
    add_body(out, arg);
    add(out, null ? "},{\"type\":\"null\"}]" : "");
    sv_text value = { 0 };
    if (sv_add_default(&value, arg, SV_KERAS) && !value.failed) sv_text_add(out, ",\"default\":%s", value.data);
    sv_text_free(&value);
    add_description(out, row->doc, row->fallback);
    add(out, "}");
}

static void add_keys(sv_text *out, const sv_key *keys);

static void add_key(sv_text *out, const sv_key *key, const sv_row *row)
{
    add(out, "{");
    switch (key->kind) {
    case SV_KEY_TEXT:
    case SV_KEY_PATH: add(out, "\"type\":[\"string\",\"null\"]"); break;
    case SV_KEY_NAME: sv_text_add(out, "\"type\":[\"string\",\"null\"],\"maxLength\":%zu", key->room - 1); break;
    case SV_KEY_SECTION:
        if (!key->arg.required) add(out, "\"anyOf\":[{\"type\":\"null\"},{");
        add_keys(out, key->section);
        if (!key->arg.required) add(out, "}]");
        break;
    case SV_KEY_SWITCHED:
        add(out, "\"anyOf\":[{\"type\":\"boolean\"},{");
        add_keys(out, key->section);
        add(out, "}]");
        break;
    case SV_KEY_MODEL: add(out, "\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/model\"}]"); break;
    case SV_KEY_LOSS: add_reference(out, "losses"); break;
    case SV_KEY_OPTIMIZER: add_reference(out, "optimizer"); break;
    case SV_KEY_INPUT:
        add(out, "\"type\":\"object\",\"properties\":{\"shape\":{\"$ref\":\"#/$defs/shape\"}},\"required\":[\"shape\"],"
                 "\"additionalProperties\":false");
        break;
    case SV_KEY_LAYERS: add(out, "\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/layer\"},\"minItems\":1"); break;
    default: add(out, "\"type\":\"string\"");
    }
    add_description(out, row->doc, row->fallback);
    add(out, "}");
}

/* `"properties":{...},"required":[...]` of an entry, after the properties and requirements that the caller begins with. */
static void add_properties(sv_text *out, const sv_entry *e, const char *first, const char *required)
{
    sv_row row;
    const char *joint = *first ? "," : "";
    sv_text_add(out, "\"type\":\"object\",\"properties\":{%s", first);
    for (int i = 0; sv_catalogue_row(e, i, &row); i++, joint = ",") {
        sv_text_add(out, "%s\"%s\":", joint, row.key);
        if (e->table) add_arg(out, &e->table[i], &row);
        else if (e->keys[i].kind == SV_KEY_VALUE) add_arg(out, &e->keys[i].arg, &row);
        else add_key(out, &e->keys[i], &row);
    }
    sv_text_add(out, "},\"required\":[%s", required);
    joint = *required ? "," : "";
    for (int i = 0; sv_catalogue_row(e, i, &row); i++) {
        if (!row.required) continue;
        sv_text_add(out, "%s\"%s\"", joint, row.key);
        joint = ",";
    }
    add(out, "],\"additionalProperties\":false");
}

static void add_keys(sv_text *out, const sv_key *keys)
{
    const sv_entry e = { .doc = "", .keys = keys };
    add_properties(out, &e, "", "");
}

static bool needs_arguments(const sv_entry *e)
{
    sv_row row;
    for (int i = 0; sv_catalogue_row(e, i, &row); i++)
        if (row.required) return true;
    return false;
}

static bool has_key(const sv_entry *e, const char *key)
{
    sv_row row;
    for (int i = 0; sv_catalogue_row(e, i, &row); i++)
        if (strcmp(row.key, key) == 0) return true;
    return false;
}

/* One {"type": name, ...}; `common` are the properties that all of the group take. */
static void add_variant(sv_text *out, const sv_entry *e, const char *common, const char *dialect)
{
    sv_text first = { 0 };
    sv_text_add(&first, "\"type\":{\"const\":\"%s\"}%s%s", e->name, common, has_key(e, "dialect") ? "" : dialect);
    add(out, "{\"title\":");
    sv_json_add_string(out, e->name);
    add(out, ",");
    if (first.failed) out->failed = true;
    else add_properties(out, e, first.data, "\"type\"");
    if (*e->doc) add_description(out, e->doc, "");
    add(out, "}");
    sv_text_free(&first);
}

/* A name (of those that need no arguments) or one of the variants. */
static void add_group(sv_text *out, const char *name, sv_group group, bool bare, const char *common, const char *dialect)
{
    sv_entry e;
    sv_text_add(out, ",\"%s\":{\"anyOf\":[", name);
    const char *joint = "";
    if (bare) {
        add(out, "{\"enum\":[");
        for (int i = 0; sv_catalogue_entry(group, i, &e); i++) {
            if (needs_arguments(&e)) continue;
            sv_text_add(out, "%s\"%s\"", joint, e.name);
            joint = ",";
        }
        add(out, "]}");
    }
    for (int i = 0; sv_catalogue_entry(group, i, &e); i++, joint = ",") {
        add(out, joint);
        add_variant(out, &e, common, dialect);
    }
    add(out, "]}");
}

static void add_regularizer(sv_text *out)
{
    sv_entry e;
    sv_catalogue_entry(SV_GROUP_REGULARIZERS, 0, &e);
    add(out, ",\"regularizer\":{\"anyOf\":[{\"enum\":[\"l1\",\"l2\",\"l1_l2\"]},{");
    add_properties(out, &e, "", "");
    add(out, "}]}");
}

static void add_model_definitions(sv_text *out)
{
    add(out, number_definitions);
    add_group(out, "activation", SV_GROUP_ACTIVATIONS, true, "", "");
    add_group(out, "initializer", SV_GROUP_INITIALIZERS, true, "", "");
    add_regularizer(out);
    add_group(out, "layer", SV_GROUP_LAYERS, false,
              ",\"name\":{\"type\":[\"string\",\"null\"],\"description\":\"unique; default: type and position, Conv2D_0\"}"
              ",\"inputs\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"},\"minItems\":1,\"maxItems\":16,"
              "\"description\":\"names of earlier layers or \\\"input\\\"; default: the layer before\"}",
              ",\"dialect\":{\"$ref\":\"#/$defs/dialect\"}");
}

static void add_config_definitions(sv_text *out)
{
    char list[96];
    add_group(out, "schedule", SV_GROUP_SCHEDULES, true, "", "");
    add_group(out, "optimizer", SV_GROUP_OPTIMIZERS, true, "", "");
    add_group(out, "loss", SV_GROUP_LOSSES, true, ",\"weight\":{\"type\":\"number\",\"default\":1}",
              ",\"dialect\":{\"$ref\":\"#/$defs/dialect\"}");
    snprintf(list, sizeof list, "\"minItems\":1,\"maxItems\":%d", SV_MAX_LOSSES);
    sv_text_add(out, ",\"losses\":{\"anyOf\":[{\"$ref\":\"#/$defs/loss\"},"
                     "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/loss\"},%s}]},\"model\":{", list);
    add_keys(out, sv_model_keys);
    add(out, "}");
}

static void write_schema(sv_text *out, const char *title, const sv_key *keys, bool config)
{
    sv_text compact = { 0 };
    sv_text_add(&compact, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"%s\",", title);
    add_keys(&compact, keys);
    add(&compact, ",\"$defs\":{");
    add_model_definitions(&compact);
    if (config) add_config_definitions(&compact);
    add(&compact, "}}");
    if (compact.failed) out->failed = true;
    else sv_json_indent(out, compact.data);
    sv_text_free(&compact);
}

void sv_schema_model(sv_text *out)
{
    write_schema(out, "selvage model", sv_model_keys, false);
}

void sv_schema_config(sv_text *out)
{
    write_schema(out, "selvage config", sv_config_keys, true);
}
