/* Every combination of a sweep's points, its name and its cells of the table. */
#include "config/sweep_axes.h"
#include "base/hash.h"
#include "base/memory.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_VALUE = 40, CUT_VALUE = 24, LONGEST_NAME = 180 };

static bool is_seed(const sv_assignment *a)
{
    return strcmp(a->key, "seed") == 0;
}

/* The last part of a key that no other key which varies ends in: "learning_rate", "enc1.filters". */
static const char *short_key(const sv_sweep_axes *axes, const char *key)
{
    const char *at = key + strlen(key);
    while (at > key) {
        for (at--; at > key && at[-1] != '.'; at--) continue;
        bool unique = true;
        size_t n = strlen(at);
        for (size_t i = 0; i < axes->count; i++)
            for (size_t p = 0; axes->axis[i].points > 1 && p < axes->axis[i].points; p++)
                for (size_t k = 0; k < axes->axis[i].point[p].assignments; k++) {
                    const char *other = axes->axis[i].point[p].assignment[k].key;
                    size_t m = strlen(other);
                    bool ends = m >= n && strcmp(other + m - n, at) == 0 && (m == n || other[m - n - 1] == '.');
                    unique = unique && (!ends || strcmp(other, key) == 0);
                }
        if (unique) return at;
    }
    return key;
}

/* Appends text as a part of a file's name. What is left out (or is long) comes back as eight digits of its digest, so that
 * different texts stay different. */
static void add_safe(sv_text *name, const char *text, bool exact)
{
    size_t start = name->length, room = strlen(text) > LONGEST_VALUE ? CUT_VALUE : LONGEST_VALUE;
    bool lost = strlen(text) > LONGEST_VALUE || !*text;
    for (const char *c = text; *c && name->length - start < room; c++) {
        bool safe = isalnum((unsigned char)*c) || strchr("._+-", *c);
        bool first = name->length == start, dash = !first && name->data[name->length - 1] == '-';
        lost = lost || !safe || (first && strchr(".-", *c) && exact);
        if (safe && !(first && exact && strchr(".-", *c)))
            sv_text_bytes(name, c, 1);
        else if (!first && !dash)
            sv_text_bytes(name, "-", 1);
    }
    if (!lost || !exact) return;
    char digest[SV_DIGEST_TEXT];
    sv_hash_bytes(text, strlen(text), digest);
    bool dash = name->length > start && name->data[name->length - 1] == '-';
    sv_text_add(name, "%s%.8s", dash || name->length == start ? "" : "-", digest);
}

/* A value as people write it: strings without their quotes. */
static void add_plain(sv_text *text, const char *json)
{
    size_t n = strlen(json);
    bool plain = n >= 2 && json[0] == '"' && !strchr(json, '\\');
    sv_text_bytes(text, json + plain, n - 2 * (size_t)plain);
}

/* A number keeps its sign. */
static void add_value(sv_text *name, const char *json)
{
    sv_text plain = { 0 };
    add_plain(&plain, json);
    if (plain.failed)
        name->failed = true;
    else if (json[0] == '-' && strlen(json) < LONGEST_VALUE)
        sv_text_add(name, "%s", json);
    else
        add_safe(name, plain.data ? plain.data : "", true);
    sv_text_free(&plain);
}

static void add_point(const sv_sweep_axes *axes, const sv_sweep_point *p, sv_text *name)
{
    if (p->label) {
        sv_text_add(name, "%s", name->length ? "_" : "");
        add_safe(name, p->label, true);
        return;
    }
    for (size_t i = 0; i < p->assignments; i++) {
        if (is_seed(&p->assignment[i])) continue;
        sv_text_add(name, "%s", name->length ? "_" : "");
        add_safe(name, short_key(axes, p->assignment[i].key), false);
        sv_text_add(name, "-");
        add_value(name, p->assignment[i].value);
    }
}

/* The point of an axis that run number `index` is at. */
static const sv_sweep_point *point_at(const sv_sweep_axes *axes, size_t axis, int index)
{
    for (size_t i = axes->count - 1; i > axis; i--) index /= (int)axes->axis[i].points;
    return &axes->axis[axis].point[index % (int)axes->axis[axis].points];
}

/* Names end in a digest where they are too long for a file system. */
static const char *keep_name(sv_sweep_axes *axes, sv_text *name)
{
    if (!name->failed && name->length > LONGEST_NAME) {
        char digest[SV_DIGEST_TEXT];
        sv_hash_bytes(name->data, name->length, digest);
        name->length = LONGEST_NAME - 9;
        sv_text_add(name, "-%.8s", digest);
    }
    return name->failed ? NULL : sv_axes_keep(axes, name->data);
}

static sv_status name_run(sv_sweep_axes *axes, int index, sv_sweep_run *run, sv_fault *fault)
{
    sv_text name = { 0 };
    const char *seed = NULL;
    for (size_t i = 0; i < axes->count; i++) {
        const sv_sweep_point *p = point_at(axes, i, index);
        if (axes->axis[i].points > 1) add_point(axes, p, &name);
        for (size_t k = 0; k < p->assignments; k++)
            if (is_seed(&p->assignment[k])) seed = p->assignment[k].value;
    }
    if (!name.length) sv_text_add(&name, "base");
    run->setting = keep_name(axes, &name);
    if (seed) sv_text_add(&name, "_seed-");
    if (seed) add_value(&name, seed);
    run->name = keep_name(axes, &name);
    sv_text_free(&name);
    return run->setting && run->name ? SV_OK : sv_fail_memory(fault, "sweep");
}

static sv_status assign_run(const sv_sweep_axes *axes, int index, sv_sweep_run *run, sv_fault *fault)
{
    size_t n = 0;
    for (size_t i = 0; i < axes->count; i++) n += point_at(axes, i, index)->assignments;
    run->override = sv_new(n + 1, sizeof *run->override);
    if (!run->override) return sv_fail_memory(fault, "sweep");
    for (size_t i = 0; i < axes->count; i++) {
        const sv_sweep_point *p = point_at(axes, i, index);
        for (size_t k = 0; k < p->assignments; k++) run->override[run->overrides++] = p->assignment[k].text;
    }
    return SV_OK;
}

/* An axis all of whose points have names is one column; else each key of it is. */
static bool is_named(const sv_sweep_axis *axis)
{
    for (size_t i = 0; i < axis->points; i++)
        if (!axis->point[i].label) return false;
    return true;
}

static sv_status add_column(sv_sweep *s, const char *name, sv_fault *fault)
{
    for (int i = 0; i < s->columns; i++)
        if (strcmp(s->column[i], name) == 0) return SV_OK;
    const char **grown = sv_new((size_t)s->columns + 1, sizeof *grown);
    if (!grown) return sv_fail_memory(fault, "sweep");
    if (s->columns) memcpy(grown, s->column, (size_t)s->columns * sizeof *grown);
    sv_free((void *)s->column);
    s->column = grown;
    grown[s->columns++] = name;
    return SV_OK;
}

static sv_status choose_columns(sv_sweep *s, sv_fault *fault)
{
    for (size_t i = 0; i < s->axes->count; i++) {
        const sv_sweep_axis *axis = &s->axes->axis[i];
        if (axis->points < 2) continue;
        if (is_named(axis) && add_column(s, "setting", fault) != SV_OK) return fault->status;
        for (size_t p = 0; p < axis->points && !is_named(axis); p++)
            for (size_t k = 0; k < axis->point[p].assignments; k++)
                if (!is_seed(&axis->point[p].assignment[k]) && add_column(s, axis->point[p].assignment[k].key, fault) != SV_OK)
                    return fault->status;
    }
    return SV_OK;
}

static const char *cell_of(sv_sweep_axes *axes, int index, const char *column)
{
    for (size_t i = 0; i < axes->count; i++) {
        const sv_sweep_point *p = point_at(axes, i, index);
        if (axes->axis[i].points < 2) continue;
        if (is_named(&axes->axis[i]) && strcmp(column, "setting") == 0) return p->label;
        for (size_t k = 0; k < p->assignments; k++) {
            if (strcmp(p->assignment[k].key, column) != 0) continue;
            sv_text plain = { 0 };
            add_plain(&plain, p->assignment[k].value);
            const char *own = plain.failed ? NULL : sv_axes_keep(axes, plain.data ? plain.data : "");
            sv_text_free(&plain);
            return own;
        }
    }
    return "";
}

static sv_status fill_cells(sv_sweep *s, int index, sv_fault *fault)
{
    const char **cell = s->run[index].cell = sv_new((size_t)s->columns + 1, sizeof *cell);
    for (int i = 0; cell && i < s->columns; i++)
        if (!(cell[i] = cell_of(s->axes, index, s->column[i]))) return sv_fail_memory(fault, "sweep");
    return cell ? SV_OK : sv_fail_memory(fault, "sweep");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static sv_status refuse_twins(const sv_sweep *s, sv_fault *fault)
{
    const char **name = sv_new((size_t)s->runs, sizeof *name);
    if (!name) return sv_fail_memory(fault, "sweep");
    for (int i = 0; i < s->runs; i++) name[i] = s->run[i].name;
    qsort((void *)name, (size_t)s->runs, sizeof *name, by_name);
    for (int i = 1; i < s->runs && fault->status == SV_OK; i++)
        if (strcmp(name[i - 1], name[i]) == 0)
            sv_fail(fault, SV_BAD_ARGUMENT, "%s: two runs are %s; expected each value and each name once", s->source, name[i]);
    sv_free((void *)name);
    return fault->status;
}

sv_status sv_axes_expand(sv_sweep *s, sv_fault *fault)
{
    double runs = 1;
    for (size_t i = 0; i < s->axes->count; i++) runs *= (double)s->axes->axis[i].points;
    if (runs > SV_MAX_SWEEP_RUNS)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: %.0f runs; expected at most %d", s->source, runs, SV_MAX_SWEEP_RUNS);
    if (choose_columns(s, fault) != SV_OK) return fault->status;
    s->run = sv_new((size_t)runs, sizeof *s->run);
    if (!s->run) return sv_fail_memory(fault, "sweep");
    s->runs = (int)runs;
    for (int i = 0; i < s->runs; i++) {
        sv_status status = name_run(s->axes, i, &s->run[i], fault);
        if (status == SV_OK) status = assign_run(s->axes, i, &s->run[i], fault);
        if (status == SV_OK) status = fill_cells(s, i, fault);
        if (status != SV_OK) return status;
    }
    return refuse_twins(s, fault);
}
