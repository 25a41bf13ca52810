/* selvage train: a run folder from a config file. */
#include "cli/cli.h"
#include "base/file.h"
#include "base/memory.h"
#include "trainer/trainer.h"
#include <signal.h>
#include <string.h>

static volatile int stop_asked;

/* The first signal asks; the second, its action being the default's again, kills. */
static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = ask_to_stop, .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

typedef struct train_options {
    const char *out, *isa;
    bool resume, overwrite;
    int threads;
} train_options;

static sv_status train(const sv_arguments *a, const train_options *o, sv_fault *fault)
{
    sv_config *config = NULL;
    if (sv_config_read(a->positionals ? a->positional[0] : NULL, a->override, a->overrides, &config, fault) != SV_OK)
        return fault->status;
    sv_train_args args = { .config = config, .folder = o->out, .resume = o->resume, .overwrite = o->overwrite,
                           .threads = o->threads, .isa = sv_cli_isa(o->isa), .note = sv_cli_note, .stop = &stop_asked };
    sv_train_result result;
    catch_signals();
    sv_train(&args, &result, fault);
    sv_config_free(config);
    return fault->status;
}

static int run(int argc, char **argv)
{
    train_options o = { 0 };
    const sv_option options[] = {
        { "--out", SV_OPTION_TEXT, &o.out, 0, NULL },
        { "--resume", SV_OPTION_FLAG, &o.resume, 0, NULL },
        { "--overwrite", SV_OPTION_FLAG, &o.overwrite, 0, NULL },
        { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
        { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
        { NULL, SV_OPTION_FLAG, NULL, 0, NULL }
    };
    sv_arguments a = { .most = 1, .takes_overrides = true };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_train, argc, argv, options, &a, &fault) == SV_OK) train(&a, &o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_train = {
    "train", "trains a model as a config file says",
    "selvage train [CONFIG] [KEY=VALUE ...] [--out DIR] [--resume] [--overwrite] [--threads N] [--isa NAME]\n"
    "\n"
    "Trains as CONFIG says (without one: the quickstart, on synthetic pictures) and writes the run folder DIR.\n"
    "\n"
    "  KEY=VALUE    sets a key of the config: optimizer.learning_rate=1e-4, model.layers.enc1.filters=16\n"
    "  --out DIR    the run folder; runs/<name of the config> by default. One that holds something is refused,\n"
    "               but for:\n"
    "  --resume     continue the run in DIR from its checkpoint; it ends as if it had never stopped\n"
    "  --overwrite  replace the run in DIR\n"
    "  --threads N  threads; all cores by default. No result depends on it\n"
    "  --isa NAME   the instruction set (sse2, avx2, avx512, scalar); the best by default, or SELVAGE_ISA\n"
    "\n"
    "Ctrl-C finishes the step, writes a checkpoint and stops.\n",
    run
};
