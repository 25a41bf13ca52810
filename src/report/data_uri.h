/* Pixels as text inside a page. */
#ifndef SV_REPORT_DATA_URI_H
#define SV_REPORT_DATA_URI_H
#include "base/text.h"
#include <stdint.h>

/* "data:image/png;base64,..." of 8-bit pixels [height, width, channels]. */
void sv_data_uri(sv_text *t, const uint8_t *pixels, int height, int width, int channels);

#endif
