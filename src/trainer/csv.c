#include "trainer/csv.h"
#include "base/file.h"
#include "base/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static sv_status check(const sv_csv *c, sv_fault *fault)
{
    return c->text.failed ? sv_fail_memory(fault, "the rows of a CSV file") : SV_OK;
}

sv_status sv_csv_start(sv_csv *c, const char *header, sv_fault *fault)
{
    c->text.length = 0;
    c->rows = 0;
    sv_text_add(&c->text, "%s\n", header);
    return check(c, fault);
}

sv_status sv_csv_reserve(sv_csv *c, size_t bytes, sv_fault *fault)
{
    char *p = sv_grow(c->text.data, &c->text.capacity, c->text.length + bytes + 1, 1);
    if (!p) return sv_fail_memory(fault, "the rows of a CSV file");
    c->text.data = p;
    return SV_OK;
}

void sv_csv_row(sv_csv *c, const char *format, ...)
{
    char row[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(row, sizeof row - 1, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof row - 1) {
        c->text.failed = true;
        return;
    }
    row[n] = '\n';
    sv_text_bytes(&c->text, row, (size_t)n + 1);
    c->rows++;
}

/* Length of the first `lines` lines of the text, or 0 where it has fewer. */
static size_t length_of_lines(const char *text, size_t size, int64_t lines)
{
    const char *p = text, *end = text + size;
    for (; lines; lines--) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline) return 0;
        p = newline + 1;
    }
    return (size_t)(p - text);
}

sv_status sv_csv_read(sv_csv *c, const char *path, const char *header, int64_t rows, sv_fault *fault)
{
    char *data;
    size_t size;
    if (sv_read_file(path, &data, &size, fault) != SV_OK) return fault->status;
    size_t n = strlen(header), length = length_of_lines(data, size, rows + 1);
    if (size < n + 1 || memcmp(data, header, n) || data[n] != '\n')
        sv_fail(fault, SV_BAD_DATA, "%s: its first line is not that of this run: '%s'", path, header);
    else if (!length)
        sv_fail(fault, SV_BAD_DATA, "%s: has fewer than the %lld rows that the checkpoint knows", path, (long long)rows);
    else {
        c->text.length = 0;
        sv_text_bytes(&c->text, data, length);
        c->rows = rows;
        check(c, fault);
    }
    sv_free(data);
    return fault->status;
}

sv_status sv_csv_write(const sv_csv *c, const char *path, sv_fault *fault)
{
    if (check(c, fault) != SV_OK) return fault->status;
    return sv_write_file(path, c->text.data, c->text.length, fault);
}

void sv_csv_free(sv_csv *c)
{
    sv_text_free(&c->text);
    c->rows = 0;
}
