#include "base/shape.h"
#include <stdio.h>

sv_shape sv_shape1(int64_t units)
{
    return (sv_shape){ 1, { units } };
}

sv_shape sv_shape3(int64_t height, int64_t width, int64_t channels)
{
    return (sv_shape){ 3, { height, width, channels } };
}

sv_shape sv_shape4(int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (sv_shape){ 4, { a, b, c, d } };
}

int64_t sv_shape_count(const sv_shape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] < 1 || n > ((int64_t)1 << 40) / s->dim[i]) return -1;
        n *= s->dim[i];
    }
    return n;
}

bool sv_shape_equal(const sv_shape *a, const sv_shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

int64_t sv_shape_channels(const sv_shape *s)
{
    return s->rank ? s->dim[s->rank - 1] : 0;
}

const char *sv_shape_text(const sv_shape *s, char *text)
{
    size_t at = 0;
    text[at++] = '[';
    for (int i = 0; i < s->rank; i++)
        at += (size_t)snprintf(text + at, SV_SHAPE_TEXT - at, "%s%lld", i ? "," : "", (long long)s->dim[i]);
    snprintf(text + at, SV_SHAPE_TEXT - at, "]");
    return text;
}
