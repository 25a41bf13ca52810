/* Argument tables. One table per operator, loss, optimizer, ... is read by the config reader, by `selvage ops`, by the
 * JSON schema and by the checks of the C builders, so a key exists in one place only. */
#ifndef SV_BASE_ARGS_H
#define SV_BASE_ARGS_H
#include "base/status.h"

typedef enum sv_arg_type {
    SV_ARG_INT,            /* int */
    SV_ARG_LONG,           /* int64_t */
    SV_ARG_FLOAT,          /* float; -0.0f stands for a real zero until sv_args_complete */
    SV_ARG_DOUBLE,         /* double, likewise */
    SV_ARG_SWITCH,         /* sv_switch; JSON true/false */
    SV_ARG_ENUM,           /* int; JSON: the index in `names` (a NULL name is skipped) */
    SV_ARG_PAIR,           /* int[2]; JSON: n or [h, w] */
    SV_ARG_OUTPUT_PADDING, /* sv_output_padding; JSON: null, n or [h, w] */
    SV_ARG_PADDING,        /* sv_padding; JSON: "same", "valid", p, [ph, pw] or [[top, bottom], [left, right]] */
    SV_ARG_SIDES,          /* sv_sides; SV_NO_SIDES until sv_args_complete; JSON: p, [ph, pw] or [[top, bottom], [left, right]] */
    SV_ARG_SHAPE,          /* sv_shape; JSON: 1 to 3 whole numbers, -1 allowed once */
    SV_ARG_ACTIVATION,     /* sv_activation; JSON: name or {"type": name, ...} */
    SV_ARG_INITIALIZER,    /* sv_initializer; likewise */
    SV_ARG_INNER,          /* sv_initializer_type of an initializer in an initializer, whose arguments go to the struct around; likewise */
    SV_ARG_REGULARIZER,    /* sv_regularizer; JSON: "l1", "l2", "l1_l2" (0.01 each) or {"l1": x, "l2": y} */
    SV_ARG_SCHEDULE,       /* sv_schedule; JSON: name or {"type": name, ...} */
    SV_ARG_DIALECT         /* sv_dialect; JSON: "keras" or "torch" */
} sv_arg_type;

typedef struct sv_arg {
    const char *key;   /* the word in JSON; NULL ends the table */
    sv_arg_type type;
    size_t offset;     /* of the field in the argument struct */
    bool required;
    double minimum, maximum;  /* of numbers; checked where minimum < maximum, both allowed */
    double fallback, fallback_torch; /* the default per dialect of numbers, pairs, sides and switches (1 on, 0 off); fallback_torch NAN: the same */
    const char *const *names; /* of an enum, NULL-terminated */
    const char *fallback_text; /* how to print the default where a number does not say it: "as pool_size" */
    const char *doc;   /* one line */
} sv_arg;

/* Fills the fields left zero with their defaults for `dialect` (or the struct's own dialect field, where the table has
 * one and it is set, else sets it), turns -0.0f and SV_NO_SIDES into zeros, SV_DEFAULT into on or off. */
void sv_args_complete(const sv_arg *table, void *args, sv_dialect dialect);

/* Range check of completed args; the message begins with the key: "strides: expected an integer >= 1, got 0". A zero left in
 * a field whose default is only described (fallback 0, a fallback_text) is none of its business. */
sv_status sv_args_check(const sv_arg *table, const void *args, sv_fault *fault);

/* "an integer >= 1", "a number from 0 to 1", "one of same, valid, ...": what this argument wants, into `text`. */
const char *sv_arg_wanted(const sv_arg *arg, char *text, size_t size);

/* "keras", "torch" (and "" for the default), indexed by sv_dialect; NULL-terminated lists for SV_ARG_ENUM start at index 0. */
extern const char *const sv_dialect_names[];

#endif
