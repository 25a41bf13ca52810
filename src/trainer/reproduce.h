/* Running a run again, and saying where the two part. */
#ifndef SV_TRAINER_REPRODUCE_H
#define SV_TRAINER_REPRODUCE_H
#include "trainer/trainer.h"

typedef struct sv_reproduce_args {
    const char *run;                                       /* the run folder */
    const char *folder;                                    /* where it is run again; empty or not there yet */
    int threads;                                           /* 0: all */
    const char *isa;                                       /* NULL: the best */
    void (*progress)(void *context, const sv_progress *p); /* or NULL */
    void (*note)(void *context, const char *line);         /* or NULL */
    void *context;
    const volatile int *stop;
} sv_reproduce_args;

/* Texts are "" where there is nothing to say. Free with sv_reproduction_free. */
typedef struct sv_reproduction {
    bool identical;
    int64_t steps;         /* of the run */
    int tensors;           /* of its weights */
    char weights[65];      /* sha256 of weights/last.safetensors as it came out now */
    int64_t first_step;    /* the first that differs: 0 the initial weights, -1 no step does */
    sv_text what;          /* what differs there: "loss 0.25 in the run, 0.26 now" */
    int64_t tensor_step;   /* the first known step after which a tensor differs, -1 none; it may lie later: see digests.h */
    sv_text tensors_first; /* "dec1/kernel and 3 more of 8" */
    sv_text files;         /* a line for each file that differs, or was changed after the run */
    sv_text environment;   /* a line for each thing that differs: version, instruction set, ... */
} sv_reproduction;

/* Checks the data's digests, trains again, compares steps.csv, digests.csv, metrics.csv and the weights. The faults are those of
 * training, of data that differ, and of a folder without a finished run. */
sv_status sv_reproduce(const sv_reproduce_args *args, sv_reproduction *result, sv_fault *fault);
void sv_reproduction_free(sv_reproduction *r);

#endif
