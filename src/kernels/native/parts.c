#include "kernels/native/native.h"

enum {
    MANY_USES = 128,      /* multiply-adds of a float, beside which its copy costs little */
    FEW_FLOATS = 8 * 1024 /* whose copy stays in a first-level cache */
};

static int64_t floats_of(const sv_parts *p)
{
    int64_t floats = 0;
    for (int k = 0; k < p->count; k++) floats += sv_window_floats(&p->window[k]);
    return floats;
}

bool sv_parts_are_worth_it(const sv_parts *one, int64_t uses)
{
    return uses < MANY_USES && floats_of(one) > FEW_FLOATS;
}

/* The part of [a, a + count) that lies in [*from, *from + *length). */
static void meet(int64_t a, int64_t count, int64_t *from, int64_t *length)
{
    const int64_t end = sv_least(a + count, *from + *length);
    *from = sv_most(*from, a);
    *length = end - *from;
}

/* `inner`, and the rows above and below it and columns beside it that there are. */
static sv_parts cut(sv_rect all, sv_rect inner)
{
    const int64_t row_end = all.row + all.rows, column_end = all.column + all.columns;
    const int64_t inner_row_end = inner.row + inner.rows, inner_column_end = inner.column + inner.columns;
    const sv_rect rect[] = {
        inner,
        { all.row, inner.row - all.row, all.column, all.columns },
        { inner_row_end, row_end - inner_row_end, all.column, all.columns },
        { inner.row, inner.rows, all.column, inner.column - all.column },
        { inner.row, inner.rows, inner_column_end, column_end - inner_column_end },
    };
    sv_parts p = { 0 };
    for (size_t k = 0; k < sizeof rect / sizeof *rect; k++)
        if (rect[k].rows > 0 && rect[k].columns > 0) p.rect[p.count++] = rect[k];
    return p;
}

void sv_parts_cut(sv_parts *one, const sv_conv_geometry *g, sv_rect inner, sv_window_of *window)
{
    const sv_rect all = one->rect[0];
    meet(all.row, all.rows, &inner.row, &inner.rows);
    meet(all.column, all.columns, &inner.column, &inner.columns);
    if (inner.rows <= 0 || inner.columns <= 0) return;
    sv_parts p = cut(all, inner);
    for (int k = 0; k < p.count; k++) p.window[k] = window(g, one->window[0].images, p.rect[k]);
    if (2 * floats_of(&p) <= floats_of(one)) *one = p;
}

void sv_parts_open(const sv_native *n, sv_parts *p, const float *images, float *space)
{
    for (int k = 0; k < p->count; k++) {
        sv_window_open(n, &p->window[k], images, space);
        space += sv_window_floats(&p->window[k]);
    }
}
