#include "fuzz.h"
#include "data/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = fuzz_file(data, size, path);
    sv_data_spec spec = { .source = SV_SOURCE_IDX, .path = path };
    sv_shape shape = { 3, { 4, 4, 1 } };
    sv_dataset *set = NULL;
    sv_fault fault = { 0 };
    if (sv_dataset_open(&spec, &shape, 0, &set, &fault) == SV_OK) sv_dataset_close(set);
    close(fd);
    return 0;
}
