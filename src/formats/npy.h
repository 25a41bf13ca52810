/* NumPy's .npy, versions 1 to 3, C order, little-endian float32 or uint8 (uint16 too). */
#ifndef SV_FORMATS_NPY_H
#define SV_FORMATS_NPY_H
#include "base/shape.h"

typedef enum sv_npy_type { SV_NPY_F32 = 0, SV_NPY_U8, SV_NPY_U16 } sv_npy_type;

/* An array file, mapped read-only, so sets larger than memory can be read. */
typedef struct sv_npy {
    sv_npy_type type;
    int rank;          /* 1 to 4 */
    int64_t dim[4];
    const void *data;
    void *map;
    size_t map_size;
} sv_npy;
sv_status sv_npy_open(const char *path, sv_npy *npy, sv_fault *fault);
void sv_npy_close(sv_npy *npy);

/* Writes float32 atomically, the bytes numpy.save writes. For large results: begin, sv_writer_add rows in order, sv_writer_commit. */
struct sv_writer;
sv_status sv_npy_write(const char *path, int rank, const int64_t *dim, const float *data, sv_fault *fault);
sv_status sv_npy_begin(const char *path, int rank, const int64_t *dim, struct sv_writer **writer, sv_fault *fault);

#endif
