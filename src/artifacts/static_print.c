/* Static facts for a terminal of 100 columns. */
#include "artifacts/artifacts.h"
#include "artifacts/axis.h"
#include "base/memory.h"
#include <string.h>

enum { WIDTH = 98, INDENT = 17, SMALL = 16 };

/* A long map is cut in the middle. */
static void print_map(const double *map, int64_t n, sv_text *out)
{
    enum { HEAD = 20, TAIL = 8 };
    for (int64_t i = 0; i < n; i++) {
        if (n > HEAD + TAIL && i == HEAD) {
            sv_text_add(out, " ...");
            i = n - TAIL;
        }
        sv_text_add(out, " %.4g", map[i]);
    }
    sv_text_add(out, "\n");
}

/* Both axes' maps, once where they are the same. */
static void print_maps(const char *what, double *const map[2], const int64_t size[2], sv_text *out)
{
    if (size[0] == size[1] && memcmp(map[0], map[1], (size_t)size[0] * sizeof **map) == 0) {
        sv_text_add(out, "%-16s", what);
        print_map(map[0], size[0], out);
        return;
    }
    for (int axis = 0; axis < 2; axis++) {
        sv_text_add(out, "%s, %-*s", what, 14 - (int)strlen(what), axis ? "columns" : "rows");
        print_map(map[axis], size[axis], out);
    }
}

/* A small picture's composed map whole: rows times columns. */
static void print_picture(const sv_static *s, sv_text *out)
{
    if (s->size[0] > SMALL || s->size[1] > SMALL) return;
    for (int64_t r = 0; r < s->size[0]; r++) {
        sv_text_add(out, "%-16s", r ? "" : "  in two axes");
        for (int64_t c = 0; c < s->size[1]; c++) sv_text_add(out, " %4.4g", s->overlap[0][r] * s->overlap[1][c]);
        sv_text_add(out, "\n");
    }
}

static bool any(const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (x[i] > 1e-9) return true;
    return false;
}

static void print_interior(const sv_static *s, sv_text *out)
{
    sv_interior box = sv_interior_of(&s->edges, (int)s->size[0], (int)s->size[1]);
    if (!box.end[0])
        sv_text_add(out, "interior         none: every pixel is influenced by the border\n");
    else
        sv_text_add(out, "interior         rows %d to %d, columns %d to %d\n", box.first[0], box.end[0] - 1, box.first[1],
                    box.end[1] - 1);
}

static void print_unread(const sv_static *s, sv_text *out)
{
    static const char *const names[2] = { "rows", "columns" };
    for (int axis = 0; axis < 2; axis++) {
        int64_t unread = 0, first = -1;
        for (int64_t i = 0; s->read[axis] && i < s->input_size[axis]; i++) {
            if (s->read[axis][i]) continue;
            if (first < 0) first = i;
            unread++;
        }
        if (unread)
            sv_text_add(out, "unread input     %lld %s, the first is %lld\n", (long long)unread, names[axis], (long long)first);
    }
}

static void print_whole(const sv_static *s, sv_text *out)
{
    const int *d = s->edges.depth, *r = s->edges.ring;
    if (s->output->shape.rank == 3) {
        sv_text_add(out, "border depth     top %d, bottom %d, left %d, right %d of %lldx%lld\n", d[0], d[1], d[2], d[3],
                    (long long)s->size[0], (long long)s->size[1]);
        sv_text_add(out, "ring width       top %d, bottom %d, left %d, right %d (a tenth of the taps or more missing)\n", r[0],
                    r[1], r[2], r[3]);
        print_interior(s, out);
        sv_text_add(out, "decoder stride   %d x %d\n", s->edges.stride[0], s->edges.stride[1]);
        print_maps("overlap", s->overlap, s->size, out);
        print_picture(s, out);
        if (any(s->deficiency[0], s->size[0]) || any(s->deficiency[1], s->size[1]))
            print_maps("deficiency", s->deficiency, s->size, out);
    }
    if (s->aligned[0] && s->aligned[1]) sv_text_add(out, "alignment shift  %.4g, %.4g\n", s->shift[0], s->shift[1]);
    print_unread(s, out);
}

/* A layer's own map of ones, once for axes alike. */
static void print_own_maps(const sv_node *n, sv_text *out)
{
    double *map[2] = { NULL, NULL };
    int64_t size[2] = { n->shape.dim[0], n->shape.dim[1] };
    for (int axis = 0; axis < 2; axis++) {
        sv_axis a = sv_axis_of(n, 0, axis);
        double *ones = sv_new((size_t)a.in, sizeof *ones);
        map[axis] = sv_new((size_t)a.out, sizeof **map);
        for (int64_t i = 0; ones && i < a.in; i++) ones[i] = 1;
        if (ones && map[axis]) sv_axis_count(&a, ones, map[axis]);
        out->failed |= !ones || !map[axis];
        sv_free(ones);
    }
    if (!out->failed) print_maps("  overlap", map, size, out);
    sv_free(map[0]);
    sv_free(map[1]);
}

bool sv_static_print_layer(const sv_static *s, const sv_node *n, sv_text *out)
{
    if (!s->used[n->index]) return false;
    sv_text words = { 0 };
    const int64_t *d = s->depth + 4 * (int64_t)n->index;
    bool convolves = sv_layer_arithmetic(n, &words) && words.data;
    if (convolves) {
        sv_text_add(out, "%-16.64s ", n->name);
        sv_text_wrap(out, WIDTH, INDENT, words.data);
        sv_text_add(out, "\n");
        print_own_maps(n, out);
        sv_text_add(out, "  depth          top %lld, bottom %lld, left %lld, right %lld\n", (long long)d[0], (long long)d[1],
                    (long long)d[2], (long long)d[3]);
    }
    out->failed |= words.failed;
    sv_text_free(&words);
    return convolves;
}

static void print_lint(const sv_lint *l, sv_text *out)
{
    sv_text_add(out, "%s %s%s%s: ", sv_severity_names[l->severity], l->id, l->node ? " " : "", l->node ? l->node->name : "");
    sv_text_wrap(out, WIDTH, 4, l->message);
    sv_text_add(out, "\n    fix: ");
    sv_text_wrap(out, WIDTH, 9, l->fix);
    sv_text_add(out, "\n");
}

void sv_static_print(const sv_static *s, sv_text *out)
{
    print_whole(s, out);
    sv_text_add(out, s->lints ? "\n" : "");
    for (int i = 0; i < s->lints; i++) print_lint(&s->lint[i], out);
}
