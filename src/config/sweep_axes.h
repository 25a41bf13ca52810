/* The axes of a sweep, and from them its runs. */
#ifndef SV_CONFIG_SWEEP_AXES_H
#define SV_CONFIG_SWEEP_AXES_H
#include "config/json.h"
#include "config/sweep.h"

typedef struct sv_assignment {
    const char *key, *value; /* value: compact JSON */
    const char *text;        /* KEY=VALUE */
} sv_assignment;

typedef struct sv_sweep_point {
    const char *label; /* NULL: named after its assignments */
    sv_assignment *assignment;
    size_t assignments, room;
} sv_sweep_point;

typedef enum sv_axis_kind { SV_AXIS_SET, SV_AXIS_LIST, SV_AXIS_GRID } sv_axis_kind;

typedef struct sv_sweep_axis {
    sv_axis_kind kind;
    sv_sweep_point *point;
    size_t points, room;
} sv_sweep_axis;

typedef struct sv_sweep_axes {
    sv_sweep_axis *axis;
    size_t count, room;
    char **text; /* every text of the sweep */
    size_t texts, text_room;
} sv_sweep_axes;

/* A copy that lives as long as the axes; NULL where memory is short. */
const char *sv_axes_keep(sv_sweep_axes *a, const char *text);

/* A new axis at the end, a new point of an axis, an assignment of a point. NULL or a fault where memory is short. */
sv_sweep_axis *sv_axes_add(sv_sweep_axes *a, sv_axis_kind kind);
sv_sweep_point *sv_axis_add(sv_sweep_axis *axis);
sv_status sv_point_assign(sv_sweep_axes *a, sv_sweep_point *p, const char *key, const cJSON *value, sv_fault *fault);

/* Removes the axis of one key. */
void sv_axes_drop(sv_sweep_axes *a, const char *key);
void sv_axes_free(sv_sweep_axes *a);

/* Fills in the sweep's columns and runs. */
sv_status sv_axes_expand(sv_sweep *s, sv_fault *fault);

#endif
