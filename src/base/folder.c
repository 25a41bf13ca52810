#include "base/file.h"
#include "base/memory.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

bool sv_is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool sv_is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool sv_folder_is_empty(const char *path)
{
    DIR *d = opendir(path);
    if (!d) return errno == ENOENT;
    struct dirent *e = readdir(d);
    while (e && is_dots(e->d_name)) e = readdir(d);
    closedir(d);
    return !e;
}

sv_status sv_make_folder(const char *path, sv_fault *fault)
{
    char *part = sv_copy_text(path);
    if (!part) return sv_fail_memory(fault, path);
    int error = path[0] ? 0 : ENOENT;
    for (char *at = part; *at && !error; at++) {
        if (at[1] && at[1] != '/') continue;
        char rest = at[1];
        at[1] = '\0';
        if (mkdir(part, 0777) != 0 && !sv_is_folder(part)) error = errno == EEXIST ? ENOTDIR : errno;
        at[1] = rest;
    }
    sv_free(part);
    return error ? sv_fail(fault, SV_IO_ERROR, "%s: the folder cannot be made: %s", path, strerror(error)) : SV_OK;
}

/* ".<name>.tmp-<digits>", as file.c names them. */
static bool is_leftover(const char *name)
{
    const char *tail = NULL;
    for (const char *s = name; (s = strstr(s, ".tmp-")); s++) tail = s;
    if (name[0] != '.' || !tail || tail == name) return false;
    const char *digits = tail + strlen(".tmp-");
    return *digits && strspn(digits, "0123456789") == strlen(digits);
}

void sv_remove_leftovers(const char *folder)
{
    DIR *d = opendir(folder);
    if (!d) return;
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        if (is_leftover(e->d_name)) unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
}

static int remove_entries(const char *path);

static int remove_entry(const char *folder, const char *name)
{
    struct stat s;
    char *path = sv_join_path(folder, name);
    if (!path) return ENOMEM;
    int error = lstat(path, &s) != 0 ? errno : 0;
    if (!error && S_ISDIR(s.st_mode)) error = remove_entries(path);
    if (!error && remove(path) != 0) error = errno;
    sv_free(path);
    return error;
}

static int remove_entries(const char *path)
{
    int error = 0;
    DIR *d = opendir(path);
    if (!d) return errno;
    for (struct dirent *e = readdir(d); e && !error; e = readdir(d))
        if (!is_dots(e->d_name)) error = remove_entry(path, e->d_name);
    closedir(d);
    return error;
}

sv_status sv_remove_folder(const char *path, sv_fault *fault)
{
    int error = remove_entries(path);
    if (!error && rmdir(path) != 0) error = errno;
    return error && error != ENOENT ? sv_fail(fault, SV_IO_ERROR, "%s: cannot be removed: %s", path, strerror(error)) : SV_OK;
}

char *sv_join_path(const char *folder, const char *name)
{
    if (name[0] == '/' || !folder[0]) return sv_copy_text(name);
    size_t n = strlen(folder), size = n + strlen(name) + 2;
    char *path = sv_new(size, 1);
    if (path) snprintf(path, size, "%s%s%s", folder, folder[n - 1] == '/' ? "" : "/", name);
    return path;
}

char *sv_folder_of(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    while (n > 0 && path[n - 1] != '/') n--;
    while (n > 1 && path[n - 1] == '/') n--;
    if (n == 0) return sv_copy_text(".");
    char *folder = sv_new(n + 1, 1);
    if (folder) memcpy(folder, path, n);
    return folder;
}

typedef struct names {
    char **item;
    size_t count, capacity;
} names;

/* Takes over `text`, also where it fails. */
static bool add(names *l, char *text)
{
    char **grown = text ? sv_grow(l->item, &l->capacity, l->count + 1, sizeof *grown) : NULL;
    if (!grown) {
        sv_free(text);
        return false;
    }
    l->item = grown;
    l->item[l->count++] = text;
    return true;
}

static bool ends_in(const char *name, const char *const *suffixes)
{
    size_t n = strlen(name);
    for (; *suffixes; suffixes++) {
        size_t m = strlen(*suffixes);
        if (n >= m && strcasecmp(name + n - m, *suffixes) == 0) return true;
    }
    return false;
}

/* One folder's entries: files wanted go to `files`, folders to `folders`. A link to a folder is not followed (it may lead back);
 * a link to nothing counts as a file, so that whoever reads it says so. 0 or an errno. */
static int scan(const char *root, const char *relative, const char *const *suffixes, names *files, names *folders)
{
    char *path = sv_join_path(root, relative[0] ? relative : ".");
    DIR *d = path ? opendir(path) : NULL;
    int error = path ? errno : ENOMEM;
    sv_free(path);
    if (!d) return error;
    error = 0;
    while (!error) {
        errno = 0;
        struct dirent *e = readdir(d);
        if (!e) {
            error = errno;
            break;
        }
        struct stat own, target;
        if (is_dots(e->d_name) || fstatat(dirfd(d), e->d_name, &own, AT_SYMLINK_NOFOLLOW) != 0) continue;
        bool link = S_ISLNK(own.st_mode), dangles = link && fstatat(dirfd(d), e->d_name, &target, 0) != 0;
        bool file = S_ISREG(own.st_mode) || dangles || (link && S_ISREG(target.st_mode));
        if (S_ISDIR(own.st_mode)) error = add(folders, sv_join_path(relative, e->d_name)) ? 0 : ENOMEM;
        else if (file && ends_in(e->d_name, suffixes)) error = add(files, sv_join_path(relative, e->d_name)) ? 0 : ENOMEM;
    }
    closedir(d);
    return error;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

sv_status sv_list_files(const char *folder, const char *const *suffixes, char ***paths, size_t *count, sv_fault *fault)
{
    *paths = NULL;
    *count = 0;
    names files = { 0 }, folders = { 0 };
    int error = add(&folders, sv_copy_text("")) ? 0 : ENOMEM;
    sv_status status = SV_OK;
    for (size_t i = 0; i < folders.count && !error; i++) {
        error = scan(folder, folders.item[i], suffixes, &files, &folders);
        const char *slash = folders.item[i][0] ? "/" : "";
        if (error && error != ENOMEM)
            status = sv_fail(fault, SV_IO_ERROR, "%s%s%s: cannot be read: %s", folder, slash, folders.item[i], strerror(error));
    }
    sv_free_list(folders.item, folders.count);
    if (error == ENOMEM) status = sv_fail_memory(fault, folder);
    if (error) {
        sv_free_list(files.item, files.count);
        return status;
    }
    if (files.count) qsort(files.item, files.count, sizeof *files.item, by_bytes);
    *paths = files.item;
    *count = files.count;
    return SV_OK;
}

void sv_free_list(char **list, size_t count)
{
    for (size_t i = 0; list && i < count; i++) sv_free(list[i]);
    sv_free(list);
}
