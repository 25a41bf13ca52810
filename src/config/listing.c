/* The catalogue as text, JSON and Markdown. */
#include "config/catalogue.h"
#include "config/config.h"
#include "config/writer.h"

static void text_entry(sv_text *out, const sv_entry *e)
{
    sv_row r;
    sv_text_add(out, *e->doc ? "\n  %s: %s\n" : "\n  %s\n", e->name, e->doc);
    for (int i = 0; sv_catalogue_row(e, i, &r); i++) {
        sv_text_add(out, "    %-22s%s (%s", r.key, r.doc, r.wanted);
        if (r.required) sv_text_add(out, "; required");
        else if (r.fallback[0]) sv_text_add(out, "; default %s", r.fallback);
        sv_text_add(out, ")\n");
    }
}

static void text_group(sv_text *out, sv_group group)
{
    sv_entry e;
    sv_text_add(out, "%s%s\n", group ? "\n" : "", sv_group_title(group));
    if (*sv_group_remark(group)) sv_text_add(out, "  %s\n", sv_group_remark(group));
    for (int i = 0; sv_catalogue_entry(group, i, &e); i++) text_entry(out, &e);
}

/* A bar would end the cell. */
static void cell(sv_text *out, const char *text)
{
    sv_text_add(out, " ");
    for (; *text; text++) sv_text_add(out, *text == '|' ? "\\|" : "%c", *text);
    sv_text_add(out, " |");
}

static void markdown_entry(sv_text *out, const sv_entry *e)
{
    sv_row r;
    sv_text_add(out, "\n### %s\n", e->name);
    if (*e->doc) sv_text_add(out, "\n%s\n", e->doc);
    for (int i = 0; sv_catalogue_row(e, i, &r); i++) {
        if (i == 0) sv_text_add(out, "\n| key | value | default | meaning |\n|---|---|---|---|\n");
        sv_text_add(out, "| `%s` |", r.key);
        cell(out, r.wanted);
        cell(out, r.required ? "required" : r.fallback);
        cell(out, r.doc);
        sv_text_add(out, "\n");
    }
}

static void markdown_group(sv_text *out, sv_group group)
{
    sv_entry e;
    sv_text_add(out, "%s## %s\n", group ? "\n" : "", sv_group_title(group));
    if (*sv_group_remark(group)) sv_text_add(out, "\n%s\n", sv_group_remark(group));
    for (int i = 0; sv_catalogue_entry(group, i, &e); i++) markdown_entry(out, &e);
}

static void json_member(sv_text *out, const char *key, const char *value)
{
    sv_text_add(out, ",\"%s\":", key);
    sv_json_add_string(out, value);
}

static void json_row(sv_text *out, const sv_entry *e, int index, const sv_row *r)
{
    const sv_arg *arg = e->table ? &e->table[index] : &e->keys[index].arg;
    bool value = e->table || e->keys[index].kind == SV_KEY_VALUE;
    sv_text keras = { 0 }, torch = { 0 };
    sv_text_add(out, "{\"key\":");
    sv_json_add_string(out, r->key);
    json_member(out, "expects", r->wanted);
    sv_text_add(out, ",\"required\":%s,\"default\":", r->required ? "true" : "false");
    if (value && sv_add_default(&keras, arg, SV_KERAS) && sv_add_default(&torch, arg, SV_TORCH))
        sv_text_add(out, "{\"keras\":%s,\"torch\":%s}", keras.data ? keras.data : "null", torch.data ? torch.data : "null");
    else if (r->fallback[0]) sv_json_add_string(out, r->fallback);
    else sv_text_add(out, "null");
    json_member(out, "doc", r->doc);
    sv_text_add(out, "}");
    sv_text_free(&keras);
    sv_text_free(&torch);
}

static void json_group(sv_text *out, sv_group group)
{
    sv_entry e;
    sv_row r;
    sv_text_add(out, "%s\"%s\":[", group ? "," : "", sv_group_name(group));
    for (int i = 0; sv_catalogue_entry(group, i, &e); i++) {
        sv_text_add(out, "%s{\"type\":\"%s\"", i ? "," : "", e.name);
        json_member(out, "doc", e.doc);
        sv_text_add(out, ",\"arguments\":[");
        for (int k = 0; sv_catalogue_row(&e, k, &r); k++) {
            sv_text_add(out, "%s", k ? "," : "");
            json_row(out, &e, k, &r);
        }
        sv_text_add(out, "]}");
    }
    sv_text_add(out, "]");
}

static void list_json(sv_text *out)
{
    sv_text compact = { 0 };
    sv_text_add(&compact, "{");
    for (sv_group g = 0; g < SV_GROUP_COUNT; g++) json_group(&compact, g);
    sv_text_add(&compact, "}");
    if (compact.failed) out->failed = true;
    else sv_json_indent(out, compact.data);
    sv_text_free(&compact);
}

void sv_list_ops(sv_listing form, sv_text *out)
{
    if (form == SV_LISTING_JSON) list_json(out);
    for (sv_group g = 0; g < SV_GROUP_COUNT && form == SV_LISTING_TEXT; g++) text_group(out, g);
    for (sv_group g = 0; g < SV_GROUP_COUNT && form == SV_LISTING_MARKDOWN; g++) markdown_group(out, g);
}
