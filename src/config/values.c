/* Values of several numbers: paddings, sides, shapes. */
#include "config/reader.h"
#include <limits.h>
#include <string.h>

static sv_status fail_value(const sv_arg *arg, const cJSON *got, sv_fault *fault)
{
    char wanted[512];
    return sv_fail_type(arg->key, sv_arg_wanted(arg, wanted, sizeof wanted), got, fault);
}

/* A number of pixels within the argument's range; at least 0 where it has none. */
static bool read_pixels(const cJSON *value, const sv_arg *arg, int *pixels)
{
    bool ranged = arg->minimum < arg->maximum;
    double most = ranged && arg->maximum < INT_MAX ? arg->maximum : INT_MAX;
    int64_t n = 0;
    if (sv_read_whole(value, ranged ? arg->minimum : 0, most, &n) != SV_OK) return false;
    *pixels = (int)n;
    return true;
}

/* n or a list of two. */
static bool read_two(const cJSON *value, const sv_arg *arg, int two[2])
{
    if (!cJSON_IsArray(value)) {
        if (!read_pixels(value, arg, &two[0])) return false;
        two[1] = two[0];
        return true;
    }
    return cJSON_GetArraySize(value) == 2 && read_pixels(cJSON_GetArrayItem(value, 0), arg, &two[0]) &&
           read_pixels(cJSON_GetArrayItem(value, 1), arg, &two[1]);
}

/* p, [ph, pw] or [[top, bottom], [left, right]]. */
static bool read_four(const cJSON *value, const sv_arg *arg, sv_sides *s)
{
    int rows[2] = { 0, 0 }, columns[2] = { 0, 0 };
    const cJSON *first = cJSON_IsArray(value) ? value->child : NULL;
    if (cJSON_IsArray(first)) {
        if (cJSON_GetArraySize(value) != 2 || !cJSON_IsArray(first->next)) return false;
        if (!read_two(first, arg, rows) || !read_two(first->next, arg, columns)) return false;
    } else {
        int both[2] = { 0, 0 };
        if (!read_two(value, arg, both)) return false;
        rows[0] = rows[1] = both[0];
        columns[0] = columns[1] = both[1];
    }
    *s = (sv_sides){ rows[0], rows[1], columns[0], columns[1] };
    return true;
}

sv_status sv_read_sides(const cJSON *value, const sv_arg *arg, sv_sides *sides, sv_fault *fault)
{
    if (!read_four(value, arg, sides)) return fail_value(arg, value, fault);
    if (!sides->top && !sides->bottom && !sides->left && !sides->right) *sides = SV_NO_SIDES;
    return SV_OK;
}

sv_status sv_read_padding(const cJSON *value, const sv_arg *arg, sv_padding *padding, sv_fault *fault)
{
    if (cJSON_IsString(value)) {
        bool same = strcmp(value->valuestring, "same") == 0;
        if (!same && strcmp(value->valuestring, "valid") != 0) return fail_value(arg, value, fault);
        *padding = same ? SV_SAME : SV_VALID;
        return SV_OK;
    }
    sv_sides s = { 0 };
    if (!read_four(value, arg, &s)) return fail_value(arg, value, fault);
    *padding = SV_PAD4(s.top, s.bottom, s.left, s.right);
    return SV_OK;
}

sv_status sv_read_output_padding(const cJSON *value, const sv_arg *arg, sv_output_padding *padding, sv_fault *fault)
{
    int two[2] = { 0, 0 };
    if (!read_two(value, arg, two)) return fail_value(arg, value, fault);
    *padding = SV_OUTPUT_PADDING(two[0], two[1]);
    return SV_OK;
}

sv_status sv_read_shape(const cJSON *value, const sv_arg *arg, sv_shape *shape, sv_fault *fault)
{
    sv_shape s = { 0 };
    int unknown = 0;
    if (!cJSON_IsArray(value)) return fail_value(arg, value, fault);
    for (const cJSON *v = value->child; v; v = v->next) {
        if (s.rank == 3 || sv_read_whole(v, -1, INT_MAX, &s.dim[s.rank]) != SV_OK) return fail_value(arg, value, fault);
        unknown += s.dim[s.rank] == -1;
        if (s.dim[s.rank++] == 0) return fail_value(arg, value, fault);
    }
    if (s.rank == 0 || unknown > 1) return fail_value(arg, value, fault);
    *shape = s;
    return SV_OK;
}
