/* data.shuffle with the rng "torch": the state in which PyTorch's generator begins the first epoch. */
#ifndef SV_TRAINER_SHUFFLE_H
#define SV_TRAINER_SHUFFLE_H
#include "config/config.h"

/* Draws the initial weights once more where the generator goes on from them. Refuses layers that would take numbers from the
 * global generator between one epoch and the next. */
sv_status sv_shuffle_start(const sv_config *c, sv_torch_shuffle *shuffle, sv_fault *fault);

#endif
