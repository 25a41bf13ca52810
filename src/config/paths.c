#include "config/paths.h"
#include "base/file.h"
#include "base/memory.h"
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Drops "." and empty parts, and each ".." with the part before it, in place. */
static void normalize(char *path)
{
    char *out = path;
    for (const char *part = path; *part;) {
        while (*part == '/') part++;
        size_t n = strcspn(part, "/");
        if (n == 2 && strncmp(part, "..", 2) == 0) {
            while (out > path && *--out != '/') continue;
        } else if (n > 0 && !(n == 1 && *part == '.')) {
            *out++ = '/';
            memmove(out, part, n);
            out += n;
        }
        part += n;
    }
    if (out == path) *out++ = '/';
    *out = '\0';
}

char *sv_absolute_path(const char *path)
{
    char here[PATH_MAX];
    if (path[0] != '/' && !getcwd(here, sizeof here)) return NULL;
    char *joined = path[0] == '/' ? sv_copy_text(path) : sv_join_path(here, path);
    if (joined) normalize(joined);
    return joined;
}

static sv_status make_absolute(cJSON *value, const char *folder, sv_fault *fault)
{
    char *joined = sv_join_path(folder, value->valuestring), *path = joined ? sv_absolute_path(joined) : NULL;
    bool set = path && cJSON_SetValuestring(value, path);
    sv_free(joined);
    sv_free(path);
    return set ? SV_OK : sv_fail_memory(fault, value->string);
}

sv_status sv_paths_from(cJSON *value, const char *folder, sv_fault *fault)
{
    const char *key = value->string ? value->string : "", *dot = strrchr(key, '.');
    if (dot) key = dot + 1;
    bool path = strcmp(key, "path") == 0 || strcmp(key, "weights") == 0 || strcmp(key, "model") == 0;
    if (cJSON_IsString(value)) return path && value->valuestring[0] ? make_absolute(value, folder, fault) : SV_OK;
    sv_status status = SV_OK;
    for (cJSON *v = value->child; v && status == SV_OK; v = v->next) status = sv_paths_from(v, folder, fault);
    return status;
}
