#include "report/columns.h"
#include "base/file.h"
#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ends the field at *p, taking its quotes away, and moves *p behind what ends it; returns what that was: ',', '\n' or '\0'. */
static char cut_field(char **p, char **field)
{
    char *from = *p, *to = *p;
    *field = to;
    if (*from == '"') {
        for (from++; *from && !(from[0] == '"' && from[1] != '"'); from++) {
            if (*from == '"') from++;
            *to++ = *from;
        }
        if (*from) from++;
    }
    while (*from && *from != ',' && *from != '\n') *to++ = *from++;
    char end = *from;
    *p = end ? from + 1 : from;
    *to = '\0';
    return end;
}

static int64_t count(const char *text, char c)
{
    int64_t n = 0;
    for (; *text; text++) n += *text == c;
    return n;
}

static sv_status cut_line(char **p, char **field, int columns, const char *path, int64_t line, sv_fault *fault)
{
    for (int i = 0; i < columns; i++) {
        char end = cut_field(p, &field[i]);
        if (end != (i + 1 < columns ? ',' : '\n'))
            return sv_fail(fault, SV_BAD_DATA, "%s: line %lld does not have %d fields as the first one has", path, (long long)line,
                           columns);
    }
    return SV_OK;
}

sv_status sv_columns_read(const char *path, sv_columns *c, sv_fault *fault)
{
    size_t size;
    *c = (sv_columns){ 0 };
    if (sv_read_file(path, &c->text, &size, fault) != SV_OK) return fault->status;
    char *p = c->text, *end = strchr(p, '\n');
    if (!end || strlen(c->text) != size) return sv_fail(fault, SV_BAD_DATA, "%s: is no table of text", path);
    *end = '\0';
    c->columns = (int)count(p, ',') + 1;
    *end = '\n';
    int64_t rows = count(p, '\n') - 1;
    c->name = sv_new((size_t)c->columns, sizeof *c->name);
    c->field = sv_new((size_t)rows * (size_t)c->columns + 1, sizeof *c->field);
    if (!c->name || !c->field) return sv_fail_memory(fault, path);
    if (cut_line(&p, c->name, c->columns, path, 1, fault) != SV_OK) return fault->status;
    for (; c->rows < rows; c->rows++)
        if (cut_line(&p, c->field + c->rows * c->columns, c->columns, path, c->rows + 2, fault) != SV_OK) return fault->status;
    return SV_OK;
}

void sv_columns_free(sv_columns *c)
{
    sv_free(c->text);
    sv_free(c->name);
    sv_free(c->field);
    *c = (sv_columns){ 0 };
}

int sv_columns_find(const sv_columns *c, const char *name)
{
    for (int i = 0; i < c->columns; i++)
        if (!strcmp(c->name[i], name)) return i;
    return -1;
}

double sv_columns_number(const sv_columns *c, int64_t row, int column)
{
    char *end;
    const char *text = c->field[row * c->columns + column];
    double value = strtod(text, &end);
    return end != text && !*end ? value : (double)NAN;
}

double *sv_columns_numbers(const sv_columns *c, const char *name)
{
    int column = sv_columns_find(c, name);
    double *value = column >= 0 ? sv_new((size_t)c->rows + 1, sizeof *value) : NULL;
    for (int64_t i = 0; value && i < c->rows; i++) value[i] = sv_columns_number(c, i, column);
    return value;
}
