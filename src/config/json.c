#include "config/json.h"
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON and printf ask the thread's locale for the decimal point. */
typedef struct numerals {
    locale_t plain, before;
} numerals;

static numerals plain_numerals(void)
{
    numerals n = { .plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0) };
    if (n.plain) n.before = uselocale(n.plain);
    return n;
}

static void restore_numerals(numerals n)
{
    if (!n.plain) return;
    uselocale(n.before);
    freelocale(n.plain);
}

/* Line and column (in bytes), both from 1. */
static sv_status fail_at(sv_fault *fault, const char *text, size_t at, const char *what)
{
    int line = 1;
    size_t start = 0;
    for (size_t i = 0; i < at; i++)
        if (text[i] == '\n') line++, start = i + 1;
    return sv_fail(fault, SV_BAD_ARGUMENT, "line %d, column %zu: %s", line, at - start + 1, what);
}

/* Bytes of the UTF-8 character at s, 0 where it is none (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF). */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80) return 1;
    size_t n = s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : 0;
    if (!n || n > left) return 0;
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80, high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high) return 0;
    for (size_t i = 2; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    return n;
}

/* What cJSON would let pass: bytes that are no text, nesting that only a machine makes, a NUL that would end a string early. */
static sv_status check_text(const char *text, size_t size, int *open, sv_fault *fault)
{
    bool quoted = false;
    int depth = 0;
    for (size_t i = 0, n; i < size; i += n) {
        n = utf8_length((const unsigned char *)text + i, size - i);
        if (n == 0) return fail_at(fault, text, i, "not UTF-8 text; expected a JSON file");
        if (quoted && (unsigned char)text[i] < 0x20) return fail_at(fault, text, i, "a string breaks off; expected \" on its line");
        if (text[i] == '\0') return fail_at(fault, text, i, "a NUL byte; expected text");
        if (quoted && text[i] == '\\') {
            if (size - i > 5 && memcmp(text + i, "\\u0000", 6) == 0) return fail_at(fault, text, i, "\\u0000 in a string");
            n = 2;
        }
        if (text[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if (text[i] == '{' || text[i] == '[') depth++;
        if (text[i] == '}' || text[i] == ']') depth--;
        if (depth > SV_JSON_DEPTH) return fail_at(fault, text, i, "nested too deeply; expected at most 64 levels");
    }
    *open = depth;
    return quoted ? fail_at(fault, text, size, "the text ends inside a string; expected \"") : SV_OK;
}

/* In words what stands where cJSON stopped. */
static const char *diagnose(const char *text, size_t at)
{
    size_t last = at;
    while (last > 0 && isspace((unsigned char)text[last - 1])) last--;
    if (strchr("}]", text[at]) && last > 0 && text[last - 1] == ',') return "a comma before a closing bracket; expected none";
    if (text[at] == '\'') return "a single quote; expected strings in double quotes";
    if (text[at] == '/' || text[at] == '#') return "a comment; JSON has none: put notes under \"description\"";
    if (isalpha((unsigned char)text[at])) return "a bare word; expected a string in double quotes, a number, true, false or null";
    if (text[at] == '\\') return "a backslash that begins no escape; expected \\\\ for itself";
    if (text[at] == '"') return "a string where none can stand; expected a comma or a colon before it";
    return "not JSON; expected a value, a comma or a closing bracket";
}

static size_t skip_space(const char *text, size_t size, size_t at)
{
    while (at < size && isspace((unsigned char)text[at])) at++;
    return at;
}

/* Where something else stands in the place of a key, cJSON names the byte after its first. */
static size_t first_of_key(const char *text, size_t size, size_t at)
{
    if (at < 2 || at >= size || text[at] == '\\' || isspace((unsigned char)text[at - 1])) return at;
    size_t before = at - 1;
    while (before > 0 && isspace((unsigned char)text[before - 1])) before--;
    return before > 0 && strchr("{,", text[before - 1]) && !strchr("{}[]\",:", text[at - 1]) ? at - 1 : at;
}

static sv_status fail_syntax(const char *text, size_t size, size_t at, int open, sv_fault *fault)
{
    /* Of a text that ends too early cJSON names the last byte. */
    if (open > 0 && (at == size || skip_space(text, size, at + 1) == size))
        return fail_at(fault, text, size, "the text ends too early; expected the rest of a JSON value, closed by } or ]");
    at = first_of_key(text, size, at);
    return fail_at(fault, text, at, at < size ? diagnose(text, at) : "no value; expected a JSON object");
}

sv_status sv_json_parse(const char *text, size_t size, cJSON **tree, sv_fault *fault)
{
    *tree = NULL;
    if (size > SV_JSON_BYTES) return sv_fail(fault, SV_BAD_ARGUMENT, "%zu bytes; expected a JSON file of at most 16 MiB", size);
    int open = 0;
    if (check_text(text, size, &open, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (skip_space(text, size, 0) == size) return sv_fail(fault, SV_BAD_ARGUMENT, "line 1, column 1: empty; expected a JSON object");
    const char *end = text;
    numerals n = plain_numerals();
    cJSON *made = cJSON_ParseWithLengthOpts(text, size, &end, 0);
    restore_numerals(n);
    size_t at = skip_space(text, size, (size_t)(end - text));
    if (made && at == size) {
        *tree = made;
        return SV_OK;
    }
    cJSON_Delete(made);
    if (made) return fail_at(fault, text, at, "text after the end of the JSON value; expected none");
    return fail_syntax(text, size, at, open, fault);
}

void sv_json_replace(cJSON *value, cJSON *made)
{
    cJSON before = *value;
    value->type = made->type | (before.type & cJSON_StringIsConst);
    value->child = made->child;
    value->valuestring = made->valuestring;
    value->valueint = made->valueint;
    value->valuedouble = made->valuedouble;
    made->type = before.type & ~cJSON_StringIsConst;
    made->child = before.child;
    made->valuestring = before.valuestring;
    cJSON_Delete(made);
}

/* Copies, cut with "..." between two characters. */
static void cut(const char *from, char to[SV_JSON_TEXT])
{
    size_t n = strlen(from);
    if (n < SV_JSON_TEXT) {
        memcpy(to, from, n + 1);
        return;
    }
    n = SV_JSON_TEXT - 4;
    while (n > 0 && ((unsigned char)from[n] & 0xC0) == 0x80) n--;
    memcpy(to, from, n);
    memcpy(to + n, "...", 4);
}

const char *sv_json_describe(const cJSON *value, char text[SV_JSON_TEXT])
{
    if (cJSON_IsObject(value)) {
        memcpy(text, "an object", 10);
        return text;
    }
    if (cJSON_IsNumber(value) && isinf(value->valuedouble)) {
        memcpy(text, "a number beyond all range", 26);
        return text;
    }
    if (cJSON_IsNumber(value)) {
        sv_text number = { 0 };
        sv_json_add_double(&number, value->valuedouble);
        cut(number.data ? number.data : "a number", text);
        sv_text_free(&number);
        return text;
    }
    char *printed = cJSON_PrintUnformatted(value);
    cut(printed ? printed : "a value", text);
    cJSON_free(printed);
    return text;
}

const char *sv_json_key(const char *key, char text[SV_JSON_TEXT])
{
    bool plain = *key && strlen(key) < 40;
    for (const char *c = key; *c && plain; c++) plain = isalnum((unsigned char)*c) || strchr("_$-", *c);
    if (plain) {
        memcpy(text, key, strlen(key) + 1);
        return text;
    }
    sv_text quoted = { 0 };
    sv_json_add_string(&quoted, key);
    cut(quoted.data ? quoted.data : "a key", text);
    sv_text_free(&quoted);
    return text;
}

void sv_json_add_string(sv_text *t, const char *s)
{
    sv_text_bytes(t, "\"", 1);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') sv_text_bytes(t, "\\", 1), sv_text_bytes(t, s, 1);
        else if (*s == '\n') sv_text_bytes(t, "\\n", 2);
        else if (*s == '\t') sv_text_bytes(t, "\\t", 2);
        else if ((unsigned char)*s < 0x20) sv_text_add(t, "\\u%04x", (unsigned)*s);
        else sv_text_bytes(t, s, 1);
    }
    sv_text_bytes(t, "\"", 1);
}

static void add_number(sv_text *t, double value, bool single)
{
    char text[40];
    if (!isfinite(value)) {
        sv_text_bytes(t, "null", 4);
        return;
    }
    numerals n = plain_numerals();
    bool whole = fabs(value) < 1e17 && value == floor(value);
    if (whole) snprintf(text, sizeof text, "%.0f", value + 0.0);
    for (int digits = 1; digits <= 17 && !whole; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) break;
    }
    restore_numerals(n);
    sv_text_bytes(t, text, strlen(text));
}

void sv_json_add_float(sv_text *t, float value)
{
    add_number(t, (double)value, true);
}

void sv_json_add_double(sv_text *t, double value)
{
    add_number(t, value, false);
}
