/* Means and standard deviations of a sweep's settings over their seeds, and the files that hold them. */
#include "trainer/sweep.h"
#include "base/file.h"
#include "base/memory.h"
#include "trainer/measures.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static sv_status add_measure(sv_sweep_table *t, const char *name, sv_fault *fault)
{
    for (size_t i = 0; i < t->measures; i++)
        if (strcmp(t->measure[i], name) == 0) return SV_OK;
    char **grown = sv_grow(t->measure, &t->room, t->measures + 1, sizeof *grown), *own = sv_copy_text(name);
    if (grown) t->measure = grown;
    if (!grown || !own) {
        sv_free(own);
        return sv_fail_memory(fault, "table");
    }
    grown[t->measures++] = own;
    return SV_OK;
}

static sv_status read_run(sv_sweep_table *t, const char *folder, int index, sv_measures *m, sv_fault *fault)
{
    char *path = sv_join_path(folder, t->sweep->run[index].name);
    sv_status status = path ? sv_run_state_of(path, &t->state[index], fault) : sv_fail_memory(fault, folder);
    if (status == SV_OK && t->state[index] == SV_RUN_FINISHED) status = sv_measures_read(path, m, fault);
    for (size_t i = 0; i < m->count && status == SV_OK; i++) status = add_measure(t, m->item[i].name, fault);
    sv_free(path);
    return status;
}

static sv_status fill_values(sv_sweep_table *t, const sv_measures *m, sv_fault *fault)
{
    t->value = sv_new((size_t)t->sweep->runs * t->measures + 1, sizeof *t->value);
    if (!t->value) return sv_fail_memory(fault, "table");
    for (int r = 0; r < t->sweep->runs; r++)
        for (size_t i = 0; i < t->measures; i++) {
            const sv_measure_value *v = sv_measures_find(&m[r], t->measure[i]);
            t->value[(size_t)r * t->measures + i] = v ? v->value : (double)NAN;
        }
    return SV_OK;
}

static sv_status read_values(sv_sweep_table *t, const char *folder, sv_fault *fault)
{
    int runs = t->sweep->runs;
    sv_measures *m = sv_new((size_t)runs, sizeof *m);
    t->state = sv_new((size_t)runs, sizeof *t->state);
    sv_status status = m && t->state ? SV_OK : sv_fail_memory(fault, "table");
    for (int i = 0; i < runs && status == SV_OK; i++) status = read_run(t, folder, i, &m[i], fault);
    if (status == SV_OK) status = fill_values(t, m, fault);
    for (int i = 0; m && i < runs; i++) sv_measures_free(&m[i]);
    sv_free(m);
    return status;
}

static bool is_measured(const sv_sweep_table *t, size_t measure)
{
    for (int r = 0; r < t->sweep->runs; r++)
        if (isfinite(t->value[(size_t)r * t->measures + measure])) return true;
    return false;
}

static const char *loss_of(const sv_sweep_run *r)
{
    for (int i = r->overrides; i-- > 0;)
        if (strncmp(r->override[i], "loss", 4) == 0 && strchr("=.[", r->override[i][4])) return r->override[i];
    return "";
}

/* Losses of different formulas are not to be compared. */
static bool losses_differ(const sv_sweep *s)
{
    for (int i = 1; i < s->runs; i++)
        if (strcmp(loss_of(&s->run[i]), loss_of(&s->run[0])) != 0) return true;
    return false;
}

static bool find_measure(sv_sweep_table *t, const char *name)
{
    for (size_t i = 0; i < t->measures; i++) {
        if (strcmp(t->measure[i], name) != 0 || !is_measured(t, i)) continue;
        t->by = i;
        return true;
    }
    return false;
}

static sv_status choose_measure(sv_sweep_table *t, const char *by, sv_fault *fault)
{
    bool mse = losses_differ(t->sweep);
    if (t->measures == 0)
        return sv_fail(fault, SV_DIVERGED, "%s: every run diverged; see diverged.txt in their folders", t->sweep->source);
    if (!by && find_measure(t, mse ? "val_mse" : "val_loss")) return SV_OK;
    if (find_measure(t, by ? by : mse ? "mse" : "loss")) return SV_OK;
    const char **known = sv_new(t->measures + 1, sizeof *known);
    if (!known) return sv_fail_memory(fault, "table");
    for (size_t i = 0; i < t->measures; i++) known[i] = t->measure[i];
    const char *near = sv_nearest(by ? by : "loss", known);
    sv_fail(fault, SV_BAD_ARGUMENT, "--by: %.100s: measured in no run; %s%.100s%s", by ? by : "loss",
            near ? "did you mean " : "table.csv names what is, such as ", near ? near : t->measure[0], near ? "?" : "");
    sv_free((void *)known);
    return SV_BAD_ARGUMENT;
}

static sv_status fill_row(sv_sweep_table *t, sv_sweep_row *row, double *column, sv_fault *fault)
{
    row->mean = sv_new(t->measures + 1, sizeof *row->mean);
    if (!row->mean) return sv_fail_memory(fault, "table");
    for (size_t i = 0; i < t->measures; i++) {
        int n = 0;
        row->finished = row->diverged = 0;
        for (int r = row->first; r < t->sweep->runs; r++) {
            if (strcmp(t->sweep->run[r].setting, row->setting) != 0) continue;
            row->finished += t->state[r] == SV_RUN_FINISHED;
            row->diverged += t->state[r] == SV_RUN_DIVERGED;
            column[n++] = t->value[(size_t)r * t->measures + i];
        }
        row->mean[i] = sv_mean_of(column, n);
    }
    return SV_OK;
}

static sv_status fill_rows(sv_sweep_table *t, sv_fault *fault)
{
    int runs = t->sweep->runs;
    double *column = sv_new((size_t)runs, sizeof *column);
    t->row = sv_new((size_t)runs, sizeof *t->row);
    sv_status status = column && t->row ? SV_OK : sv_fail_memory(fault, "table");
    for (int r = 0; r < runs && status == SV_OK; r++) {
        const char *setting = t->sweep->run[r].setting;
        int known = 0;
        while (known < t->rows && strcmp(t->row[known].setting, setting) != 0) known++;
        if (known < t->rows) continue;
        t->row[t->rows] = (sv_sweep_row){ .setting = setting, .first = r };
        status = fill_row(t, &t->row[t->rows++], column, fault);
    }
    sv_free(column);
    return status;
}

/* Whether row a stands before row b; rows without a value come last, equal ones stay in the sweep's order. */
static bool goes_before(const sv_sweep_table *t, const sv_sweep_row *a, const sv_sweep_row *b)
{
    double x = a->mean[t->by].mean, y = b->mean[t->by].mean;
    if (isnan(x) || isnan(y)) return isnan(x) == isnan(y) ? a->first < b->first : isnan(y);
    if (x == y) return a->first < b->first;
    return sv_measure_is_gain(t->measure[t->by]) ? x > y : x < y;
}

static void sort_rows(sv_sweep_table *t)
{
    for (int i = 1; i < t->rows; i++)
        for (int k = i; k > 0 && goes_before(t, &t->row[k], &t->row[k - 1]); k--) {
            sv_sweep_row moved = t->row[k];
            t->row[k] = t->row[k - 1];
            t->row[k - 1] = moved;
        }
    const sv_sample_mean *best = &t->row[0].mean[t->by];
    for (int i = 0; i < t->rows; i++) {
        const sv_sample_mean *own = &t->row[i].mean[t->by];
        t->row[i].difference = i ? own->mean - best->mean : (double)NAN;
        t->row[i].p = i ? sv_welch_p(own, best) : (double)NAN;
        t->row[i].beyond_noise = t->row[i].p < SV_SWEEP_LEVEL;
    }
}

sv_status sv_sweep_table_read(const sv_sweep *sweep, const char *folder, const char *by, sv_sweep_table *table, sv_fault *fault)
{
    *table = (sv_sweep_table){ .sweep = sweep };
    sv_status status = read_values(table, folder, fault);
    if (status == SV_OK) status = choose_measure(table, by, fault);
    if (status == SV_OK) status = fill_rows(table, fault);
    if (status == SV_OK) sort_rows(table);
    return status;
}

void sv_sweep_table_free(sv_sweep_table *t)
{
    for (size_t i = 0; i < t->measures; i++) sv_free(t->measure[i]);
    for (int i = 0; i < t->rows; i++) sv_free(t->row[i].mean);
    sv_free(t->measure);
    sv_free(t->state);
    sv_free(t->value);
    sv_free(t->row);
    *t = (sv_sweep_table){ 0 };
}
