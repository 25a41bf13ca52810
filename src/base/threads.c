#include "base/threads.h"
#include <fenv.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* Hosts and other libraries change the rounding mode and flush subnormals; threads inherit that from their creator. */
static void standard_arithmetic(void)
{
    fesetround(FE_TONEAREST);
#if defined(__SSE2__)
    _mm_setcsr(0x1f80);
#elif defined(__aarch64__)
    uint64_t fpcr = 0;
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr));
#endif
}

void sv_parallel(int threads, int64_t tasks, sv_task run, void *context)
{
    if (threads > tasks) threads = (int)tasks;
    if (threads <= 1) {
        standard_arithmetic();
        for (int64_t t = 0; t < tasks; t++) run(context, t, 0);
        return;
    }
#pragma omp parallel num_threads(threads)
    {
        standard_arithmetic();
#pragma omp for schedule(dynamic, 1)
        for (int64_t t = 0; t < tasks; t++) run(context, t, omp_get_thread_num());
    }
}

enum { MAX_JOBS = 256 };

typedef struct job_list {
    sv_task run;
    void *context;
    int64_t tasks;
    atomic_llong next;
    atomic_int workers;
} job_list;

static void *take_jobs(void *list)
{
    job_list *l = list;
    int worker = atomic_fetch_add(&l->workers, 1);
    for (long long t; (t = atomic_fetch_add(&l->next, 1)) < l->tasks;) l->run(l->context, t, worker);
    return NULL;
}

/* Threads of their own, not workers of OpenMP's: in those a second level of threads is off. One that the system refuses is done
 * without. */
void sv_side_by_side(int jobs, int64_t tasks, sv_task run, void *context)
{
    pthread_t thread[MAX_JOBS];
    int made = 0, wanted = jobs < MAX_JOBS ? jobs : MAX_JOBS;
    job_list list = { .run = run, .context = context, .tasks = tasks };
    while (made < wanted - 1 && made < tasks - 1 && pthread_create(&thread[made], NULL, take_jobs, &list) == 0) made++;
    take_jobs(&list);
    for (int i = 0; i < made; i++) pthread_join(thread[i], NULL);
}

int sv_default_threads(void)
{
    return omp_get_max_threads();
}
