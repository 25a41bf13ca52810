#include "cli/cli.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* One line whatever the text holds: a file name may contain a newline. */
static void print_line(const char *before, const char *text)
{
    fputs(before, stderr);
    for (; *text; text++) fputc(iscntrl((unsigned char)*text) ? '?' : *text, stderr);
    fputc('\n', stderr);
}

int sv_cli_exit(const sv_fault *fault)
{
    if (fault->status == SV_OK) return SV_EXIT_OK;
    fflush(stdout);
    print_line("selvage: ", fault->text);
    return fault->status == SV_BAD_ARGUMENT ? SV_EXIT_USAGE : SV_EXIT_FAILED;
}

void sv_cli_note(void *context, const char *line)
{
    (void)context;
    fflush(stdout);
    print_line("selvage: note: ", line);
}

const char *sv_cli_isa(const char *option)
{
    if (option) return option;
    const char *set = getenv("SELVAGE_ISA");
    return set && *set ? set : NULL;
}
