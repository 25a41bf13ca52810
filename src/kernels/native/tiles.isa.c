/* The table of one instruction set. */
#include "kernels/native/tiles.h"

const sv_native SV_VECTOR(native) = { .panel = VECTORS * WIDTH,
                                      .pixels = PIXELS,
                                      .wgrad_rows = ROWS,
                                      .gather = SV_VECTOR(native_gather),
                                      .wgrad = SV_VECTOR(native_wgrad),
                                      .turn = SV_VECTOR(native_turn),
                                      .add = SV_VECTOR(native_add),
                                      .weave = SV_VECTOR(native_weave) };
