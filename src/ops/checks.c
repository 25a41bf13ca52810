#include "ops/checks.h"

sv_status sv_need_image(const sv_inference *i, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (i->input[0].rank == 3) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "input: expected an image [H,W,C], got %s; a Reshape layer makes one",
                   sv_shape_text(&i->input[0], text));
}

sv_status sv_need_size(const sv_inference *i, sv_fault *fault)
{
    char in[SV_SHAPE_TEXT], out[SV_SHAPE_TEXT];
    bool fits = sv_shape_count(&i->output) > 0;
    for (int k = 0; k < i->output.rank; k++) fits = fits && i->output.dim[k] <= INT32_MAX;
    if (fits) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "input: %s would become %s, which is too large; expected at most 2^40 elements",
                   sv_shape_text(&i->input[0], in), sv_shape_text(&i->output, out));
}
