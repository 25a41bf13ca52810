/* The orders of PyTorch's DataLoader(shuffle=True), num_workers=0 (torch/utils/data/dataloader.py, sampler.py): they follow one
 * another, so that the order of an epoch is found by going through those before it. */
#ifndef SV_DATA_TORCH_ORDER_H
#define SV_DATA_TORCH_ORDER_H
#include "base/mt19937.h"
#include <stdbool.h>

typedef struct sv_torch_shuffle {
    sv_mt19937 start;  /* the generator as the first epoch begins */
    bool own;          /* it is the DataLoader's own; else the global one, which seeds another in each epoch */
    int other_loaders; /* iterations over other DataLoaders per epoch, each of which takes a number of the global generator */
} sv_torch_shuffle;

/* `shuffle` is set, the rest zeroed, to begin with. */
typedef struct sv_torch_order {
    sv_torch_shuffle shuffle;
    sv_mt19937 now; /* before epoch `next` */
    int64_t next;
} sv_torch_order;

/* order[count] of an epoch (from 0). */
void sv_torch_order_make(sv_torch_order *o, int64_t epoch, int64_t count, uint32_t *order);

#endif
