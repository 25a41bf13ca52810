/* What stb_image does not check: that an image file is of a kind we read and holds all its bytes. */
#ifndef SV_FORMATS_IMAGE_CHECK_H
#define SV_FORMATS_IMAGE_CHECK_H
#include "base/status.h"

/* Tells PNG, JPEG, BMP, GIF and TGA by their first bytes, and refuses those that were cut short: stb_image would return
 * gray, black or uninitialised pixels for the missing part. (PNG's chunks stb_image checks itself.) */
sv_status sv_image_check(const unsigned char *bytes, size_t size, sv_fault *fault);

#endif
