#include "cli/progress.h"
#include "cli/cli.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDEST_BAR = 30, NARROWEST_BAR = 5 };

void sv_bar_start(sv_bar *b)
{
    *b = (sv_bar){ .terminal = isatty(STDOUT_FILENO) };
}

void sv_bar_end(sv_bar *b)
{
    if (b->drawn) fputs("\r\033[K", stdout);
    fflush(stdout);
    b->drawn = false;
}

void sv_bar_note(void *bar, const char *line)
{
    sv_bar_end(bar);
    sv_cli_note(NULL, line);
}

static int columns(void)
{
    struct winsize w;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
}

static int digits(int64_t n)
{
    int d = 1;
    while (n >= 10) n /= 10, d++;
    return d;
}

/* "1:02:03" or "2:03". */
static void print_time(double seconds, char *text, size_t size)
{
    long s = seconds < 1e7 ? (long)(seconds + 0.5) : 9999999;
    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

static void draw(sv_bar *b, const sv_progress *p)
{
    char head[64], tail[160], left[32], bar[WIDEST_BAR + 1];
    print_time(p->images_per_second > 0 ? (double)p->images_left / p->images_per_second : 0, left, sizeof left);
    int n = snprintf(head, sizeof head, "epoch %*lld/%lld ", digits(p->epochs), (long long)p->epoch, (long long)p->epochs);
    n += snprintf(tail, sizeof tail, " %lld/%lld  %.0f images/s  ETA %s  loss %.6g", (long long)p->step, (long long)p->steps,
                  p->images_per_second, left, p->loss);
    int width = columns() - n - 3;
    if (width > WIDEST_BAR) width = WIDEST_BAR;
    if (width < NARROWEST_BAR) width = 0;
    int done = p->steps ? (int)(width * p->step / p->steps) : 0;
    memset(bar, '=', (size_t)done);
    memset(bar + done, ' ', (size_t)(width - done));
    bar[width] = '\0';
    printf("\r\033[K%s%s%s%s%.*s", head, width ? "[" : "", bar, width ? "]" : "", width ? 160 : columns() - (int)strlen(head) - 1,
           tail);
    fflush(stdout);
    b->drawn = true;
}

void sv_bar_progress(void *bar, const sv_progress *p)
{
    sv_bar *b = bar;
    if (!p->epoch_done) {
        if (b->terminal) draw(b, p);
        return;
    }
    sv_bar_end(b);
    printf("epoch %*lld/%lld  loss %.6g", digits(p->epochs), (long long)p->epoch, (long long)p->epochs, p->loss);
    if (!isnan(p->val_loss)) printf("  val_loss %.6g", p->val_loss);
    printf("  learning_rate %.4g  %.0f images/s\n", (double)p->learning_rate, p->images_per_second);
    fflush(stdout);
}
