#include "trainer/training.h"
#include "base/file.h"
#include "base/memory.h"
#include "trainer/config_change.h"
#include "trainer/norms.h"
#include <stdio.h>
#include <string.h>

static sv_status check_config(sv_training *t)
{
    char *was;
    size_t size;
    if (!sv_is_file(t->folder.config)) return SV_OK;
    if (sv_read_file(t->folder.config, &was, &size, t->fault) != SV_OK) return t->fault->status;
    sv_status status = sv_config_unchanged(t->config, was, t->folder.config, t->fault);
    sv_free(was);
    return status;
}

static sv_status check_identity(sv_training *t, const sv_train_identity *was)
{
    const char *path = t->folder.checkpoint;
    if (strcmp(was->config, t->identity.config))
        return sv_fail(t->fault, SV_BAD_ARGUMENT, "%s: was written under another config than %s now says", path, t->folder.config);
    if (sv_training_check_data(t, was->data, t->folder.path) != SV_OK) return t->fault->status;
    if (strcmp(was->backend, t->identity.backend) && t->args->note) {
        char line[256];
        snprintf(line, sizeof line, "the run began with %s and continues with %s: last bits may differ", was->backend,
                 t->identity.backend);
        t->args->note(t->args->context, line);
    }
    return SV_OK;
}

static sv_status read_rows(sv_training *t)
{
    sv_text header = { 0 };
    sv_metrics_header(&t->row, &header);
    sv_status status = header.failed ? sv_fail_memory(t->fault, "metrics.csv") : SV_OK;
    if (status == SV_OK) status = sv_csv_read(&t->metrics, t->folder.metrics, header.data, t->state.epoch, t->fault);
    if (status == SV_OK) status = sv_csv_read(&t->steps, t->folder.steps, SV_STEPS_HEADER, t->state.optimizer.step, t->fault);
    if (status == SV_OK)
        status = sv_csv_read(&t->layers, t->folder.layers, SV_LAYERS_HEADER, sv_norms_rows(t, t->state.epoch), t->fault);
    if (status == SV_OK) status = sv_digests_read(&t->digests, t->folder.digests, t->state.optimizer.step, t->fault);
    sv_text_free(&header);
    return status;
}

/* Positions that no run of this config can have: the loader and the CSVs would be asked for what does not exist. */
static sv_status check_position(sv_training *t)
{
    const sv_train_state *s = &t->state;
    if (s->epoch >= 0 && s->optimizer.step >= 0 && s->batch >= 0 && s->batch <= sv_loader_batches(t->loader) && s->images >= 0 &&
        (s->batch > 0) == (s->images > 0))
        return SV_OK;
    return sv_fail(t->fault, SV_BAD_DATA, "%s: epoch %lld, batch %lld is no place in this run", t->folder.checkpoint,
                   (long long)s->epoch, (long long)s->batch);
}

sv_status sv_training_resume(sv_training *t)
{
    sv_train_identity was = { 0 };
    if (check_config(t) != SV_OK) return t->fault->status;
    if (sv_checkpoint_read(t->folder.checkpoint, &t->state, &was, &t->arrays, t->fault) != SV_OK) return t->fault->status;
    if (check_identity(t, &was) != SV_OK || check_position(t) != SV_OK) return t->fault->status;
    memcpy(t->identity.initial, was.initial, sizeof was.initial);
    memcpy(t->identity.backend, was.backend, sizeof was.backend);
    t->best_unsaved = t->state.watch.best_epoch > 0;
    t->resumed_at = t->state.optimizer.step;
    return read_rows(t);
}
