#include "trainer/parting.h"
#include "base/bits.h"
#include "base/file.h"
#include "base/memory.h"
#include "formats/safetensors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static sv_status read_table(const char *folder, const char *name, char **text, sv_fault *fault)
{
    char *path = sv_join_path(folder, name);
    size_t size;
    sv_status status = path ? SV_OK : sv_fail_memory(fault, folder);
    if (status == SV_OK && sv_is_file(path))
        status = sv_read_file(path, text, &size, fault);
    else if (status == SV_OK && !(*text = sv_copy_text("")))
        status = sv_fail_memory(fault, folder);
    sv_free(path);
    return status;
}

sv_status sv_tables_read(const char *a, const char *b, const char *name, sv_table_pair *pair, sv_fault *fault)
{
    *pair = (sv_table_pair){ NULL, NULL };
    if (read_table(a, name, &pair->a, fault) != SV_OK) return fault->status;
    return read_table(b, name, &pair->b, fault);
}

void sv_tables_free(sv_table_pair *pair)
{
    sv_free(pair->a);
    sv_free(pair->b);
}

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
    line += line_length(line);
    return *line ? line + 1 : line;
}

static size_t cell_length(const char *cell)
{
    return strcspn(cell, ",\n");
}

static const char *next_cell(const char *cell)
{
    cell += cell_length(cell);
    return *cell == ',' ? cell + 1 : cell;
}

static bool same_cell(const char *a, const char *b)
{
    size_t n = cell_length(a);
    return n == cell_length(b) && memcmp(a, b, n) == 0;
}

enum { SHOWN_CELLS = 2 };

static void name_cells(const char *header, const char *a, const char *b, sv_text *what)
{
    int different = 0;
    for (; *header && *header != '\n'; header = next_cell(header), a = next_cell(a), b = next_cell(b)) {
        if (same_cell(a, b) || ++different > SHOWN_CELLS) continue;
        sv_text_add(what, "%s%.*s %.*s in the run, %.*s now", different > 1 ? "; " : "", (int)cell_length(header), header,
                    (int)cell_length(a), a, (int)cell_length(b), b);
    }
    if (different > SHOWN_CELLS) sv_text_add(what, "; and %d more columns", different - SHOWN_CELLS);
}

static void count_cells(const char *header, const char *a, const char *b, sv_text *what)
{
    const char *first = NULL;
    int different = 0, all = 0;
    for (header = next_cell(header), a = next_cell(a), b = next_cell(b); *header && *header != '\n';
         header = next_cell(header), a = next_cell(a), b = next_cell(b)) {
        all++;
        if (same_cell(a, b)) continue;
        if (different++ == 0) first = header;
    }
    if (!first) return;
    sv_text_add(what, "%.*s", (int)cell_length(first), first);
    if (different > 1) sv_text_add(what, " and %d more", different - 1);
    sv_text_add(what, " of %d tensors", all);
}

int64_t sv_tables_part(const sv_table_pair *pair, bool digests, sv_text *what)
{
    const char *a = pair->a, *b = pair->b, *header = pair->b;
    if (!*a || !*b) return -1;
    if (line_length(a) != line_length(b) || memcmp(a, b, line_length(a)) != 0) {
        sv_text_add(what, "other columns");
        return 0;
    }
    do a = next_line(a), b = next_line(b);
    while (*a && *b && line_length(a) == line_length(b) && memcmp(a, b, line_length(a)) == 0);
    if (!*a && !*b) return -1;
    if (!*a || !*b)
        sv_text_add(what, "%s has no such row", *a ? "the repetition" : "the run");
    else if (digests)
        count_cells(header, a, b, what);
    else
        name_cells(header, a, b, what);
    return strtoll(*a ? a : b, NULL, 10);
}

/* The largest difference of two tensors of one shape; of values that are no numbers, infinite. */
static double distance(const sv_tensor *a, const sv_tensor *b)
{
    double most = 0;
    int64_t n = a->shape.rank ? sv_shape_count(&a->shape) : 1;
    const float *x = a->data, *y = b->data;
    for (int64_t i = 0; i < n; i++) {
        if (sv_bits(x[i]) == sv_bits(y[i])) continue;
        double d = fabs((double)x[i] - (double)y[i]);
        if (!(d <= most)) most = isnan(d) ? (double)INFINITY : d;
    }
    return most;
}

static bool same_bits(const sv_tensor *a, const sv_tensor *b)
{
    int64_t n = a->shape.rank ? sv_shape_count(&a->shape) : 1;
    return memcmp(a->data, b->data, (size_t)n * sizeof(float)) == 0;
}

static void compare_weights(const sv_safetensors *a, const sv_safetensors *b, const char *name, sv_text *lines)
{
    const char *first = NULL;
    int different = 0;
    double most = 0;
    for (int i = 0; i < b->tensors; i++) {
        const sv_tensor *now = &b->tensor[i], *was = sv_safetensors_find(a, now->name);
        bool fits = was && was->dtype == SV_F32 && now->dtype == SV_F32 && sv_shape_equal(&was->shape, &now->shape);
        if (fits && same_bits(was, now)) continue;
        double d = fits ? distance(was, now) : (double)INFINITY;
        if (d > most) most = d;
        if (different++ == 0) first = now->name;
    }
    if (!first) {
        if (a->tensors != b->tensors) sv_text_add(lines, "%s: %d tensors in the run, %d now\n", name, a->tensors, b->tensors);
        return;
    }
    if (different == 1)
        sv_text_add(lines, "%s: %s differs, one of %d tensors", name, first, b->tensors);
    else
        sv_text_add(lines, "%s: %s and %d more of %d tensors differ", name, first, different - 1, b->tensors);
    sv_text_add(lines, isinf(most) ? "\n" : ", by at most %.3g\n", most);
}

sv_status sv_weights_part(const char *a, const char *b, const char *name, sv_text *lines, sv_fault *fault)
{
    char *paths[2] = { sv_join_path(a, name), sv_join_path(b, name) }, digest[2][SV_DIGEST_TEXT];
    sv_safetensors file[2] = { { 0 }, { 0 } };
    sv_status status = paths[0] && paths[1] ? SV_OK : sv_fail_memory(fault, name);
    for (int i = 0; i < 2 && status == SV_OK; i++) status = sv_hash_file(paths[i], digest[i], fault);
    bool same = status == SV_OK && strcmp(digest[0], digest[1]) == 0;
    for (int i = 0; i < 2 && status == SV_OK && !same; i++) status = sv_safetensors_read(paths[i], &file[i], fault);
    if (status == SV_OK && !same) compare_weights(&file[0], &file[1], name, lines);
    for (int i = 0; i < 2; i++) {
        sv_safetensors_free(&file[i]);
        sv_free(paths[i]);
    }
    return status;
}
