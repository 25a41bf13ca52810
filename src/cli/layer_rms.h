/* The rms of every layer's output: expected at initialization, and of a forward pass with weights drawn or given. */
#ifndef SV_CLI_LAYER_RMS_H
#define SV_CLI_LAYER_RMS_H
#include "artifacts/moments.h"
#include "cli/target.h"

typedef struct sv_layer_rms {
    sv_moments *expected;
    double *drawn;     /* [graph nodes]: rms; NAN of nodes that the output does not need */
    double *mean;      /* [graph nodes]: of the same values */
    bool data;         /* the inputs are the config's data, else normal noise of rms 1 */
    char reason[256];  /* why they are noise though the config names data; "" otherwise */
    int samples;       /* that went forward */
    double input;      /* their rms */
    char weights[256]; /* the file, or how they were drawn */
} sv_layer_rms;

/* Of a built target with kernels selected; initial weights that it has are taken as they are, else its parameters are made here:
 * from `weights` (NULL: the target's own, else drawn as training would). Initial weights run as in training, given ones as at inference. Free also after a fault. */
sv_status sv_layer_rms_find(sv_target *t, const char *weights, sv_layer_rms *r, sv_fault *fault);
void sv_layer_rms_free(sv_layer_rms *r);

#endif
