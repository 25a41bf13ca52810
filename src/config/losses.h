/* The `loss` of a config, within this folder. */
#ifndef SV_CONFIG_LOSSES_H
#define SV_CONFIG_LOSSES_H
#include "config/config.h"
#include "config/json.h"

extern const sv_arg sv_loss_weight_arg;

/* Reads up to SV_MAX_LOSSES losses; faults begin with "loss". */
sv_status sv_losses_read(const cJSON *value, sv_dialect dialect, sv_loss_spec *loss, int *count, sv_fault *fault);
/* Appends them as a list, every key given. */
void sv_losses_write(sv_text *out, const sv_loss_spec *loss, int count);

#endif
