/* report.html of a run. */
#ifndef SV_CLI_REPORT_H
#define SV_CLI_REPORT_H
#include "trainer/trainer.h"

/* For sv_train_args.report. */
sv_status sv_write_report(const sv_run_view *view, sv_fault *fault);

#endif
