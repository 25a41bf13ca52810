#include "fuzz.h"
#include "formats/image_io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = fuzz_file(data, size, path);
    sv_image image = { 0 };
    sv_fault fault = { 0 };
    if (sv_image_read(path, 0, &image, &fault) == SV_OK) sv_image_free(&image);
    close(fd);
    return 0;
}
