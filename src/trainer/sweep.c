#include "trainer/sweep.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/threads.h"
#include "config/leaves.h"
#include "trainer/config_change.h"
#include "trainer/run_folder.h"
#include "formats/safetensors.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIVERGED_FILE "diverged.txt"

/* A sweep at work; the lock guards what is below it. */
typedef struct sweeping {
    const sv_sweep_args *args;
    int *todo; /* indices of runs */
    int todos, first, jobs, threads;
    sv_run_state *state; /* [runs] */
    volatile int halt;   /* finish the step, write a checkpoint */
    pthread_mutex_t lock;
    int kept, done;
    double *part; /* [runs] done of each */
    sv_fault *fault;
} sweeping;

/* One run of it. */
typedef struct sweep_run {
    sweeping *s;
    int index;
    char *folder;
} sweep_run;

static sv_status read_config(const sv_sweep *sweep, int index, sv_config **config, sv_fault *fault)
{
    const sv_sweep_run *r = &sweep->run[index];
    return sv_config_read(sweep->config, r->override, r->overrides, config, fault);
}

/* Shapes, and initializers, some of which a kernel's size rules out. */
static sv_status check_model(const sv_config *config, sv_fault *fault)
{
    sv_built built = { 0 };
    sv_parameters *weights = NULL;
    sv_status status = sv_config_build(config, &built, fault);
    if (status == SV_OK) status = sv_parameters_new(built.graph, &weights, fault);
    if (status == SV_OK) status = sv_initial_weights(config, NULL, weights, fault);
    sv_parameters_free(weights);
    sv_graph_free(built.graph);
    return status;
}

/* A folder from before must hold a run of the same config; `epochs` may have grown, then it goes on. */
static sv_status check_folder(const sv_config *config, const char *folder, bool *grown, sv_fault *fault)
{
    char *path = sv_join_path(folder, "config.json"), *was = NULL;
    size_t size;
    sv_leaves leaves = { 0 };
    sv_status status = path ? SV_OK : sv_fail_memory(fault, folder);
    *grown = false;
    if (status == SV_OK && sv_is_file(path)) {
        status = sv_read_file(path, &was, &size, fault);
        if (status == SV_OK) status = sv_config_unchanged(config, was, path, fault);
        if (status == SV_OK) status = sv_leaves_parse(was, size, &leaves, fault);
        *grown = status == SV_OK && (int)sv_leaves_number(&leaves, "epochs") != config->epochs;
    }
    sv_leaves_free(&leaves);
    sv_free(was);
    sv_free(path);
    return status;
}

static sv_status is_complete(const char *run, const char *checkpoint, bool *complete, sv_fault *fault)
{
    sv_leaves leaves = { 0 };
    sv_safetensors file = { 0 };
    sv_status status = sv_leaves_read(run, &leaves, fault);
    if (status == SV_OK) status = sv_safetensors_read(checkpoint, &file, fault);
    const char *step = status == SV_OK ? sv_safetensors_metadata(&file, "step") : NULL;
    *complete = step && strcmp(step, sv_leaves_text(&leaves, "steps")) == 0;
    sv_safetensors_free(&file);
    sv_leaves_free(&leaves);
    return status;
}

/* run.json is written before the last checkpoint: the run is complete once that has the same step. */
sv_status sv_run_state_of(const char *folder, sv_run_state *state, sv_fault *fault)
{
    char *run = sv_join_path(folder, "run.json"), *checkpoint = sv_join_path(folder, "checkpoint.safetensors");
    char *diverged = sv_join_path(folder, DIVERGED_FILE);
    bool complete = false;
    sv_status status = run && checkpoint && diverged ? SV_OK : sv_fail_memory(fault, folder);
    if (status == SV_OK && sv_is_file(run) && sv_is_file(checkpoint)) status = is_complete(run, checkpoint, &complete, fault);
    *state = complete ? SV_RUN_FINISHED : diverged && sv_is_file(diverged) ? SV_RUN_DIVERGED : SV_RUN_WAITING;
    sv_free(run);
    sv_free(checkpoint);
    sv_free(diverged);
    return status;
}

static sv_status examine(sweeping *s, int index, sv_fault *fault)
{
    const sv_sweep_args *a = s->args;
    const char *name = a->sweep->run[index].name;
    sv_config *config = NULL;
    bool grown = false;
    char *folder = sv_join_path(a->folder, name);
    sv_status status = folder ? read_config(a->sweep, index, &config, fault) : sv_fail_memory(fault, name);
    if (status == SV_OK) status = check_model(config, fault);
    if (status == SV_OK && !a->overwrite) status = check_folder(config, folder, &grown, fault);
    if (status == SV_OK && !a->overwrite && !grown) status = sv_run_state_of(folder, &s->state[index], fault);
    sv_config_free(config);
    sv_free(folder);
    return status == SV_OK ? SV_OK : sv_fault_at(fault, name);
}

static void tell(sweeping *s, sv_sweep_progress *p)
{
    double sum = 0;
    for (int i = 0; i < s->todos; i++) sum += s->part[s->todo[i]];
    p->runs = s->args->sweep->runs;
    p->kept = s->kept;
    p->done = s->kept + s->done;
    p->jobs = s->jobs;
    p->threads = s->threads;
    p->fraction = s->todos ? sum / s->todos : 1;
    if (s->args->progress) s->args->progress(s->args->context, p);
}

static void on_progress(void *context, const sv_progress *step)
{
    sweep_run *r = context;
    sweeping *s = r->s;
    sv_sweep_progress p = { .name = s->args->sweep->run[r->index].name, .step = step };
    if (s->args->stop && *s->args->stop) s->halt = 1;
    pthread_mutex_lock(&s->lock);
    double epoch = (double)(step->epoch - 1) + (step->epoch_done ? 1 : (double)step->step / (double)step->steps);
    s->part[r->index] = epoch / (double)step->epochs;
    tell(s, &p);
    pthread_mutex_unlock(&s->lock);
}

/* Lines about the folder (where a run goes on) are not worth one for each run. */
static void on_note(void *context, const char *line)
{
    sweep_run *r = context;
    sweeping *s = r->s;
    char named[4400];
    if (!s->args->note || strncmp(line, r->folder, strlen(r->folder)) == 0) return;
    snprintf(named, sizeof named, "%s: %s", s->args->sweep->run[r->index].name, line);
    pthread_mutex_lock(&s->lock);
    s->args->note(s->args->context, named);
    pthread_mutex_unlock(&s->lock);
}

static sv_status mark_diverged(const sweep_run *r, const char *message, sv_fault *fault)
{
    char *path = sv_join_path(r->folder, DIVERGED_FILE);
    sv_text text = { 0 };
    sv_text_add(&text, "%s\n", message);
    sv_status status = path && !text.failed ? sv_write_file(path, text.data, text.length, fault) : sv_fail_memory(fault, r->folder);
    sv_text_free(&text);
    sv_free(path);
    return status;
}

static sv_status forget_divergence(const sweep_run *r, sv_fault *fault)
{
    char *path = sv_join_path(r->folder, DIVERGED_FILE);
    if (!path) return sv_fail_memory(fault, r->folder);
    if (unlink(path) != 0 && errno != ENOENT) sv_fail(fault, SV_IO_ERROR, "%s: cannot be removed: %s", path, strerror(errno));
    sv_free(path);
    return fault->status;
}

static sv_status train_run(sweep_run *r, const sv_config *config, sv_train_result *result, sv_fault *fault)
{
    const sv_sweep_args *a = r->s->args;
    sv_train_args t = { .config = config,
                        .folder = r->folder,
                        .resume = !a->overwrite,
                        .overwrite = a->overwrite,
                        .threads = r->s->threads,
                        .isa = a->isa,
                        .progress = on_progress,
                        .note = on_note,
                        .context = r,
                        .draw = a->draw,
                        .report = a->report,
                        .stop = &r->s->halt };
    return forget_divergence(r, fault) == SV_OK ? sv_train(&t, result, fault) : fault->status;
}

/* Takes down how a run ended. The first failure is the sweep's; the others stop. */
static void end_run(sweep_run *r, const sv_train_result *result, sv_fault *own)
{
    sweeping *s = r->s;
    const char *name = s->args->sweep->run[r->index].name;
    char message[sizeof own->text];
    memcpy(message, own->text, sizeof message);
    sv_status how = own->status;
    if (how == SV_DIVERGED) {
        *own = (sv_fault){ 0 };
        if (mark_diverged(r, message, own) != SV_OK) how = own->status;
    }
    pthread_mutex_lock(&s->lock);
    if (how != SV_OK && how != SV_DIVERGED) {
        s->halt = 1;
        if (how != SV_INTERRUPTED) sv_fail(s->fault, how, "%s: %s", name, own->text);
    } else {
        sv_sweep_progress p = { .name = name };
        p.state = s->state[r->index] = how == SV_OK ? SV_RUN_FINISHED : SV_RUN_DIVERGED;
        p.result = how == SV_OK ? result : NULL;
        p.message = message;
        s->part[r->index] = 1;
        s->done++;
        tell(s, &p);
    }
    pthread_mutex_unlock(&s->lock);
}

static void run_one(void *context, int64_t task, int worker)
{
    (void)worker;
    sweeping *s = context;
    const sv_sweep_args *a = s->args;
    sweep_run r = { .s = s, .index = s->todo[s->first + task] };
    sv_config *config = NULL;
    sv_train_result result = { 0 };
    sv_fault own = { 0 };
    if (s->halt || (a->stop && *a->stop)) return;
    r.folder = sv_join_path(a->folder, a->sweep->run[r.index].name);
    sv_status status = r.folder ? read_config(a->sweep, r.index, &config, &own) : sv_fail_memory(&own, "sweep");
    if (status == SV_OK) train_run(&r, config, &result, &own);
    end_run(&r, &result, &own);
    sv_train_result_free(&result);
    sv_config_free(config);
    sv_free(r.folder);
}

/* `count` of the runs that are to do, `jobs` at a time, each with its share of the threads. */
static void run_some(sweeping *s, int jobs, int count)
{
    int threads = s->args->threads > 0 ? s->args->threads : sv_default_threads();
    s->jobs = jobs;
    s->threads = threads / jobs > 1 ? threads / jobs : 1;
    if (s->first == 0) tell(s, &(sv_sweep_progress){ 0 });
    sv_side_by_side(jobs, count, run_one, s);
    s->first += count;
}

/* One thread a run is the best use of cores: no thread of a run ever waits for another. The last ones, fewer than fit side by
 * side, share the threads instead. */
static void run_todo(sweeping *s)
{
    int threads = s->args->threads > 0 ? s->args->threads : sv_default_threads();
    int jobs = s->args->jobs > 0 ? s->args->jobs : threads;
    if (jobs > s->todos) jobs = s->todos;
    if (jobs < 1) {
        tell(s, &(sv_sweep_progress){ 0 });
        return;
    }
    int rest = s->todos % jobs;
    run_some(s, jobs, s->todos - rest);
    if (rest && !s->halt) run_some(s, rest, rest);
}

/* An own folder: empty, or with a sweep in it. */
static sv_status open_folder(const sv_sweep_args *a, sv_fault *fault)
{
    char *path = sv_join_path(a->folder, "sweep.json");
    sv_text json = { 0 };
    sv_status status = path ? SV_OK : sv_fail_memory(fault, a->folder);
    if (status == SV_OK && !sv_folder_is_empty(a->folder) && !sv_is_file(path)) {
        sv_remove_leftovers(a->folder);
        if (!sv_folder_is_empty(a->folder))
            status = sv_fail(fault, SV_BAD_ARGUMENT,
                             "%s: holds files but no sweep (no sweep.json); choose another folder with --out", a->folder);
    }
    if (status == SV_OK) status = sv_make_folder(a->folder, fault);
    if (status == SV_OK) sv_remove_leftovers(a->folder);
    if (status == SV_OK) status = sv_sweep_json(a->sweep, &json, fault);
    if (status == SV_OK) status = sv_write_file(path, json.data, json.length, fault);
    sv_text_free(&json);
    sv_free(path);
    return status;
}

static sv_status prepare(sweeping *s)
{
    int runs = s->args->sweep->runs;
    s->todo = sv_new((size_t)runs, sizeof *s->todo);
    s->state = sv_new((size_t)runs, sizeof *s->state);
    s->part = sv_new((size_t)runs, sizeof *s->part);
    if (!s->todo || !s->state || !s->part) return sv_fail_memory(s->fault, "sweep");
    for (int i = 0; i < runs; i++)
        if (examine(s, i, s->fault) != SV_OK) return s->fault->status;
    for (int i = 0; i < runs; i++)
        if (s->state[i] == SV_RUN_WAITING) s->todo[s->todos++] = i;
    s->kept = runs - s->todos;
    return open_folder(s->args, s->fault);
}

static sv_status finish(sweeping *s, sv_sweep_table *table)
{
    const sv_sweep_args *a = s->args;
    if (s->fault->status != SV_OK) return s->fault->status;
    if (s->done < s->todos)
        return sv_fail(s->fault, SV_INTERRUPTED, "%s: stopped with %d of %d runs done; the same command goes on", a->folder,
                       s->kept + s->done, a->sweep->runs);
    if (sv_sweep_table_read(a->sweep, a->folder, a->by, table, s->fault) != SV_OK) return s->fault->status;
    return sv_sweep_table_write(table, a->folder, s->fault);
}

sv_status sv_sweep_run_all(const sv_sweep_args *args, sv_sweep_table *table, sv_fault *fault)
{
    sweeping s = { .args = args, .fault = fault };
    *table = (sv_sweep_table){ 0 };
    pthread_mutex_init(&s.lock, NULL);
    if (prepare(&s) == SV_OK) {
        run_todo(&s);
        finish(&s, table);
    }
    pthread_mutex_destroy(&s.lock);
    sv_free(s.todo);
    sv_free(s.state);
    sv_free(s.part);
    return fault->status;
}
