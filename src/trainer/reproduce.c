#include "trainer/reproduce.h"
#include "base/file.h"
#include "base/memory.h"
#include "config/leaves.h"
#include "trainer/parting.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A repetition at work. */
typedef struct repeating {
    const sv_reproduce_args *args;
    sv_reproduction *result;
    sv_fault *fault;
    sv_config *config;
    sv_leaves was, now; /* run.json of both */
} repeating;

static sv_status read_run_json(const char *folder, sv_leaves *leaves, sv_fault *fault)
{
    char *path = sv_join_path(folder, "run.json");
    if (!path) return sv_fail_memory(fault, folder);
    sv_status status =
        sv_is_file(path)
            ? sv_leaves_read(path, leaves, fault)
            : sv_fail(fault, SV_BAD_ARGUMENT,
                      "%s: no finished run: it has no run.json; finish it with selvage train --resume --out %s", folder, folder);
    sv_free(path);
    return status;
}

/* The folder's own config: whether it is still the one that was trained. */
static sv_status read_config(repeating *r)
{
    char digest[SV_DIGEST_TEXT], *path = sv_join_path(r->args->run, "config.json");
    sv_status status = path ? SV_OK : sv_fail_memory(r->fault, r->args->run);
    if (status == SV_OK && !sv_is_file(path))
        status = sv_fail(r->fault, SV_BAD_ARGUMENT, "%s: no run folder; it holds no config.json", r->args->run);
    if (status == SV_OK) status = sv_config_read(path, NULL, 0, &r->config, r->fault);
    if (status == SV_OK) status = sv_hash_file(path, digest, r->fault);
    if (status == SV_OK) status = read_run_json(r->args->run, &r->was, r->fault);
    const char *trained = sv_leaves_text(&r->was, "digests.\"config.json\"");
    if (status == SV_OK && *trained && strcmp(trained, digest) != 0)
        sv_text_add(&r->result->environment, "config.json: changed after the run (sha256 %.12s, was %.12s)\n", digest, trained);
    sv_free(path);
    return status;
}

static sv_status train_again(repeating *r)
{
    static const char *const sets[SV_SET_COUNT] = { "data", "target", "validation", "validation_target" };
    const sv_reproduce_args *a = r->args;
    sv_reference reference = { .folder = a->run };
    sv_train_result result = { 0 };
    for (int i = 0; i < SV_SET_COUNT; i++) {
        char key[64];
        snprintf(key, sizeof key, "digests.%s", sets[i]);
        snprintf(reference.data[i], sizeof reference.data[i], "%s", sv_leaves_text(&r->was, key));
    }
    sv_train_args t = { .config = r->config,
                        .folder = a->folder,
                        .threads = a->threads,
                        .isa = a->isa,
                        .progress = a->progress,
                        .note = a->note,
                        .context = a->context,
                        .reference = &reference,
                        .stop = a->stop };
    sv_status status = sv_train(&t, &result, r->fault);
    memcpy(r->result->weights, result.weights_digest, sizeof r->result->weights);
    sv_train_result_free(&result);
    if (status == SV_OK) return read_run_json(a->folder, &r->now, r->fault);
    if (r->fault->status == SV_BAD_DATA && r->result->environment.length)
        sv_fault_at(r->fault, "config.json was changed after the run");
    return r->fault->status;
}

static void compare_environment(repeating *r)
{
    static const char *const keys[] = { "versions.selvage", "versions.numerics", "isa",  "backend",
                                        "library",          "threads",           "seed", NULL };
    for (int i = 0; keys[i]; i++) {
        const char *was = sv_leaves_text(&r->was, keys[i]), *now = sv_leaves_text(&r->now, keys[i]);
        if (strcmp(was, now) == 0) continue;
        sv_text_add(&r->result->environment, "%s: %s in the run, %s now%s\n", keys[i], *was ? was : "none", *now ? now : "none",
                    strcmp(keys[i], "threads") == 0 ? " (no result depends on it)" : "");
    }
}

static sv_status compare_table(repeating *r, const char *name, int64_t *step, sv_text *what)
{
    sv_table_pair pair;
    sv_status status = sv_tables_read(r->args->run, r->args->folder, name, &pair, r->fault);
    *step = status == SV_OK ? sv_tables_part(&pair, what == &r->result->tensors_first, what) : -1;
    sv_tables_free(&pair);
    return status;
}

static sv_status compare_steps(repeating *r)
{
    sv_reproduction *o = r->result;
    if (compare_table(r, "steps.csv", &o->first_step, &o->what) != SV_OK) return r->fault->status;
    if (compare_table(r, "digests.csv", &o->tensor_step, &o->tensors_first) != SV_OK) return r->fault->status;
    if (o->tensor_step < 0 || (o->first_step >= 0 && o->first_step <= o->tensor_step)) return SV_OK;
    o->first_step = o->tensor_step; /* weights that differ before nine digits of the loss do */
    o->what.length = 0;
    sv_text_add(&o->what, o->tensor_step ? "the loss is still the same to nine digits" : "the initial weights");
    return SV_OK;
}

/* What the run says of its weights file, and what lies there. */
static sv_status check_untouched(repeating *r)
{
    char digest[SV_DIGEST_TEXT], *path = sv_join_path(r->args->run, "weights/last.safetensors");
    const char *was = sv_leaves_text(&r->was, "digests.\"weights/last.safetensors\"");
    sv_status status = path ? sv_hash_file(path, digest, r->fault) : sv_fail_memory(r->fault, r->args->run);
    if (status == SV_OK && *was && strcmp(was, digest) != 0)
        sv_text_add(&r->result->files, "weights/last.safetensors: changed after the run (sha256 %.12s, run.json has %.12s)\n",
                    digest, was);
    sv_free(path);
    return status;
}

static sv_status compare_files(repeating *r)
{
    static const char *const weights[] = { "weights/last.safetensors", "weights/best.safetensors" };
    sv_reproduction *o = r->result;
    int64_t epoch;
    sv_text what = { 0 };
    sv_status status = check_untouched(r);
    for (int i = 0; i < 2 && status == SV_OK; i++)
        status = sv_weights_part(r->args->run, r->args->folder, weights[i], &o->files, r->fault);
    if (status == SV_OK) status = compare_table(r, "metrics.csv", &epoch, &what);
    if (status == SV_OK && epoch >= 0)
        sv_text_add(&o->files, "metrics.csv: epoch %lld: %s\n", (long long)epoch, what.data ? what.data : "");
    sv_text_free(&what);
    return status;
}

static void judge(repeating *r)
{
    sv_reproduction *o = r->result;
    o->steps = (int64_t)sv_leaves_number(&r->was, "steps");
    o->identical = o->first_step < 0 && o->tensor_step < 0 && o->files.length == 0;
}

static sv_status check_memory(const sv_reproduction *o, sv_fault *fault)
{
    bool failed = o->what.failed || o->tensors_first.failed || o->files.failed || o->environment.failed;
    return failed ? sv_fail_memory(fault, "comparison") : SV_OK;
}

sv_status sv_reproduce(const sv_reproduce_args *args, sv_reproduction *result, sv_fault *fault)
{
    repeating r = { .args = args, .result = result, .fault = fault };
    *result = (sv_reproduction){ .first_step = -1, .tensor_step = -1 };
    sv_status status = read_config(&r);
    if (status == SV_OK) status = train_again(&r);
    if (status == SV_OK) compare_environment(&r);
    if (status == SV_OK) status = compare_steps(&r);
    if (status == SV_OK) status = compare_files(&r);
    if (status == SV_OK) judge(&r);
    if (status == SV_OK) status = check_memory(result, fault);
    sv_config_free(r.config);
    sv_leaves_free(&r.was);
    sv_leaves_free(&r.now);
    return status;
}

void sv_reproduction_free(sv_reproduction *r)
{
    sv_text_free(&r->what);
    sv_text_free(&r->tensors_first);
    sv_text_free(&r->files);
    sv_text_free(&r->environment);
}
