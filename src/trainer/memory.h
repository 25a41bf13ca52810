/* How much memory a training takes: known before it begins. */
#ifndef SV_TRAINER_MEMORY_H
#define SV_TRAINER_MEMORY_H
#include "config/config.h"
#include "graph/run.h"

/* Bytes. */
typedef struct sv_memory {
    sv_run_memory run;  /* what the plan takes */
    int64_t optimizer;  /* its state: moments, velocities */
    int64_t data;       /* samples held in memory */
    int64_t loader;     /* their order, and buffers of those that are read as they are needed */
    int64_t program;    /* code, libraries and stacks */
    int64_t total;
    bool data_known;    /* false: data and loader could not be found out and count nothing */
} sv_memory;

/* Of the steps of a training of `c`; `how` says threads, kernels and what else is not the config's (graph, batch and seed are).
 * Nothing is trained and no sample is kept. `resident`: what the process takes before it reads anything (sv_process_resident).
 * Data that cannot be read are no fault: `data_fault` then says why. */
sv_status sv_memory_predict(const sv_config *c, const sv_run_args *how, int64_t resident, sv_memory *m, sv_fault *data_fault,
                            sv_fault *fault);

/* Adds up m->total, after the program's share of a process that takes `resident` bytes so far. */
void sv_memory_add_up(sv_memory *m, int64_t resident);

#endif
