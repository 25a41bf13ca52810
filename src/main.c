/* The program: finds the command, answers --help and --version, checks that what was printed arrived. */
#include "base/threads.h"
#include "cli/cli.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const sv_command *const commands[] = { &sv_command_train,   &sv_command_explain,   &sv_command_init,
                                              &sv_command_predict, &sv_command_gradients, &sv_command_evaluate,
                                              &sv_command_report,  &sv_command_artifacts, &sv_command_bench,
                                              &sv_command_ops,     &sv_command_sweep,     &sv_command_reproduce,
                                              &sv_command_compare, NULL };

static void print_commands(FILE *to)
{
    fputs("selvage COMMAND ...\nTrains convolutional autoencoders and shows what their borders and strides cost.\n\n", to);
    for (int i = 0; commands[i]; i++) fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->doc);
    fputs("\nselvage COMMAND --help says more about each; --version is the program's own.\n", to);
}

static const sv_command *find_command(const char *name)
{
    for (int i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *known[sizeof commands / sizeof commands[0]];
    int n = 0;
    for (; commands[n]; n++) known[n] = commands[n]->name;
    known[n] = NULL;
    const char *near = sv_nearest(name, known);
    sv_fault fault = { 0 };
    if (near)
        sv_fail(&fault, SV_BAD_ARGUMENT, "%s: unknown command; did you mean %s?", name, near);
    else
        sv_fail(&fault, SV_BAD_ARGUMENT, "%s: unknown command; see selvage --help", name);
    return sv_cli_exit(&fault);
}

/* Whether a flag stands among the arguments, before a "--". */
static bool has(int argc, char **argv, const char *flag)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], flag)) return true;
    return false;
}

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (has(argc, argv, "--version")) {
        puts("selvage " SV_VERSION);
        return SV_EXIT_OK;
    }
    if (!name) {
        fputs("selvage: no command given\n", stderr);
        print_commands(stderr);
        return SV_EXIT_USAGE;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_commands(stdout);
        return SV_EXIT_OK;
    }
    const sv_command *c = find_command(name);
    if (!c) return unknown_command(name);
    if (has(argc - 1, argv + 1, "--help") || has(argc - 1, argv + 1, "-h")) {
        fputs(c->usage, stdout);
        return SV_EXIT_OK;
    }
    return c->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit is a failed write, reported like a full disk */
    sv_arithmetic_standard();
    int code = run(argc, argv);
    if ((fflush(stdout) || ferror(stdout)) && code == SV_EXIT_OK) {
        sv_fault fault = { 0 };
        sv_fail(&fault, SV_IO_ERROR, "standard output: cannot be written");
        return sv_cli_exit(&fault);
    }
    return code;
}
