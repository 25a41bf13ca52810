/* Where predict's rows go: one .npy array, or a folder with a PNG for each sample. */
#ifndef SV_CLI_OUTPUTS_H
#define SV_CLI_OUTPUTS_H
#include "base/file.h"
#include "cli/samples.h"

typedef struct sv_outputs {
    const char *path;
    sv_shape shape;            /* of one row */
    const sv_samples *samples; /* whose names the pictures bear */
    sv_writer *array;          /* of an .npy */
    bool maps;                 /* pictures: each channel drawn as a tile of its own, scaled to its range */
} sv_outputs;

/* Opens before any work is done, so that a path which cannot be written costs nothing. `features`: rows are a layer's
 * activations, to be drawn channel by channel. */
sv_status sv_outputs_open(sv_outputs *o, const char *path, const sv_samples *samples, const sv_shape *shape, bool features,
                          sv_fault *fault);
/* The next `count` rows, the first of which is row `first`. */
sv_status sv_outputs_add(sv_outputs *o, int64_t first, int64_t count, const float *rows, sv_fault *fault);
/* Completes the array, or after a fault removes what was begun. */
sv_status sv_outputs_close(sv_outputs *o, sv_fault *fault);

#endif
