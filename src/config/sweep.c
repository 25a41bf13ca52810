#include "config/sweep.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/paths.h"
#include "config/quickstart.h"
#include "config/reader.h"
#include "config/sweep_axes.h"
#include "config/writer.h"
#include <stdio.h>
#include <string.h>

static const char *const file_keys[] = { "config", "set", "grid", "list", "name", "description", "$schema", NULL };

static sv_status add_single(sv_sweep_axes *axes, sv_axis_kind kind, const char *key, const cJSON *first, bool all, sv_fault *fault)
{
    sv_sweep_axis *axis = sv_axes_add(axes, kind);
    if (!axis) return sv_fail_memory(fault, "sweep");
    for (const cJSON *v = first; v; v = all ? v->next : NULL) {
        sv_sweep_point *p = sv_axis_add(axis);
        if (!p) return sv_fail_memory(fault, "sweep");
        if (sv_point_assign(axes, p, key, v, fault) != SV_OK) return fault->status;
    }
    return SV_OK;
}

static sv_status read_set(sv_sweep_axes *axes, const cJSON *set, sv_fault *fault)
{
    if (!cJSON_IsObject(set)) return sv_fail_type("set", "an object {KEY: VALUE, ...}", set, fault);
    for (const cJSON *v = set->child; v; v = v->next)
        if (add_single(axes, SV_AXIS_SET, v->string, v, false, fault) != SV_OK) return fault->status;
    return SV_OK;
}

static sv_status read_grid(sv_sweep_axes *axes, const cJSON *grid, sv_fault *fault)
{
    if (!cJSON_IsObject(grid)) return sv_fail_type("grid", "an object {KEY: [V1, V2, ...], ...}", grid, fault);
    for (const cJSON *v = grid->child; v; v = v->next) {
        if (!cJSON_IsArray(v) || !v->child) {
            sv_fail_type(v->string, "a list of values", v, fault);
            return sv_fault_inside(fault, "grid");
        }
        if (add_single(axes, SV_AXIS_GRID, v->string, v->child, true, fault) != SV_OK) return fault->status;
    }
    return SV_OK;
}

static sv_status read_entry(sv_sweep_axes *axes, sv_sweep_axis *axis, const cJSON *entry, sv_fault *fault)
{
    sv_sweep_point *p = sv_axis_add(axis);
    if (!p) return sv_fail_memory(fault, "sweep");
    for (const cJSON *v = entry->child; v; v = v->next) {
        if (strcmp(v->string, "name") != 0) {
            if (sv_point_assign(axes, p, v->string, v, fault) != SV_OK) return fault->status;
            continue;
        }
        if (!cJSON_IsString(v) || !v->valuestring[0]) return sv_fail_type("name", "a text", v, fault);
        p->label = sv_axes_keep(axes, v->valuestring);
        if (!p->label) return sv_fail_memory(fault, "sweep");
    }
    if (p->label || p->assignments) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "name: missing; expected a text where no key is set");
}

static sv_status read_list(sv_sweep_axes *axes, const cJSON *list, sv_fault *fault)
{
    if (!cJSON_IsArray(list) || !list->child) return sv_fail_type("list", "a list of objects {KEY: VALUE, ...}", list, fault);
    sv_sweep_axis *axis = sv_axes_add(axes, SV_AXIS_LIST);
    if (!axis) return sv_fail_memory(fault, "sweep");
    int index = 0;
    for (const cJSON *v = list->child; v; v = v->next, index++) {
        char place[32];
        snprintf(place, sizeof place, "list[%d]", index);
        if (!cJSON_IsObject(v)) return sv_fail_type(place, "an object {KEY: VALUE, ...}", v, fault);
        if (sv_refuse_repeats(v, fault) != SV_OK || read_entry(axes, axis, v, fault) != SV_OK) return sv_fault_inside(fault, place);
    }
    return SV_OK;
}

static sv_status read_base(sv_sweep *s, const cJSON *config, const char *folder, sv_fault *fault)
{
    if (cJSON_IsNull(config)) return SV_OK;
    if (!cJSON_IsString(config) || !config->valuestring[0])
        return sv_fail_type("config", "the path of a config, or null for the quickstart", config, fault);
    char *joined = sv_join_path(folder, config->valuestring);
    s->config = joined ? sv_axes_keep(s->axes, joined) : NULL;
    sv_free(joined);
    return s->config ? SV_OK : sv_fail_memory(fault, "sweep");
}

static sv_status read_tree(sv_sweep *s, cJSON *tree, const char *folder, sv_fault *fault)
{
    if (sv_refuse_repeats(tree, fault) != SV_OK) return fault->status;
    for (const cJSON *v = tree->child; v; v = v->next) {
        int i = 0;
        while (file_keys[i] && strcmp(file_keys[i], v->string) != 0) i++;
        if (!file_keys[i]) return sv_fail_unknown_key(v->string, file_keys, "a sweep", fault);
    }
    if (!cJSON_HasObjectItem(tree, "config"))
        return sv_fail(fault, SV_BAD_ARGUMENT, "config: missing; expected the path of a config");
    sv_status status = read_base(s, cJSON_GetObjectItemCaseSensitive(tree, "config"), folder, fault);
    static sv_status (*const read[])(sv_sweep_axes *, const cJSON *, sv_fault *) = { read_set, read_list, read_grid };
    static const char *const keys[] = { "set", "list", "grid" };
    for (int i = 0; i < 3 && status == SV_OK; i++) {
        cJSON *part = cJSON_GetObjectItemCaseSensitive(tree, keys[i]);
        if (!part) continue;
        status = sv_paths_from(part, folder, fault);
        if (status == SV_OK) status = read[i](s->axes, part, fault);
    }
    return status;
}

/* A sweep file's content, or of any other JSON that it is the config. */
static sv_status read_text(sv_sweep *s, const char *path, const char *text, size_t size, sv_fault *fault)
{
    cJSON *tree = NULL;
    if (sv_json_parse(text, size, &tree, fault) != SV_OK) return sv_fault_at(fault, path);
    bool sweep = cJSON_HasObjectItem(tree, "config") || cJSON_HasObjectItem(tree, "grid") || cJSON_HasObjectItem(tree, "list");
    char *folder = sv_folder_of(path);
    if (!sweep)
        s->config = sv_axes_keep(s->axes, path);
    else if (folder && read_tree(s, tree, folder, fault) != SV_OK)
        sv_fault_at(fault, path);
    if (!folder || (!sweep && !s->config)) sv_fail_memory(fault, path);
    sv_free(folder);
    cJSON_Delete(tree);
    return fault->status;
}

/* The end of the value at `text`: a comma outside of brackets and quotes, or the end; NULL where those do not close. */
static const char *end_of_value(const char *text)
{
    int depth = 0;
    for (; *text && (depth > 0 || *text != ','); text++) {
        if (strchr("[{", *text)) depth++;
        if (strchr("]}", *text)) depth--;
        if (*text != '"') continue;
        for (text++; *text && *text != '"'; text++)
            if (*text == '\\' && text[1]) text++;
        if (!*text) return NULL;
    }
    return depth == 0 ? text : NULL;
}

static sv_status add_value(sv_sweep_axes *axes, sv_sweep_axis *axis, const char *key, const char *value, size_t length,
                           sv_fault *fault)
{
    sv_text text = { 0 };
    cJSON *tree = NULL;
    sv_sweep_point *p = sv_axis_add(axis);
    sv_text_bytes(&text, value, length);
    if (!p || text.failed || !text.data) {
        sv_text_free(&text);
        return sv_fail_memory(fault, "sweep");
    }
    if (sv_json_parse(text.data, text.length, &tree, NULL) != SV_OK) tree = cJSON_CreateString(text.data);
    sv_text_free(&text);
    sv_status status = tree ? sv_point_assign(axes, p, key, tree, fault) : sv_fail_memory(fault, "sweep");
    cJSON_Delete(tree);
    return status;
}

static sv_status add_values(sv_sweep_axes *axes, const char *text, const char *key, const char *value, sv_fault *fault)
{
    sv_axes_drop(axes, key);
    sv_sweep_axis *axis = sv_axes_add(axes, SV_AXIS_GRID);
    if (!axis) return sv_fail_memory(fault, "sweep");
    for (;;) {
        const char *end = end_of_value(value);
        if (!end)
            return sv_fail(fault, SV_BAD_ARGUMENT, "%.300s: a bracket or a quote is not closed; expected KEY=V1,V2,...", text);
        if (end == value) return sv_fail(fault, SV_BAD_ARGUMENT, "%.300s: an empty value; expected KEY=V1,V2,...", text);
        if (add_value(axes, axis, key, value, (size_t)(end - value), fault) != SV_OK) return fault->status;
        if (!*end) return SV_OK;
        value = end + 1;
    }
}

/* KEY=V1,V2,... */
static sv_status read_axis(sv_sweep_axes *axes, const char *text, sv_fault *fault)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) return sv_fail(fault, SV_BAD_ARGUMENT, "%.300s: expected KEY=V1,V2,...", text);
    sv_text key = { 0 };
    sv_text_bytes(&key, text, (size_t)(equals - text));
    sv_status status = key.failed ? sv_fail_memory(fault, "sweep") : add_values(axes, text, key.data, equals + 1, fault);
    sv_text_free(&key);
    return status;
}

static sv_status read_sweep(sv_sweep *s, const char *path, const char *const *axes, int count, sv_fault *fault)
{
    s->axes = sv_new(1, sizeof *s->axes);
    s->source = s->axes ? sv_axes_keep(s->axes, path ? path : SV_QUICKSTART_NAME) : NULL;
    if (!s->source) return sv_fail_memory(fault, "sweep");
    char *text = NULL;
    size_t size = 0;
    sv_status status = path ? sv_read_file(path, &text, &size, fault) : SV_OK;
    if (status == SV_OK && path) status = read_text(s, path, text, size, fault);
    sv_free(text);
    for (int i = 0; i < count && status == SV_OK; i++) status = read_axis(s->axes, axes[i], fault);
    return status == SV_OK ? sv_axes_expand(s, fault) : status;
}

sv_status sv_sweep_read(const char *path, const char *const *axes, int count, sv_sweep **sweep, sv_fault *fault)
{
    *sweep = sv_new(1, sizeof **sweep);
    return *sweep ? read_sweep(*sweep, path, axes, count, fault) : sv_fail_memory(fault, "sweep");
}

void sv_sweep_free(sv_sweep *s)
{
    if (!s) return;
    for (int i = 0; i < s->runs; i++) {
        sv_free((void *)s->run[i].override);
        sv_free((void *)s->run[i].cell);
    }
    sv_free(s->run);
    sv_free((void *)s->column);
    if (s->axes) sv_axes_free(s->axes);
    sv_free(s);
}

static void write_key(sv_text *out, const char *key, const char *joint)
{
    sv_text_add(out, "%s", joint);
    sv_json_add_string(out, key);
    sv_text_add(out, ":");
}

static void write_set(const sv_sweep_axes *a, sv_text *out)
{
    const char *joint = "";
    for (size_t i = 0; i < a->count; i++) {
        if (a->axis[i].kind != SV_AXIS_SET) continue;
        write_key(out, a->axis[i].point->assignment->key, joint);
        sv_text_add(out, "%s", a->axis[i].point->assignment->value);
        joint = ",";
    }
}

static void write_grid(const sv_sweep_axes *a, sv_text *out)
{
    const char *joint = "";
    for (size_t i = 0; i < a->count; i++) {
        const sv_sweep_axis *axis = &a->axis[i];
        if (axis->kind != SV_AXIS_GRID) continue;
        write_key(out, axis->point->assignment->key, joint);
        for (size_t p = 0; p < axis->points; p++) sv_text_add(out, "%s%s", p ? "," : "[", axis->point[p].assignment->value);
        sv_text_add(out, "]");
        joint = ",";
    }
}

static void write_entry(const sv_sweep_point *p, sv_text *out)
{
    const char *joint = "";
    if (p->label) {
        write_key(out, "name", joint);
        sv_json_add_string(out, p->label);
        joint = ",";
    }
    for (size_t k = 0; k < p->assignments; k++, joint = ",") {
        write_key(out, p->assignment[k].key, joint);
        sv_text_add(out, "%s", p->assignment[k].value);
    }
}

static void write_list(const sv_sweep_axes *a, sv_text *out)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->axis[i].kind != SV_AXIS_LIST) continue;
        sv_text_add(out, ",\"list\":[");
        for (size_t p = 0; p < a->axis[i].points; p++) {
            sv_text_add(out, "%s{", p ? "," : "");
            write_entry(&a->axis[i].point[p], out);
            sv_text_add(out, "}");
        }
        sv_text_add(out, "]");
    }
}

sv_status sv_sweep_json(const sv_sweep *s, sv_text *text, sv_fault *fault)
{
    sv_text compact = { 0 };
    char *config = s->config ? sv_absolute_path(s->config) : NULL;
    sv_text_add(&compact, "{\"config\":");
    if (config)
        sv_json_add_string(&compact, config);
    else
        sv_text_add(&compact, "null");
    sv_text_add(&compact, ",\"set\":{");
    write_set(s->axes, &compact);
    sv_text_add(&compact, "}");
    write_list(s->axes, &compact);
    sv_text_add(&compact, ",\"grid\":{");
    write_grid(s->axes, &compact);
    sv_text_add(&compact, "}}");
    bool failed = compact.failed || (s->config && !config);
    if (!failed) sv_json_indent(text, compact.data);
    sv_text_free(&compact);
    sv_free(config);
    return failed || text->failed ? sv_fail_memory(fault, "sweep") : SV_OK;
}
