/* Text that grows, and the nearest known name to a wrong one. */
#ifndef SV_BASE_TEXT_H
#define SV_BASE_TEXT_H
#include <stdbool.h>
#include <stddef.h>

/* A growing string. Start from {0}; `failed` is set once memory ran out and stays set. Free with sv_text_free. */
typedef struct sv_text {
    char *data; /* NUL-terminated once anything was added */
    size_t length, capacity;
    bool failed;
} sv_text;

void sv_text_add(sv_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sv_text_bytes(sv_text *t, const void *bytes, size_t count);
/* `words` on lines of at most `width` columns where they break at spaces; lines after the first begin with `indent` spaces. The
 * first goes on after what the last line holds. */
void sv_text_wrap(sv_text *t, int width, int indent, const char *words);
void sv_text_free(sv_text *t);

/* Number of single-letter edits (insert, delete, replace, swap of neighbours), case ignored. */
int sv_edit_distance(const char *a, const char *b);

/* The name in the NULL-terminated list nearest to `wrong`, or NULL where none is near. */
const char *sv_nearest(const char *wrong, const char *const *names);

#endif
