/* Feature maps as one picture: each channel a gray tile, scaled from its least to its greatest value. */
#ifndef SV_REPORT_TILES_H
#define SV_REPORT_TILES_H
#include "base/shape.h"

/* Maps [H,W,C] (a vector: tiles of one pixel), their first `most` channels (0: all), as gray pixels [height, width] (sv_free),
 * nearly square, with a line between tiles; small maps are enlarged by a whole factor. Faults: too large a picture. */
sv_status sv_tiles_draw(const sv_shape *shape, const float *maps, int64_t most, uint8_t **pixels, int *height, int *width,
                        sv_fault *fault);

/* The same of all channels as a PNG. */
sv_status sv_tiles_write(const char *path, const sv_shape *shape, const float *maps, sv_fault *fault);

#endif
