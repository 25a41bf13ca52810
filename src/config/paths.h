/* Absolute paths. */
#ifndef SV_CONFIG_PATHS_H
#define SV_CONFIG_PATHS_H
#include "config/json.h"

/* `path` seen from the current folder as an absolute path without "." and ".." (by its text alone: links are not followed). A
 * new string (sv_free), NULL where memory is short or the current folder is not known. */
char *sv_absolute_path(const char *path);

/* Makes absolute every relative path, as seen from `folder`, in a value of a config: strings called "path", "weights" or "model"
 * (or "data.path", ...), at any depth. */
sv_status sv_paths_from(cJSON *value, const char *folder, sv_fault *fault);

#endif
