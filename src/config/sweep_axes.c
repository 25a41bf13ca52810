#include "config/sweep_axes.h"
#include "base/memory.h"
#include <string.h>

const char *sv_axes_keep(sv_sweep_axes *a, const char *text)
{
    char **grown = sv_grow(a->text, &a->text_room, a->texts + 1, sizeof *grown), *own = sv_copy_text(text);
    if (grown) a->text = grown;
    if (!grown || !own) {
        sv_free(own);
        return NULL;
    }
    return grown[a->texts++] = own;
}

sv_sweep_axis *sv_axes_add(sv_sweep_axes *a, sv_axis_kind kind)
{
    sv_sweep_axis *grown = sv_grow(a->axis, &a->room, a->count + 1, sizeof *grown);
    if (!grown) return NULL;
    a->axis = grown;
    grown[a->count] = (sv_sweep_axis){ .kind = kind };
    return &grown[a->count++];
}

sv_sweep_point *sv_axis_add(sv_sweep_axis *axis)
{
    sv_sweep_point *grown = sv_grow(axis->point, &axis->room, axis->points + 1, sizeof *grown);
    if (!grown) return NULL;
    axis->point = grown;
    grown[axis->points] = (sv_sweep_point){ 0 };
    return &grown[axis->points++];
}

/* Numbers in their shortest digits, so that 1e-3 and 0.001 are one value. */
static void print_value(const cJSON *value, sv_text *text)
{
    if (cJSON_IsNumber(value)) {
        sv_json_add_double(text, value->valuedouble);
        return;
    }
    char *printed = cJSON_PrintUnformatted(value);
    if (printed)
        sv_text_add(text, "%s", printed);
    else
        text->failed = true;
    cJSON_free(printed);
}

sv_status sv_point_assign(sv_sweep_axes *a, sv_sweep_point *p, const char *key, const cJSON *value, sv_fault *fault)
{
    sv_assignment *grown = sv_grow(p->assignment, &p->room, p->assignments + 1, sizeof *grown);
    if (!grown) return sv_fail_memory(fault, "sweep");
    p->assignment = grown;
    sv_text text = { 0 };
    sv_text_add(&text, "%s=", key);
    size_t at = text.length;
    print_value(value, &text);
    const char *own = text.failed ? NULL : sv_axes_keep(a, text.data), *own_key = sv_axes_keep(a, key);
    sv_text_free(&text);
    if (!own || !own_key) return sv_fail_memory(fault, "sweep");
    grown[p->assignments++] = (sv_assignment){ own_key, own + at, own };
    return SV_OK;
}

static void free_axis(sv_sweep_axis *axis)
{
    for (size_t i = 0; i < axis->points; i++) sv_free(axis->point[i].assignment);
    sv_free(axis->point);
}

void sv_axes_drop(sv_sweep_axes *a, const char *key)
{
    for (size_t i = 0; i < a->count; i++) {
        const sv_sweep_point *p = a->axis[i].point;
        if (a->axis[i].kind == SV_AXIS_LIST || !a->axis[i].points || strcmp(p->assignment->key, key) != 0) continue;
        free_axis(&a->axis[i]);
        memmove(&a->axis[i], &a->axis[i + 1], (--a->count - i) * sizeof *a->axis);
        return;
    }
}

void sv_axes_free(sv_sweep_axes *a)
{
    for (size_t i = 0; i < a->count; i++) free_axis(&a->axis[i]);
    for (size_t i = 0; i < a->texts; i++) sv_free(a->text[i]);
    sv_free(a->axis);
    sv_free(a->text);
    sv_free(a);
}
