/* Which runs a sweep has: a base config, and settings of its keys as grids and lists. */
#ifndef SV_CONFIG_SWEEP_H
#define SV_CONFIG_SWEEP_H
#include "base/text.h"
#include "base/status.h"

enum { SV_MAX_SWEEP_RUNS = 10000 };

/* Texts belong to the sweep. */
typedef struct sv_sweep_run {
    const char *name;      /* of its folder: "learning_rate-0.01_seed-3" */
    const char *setting;   /* the same without the seed: runs of one setting differ in nothing else; "base" where nothing varies */
    const char **override; /* KEY=VALUE for sv_config_read */
    int overrides;
    const char **cell; /* [columns] its values, "" where it leaves a key alone */
} sv_sweep_run;

typedef struct sv_sweep {
    const char *source;  /* what errors call it */
    const char *config;  /* path of the base config; NULL: the quickstart */
    const char **column; /* the keys that vary, but for the seed; "setting" for a list whose entries have names */
    int columns;
    sv_sweep_run *run; /* in the order of the axes, the last fastest */
    int runs;
    struct sv_sweep_axes *axes;
} sv_sweep;

/*
 * `path` is a config or a sweep file; NULL is the quickstart. `axes` are KEY=V1,V2,... (a comma inside brackets or quotes parts
 * nothing; one value: fixed in all runs); one whose KEY a sweep file has too takes its place.
 *
 * A sweep file: {"config": PATH, "set": {KEY: VALUE, ...}, "grid": {KEY: [V1, V2, ...], ...},
 *                "list": [{"name": TEXT, KEY: VALUE, ...}, ...]}
 * every entry of the list with every point of the grid. Paths are relative to the file. Values are not looked into: see
 * sv_config_read. Free with sv_sweep_free, also after a fault.
 */
sv_status sv_sweep_read(const char *path, const char *const *axes, int count, sv_sweep **sweep, sv_fault *fault);
void sv_sweep_free(sv_sweep *s);

/* The sweep as a sweep file, with absolute paths. */
sv_status sv_sweep_json(const sv_sweep *s, sv_text *text, sv_fault *fault);

#endif
