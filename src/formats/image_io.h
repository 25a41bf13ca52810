/* Images through stb_image: the only file that includes it. PNG (8 and 16 bit), JPEG, BMP, GIF (its first frame) and TGA; binary
 * PGM/PPM (8 and 16 bit) by formats/pnm.h. */
#ifndef SV_FORMATS_IMAGE_IO_H
#define SV_FORMATS_IMAGE_IO_H
#include "base/status.h"
#include "base/text.h"

typedef struct sv_image {
    int height, width, channels; /* 1 gray, 3 RGB */
    bool wide;                   /* 16 bits a channel */
    void *pixels;                /* uint8_t or uint16_t [H,W,C]; freed by sv_image_free */
} sv_image;

/* Suffixes that are read, for sv_list_files. */
extern const char *const sv_image_suffixes[];

/* channels 0: as the file has (gray stays 1; alpha is dropped); 1 or 3 converts (gray by stb's weights). The fault names the
 * path and stb's reason. */
sv_status sv_image_read(const char *path, int channels, sv_image *image, sv_fault *fault);
void sv_image_free(sv_image *image);

/* Writes 8-bit PNG atomically. */
sv_status sv_png_write(const char *path, int height, int width, int channels, const uint8_t *pixels, sv_fault *fault);
/* The same of floats in [0,1], clamped and rounded. */
sv_status sv_png_write_floats(const char *path, int height, int width, int channels, const float *pixels, sv_fault *fault);

/* The bytes of an 8-bit PNG, added to `png`. */
sv_status sv_png_encode(int height, int width, int channels, const uint8_t *pixels, sv_text *png, sv_fault *fault);

/* Resizes 8-bit or 16-bit pixels (stb_image_resize, antialiased) into `to` of the same depth. */
sv_status sv_image_resize(const sv_image *from, int height, int width, void *to, sv_fault *fault);

#endif
