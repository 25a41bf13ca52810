/* One JSON object through an argument table (base/args.h) into its struct, strictly: unknown, repeated and missing keys, wrong
 * types and numbers out of range are errors. Every message begins with the key: `strides: expected ..., got "two"`. */
#ifndef SV_CONFIG_READER_H
#define SV_CONFIG_READER_H
#include "base/args.h"
#include "config/json.h"

/* Reads `object` into the zeroed struct `args`. `besides` are keys that the caller reads itself (NULL: none); `who` takes
 * the arguments ("Conv2D") and is named in messages. An explicit zero of a float becomes -0.0f. NULL is an empty table. */
sv_status sv_read_args(const cJSON *object, const sv_arg *table, const char *const *besides, const char *who, void *args,
                       sv_fault *fault);

/* One value. null stands for a default that no number says (arguments with a fallback_text, initializers, ...). */
sv_status sv_read_value(const cJSON *value, const sv_arg *arg, void *field, sv_fault *fault);

/* Something with a type of its own, written as its name or as {"type": name, ...}: the index of the name in `names` (empty
 * ones are skipped). `what` is its kind in messages: "activation". */
sv_status sv_read_type(const cJSON *value, const char *key, const char *what, const char *const *names, int *index, sv_fault *fault);

/* A whole number from `least` to `most`. */
sv_status sv_read_whole(const cJSON *value, double least, double most, int64_t *number);

/* Refuses an object that gives a key twice. */
sv_status sv_refuse_repeats(const cJSON *object, sv_fault *fault);

/* The faults of an unknown key, with the nearest of `known` or all of them, and of a value of the wrong type. */
sv_status sv_fail_unknown_key(const char *key, const char *const *known, const char *who, sv_fault *fault);
sv_status sv_fail_type(const char *key, const char *wanted, const cJSON *got, sv_fault *fault);

/* Whether null may stand for this argument's default. */
bool sv_takes_null(const sv_arg *arg);

/* Values of several numbers or with a type of their own; null is dealt with before. (values.c, named.c) */
sv_status sv_read_sides(const cJSON *value, const sv_arg *arg, sv_sides *sides, sv_fault *fault);
sv_status sv_read_padding(const cJSON *value, const sv_arg *arg, sv_padding *padding, sv_fault *fault);
sv_status sv_read_output_padding(const cJSON *value, const sv_arg *arg, sv_output_padding *padding, sv_fault *fault);
sv_status sv_read_shape(const cJSON *value, const sv_arg *arg, sv_shape *shape, sv_fault *fault);
sv_status sv_read_activation(const cJSON *value, const sv_arg *arg, sv_activation *activation, sv_fault *fault);
sv_status sv_read_initializer(const cJSON *value, const sv_arg *arg, sv_initializer *initializer, sv_fault *fault);
/* `inner` is the field of that name in the sv_initializer that gets the arguments. */
sv_status sv_read_inner(const cJSON *value, const sv_arg *arg, sv_initializer_type *inner, sv_fault *fault);
sv_status sv_read_regularizer(const cJSON *value, const sv_arg *arg, sv_regularizer *regularizer, sv_fault *fault);
sv_status sv_read_schedule(const cJSON *value, const sv_arg *arg, sv_schedule *schedule, sv_fault *fault);

/* The arguments of a regularizer (over sv_regularizer). */
extern const sv_arg sv_regularizer_table[];

#endif
