/* Feature maps as one picture: each channel a gray tile, scaled from its least to its greatest value. */
#ifndef SV_CLI_TILES_H
#define SV_CLI_TILES_H
#include "base/shape.h"

/* Writes the maps [H,W,C] (a vector: tiles of one pixel) as a PNG, nearly square, with a line between tiles; small maps are
 * enlarged by a whole factor. */
sv_status sv_tiles_write(const char *path, const sv_shape *shape, const float *maps, sv_fault *fault);

#endif
