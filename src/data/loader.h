/*
 * The loader: which samples a batch holds, and each sample as floats, shuffled, augmented and noised. All randomness is a
 * function of (seed, epoch, position): nothing is saved, any worker makes any sample, resume needs only (epoch, batch).
 */
#ifndef SV_DATA_LOADER_H
#define SV_DATA_LOADER_H
#include "data/dataset.h"
#include "data/torch_order.h"
#include "kernels/kernels.h"

typedef struct sv_augment {
    sv_switch horizontal_flip, vertical_flip; /* each with probability 1/2 */
    sv_switch rotate90;  /* a random quarter turn; square images only */
    int random_crop;     /* pads by this many mirrored pixels, then cuts a random window of the image's size; 0 none */
} sv_augment;

typedef struct sv_noise {
    float stddev;        /* Gaussian noise on the input, not the target; 0 none */
    float salt_pepper;   /* fraction of elements set to 0 or 1 */
    float mask;          /* fraction of pixels set to 0 (all channels) */
} sv_noise;

typedef struct sv_loader_args {
    const sv_dataset *input;
    const sv_dataset *target; /* NULL: the clean input itself */
    const uint32_t *subset;   /* indices into the data sets, or NULL for all; not copied */
    int64_t count;            /* of the subset or the data set */
    int batch;
    bool shuffle;
    const sv_torch_shuffle *torch; /* shuffles as PyTorch's DataLoader instead of by the native streams; copied */
    const uint64_t *shuffle_seed;  /* of the native order instead of `seed`; may be NULL */
    sv_augment augment;
    sv_noise noise;
    uint64_t seed;
    const char *stream;       /* part of the streams' names: "train", "validation" */
    const sv_vectors *vectors;
} sv_loader_args;

typedef struct sv_loader sv_loader;
sv_status sv_loader_open(const sv_loader_args *args, sv_loader **loader, sv_fault *fault);
void sv_loader_close(sv_loader *l);

int64_t sv_loader_batches(const sv_loader *l); /* of an epoch; the last may be shorter */

/* Makes batch `index` of `epoch` current, waiting for its samples where they stream, and starts prefetching the one after it
 * in the epoch. Allocates nothing. */
sv_status sv_loader_batch(sv_loader *l, int64_t epoch, int64_t index, int64_t *samples, sv_fault *fault);

/* Samples first .. first+count-1 of the current batch as floats: input [count,H,W,C] (augmented, noised) and, where target is
 * not NULL, the target (augmented alike, no noise). Thread-safe: workers call it for their own rows. */
void sv_loader_fetch(const sv_loader *l, int64_t first, int count, float *input, float *target);

#endif
