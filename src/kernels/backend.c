#include "kernels/kernels.h"
#include "kernels/blas/blas.h"
#include <string.h>

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
