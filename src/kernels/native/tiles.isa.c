/* The table of one instruction set. */
#include "kernels/native/tiles.h"

const sv_native SV_VECTOR(native) = { .panel = VECTORS * WIDTH,
                                      .pixels = PIXELS,
                                      .narrow_pixels = NARROW_PIXELS,
                                      .gather = SV_VECTOR(native_gather),
                                      .wgrad = SV_VECTOR(native_wgrad),
                                      .pad = SV_VECTOR(native_pad),
                                      .turn = SV_VECTOR(native_turn),
                                      .planar = SV_VECTOR(native_planar),
                                      .sum = SV_VECTOR(native_sum),
                                      .weave = SV_VECTOR(native_weave) };
