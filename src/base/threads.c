#include "base/threads.h"
#include <fenv.h>
#include <omp.h>
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

int sv_default_threads(void)
{
    return omp_get_max_threads();
}
