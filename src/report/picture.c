#include "report/picture.h"
#include "report/data_uri.h"
#include "formats/image_io.h"

static void add_base64(sv_text *t, const uint8_t *bytes, size_t count)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        char four[4] = { digit[bits >> 18], digit[bits >> 12 & 63], left > 1 ? digit[bits >> 6 & 63] : '=',
                         left > 2 ? digit[bits & 63] : '=' };
        sv_text_bytes(t, four, 4);
    }
}

void sv_data_uri(sv_text *t, const uint8_t *pixels, int height, int width, int channels)
{
    sv_text png = { 0 };
    if (sv_png_encode(height, width, channels, pixels, &png, NULL) != SV_OK)
        t->failed = true;
    else {
        sv_text_add(t, "data:image/png;base64,");
        add_base64(t, (const uint8_t *)png.data, png.length);
    }
    sv_text_free(&png);
}

void sv_page_image(sv_page *p, const uint8_t *pixels, int height, int width, int channels, const char *alt)
{
    sv_text_add(&p->body, "<img width=\"%d\" height=\"%d\" alt=\"", width, height);
    sv_html_add(&p->body, alt);
    sv_text_add(&p->body, "\" src=\"");
    sv_data_uri(&p->body, pixels, height, width, channels);
    sv_text_add(&p->body, "\">\n");
}

void sv_tiles_begin(sv_page *p, int columns, const char *const *heads)
{
    sv_text_add(&p->body, "<div class=\"tiles\" style=\"grid-template-columns:repeat(%d,minmax(0,1fr))\">\n", columns);
    for (int i = 0; heads && i < columns; i++) {
        sv_text_add(&p->body, "<b>");
        sv_html_add(&p->body, heads[i]);
        sv_text_add(&p->body, "</b>\n");
    }
}

void sv_tiles_end(sv_page *p)
{
    sv_text_add(&p->body, "</div>\n");
}
