#include "trainer/compare.h"
#include "base/file.h"
#include "base/memory.h"
#include "trainer/statistics.h"
#include <math.h>
#include <string.h>

static sv_status read_run(sv_comparison *c, int run, sv_fault *fault)
{
    const char *folder = c->folder[run];
    char *config = sv_join_path(folder, "config.json"), *metrics = sv_join_path(folder, "metrics.csv");
    sv_status status = config && metrics ? SV_OK : sv_fail_memory(fault, folder);
    if (status == SV_OK && !sv_is_file(config))
        status = sv_fail(fault, SV_BAD_ARGUMENT, "%s: no run folder; it holds no config.json", folder);
    if (status == SV_OK && !sv_is_file(metrics))
        status = sv_fail(fault, SV_BAD_ARGUMENT, "%s: no epoch of this run has ended; expected a metrics.csv", folder);
    if (status == SV_OK) status = sv_leaves_read(config, &c->config[run], fault);
    if (status == SV_OK) status = sv_measures_read(folder, &c->measures[run], fault);
    sv_free(config);
    sv_free(metrics);
    return status;
}

/* Whether a run before this one has the path. */
static bool was_seen(const sv_comparison *c, int run, const char *path)
{
    for (int i = 0; i < run; i++)
        if (sv_leaves_find(&c->config[i], path)) return true;
    return false;
}

static bool is_same(const sv_comparison *c, const sv_leaf *leaf)
{
    for (int i = 0; i < c->runs; i++) {
        const sv_leaf *other = sv_leaves_find(&c->config[i], leaf->path);
        if (!other || other->string != leaf->string || strcmp(other->text, leaf->text) != 0) return false;
    }
    return true;
}

static sv_status add_difference(sv_comparison *c, const char *path, sv_fault *fault)
{
    sv_config_difference *grown = sv_grow(c->difference, &c->difference_room, c->differences + 1, sizeof *grown);
    if (grown) c->difference = grown;
    const char **text = grown ? sv_new((size_t)c->runs, sizeof *text) : NULL;
    if (!text) return sv_fail_memory(fault, "comparison");
    for (int i = 0; i < c->runs; i++) {
        const sv_leaf *leaf = sv_leaves_find(&c->config[i], path);
        text[i] = leaf ? leaf->text : NULL;
    }
    grown[c->differences++] = (sv_config_difference){ path, text };
    return SV_OK;
}

static sv_status compare_configs(sv_comparison *c, sv_fault *fault)
{
    for (int run = 0; run < c->runs; run++)
        for (size_t i = 0; i < c->config[run].count; i++) {
            const sv_leaf *leaf = &c->config[run].leaf[i];
            if (was_seen(c, run, leaf->path) || is_same(c, leaf)) continue;
            if (add_difference(c, leaf->path, fault) != SV_OK) return fault->status;
        }
    return SV_OK;
}

static bool is_known(const sv_comparison *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->measure[i].name, name) == 0) return true;
    return false;
}

/* Of a normal deviate: the means are over many images. */
static double p_of(const sv_measure_value *first, const sv_measure_value *other)
{
    if (!first || !other) return NAN;
    double se = sqrt(first->se * first->se + other->se * other->se), difference = other->value - first->value;
    if (!isfinite(se) || !isfinite(difference)) return NAN;
    return se > 0 ? sv_normal_p(difference / se) : difference == 0 ? 1 : 0;
}

static sv_status add_measure(sv_comparison *c, const char *name, sv_fault *fault)
{
    sv_compared_measure *grown = sv_grow(c->measure, &c->measure_room, c->count + 1, sizeof *grown);
    if (!grown) return sv_fail_memory(fault, "comparison");
    c->measure = grown;
    sv_compared_measure *m = &grown[c->count++];
    *m = (sv_compared_measure){ .name = name,
                                .value = sv_new((size_t)c->runs, sizeof *m->value),
                                .p = sv_new((size_t)c->runs, sizeof *m->p) };
    if (!m->value || !m->p) return sv_fail_memory(fault, "comparison");
    for (int i = 0; i < c->runs; i++) {
        m->value[i] = sv_measures_find(&c->measures[i], name);
        m->p[i] = i ? p_of(m->value[0], m->value[i]) : (double)NAN;
    }
    return SV_OK;
}

static sv_status compare_measures(sv_comparison *c, sv_fault *fault)
{
    for (int run = 0; run < c->runs; run++)
        for (size_t i = 0; i < c->measures[run].count; i++) {
            const sv_measure_value *v = &c->measures[run].item[i];
            if (!isfinite(v->value) || is_known(c, v->name)) continue;
            if (add_measure(c, v->name, fault) != SV_OK) return fault->status;
        }
    return SV_OK;
}

sv_status sv_compare(const char *const *folder, int runs, sv_comparison *c, sv_fault *fault)
{
    *c = (sv_comparison){ .runs = runs, .folder = folder };
    c->config = sv_new((size_t)runs, sizeof *c->config);
    c->measures = sv_new((size_t)runs, sizeof *c->measures);
    sv_status status = c->config && c->measures ? SV_OK : sv_fail_memory(fault, "comparison");
    for (int i = 0; i < runs && status == SV_OK; i++) status = read_run(c, i, fault);
    if (status == SV_OK) status = compare_configs(c, fault);
    return status == SV_OK ? compare_measures(c, fault) : status;
}

void sv_comparison_free(sv_comparison *c)
{
    for (size_t i = 0; i < c->differences; i++) sv_free((void *)c->difference[i].text);
    for (size_t i = 0; i < c->count; i++) {
        sv_free((void *)c->measure[i].value);
        sv_free(c->measure[i].p);
    }
    for (int i = 0; i < c->runs; i++) {
        if (c->config) sv_leaves_free(&c->config[i]);
        if (c->measures) sv_measures_free(&c->measures[i]);
    }
    sv_free(c->difference);
    sv_free(c->measure);
    sv_free(c->config);
    sv_free(c->measures);
    *c = (sv_comparison){ 0 };
}
