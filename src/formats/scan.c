#include "formats/scan.h"
#include <string.h>

sv_status sv_scan_expected(const sv_scanner *s, const char *what)
{
    size_t byte = (size_t)(s->at - s->begin);
    if (s->at == s->end) return sv_fail(s->fault, SV_BAD_DATA, "header byte %zu: expected %s, found the header's end", byte, what);
    unsigned c = (unsigned char)*s->at;
    if (c > 32 && c < 127) return sv_fail(s->fault, SV_BAD_DATA, "header byte %zu: expected %s, found '%c'", byte, what, (int)c);
    return sv_fail(s->fault, SV_BAD_DATA, "header byte %zu: expected %s, found byte 0x%02x", byte, what, c);
}

void sv_scan_space(sv_scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) s->at++;
}

bool sv_scan_took(sv_scanner *s, char c)
{
    sv_scan_space(s);
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

sv_status sv_scan_take(sv_scanner *s, char c, const char *what)
{
    return sv_scan_took(s, c) ? SV_OK : sv_scan_expected(s, what);
}

size_t sv_utf8_length(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (n == 0 || n > left) return 0;
    if (n > 1) {
        unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80, high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
        if (p[1] < low || p[1] > high) return 0;
    }
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return n;
}

static void add_code_point(sv_text *t, unsigned long c)
{
    char b[4];
    size_t n = 0;
    if (c < 0x80) {
        b[n++] = (char)c;
    } else if (c < 0x800) {
        b[n++] = (char)(0xc0 | c >> 6);
        b[n++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        b[n++] = (char)(0xe0 | c >> 12);
        b[n++] = (char)(0x80 | (c >> 6 & 63));
        b[n++] = (char)(0x80 | (c & 63));
    } else {
        b[n++] = (char)(0xf0 | c >> 18);
        b[n++] = (char)(0x80 | (c >> 12 & 63));
        b[n++] = (char)(0x80 | (c >> 6 & 63));
        b[n++] = (char)(0x80 | (c & 63));
    }
    sv_text_bytes(t, b, n);
}

static sv_status scan_hex(sv_scanner *s, unsigned long *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        unsigned c = s->at < s->end ? (unsigned char)*s->at : 0;
        unsigned digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
        if (digit == 16) return sv_scan_expected(s, "a hexadecimal digit");
        *value = *value << 4 | digit;
    }
    return SV_OK;
}

/* Behind "\u": four digits, or a surrogate pair of them. */
static sv_status scan_unicode(sv_scanner *s, sv_text *t)
{
    unsigned long c, low;
    sv_status status = scan_hex(s, &c);
    if (status != SV_OK) return status;
    if (c >= 0xd800 && c < 0xdc00) {
        if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u') return sv_scan_expected(s, "the other half of a surrogate pair");
        s->at += 2;
        status = scan_hex(s, &low);
        if (status != SV_OK) return status;
        if (low < 0xdc00 || low > 0xdfff) return sv_scan_expected(s, "the other half of a surrogate pair before this");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c == 0 || (c >= 0xdc00 && c < 0xe000)) {
        return sv_scan_expected(s, "a character other than NUL or half a surrogate pair before this");
    }
    add_code_point(t, c);
    return SV_OK;
}

static sv_status scan_escape(sv_scanner *s, sv_text *t)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char c = s->at < s->end ? *s->at : '\0';
    const char *known = c ? strchr(from, c) : NULL;
    if (!known && c != 'u') return sv_scan_expected(s, "an escape");
    s->at++;
    if (!known) return scan_unicode(s, t);
    sv_text_bytes(t, &to[known - from], 1);
    return SV_OK;
}

static sv_status scan_characters(sv_scanner *s, sv_text *t)
{
    while (s->at < s->end && *s->at != '"') {
        if (*s->at == '\\') {
            s->at++;
            sv_status status = scan_escape(s, t);
            if (status != SV_OK) return status;
            continue;
        }
        size_t n = (unsigned char)*s->at < 0x20 ? 0 : sv_utf8_length((const unsigned char *)s->at, (size_t)(s->end - s->at));
        if (n == 0) return sv_scan_expected(s, "UTF-8 text");
        sv_text_bytes(t, s->at, n);
        s->at += n;
    }
    return sv_scan_take(s, '"', "'\"'");
}

sv_status sv_scan_string(sv_scanner *s, char **string)
{
    sv_text t = { 0 };
    *string = NULL;
    sv_status status = sv_scan_take(s, '"', "a string");
    if (status == SV_OK) status = scan_characters(s, &t);
    if (status == SV_OK) sv_text_bytes(&t, "", 0);
    if (status == SV_OK && t.failed) status = sv_fail_memory(s->fault, "header");
    if (status == SV_OK) *string = t.data;
    else sv_text_free(&t);
    return status;
}

sv_status sv_scan_number(sv_scanner *s, int64_t *value)
{
    const int64_t most = (int64_t)1 << 53;
    sv_scan_space(s);
    const char *first = s->at;
    int64_t v = 0;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        v = v * 10 + (*s->at - '0');
        if (v > most || (s->at > first && *first == '0')) return sv_scan_expected(s, "no more digits of a whole number up to 2^53");
        s->at++;
    }
    if (s->at == first) return sv_scan_expected(s, "a whole number >= 0");
    *value = v;
    return SV_OK;
}

sv_status sv_scan_numbers(sv_scanner *s, int64_t *value, int room, int *count)
{
    *count = 0;
    sv_status status = sv_scan_take(s, '[', "'['");
    if (status != SV_OK || sv_scan_took(s, ']')) return status;
    do {
        if (*count == room) return sv_fail(s->fault, SV_BAD_DATA, "header byte %zu: expected a list of at most %d numbers",
                                           (size_t)(s->at - s->begin), room);
        status = sv_scan_number(s, &value[(*count)++]);
        if (status != SV_OK) return status;
    } while (sv_scan_took(s, ','));
    return sv_scan_take(s, ']', "',' or ']'");
}
