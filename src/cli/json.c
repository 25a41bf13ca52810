#include "cli/json.h"
#include <math.h>
#include <stdio.h>

void sv_put_string(sv_text *t, const char *s)
{
    sv_text_add(t, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            sv_text_add(t, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            sv_text_add(t, "\\u%04x", (unsigned)*s);
        else
            sv_text_bytes(t, s, 1);
    }
    sv_text_add(t, "\"");
}

void sv_put_number(sv_text *t, double value)
{
    if (isfinite(value))
        sv_text_add(t, "%.9g", value);
    else
        sv_text_add(t, "null");
}

bool sv_put_out(sv_text *t)
{
    bool whole = !t->failed;
    if (whole && t->data) puts(t->data);
    sv_text_free(t);
    return whole;
}
