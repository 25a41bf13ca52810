#include "base/text.h"
#include "base/memory.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool room(sv_text *t, size_t more)
{
    if (t->failed) return false;
    char *p = sv_grow(t->data, &t->capacity, t->length + more + 1, 1);
    if (!p) {
        t->failed = true;
        return false;
    }
    t->data = p;
    return true;
}

void sv_text_add(sv_text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && room(t, (size_t)n)) {
        vsnprintf(t->data + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

void sv_text_bytes(sv_text *t, const void *bytes, size_t count)
{
    if (!room(t, count)) return;
    memcpy(t->data + t->length, bytes, count);
    t->length += count;
    t->data[t->length] = '\0';
}

static size_t column_of(const sv_text *t)
{
    size_t begin = t->length;
    while (begin > 0 && t->data[begin - 1] != '\n') begin--;
    return t->length - begin;
}

void sv_text_wrap(sv_text *t, int width, int indent, const char *words)
{
    size_t column = column_of(t);
    bool begun = column == 0 || t->data[t->length - 1] == ' ';
    while (*words) {
        size_t word = strcspn(words, " ");
        if (!begun && column + 1 + word > (size_t)width) {
            sv_text_add(t, "\n%*s", indent, "");
            column = (size_t)indent;
        } else if (!begun) {
            sv_text_add(t, " ");
            column++;
        }
        sv_text_bytes(t, words, word);
        column += word;
        words += word;
        words += strspn(words, " ");
        begun = false;
    }
}

void sv_text_free(sv_text *t)
{
    sv_free(t->data);
    *t = (sv_text){ 0 };
}

enum { LONGEST = 64 };

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment over three rows of the table. */
int sv_edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST) return LONGEST;
    int rows[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) && tolower((unsigned char)a[i - 2]) == cb)
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *sv_nearest(const char *wrong, const char *const *names)
{
    const char *best = NULL;
    int fewest = (int)strlen(wrong) / 2 + 1;
    for (; *names; names++) {
        int d = sv_edit_distance(wrong, *names);
        if (d < fewest) fewest = d, best = *names;
    }
    return best;
}
