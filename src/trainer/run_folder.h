/* The run folder: what it holds, who may write into it. */
#ifndef SV_TRAINER_RUN_FOLDER_H
#define SV_TRAINER_RUN_FOLDER_H
#include "base/status.h"

/* Paths, all owned. */
typedef struct sv_run_folder {
    char *path, *config, *metrics, *steps, *layers, *digests, *weights, *last, *best, *checkpoint, *artifacts, *samples, *run, *report;
    int lock; /* the folder, open and locked, or -1 */
} sv_run_folder;

sv_status sv_run_folder_name(const char *path, sv_run_folder *f, sv_fault *fault);
/* Closes (and so unlocks) and frees. */
void sv_run_folder_close(sv_run_folder *f);

/* Touches nothing but leftovers of killed writers, and locks the folder first. Refuses a path that is no folder, a folder that
 * holds something unless `resume` or `overwrite`, and with these one that holds something else than a run. *checkpoint: there is
 * one to resume from. */
sv_status sv_run_folder_check(sv_run_folder *f, bool resume, bool overwrite, bool *checkpoint, sv_fault *fault);

/* Makes the folder, locks it against other processes, writes config.json, makes the subfolders. `fresh` removes the files of an
 * earlier run before, its checkpoint first; its config.json is replaced, so a folder is known as a run at every moment. */
sv_status sv_run_folder_begin(sv_run_folder *f, bool fresh, const char *config, sv_fault *fault);

#endif
