#include "support/scratch.h"
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void need(int fine, const char *what)
{
    if (fine) return;
    perror(what);
    abort();
}

char *scratch_make(void)
{
    const char *parent = getenv("TMPDIR");
    char *folder = NULL;
    need(asprintf(&folder, "%s/selvage-test-XXXXXX", parent ? parent : "/tmp") > 0, "asprintf");
    need(mkdtemp(folder) != NULL, folder);
    return folder;
}

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *at)
{
    (void)s, (void)kind, (void)at;
    return remove(path);
}

void scratch_remove(char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

const char *scratch_path(const char *folder, const char *name)
{
    static char text[8][512];
    static int next;
    char *t = text[next++ % 8];
    snprintf(t, sizeof text[0], "%s/%s", folder, name);
    return t;
}

void scratch_write(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    need(f != NULL, path);
    need(fwrite(data, 1, bytes, f) == bytes, path);
    need(fclose(f) == 0, path);
}

unsigned char *scratch_read(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    need(f != NULL, path);
    need(fseek(f, 0, SEEK_END) == 0, path);
    *bytes = (size_t)ftell(f);
    rewind(f);
    unsigned char *data = malloc(*bytes + 1);
    need(data && fread(data, 1, *bytes, f) == *bytes, path);
    data[*bytes] = 0;
    fclose(f);
    return data;
}

int scratch_entries(const char *folder)
{
    DIR *d = opendir(folder);
    need(d != NULL, folder);
    int n = 0;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}
