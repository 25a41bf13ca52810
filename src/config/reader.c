#include "config/reader.h"
#include <limits.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_KEYS = 64 };

sv_status sv_fail_type(const char *key, const char *wanted, const cJSON *got, sv_fault *fault)
{
    char text[SV_JSON_TEXT];
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected %s, got %s", key, wanted, sv_json_describe(got, text));
}

static sv_status fail_value(const sv_arg *arg, const cJSON *got, sv_fault *fault)
{
    char wanted[512];
    return sv_fail_type(arg->key, sv_arg_wanted(arg, wanted, sizeof wanted), got, fault);
}

sv_status sv_fail_unknown_key(const char *key, const char *const *known, const char *who, sv_fault *fault)
{
    char name[SV_JSON_TEXT], list[640] = "";
    sv_json_key(key, name);
    const char *near = sv_nearest(key, known);
    if (near) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: unknown key; did you mean \"%s\"?", name, near);
    if (!known[0]) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: unknown key; %s takes none", name, who);
    for (size_t at = 0; *known && at < sizeof list; known++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "", *known);
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: unknown key; %s takes %s", name, who, list);
}

sv_status sv_refuse_repeats(const cJSON *object, sv_fault *fault)
{
    char name[SV_JSON_TEXT];
    for (const cJSON *a = object->child; a; a = a->next)
        for (const cJSON *b = object->child; b != a; b = b->next)
            if (strcmp(a->string, b->string) == 0)
                return sv_fail(fault, SV_BAD_ARGUMENT, "%s: given twice; expected each key once", sv_json_key(a->string, name));
    return SV_OK;
}

static bool among(const char *key, const char *const *list)
{
    for (; list && *list; list++)
        if (strcmp(key, *list) == 0) return true;
    return false;
}

static const sv_arg *find(const sv_arg *table, const char *key)
{
    for (; table && table->key; table++)
        if (strcmp(table->key, key) == 0) return table;
    return NULL;
}

static sv_status refuse_unknown(const char *key, const sv_arg *table, const char *const *besides, const char *who, sv_fault *fault)
{
    const char *known[MOST_KEYS + 1] = { NULL };
    int n = 0;
    for (; table && table->key && n < MOST_KEYS; table++) known[n++] = table->key;
    for (; besides && *besides && n < MOST_KEYS; besides++) known[n++] = *besides;
    return sv_fail_unknown_key(key, known, who, fault);
}

/* In these structs a whole 0 stands for the default; where that is another number, an explicit 0 would be lost. */
static sv_status refuse_lost_zero(const cJSON *value, const sv_arg *arg, sv_fault *fault)
{
    bool whole = arg->type == SV_ARG_INT || arg->type == SV_ARG_LONG || arg->type == SV_ARG_PAIR;
    if (!whole || arg->fallback == 0) return SV_OK;
    bool zero = cJSON_IsNumber(value) && value->valuedouble == 0;
    for (const cJSON *v = value->child; v; v = v->next) zero = zero || v->valuedouble == 0;
    char wanted[512];
    if (!zero) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected %s but not 0, got 0", arg->key, sv_arg_wanted(arg, wanted, sizeof wanted));
}

sv_status sv_read_args(const cJSON *object, const sv_arg *table, const char *const *besides, const char *who, void *args,
                       sv_fault *fault)
{
    sv_status status = sv_refuse_repeats(object, fault);
    for (const cJSON *v = object->child; v && status == SV_OK; v = v->next) {
        const sv_arg *arg = find(table, v->string);
        if (arg) status = sv_read_value(v, arg, (char *)args + arg->offset, fault);
        if (arg && status == SV_OK) status = refuse_lost_zero(v, arg, fault);
        if (!arg && !among(v->string, besides)) status = refuse_unknown(v->string, table, besides, who, fault);
    }
    char wanted[512];
    for (const sv_arg *arg = table; arg && arg->key && status == SV_OK; arg++)
        if (arg->required && !cJSON_GetObjectItemCaseSensitive(object, arg->key))
            status = sv_fail(fault, SV_BAD_ARGUMENT, "%s: missing; %s needs %s", arg->key, who,
                             sv_arg_wanted(arg, wanted, sizeof wanted));
    return status;
}

static bool in_range(const sv_arg *arg, double v)
{
    return !(arg->minimum < arg->maximum) || (v >= arg->minimum && v <= arg->maximum);
}

sv_status sv_read_whole(const cJSON *value, double least, double most, int64_t *number)
{
    double v = value->valuedouble;
    if (!cJSON_IsNumber(value) || !(v >= least && v <= most) || v != floor(v)) return SV_BAD_ARGUMENT;
    *number = (int64_t)v;
    return SV_OK;
}

/* A whole number of the argument's range that also fits its type; a message of its own where only the latter fails. */
static sv_status read_whole(const cJSON *value, const sv_arg *arg, double largest, int64_t *number, sv_fault *fault)
{
    double v = value->valuedouble;
    if (!cJSON_IsNumber(value) || !in_range(arg, v) || (isfinite(v) && v != floor(v))) return fail_value(arg, value, fault);
    if (sv_read_whole(value, -largest, largest, number) == SV_OK) return SV_OK;
    char text[SV_JSON_TEXT];
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected a whole number up to %.0f, got %s", arg->key, largest,
                   sv_json_describe(value, text));
}

static sv_status read_int(const cJSON *value, const sv_arg *arg, int *field, sv_fault *fault)
{
    int64_t n = 0;
    sv_status status = read_whole(value, arg, INT_MAX, &n, fault);
    if (status == SV_OK) *field = (int)n;
    return status;
}

/* Doubles too stay within the floats that they end up as. */
static sv_status read_double(const cJSON *value, const sv_arg *arg, double *field, sv_fault *fault)
{
    double v = value->valuedouble;
    if (!cJSON_IsNumber(value) || !in_range(arg, v)) return fail_value(arg, value, fault);
    char text[SV_JSON_TEXT];
    if (!(fabs(v) <= (double)FLT_MAX))
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected a number that fits a 32-bit float, got %s", arg->key,
                       sv_json_describe(value, text));
    *field = v == 0 ? -0.0 : v;
    return SV_OK;
}

static sv_status read_float(const cJSON *value, const sv_arg *arg, float *field, sv_fault *fault)
{
    double v = 0;
    if (read_double(value, arg, &v, fault) != SV_OK) return SV_BAD_ARGUMENT;
    *field = (float)v;
    if (*field == 0) *field = -0.0f;
    return SV_OK;
}

static sv_status read_enum(const cJSON *value, const sv_arg *arg, int *field, sv_fault *fault)
{
    if (!cJSON_IsString(value)) return fail_value(arg, value, fault);
    for (int i = 0; arg->names[i]; i++)
        if (arg->names[i][0] && strcmp(arg->names[i], value->valuestring) == 0) {
            *field = i;
            return SV_OK;
        }
    return fail_value(arg, value, fault);
}

static sv_status read_pair(const cJSON *value, const sv_arg *arg, int pair[2], sv_fault *fault)
{
    int64_t n[2] = { 0, 0 };
    bool list = cJSON_IsArray(value), two = list && cJSON_GetArraySize(value) == 2;
    for (int i = 0; i < 2; i++) {
        const cJSON *one = two ? cJSON_GetArrayItem(value, i) : value;
        if ((list && !two) || !cJSON_IsNumber(one) || !in_range(arg, one->valuedouble) ||
            sv_read_whole(one, INT_MIN, INT_MAX, &n[i]) != SV_OK)
            return fail_value(arg, value, fault);
    }
    pair[0] = (int)n[0], pair[1] = (int)n[1];
    return SV_OK;
}

static sv_status read_dialect(const cJSON *value, const sv_arg *arg, sv_dialect *dialect, sv_fault *fault)
{
    for (int d = SV_KERAS; d <= SV_TORCH && cJSON_IsString(value); d++)
        if (strcmp(value->valuestring, sv_dialect_names[d]) == 0) {
            *dialect = (sv_dialect)d;
            return SV_OK;
        }
    return fail_value(arg, value, fault);
}

bool sv_takes_null(const sv_arg *arg)
{
    switch (arg->type) {
    case SV_ARG_OUTPUT_PADDING:
    case SV_ARG_ACTIVATION:
    case SV_ARG_INITIALIZER:
    case SV_ARG_INNER:
    case SV_ARG_REGULARIZER:
    case SV_ARG_SCHEDULE:
    case SV_ARG_DIALECT: return true;
    case SV_ARG_ENUM: return arg->names[0] && !arg->names[0][0] && !arg->required;
    default: return arg->fallback_text != NULL && !arg->required;
    }
}

sv_status sv_read_value(const cJSON *value, const sv_arg *arg, void *field, sv_fault *fault)
{
    if (cJSON_IsNull(value) && sv_takes_null(arg)) return SV_OK;
    switch (arg->type) {
    case SV_ARG_INT: return read_int(value, arg, field, fault);
    case SV_ARG_LONG: return read_whole(value, arg, SV_JSON_WHOLE, field, fault);
    case SV_ARG_FLOAT: return read_float(value, arg, field, fault);
    case SV_ARG_DOUBLE: return read_double(value, arg, field, fault);
    case SV_ARG_SWITCH:
        if (!cJSON_IsBool(value)) return fail_value(arg, value, fault);
        *(sv_switch *)field = cJSON_IsTrue(value) ? SV_ON : SV_OFF;
        return SV_OK;
    case SV_ARG_ENUM: return read_enum(value, arg, field, fault);
    case SV_ARG_PAIR: return read_pair(value, arg, field, fault);
    case SV_ARG_OUTPUT_PADDING: return sv_read_output_padding(value, arg, field, fault);
    case SV_ARG_PADDING: return sv_read_padding(value, arg, field, fault);
    case SV_ARG_SIDES: return sv_read_sides(value, arg, field, fault);
    case SV_ARG_SHAPE: return sv_read_shape(value, arg, field, fault);
    case SV_ARG_ACTIVATION: return sv_read_activation(value, arg, field, fault);
    case SV_ARG_INITIALIZER: return sv_read_initializer(value, arg, field, fault);
    case SV_ARG_INNER: return sv_read_inner(value, arg, field, fault);
    case SV_ARG_REGULARIZER: return sv_read_regularizer(value, arg, field, fault);
    case SV_ARG_SCHEDULE: return sv_read_schedule(value, arg, field, fault);
    case SV_ARG_DIALECT: return read_dialect(value, arg, field, fault);
    }
    return SV_OK;
}
