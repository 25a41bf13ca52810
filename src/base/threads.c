#include "base/threads.h"
#include <fenv.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* Rounding to nearest, subnormals kept, exceptions masked. */
sv_arithmetic sv_arithmetic_standard(void)
{
    sv_arithmetic was;
#if defined(__SSE2__)
    was = _mm_getcsr();
    _mm_setcsr(0x1f80);
#elif defined(__aarch64__)
    const sv_arithmetic standard = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(was));
    __asm__ volatile("msr fpcr, %0" : : "r"(standard));
#else
    was = (sv_arithmetic)fegetround();
    fesetround(FE_TONEAREST);
#endif
    return was;
}

void sv_arithmetic_restore(sv_arithmetic was)
{
#if defined(__SSE2__)
    _mm_setcsr((unsigned)was);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(was));
#else
    fesetround((int)was);
#endif
}

void sv_parallel(int threads, int64_t tasks, sv_task run, void *context)
{
    if (threads > tasks) threads = (int)tasks;
    if (threads <= 1) {
        sv_arithmetic was = sv_arithmetic_standard();
        for (int64_t t = 0; t < tasks; t++) run(context, t, 0);
        sv_arithmetic_restore(was);
        return;
    }
#pragma omp parallel num_threads(threads)
    {
        sv_arithmetic was = sv_arithmetic_standard();
#pragma omp for schedule(monotonic : dynamic, 1)
        for (int64_t t = 0; t < tasks; t++) run(context, t, omp_get_thread_num());
        sv_arithmetic_restore(was);
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
