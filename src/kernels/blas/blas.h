/* The BLAS backend's inside: matrices in row order, and the patches that turn a convolution into a product of them. */
#ifndef SV_KERNELS_BLAS_BLAS_H
#define SV_KERNELS_BLAS_BLAS_H
#include "kernels/kernels.h"

/* One thread inside every BLAS call from now on: selvage's threads run over samples. */
void sv_blas_setup(void);
/* "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64". */
const char *sv_blas_version(void);

/* A matrix stored row by row, `stride` floats from one row to the next. */
typedef struct sv_matrix {
    const float *data;
    int64_t stride;
    bool transposed; /* the operand is the transpose of what is stored */
} sv_matrix;

/* c[m,n] (+)= a[m,k] b[k,n]; the rows of c are c_stride floats apart. No dimension exceeds INT_MAX. */
void sv_blas_product(int64_t m, int64_t n, int64_t k, sv_matrix a, sv_matrix b, float *c, int64_t c_stride, bool accumulate);

/* Rows of small images, counted through all samples: row r is row r % small_h of sample r / small_h. */
typedef struct sv_rows {
    int64_t first, count;
} sv_rows;

/* How one group's patches lie in the big image and in the matrix of patches [pixels of small, kh kw channels]. */
typedef struct sv_patches {
    const sv_conv_geometry *g;
    int channels; /* big channels of one group */
    int run;      /* floats of one patch row that lie side by side in the image */
    int taps;     /* such runs in one row of the kernel: 1, or kw where dilation or groups part them */
    int size;     /* floats of one patch */
    int from, to; /* small columns [from, to) whose patches lie inside the image's width */
} sv_patches;

sv_patches sv_patches_of(const sv_conv_geometry *g);

/* Writes the patches of these rows of group `group`, zeros where they leave the image. */
void sv_patches_gather(const sv_patches *p, int group, sv_rows rows, const float *big, float *matrix);

/* Adds the patches of these rows back where they came from. */
void sv_patches_scatter(const sv_vectors *k, const sv_patches *p, int group, sv_rows rows, const float *matrix, float *big);

#endif
