/* Text for lints. */
#ifndef SV_ARTIFACTS_LINT_H
#define SV_ARTIFACTS_LINT_H
#include "artifacts/flow.h"

/* "rows", "columns" or "rows and columns". */
const char *sv_axes_text(bool rows, bool columns);

#endif
