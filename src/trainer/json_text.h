/* Pieces of JSON that the tables of this folder are written with. */
#ifndef SV_TRAINER_JSON_TEXT_H
#define SV_TRAINER_JSON_TEXT_H
#include "base/text.h"

/* A quoted string. */
void sv_json_put_text(sv_text *out, const char *text);
/* "key": value in nine digits, null where it is not finite. */
void sv_json_put_number(sv_text *out, const char *key, double value);

#endif
