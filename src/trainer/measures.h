/* What a finished run's folder says of its final weights, as numbers by name. */
#ifndef SV_TRAINER_MEASURES_H
#define SV_TRAINER_MEASURES_H
#include "base/status.h"
#include <stddef.h>

typedef struct sv_measure_value {
    char *name;
    double value; /* NAN: not defined for this run */
    double se;    /* its standard error; NAN where none is known */
} sv_measure_value;

typedef struct sv_measures {
    sv_measure_value *item;
    size_t count, capacity;
} sv_measures;

/*
 * The columns of metrics.csv but for epoch, step and learning rate ("val_loss", "val_psnr", ...), in the row of the epoch that
 * the final weights are of; then what artifacts.json has beside them, by its dotted paths ("mse.ring", "seam_ratio"; "paired_crop_ratio" for its .value). Start
 * from {0}; free also after a fault.
 */
sv_status sv_measures_read(const char *folder, sv_measures *m, sv_fault *fault);
void sv_measures_free(sv_measures *m);

/* NULL where there is none of that name. */
const sv_measure_value *sv_measures_find(const sv_measures *m, const char *name);

/* Whether more is better (psnr, ssim, of whatever region). */
bool sv_measure_is_gain(const char *name);

#endif
