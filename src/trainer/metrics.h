/* The columns of metrics.csv: a row per epoch, no time in it, so that equal runs have equal files. */
#ifndef SV_TRAINER_METRICS_H
#define SV_TRAINER_METRICS_H
#include "trainer/evaluate.h"

enum { SV_MAX_COLUMNS = 24 + SV_MAX_PERIODS, SV_COLUMN_NAME = 32 };

typedef struct sv_metrics {
    int columns;
    struct {
        char name[SV_COLUMN_NAME];
        double value;
    } column[SV_MAX_COLUMNS];
} sv_metrics;

/* epoch, step, loss, val_loss, learning_rate; val_mse, val_psnr, val_ssim (without val_ where the measures are of training
 * samples); border_interior_ratio; rmse_ and bias_ of the outermost pixels of each side; seam_ratio, phase_gain_spread,
 * phase_mse_ratio; checkerboard_<period>. What is not defined is NAN. */
void sv_metrics_fill(sv_metrics *m, int64_t epoch, int64_t step, double loss, double learning_rate, const sv_evaluation *e,
                     bool validation);

/* The same columns before there is anything to put in them: those of a model with these edges. */
sv_status sv_metrics_columns(sv_metrics *m, const sv_shape *shape, const sv_edges *edges, bool validation, sv_fault *fault);

/* NULL where there is no such column. */
const double *sv_metrics_find(const sv_metrics *m, const char *name);

/* Comma-separated names or values, without a newline. */
void sv_metrics_header(const sv_metrics *m, sv_text *text);
void sv_metrics_row(const sv_metrics *m, sv_text *text);

#endif
