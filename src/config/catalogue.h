/* Everything that has an argument table, in groups: what the listing and the schemas go through. */
#ifndef SV_CONFIG_CATALOGUE_H
#define SV_CONFIG_CATALOGUE_H
#include "base/args.h"
#include "base/text.h"
#include "config/keys.h"

typedef enum sv_group {
    SV_GROUP_LAYERS, SV_GROUP_ACTIVATIONS, SV_GROUP_INITIALIZERS, SV_GROUP_REGULARIZERS, SV_GROUP_LOSSES, SV_GROUP_OPTIMIZERS,
    SV_GROUP_SCHEDULES, SV_GROUP_MODEL, SV_GROUP_CONFIG, SV_GROUP_COUNT
} sv_group;

/* One thing and its arguments, in a table of either kind (the other is NULL; both are where it takes none). */
typedef struct sv_entry {
    char name[64];
    const char *doc;
    const sv_arg *table;
    const sv_key *keys;
} sv_entry;

/* "layers", ...; a heading; a remark on the whole group or "". */
const char *sv_group_name(sv_group group);
const char *sv_group_title(sv_group group);
const char *sv_group_remark(sv_group group);

/* The index-th entry of a group; false past its end. */
bool sv_catalogue_entry(sv_group group, int index, sv_entry *entry);

/* One argument of an entry in words; false past the last. */
typedef struct sv_row {
    const char *key, *doc;
    bool required;
    char wanted[512];
    char fallback[160]; /* "3", "0.2 (torch: 0.01)", "as pool_size"; "" where there is none */
} sv_row;
bool sv_catalogue_row(const sv_entry *entry, int index, sv_row *row);

/* A number's default in `dialect` as JSON: 3, 0.2, true; false where the default is none or in words. */
bool sv_add_default(sv_text *out, const sv_arg *arg, sv_dialect dialect);

#endif
