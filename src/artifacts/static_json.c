#include "artifacts/axis.h"
#include "artifacts/flow.h"
#include "artifacts/json.h"
#include "base/memory.h"

static const char *const axis_names[2] = { "rows", "columns" };

static void string(sv_text *out, const char *text)
{
    sv_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            sv_text_add(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            sv_text_add(out, "\\u%04x", (unsigned)*c);
        else
            sv_text_bytes(out, c, 1);
    }
    sv_text_add(out, "\"");
}

static void numbers(sv_text *out, const double *map, int64_t size)
{
    sv_text_add(out, "[");
    for (int64_t i = 0; i < size; i++) sv_text_add(out, "%s%.12g", i ? ", " : "", map[i]);
    sv_text_add(out, "]");
}

static void own_map(const sv_node *node, int axis, sv_text *out)
{
    sv_axis a = sv_axis_of(node, 0, axis);
    double *ones = sv_new((size_t)a.in, sizeof *ones), *map = sv_new((size_t)a.out, sizeof *map);
    if (ones && map) {
        for (int64_t i = 0; i < a.in; i++) ones[i] = 1;
        sv_axis_count(&a, ones, map);
        numbers(out, map, a.out);
    } else {
        out->failed = true;
    }
    sv_free(ones);
    sv_free(map);
}

void sv_layer_overlap_json(const sv_node *node, sv_text *out)
{
    for (int axis = 0; axis < 2; axis++) {
        sv_text_add(out, "%s\"%s\": ", axis ? ", " : "{", axis_names[axis]);
        if (node->shape.rank == 3 && node->inputs > 0)
            own_map(node, axis, out);
        else
            sv_text_add(out, "[]");
    }
    sv_text_add(out, "}");
}

static void unread(const sv_static *s, sv_text *out)
{
    sv_text_add(out, "\"unread_input\": ");
    for (int axis = 0; axis < 2; axis++) {
        sv_text_add(out, "%s\"%s\": [", axis ? ", " : "{", axis_names[axis]);
        const char *comma = "";
        for (int64_t i = 0; s->read[axis] && i < s->input_size[axis]; i++) {
            if (s->read[axis][i]) continue;
            sv_text_add(out, "%s%lld", comma, (long long)i);
            comma = ", ";
        }
        sv_text_add(out, "]");
    }
    sv_text_add(out, "}");
}

static void lint(const sv_lint *l, sv_text *out)
{
    sv_text_add(out, "{\"id\": \"%s\", \"severity\": \"%s\", \"layer\": ", l->id, sv_severity_names[l->severity]);
    if (l->node)
        string(out, l->node->name);
    else
        sv_text_add(out, "null");
    sv_text_add(out, ", \"message\": ");
    string(out, l->message);
    sv_text_add(out, ", \"fix\": ");
    string(out, l->fix);
    sv_text_add(out, "}");
}

void sv_static_json(const sv_static *s, sv_text *out)
{
    for (int axis = 0; axis < 2; axis++) {
        sv_text_add(out, "%s\"%s\": ", axis ? ", " : "\"overlap\": {", axis_names[axis]);
        numbers(out, s->overlap[axis], s->output->shape.rank == 3 ? s->size[axis] : 0);
    }
    for (int axis = 0; axis < 2; axis++) {
        sv_text_add(out, "%s\"%s\": ", axis ? ", " : "},\n\"deficiency\": {", axis_names[axis]);
        numbers(out, s->deficiency[axis], s->output->shape.rank == 3 ? s->size[axis] : 0);
    }
    sv_text_add(out, "},\n\"border_depth\": ");
    sv_json_sides(out, s->edges.depth);
    sv_text_add(out, ",\n\"ring_width\": ");
    sv_json_sides(out, s->edges.ring);
    sv_text_add(out, ",\n\"decoder_stride\": [%d, %d],\n\"alignment_shift\": [", s->edges.stride[0], s->edges.stride[1]);
    for (int axis = 0; axis < 2; axis++) {
        if (s->aligned[axis])
            sv_text_add(out, "%s%.12g", axis ? ", " : "", s->shift[axis]);
        else
            sv_text_add(out, "%snull", axis ? ", " : "");
    }
    sv_text_add(out, "],\n");
    unread(s, out);
    sv_text_add(out, ",\n\"lints\": [");
    for (int i = 0; i < s->lints; i++) {
        sv_text_add(out, "%s\n  ", i ? "," : "");
        lint(&s->lint[i], out);
    }
    sv_text_add(out, "]");
}
