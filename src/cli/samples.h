/* Samples given on the command line: an .npy array, an image or a folder of images, read as floats in [0,1]. */
#ifndef SV_CLI_SAMPLES_H
#define SV_CLI_SAMPLES_H
#include "formats/npy.h"
#include "kernels/kernels.h"

typedef struct sv_samples {
    const char *path; /* as the user gave it */
    int64_t count;
    sv_shape shape; /* of one */
    const sv_vectors *vectors;
    bool array; /* .npy */
    sv_npy npy;
    char **file; /* images: paths relative to `folder`, sorted by bytes */
    size_t files;
    char *folder;
} sv_samples;

/* Whether a path is read as an array: it ends in .npy and is no folder. */
bool sv_samples_is_array(const char *path);
/* Opens `path`. An array must be [N, shape] ([N,H,W] where there is one channel); images are brought to the shape's channels and must have its height and width.
 * `what` is the option that names it in faults: "--input". Close also after a fault. */
sv_status sv_samples_open(sv_samples *s, const char *what, const char *path, const sv_shape *shape, const sv_vectors *vectors,
                          sv_fault *fault);
/* Rows first .. first+count-1: float32 as they are, uint8 / 255, uint16 / 65535. */
sv_status sv_samples_read(const sv_samples *s, int64_t first, int64_t count, float *to, sv_fault *fault);
/* What to call row `index`: "00012", or the image's path without its suffix. A new string, NULL where memory is short. */
char *sv_samples_name(const sv_samples *s, int64_t index);
void sv_samples_close(sv_samples *s);

#endif
