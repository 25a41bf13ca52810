/* Pieces of JSON that the artifacts' writers share. */
#ifndef SV_ARTIFACTS_JSON_H
#define SV_ARTIFACTS_JSON_H
#include "base/text.h"

/* "key": value and what follows it; null where the value is not finite. */
void sv_json_number(sv_text *out, const char *key, double value, const char *after);

/* {"top": .., "bottom": .., "left": .., "right": ..}. */
void sv_json_sides(sv_text *out, const int value[4]);

#endif
