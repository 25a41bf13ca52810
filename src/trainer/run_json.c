/* run.json: where a finished run came from. It holds the time, so it is the one file that differs between equal runs. */
#include "trainer/training.h"
#include "base/file.h"
#include <inttypes.h>
#include <math.h>
#include <time.h>

static void add_outcome(const sv_training *t, sv_text *out)
{
    const sv_train_state *s = &t->state;
    sv_text_add(out, "  \"seed\": %" PRId64 ",\n  \"epochs\": %" PRId64 ",\n  \"steps\": %" PRId64 ",\n", (int64_t)t->config->seed, s->epoch,
                s->optimizer.step);
    sv_text_add(out, "  \"monitor\": \"%s\",\n  \"best_epoch\": %" PRId64 ",\n", t->monitor, s->watch.best_epoch);
    if (isfinite(s->watch.best))
        sv_text_add(out, "  \"best\": %.9g,\n", s->watch.best);
    else
        sv_text_add(out, "  \"best\": null,\n");
    sv_text_add(out, "  \"stopped_early\": %s,\n  \"restored_best_weights\": %s,\n", s->watch.stopped ? "true" : "false",
                t->result->restored ? "true" : "false");
}

static void add_data(const sv_training *t, sv_text *out)
{
    static const char *const keys[SV_SET_COUNT] = { "data", "target", "validation", "validation_target" };
    int64_t skipped = 0;
    sv_text_add(out, "  \"samples\": {\"training\": %" PRId64 ", \"validation\": %" PRId64, t->data.training, t->data.validation);
    for (int i = 0; i < SV_SET_COUNT; i++) skipped += t->data.set[i] ? t->data.set[i]->skips : 0;
    sv_text_add(out, ", \"skipped\": %" PRId64 "},\n  \"digests\": {\n", skipped);
    for (int i = 0; i < SV_SET_COUNT; i++)
        if (t->data.set[i]) sv_text_add(out, "    \"%s\": \"%s\",\n", keys[i], t->data.digest[i]);
}

static void add_files(sv_training *t, const char *config, const char *file, sv_text *out)
{
    char final[SV_DIGEST_TEXT];
    sv_parameters_digest(t->parameters, final);
    sv_text_add(out, "    \"config.json\": \"%s\",\n", config);
    sv_text_add(
        out, "    \"initial_weights\": \"%s\",\n    \"final_weights\": \"%s\",\n    \"weights/last.safetensors\": \"%s\"\n  },\n",
        t->identity.initial, final, file);
}

static void add_machine(const sv_training *t, sv_text *out)
{
    char date[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    sv_text_add(out, "  \"versions\": {\"selvage\": \"%s\", \"numerics\": %d},\n", SV_VERSION, SV_NUMERICS_VERSION);
    sv_text_add(out, "  \"isa\": \"%s\",\n  \"backend\": \"%s\",\n  \"threads\": %d,\n", t->vectors->isa, t->backend->name,
                t->threads);
    if (t->backend->version) sv_text_add(out, "  \"library\": \"%s\",\n", t->backend->version());
    if (t->resumed_at) sv_text_add(out, "  \"resumed_at_step\": %" PRId64 ",\n", t->resumed_at);
    sv_text_add(out, "  \"seconds\": %.3f,\n", t->training_seconds);
    if (t->training_seconds > 0) sv_text_add(out, "  \"images_per_second\": %.1f,\n", (double)t->images / t->training_seconds);
    sv_text_add(out, "  \"finished\": \"%s\"\n", date);
}

sv_status sv_write_run_json(sv_training *t)
{
    char config[SV_DIGEST_TEXT], file[SV_DIGEST_TEXT];
    if (sv_hash_file(t->folder.config, config, t->fault) != SV_OK) return t->fault->status;
    if (sv_hash_file(t->folder.last, file, t->fault) != SV_OK) return t->fault->status;
    sv_text out = { 0 };
    sv_text_add(&out, "{\n");
    add_outcome(t, &out);
    add_data(t, &out);
    add_files(t, config, file, &out);
    add_machine(t, &out);
    sv_text_add(&out, "}\n");
    sv_status status =
        out.failed ? sv_fail_memory(t->fault, "run.json") : sv_write_file(t->folder.run, out.data, out.length, t->fault);
    sv_text_free(&out);
    return status;
}
