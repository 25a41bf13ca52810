/* Two sets of pictures that belong together, picture by picture: arrays [N,H,W,C] or folders of images. */
#ifndef SV_CLI_PAIRS_H
#define SV_CLI_PAIRS_H
#include "cli/samples.h"

typedef struct sv_pairs {
    sv_samples target, reconstruction;
    int64_t count;
    sv_shape shape; /* of a picture, by the first target's size and the larger of both sets' channels */
} sv_pairs;

/* Folders pair by their images' relative paths without suffix, in the order of their bytes; the fault names the first that has no
 * counterpart. All else pairs by position, and counts must agree. Close also after a fault. */
sv_status sv_pairs_open(sv_pairs *p, const char *target, const char *reconstruction, const sv_vectors *vectors, sv_fault *fault);
void sv_pairs_close(sv_pairs *p);

#endif
