/* What the commands that train share. */
#include "cli/cli.h"
#include <signal.h>
#include <string.h>

static volatile int stop_asked;

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

const volatile int *sv_cli_catch_signals(void)
{
    struct sigaction action = { .sa_handler = ask_to_stop, .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop_asked;
}

char *sv_cli_run_folder(const char *config, const char *suffix)
{
    const char *name = config ? config : "quickstart", *slash = strrchr(name, '/');
    if (slash) name = slash + 1;
    const char *dot = strrchr(name, '.');
    int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    sv_text path = { 0 };
    sv_text_add(&path, "runs/%.*s%s", length, name, suffix);
    if (path.failed) sv_text_free(&path);
    return path.data;
}
