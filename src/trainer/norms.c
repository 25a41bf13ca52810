#include "trainer/norms.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static double norm_of(const float *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* The field of a name: in quotes where it holds what ends one. */
static void add_name(sv_text *t, const char *name)
{
    if (!strpbrk(name, ",\"")) {
        sv_text_add(t, "%s", name);
        return;
    }
    sv_text_add(t, "\"");
    for (; *name; name++) sv_text_add(t, *name == '"' ? "\"\"" : "%c", *name);
    sv_text_add(t, "\"");
}

static void add_number(sv_text *t, double value)
{
    if (isnan(value))
        sv_text_add(t, ",nan"); /* printf may say -nan */
    else
        sv_text_add(t, ",%.9g", value);
}

static void add_row(sv_training *t, const sv_parameter *p, sv_text *row)
{
    row->length = 0;
    sv_text_add(row, "%lld,%lld,", (long long)t->state.epoch, (long long)t->state.optimizer.step);
    add_name(row, p->name);
    add_number(row, norm_of(t->flat.weights + p->offset, p->count));
    add_number(row, norm_of(t->flat.gradients + p->offset, p->count));
    if (row->failed)
        t->layers.text.failed = true;
    else
        sv_csv_row(&t->layers, "%s", row->data);
}

/* Backward as in training would move the moving statistics, which lie after the trainable weights: they are put back. */
static sv_status find_gradient(sv_training *t)
{
    sv_parameters *p = t->parameters;
    size_t bytes = (size_t)(p->count - p->trainable) * sizeof(float);
    float *statistics = bytes ? sv_new(bytes, 1) : NULL;
    if (bytes && !statistics) return sv_fail_memory(t->fault, "layers.csv");
    if (bytes) memcpy(statistics, p->weights + p->trainable, bytes);
    double loss;
    sv_feed feed = { .epoch = (uint32_t)t->state.epoch, .fetch = sv_fetch_rows, .context = &t->fetch };
    sv_status status = sv_loader_batch(t->loader, t->state.epoch, 0, &feed.samples, t->fault);
    if (status == SV_OK) status = sv_run_backward(t->run, &feed, &loss, NULL, NULL, t->fault);
    if (status == SV_OK) sv_regularize(&t->flat);
    if (bytes) memcpy(p->weights + p->trainable, statistics, bytes);
    sv_free(statistics);
    return status;
}

sv_status sv_norms_add(sv_training *t)
{
    const sv_graph *g = t->built.graph;
    sv_text row = { 0 };
    if (find_gradient(t) != SV_OK) return t->fault->status;
    for (int i = 0; i < g->parameters; i++)
        if (g->parameter[i].spec.trainable) add_row(t, &g->parameter[i], &row);
    sv_text_free(&row);
    return t->layers.text.failed ? sv_fail_memory(t->fault, "layers.csv") : SV_OK;
}

int64_t sv_norms_rows(const sv_training *t, int64_t epochs)
{
    int64_t each = 0;
    for (int i = 0; i < t->built.graph->parameters; i++) each += t->built.graph->parameter[i].spec.trainable;
    return each * (epochs + 1);
}
