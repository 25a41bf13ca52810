/* The data sets that a config names: what is trained on and what is held out. */
#ifndef SV_TRAINER_DATA_SETS_H
#define SV_TRAINER_DATA_SETS_H
#include "base/hash.h"
#include "config/config.h"

/* In the order of sv_run_data.digest. */
enum { SV_SET_DATA, SV_SET_TARGET, SV_SET_VALIDATION, SV_SET_VALIDATION_TARGET, SV_SET_COUNT };

typedef struct sv_run_data {
    sv_dataset *set[SV_SET_COUNT]; /* NULL where the config names none */
    uint32_t *row;                 /* 0, 1, 2, ...: subsets of the training data */
    int64_t training;              /* samples trained on: the first of set[SV_SET_DATA] */
    int64_t validation;            /* held-out samples: all of the set of their own, or those after the training ones; 0: none */
    char digest[SV_SET_COUNT][SV_DIGEST_TEXT]; /* "" where there is no set */
} sv_run_data;

/* Opens and checks the sets; faults name the file and the key of the config. */
sv_status sv_run_data_open(const sv_config *c, const sv_built *b, sv_run_data *d, sv_fault *fault);
void sv_run_data_close(sv_run_data *d);
/* Bytes that the sets and a loader of them would take, without reading the samples (sv_dataset_survey). */
sv_status sv_run_data_survey(const sv_config *c, const sv_built *b, int64_t *samples, int64_t *loader, sv_fault *fault);
/* A loader of what is trained on, as the config shuffles, augments and noises it; the data must stay. */
sv_status sv_run_data_loader(const sv_config *c, const sv_run_data *d, const sv_vectors *vectors, sv_loader **loader, sv_fault *fault);
/* Streams through all of them. */
sv_status sv_run_data_digest(sv_run_data *d, sv_fault *fault);

/* Samples that stay for training of n where the last fraction is held out: floor(n (1 - fraction)), as Keras does. */
int64_t sv_split_at(int64_t samples, float fraction);

#endif
