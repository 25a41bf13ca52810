/* selvage report: report.html of a run, written anew. */
#include "cli/report.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "report/report.h"
#include <stdio.h>

enum { LARGEST_PICTURES = 400 * 1000, FEWEST_SHOWN = 2 };

/* Fewer of large ones, so that the page stays small enough to send. */
static int samples_shown(const sv_run_view *v)
{
    int64_t pixels = v->kept.output_shape.dim[0] * v->kept.output_shape.dim[1], fit = LARGEST_PICTURES / (pixels > 0 ? pixels : 1);
    int shown = v->config->samples < v->kept.count ? v->config->samples : v->kept.count;
    if (fit < FEWEST_SHOWN) fit = FEWEST_SHOWN;
    return shown < fit ? shown : (int)fit;
}

sv_status sv_write_report(const sv_run_view *v, sv_fault *fault)
{
    char weights[SV_DIGEST_TEXT];
    if (sv_hash_file(v->weights, weights, fault) != SV_OK) return fault->status;
    const sv_report_digest digest[] = {
        { "weights/last.safetensors", weights }, { "initial weights", v->initial }, { "data", v->data[0] },
        { "data.target", v->data[1] },           { "data.validation", v->data[2] }, { "data.validation.target", v->data[3] }
    };
    sv_report r = { .config = v->config,
                    .metrics = v->metrics,
                    .steps = v->steps,
                    .layers = v->layers,
                    .graph = v->built->graph,
                    .input = v->built->input,
                    .output = v->built->output,
                    .parameters = v->parameters,
                    .epoch = v->epoch,
                    .best_epoch = v->best_epoch,
                    .monitor = v->monitor,
                    .finished = v->finished,
                    .stopped_early = v->stopped_early,
                    .restored = v->restored,
                    .missing = v->missing,
                    .validation = v->validation,
                    .digest = digest,
                    .digests = sizeof digest / sizeof digest[0],
                    .threads = v->threads,
                    .vectors = v->vectors,
                    .backend = v->backend };
    if (v->evaluation) {
        r.loss = v->evaluation->loss;
        r.measured = &v->evaluation->measured;
        r.modelled = v->evaluation->whole ? &v->evaluation->modelled : NULL;
        r.maps = &v->evaluation->maps;
        r.samples = (sv_report_samples){ v->kept.count, samples_shown(v), v->kept.input_shape, v->kept.output_shape,
                                         v->kept.input, v->kept.target,   v->kept.output };
    }
    return sv_report_write(&r, v->report, fault);
}

/* The report, and a note where it had to do without the data. */
static sv_status write_and_say(const sv_run_view *v, sv_fault *fault)
{
    if (sv_write_report(v, fault) != SV_OK) return fault->status;
    if (v->missing) sv_cli_note(NULL, v->missing);
    printf("%s\n", v->report);
    return SV_OK;
}

static sv_status report(const char *folder, int threads, const char *isa, sv_fault *fault)
{
    sv_config *config = NULL;
    char *path = sv_join_path(folder, "config.json");
    if (!path)
        sv_fail_memory(fault, folder);
    else if (!sv_is_file(path))
        sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected a run folder; it holds no config.json", folder);
    else if (sv_config_read(path, NULL, 0, &config, fault) == SV_OK) {
        sv_train_args args = {
            .config = config, .folder = folder, .threads = threads, .isa = sv_cli_isa(isa), .report = write_and_say
        };
        sv_review(&args, fault);
    }
    sv_config_free(config);
    sv_free(path);
    return fault->status;
}

static int run(int argc, char **argv)
{
    int threads = 0;
    const char *isa = NULL;
    const sv_option options[] = { { "--threads", SV_OPTION_INT, &threads, 1, NULL },
                                  { "--isa", SV_OPTION_TEXT, &isa, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .least = 1, .most = 1 };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_report, argc, argv, options, &a, &fault) == SV_OK)
        report(a.positional[0], threads, isa, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_report = {
    "report", "writes a run's report.html: curves, reconstructions, where the errors are",
    "selvage report RUN [--threads N]\n"
    "\n"
    "Writes RUN/report.html again, as training does after every epoch: one page that stands alone, without scripts, good to send.\n"
    "It shows the weights in RUN/weights/last.safetensors, evaluated on the run's data. Where these are gone, it says so and "
    "leaves\n"
    "out what is measured on them. A run that still trains may be reported too.\n"
    "\n"
    "  --threads N  threads; all cores by default. No byte of the page depends on it\n"
    "  --isa NAME   the instruction set (sse2, avx2, avx512, scalar); the best by default, or SELVAGE_ISA\n",
    run
};
