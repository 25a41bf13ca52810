/* Measures for which the model is run again: M4, M4b and M7. */
#ifndef SV_ARTIFACTS_PROBE_H
#define SV_ARTIFACTS_PROBE_H
#include "artifacts/artifacts.h"
#include "artifacts/clone.h"

typedef struct sv_probe_args {
    const sv_graph *graph;
    const sv_node *input, *output;
    const char *latent; /* or "" */
    const sv_parameters *parameters;
    bool logits;    /* intensities are the sigmoid of the output */
    int64_t images; /* how many will come */
    int margin;     /* pixels at each side that M4 does not count; M4b and M7 know none */
    sv_machine machine;
} sv_probe_args;

typedef struct sv_probe sv_probe;
/* Copies the weights as they are. */
sv_status sv_probe_new(const sv_probe_args *args, sv_probe **probe, sv_fault *fault);
/* The next `samples` pictures, at most a batch: what the model was given, what it should make of it, the intensities it made. */
sv_status sv_probe_add(sv_probe *p, int64_t samples, const float *input, const float *target, const float *output, sv_fault *fault);
/* Free the result with sv_modelled_free, also after a fault. */
sv_status sv_probe_finish(sv_probe *p, sv_modelled *m, sv_fault *fault);
void sv_probe_free(sv_probe *p);

#endif
