/* What the layers put out for a few samples. */
#ifndef SV_REPORT_ACTIVATIONS_H
#define SV_REPORT_ACTIVATIONS_H
#include "report/report.h"

typedef struct sv_activation_summary {
    const sv_node *node;
    double mean, rms, deviation, least, greatest;
    double zeros;           /* share of values that are exactly 0 */
    int64_t channels, dead; /* channels, and those among them that are one constant over all samples and pixels */
    float *maps;            /* the first sample's output, [shape] */
} sv_activation_summary;

/* Every layer that leads to the output, in order. */
typedef struct sv_activations {
    sv_activation_summary *layer;
    int layers;
    int samples;
} sv_activations;

/* Runs the samples forward once. Free with sv_activations_free, also after a fault. */
sv_status sv_activations_find(const sv_report *r, sv_activations *a, sv_fault *fault);
void sv_activations_free(sv_activations *a);

#endif
