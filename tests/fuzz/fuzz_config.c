#include "fuzz.h"
#include "base/memory.h"
#include "config/config.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = sv_new(size + 1, 1);
    if (!text) return 0;
    memcpy(text, data, size);
    sv_config *config = NULL;
    sv_fault fault = { 0 };
    if (sv_config_parse(text, "fuzz", "/nowhere", &config, &fault) == SV_OK) sv_config_free(config);
    sv_free(text);
    return 0;
}
