#include "fuzz.h"
#include "formats/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = fuzz_file(data, size, path);
    sv_safetensors file;
    sv_fault fault = { 0 };
    if (sv_safetensors_read(path, &file, &fault) == SV_OK) sv_safetensors_free(&file);
    close(fd);
    return 0;
}
