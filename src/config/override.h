/* Overrides KEY=VALUE on a JSON tree before it is read, so that they are checked like the file. */
#ifndef SV_CONFIG_OVERRIDE_H
#define SV_CONFIG_OVERRIDE_H
#include "config/json.h"

/* The overrides applied so far, and where: an error there is theirs. */
typedef struct sv_overrides {
    struct sv_override {
        const char *text; /* KEY=VALUE, not owned */
        char *place;      /* "layers[0].filters": the topmost value that it set or made */
    } *made;
    size_t count, capacity;
} sv_overrides;

/* Sets the value at KEY, a dotted path: object keys, list positions ("layers[0]" or "layers.0"), the names of layers, or "*" for
 * every layer that takes what follows ("model.layers.*.kernel_initializer"). VALUE is JSON where it parses as such, else a string.
 * Objects on the way are made; a name ("adam") on the way becomes {"type": name}. Paths in VALUE ("path", "weights" and "model")
 * are taken as relative to the current folder. */
sv_status sv_override_apply(cJSON *root, const char *text, sv_overrides *done, sv_fault *fault);

/* Whether KEY lies inside the object `key` of the tree ("model.layers..." inside "model"). */
bool sv_override_inside(const char *text, const char *key);

/* Where the fault names a place that an override made, adds which. */
void sv_override_name(const sv_overrides *done, sv_fault *fault);

void sv_overrides_free(sv_overrides *o);

#endif
