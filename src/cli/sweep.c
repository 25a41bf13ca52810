/* selvage sweep: many runs of one config, and the table over them. */
#include "cli/cli.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/pages.h"
#include "cli/report.h"
#include "report/samples.h"
#include "trainer/sweep.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

typedef struct sweep_options {
    const char *out, *isa, *by;
    bool overwrite;
    int threads, jobs;
} sweep_options;

/* A line that is redrawn on a terminal, a line per run elsewhere. */
typedef struct sweep_bar {
    bool terminal, drawn;
    double started, shown;
} sweep_bar;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void wipe(sweep_bar *b)
{
    if (b->drawn) fputs("\r\033[K", stdout);
    fflush(stdout);
    b->drawn = false;
}

static void on_note(void *bar, const char *line)
{
    wipe(bar);
    sv_cli_note(NULL, line);
}

static void draw(sweep_bar *b, const sv_sweep_progress *p)
{
    enum { WIDTH = 20 };
    char line[512], left[32] = "";
    struct winsize w;
    int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
    double spent = now() - b->started;
    if (now() - b->shown < 0.2) return;
    b->shown = now();
    long seconds = p->fraction > 0 ? (long)(spent / p->fraction * (1 - p->fraction) + .5) : 0;
    if (p->fraction > 0) snprintf(left, sizeof left, "  ETA %ld:%02ld", seconds / 60, seconds % 60);
    int n = snprintf(line, sizeof line, "%d/%d runs [", p->done, p->runs), full = (int)(WIDTH * p->fraction);
    for (int i = 0; i < WIDTH; i++) line[n++] = i < full ? '=' : ' ';
    snprintf(line + n, sizeof line - (size_t)n, "]%s  %s epoch %lld/%lld loss %.5g", left, p->name, (long long)p->step->epoch,
             (long long)p->step->epochs, p->step->loss);
    printf("\r\033[K%.*s", columns - 1, line);
    fflush(stdout);
    b->drawn = true;
}

static void on_progress(void *bar, const sv_sweep_progress *p)
{
    sweep_bar *b = bar;
    if (p->step) {
        if (b->terminal) draw(b, p);
        return;
    }
    wipe(b);
    if (!p->name) {
        printf("%d runs", p->runs);
        if (p->kept) printf(", %d of them done before", p->kept);
        if (p->jobs) printf("; %d side by side, %d thread%s each", p->jobs, p->threads, p->threads == 1 ? "" : "s");
        putchar('\n');
    } else if (p->state == SV_RUN_FINISHED) {
        const sv_train_result *r = p->result;
        printf("%d/%d  %s  loss %.6g", p->done, p->runs, p->name, r->loss);
        if (!isnan(r->val_loss)) printf("  val_loss %.6g", r->val_loss);
        printf("  %.1f s\n", r->seconds);
    } else
        printf("%d/%d  %s  diverged: %s\n", p->done, p->runs, p->name, p->message);
    fflush(stdout);
}

/* The measures beside the one that orders the rows: the first of each line that was measured. */
static int choose_others(const sv_sweep_table *t, size_t others[4])
{
    static const char *const wanted[][3] = { { "val_psnr", "psnr", NULL },
                                             { "val_ssim", "ssim", NULL },
                                             { "border_interior_ratio", NULL, NULL },
                                             { "checkerboard_2", NULL, NULL } };
    int n = 0;
    for (int i = 0; i < 4; i++)
        for (size_t m = 0; m < t->measures; m++)
            for (int k = 0; wanted[i][k]; k++)
                if (m != t->by && strcmp(t->measure[m], wanted[i][k]) == 0) others[n++] = m;
    return n;
}

/* "0.0123 +- 0.0056": as many decimals as two digits of the deviation have. */
static void print_mean(const sv_sample_mean *m, int width)
{
    char text[64] = "-";
    int decimals = m->sd > 0 ? 1 - (int)floor(log10(m->sd)) : 5;
    if (decimals < 0) decimals = 0;
    if (decimals > 9) decimals = 9;
    if (m->n > 1)
        snprintf(text, sizeof text, "%.*f +- %.*f", decimals, m->mean, decimals, m->sd);
    else if (m->n == 1)
        snprintf(text, sizeof text, "%.5g", m->mean);
    printf("  %-*s", width, text);
}

/* The last part of a key; table.csv has the whole. */
static const char *heading(const sv_sweep_table *t, int column)
{
    const char *key = t->sweep->column[column], *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

static int widest(const sv_sweep_table *t, int column)
{
    size_t width = strlen(heading(t, column));
    for (int i = 0; i < t->rows; i++) {
        size_t n = strlen(t->sweep->run[t->row[i].first].cell[column]);
        if (n > width) width = n;
    }
    return width > 40 ? 40 : (int)width;
}

static void print_row(const sv_sweep_table *t, const sv_sweep_row *r, const size_t *others, int count)
{
    char difference[48] = "";
    for (int c = 0; c < t->sweep->columns; c++) printf("%-*.40s  ", widest(t, c), t->sweep->run[r->first].cell[c]);
    printf("%2d", r->finished);
    print_mean(&r->mean[t->by], 20);
    if (!isnan(r->difference)) snprintf(difference, sizeof difference, "%+.2g%s", r->difference, r->beyond_noise ? " *" : "");
    printf("  %-11s", difference);
    for (int i = 0; i < count; i++) print_mean(&r->mean[others[i]], 21);
    if (r->diverged) printf("  %d diverged", r->diverged);
    putchar('\n');
}

static void print_table(const sv_sweep_table *t, const char *folder)
{
    size_t others[4];
    int count = choose_others(t, others);
    putchar('\n');
    for (int c = 0; c < t->sweep->columns; c++) printf("%-*.40s  ", widest(t, c), heading(t, c));
    printf(" n  %-20s  %-11s", t->measure[t->by], "to the best");
    for (int i = 0; i < count; i++) printf("  %-21s", t->measure[others[i]]);
    putchar('\n');
    for (int i = 0; i < t->rows; i++) print_row(t, &t->row[i], others, count);
    printf("\nmean +- standard deviation over n runs; * a difference beyond the noise of the seeds (Welch's t, p < %g)\n"
           "%s/table.csv, table.json, sweep.html\n",
           SV_SWEEP_LEVEL, folder);
}

static sv_status write_page(const sv_sweep_table *table, const char *folder, sv_fault *fault)
{
    char *path = sv_join_path(folder, "sweep.html");
    sv_status status = path ? sv_sweep_page(table, folder, path, fault) : sv_fail_memory(fault, folder);
    sv_free(path);
    return status;
}

static sv_status run_sweep(const sv_sweep *sweep, const sweep_options *o, const char *folder, sv_fault *fault)
{
    sweep_bar bar = { .terminal = isatty(STDOUT_FILENO), .started = now() };
    sv_sweep_table table;
    sv_sweep_args args = { .sweep = sweep,
                           .folder = folder,
                           .overwrite = o->overwrite,
                           .threads = o->threads,
                           .jobs = o->jobs,
                           .isa = sv_cli_isa(o->isa),
                           .by = o->by,
                           .progress = on_progress,
                           .note = on_note,
                           .context = &bar,
                           .draw = sv_samples_write,
                           .report = sv_write_report,
                           .stop = sv_cli_catch_signals() };
    sv_status status = sv_sweep_run_all(&args, &table, fault);
    wipe(&bar);
    if (status == SV_OK) status = write_page(&table, folder, fault);
    if (status == SV_OK) print_table(&table, folder);
    sv_sweep_table_free(&table);
    return status;
}

static sv_status prepare(const sv_arguments *a, const sweep_options *o, sv_fault *fault)
{
    const char *path = a->positionals ? a->positional[0] : NULL;
    sv_sweep *sweep = NULL;
    char *folder = o->out ? sv_copy_text(o->out) : sv_cli_run_folder(path, "_sweep");
    sv_status status = folder ? sv_sweep_read(path, a->override, a->overrides, &sweep, fault) : sv_fail_memory(fault, "sweep");
    if (status == SV_OK) status = run_sweep(sweep, o, folder, fault);
    sv_sweep_free(sweep);
    sv_free(folder);
    return status;
}

static int run(int argc, char **argv)
{
    sweep_options o = { 0 };
    const sv_option options[] = {
        { "--out", SV_OPTION_TEXT, &o.out, 0, NULL },  { "--overwrite", SV_OPTION_FLAG, &o.overwrite, 0, NULL },
        { "--by", SV_OPTION_TEXT, &o.by, 0, NULL },    { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
        { "--jobs", SV_OPTION_INT, &o.jobs, 1, NULL }, { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
        { NULL, SV_OPTION_FLAG, NULL, 0, NULL }
    };
    sv_arguments a = { .most = 1, .takes_overrides = true };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_sweep, argc, argv, options, &a, &fault) == SV_OK) prepare(&a, &o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_sweep = {
    "sweep", "trains every combination of settings and compares them over seeds",
    "selvage sweep [CONFIG] [KEY=V1,V2,... ...] [--out DIR] [--by MEASURE] [--jobs N] [--threads N] [--overwrite] [--isa NAME]\n"
    "\n"
    "Trains CONFIG with every combination of the values, each in a folder of its own below DIR, and writes DIR/table.csv,\n"
    "table.json and sweep.html: mean, standard deviation and n of each setting over its seeds, best first. Every combination is "
    "checked\n"
    "before the first run starts. The same command goes on after Ctrl-C or a kill: what has finished is kept.\n"
    "\n"
    "  KEY=V1,V2     values of a key of the config: seed=1,2,3 optimizer.learning_rate=1e-3,1e-4\n"
    "                'model.layers.*.kernel_initializer=he_uniform,{\"type\":\"he_normal\",\"fan\":\"true\"}'\n"
    "                One value is the same for all runs\n"
    "  CONFIG        a config, or a sweep file: {\"config\": PATH, \"set\": {KEY: VALUE}, \"grid\": {KEY: [V1, V2]},\n"
    "                \"list\": [{\"name\": TEXT, KEY: VALUE, ...}, ...]}; every entry of the list with every point of the grid\n"
    "  --out DIR     runs/<name of the config>_sweep by default\n"
    "  --by MEASURE  what orders the table: a column of metrics.csv or a path of artifacts.json (mse.ring). By default\n"
    "                val_loss or loss, or val_mse where the runs differ in their loss\n"
    "  --jobs N      runs side by side; by default as many as threads, one thread each. No result depends on it\n"
    "  --threads N   threads of all runs together; all cores by default\n"
    "  --overwrite   train all runs anew\n"
    "  --isa NAME    the instruction set, as for train\n"
    "\n"
    "A run that diverges is counted, not repeated. * in the table: the difference to the best setting is beyond the noise of\n"
    "the seeds by Welch's t-test, two-sided, p < 0.05, not corrected for the number of settings.\n",
    run
};
