#include "kernels/blas/blas.h"
#include <cblas.h>

void sv_blas_setup(void)
{
    openblas_set_num_threads(1);
}

const char *sv_blas_version(void)
{
    return openblas_get_config();
}

static CBLAS_TRANSPOSE order(sv_matrix m)
{
    return m.transposed ? CblasTrans : CblasNoTrans;
}

void sv_blas_product(int64_t m, int64_t n, int64_t k, sv_matrix a, sv_matrix b, float *c, int64_t c_stride, bool accumulate)
{
    cblas_sgemm(CblasRowMajor, order(a), order(b), (blasint)m, (blasint)n, (blasint)k, 1, a.data, (blasint)a.stride, b.data,
                (blasint)b.stride, accumulate ? 1 : 0, c, (blasint)c_stride);
}
