/* What a source of samples implements: it fills in count, shape, pixel, sample_bytes, read and close of a zeroed data set; what
 * fits is then read into memory by dataset.c, so a source needs no memory of its own. */
#ifndef SV_DATA_SOURCE_H
#define SV_DATA_SOURCE_H
#include "data/dataset.h"

typedef struct sv_source_args {
    const sv_data_spec *spec;
    const sv_shape *wanted; /* the model's shape */
    uint64_t seed;
    int64_t memory_limit;
} sv_source_args;

/* On a fault the data set is left for `close` (where that is set by then). Messages begin with the path. */
typedef sv_status (*sv_source_open)(const sv_source_args *args, sv_dataset *d, sv_fault *fault);
sv_status sv_open_synthetic(const sv_source_args *args, sv_dataset *d, sv_fault *fault);
sv_status sv_open_idx(const sv_source_args *args, sv_dataset *d, sv_fault *fault);
sv_status sv_open_images(const sv_source_args *args, sv_dataset *d, sv_fault *fault);
sv_status sv_open_npy(const sv_source_args *args, sv_dataset *d, sv_fault *fault);
sv_status sv_open_cifar10(const sv_source_args *args, sv_dataset *d, sv_fault *fault);

/* Sets shape, pixel and sample_bytes of a data set whose samples have `have`, which must be what the model wants. */
sv_status sv_source_shape(sv_dataset *d, const char *path, const sv_shape *have, sv_pixel pixel, const sv_shape *wanted, sv_fault *fault);

/* `bytes` bytes from `offset` of a file; less are a fault that names it. */
sv_status sv_read_at(int fd, const char *path, void *to, size_t bytes, int64_t offset, sv_fault *fault);

/* Of a set of images: takes the files out whose entry in `unusable` is set and lists them as skipped. */
sv_status sv_images_skip(sv_dataset *d, const bool *unusable, sv_fault *fault);

#endif
