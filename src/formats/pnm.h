/* Binary PGM and PPM (netpbm's pgm(5), ppm(5)). stb_image takes their 16-bit values for the machine's own byte order and does not
 * look at the largest value. */
#ifndef SV_FORMATS_PNM_H
#define SV_FORMATS_PNM_H
#include "formats/image_io.h"

/* Whether the file begins as one. */
bool sv_is_pnm(const unsigned char *bytes, size_t size);

/* Decodes one as sv_image_read says, the first of several in a file: largest values up to 255 give 8-bit pixels, up to 65535
 * 16-bit ones, stretched to the full range, rounded to the nearest. */
sv_status sv_pnm_decode(const unsigned char *bytes, size_t size, int channels, sv_image *image, sv_fault *fault);

#endif
