#include "base/args.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const sv_dialect_names[] = { "", "keras", "torch", NULL };

static double fallback(const sv_arg *a, sv_dialect dialect)
{
    return dialect == SV_TORCH && !isnan(a->fallback_torch) ? a->fallback_torch : a->fallback;
}

static sv_dialect own_dialect(const sv_arg *table, char *args, sv_dialect dialect)
{
    for (const sv_arg *a = table; a->key; a++) {
        if (a->type != SV_ARG_DIALECT) continue;
        sv_dialect *d = (sv_dialect *)(void *)(args + a->offset);
        if (*d == SV_DIALECT_DEFAULT) *d = dialect;
        return *d;
    }
    return dialect;
}

static void complete_float(float *v, double value)
{
    if (*v == 0) *v = signbit(*v) ? 0 : (float)value;
}

static void complete_double(double *v, double value)
{
    if (*v == 0) *v = signbit(*v) ? 0 : value;
}

static void complete_sides(sv_sides *s, int value)
{
    static const sv_sides none = { INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN }, absent;
    if (memcmp(s, &none, sizeof none) == 0)
        *s = absent;
    else if (memcmp(s, &absent, sizeof absent) == 0)
        *s = (sv_sides){ value, value, value, value };
}

static void complete_one(const sv_arg *a, char *field, double value)
{
    int *pair = (int *)(void *)field;
    sv_switch *s = (sv_switch *)(void *)field;
    switch (a->type) {
    case SV_ARG_INT:
        if (*pair == 0) *pair = (int)value;
        break;
    case SV_ARG_LONG:
        if (*(int64_t *)(void *)field == 0) *(int64_t *)(void *)field = (int64_t)value;
        break;
    case SV_ARG_FLOAT:
        complete_float((float *)(void *)field, value);
        break;
    case SV_ARG_DOUBLE:
        complete_double((double *)(void *)field, value);
        break;
    case SV_ARG_SWITCH:
        if (*s == SV_DEFAULT) *s = value != 0 ? SV_ON : SV_OFF;
        break;
    case SV_ARG_PAIR:
        for (int i = 0; i < 2; i++)
            if (pair[i] == 0) pair[i] = (int)value;
        break;
    case SV_ARG_SIDES:
        complete_sides((sv_sides *)(void *)field, (int)value);
        break;
    default:
        break;
    }
}

void sv_args_complete(const sv_arg *table, void *args, sv_dialect dialect)
{
    if (!table) return;
    char *base = args;
    dialect = own_dialect(table, base, dialect);
    for (const sv_arg *a = table; a->key; a++) complete_one(a, base + a->offset, fallback(a, dialect));
}

static bool inside(const sv_arg *a, double v)
{
    return !isnan(v) && (!(a->minimum < a->maximum) || (v >= a->minimum && v <= a->maximum));
}

static bool whole(const sv_arg *a)
{
    return a->type == SV_ARG_INT || a->type == SV_ARG_LONG || a->type == SV_ARG_PAIR;
}

const char *sv_arg_wanted(const sv_arg *a, char *text, size_t size)
{
    const char *kind = whole(a) ? "an integer" : "a number";
    const char *pair = a->type == SV_ARG_PAIR ? " or a pair [h, w] of them" : "";
    size_t at = 0;
    switch (a->type) {
    case SV_ARG_SWITCH: snprintf(text, size, "true or false"); break;
    case SV_ARG_OUTPUT_PADDING: snprintf(text, size, "null, an integer >= 0 or [h, w]"); break;
    case SV_ARG_PADDING: snprintf(text, size, "\"same\", \"valid\", p, [ph, pw] or [[top, bottom], [left, right]]"); break;
    case SV_ARG_SIDES: snprintf(text, size, "p, [ph, pw] or [[top, bottom], [left, right]]"); break;
    case SV_ARG_SHAPE: snprintf(text, size, "a list of 1 to 3 integers >= 1, one of which may be -1"); break;
    case SV_ARG_ACTIVATION: snprintf(text, size, "an activation's name or {\"type\": name, ...}"); break;
    case SV_ARG_INITIALIZER:
    case SV_ARG_INNER: snprintf(text, size, "an initializer's name or {\"type\": name, ...}"); break;
    case SV_ARG_REGULARIZER: snprintf(text, size, "\"l1\", \"l2\", \"l1_l2\" or {\"l1\": x, \"l2\": y}"); break;
    case SV_ARG_SCHEDULE: snprintf(text, size, "a schedule's name or {\"type\": name, ...}"); break;
    case SV_ARG_DIALECT: snprintf(text, size, "\"keras\" or \"torch\""); break;
    case SV_ARG_ENUM:
        at = (size_t)snprintf(text, size, "one of");
        for (int i = 0; a->names[i] && at < size; i++)
            if (a->names[i][0]) at += (size_t)snprintf(text + at, size - at, "%s \"%s\"", at > 6 ? "," : "", a->names[i]);
        break;
    default:
        if (!(a->minimum < a->maximum)) snprintf(text, size, "%s%s", kind, pair);
        else if (a->maximum >= 1e9) snprintf(text, size, "%s >= %.9g%s", kind, a->minimum, pair);
        else snprintf(text, size, "%s from %.9g to %.9g%s", kind, a->minimum, a->maximum, pair);
    }
    return text;
}

/* Zero below the range, where there is no default to put in its place: the owner of the table knows it ("as pool_size"). */
static bool left_open(const sv_arg *a, double v)
{
    return v == 0 && !a->required && a->fallback == 0 && a->fallback_text;
}

static sv_status refuse(const sv_arg *a, double got, sv_fault *fault)
{
    char wanted[512];
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected %s, got %.9g", a->key, sv_arg_wanted(a, wanted, sizeof wanted), got);
}

sv_status sv_args_check(const sv_arg *table, const void *args, sv_fault *fault)
{
    if (!table) return SV_OK;
    for (const sv_arg *a = table; a->key; a++) {
        const char *field = (const char *)args + a->offset;
        const int *pair = (const int *)(const void *)field;
        double v[2] = { 0, 0 };
        int n = 0;
        if (a->type == SV_ARG_INT) v[n++] = *pair;
        if (a->type == SV_ARG_LONG) v[n++] = (double)*(const int64_t *)(const void *)field;
        if (a->type == SV_ARG_FLOAT) v[n++] = *(const float *)(const void *)field;
        if (a->type == SV_ARG_DOUBLE) v[n++] = *(const double *)(const void *)field;
        if (a->type == SV_ARG_PAIR) v[n++] = pair[0], v[n++] = pair[1];
        for (int i = 0; i < n; i++)
            if (!left_open(a, v[i]) && !inside(a, v[i])) return refuse(a, v[i], fault);
    }
    return SV_OK;
}
