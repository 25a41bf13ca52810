#include "config/override.h"
#include "base/memory.h"
#include "config/model.h"
#include "config/paths.h"
#include "ops/op.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A walk along KEY. */
typedef struct walk {
    const char *text;  /* KEY=VALUE */
    const char *at;    /* what is left of KEY */
    const char *end;   /* its '=' */
    sv_text place;     /* so far, as the reader names it */
    size_t made;       /* length of the place of the first value made on the way; 0 none */
} walk;

bool sv_override_inside(const char *text, const char *key)
{
    size_t n = strlen(key);
    return strncmp(text, key, n) == 0 && (text[n] == '.' || text[n] == '[');
}

static sv_status refuse(const walk *w, sv_fault *fault, const char *what)
{
    return sv_fail(fault, SV_BAD_ARGUMENT, "override %.200s: %s", w->text, what);
}

/* The length of the next word, up to a dot, a bracket or the end. */
static size_t word(const walk *w)
{
    size_t n = 0;
    while (w->at + n < w->end && w->at[n] != '.' && w->at[n] != '[') n++;
    return n;
}

/* A list position: "[2]" or "2". */
static bool read_position(walk *w, int size, int *position)
{
    bool bracket = *w->at == '[';
    const char *digits = w->at + bracket;
    char *end = NULL;
    if (!isdigit((unsigned char)*digits)) return false;
    long n = strtol(digits, &end, 10);
    if (end > w->end || n < 0 || n >= size || (bracket && *end != ']')) return false;
    if (!bracket && end != w->end && *end != '.' && *end != '[') return false;
    w->at = end + bracket;
    *position = (int)n;
    return true;
}

/* Names may hold dots: the longest that what is left of KEY begins with. */
static bool read_layer_name(walk *w, const cJSON *list, int *position)
{
    size_t longest = 0;
    int index = 0;
    for (const cJSON *v = list->child; v; v = v->next, index++) {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(v, "name"), *type = cJSON_GetObjectItemCaseSensitive(v, "type");
        char *made = !cJSON_IsString(own) && cJSON_IsString(type) ? sv_layer_default_name(type->valuestring, index) : NULL;
        const char *name = made ? made : cJSON_IsString(own) ? own->valuestring : "";
        size_t n = strlen(name);
        if (n > longest && n <= (size_t)(w->end - w->at) && strncmp(w->at, name, n) == 0 && strchr(".[=", w->at[n])) {
            longest = n;
            *position = index;
        }
        sv_free(made);
    }
    w->at += longest;
    return longest > 0;
}

static sv_status refuse_position(const walk *w, const cJSON *list, sv_fault *fault)
{
    const char *names[65] = { NULL };
    char wrong[100], what[400];
    int n = 0, size = cJSON_GetArraySize(list);
    for (const cJSON *v = list->child; v && n < 64; v = v->next) {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(v, "name");
        if (cJSON_IsString(own)) names[n++] = own->valuestring;
    }
    snprintf(wrong, sizeof wrong, "%.*s", (int)word(w), w->at);
    const char *near = sv_nearest(wrong, names), *list_name = w->place.data ? w->place.data : "the list";
    if (near) snprintf(what, sizeof what, "nothing in %.100s is called \"%s\"; did you mean \"%.100s\"?", list_name, wrong, near);
    else snprintf(what, sizeof what, "no such place in %.100s; expected a name or a position below %d", list_name, size);
    return refuse(w, fault, what);
}

static cJSON *step_list(walk *w, cJSON *list, sv_fault *fault)
{
    int position = 0;
    if (!read_layer_name(w, list, &position) && !read_position(w, cJSON_GetArraySize(list), &position)) {
        refuse_position(w, list, fault);
        return NULL;
    }
    sv_text_add(&w->place, "[%d]", position);
    return cJSON_GetArrayItem(list, position);
}

/* Makes an object of null or of a name, which is short for {"type": name}. */
static bool make_object(cJSON *value)
{
    cJSON *type = NULL;
    if (cJSON_IsString(value) && !(type = cJSON_CreateString(value->valuestring))) return false;
    if (type && !cJSON_AddItemToObject(value, "type", type)) {
        cJSON_Delete(type);
        return false;
    }
    cJSON_free(value->valuestring);
    value->valuestring = NULL;
    value->type = cJSON_Object | (value->type & cJSON_StringIsConst);
    return true;
}

static cJSON *step_object(walk *w, cJSON *object, sv_fault *fault)
{
    char key[SV_JSON_TEXT], shown[SV_JSON_TEXT];
    size_t n = word(w);
    if (n == 0 || n >= sizeof key) {
        refuse(w, fault, "expected KEY=VALUE, where KEY is a dotted path such as optimizer.learning_rate");
        return NULL;
    }
    memcpy(key, w->at, n);
    key[n] = '\0';
    w->at += n;
    sv_text_add(&w->place, "%s%s", w->place.length ? "." : "", sv_json_key(key, shown));
    cJSON *child = cJSON_GetObjectItemCaseSensitive(object, key);
    if (child) return child;
    if (*w->at == '[') {
        refuse(w, fault, "there is no such list");
        return NULL;
    }
    if (!w->made) w->made = w->place.length;
    child = cJSON_AddNullToObject(object, key);
    if (!child) sv_fail_memory(fault, "override");
    return child;
}

static cJSON *step(walk *w, cJSON *value, sv_fault *fault)
{
    if (cJSON_IsArray(value)) return step_list(w, value, fault);
    if (!cJSON_IsObject(value) && !cJSON_IsNull(value) && !cJSON_IsString(value)) {
        char what[256];
        snprintf(what, sizeof what, "%.160s is not an object", w->place.data ? w->place.data : "the file");
        refuse(w, fault, what);
        return NULL;
    }
    if (!cJSON_IsObject(value) && !make_object(value)) {
        sv_fail_memory(fault, "override");
        return NULL;
    }
    return step_object(w, value, fault);
}

static cJSON *find(walk *w, cJSON *root, sv_fault *fault)
{
    cJSON *value = root;
    for (bool first = true; value && (first || w->at < w->end); first = false) {
        if (!first && *w->at == '.') w->at++;
        value = step(w, value, fault);
    }
    return value;
}

static cJSON *parse_value(const char *text, sv_fault *fault)
{
    cJSON *value = NULL;
    if (sv_json_parse(text, strlen(text), &value, NULL) == SV_OK) return value;
    sv_text quoted = { 0 };
    sv_json_add_string(&quoted, text);
    if (quoted.failed) sv_fail_memory(fault, "override");
    else sv_json_parse(quoted.data, quoted.length, &value, fault);
    sv_text_free(&quoted);
    return value;
}

static sv_status remember(walk *w, sv_overrides *done, sv_fault *fault)
{
    struct sv_override *grown = sv_grow(done->made, &done->capacity, done->count + 1, sizeof *grown);
    if (!grown || w->place.failed) return sv_fail_memory(fault, "override");
    done->made = grown;
    if (w->made) w->place.data[w->made] = '\0';
    grown[done->count++] = (struct sv_override){ w->text, w->place.data };
    w->place = (sv_text){ 0 };
    return SV_OK;
}

/* One place: `key` up to `end` of the override `text`. */
static sv_status apply(cJSON *root, const char *text, const char *key, const char *end, sv_overrides *done, sv_fault *fault)
{
    walk w = { .text = text, .at = key, .end = end };
    cJSON *value = find(&w, root, fault), *made = NULL;
    sv_status status = value ? SV_OK : fault->status;
    if (status == SV_OK && !(made = parse_value(w.end + 1, fault))) {
        status = fault->status;
        sv_fault_at(fault, w.place.data ? w.place.data : "override");
    }
    if (made) {
        sv_json_replace(value, made);
        status = sv_paths_from(value, ".", fault);
    }
    if (status == SV_OK) status = remember(&w, done, fault);
    sv_text_free(&w.place);
    return status;
}

/* Whether the layer has an argument of the name that `rest` begins with; what is no layer may have any. */
static bool takes(const cJSON *layer, const char *rest)
{
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(layer, "type");
    const sv_op *op = cJSON_IsString(type) ? sv_op_find(type->valuestring) : NULL;
    size_t n = strcspn(rest, ".[=");
    if (!op) return cJSON_IsObject(layer);
    for (const sv_arg *a = op->table; a && a->key; a++)
        if (strlen(a->key) == n && strncmp(a->key, rest, n) == 0) return true;
    return false;
}

/* KEY with "*" in the place of a layer: every layer that takes what follows. */
static sv_status apply_to_all(cJSON *root, const char *text, const char *star, const char *end, sv_overrides *done, sv_fault *fault)
{
    char before[200], what[300];
    snprintf(before, sizeof before, "%.*s", (int)(star - text) - 1, text);
    walk w = { .text = text, .at = before, .end = before + strlen(before) };
    const cJSON *list = find(&w, root, fault);
    sv_text_free(&w.place);
    if (!list) return fault->status;
    int reached = 0, index = 0;
    for (const cJSON *v = list->child; v; v = v->next, index++) {
        if (!takes(v, star + 2)) continue;
        sv_text one = { 0 };
        sv_text_add(&one, "%s[%d]%s", before, index, star + 1);
        if (one.failed) return sv_fail_memory(fault, "override");
        sv_status status = apply(root, text, one.data, one.data + one.length - strlen(end), done, fault);
        sv_text_free(&one);
        if (status != SV_OK) return status;
        reached++;
    }
    snprintf(what, sizeof what, "nothing in %.150s takes %.*s", before, (int)strcspn(star + 2, ".[="), star + 2);
    return reached ? SV_OK : refuse(&w, fault, what);
}

sv_status sv_override_apply(cJSON *root, const char *text, sv_overrides *done, sv_fault *fault)
{
    walk w = { .text = text };
    const char *end = strchr(text, '='), *star = strstr(text, ".*.");
    if (!end) return refuse(&w, fault, "expected KEY=VALUE, such as optimizer.learning_rate=1e-4");
    if (star && star < end && star - text < 200) return apply_to_all(root, text, star + 1, end, done, fault);
    return apply(root, text, text, end, done, fault);
}

void sv_override_name(const sv_overrides *done, sv_fault *fault)
{
    for (size_t i = done->count; i-- > 0;) {
        size_t n = strlen(done->made[i].place);
        if (strncmp(fault->text, done->made[i].place, n) != 0 || !strchr(".[:", fault->text[n])) continue;
        sv_fault named = { 0 };
        sv_fail(&named, fault->status, "%.700s (of the override %.200s)", fault->text, done->made[i].text);
        *fault = named;
        return;
    }
}

void sv_overrides_free(sv_overrides *o)
{
    for (size_t i = 0; i < o->count; i++) sv_free(o->made[i].place);
    sv_free(o->made);
    *o = (sv_overrides){ 0 };
}
