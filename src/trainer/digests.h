/* digests.csv: a short digest of each tensor of weights at some steps, so that two runs can be compared tensor by tensor. */
#ifndef SV_TRAINER_DIGESTS_H
#define SV_TRAINER_DIGESTS_H
#include "graph/parameters.h"
#include "trainer/csv.h"

/* Rows: the initial weights (step 0), the first so many steps, every so-manieth, and the last of each epoch. */
enum { SV_DIGESTS_FIRST = 20, SV_DIGESTS_EVERY = 100 };

typedef struct sv_digests {
    sv_csv table; /* "step" and a column for each parameter: SipHash-2-4 under a zero key, 16 hexadecimal digits */
    const sv_parameters *p;
    int threads;
    uint64_t *value; /* [parameters] */
    int64_t last;    /* step of the last row; -1: none */
} sv_digests;

/* Close also after a fault. */
sv_status sv_digests_open(sv_digests *d, const sv_parameters *p, int threads, sv_fault *fault);
void sv_digests_close(sv_digests *d);

/* Whether the step gets a row before its epoch's end. */
bool sv_digests_due(int64_t step);
/* Takes the memory of the rows of so many steps, so that adding them allocates nothing. */
sv_status sv_digests_reserve(sv_digests *d, int64_t steps, sv_fault *fault);
/* The present weights as the row of a step, unless it has one. */
void sv_digests_add(sv_digests *d, int64_t step);
/* The rows of a file up to a step. Without the file (a run of an earlier version) the table goes on empty. */
sv_status sv_digests_read(sv_digests *d, const char *path, int64_t step, sv_fault *fault);

#endif
