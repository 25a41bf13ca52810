/* The epoch loop. */
#include "trainer/training.h"
#include "base/threads.h"
#include "trainer/config_change.h"
#include "trainer/norms.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool stop_asked(const sv_training *t)
{
    return t->args->stop && *t->args->stop;
}

static bool steps_done(const sv_training *t)
{
    return t->config->max_steps > 0 && t->state.optimizer.step >= t->config->max_steps;
}

static double mean_loss(const sv_training *t)
{
    return t->state.images ? t->state.loss_sum / (double)t->state.images : (double)NAN;
}

/* Samples until the run ends, of all epochs or of max_steps. */
static int64_t images_left(const sv_training *t)
{
    int64_t left = (t->config->epochs - t->state.epoch) * t->data.training - t->state.images;
    int64_t allowed = (t->config->max_steps - t->state.optimizer.step) * t->config->batch_size;
    return t->config->max_steps > 0 && allowed < left ? allowed : left;
}

static void show(sv_training *t, bool epoch_done, double val_loss)
{
    double now = sv_seconds();
    if (!t->args->progress || (!epoch_done && now - t->shown_at < 0.2)) return;
    t->shown_at = now;
    const sv_train_state *s = &t->state;
    sv_progress p = { .epoch = s->epoch + 1,
                      .epochs = t->config->epochs,
                      .step = s->batch,
                      .steps = sv_loader_batches(t->loader),
                      .images = s->images,
                      .images_per_second = t->epoch_seconds > 0 ? (double)t->epoch_images / t->epoch_seconds : 0,
                      .images_left = images_left(t),
                      .loss = mean_loss(t),
                      .epoch_done = epoch_done,
                      .val_loss = val_loss,
                      .learning_rate = (float)s->rate };
    t->args->progress(t->args->context, &p);
}

/* The weights are still those of before the step: the checkpoint on disk stays the last good one. */
static sv_status diverged(sv_training *t, const sv_feed *feed, double loss)
{
    long long step = (long long)t->state.optimizer.step + 1, epoch = (long long)t->state.epoch + 1;
    const sv_node *n = sv_run_first_nonfinite(t->run, feed);
    if (n && n->kind == SV_NODE_INPUT)
        return sv_fail(t->fault, SV_DIVERGED, "step %lld of epoch %lld: the loss is %g: the data hold values that are not finite",
                       step, epoch, loss);
    return sv_fail(t->fault, SV_DIVERGED,
                   "step %lld of epoch %lld: the loss is %g; the first output that is not finite is that of '%s'; "
                   "a smaller optimizer.learning_rate or optimizer.global_clipnorm may help",
                   step, epoch, loss, n ? n->name : t->built.loss->name);
}

static sv_status gradient_diverged(sv_training *t, double norm)
{
    const char *name = "a layer";
    const sv_graph *g = t->built.graph;
    for (int i = g->parameters - 1; i >= 0; i--) {
        const sv_parameter *p = &g->parameter[i];
        if (p->spec.trainable && !t->vectors->all_finite(p->count, t->flat.gradients + p->offset)) name = p->name;
    }
    return sv_fail(t->fault, SV_DIVERGED,
                   "step %lld of epoch %lld: the gradient's norm is %g; the first gradient that is not finite is that "
                   "of '%s'; a smaller optimizer.learning_rate may help",
                   (long long)t->state.optimizer.step, (long long)t->state.epoch + 1, norm, name);
}

static void add_row(sv_training *t, double loss, double norm)
{
    sv_csv_row(&t->steps, "%lld,%.9g,%.9g,%.9g", (long long)t->state.optimizer.step, loss, t->state.rate, norm);
}

/* One update. Allocates nothing. */
static sv_status step(sv_training *t)
{
    sv_train_state *s = &t->state;
    double loss, norm = 0;
    sv_feed feed = { .epoch = (uint32_t)s->epoch, .first_id = (uint32_t)s->images, .fetch = sv_fetch_rows, .context = &t->fetch };
    if (sv_loader_batch(t->loader, s->epoch, s->batch, &feed.samples, t->fault) != SV_OK) return t->fault->status;
    if (sv_run_backward(t->run, &feed, &loss, NULL, NULL, t->fault) != SV_OK) return t->fault->status;
    loss += sv_regularize(&t->flat);
    if (!isfinite(loss)) return diverged(t, &feed, loss);
    s->rate = (double)sv_learning_rate(&t->config->optimizer, &s->optimizer);
    sv_optimizer_step(&t->config->optimizer, &s->optimizer, t->vectors, &t->flat, t->threads, &norm);
    add_row(t, loss, norm);
    if (sv_digests_due(s->optimizer.step)) sv_digests_add(&t->digests, s->optimizer.step);
    if (!isfinite(norm)) return gradient_diverged(t, norm);
    s->batch++;
    s->images += feed.samples;
    s->loss_sum += loss * (double)feed.samples;
    t->images += feed.samples;
    t->epoch_images += feed.samples;
    return SV_OK;
}

static sv_status interrupted(sv_training *t)
{
    if (sv_save_step(t) != SV_OK) return t->fault->status;
    return sv_fail(t->fault, SV_INTERRUPTED, "%s: stopped after step %lld, in epoch %lld of %d; continue with --resume",
                   t->folder.path, (long long)t->state.optimizer.step, (long long)t->state.epoch + 1, t->config->epochs);
}

/* The rest of the epoch's steps. */
static sv_status train_epoch(sv_training *t)
{
    sv_train_state *s = &t->state;
    int64_t batches = sv_loader_batches(t->loader), every = t->config->checkpoint_every;
    if (sv_csv_reserve(&t->steps, (size_t)(batches - s->batch) * SV_CSV_ROW, t->fault) != SV_OK) return t->fault->status;
    if (sv_digests_reserve(&t->digests, batches - s->batch, t->fault) != SV_OK) return t->fault->status;
    t->epoch_seconds = 0;
    t->epoch_images = 0;
    while (s->batch < batches && !steps_done(t)) {
        double start = sv_seconds();
        sv_status status = step(t);
        double spent = sv_seconds() - start;
        t->epoch_seconds += spent;
        t->training_seconds += spent;
        if (status != SV_OK) return status;
        show(t, false, (double)NAN);
        if (stop_asked(t)) return interrupted(t);
        if (every > 0 && s->optimizer.step % every == 0 && s->batch < batches && sv_save_step(t) != SV_OK) return t->fault->status;
    }
    return SV_OK;
}

sv_status sv_training_evaluate(sv_training *t, bool whole)
{
    sv_evaluation_free(&t->evaluation);
    return whole ? sv_evaluate_whole(t->evaluator, &t->evaluation, t->fault) : sv_evaluate(t->evaluator, &t->evaluation, t->fault);
}

static sv_status add_metrics(sv_training *t, double loss)
{
    sv_metrics_fill(&t->row, t->state.epoch, t->state.optimizer.step, loss, t->state.rate, &t->evaluation, t->data.validation > 0);
    sv_text row = { 0 };
    sv_metrics_row(&t->row, &row);
    if (row.failed) return sv_fail_memory(t->fault, "metrics.csv");
    sv_csv_row(&t->metrics, "%s", row.data);
    sv_text_free(&row);
    return SV_OK;
}

/* Best epoch, early stopping, the plateau schedule. */
static void judge(sv_training *t)
{
    sv_train_state *s = &t->state;
    double value = *sv_metrics_find(&t->row, t->monitor);
    sv_monitor_mode mode = sv_monitor_mode_of(t->monitor);
    if (sv_watch_epoch(&s->watch, &t->config->early_stopping, mode, s->epoch, value)) {
        memcpy(t->arrays.best, t->arrays.weights, (size_t)t->arrays.count * sizeof(float));
        t->best_unsaved = true;
    }
    sv_schedule_epoch(&t->config->optimizer, &s->optimizer, mode == SV_MONITOR_MAX ? -value : value);
}

static sv_status end_epoch(sv_training *t)
{
    sv_train_state *s = &t->state;
    double loss = mean_loss(t);
    sv_digests_add(&t->digests, s->optimizer.step);
    if (sv_training_evaluate(t, false) != SV_OK) return t->fault->status;
    double val_loss = t->data.validation ? t->evaluation.loss : (double)NAN;
    show(t, true, val_loss);
    s->epoch++;
    s->batch = s->images = 0;
    s->loss_sum = 0;
    if (sv_norms_add(t) != SV_OK) return t->fault->status;
    t->result->loss = loss;
    t->result->val_loss = val_loss;
    if (add_metrics(t, loss) != SV_OK) return t->fault->status;
    judge(t);
    bool due = sv_training_finished(t) || t->config->checkpoint_epochs <= 1 || s->epoch % t->config->checkpoint_epochs == 0;
    return due ? sv_save_epoch(t) : SV_OK;
}

static sv_status train(sv_training *t)
{
    while (!sv_training_finished(t)) {
        sv_status status = train_epoch(t);
        if (status == SV_OK) status = end_epoch(t);
        if (status == SV_DIVERGED) {
            sv_fault ignored = { 0 };
            sv_fault *fault = t->fault;
            t->fault = &ignored; /* the divergence is what is told */
            sv_save_steps(t);
            t->fault = fault;
        }
        if (status != SV_OK) return status;
    }
    return SV_OK;
}

static void note_start(const sv_training *t, bool checkpoint)
{
    char line[4200];
    if (!t->args->note || (!t->args->resume && !t->config->init_weights)) return;
    if (checkpoint)
        snprintf(line, sizeof line, "%s: goes on after step %lld, in epoch %lld of %d", t->folder.path,
                 (long long)t->state.optimizer.step, (long long)t->state.epoch + 1, t->config->epochs);
    else if (t->args->resume)
        snprintf(line, sizeof line, "%s: has no checkpoint; starts from the beginning", t->folder.path);
    else
        snprintf(line, sizeof line, "a new run from the weights in %s: step 0, a fresh optimizer", t->config->init_weights);
    t->args->note(t->args->context, line);
}

/* Opens what is needed, and decides between a fresh start, going on, and nothing to do. */
static sv_status prepare(sv_training *t)
{
    bool checkpoint;
    if (sv_run_folder_name(t->args->folder, &t->folder, t->fault) != SV_OK) return t->fault->status;
    if (sv_run_folder_check(&t->folder, t->args->resume, t->args->overwrite, &checkpoint, t->fault) != SV_OK)
        return t->fault->status;
    t->continues = checkpoint;
    if (sv_training_open(t) != SV_OK || sv_config_digest(t->config, t->identity.config, t->fault) != SV_OK) return t->fault->status;
    if (checkpoint && sv_training_resume(t) != SV_OK) return t->fault->status;
    if (!checkpoint) sv_digests_add(&t->digests, 0);
    t->result->nothing_to_do = checkpoint && sv_training_finished(t);
    if (t->result->nothing_to_do) return SV_OK;
    if (!checkpoint && sv_norms_add(t) != SV_OK) return t->fault->status;
    note_start(t, checkpoint);
    sv_text json = { 0 };
    sv_status status = sv_config_json(t->config, &json, t->fault);
    if (status == SV_OK && json.failed) status = sv_fail_memory(t->fault, "config.json");
    if (status == SV_OK) status = sv_run_folder_begin(&t->folder, !checkpoint, json.data, t->fault);
    sv_text_free(&json);
    return status;
}

static sv_status report(sv_training *t)
{
    sv_train_result *r = t->result;
    r->epochs = t->state.epoch;
    r->steps = t->state.optimizer.step;
    r->seconds = t->training_seconds;
    r->images_per_second = t->training_seconds > 0 ? (double)t->images / t->training_seconds : (double)NAN;
    r->best = t->state.watch.best;
    r->best_epoch = t->state.watch.best_epoch;
    r->stopped_early = t->state.watch.stopped;
    snprintf(r->monitor, sizeof r->monitor, "%s", t->monitor);
    r->validation = t->data.validation > 0;
    r->edges = *sv_evaluator_edges(t->evaluator);
    r->evaluation = t->evaluation;
    t->evaluation = (sv_evaluation){ 0 };
    return sv_hash_file(t->folder.last, r->weights_digest, t->fault);
}

sv_status sv_train(const sv_train_args *args, sv_train_result *result, sv_fault *fault)
{
    *result = (sv_train_result){ .loss = NAN, .val_loss = NAN, .best = NAN };
    sv_training t = { .args = args, .config = args->config, .result = result, .fault = fault };
    t.folder.lock = -1;
    sv_arithmetic was = sv_arithmetic_standard();
    sv_status status = prepare(&t);
    if (status == SV_OK && !result->nothing_to_do) status = train(&t);
    if (status == SV_OK) status = report(&t);
    sv_training_close(&t);
    sv_arithmetic_restore(was);
    return status;
}

void sv_train_result_free(sv_train_result *r)
{
    sv_evaluation_free(&r->evaluation);
}
