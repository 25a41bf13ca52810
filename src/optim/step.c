/* One update of all weights: clipping, then the rule block by block, each block scaled and applied while it is in cache. */
#include "base/threads.h"
#include "optim/clip.h"
#include <math.h>

enum { BLOCK = 4096 };

void sv_optimizer_start(const sv_optimizer *o, sv_optimizer_state *s)
{
    (void)o;
    *s = (sv_optimizer_state){ .beta_1_power = 1, .beta_2_power = 1, .plateau_best = INFINITY, .plateau_factor = 1 };
}

/* The double that was written as this float in up to seven decimals: .999, not .999f. */
static double as_written(float x)
{
    double decimal = floor((double)x * 1e7 + 0.5) / 1e7;
    return (float)decimal == x ? decimal : (double)x;
}

/* Keras takes powers of a binary32 beta and subtracts in binary32; PyTorch works in double. */
static double next_power(const sv_optimizer *o, float beta, double power)
{
    return power * (o->dialect == SV_TORCH ? as_written(beta) : (double)beta);
}

static double correction(const sv_optimizer *o, double power)
{
    return o->dialect == SV_TORCH ? 1 - power : (double)(1 - (float)power);
}

static sv_update update_of(const sv_optimizer *o, const sv_optimizer_state *s)
{
    return (sv_update){
        .dialect = o->dialect,
        .rate = sv_learning_rate(o, s),
        .momentum = o->momentum,
        .epsilon = o->epsilon,
        .weight_decay = o->weight_decay,
        .beta_1 = as_written(o->beta_1),
        .beta_2 = as_written(o->beta_2),
        .rho = as_written(o->rho),
        .decoupled = o->type == SV_ADAMW || o->dialect != SV_TORCH,
        .nesterov = o->nesterov == SV_ON,
        .amsgrad = o->amsgrad == SV_ON,
        .centered = o->centered == SV_ON,
        .correction_1 = correction(o, next_power(o, o->beta_1, s->beta_1_power)),
        .correction_2 = correction(o, next_power(o, o->beta_2, s->beta_2_power)),
    };
}

typedef struct step_task {
    const sv_optimizer *o;
    const sv_vectors *v;
    const sv_flat *f;
    sv_update update;
    float scale; /* of all gradients */
} step_task;

static float *slot(const sv_flat *f, int index, int64_t first)
{
    return f->slot[index] + first;
}

static void update_block(void *context, int64_t task, int worker)
{
    (void)worker;
    const step_task *c = context;
    const sv_flat *f = c->f;
    int64_t first = task * BLOCK, count = f->count - first < BLOCK ? f->count - first : BLOCK;
    float *w = f->weights + first, *g = f->gradients + first;
    int slots = sv_optimizer_slots(c->o);
    bool centered = c->update.centered;
    if (c->scale < 1) c->v->scale(count, g, c->scale);
    switch (c->o->type) {
    case SV_SGD:
        c->v->sgd(&c->update, count, w, g, slots ? slot(f, 0, first) : NULL);
        break;
    case SV_RMSPROP:
        c->v->rmsprop(&c->update, count, w, g, slot(f, 0, first), centered ? slot(f, 1, first) : NULL,
                      slots > 1 + centered ? slot(f, 1 + centered, first) : NULL);
        break;
    default:
        c->v->adam(&c->update, count, w, g, slot(f, 0, first), slot(f, 1, first), slots > 2 ? slot(f, 2, first) : NULL);
    }
}

void sv_optimizer_step(const sv_optimizer *o, sv_optimizer_state *s, const sv_vectors *v, const sv_flat *f, int threads,
                       double *gradient_norm)
{
    double norm = sv_gradient_norm(v, f, threads);
    step_task c = { o, v, f, update_of(o, s), sv_clip(o, v, f, threads, norm) };
    sv_parallel(threads, (f->count + BLOCK - 1) / BLOCK, update_block, &c);
    s->step++;
    s->beta_1_power = next_power(o, o->beta_1, s->beta_1_power);
    s->beta_2_power = next_power(o, o->beta_2, s->beta_2_power);
    if (gradient_norm) *gradient_norm = norm;
}
