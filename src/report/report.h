/*
 * report.html: one page that tells how a run went and what its borders and strides did to its pictures. Made of the run folder's
 * tables and of what is given here. The same run gives the same bytes: neither time nor threads are in it.
 */
#ifndef SV_REPORT_REPORT_H
#define SV_REPORT_REPORT_H
#include "artifacts/residual.h"
#include "config/config.h"
#include "graph/run.h"

/* Samples and their reconstructions: [count, shape] each; target NULL: the input. */
typedef struct sv_report_samples {
    int count, shown; /* pictures are drawn of the first `shown`, activations measured on all */
    sv_shape input_shape, output_shape;
    const float *input, *target, *output;
} sv_report_samples;

typedef struct sv_report_digest {
    const char *name, *digest; /* nothing is said of a digest that is "" or NULL */
} sv_report_digest;

typedef struct sv_report {
    const sv_config *config;
    const char *metrics, *steps, *layers; /* paths of the tables; those that are not there make no plots */
    const sv_graph *graph;
    const sv_node *input, *output;
    sv_parameters *parameters; /* the weights that the report is of */
    int64_t epoch;             /* epochs done */
    int64_t best_epoch;        /* 0: none yet */
    const char *monitor;       /* the column that tells the best epoch */
    bool finished, stopped_early, restored;
    const char *missing; /* why there is nothing of the data, or NULL; then what follows is empty */
    bool validation;     /* the measures are of held-out samples */
    double loss;         /* on them */
    const sv_measured *measured;
    const sv_modelled *modelled; /* NULL while the run goes on: it costs more than an epoch should */
    const sv_residual_maps *maps;
    sv_report_samples samples;
    const sv_report_digest *digest;
    int digests;
    int threads;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
} sv_report;

/* Writes the page, whole or not at all. */
sv_status sv_report_write(const sv_report *r, const char *path, sv_fault *fault);

#endif
