/* Escaping. */
#include "report/page.h"
#include "report/page_text.h"
#include "base/memory.h"
#include <stdio.h>
#include <string.h>

static bool continues(const unsigned char *s, int bytes)
{
    for (int i = 1; i <= bytes; i++)
        if ((s[i] & 0xc0) != 0x80) return false;
    return true;
}

/* Bytes of the well-formed UTF-8 character at s (RFC 3629: shortest form, no surrogates, up to U+10FFFF), 0 where there is none. */
static int utf8_length(const unsigned char *s)
{
    if (s[0] < 0x80) return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) return continues(s, 1) ? 2 : 0;
    if ((s[0] & 0xf0) == 0xe0) {
        bool proper = !(s[0] == 0xe0 && s[1] < 0xa0) && !(s[0] == 0xed && s[1] > 0x9f);
        return proper && continues(s, 2) ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        bool proper = !(s[0] == 0xf0 && s[1] < 0x90) && !(s[0] == 0xf4 && s[1] > 0x8f);
        return proper && continues(s, 3) ? 4 : 0;
    }
    return 0;
}

static const char *entity(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f ? "\xef\xbf\xbd" : NULL;
    }
}

void sv_html_add(sv_text *t, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        const char *other = entity(*s);
        int length = utf8_length(s);
        if (!length) other = "\xef\xbf\xbd";
        if (other)
            sv_text_bytes(t, other, strlen(other));
        else
            sv_text_bytes(t, s, (size_t)length);
        s += length ? length : 1;
    }
}

void sv_html_format_list(sv_text *t, const char *format, va_list args)
{
    char text[4096];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(text, sizeof text, format, args);
    char *whole = n >= (int)sizeof text ? sv_new((size_t)n + 1, 1) : NULL;
    if (n < 0 || (n >= (int)sizeof text && !whole)) t->failed = true;
    if (whole) vsnprintf(whole, (size_t)n + 1, format, again);
    va_end(again);
    sv_html_add(t, whole ? whole : text);
    sv_free(whole);
}

void sv_html_format(sv_text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sv_html_format_list(t, format, args);
    va_end(args);
}
