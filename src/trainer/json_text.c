#include "trainer/json_text.h"
#include <math.h>

void sv_json_put_text(sv_text *out, const char *text)
{
    sv_text_add(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            sv_text_add(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            sv_text_add(out, "\\u%04x", (unsigned)*text);
        else
            sv_text_bytes(out, text, 1);
    }
    sv_text_add(out, "\"");
}

void sv_json_put_number(sv_text *out, const char *key, double value)
{
    if (isfinite(value))
        sv_text_add(out, "\"%s\": %.9g", key, value);
    else
        sv_text_add(out, "\"%s\": null", key);
}
