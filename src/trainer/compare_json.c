#include "trainer/compare.h"
#include "trainer/json_text.h"
#include <math.h>

static void write_difference(const sv_comparison *c, const sv_config_difference *d, sv_text *out)
{
    sv_json_put_text(out, d->path);
    for (int i = 0; i < c->runs; i++) {
        sv_text_add(out, i ? ", " : ": [");
        if (d->text[i])
            sv_json_put_text(out, d->text[i]);
        else
            sv_text_add(out, "null");
    }
    sv_text_add(out, "]");
}

static void write_measure(const sv_comparison *c, const sv_compared_measure *m, sv_text *out)
{
    sv_json_put_text(out, m->name);
    for (int i = 0; i < c->runs; i++) {
        const sv_measure_value *v = m->value[i];
        sv_text_add(out, i ? ", {" : ": [{");
        sv_json_put_number(out, "value", v ? v->value : (double)NAN);
        sv_text_add(out, ", ");
        sv_json_put_number(out, "se", v ? v->se : (double)NAN);
        if (i) sv_text_add(out, ", ");
        if (i) sv_json_put_number(out, "p", m->p[i]);
        sv_text_add(out, "}");
    }
    sv_text_add(out, "]");
}

void sv_comparison_json(const sv_comparison *c, sv_text *out)
{
    sv_text_add(out, "{\n  \"runs\": [");
    for (int i = 0; i < c->runs; i++) {
        sv_text_add(out, i ? ", " : "");
        sv_json_put_text(out, c->folder[i]);
    }
    sv_text_add(out, "],\n  \"config\": {");
    for (size_t i = 0; i < c->differences; i++) {
        sv_text_add(out, i ? ",\n    " : "\n    ");
        write_difference(c, &c->difference[i], out);
    }
    sv_text_add(out, "\n  },\n  \"measures\": {");
    for (size_t i = 0; i < c->count; i++) {
        sv_text_add(out, i ? ",\n    " : "\n    ");
        write_measure(c, &c->measure[i], out);
    }
    sv_text_add(out, "\n  }\n}\n");
}
