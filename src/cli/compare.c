/* selvage compare: where the configs of runs differ, and their measures side by side. */
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/pages.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct compare_options {
    const char *html;
    bool json;
} compare_options;

enum { CELL = 24 };

/* Of the first column. */
static int widest(const sv_comparison *c)
{
    size_t width = 10;
    for (size_t i = 0; i < c->differences; i++)
        if (strlen(c->difference[i].path) > width) width = strlen(c->difference[i].path);
    for (size_t i = 0; i < c->count; i++)
        if (strlen(c->measure[i].name) > width) width = strlen(c->measure[i].name);
    return (int)width;
}

static void print_heads(const sv_comparison *c, const char *first)
{
    printf("%-*s", widest(c), first);
    for (int i = 0; i < c->runs; i++) printf("  %-*c", CELL, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26]);
    putchar('\n');
}

static void print_configs(const sv_comparison *c)
{
    putchar('\n');
    if (!c->differences) {
        puts("the configs are the same");
        return;
    }
    print_heads(c, "config");
    for (size_t i = 0; i < c->differences; i++) {
        const sv_config_difference *d = &c->difference[i];
        printf("%-*s", widest(c), d->path);
        for (int r = 0; r < c->runs; r++) printf("  %-*s", CELL, d->text[r] ? d->text[r] : "-");
        putchar('\n');
    }
}

static void print_value(const sv_compared_measure *m, int run)
{
    char text[80] = "-";
    const sv_measure_value *v = m->value[run];
    if (v && isfinite(v->value)) {
        int n = snprintf(text, sizeof text, "%.5g", v->value);
        if (isfinite(v->se)) n += snprintf(text + n, sizeof text - (size_t)n, " +- %.2g", v->se);
        if (m->p[run] < SV_COMPARE_LEVEL) snprintf(text + n, sizeof text - (size_t)n, " *");
    }
    printf("  %-*s", CELL, text);
}

static void print_measures(const sv_comparison *c)
{
    putchar('\n');
    print_heads(c, "measure");
    for (size_t i = 0; i < c->count; i++) {
        printf("%-*s", widest(c), c->measure[i].name);
        for (int r = 0; r < c->runs; r++) print_value(&c->measure[i], r);
        putchar('\n');
    }
    printf("\nvalue +- standard error over images; * differs from A beyond both standard errors (p < %g)\n", SV_COMPARE_LEVEL);
}

static void print(const sv_comparison *c)
{
    for (int i = 0; i < c->runs; i++) printf("%c  %s\n", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26], c -> folder[i]);
    print_configs(c);
    print_measures(c);
}

static sv_status compare(const sv_arguments *a, const compare_options *o, sv_fault *fault)
{
    sv_comparison c;
    sv_text json = { 0 };
    sv_status status = sv_compare(a->positional, a->positionals, &c, fault);
    if (status == SV_OK && o->html) status = sv_compare_page(&c, o->html, fault);
    if (status == SV_OK && o->json) {
        sv_comparison_json(&c, &json);
        if (json.length) json.data[--json.length] = '\0'; /* sv_put_out ends the line */
        if (!sv_put_out(&json)) status = sv_fail_memory(fault, "compare");
    } else if (status == SV_OK)
        print(&c);
    sv_comparison_free(&c);
    return status;
}

static int run(int argc, char **argv)
{
    compare_options o = { 0 };
    const sv_option options[] = { { "--json", SV_OPTION_FLAG, &o.json, 0, NULL },
                                  { "--html", SV_OPTION_TEXT, &o.html, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { .least = 2, .most = -1 };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_compare, argc, argv, options, &a, &fault) == SV_OK) compare(&a, &o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_compare = {
    "compare", "shows where the configs of runs differ, and their measures side by side",
    "selvage compare RUN RUN ... [--json] [--html FILE]\n"
    "\n"
    "Prints the keys in which the runs' configs differ and what was measured of their final weights: losses, PSNR, SSIM, border\n"
    "and checkerboard measures, with standard errors over images where they are known. * marks a difference to the first run\n"
    "that is beyond both standard errors (normal, two-sided, p < 0.05).\n"
    "\n"
    "  --json       for programs\n"
    "  --html FILE  also as a page, with loss curves and the last reconstructions\n",
    run
};
