#include "config/leaves.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/json.h"
#include <math.h>
#include <string.h>

/* Whether a list holds an object somewhere. */
static bool holds_objects(const cJSON *list)
{
    for (const cJSON *v = list->child; v; v = v->next)
        if (cJSON_IsObject(v) || (cJSON_IsArray(v) && holds_objects(v))) return true;
    return false;
}

static bool is_leaf(const cJSON *v)
{
    return !v->child || (cJSON_IsArray(v) && !holds_objects(v));
}

static char *text_of(const cJSON *value)
{
    if (cJSON_IsString(value)) return sv_copy_text(value->valuestring);
    if (cJSON_IsNumber(value)) {
        sv_text t = { 0 };
        sv_json_add_double(&t, value->valuedouble);
        return t.data;
    }
    char *printed = cJSON_PrintUnformatted(value), *own = sv_copy_text(printed);
    cJSON_free(printed);
    return own;
}

static sv_status add(sv_leaves *l, const char *path, const cJSON *value, sv_fault *fault)
{
    sv_leaf *grown = sv_grow(l->leaf, &l->capacity, l->count + 1, sizeof *grown);
    if (!grown) return sv_fail_memory(fault, "JSON");
    l->leaf = grown;
    sv_leaf *leaf = &grown[l->count++];
    *leaf = (sv_leaf){ .path = sv_copy_text(path), .text = text_of(value), .number = NAN, .string = cJSON_IsString(value) };
    if (cJSON_IsNumber(value)) leaf->number = value->valuedouble;
    return leaf->path && leaf->text ? SV_OK : sv_fail_memory(fault, "JSON");
}

static void step(sv_text *path, const cJSON *parent, const cJSON *child, int index)
{
    char key[SV_JSON_TEXT];
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(child, "name");
    const char *word = cJSON_IsObject(parent) ? child->string : cJSON_IsString(name) ? name->valuestring : NULL;
    if (word)
        sv_text_add(path, "%s%s", path->length ? "." : "", sv_json_key(word, key));
    else
        sv_text_add(path, "[%d]", index);
}

static sv_status walk(sv_leaves *l, sv_text *path, const cJSON *value, sv_fault *fault)
{
    if (is_leaf(value)) return add(l, path->data ? path->data : "", value, fault);
    int index = 0;
    for (const cJSON *v = value->child; v; v = v->next) {
        size_t length = path->length;
        step(path, value, v, index++);
        if (path->failed) return sv_fail_memory(fault, "JSON");
        if (walk(l, path, v, fault) != SV_OK) return fault->status;
        path->length = length;
        path->data[length] = '\0';
    }
    return SV_OK;
}

sv_status sv_leaves_parse(const char *text, size_t size, sv_leaves *leaves, sv_fault *fault)
{
    cJSON *tree = NULL;
    sv_text path = { 0 };
    sv_status status = sv_json_parse(text, size, &tree, fault);
    if (status == SV_OK) status = walk(leaves, &path, tree, fault);
    sv_text_free(&path);
    cJSON_Delete(tree);
    return status;
}

sv_status sv_leaves_read(const char *path, sv_leaves *leaves, sv_fault *fault)
{
    char *text = NULL;
    size_t size = 0;
    sv_status status = sv_read_file(path, &text, &size, fault);
    if (status != SV_OK) return status;
    status = sv_leaves_parse(text, size, leaves, fault);
    if (status != SV_OK) sv_fault_at(fault, path);
    sv_free(text);
    return status;
}

void sv_leaves_free(sv_leaves *leaves)
{
    for (size_t i = 0; i < leaves->count; i++) {
        sv_free(leaves->leaf[i].path);
        sv_free(leaves->leaf[i].text);
    }
    sv_free(leaves->leaf);
    *leaves = (sv_leaves){ 0 };
}

const sv_leaf *sv_leaves_find(const sv_leaves *leaves, const char *path)
{
    for (size_t i = 0; i < leaves->count; i++)
        if (strcmp(leaves->leaf[i].path, path) == 0) return &leaves->leaf[i];
    return NULL;
}

const char *sv_leaves_text(const sv_leaves *leaves, const char *path)
{
    const sv_leaf *leaf = sv_leaves_find(leaves, path);
    return leaf ? leaf->text : "";
}

double sv_leaves_number(const sv_leaves *leaves, const char *path)
{
    const sv_leaf *leaf = sv_leaves_find(leaves, path);
    return leaf ? leaf->number : (double)NAN;
}
