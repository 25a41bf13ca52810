#include "trainer/config_change.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 32 };

/* One object or array around the place reached. */
typedef struct level {
    bool array;
    int index;       /* in an array */
    const char *key; /* in an object: the last key seen, not terminated */
    int length;
} level;

static const char *end_of_string(const char *p)
{
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && p[1]) p++;
    return *p ? p + 1 : p;
}

static bool is_key(const char *after)
{
    return after[strspn(after, " \t\n")] == ':';
}

/* Objects and arrays that are open at text + offset. */
static int levels_at(const char *text, size_t offset, level *at)
{
    int depth = 0;
    for (const char *p = text; *p && p <= text + offset;) {
        level *l = depth ? &at[depth - 1] : NULL;
        const char *next = p + 1;
        if (*p == '"') {
            next = end_of_string(p);
            if (l && !l->array && is_key(next)) l->key = p + 1, l->length = (int)(next - p) - 2;
        } else if ((*p == '{' || *p == '[') && depth < MAX_DEPTH)
            at[depth++] = (level){ .array = *p == '[' };
        else if ((*p == '}' || *p == ']') && depth && p < text + offset)
            depth--;
        else if (*p == ',' && l && l->array && p < text + offset)
            l->index++;
        p = next;
    }
    return depth;
}

bool sv_json_difference(const char *a, const char *b, char *path, size_t size)
{
    size_t same = 0, used = 0;
    while (a[same] && a[same] == b[same]) same++;
    if (a[same] == b[same]) return false;
    level at[MAX_DEPTH];
    int depth = levels_at(b, same, at);
    if (size) path[0] = '\0';
    for (int i = 0; i < depth && used < size; i++) {
        int n = at[i].array
                    ? snprintf(path + used, size - used, "[%d]", at[i].index)
                    : snprintf(path + used, size - used, "%s%.*s", used ? "." : "", at[i].length, at[i].key ? at[i].key : "");
        if (n > 0) used += (size_t)n;
    }
    return true;
}

/* The resolved config with another number of epochs. */
static sv_status json_with_epochs(const sv_config *c, int epochs, sv_text *text, sv_fault *fault)
{
    sv_config copy = *c;
    copy.epochs = epochs;
    sv_status status = sv_config_json(&copy, text, fault);
    if (status == SV_OK && text->failed) status = sv_fail_memory(fault, "config");
    return status;
}

sv_status sv_config_digest(const sv_config *c, char digest[65], sv_fault *fault)
{
    sv_text text = { 0 };
    sv_status status = json_with_epochs(c, 1, &text, fault);
    if (status == SV_OK) sv_hash_bytes(text.data, text.length, digest);
    sv_text_free(&text);
    return status;
}

static sv_status compare(const sv_config *c, const sv_config *was, const char *path, sv_fault *fault)
{
    sv_text now = { 0 }, before = { 0 };
    char key[256];
    sv_status status = json_with_epochs(c, was->epochs, &now, fault);
    if (status == SV_OK) status = json_with_epochs(was, was->epochs, &before, fault);
    bool differs = status == SV_OK && sv_json_difference(before.data, now.data, key, sizeof key);
    if (differs && strcmp(key, "init.weights") == 0)
        status = sv_fail(fault, SV_BAD_ARGUMENT,
                         "%s: init.weights: differs from the run's %s; --resume continues a run from its checkpoint, init.weights "
                         "starts a new one: without --resume, in another folder",
                         c->source, path);
    else if (differs)
        status = sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s: differs from the run's %s; a resumed run may only have more epochs",
                         c->source, key, path);
    if (status == SV_OK && c->epochs < was->epochs)
        status = sv_fail(fault, SV_BAD_ARGUMENT, "%s: epochs: %d is less than the run's %d in %s; a resumed run may only have more",
                         c->source, c->epochs, was->epochs, path);
    sv_text_free(&now);
    sv_text_free(&before);
    return status;
}

sv_status sv_config_unchanged(const sv_config *c, const char *was, const char *path, sv_fault *fault)
{
    char *folder = sv_folder_of(path);
    if (!folder) return sv_fail_memory(fault, path);
    sv_config *before = NULL;
    sv_status status = sv_config_parse(was, path, folder, &before, fault);
    if (status == SV_OK) status = compare(c, before, path, fault);
    sv_config_free(before);
    sv_free(folder);
    return status;
}
