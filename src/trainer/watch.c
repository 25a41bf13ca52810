#include "trainer/watch.h"
#include <math.h>
#include <string.h>

sv_monitor_mode sv_monitor_mode_of(const char *column)
{
    if (!strncmp(column, "val_", 4)) column += 4;
    return !strcmp(column, "psnr") || !strcmp(column, "ssim") ? SV_MONITOR_MAX : SV_MONITOR_MIN;
}

static bool improves(const sv_watch *w, double min_delta, sv_monitor_mode mode, double value)
{
    if (w->best_epoch == 0 || isnan(w->best)) return w->best_epoch == 0 || !isnan(value);
    return mode == SV_MONITOR_MAX ? value - min_delta > w->best : value + min_delta < w->best;
}

bool sv_watch_epoch(sv_watch *w, const sv_early_stopping *rule, sv_monitor_mode mode, int64_t epoch, double value)
{
    double min_delta = rule->given ? fabs((double)rule->min_delta) : 0;
    if (improves(w, min_delta, mode, value)) {
        w->best = value;
        w->best_epoch = epoch;
        w->wait = 0;
        return true;
    }
    w->wait++;
    w->stopped = rule->given && w->wait >= rule->patience;
    return false;
}
