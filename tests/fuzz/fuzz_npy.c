#include "fuzz.h"
#include "formats/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t bytes[] = { [SV_NPY_F32] = 4, [SV_NPY_U8] = 1, [SV_NPY_U16] = 2 };
    char path[64];
    int fd = fuzz_file(data, size, path);
    sv_npy npy;
    sv_fault fault = { 0 };
    if (sv_npy_open(path, &npy, &fault) == SV_OK) {
        size_t count = bytes[npy.type];
        for (int i = 0; i < npy.rank; i++) count *= (size_t)npy.dim[i];
        if (count && ((const volatile char *)npy.data)[count - 1] == 1) count = 0;
        sv_npy_close(&npy);
    }
    close(fd);
    return 0;
}
