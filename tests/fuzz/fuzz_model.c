#include "fuzz.h"
#include "base/memory.h"
#include "config/config.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = sv_new(size + 1, 1);
    if (!text) return 0;
    memcpy(text, data, size);
    sv_model *model = NULL;
    sv_fault fault = { 0 };
    if (sv_model_parse(text, "fuzz", &model, &fault) == SV_OK) {
        sv_graph *g = sv_graph_new();
        sv_node *input, *output;
        if (g) sv_model_build(model, g, &input, &output, &fault);
        sv_graph_free(g);
        sv_model_free(model);
    }
    sv_free(text);
    return 0;
}
