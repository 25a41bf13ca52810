/* A run seen from outside: for its report, while it trains and afterwards. */
#include "trainer/training.h"
#include "base/file.h"
#include <string.h>

sv_status sv_training_report(sv_training *t, const char *missing)
{
    const sv_train_state *s = &t->state;
    if (!t->args->report) return SV_OK;
    sv_run_view v = { .config = t->config,
                      .metrics = t->folder.metrics,
                      .steps = t->folder.steps,
                      .layers = t->folder.layers,
                      .weights = t->folder.last,
                      .report = t->folder.report,
                      .built = &t->built,
                      .parameters = t->parameters,
                      .epoch = s->epoch,
                      .best_epoch = s->watch.best_epoch,
                      .monitor = t->monitor,
                      .finished = sv_training_finished(t),
                      .stopped_early = s->watch.stopped,
                      .restored = sv_training_restores(t),
                      .initial = t->identity.initial,
                      .missing = missing,
                      .threads = t->threads,
                      .vectors = t->vectors,
                      .backend = t->backend };
    for (int i = 0; i < SV_SET_COUNT; i++) v.data[i] = t->identity.data[i];
    if (!missing) {
        v.validation = t->data.validation > 0;
        v.evaluation = &t->evaluation;
        v.kept = sv_evaluator_kept(t->evaluator);
    }
    return t->args->report(&v, t->fault);
}

/* The run's data, the same as it was trained on. */
static sv_status open_data(sv_training *t, const sv_train_identity *was)
{
    if (sv_run_data_open(t->config, &t->built, &t->data, t->fault) != SV_OK || sv_run_data_digest(&t->data, t->fault) != SV_OK)
        return t->fault->status;
    memcpy(t->identity.data, t->data.digest, sizeof t->identity.data);
    return sv_training_check_data(t, was->data, t->folder.path);
}

/* What is wrong with the data is no fault of the report's, which goes without them. */
static sv_status evaluate_or_do_without(sv_training *t)
{
    sv_train_identity was = t->identity;
    sv_fault data = { 0 }, *own = t->fault;
    t->fault = &data;
    open_data(t, &was);
    t->fault = own;
    t->identity = was;
    if (data.status == SV_NO_MEMORY) return sv_fail(t->fault, SV_NO_MEMORY, "%s", data.text);
    if (data.status != SV_OK) return sv_training_report(t, data.text);
    if (sv_training_plan_evaluation(t) != SV_OK || sv_training_evaluate(t, sv_training_finished(t)) != SV_OK)
        return t->fault->status;
    return sv_training_report(t, NULL);
}

static sv_status look(sv_training *t)
{
    if (sv_run_folder_name(t->args->folder, &t->folder, t->fault) != SV_OK) return t->fault->status;
    if (!sv_is_file(t->folder.checkpoint) || !sv_is_file(t->folder.last))
        return sv_fail(t->fault, SV_BAD_ARGUMENT, "%s: holds no run that got as far as its first checkpoint", t->folder.path);
    if (sv_training_choose_arithmetic(t) != SV_OK || sv_config_build(t->config, &t->built, t->fault) != SV_OK ||
        sv_parameters_new(t->built.graph, &t->parameters, t->fault) != SV_OK ||
        sv_parameters_read(t->parameters, t->folder.last, t->fault) != SV_OK ||
        sv_checkpoint_read(t->folder.checkpoint, &t->state, &t->identity, NULL, t->fault) != SV_OK)
        return t->fault->status;
    sv_training_name_monitor(t, t->config->has_validation || t->config->validation_split > 0);
    return evaluate_or_do_without(t);
}

sv_status sv_review(const sv_train_args *args, sv_fault *fault)
{
    sv_train_result unused = { 0 };
    sv_training t = { .args = args, .config = args->config, .result = &unused, .fault = fault };
    t.folder.lock = -1;
    sv_status status = look(&t);
    sv_training_close(&t);
    return status;
}
