#include "trainer/metrics.h"
#include "base/memory.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(sv_metrics *m, double value, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(sv_metrics *m, double value, const char *format, ...)
{
    if (m->columns == SV_MAX_COLUMNS) return;
    va_list args;
    va_start(args, format);
    vsnprintf(m->column[m->columns].name, SV_COLUMN_NAME, format, args);
    va_end(args);
    m->column[m->columns++].value = value;
}

void sv_metrics_fill(sv_metrics *m, int64_t epoch, int64_t step, double loss, double learning_rate, const sv_evaluation *e,
                     bool validation)
{
    static const char *const sides[4] = { "top", "bottom", "left", "right" };
    const sv_measured *r = &e->measured;
    const char *set = validation ? "val_" : "";
    m->columns = 0;
    add(m, (double)epoch, "epoch");
    add(m, (double)step, "step");
    add(m, loss, "loss");
    add(m, validation ? e->loss : (double)NAN, "val_loss");
    add(m, learning_rate, "learning_rate");
    add(m, r->mse.all, "%smse", set);
    add(m, r->psnr.all, "%spsnr", set);
    add(m, r->ssim.all, "%sssim", set);
    add(m, r->border_interior.value, "border_interior_ratio");
    for (int i = 0; i < 4; i++) add(m, r->points ? r->profile[i][0].rmse : (double)NAN, "rmse_%s", sides[i]);
    for (int i = 0; i < 4; i++) add(m, r->points ? r->profile[i][0].bias : (double)NAN, "bias_%s", sides[i]);
    add(m, r->seam.value, "seam_ratio");
    add(m, r->phase_gain_spread, "phase_gain_spread");
    add(m, r->phase_mse.value, "phase_mse_ratio");
    for (int i = 0; i < r->periods; i++) add(m, r->checkerboard[i].amplitude, "checkerboard_%d", r->checkerboard[i].period);
}

sv_status sv_metrics_columns(sv_metrics *m, const sv_shape *shape, const sv_edges *edges, bool validation, sv_fault *fault)
{
    sv_evaluation blank = { 0 };
    sv_measure *measure = NULL;
    float *image = sv_new((size_t)sv_shape_count(shape), sizeof *image);
    if (!image) return sv_fail_memory(fault, "metrics");
    sv_measure_args args = { .shape = *shape, .edges = *edges, .images = 1, .brief = true };
    sv_status status = sv_measure_new(&args, &measure, fault);
    if (status == SV_OK) {
        sv_measure_add(measure, 0, image, image);
        status = sv_measure_finish(measure, &blank.measured, fault);
    }
    if (status == SV_OK) sv_metrics_fill(m, 0, 0, 0, 0, &blank, validation);
    sv_evaluation_free(&blank);
    sv_measure_free(measure);
    sv_free(image);
    return status;
}

const double *sv_metrics_find(const sv_metrics *m, const char *name)
{
    for (int i = 0; i < m->columns; i++)
        if (!strcmp(m->column[i].name, name)) return &m->column[i].value;
    return NULL;
}

void sv_metrics_header(const sv_metrics *m, sv_text *text)
{
    for (int i = 0; i < m->columns; i++) sv_text_add(text, "%s%s", i ? "," : "", m->column[i].name);
}

void sv_metrics_row(const sv_metrics *m, sv_text *text)
{
    for (int i = 0; i < m->columns; i++) {
        double v = m->column[i].value;
        if (isnan(v))
            sv_text_add(text, "%snan", i ? "," : ""); /* printf may say -nan */
        else
            sv_text_add(text, i < 2 ? "%s%.0f" : "%s%.9g", i ? "," : "", v);
    }
}
