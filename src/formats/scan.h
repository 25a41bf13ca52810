/* A scanner for the small, fixed headers of file formats: it reads bytes from anybody and stops at the first that does not fit,
 * saying where. Spaces, tabs and line ends are skipped before each item. */
#ifndef SV_FORMATS_SCAN_H
#define SV_FORMATS_SCAN_H
#include "base/text.h"
#include "base/status.h"

typedef struct sv_scanner {
    const char *begin, *at, *end;
    sv_fault *fault;
} sv_scanner;

/* The fault "header byte 12: expected <what>, found '}'" at the present place. */
sv_status sv_scan_expected(const sv_scanner *s, const char *what);

void sv_scan_space(sv_scanner *s);
/* Whether `c` comes next; then it is taken. */
bool sv_scan_took(sv_scanner *s, char c);
/* The same where nothing else may come. */
sv_status sv_scan_take(sv_scanner *s, char c, const char *what);

/* A JSON string of valid UTF-8 without NUL, escapes resolved, into new memory (sv_free). */
sv_status sv_scan_string(sv_scanner *s, char **string);
/* A whole number from 0 to 2^53, without sign, exponent or leading zeros. */
sv_status sv_scan_number(sv_scanner *s, int64_t *value);
/* [n, n, ...] of at most `room` numbers. */
sv_status sv_scan_numbers(sv_scanner *s, int64_t *value, int room, int *count);

/* Length of the UTF-8 sequence at p (RFC 3629: shortest form, no surrogates, up to U+10FFFF); 0 where it is none. */
size_t sv_utf8_length(const unsigned char *p, size_t left);

#endif
