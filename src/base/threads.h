/* Tasks over OpenMP threads. What a task computes may depend on its number, never on the worker that takes it. */
#ifndef SV_BASE_THREADS_H
#define SV_BASE_THREADS_H
#include <stdint.h>

typedef void (*sv_task)(void *context, int64_t task, int worker);

/* Runs task 0 .. tasks-1 on up to `threads` workers (numbered from 0), handed out in order as workers become free.
 * Returns when all are done. Every worker rounds to nearest and keeps subnormals. */
void sv_parallel(int threads, int64_t tasks, sv_task run, void *context);

/* Runs task 0 .. tasks-1 on `jobs` threads, each task on one of them, handed out in order; any of them may call sv_parallel with
 * threads of its own. For few, long tasks. Returns when all are done. */
void sv_side_by_side(int jobs, int64_t tasks, sv_task run, void *context);

/* Hosts and other libraries change the rounding mode and flush subnormals; threads inherit that from their creator. The entries
 * of the library compute between these two: the first sets what the bits are promised for and returns what was set before. */
typedef uint64_t sv_arithmetic;
sv_arithmetic sv_arithmetic_standard(void);
void sv_arithmetic_restore(sv_arithmetic was);

/* OMP_NUM_THREADS or the number of cores. */
int sv_default_threads(void);

#endif
