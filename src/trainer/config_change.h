/* Which key differs between two configs. */
#ifndef SV_TRAINER_CONFIG_CHANGE_H
#define SV_TRAINER_CONFIG_CHANGE_H
#include "config/config.h"

/* The dotted path ("optimizer.learning_rate", "model.layers[2].filters") at which two JSON texts made by the same printer part,
 * into `path`; false where they are equal. */
bool sv_json_difference(const char *a, const char *b, char *path, size_t size);

/* SHA-256 of the resolved config without `epochs`, the one key that a resumed run may change. */
sv_status sv_config_digest(const sv_config *c, char digest[65], sv_fault *fault);

/* Refuses a config that differs from the one that `was` (JSON of config.json at `path`) says, naming the key; `epochs` may have
 * grown. */
sv_status sv_config_unchanged(const sv_config *c, const char *was, const char *path, sv_fault *fault);

#endif
