/* selvage train: a run folder from a config file. */
#include "cli/cli.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "report/samples.h"
#include <stdio.h>
#include <string.h>

typedef struct train_options {
    const char *out, *isa;
    bool resume, overwrite, no_report;
    int threads;
} train_options;

/* Without a CONFIG, --resume goes on with the one in the run folder. */
static sv_status read_config(const sv_arguments *a, const train_options *o, const char *folder, sv_config **config, sv_fault *fault)
{
    const char *path = a->positionals ? a->positional[0] : NULL;
    char *own = !path && o->resume ? sv_join_path(folder, "config.json") : NULL;
    if (own && sv_is_file(own)) path = own;
    sv_status status = sv_config_read(path, a->override, a->overrides, config, fault);
    sv_free(own);
    return status;
}

static void print_measures(const sv_train_result *r)
{
    sv_text t = { 0 };
    const sv_evaluation *e = &r->evaluation;
    sv_measured_print(&e->measured, &r->edges, &e->modelled, &t);
    printf("\nThe final weights on %lld %s samples\n%s", (long long)e->samples, r->validation ? "validation" : "training",
           t.failed ? "" : t.data);
    sv_text_free(&t);
}

static void print_result(const sv_train_result *r, const char *folder, int samples)
{
    printf("\n%-18s %lld epochs, %lld steps, %.1f s, %.0f images/s%s\n", "trained", (long long)r->epochs, (long long)r->steps,
           r->seconds, r->images_per_second, r->stopped_early ? ", stopped early" : "");
    printf("%-18s %.6g\n", "loss", r->loss);
    if (r->validation) printf("%-18s %.6g\n", "val_loss", r->val_loss);
    printf("%-18s epoch %lld, %s %.6g%s\n", "best", (long long)r->best_epoch, r->monitor, r->best,
           r->restored ? "; the final weights are of that epoch" : "");
    print_measures(r);
    printf("\n%-18s %s/weights/last.safetensors\n%-18s sha256 %s\n", "weights", folder, "", r->weights_digest);
    if (samples > 0) printf("%-18s %s/samples/last.png\n", "samples", folder);
}

static sv_status train(const sv_config *config, const train_options *o, const char *folder, sv_fault *fault)
{
    sv_bar bar;
    sv_train_result result;
    sv_bar_start(&bar);
    sv_train_args args = { .config = config,
                           .folder = folder,
                           .resume = o->resume,
                           .overwrite = o->overwrite,
                           .threads = o->threads,
                           .isa = sv_cli_isa(o->isa),
                           .progress = sv_bar_progress,
                           .note = sv_bar_note,
                           .context = &bar,
                           .draw = sv_samples_write,
                           .report = o->no_report ? NULL : sv_write_report,
                           .stop = sv_cli_catch_signals() };
    sv_status status = sv_train(&args, &result, fault);
    sv_bar_end(&bar);
    if (status == SV_OK && !result.nothing_to_do)
        print_result(&result, folder, config->samples);
    else if (status == SV_OK)
        printf("%s: finished before, after epoch %lld and step %lld; nothing to do\n%s/weights/last.safetensors sha256 %s\n",
               folder, (long long)result.epochs, (long long)result.steps, folder, result.weights_digest);
    sv_train_result_free(&result);
    return status;
}

static sv_status prepare(const sv_arguments *a, const train_options *o, sv_fault *fault)
{
    sv_config *config = NULL;
    char *folder = o->out ? sv_copy_text(o->out) : sv_cli_run_folder(a->positionals ? a->positional[0] : NULL, "");
    sv_status status = folder ? read_config(a, o, folder, &config, fault) : sv_fail_memory(fault, "the run folder's name");
    if (status == SV_OK) status = train(config, o, folder, fault);
    sv_config_free(config);
    sv_free(folder);
    return status;
}

static int run(int argc, char **argv)
{
    train_options o = { 0 };
    const sv_option options[] = { { "--out", SV_OPTION_TEXT, &o.out, 0, NULL },
                                  { "--resume", SV_OPTION_FLAG, &o.resume, 0, NULL },
                                  { "--overwrite", SV_OPTION_FLAG, &o.overwrite, 0, NULL },
                                  { "--no-report", SV_OPTION_FLAG, &o.no_report, 0, NULL },
                                  { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
                                  { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .most = 1, .takes_overrides = true };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_train, argc, argv, options, &a, &fault) == SV_OK) prepare(&a, &o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_train = {
    "train", "trains a model as a config file says",
    "selvage train [CONFIG] [KEY=VALUE ...] [--out DIR] [--resume] [--overwrite] [--no-report] [--threads N] [--isa NAME]\n"
    "\n"
    "Trains as CONFIG says (without one: the quickstart, on synthetic pictures) and writes the run folder DIR.\n"
    "\n"
    "  KEY=VALUE    sets a key of the config: optimizer.learning_rate=1e-4, model.layers.enc1.filters=16\n"
    "  --out DIR    the run folder; runs/<name of the config> by default. One that holds something is refused,\n"
    "               but for:\n"
    "  --resume     continue the run in DIR from its checkpoint; it ends as if it had never stopped. Without CONFIG,\n"
    "               DIR's own is used; its `epochs` may be raised. To start a new run from another's weights instead:\n"
    "               init.weights=RUN/weights/best.safetensors\n"
    "  --overwrite  replace the run in DIR\n"
    "  --no-report  do not write report.html after every epoch\n"
    "  --threads N  threads; all cores by default. No result depends on it\n"
    "  --isa NAME   the instruction set (avx512, avx2, sse2, neon, scalar); the best by default, or SELVAGE_ISA\n"
    "\n"
    "Ctrl-C finishes the step, writes a checkpoint and stops.\n",
    run
};
