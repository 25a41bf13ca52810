#include "cli/pages.h"
#include "base/file.h"
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

/* The number of the column of that name in a header; -1 where there is none. */
static int column_of(const char *header, const char *name)
{
    for (int column = 0;; column++) {
        size_t n = strcspn(header, ",\n");
        if (n == strlen(name) && strncmp(header, name, n) == 0) return column;
        if (header[n] != ',') return -1;
        header += n + 1;
    }
}

static const char *cell_at(const char *row, int column)
{
    for (; column > 0; column--) {
        row += strcspn(row, ",\n");
        if (*row != ',') return "nan";
        row++;
    }
    return row;
}

double *sv_metrics_column(const char *run, const char *name, int *count)
{
    char *path = sv_join_path(run, "metrics.csv"), *text = NULL;
    size_t size = 0, room = 0;
    sv_fault ignored = { 0 };
    double *values = NULL;
    *count = 0;
    if (path && sv_is_file(path)) sv_read_file(path, &text, &size, &ignored);
    int column = text ? column_of(text, name) : -1;
    for (const char *line = column >= 0 ? strchr(text, '\n') : NULL; line && line[1]; line = strchr(line + 1, '\n')) {
        double *grown = sv_grow(values, &room, (size_t)*count + 1, sizeof *values);
        if (!grown) break;
        values = grown;
        values[(*count)++] = strtod(cell_at(line + 1, column), NULL);
    }
    sv_free(text);
    sv_free(path);
    return values;
}
