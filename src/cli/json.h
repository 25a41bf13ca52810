/* Writing JSON for --json. */
#ifndef SV_CLI_JSON_H
#define SV_CLI_JSON_H
#include "base/text.h"

/* A quoted string; a number in nine digits, null where it is not finite. */
void sv_put_string(sv_text *t, const char *s);
void sv_put_number(sv_text *t, double value);
/* Prints the text to standard output with a line end and frees it; false where memory ran out while it was written. */
bool sv_put_out(sv_text *t);

#endif
