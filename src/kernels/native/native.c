#include "kernels/native/native.h"

static int64_t workspace(const sv_conv_geometry *g, int samples)
{
    const int64_t wgrad = sv_most(sv_native_wgrad_workspace(g, samples), sv_native_wgrad_up_workspace(g, samples));
    return sv_most(wgrad, sv_most(sv_native_down_workspace(g, samples), sv_native_up_workspace(g, samples)));
}

static int64_t packed(const sv_conv_geometry *g, sv_direction d)
{
    return d == SV_DOWN ? sv_native_down_packed(g) : sv_native_up_packed(g);
}

static void pack(const sv_vectors *k, const sv_conv_geometry *g, sv_direction d, const float *v, float *to)
{
    if (d == SV_DOWN)
        sv_native_down_pack(k->native, g, v, to);
    else
        sv_native_up_pack(k->native, g, v, to);
}

const sv_conv_backend sv_backend_native = { .name = "native",
                                            .workspace = workspace,
                                            .packed = packed,
                                            .pack = pack,
                                            .down = sv_native_down,
                                            .up = sv_native_up,
                                            .wgrad = sv_native_wgrad,
                                            .wgrad_down = sv_native_wgrad_down,
                                            .wgrad_up = sv_native_wgrad_up,
                                            .matmul = sv_native_matmul };
