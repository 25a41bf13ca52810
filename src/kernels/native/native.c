#include "kernels/native/native.h"

static int64_t workspace(const sv_conv_geometry *g, int samples)
{
    return sv_most(sv_native_wgrad_workspace(g, samples),
                   sv_most(sv_native_down_workspace(g, samples), sv_native_up_workspace(g, samples)));
}

const sv_conv_backend sv_backend_native = { .name = "native",
                                            .workspace = workspace,
                                            .down = sv_native_down,
                                            .up = sv_native_up,
                                            .wgrad = sv_native_wgrad,
                                            .matmul = sv_native_matmul };
