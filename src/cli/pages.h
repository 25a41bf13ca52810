/* Pages over several runs: compare's and sweep's. */
#ifndef SV_CLI_PAGES_H
#define SV_CLI_PAGES_H
#include "trainer/compare.h"
#include "trainer/sweep.h"

sv_status sv_compare_page(const sv_comparison *c, const char *path, sv_fault *fault);
sv_status sv_sweep_page(const sv_sweep_table *t, const char *folder, const char *path, sv_fault *fault);

/* A column of RUN/metrics.csv, one value an epoch, a new array; NULL and *count 0 where there is none of that name. */
double *sv_metrics_column(const char *run, const char *name, int *count);

#endif
