/* table.csv and table.json of a sweep. No time in them: equal sweeps have equal files. */
#include "trainer/sweep.h"
#include "base/file.h"
#include "base/memory.h"
#include "trainer/json_text.h"
#include <math.h>
#include <string.h>

/* A cell: quoted where a comma, a quote or a line end would break the row. */
static void add_cell(sv_text *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        sv_text_add(out, "%s", text);
        return;
    }
    sv_text_add(out, "\"");
    for (; *text; text++) {
        if (*text == '"') sv_text_bytes(out, text, 1);
        sv_text_bytes(out, text, 1);
    }
    sv_text_add(out, "\"");
}

/* A comma and the number; nothing where there is none. */
static void add_number(sv_text *out, double value)
{
    if (isfinite(value))
        sv_text_add(out, ",%.9g", value);
    else
        sv_text_add(out, ",");
}

/* The measure that orders the rows first, then the others: the k-th. */
static size_t measure_at(const sv_sweep_table *t, size_t k)
{
    return k == 0 ? t->by : k <= t->by ? k - 1 : k;
}

static void write_csv(const sv_sweep_table *t, sv_text *out)
{
    const sv_sweep *s = t->sweep;
    sv_text_add(out, "rank,name");
    for (int c = 0; c < s->columns; c++) {
        sv_text_add(out, ",");
        add_cell(out, s->column[c]);
    }
    sv_text_add(out, ",n,diverged,difference_to_best,welch_p,beyond_noise");
    for (size_t k = 0; k < t->measures; k++)
        sv_text_add(out, ",%s,%s_sd", t->measure[measure_at(t, k)], t->measure[measure_at(t, k)]);
    sv_text_add(out, "\n");
    for (int i = 0; i < t->rows; i++) {
        const sv_sweep_row *r = &t->row[i];
        sv_text_add(out, "%d,%s", i + 1, r->setting);
        for (int c = 0; c < s->columns; c++) {
            sv_text_add(out, ",");
            add_cell(out, s->run[r->first].cell[c]);
        }
        sv_text_add(out, ",%d,%d", r->finished, r->diverged);
        add_number(out, r->difference);
        add_number(out, r->p);
        sv_text_add(out, ",%s", i == 0 || isnan(r->p) ? "" : r->beyond_noise ? "yes" : "no");
        for (size_t k = 0; k < t->measures; k++) {
            add_number(out, r->mean[measure_at(t, k)].mean);
            add_number(out, r->mean[measure_at(t, k)].sd);
        }
        sv_text_add(out, "\n");
    }
}

static void json_cells(sv_text *out, const sv_sweep *s, int run)
{
    sv_text_add(out, "{");
    for (int c = 0; c < s->columns; c++) {
        if (c) sv_text_add(out, ", ");
        sv_json_put_text(out, s->column[c]);
        sv_text_add(out, ": ");
        sv_json_put_text(out, s->run[run].cell[c]);
    }
    sv_text_add(out, "}");
}

static void json_row(sv_text *out, const sv_sweep_table *t, const sv_sweep_row *r)
{
    sv_text_add(out, "    {\"name\": ");
    sv_json_put_text(out, r->setting);
    sv_text_add(out, ", \"values\": ");
    json_cells(out, t->sweep, r->first);
    sv_text_add(out, ", \"n\": %d, \"diverged\": %d, ", r->finished, r->diverged);
    sv_json_put_number(out, "difference_to_best", r->difference);
    sv_text_add(out, ", ");
    sv_json_put_number(out, "welch_p", r->p);
    sv_text_add(out, ", \"beyond_noise\": %s,\n     \"measures\": {", isnan(r->p) ? "null" : r->beyond_noise ? "true" : "false");
    for (size_t k = 0; k < t->measures; k++) {
        const sv_sample_mean *m = &r->mean[measure_at(t, k)];
        sv_text_add(out, "%s\n       \"%s\": {", k ? "," : "", t->measure[measure_at(t, k)]);
        sv_json_put_number(out, "mean", m->mean);
        sv_text_add(out, ", ");
        sv_json_put_number(out, "sd", m->sd);
        sv_text_add(out, ", \"n\": %d}", m->n);
    }
    sv_text_add(out, "}}");
}

static void json_run(sv_text *out, const sv_sweep_table *t, int run)
{
    static const char *const states[] = { "waiting", "finished", "diverged" };
    sv_text_add(out, "    {\"name\": ");
    sv_json_put_text(out, t->sweep->run[run].name);
    sv_text_add(out, ", \"setting\": ");
    sv_json_put_text(out, t->sweep->run[run].setting);
    sv_text_add(out, ", \"state\": \"%s\", ", states[t->state[run]]);
    sv_json_put_number(out, t->measure[t->by], t->value[(size_t)run * t->measures + t->by]);
    sv_text_add(out, "}");
}

static void write_json(const sv_sweep_table *t, sv_text *out)
{
    sv_text_add(out,
                "{\n  \"by\": \"%s\",\n  \"test\": \"Welch's t against the best setting, two-sided, p < %g, not corrected for the "
                "number of settings\",\n  \"settings\": [\n",
                t->measure[t->by], SV_SWEEP_LEVEL);
    for (int i = 0; i < t->rows; i++) {
        json_row(out, t, &t->row[i]);
        sv_text_add(out, "%s\n", i + 1 < t->rows ? "," : "");
    }
    sv_text_add(out, "  ],\n  \"runs\": [\n");
    for (int i = 0; i < t->sweep->runs; i++) {
        json_run(out, t, i);
        sv_text_add(out, "%s\n", i + 1 < t->sweep->runs ? "," : "");
    }
    sv_text_add(out, "  ]\n}\n");
}

static sv_status write_file(const char *folder, const char *name, void (*write)(const sv_sweep_table *, sv_text *),
                            const sv_sweep_table *t, sv_fault *fault)
{
    sv_text text = { 0 };
    char *path = sv_join_path(folder, name);
    write(t, &text);
    sv_status status = path && !text.failed ? sv_write_file(path, text.data, text.length, fault) : sv_fail_memory(fault, name);
    sv_text_free(&text);
    sv_free(path);
    return status;
}

sv_status sv_sweep_table_write(const sv_sweep_table *t, const char *folder, sv_fault *fault)
{
    if (write_file(folder, "table.csv", write_csv, t, fault) != SV_OK) return fault->status;
    return write_file(folder, "table.json", write_json, t, fault);
}
