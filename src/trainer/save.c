/* What a run leaves on disk. The checkpoint is always written last: whatever a killed run wrote after its last checkpoint, the
 * resumed one writes again with the same bytes. */
#include "trainer/training.h"
#include "base/file.h"
#include "base/memory.h"
#include <stdio.h>
#include <string.h>

static void swap_best(sv_training *t)
{
    float *w = t->arrays.weights, *best = t->arrays.best;
    for (int64_t i = 0; i < t->arrays.count; i++) {
        float kept = w[i];
        w[i] = best[i];
        best[i] = kept;
    }
}

static sv_status write_weights(sv_training *t, const char *path)
{
    return sv_parameters_write(t->parameters, path, sv_model_json(t->config->model), t->fault);
}

static sv_status write_best(sv_training *t)
{
    if (!t->best_unsaved) return SV_OK;
    swap_best(t);
    sv_status status = write_weights(t, t->folder.best);
    swap_best(t);
    t->best_unsaved = status != SV_OK;
    return status;
}

static sv_status write_tables(sv_training *t)
{
    sv_status status = sv_csv_write(&t->steps, t->folder.steps, t->fault);
    if (status == SV_OK) status = sv_csv_write(&t->digests.table, t->folder.digests, t->fault);
    if (status == SV_OK) status = sv_csv_write(&t->metrics, t->folder.metrics, t->fault);
    return status == SV_OK ? sv_csv_write(&t->layers, t->folder.layers, t->fault) : status;
}

static sv_status write_checkpoint(sv_training *t)
{
    return sv_checkpoint_write(t->folder.checkpoint, &t->state, &t->identity, &t->arrays, t->fault);
}

/* The measures, and before them what they are of. */
static sv_status write_artifacts(sv_training *t)
{
    sv_text measures = { 0 }, out = { 0 };
    sv_evaluation_json(t->evaluator, &t->evaluation, &measures);
    const char *rest = measures.data ? strchr(measures.data, '{') : NULL;
    if (rest) sv_text_add(&out, "{\n  \"set\": \"%s\",%s", t->data.validation ? "validation" : "train", rest + 1);
    sv_status status = !rest || measures.failed || out.failed ? sv_fail_memory(t->fault, "artifacts.json")
                                                              : sv_write_file(t->folder.artifacts, out.data, out.length, t->fault);
    sv_text_free(&measures);
    sv_text_free(&out);
    return status;
}

static sv_status draw(sv_training *t, const char *name)
{
    sv_kept k = sv_evaluator_kept(t->evaluator);
    if (k.count > t->config->samples) k.count = t->config->samples;
    if (!t->args->draw || k.count <= 0) return SV_OK;
    char *path = sv_join_path(t->folder.samples, name);
    if (!path) return sv_fail_memory(t->fault, "samples");
    sv_status status = t->args->draw(path, k.count, &k.input_shape, k.input, &k.output_shape, k.target, k.output, t->fault);
    sv_free(path);
    return status;
}

/* Epochs 1, 2, 5, 10, 20, 50, ...: how learning went, in few pictures. */
static bool is_milestone(int64_t epoch)
{
    while (epoch >= 10 && epoch % 10 == 0) epoch /= 10;
    return epoch == 1 || epoch == 2 || epoch == 5;
}

static sv_status draw_milestone(sv_training *t)
{
    char name[48];
    if (!is_milestone(t->state.epoch)) return SV_OK;
    snprintf(name, sizeof name, "epoch_%04lld.png", (long long)t->state.epoch);
    return draw(t, name);
}

sv_status sv_save_step(sv_training *t)
{
    sv_status s = write_tables(t);
    if (s == SV_OK) s = write_best(t);
    if (s == SV_OK) s = write_weights(t, t->folder.last);
    return s == SV_OK ? write_checkpoint(t) : s;
}

sv_status sv_save_steps(sv_training *t)
{
    return sv_csv_write(&t->steps, t->folder.steps, t->fault);
}

/* Files that show the weights as they are now. */
static sv_status write_results(sv_training *t, bool finished)
{
    sv_status s = write_weights(t, t->folder.last);
    if (s == SV_OK) s = write_artifacts(t);
    if (s == SV_OK) s = draw(t, "last.png");
    if (s == SV_OK) s = sv_training_report(t, NULL);
    return s == SV_OK && finished ? sv_write_run_json(t) : s;
}

sv_status sv_save_epoch(sv_training *t)
{
    bool finished = sv_training_finished(t), restore = sv_training_restores(t);
    sv_status s = write_tables(t);
    if (s == SV_OK) s = draw_milestone(t);
    if (s == SV_OK) s = write_best(t);
    if (s != SV_OK) return s;
    t->result->restored = restore;
    if (restore) swap_best(t);
    if (finished) s = sv_training_evaluate(t, true);
    if (s == SV_OK) s = write_results(t, finished);
    if (restore) swap_best(t);
    return s == SV_OK ? write_checkpoint(t) : s;
}
