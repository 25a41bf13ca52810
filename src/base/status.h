/* How every fallible call of the library reports: a status, and in a fault one line that names the place. */
#ifndef SV_BASE_STATUS_H
#define SV_BASE_STATUS_H
#include "selvage.h"

typedef struct sv_fault {
    sv_status status;
    char text[1024];
} sv_fault;

/* Writes the message unless the fault holds an earlier one (the first is the cause). Returns `status`. `f` may be NULL. */
sv_status sv_fail(sv_fault *f, sv_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for short memory, naming what it was for. */
sv_status sv_fail_memory(sv_fault *f, const char *what);

/* Puts a place before the message: sv_fault_at "<place>: <text>", sv_fault_inside "<place>.<text>", so that
 * sv_fail(f, ..., "strides: expected ...") then sv_fault_inside(f, "model.layers[2]") reads
 * "model.layers[2].strides: expected ...". Both return the fault's status. */
sv_status sv_fault_at(sv_fault *f, const char *place);
sv_status sv_fault_inside(sv_fault *f, const char *place);

#endif
