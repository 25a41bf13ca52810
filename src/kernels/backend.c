#include "kernels/kernels.h"
#include "kernels/blas/blas.h"
#include <string.h>

void sv_bias_gradient_add(const sv_vectors *k, const sv_conv_geometry *g, int samples, const float *big, const float *small,
                          sv_bias_gradient bias)
{
    const int64_t pixels = bias.transposed ? (int64_t)g->big_h * g->big_w : (int64_t)g->small_h * g->small_w;
    const int64_t channels = bias.transposed ? g->big_c : g->small_c;
    const float *dz = bias.transposed ? big : small;
    for (int s = 0; bias.db && s < samples; s++) k->column_sums(pixels, channels, dz + s * pixels * channels, bias.db);
}

sv_status sv_backend_select(const char *name, const sv_conv_backend **backend, sv_fault *fault)
{
    if (!name || strcmp(name, sv_backend_native.name) == 0) {
        *backend = &sv_backend_native;
        return SV_OK;
    }
    if (strcmp(name, sv_backend_blas.name) != 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "backend: expected \"%s\" or \"%s\", got \"%s\"", sv_backend_native.name,
                       sv_backend_blas.name, name);
    sv_blas_setup();
    *backend = &sv_backend_blas;
    return SV_OK;
}
