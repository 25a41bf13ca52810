#include "trainer/training.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/threads.h"
#include "trainer/norms.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MEASURED_WITHOUT_VALIDATION = 1000, KEPT_FOR_REPORT = 16 };

double sv_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

sv_status sv_training_choose_arithmetic(sv_training *t)
{
    const sv_config *c = t->config;
    t->threads = t->args->threads > 0 ? t->args->threads : sv_default_threads();
    if (sv_vectors_select(t->args->isa, &t->vectors, t->fault) != SV_OK) return t->fault->status;
    if (sv_backend_select(c->backend, &t->backend, t->fault) != SV_OK) return sv_fault_at(t->fault, c->source);
    snprintf(t->identity.backend, sizeof t->identity.backend, "%s", t->backend->name);
    return SV_OK;
}

static void note_skipped(const sv_training *t)
{
    for (int i = 0; i < SV_SET_COUNT && t->args->note; i++) {
        const sv_dataset *d = t->data.set[i];
        char line[4200];
        if (!d || !d->skips) continue;
        snprintf(line, sizeof line, "%lld unreadable %s skipped:", (long long)d->skips, d->skips == 1 ? "file was" : "files were");
        t->args->note(t->args->context, line);
        for (int64_t k = 0; k < d->skips; k++) t->args->note(t->args->context, d->skipped[k]);
    }
}

sv_status sv_initial_weights(const sv_config *c, const sv_vectors *vectors, sv_parameters *p, sv_fault *fault)
{
    if (c->init_weights) {
        if (sv_is_folder(c->init_weights))
            return sv_fail(fault, SV_BAD_ARGUMENT,
                           "%s: init.weights: %s is a folder; expected a safetensors file, of a run its weights/best.safetensors",
                           c->source, c->init_weights);
        if (sv_parameters_read(p, c->init_weights, fault) == SV_OK) return SV_OK;
        sv_fault_at(fault, "init.weights");
        return sv_fault_at(fault, c->source);
    }
    sv_initial how = sv_config_initial(c);
    how.vectors = vectors;
    return sv_parameters_draw_as(p, &how, fault) == SV_OK ? SV_OK : sv_fault_at(fault, c->source);
}

static sv_status take_weights(sv_training *t)
{
    if (sv_parameters_new(t->built.graph, &t->parameters, t->fault) != SV_OK) return t->fault->status;
    sv_parameters *p = t->parameters;
    if (p->trainable == 0) return sv_fail(t->fault, SV_BAD_ARGUMENT, "%s: model: has no weights to train", t->config->source);
    sv_train_arrays *a = &t->arrays;
    *a = (sv_train_arrays){ .count = p->count, .weights = p->weights, .trainable = p->trainable };
    a->best = sv_new((size_t)a->count, sizeof(float));
    if (!a->best) return sv_fail_memory(t->fault, "best weights");
    if (t->continues) return SV_OK;
    if (sv_initial_weights(t->config, t->vectors, p, t->fault) != SV_OK) return t->fault->status;
    sv_parameters_digest(p, t->identity.initial);
    return SV_OK;
}

sv_status sv_training_check_data(sv_training *t, const char (*was)[SV_DIGEST_TEXT], const char *folder)
{
    static const char *const sets[SV_SET_COUNT] = { "data", "data.target", "data.validation", "data.validation.target" };
    const sv_config *c = t->config;
    const char *const paths[SV_SET_COUNT] = { c->data.path, c->target.path, c->validation.path, c->validation_target.path };
    for (int i = 0; i < SV_SET_COUNT; i++)
        if (strcmp(was[i], t->identity.data[i]) != 0)
            return sv_fail(t->fault, SV_BAD_DATA,
                           "%s: %s: data digest differs: the samples%s%s are not those that the run in %s was trained on (sha256 "
                           "%.12s, was %.12s)",
                           c->source, sets[i], paths[i] ? " in " : "", paths[i] ? paths[i] : "", folder, t->identity.data[i],
                           was[i]);
    return SV_OK;
}

static sv_status open_training_data(sv_training *t)
{
    const sv_config *c = t->config;
    if (sv_run_data_open(c, &t->built, &t->data, t->fault) != SV_OK) return t->fault->status;
    note_skipped(t);
    if (sv_run_data_digest(&t->data, t->fault) != SV_OK) return t->fault->status;
    memcpy(t->identity.data, t->data.digest, sizeof t->identity.data);
    const sv_reference *r = t->args->reference;
    if (r && sv_training_check_data(t, r->data, r->folder) != SV_OK) return t->fault->status;
    if (sv_run_data_loader(c, &t->data, t->vectors, &t->loader, t->fault) != SV_OK) return t->fault->status;
    t->fetch = (sv_fetch){ t->loader, t->built.target != t->built.input };
    return SV_OK;
}

static sv_status plan_training(sv_training *t)
{
    const sv_config *c = t->config;
    sv_run_args r = { .output = t->built.output,
                      .loss = t->built.loss,
                      .batch = c->batch_size,
                      .threads = t->threads,
                      .gradients = true,
                      .vectors = t->vectors,
                      .backend = t->backend,
                      .seed = c->seed };
    if (sv_run_new(t->built.graph, t->parameters, &r, &t->run, t->fault) != SV_OK) return t->fault->status;
    if (sv_flat_open(t->parameters, &c->optimizer, sv_run_gradient(t->run), &t->flat, t->fault) != SV_OK) return t->fault->status;
    t->arrays.slots = sv_optimizer_slots(&c->optimizer);
    memcpy(t->arrays.slot, t->flat.slot, sizeof t->arrays.slot);
    sv_optimizer_start(&c->optimizer, &t->state.optimizer);
    return SV_OK;
}

/* The held-out samples, or without any the first of the training set. */
sv_status sv_training_plan_evaluation(sv_training *t)
{
    const sv_run_data *d = &t->data;
    bool own = d->set[SV_SET_VALIDATION] != NULL;
    sv_evaluator_args e = { .config = t->config,
                            .built = &t->built,
                            .parameters = t->parameters,
                            .kept = t->config->samples,
                            .maps = t->args->report != NULL,
                            .threads = t->threads,
                            .vectors = t->vectors,
                            .backend = t->backend };
    if (e.maps && e.kept < KEPT_FOR_REPORT) e.kept = KEPT_FOR_REPORT;
    e.input = d->set[own ? SV_SET_VALIDATION : SV_SET_DATA];
    e.target = d->set[own ? SV_SET_VALIDATION_TARGET : SV_SET_TARGET];
    e.subset = own ? NULL : d->validation ? d->row + d->training : d->row;
    e.count = d->validation;
    e.stream = "validation";
    if (!d->validation) {
        e.count = d->training < MEASURED_WITHOUT_VALIDATION ? d->training : MEASURED_WITHOUT_VALIDATION;
        e.stream = "train";
    }
    return sv_evaluator_new(&e, &t->evaluator, t->fault);
}

void sv_training_name_monitor(sv_training *t, bool validation)
{
    const sv_early_stopping *rule = &t->config->early_stopping;
    const char *given = rule->given ? rule->monitor : "";
    snprintf(t->monitor, sizeof t->monitor, "%s", *given ? given : validation ? "val_loss" : "loss");
}

/* The header of metrics.csv, and whether the monitored column is in it. */
static sv_status choose_columns(sv_training *t)
{
    const sv_config *c = t->config;
    bool validation = t->data.validation > 0;
    sv_training_name_monitor(t, validation);
    if (sv_metrics_columns(&t->row, &t->built.output->shape, sv_evaluator_edges(t->evaluator), validation, t->fault) != SV_OK)
        return t->fault->status;
    sv_text header = { 0 };
    sv_metrics_header(&t->row, &header);
    sv_status status = header.failed ? sv_fail_memory(t->fault, "metrics.csv") : sv_csv_start(&t->metrics, header.data, t->fault);
    if (status == SV_OK && (!sv_metrics_find(&t->row, t->monitor) || (!validation && !strcmp(t->monitor, "val_loss"))))
        status =
            sv_fail(t->fault, SV_BAD_ARGUMENT, "%s: early_stopping.monitor: '%s' is measured by no column of this run; it has %s",
                    c->source, t->monitor, header.data);
    sv_text_free(&header);
    if (status == SV_OK) status = sv_digests_open(&t->digests, t->parameters, t->threads, t->fault);
    if (status == SV_OK) status = sv_csv_start(&t->steps, SV_STEPS_HEADER, t->fault);
    return status == SV_OK ? sv_csv_start(&t->layers, SV_LAYERS_HEADER, t->fault) : status;
}

sv_status sv_training_open(sv_training *t)
{
    sv_status s = sv_training_choose_arithmetic(t);
    if (s == SV_OK) s = sv_config_build(t->config, &t->built, t->fault);
    if (s == SV_OK) s = take_weights(t);
    if (s == SV_OK) s = open_training_data(t);
    if (s == SV_OK) s = plan_training(t);
    if (s == SV_OK) s = sv_training_plan_evaluation(t);
    return s == SV_OK ? choose_columns(t) : s;
}

void sv_training_close(sv_training *t)
{
    sv_evaluation_free(&t->evaluation);
    sv_evaluator_free(t->evaluator);
    sv_run_free(t->run);
    sv_loader_close(t->loader);
    sv_run_data_close(&t->data);
    sv_flat_close(&t->flat);
    sv_free(t->arrays.best);
    sv_parameters_free(t->parameters);
    sv_graph_free(t->built.graph);
    sv_csv_free(&t->steps);
    sv_csv_free(&t->metrics);
    sv_csv_free(&t->layers);
    sv_digests_close(&t->digests);
    sv_run_folder_close(&t->folder);
}

bool sv_training_finished(const sv_training *t)
{
    const sv_train_state *s = &t->state;
    return s->epoch >= t->config->epochs ||
           (t->config->max_steps > 0 && s->optimizer.step >= t->config->max_steps && s->batch == 0) || s->watch.stopped;
}

bool sv_training_restores(const sv_training *t)
{
    const sv_early_stopping *rule = &t->config->early_stopping;
    return sv_training_finished(t) && rule->given && rule->restore_best_weights == SV_ON && t->state.watch.best_epoch != t->state.epoch;
}
