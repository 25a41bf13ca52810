/* Argument structs back to compact JSON, every key given: the inverse of reader.h. */
#ifndef SV_CONFIG_WRITER_H
#define SV_CONFIG_WRITER_H
#include "base/args.h"
#include "config/json.h"

/* Appends `"key":value` for each argument, a comma before each. `args` (of `size` bytes) is as it was read: defaults of
 * `dialect` (or the struct's own) are filled into a copy. Short memory sets out->failed. */
void sv_write_args(sv_text *out, const sv_arg *table, const void *args, size_t size, sv_dialect dialect);

/* One value, printed as it is. */
void sv_write_value(sv_text *out, const sv_arg *arg, const void *field, sv_dialect dialect);

/* Whether one of the arguments is a dialect. */
bool sv_names_dialect(const sv_arg *table);

/* Appends compact JSON with line breaks and two blanks a level; lists and objects that fit a line stay on it. */
void sv_json_indent(sv_text *out, const char *compact);

#endif
