/* layers.csv: how large each weight tensor and its gradient are, before training and after each epoch. */
#ifndef SV_TRAINER_NORMS_H
#define SV_TRAINER_NORMS_H
#include "trainer/training.h"

/* Euclidean norms over the tensor. The gradient is that of the next epoch's first batch at the weights of this moment, penalties
 * included, before clipping: it depends on nothing that a resumed run does not know. */
#define SV_LAYERS_HEADER "epoch,step,parameter,weight_norm,gradient_norm"

/* Adds a row for each trainable tensor to t->layers. Updates nothing; takes the gradient's memory. */
sv_status sv_norms_add(sv_training *t);
/* Rows after so many epochs. */
int64_t sv_norms_rows(const sv_training *t, int64_t epochs);

#endif
