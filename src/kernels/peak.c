#include "kernels/peak.h"
#include "base/threads.h"
#include <time.h>

typedef struct race {
    const sv_vectors *vectors;
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
    double operations = r->vectors->peak(r->rounds, &sink);
    (void)worker;
    if (task == 0) r->operations = operations, r->sink = sink;
}

static double speed(race *r, int threads)
{
    double start = now();
    sv_parallel(threads, threads, runner, r);
    return r->operations * threads / (now() - start);
}

double sv_measure_peak(const sv_vectors *vectors, int threads)
{
    race r = { .vectors = vectors, .rounds = 10000 };
    double single = speed(&r, 1), best = 0;
    r.rounds = (int64_t)(0.02 * single / (r.operations / (double)r.rounds));
    for (int i = 0; i < 5; i++) {
        double s = speed(&r, threads);
        if (s > best) best = s;
    }
    return best;
}
