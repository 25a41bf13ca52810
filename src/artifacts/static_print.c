#include "artifacts/artifacts.h"

/* A long map is cut in the middle. */
static void print_map(const sv_static *s, int axis, sv_text *out)
{
    enum { HEAD = 20, TAIL = 8 };
    const double *map = s->overlap[axis];
    int64_t n = s->size[axis];
    for (int64_t i = 0; i < n; i++) {
        if (n > HEAD + TAIL && i == HEAD) {
            sv_text_add(out, " ...");
            i = n - TAIL;
        }
        sv_text_add(out, " %.4g", map[i]);
    }
    sv_text_add(out, "\n");
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

void sv_static_print(const sv_static *s, sv_text *out)
{
    const int *d = s->edges.depth, *r = s->edges.ring;
    if (s->output->shape.rank == 3) {
        sv_text_add(out, "border depth     top %d, bottom %d, left %d, right %d of %lldx%lld\n", d[0], d[1], d[2], d[3],
                    (long long)s->size[0], (long long)s->size[1]);
        sv_text_add(out, "ring width       top %d, bottom %d, left %d, right %d\n", r[0], r[1], r[2], r[3]);
        print_interior(s, out);
        sv_text_add(out, "decoder stride   %d x %d\noverlap, rows   ", s->edges.stride[0], s->edges.stride[1]);
        print_map(s, 0, out);
        sv_text_add(out, "overlap, columns");
        print_map(s, 1, out);
    }
    if (s->aligned[0] && s->aligned[1]) sv_text_add(out, "alignment shift  %.4g, %.4g\n", s->shift[0], s->shift[1]);
    print_unread(s, out);
    for (int i = 0; i < s->lints; i++) {
        const sv_lint *l = &s->lint[i];
        sv_text_add(out, "%s %s%s%s: %s\n    fix: %s\n", sv_severity_names[l->severity], l->id, l->node ? " " : "",
                    l->node ? l->node->name : "", l->message, l->fix);
    }
}
