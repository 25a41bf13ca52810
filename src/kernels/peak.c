#include "kernels/peak.h"
#include "base/threads.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* `rounds` rounds; returns the operations done. */
typedef double (*sv_peak_loop)(int64_t rounds, float *sink);

#if defined(__x86_64__)
double sv_peak_sse2(int64_t rounds, float *sink);
double sv_peak_avx2(int64_t rounds, float *sink);
double sv_peak_avx512(int64_t rounds, float *sink);
#else
double sv_peak_scalar(int64_t rounds, float *sink);
#endif

static const struct {
    const char *isa;
    sv_peak_loop run;
} loops[] = {
#if defined(__x86_64__)
    { "sse2", sv_peak_sse2 }, { "avx2", sv_peak_avx2 }, { "avx512", sv_peak_avx512 },
#else
    { "scalar", sv_peak_scalar },
#endif
};

typedef struct race {
    sv_peak_loop run;
    int64_t rounds;
    double operations; /* of one runner */
    float sink;
} race;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void runner(void *context, int64_t task, int worker)
{
    race *r = context;
    float sink = 0;
    double operations = r->run(r->rounds, &sink);
    (void)worker;
    if (task == 0) r->operations = operations, r->sink = sink;
}

static double speed(race *r, int threads)
{
    double start = now();
    sv_parallel(threads, threads, runner, r);
    return r->operations * threads / (now() - start);
}

double sv_measure_peak(const char *isa, int threads)
{
    race r = { .run = NULL, .rounds = 10000 };
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        if (strcmp(loops[i].isa, isa) == 0) r.run = loops[i].run;
    if (!r.run) return 0;
    double single = speed(&r, 1), best = 0;
    r.rounds = (int64_t)(0.02 * single / (r.operations / (double)r.rounds));
    for (int i = 0; i < 5; i++) {
        double s = speed(&r, threads);
        if (s > best) best = s;
    }
    return best;
}
