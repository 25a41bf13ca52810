/* Runs side by side: where their configs differ, and what was measured. */
#ifndef SV_TRAINER_COMPARE_H
#define SV_TRAINER_COMPARE_H
#include "base/text.h"
#include "config/leaves.h"
#include "trainer/measures.h"

#define SV_COMPARE_LEVEL 0.05

/* A key of the config; NULL where a run has none. Texts belong to the comparison. */
typedef struct sv_config_difference {
    const char *path;
    const char **text; /* [runs] */
} sv_config_difference;

typedef struct sv_compared_measure {
    const char *name;
    const sv_measure_value **value; /* [runs], NULL where a run has none */
    double *p; /* [runs]: of no difference to the first run, by both standard errors; NAN where one is not known */
} sv_compared_measure;

typedef struct sv_comparison {
    int runs;
    const char *const *folder; /* as given */
    sv_leaves *config;         /* [runs] */
    sv_measures *measures;     /* [runs] */
    sv_config_difference *difference;
    size_t differences, difference_room;
    sv_compared_measure *measure; /* those with a finite value somewhere */
    size_t count, measure_room;
} sv_comparison;

/* Reads the folders of two or more runs, finished or with at least one epoch. `folder` must stay. Free also after a fault. */
sv_status sv_compare(const char *const *folder, int runs, sv_comparison *c, sv_fault *fault);
void sv_comparison_free(sv_comparison *c);

/* Appends it as JSON: {"runs": [...], "config": {path: [...]}, "measures": {name: [{"value", "se", "p"}, ...]}}. */
void sv_comparison_json(const sv_comparison *c, sv_text *out);

#endif
