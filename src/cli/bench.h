/* What `selvage bench` measures, and printing it. */
#ifndef SV_CLI_BENCH_H
#define SV_CLI_BENCH_H
#include "trainer/data_sets.h"
#include "trainer/evaluate.h"
#include "trainer/memory.h"

/* A training without a run folder. */
typedef struct sv_trial {
    sv_config *config;
    sv_built built;
    sv_parameters *parameters;
    sv_run_data data;
    sv_loader *loader;
    sv_fetch fetch;
    sv_run *run;
    sv_flat flat;
    sv_optimizer_state state;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    int threads;
    bool forward_only, input_gradient;
    int64_t resident; /* bytes before anything was read */
    double begun;     /* sv_now at sv_trial_begin */
    int64_t done;    /* steps */
    int64_t samples; /* of the last step */
    /* what came out: */
    sv_memory memory;      /* predicted; of training */
    double peak_mb;        /* MiB, measured over the timed steps */
    double loaded_seconds; /* of processor time before main: the system and the dynamic linker */
    double data_seconds;   /* to read or make the data */
    double begin_seconds;  /* from the program's start to the first step, thus its first kernel */
    double start_seconds;  /* to the end of that step */
    double step_seconds, images_per_second, peak;
    double *forward, *backward; /* [nodes] seconds of a step, summed over workers */
    double *primitive;          /* [nodes][3]: what one thread reaches in down, up and wgrad, operations a second; or NULL */
    double peak_of_one;         /* then: of one thread */
} sv_trial;

double sv_now(void);

/* Seconds since the program's start: processor time from there to this command, then the clock's, which begins with
 * sv_trial_begin. The system tells a process's start to a hundredth of a second only, and before main nothing is waited for but
 * the processor and pages of files. */
void sv_trial_begin(sv_trial *t);
double sv_trial_age(const sv_trial *t);

/* Floating-point operations of one training step: forward, and as many again for the weights' and for the input's gradient;
 * nobody wants that of the model's own input, unless asked for. */
double sv_trial_operations(const sv_trial *t, const sv_node *n);

/* Times the three primitives of every convolution on one thread, on arrays of one micro-batch. */
sv_status sv_trial_primitives(sv_trial *t, sv_fault *fault);

void sv_trial_print(const sv_trial *t);
/* false where memory ran out. */
bool sv_trial_print_json(const sv_trial *t);

#endif
