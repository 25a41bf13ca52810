#include "trainer/measures.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/leaves.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sv_status add(sv_measures *m, const char *name, double value, double se, sv_fault *fault)
{
    sv_measure_value *grown = sv_grow(m->item, &m->capacity, m->count + 1, sizeof *grown);
    if (grown) m->item = grown;
    char *own = grown ? sv_copy_text(name) : NULL;
    if (!own) return sv_fail_memory(fault, name);
    grown[m->count++] = (sv_measure_value){ own, value, se };
    return SV_OK;
}

/* The line of an epoch (its first column), or with epoch 0 the last one. */
static const char *row_of(const char *text, double epoch)
{
    const char *row = NULL;
    for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n'))
        if (epoch < 1 || strtod(line + 1, NULL) == epoch) row = line + 1;
    return row;
}

static size_t cell_length(const char *cell)
{
    return strcspn(cell, ",\n");
}

static sv_status read_row(sv_measures *m, const char *header, const char *row, sv_fault *fault)
{
    static const char *const place[] = { "epoch", "step", "learning_rate", NULL };
    for (bool more = true; more && *row && *row != '\n';) {
        char name[64];
        int i = 0;
        snprintf(name, sizeof name, "%.*s", (int)cell_length(header), header);
        while (place[i] && strcmp(place[i], name) != 0) i++;
        if (!place[i] && add(m, name, strtod(row, NULL), (double)NAN, fault) != SV_OK) return fault->status;
        header += cell_length(header);
        row += cell_length(row);
        more = *header++ == ',' && *row++ == ',';
    }
    return SV_OK;
}

/* run.json says whether the final weights are those of the best epoch. */
static sv_status read_metrics(sv_measures *m, const char *path, const sv_leaves *run, sv_fault *fault)
{
    char *text = NULL;
    size_t size = 0;
    bool restored = strcmp(sv_leaves_text(run, "restored_best_weights"), "true") == 0;
    if (sv_read_file(path, &text, &size, fault) != SV_OK) return fault->status;
    const char *row = row_of(text, restored ? sv_leaves_number(run, "best_epoch") : 0);
    sv_status status =
        row ? read_row(m, text, row, fault) : sv_fail(fault, SV_BAD_DATA, "%s: has no row of the final weights", path);
    sv_free(text);
    return status;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Keys of artifacts.json that are no measure: facts of the model and the set, profiles, errors of other keys. */
static bool is_fact(const sv_leaf *l)
{
    static const char *const inside[] = { "border_depth",
                                          "ring_width",
                                          "edge_profile",
                                          "sensitivity_depth",
                                          "sensitivity_profile",
                                          "paired_crop.",
                                          "interior.",
                                          "channels",
                                          "crop_margin",
                                          "stride",
                                          NULL };
    bool number = !l->string && (!isnan(l->number) || strcmp(l->text, "null") == 0);
    if (!number || strcmp(l->path, "n") == 0 || ends_with(l->path, ".se") || ends_with(l->path, "_se")) return true;
    for (int i = 0; inside[i]; i++)
        if (strncmp(l->path, inside[i], strlen(inside[i])) == 0) return true;
    return false;
}

/* The standard error beside a value: "psnr.se" of "psnr.all", "x.se" of "x.value", "x_se" of "x". */
static double error_of(const sv_leaves *artifacts, const char *path)
{
    char other[160];
    const char *dot = strrchr(path, '.');
    bool inside = ends_with(path, ".all") || ends_with(path, ".value");
    if (inside)
        snprintf(other, sizeof other, "%.*s.se", (int)(dot - path), path);
    else
        snprintf(other, sizeof other, "%.150s_se", path);
    return sv_leaves_number(artifacts, other);
}

/* "x.all" and "x.value" are x itself; "checkerboard.2.amplitude" is checkerboard_2. */
static void name_measure(const char *path, char *name, size_t size)
{
    static const char *const ends[] = { ".all", ".value", ".amplitude", NULL };
    snprintf(name, size, "%s", path);
    for (int i = 0; ends[i]; i++)
        if (ends_with(name, ends[i])) name[strlen(name) - strlen(ends[i])] = '\0';
    if (ends_with(path, ".amplitude") && strchr(name, '.')) *strchr(name, '.') = '_';
}

/* What metrics.csv calls it. */
static sv_measure_value *counterpart(sv_measures *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++) {
        const char *own = m->item[i].name;
        if (strcmp(own, name) == 0 || (strncmp(own, "val_", 4) == 0 && strcmp(own + 4, name) == 0)) return &m->item[i];
    }
    return NULL;
}

static sv_status add_artifacts(sv_measures *m, const sv_leaves *artifacts, sv_fault *fault)
{
    for (size_t i = 0; i < artifacts->count; i++) {
        const sv_leaf *l = &artifacts->leaf[i];
        char name[128];
        if (is_fact(l)) continue;
        name_measure(l->path, name, sizeof name);
        sv_measure_value *known = counterpart(m, name);
        double se = error_of(artifacts, l->path);
        if (known)
            known->se = se;
        else if (add(m, name, l->number, se, fault) != SV_OK)
            return fault->status;
    }
    return SV_OK;
}

sv_status sv_measures_read(const char *folder, sv_measures *m, sv_fault *fault)
{
    static const char *const names[] = { "run.json", "metrics.csv", "artifacts.json" };
    char *path[3] = { NULL };
    sv_leaves run = { 0 }, artifacts = { 0 };
    sv_status status = SV_OK;
    for (int i = 0; i < 3; i++)
        if (!(path[i] = sv_join_path(folder, names[i]))) status = sv_fail_memory(fault, folder);
    if (status == SV_OK && sv_is_file(path[0])) status = sv_leaves_read(path[0], &run, fault);
    if (status == SV_OK) status = read_metrics(m, path[1], &run, fault);
    if (status == SV_OK) status = sv_leaves_read(path[2], &artifacts, fault);
    if (status == SV_OK) status = add_artifacts(m, &artifacts, fault);
    for (int i = 0; i < 3; i++) sv_free(path[i]);
    sv_leaves_free(&run);
    sv_leaves_free(&artifacts);
    return status;
}

void sv_measures_free(sv_measures *m)
{
    for (size_t i = 0; i < m->count; i++) sv_free(m->item[i].name);
    sv_free(m->item);
    *m = (sv_measures){ 0 };
}

const sv_measure_value *sv_measures_find(const sv_measures *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->item[i].name, name) == 0) return &m->item[i];
    return NULL;
}

bool sv_measure_is_gain(const char *name)
{
    if (strncmp(name, "val_", 4) == 0) name += 4;
    return strncmp(name, "psnr", 4) == 0 || strncmp(name, "ssim", 4) == 0;
}
