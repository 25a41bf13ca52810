/* A thread that reads the next batch of data sets that are not in memory while the current one is used. */
#ifndef SV_DATA_PREFETCH_H
#define SV_DATA_PREFETCH_H
#include "data/dataset.h"

typedef struct sv_prefetch sv_prefetch;

/* Two buffers of `batch` samples for each data set (target may be NULL); resident ones need none. */
sv_status sv_prefetch_open(const sv_dataset *input, const sv_dataset *target, int batch, sv_prefetch **prefetch, sv_fault *fault);
/* Waits for what is under way and frees. */
void sv_prefetch_close(sv_prefetch *p);

/* Begins to read the samples index[0..count-1] under the name `job`. `index` must stay until the job is taken. */
void sv_prefetch_start(sv_prefetch *p, uint64_t job, const uint32_t *index, int64_t count);
/* The job under way or done and not yet taken; 0: none. */
uint64_t sv_prefetch_job(const sv_prefetch *p);
/* Waits for the job and makes its buffers the current ones. */
sv_status sv_prefetch_take(sv_prefetch *p, sv_fault *fault);
/* Raw sample `row` of the current buffers; NULL for a resident set. */
const void *sv_prefetch_input(const sv_prefetch *p, int64_t row);
const void *sv_prefetch_target(const sv_prefetch *p, int64_t row);

#endif
