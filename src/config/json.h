/* JSON text <-> trees. The one file that includes cJSON; the rest of this folder includes this. */
#ifndef SV_CONFIG_JSON_H
#define SV_CONFIG_JSON_H
#include <cJSON.h>
#include "base/status.h"
#include "base/text.h"

/* Deepest nesting that is read, and the largest text: no configuration comes near. */
enum { SV_JSON_DEPTH = 64, SV_JSON_BYTES = 16 << 20 };

/* Whole numbers beyond this lose digits in a double. */
#define SV_JSON_WHOLE 9007199254740991.0

/* A tree of `size` bytes of UTF-8 text, numbers read with a decimal point whatever the locale (free with cJSON_Delete). Faults
 * read "line 3, column 7: ...". */
sv_status sv_json_parse(const char *text, size_t size, cJSON **tree, sv_fault *fault);

/* Puts `made` in the place of `value`, which keeps its key and its neighbours. Consumes `made`; cannot fail. */
void sv_json_replace(cJSON *value, cJSON *made);

/* What a value is, for messages: "two" in quotes, 2.5, true, [1,2] cut to a line, or "an object". Returns text. */
enum { SV_JSON_TEXT = 80 };
const char *sv_json_describe(const cJSON *value, char text[SV_JSON_TEXT]);

/* A key as a part of a path: itself, or quoted and cut where it holds anything but letters, digits and _$-. Returns text. */
const char *sv_json_key(const char *key, char text[SV_JSON_TEXT]);

/* Appends a quoted string, and a number in the fewest digits that read back as the same float (or double). */
void sv_json_add_string(sv_text *t, const char *s);
void sv_json_add_float(sv_text *t, float value);
void sv_json_add_double(sv_text *t, double value);

#endif
