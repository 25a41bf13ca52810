/* The commands of the program and what they share: options, errors, progress. A new command = its file in this folder, its
 * declaration below and its row in main.c. */
#ifndef SV_CLI_CLI_H
#define SV_CLI_CLI_H
#include "base/text.h"
#include "base/status.h"

enum { SV_EXIT_OK = 0, SV_EXIT_FAILED = 1, SV_EXIT_USAGE = 2 };

typedef struct sv_command {
    const char *name;
    const char *doc; /* one line, for the list of commands */
    const char
        *usage; /* printed by --help; its first line is the synopsis: "selvage train CONFIG [KEY=VALUE ...] [--out DIR]\n..." */
    /* argv[0] is the command's name; --help and --version never arrive here. Returns the exit code. */
    int (*run)(int argc, char **argv);
} sv_command;

extern const sv_command sv_command_train, sv_command_init, sv_command_predict, sv_command_gradients, sv_command_explain,
    sv_command_evaluate, sv_command_report, sv_command_artifacts, sv_command_bench, sv_command_ops, sv_command_sweep,
    sv_command_reproduce, sv_command_compare;

typedef enum sv_option_type {
    SV_OPTION_FLAG,   /* bool: --resume */
    SV_OPTION_TEXT,   /* const char *, pointing into argv; the last one given wins */
    SV_OPTION_INT,    /* int, at least `minimum` */
    SV_OPTION_LONG,   /* int64_t, at least `minimum` */
    SV_OPTION_SEED,   /* uint64_t */
    SV_OPTION_CHOICE, /* int: the index in `names` */
    SV_OPTION_SHAPE   /* sv_shape: HxWxC, or units alone */
} sv_option_type;

/* One option of a command. A field keeps its value where the option is not given. */
typedef struct sv_option {
    const char *name; /* "--out"; NULL ends the list */
    sv_option_type type;
    void *value; /* of the type's kind */
    int64_t minimum;
    const char *const *names; /* NULL-terminated */
} sv_option;

/* What is left when the options are taken out, in order. Free with sv_arguments_free. */
typedef struct sv_arguments {
    const char **positional;
    int positionals;
    const char **override; /* KEY=VALUE: an argument with '=' before any '/' */
    int overrides;
    int least, most;      /* in: how many positional arguments the command takes; most -1: any number */
    bool takes_overrides; /* in: without it KEY=VALUE is a positional argument */
} sv_arguments;

/* Parses `--flag`, `--key value`, `--key=value`, positional arguments and overrides, in any order; after `--` all are
 * positional. An unknown option is answered with the nearest known one. */
sv_status sv_options_parse(const sv_command *command, int argc, char **argv, const sv_option *options, sv_arguments *arguments,
                           sv_fault *fault);
void sv_arguments_free(sv_arguments *a);

/* Prints "selvage: <fault>" as one line to stderr and returns the exit code: SV_OK 0 (prints nothing), SV_BAD_ARGUMENT 2,
 * others 1. */
int sv_cli_exit(const sv_fault *fault);

/* A line on stderr that is not an error: "selvage: note: <line>". */
void sv_cli_note(void *context, const char *line);

/* The instruction set asked for: --isa's value, else the environment's SELVAGE_ISA, else NULL. */
const char *sv_cli_isa(const char *option);

/* Where a run goes by default: "runs/<name of the config><suffix>", a new string, or NULL where memory is short. config NULL: the
 * quickstart. */
char *sv_cli_run_folder(const char *config, const char *suffix);

/* From now on the first SIGINT or SIGTERM makes the result non-zero; the second kills. */
const volatile int *sv_cli_catch_signals(void);

#endif
