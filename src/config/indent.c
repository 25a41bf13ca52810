#include "config/writer.h"
#include <string.h>

enum { LINE = 120 };

/* The end of the value at s: past its closing bracket, or before the comma or bracket that ends a scalar. */
static const char *value_end(const char *s)
{
    int depth = 0;
    for (bool quoted = false; *s; s++) {
        if (quoted && *s == '\\') {
            s++;
            continue;
        }
        if (*s == '"') quoted = !quoted;
        if (quoted) continue;
        if (*s == '{' || *s == '[') depth++;
        if (depth == 0 && strchr(",}]", *s)) return s;
        if ((*s == '}' || *s == ']') && --depth == 0) return s + 1;
    }
    return s;
}

/* One value on one line, with a blank after each comma and colon. */
static void inline_value(sv_text *out, const char *s, const char *end)
{
    for (bool quoted = false; s < end; s++) {
        sv_text_bytes(out, s, 1);
        if (quoted && *s == '\\') {
            sv_text_bytes(out, ++s, 1);
            continue;
        }
        if (*s == '"') quoted = !quoted;
        if (!quoted && (*s == ',' || *s == ':')) sv_text_bytes(out, " ", 1);
    }
}

static void new_line(sv_text *out, int level)
{
    sv_text_bytes(out, "\n", 1);
    for (int i = 0; i < level; i++) sv_text_bytes(out, "  ", 2);
}

static void indent(sv_text *out, const char *s, int level);

/* The members between brackets, each on a line of its own. */
static void break_value(sv_text *out, const char *s, const char *end, int level)
{
    bool object = *s == '{';
    sv_text_bytes(out, s++, 1);
    while (s < end - 1) {
        new_line(out, level + 1);
        if (object) {
            const char *colon = s + 1;
            for (; *colon != '"'; colon++) colon += *colon == '\\';
            inline_value(out, s, colon + 2);
            s = colon + 2;
        }
        indent(out, s, level + 1);
        s = value_end(s);
        if (*s == ',') sv_text_bytes(out, s++, 1);
    }
    new_line(out, level);
    sv_text_bytes(out, end - 1, 1);
}

static void indent(sv_text *out, const char *s, int level)
{
    const char *end = value_end(s);
    bool fits = 2 * level + (end - s) <= LINE;
    bool nested = (*s == '{' || *s == '[') && end - s > 2;
    if (nested && (!fits || level == 0)) break_value(out, s, end, level);
    else inline_value(out, s, end);
}

void sv_json_indent(sv_text *out, const char *compact)
{
    indent(out, compact, 0);
    sv_text_bytes(out, "\n", 1);
}
