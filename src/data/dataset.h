/* Data sets: samples of one shape, by index. Where they fit they lie in memory as they came (uint8 stays uint8). */
#ifndef SV_DATA_DATASET_H
#define SV_DATA_DATASET_H
#include "base/shape.h"

typedef enum sv_pixel { SV_PIXEL_U8 = 0, SV_PIXEL_U16, SV_PIXEL_F32 } sv_pixel;

typedef enum sv_source { SV_SOURCE_SYNTHETIC = 0, SV_SOURCE_IDX, SV_SOURCE_IMAGES, SV_SOURCE_NPY, SV_SOURCE_CIFAR10 } sv_source;
extern const char *const sv_source_names[];
typedef enum sv_on_error { SV_ON_ERROR_FAIL = 0, SV_ON_ERROR_SKIP } sv_on_error;

/* What data.* of a config says of one source (data or data.target). */
typedef struct sv_data_spec {
    sv_source source;
    char *path;      /* resolved; NULL for synthetic */
    int samples;     /* synthetic: number of pictures, default 2048; others: at most this many, 0 all */
    int resize[2];   /* images: 0 none; the image is scaled to this height and width */
    int crop[2];     /* then the centre is cut to this */
    int pad[2];      /* then padded with edge pixels to this */
    int channels;    /* images: 0 as the model's input; 1 or 3 */
    sv_on_error on_error;
    int64_t memory_limit; /* bytes kept in memory; above, samples are read or decoded as they are needed. 0: 2 GiB */
} sv_data_spec;

typedef struct sv_dataset sv_dataset;
struct sv_dataset {
    int64_t count;
    sv_shape shape;     /* [H,W,C] */
    sv_pixel pixel;
    size_t sample_bytes;
    const void *resident; /* [count][sample_bytes], or NULL where samples are read one by one */
    void *block;          /* owns `resident`, except where that is a file's map */
    /* Copies sample `index` to `to` (sample_bytes). Thread-safe. */
    sv_status (*read)(const sv_dataset *d, int64_t index, void *to, sv_fault *fault);
    /* Frees `own`. */
    void (*close)(sv_dataset *d);
    char **skipped;     /* unreadable files (on_error skip) */
    int64_t skips;
    void *own;
};

/* Opens a source. Paths: idx and npy a file, cifar10 a file or the folder of data_batch_*.bin, images a folder or one image file.
 * `wanted` is the model's input shape: images are brought to its channels (and, where neither resize, crop nor pad say a size,
 * must have its height and width: the fault names the file and both sizes); other sources must have it, the fault says both.
 * The pixels of a folder of images are as deep as those of its first one. `seed` makes the synthetic set. A gzipped idx file
 * beyond memory_limit is refused: it cannot be read in pieces. Free with sv_dataset_close. */
sv_status sv_dataset_open(const sv_data_spec *spec, const sv_shape *wanted, uint64_t seed, sv_dataset **dataset, sv_fault *fault);
void sv_dataset_close(sv_dataset *d);

/* What sv_dataset_open would come to, found out without reading the samples (but those of a gzipped file): how many, bytes of one,
 * and whether they would lie in memory. Images that turn out unreadable count. */
typedef struct sv_dataset_size {
    int64_t count, sample_bytes;
    bool resident;
} sv_dataset_size;
sv_status sv_dataset_survey(const sv_data_spec *spec, const sv_shape *wanted, uint64_t seed, sv_dataset_size *size, sv_fault *fault);

/* SHA-256 over the samples' bytes in order (streams where not resident). */
sv_status sv_dataset_digest(const sv_dataset *d, char digest[65], sv_fault *fault);

#endif
