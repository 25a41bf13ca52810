#include "config/quickstart.h"
#include "embedded.h"
#include <stddef.h>
#include <string.h>

const char *const sv_quickstart_config = sv_embedded_quickstart;

const char *sv_quickstart_model(const char *path)
{
    return strcmp(path, "../models/fashion_ae.json") == 0 ? sv_embedded_fashion_ae : NULL;
}
