/* Sweeps: the runs of a sweep side by side, each in a folder of its own, and the table over them. */
#ifndef SV_TRAINER_SWEEP_H
#define SV_TRAINER_SWEEP_H
#include "config/sweep.h"
#include "trainer/statistics.h"
#include "trainer/trainer.h"

typedef enum sv_run_state { SV_RUN_WAITING = 0, SV_RUN_FINISHED, SV_RUN_DIVERGED } sv_run_state;

/* What a front end shows; calls never overlap. */
typedef struct sv_sweep_progress {
    int runs, done;                /* of the sweep; those kept from before included */
    int kept;                      /* finished before this call */
    int jobs, threads;             /* runs side by side; threads of each */
    double fraction;               /* done of what this call has to do */
    const char *name;              /* of the run that this is about; NULL: the sweep begins */
    sv_run_state state;            /* of that run: waiting while it is trained */
    const sv_progress *step;       /* NULL where it has just ended */
    const sv_train_result *result; /* of one that has finished */
    const char *message;           /* of one that has diverged */
} sv_sweep_progress;

typedef struct sv_sweep_args {
    const sv_sweep *sweep;
    const char *folder;
    bool overwrite;  /* train all runs anew */
    int threads;     /* 0: all */
    int jobs;        /* runs side by side; 0: as many as threads. No result depends on it */
    const char *isa; /* NULL: the best */
    const char
        *by; /* the measure that settings are ordered by; NULL: val_loss or loss, or the mse where runs differ in their loss */
    void (*progress)(void *context, const sv_sweep_progress *p); /* or NULL */
    void (*note)(void *context, const char *line);               /* or NULL */
    void *context;
    sv_draw_samples draw;
    sv_report_run report;
    const volatile int *stop;
} sv_sweep_args;

/* One setting over its seeds. */
typedef struct sv_sweep_row {
    const char *setting;
    int first; /* its first run */
    int finished, diverged;
    sv_sample_mean *mean; /* [measures] */
    double difference, p; /* to the best row in the measure `by`: of means, and of Welch's test; NAN where there is none */
    bool beyond_noise;    /* p < SV_SWEEP_LEVEL */
} sv_sweep_row;

#define SV_SWEEP_LEVEL 0.05

/* Of the runs as they lie on disk. Belongs to the caller; keeps pointing into the sweep. */
typedef struct sv_sweep_table {
    const sv_sweep *sweep;
    char **measure;
    size_t measures, room;
    size_t by;           /* index of the measure that orders the rows */
    sv_run_state *state; /* [runs] */
    double *value;       /* [runs, measures], NAN where not measured */
    sv_sweep_row *row;   /* best first; those without a finished run last */
    int rows;
} sv_sweep_table;

/*
 * Reads every combination, builds its model, draws its weights and compares it with what its folder holds before the first run starts; then trains
 * what is not finished. A run that diverges is a result (diverged.txt in its folder says where); any other failure ends the sweep.
 * Writes sweep.json, table.csv and table.json, without a time in them. SV_INTERRUPTED after a stop: the same call goes on.
 * Free the table with sv_sweep_table_free, also after a fault.
 */
sv_status sv_sweep_run_all(const sv_sweep_args *args, sv_sweep_table *table, sv_fault *fault);

/* The table of a folder in which every run has finished or diverged. */
sv_status sv_sweep_table_read(const sv_sweep *sweep, const char *folder, const char *by, sv_sweep_table *table, sv_fault *fault);
void sv_sweep_table_free(sv_sweep_table *t);
/* table.csv and table.json. */
sv_status sv_sweep_table_write(const sv_sweep_table *t, const char *folder, sv_fault *fault);

/* Where a run stands: finished with all its files, diverged, or neither. */
sv_status sv_run_state_of(const char *folder, sv_run_state *state, sv_fault *fault);

#endif
