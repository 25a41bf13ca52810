/* Which epoch was the best, and whether to stop: Keras's EarlyStopping. */
#ifndef SV_TRAINER_WATCH_H
#define SV_TRAINER_WATCH_H
#include "config/config.h"

typedef struct sv_watch {
    double best;
    int64_t best_epoch; /* counted from 1; 0: none yet */
    int64_t wait;       /* epochs since the last improvement */
    bool stopped;
} sv_watch;

/* Whether larger values of a column are better (psnr, ssim). */
sv_monitor_mode sv_monitor_mode_of(const char *column);

/* Takes the monitored value of an epoch. True where it is the best so far: by more than min_delta, or the first. A value that is
 * not a number never improves. Sets `stopped` after `patience` epochs without improvement, where the rule is given. */
bool sv_watch_epoch(sv_watch *w, const sv_early_stopping *rule, sv_monitor_mode mode, int64_t epoch, double value);

#endif
