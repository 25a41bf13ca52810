#include "optim/clip.h"
#include "base/threads.h"
#include <math.h>

enum { PARTIALS = 256, BLOCK = 4096 };

typedef struct norm_task {
    const sv_vectors *v;
    const sv_flat *f;
    int64_t block;
    double partial[PARTIALS];
} norm_task;

static int64_t block_length(int64_t block, int64_t count, int64_t first)
{
    return count - first < block ? count - first : block;
}

static void square_block(void *context, int64_t task, int worker)
{
    (void)worker;
    norm_task *n = context;
    int64_t first = task * n->block;
    n->partial[task] = n->v->sum_squares(block_length(n->block, n->f->count, first), n->f->gradients + first);
}

double sv_gradient_norm(const sv_vectors *v, const sv_flat *f, int threads)
{
    norm_task n = { .v = v, .f = f, .block = BLOCK };
    while ((f->count + n.block - 1) / n.block > PARTIALS) n.block *= 2;
    int64_t blocks = (f->count + n.block - 1) / n.block;
    sv_parallel(threads, blocks, square_block, &n);
    for (int64_t step = 1; step < blocks; step *= 2)
        for (int64_t i = 0; i + step < blocks; i += 2 * step) n.partial[i] += n.partial[i + step];
    return sqrt(n.partial[0]);
}

typedef struct clip_task {
    const sv_optimizer *o;
    const sv_vectors *v;
    const sv_flat *f;
} clip_task;

/* NaN stays: a run that diverges must see it. */
static void cut_block(void *context, int64_t task, int worker)
{
    (void)worker;
    const clip_task *c = context;
    const float most = c->o->clipvalue;
    int64_t first = task * BLOCK, count = block_length(BLOCK, c->f->count, first);
    float *g = c->f->gradients + first;
    for (int64_t i = 0; i < count; i++) {
        float below = g[i] > most ? most : g[i];
        g[i] = below < -most ? -most : below;
    }
}

/* keras: clip / norm where the norm is above clip. torch: clip / (norm + 1e-6), at most 1. */
static float factor(const sv_optimizer *o, float clip, double norm)
{
    double allowed = o->dialect == SV_TORCH ? (double)clip / (norm + 1e-6) : (double)clip / norm;
    return allowed < 1 ? (float)allowed : 1;
}

static void cut_span(void *context, int64_t task, int worker)
{
    (void)worker;
    const clip_task *c = context;
    const sv_span *span = &c->f->span[task];
    float *g = c->f->gradients + span->first;
    float by = factor(c->o, c->o->clipnorm, sqrt(c->v->sum_squares(span->count, g)));
    if (by < 1) c->v->scale(span->count, g, by);
}

float sv_clip(const sv_optimizer *o, const sv_vectors *v, const sv_flat *f, int threads, double norm)
{
    clip_task c = { o, v, f };
    if (o->clipvalue > 0) sv_parallel(threads, (f->count + BLOCK - 1) / BLOCK, cut_block, &c);
    if (o->clipnorm > 0) sv_parallel(threads, f->spans, cut_span, &c);
    if (!(o->global_clipnorm > 0)) return 1;
    if (o->clipvalue > 0 || o->clipnorm > 0) norm = sv_gradient_norm(v, f, threads);
    return factor(o, o->global_clipnorm, norm);
}
