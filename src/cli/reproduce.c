/* selvage reproduce: runs a run again and says whether it came out the same. */
#include "cli/cli.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/progress.h"
#include "trainer/reproduce.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reproduce_options {
    const char *out, *isa;
    int threads;
} reproduce_options;

/* A folder for the repetition that goes away afterwards: a new string. */
static char *temporary_folder(sv_fault *fault)
{
    const char *place = getenv("TMPDIR");
    char *path = sv_join_path(place && *place ? place : "/tmp", "selvage-reproduce-XXXXXX");
    if (!path) {
        sv_fail_memory(fault, "reproduce");
        return NULL;
    }
    if (mkdtemp(path)) return path;
    sv_fail(fault, SV_IO_ERROR, "%s: the folder cannot be made: %s", path, strerror(errno));
    sv_free(path);
    return NULL;
}

/* Lines, each set in below a heading. */
static void print_lines(const char *heading, const sv_text *lines)
{
    if (!lines->length || !lines->data) return;
    printf("%s\n", heading);
    for (const char *line = lines->data; *line; line += strcspn(line, "\n") + 1)
        printf("    %.*s\n", (int)strcspn(line, "\n"), line);
}

static void print_parting(const sv_reproduction *r)
{
    if (r->first_step == 0)
        printf("first difference: the initial weights\n");
    else if (r->first_step > 0)
        printf("first difference: step %lld of %lld: %s\n", (long long)r->first_step, (long long)r->steps, r->what.data);
    if (r->tensor_step < 0) return;
    const char *tensors = r->tensors_first.data;
    printf("first layer and tensor: %.*s, tensor %s%s", (int)strcspn(tensors, "/ "), tensors, tensors,
           r->tensor_step == r->first_step ? "" : ", ");
    if (r->tensor_step != r->first_step) printf("as far as digests.csv tells, by step %lld", (long long)r->tensor_step);
    putchar('\n');
}

static void print_result(const sv_reproduction *r, const char *run, const char *out)
{
    if (r->identical)
        printf("identical: %s, %lld steps, weights sha256 %s\n", run, (long long)r->steps, r->weights);
    else
        printf("different: %s\n", run);
    print_parting(r);
    print_lines("files:", &r->files);
    print_lines("environment:", &r->environment);
    if (!r->identical && !r->environment.length) puts("environment: the same version, instruction set, backend and config");
    if (out) printf("the repetition is in %s\n", out);
}

static sv_status reproduce(const char *run, const reproduce_options *o, const char *folder, bool *identical, sv_fault *fault)
{
    sv_bar bar;
    sv_reproduction result;
    sv_bar_start(&bar);
    sv_reproduce_args args = { .run = run,
                               .folder = folder,
                               .threads = o->threads,
                               .isa = sv_cli_isa(o->isa),
                               .progress = sv_bar_progress,
                               .note = sv_bar_note,
                               .context = &bar,
                               .stop = sv_cli_catch_signals() };
    sv_status status = sv_reproduce(&args, &result, fault);
    sv_bar_end(&bar);
    if (status == SV_OK) print_result(&result, run, o->out);
    *identical = status == SV_OK && result.identical;
    sv_reproduction_free(&result);
    return status;
}

static int run(int argc, char **argv)
{
    reproduce_options o = { 0 };
    const sv_option options[] = { { "--out", SV_OPTION_TEXT, &o.out, 0, NULL },
                                  { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
                                  { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .least = 1, .most = 1 };
    sv_fault fault = { 0 }, ignored = { 0 };
    bool identical = false;
    if (sv_options_parse(&sv_command_reproduce, argc, argv, options, &a, &fault) == SV_OK) {
        char *folder = o.out ? sv_copy_text(o.out) : temporary_folder(&fault);
        if (folder) reproduce(a.positional[0], &o, folder, &identical, &fault);
        if (folder && !o.out) sv_remove_folder(folder, fault.status == SV_OK ? &fault : &ignored);
        sv_free(folder);
    }
    sv_arguments_free(&a);
    int code = sv_cli_exit(&fault);
    return code == SV_EXIT_OK && !identical ? SV_EXIT_FAILED : code;
}

const sv_command sv_command_reproduce = {
    "reproduce", "runs a run again and says where the two part, if they do",
    "selvage reproduce RUN [--out DIR] [--threads N] [--isa NAME]\n"
    "\n"
    "Trains again what RUN's config.json says, in a folder that goes away afterwards, and compares every step, the digests of\n"
    "each tensor of weights (RUN/digests.csv), metrics.csv and the weights. Says \"identical\", or names the first step, layer\n"
    "and tensor that differ and what is different about version, instruction set, backend, library, config or seed. Exit 0\n"
    "where all is identical, else 1. Data whose digests are not those in run.json are refused before anything is trained.\n"
    "\n"
    "  --out DIR    keep the repetition in this folder, which must be empty\n"
    "  --threads N  threads; all cores by default. No result depends on it\n"
    "  --isa NAME   the instruction set, as for train\n",
    run
};
