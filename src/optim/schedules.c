/*
 * Learning-rate schedules, Keras 3's: ExponentialDecay with and without staircase, CosineDecay, ReduceLROnPlateau. t counts
 * updates from 0; the first warmup_steps of them rise linearly from 0, then t starts again. Powers and the cosine are made of
 * + - * / sqrt alone, so that they are the same on every machine.
 */
#include "optim/optim.h"
#include <math.h>

const char *const sv_schedule_names[] = { "constant", "step", "exponential", "cosine", "plateau", NULL };

#define NUMBER(field, needed, most, standard, text)                                                                                \
    {                                                                                                                              \
        .key = #field, .type = SV_ARG_FLOAT, .offset = offsetof(sv_schedule, field), .required = (needed), .minimum = 0,           \
        .maximum = (most), .fallback = (standard), .fallback_torch = NAN, .doc = (text)                                            \
    }
#define WARMUP                                                                                                                     \
    {                                                                                                                              \
        .key = "warmup_steps", .type = SV_ARG_LONG, .offset = offsetof(sv_schedule, warmup_steps), .minimum = 0, .maximum = 1e15,  \
        .fallback_torch = NAN, .doc = "updates over which the rate first rises from 0"                                             \
    }
#define STEPS(text)                                                                                                                \
    {                                                                                                                              \
        .key = "decay_steps", .type = SV_ARG_LONG, .offset = offsetof(sv_schedule, decay_steps), .required = true, .minimum = 1,   \
        .maximum = 1e15, .fallback_torch = NAN, .doc = (text)                                                                      \
    }
#define EPOCHS(field, standard, text)                                                                                              \
    {                                                                                                                              \
        .key = #field, .type = SV_ARG_INT, .offset = offsetof(sv_schedule, field), .minimum = 0, .maximum = 1e9,                   \
        .fallback = (standard), .fallback_torch = NAN, .doc = (text)                                                               \
    }

static const sv_arg constant_table[] = {
    WARMUP,
    { .key = NULL },
};
static const sv_arg step_table[] = {
    STEPS("updates between two drops"),
    NUMBER(decay_rate, true, 1e9, 0, "factor of each drop"),
    WARMUP,
    { .key = NULL },
};
static const sv_arg exponential_table[] = {
    STEPS("updates over which the rate falls by decay_rate"),
    NUMBER(decay_rate, true, 1e9, 0, "factor over decay_steps"),
    WARMUP,
    { .key = NULL },
};
static const sv_arg cosine_table[] = {
    STEPS("updates of the descent"),
    NUMBER(alpha, false, 1, 0, "share of the rate that remains"),
    WARMUP,
    { .key = NULL },
};
static const sv_arg plateau_table[] = {
    NUMBER(factor, false, 1, 0.1, "factor of each reduction"),
    EPOCHS(patience, 10, "epochs without improvement before a reduction"),
    NUMBER(min_delta, false, 1e9, 1e-4, "what counts as improvement"),
    EPOCHS(cooldown, 0, "epochs after a reduction that do not count"),
    NUMBER(min_learning_rate, false, 1e9, 0, "never below"),
    WARMUP,
    { .key = NULL },
};

const sv_arg *sv_schedule_table(sv_schedule_type type)
{
    static const sv_arg *const tables[] = { constant_table, step_table, exponential_table, cosine_table, plateau_table };
    return tables[type];
}

const char *sv_schedule_doc(sv_schedule_type type)
{
    static const char *const docs[] = {
        "the same rate throughout",
        "rate decay_rate^floor(t / decay_steps)",
        "rate decay_rate^(t / decay_steps)",
        "from the rate to alpha times the rate along half a cosine over decay_steps",
        "times factor after patience epochs in which the monitored value did not improve",
    };
    return docs[type];
}

/* base^exponent, base >= 0, exponent >= 0: squares for the whole part, square roots for the binary fraction. */
static double power(double base, double exponent)
{
    double result = 1, fraction = exponent - floor(exponent), square = base, root = base;
    for (int64_t whole = (int64_t)floor(exponent); whole; whole /= 2, square *= square)
        if (whole % 2) result *= square;
    while (fraction > 0) {
        root = sqrt(root);
        fraction *= 2;
        if (fraction >= 1) result *= root, fraction -= 1;
    }
    return result;
}

/* The series of cos (first = 1) or sin (first = x): each term is the last times -x^2 / ((k + 1)(k + 2)). */
static double series(double x, double first, int k)
{
    double sum = 0;
    for (double term = first; k < 24; k += 2) {
        sum += term;
        term *= -x * x / ((k + 1) * (k + 2));
    }
    return sum;
}

/* cos(pi x), 0 <= x <= 1. */
static double cosine_of_half_turns(double x)
{
    const double pi = 3.14159265358979323846;
    if (x > 0.5) return -cosine_of_half_turns(1 - x);
    if (x <= 0.25) return series(pi * x, 1, 0);
    return series(pi * (0.5 - x), pi * (0.5 - x), 1);
}

static double decay(const sv_schedule *c, int64_t t, double plateau_factor)
{
    double steps = (double)c->decay_steps;
    switch (c->type) {
    case SV_SCHEDULE_STEP:
        return power((double)c->decay_rate, floor((double)t / steps));
    case SV_SCHEDULE_EXPONENTIAL:
        return power((double)c->decay_rate, (double)t / steps);
    case SV_SCHEDULE_COSINE: {
        double alpha = (double)c->alpha, x = t < c->decay_steps ? (double)t / steps : 1;
        return (1 - alpha) * (0.5 * (1 + cosine_of_half_turns(x))) + alpha;
    }
    case SV_SCHEDULE_PLATEAU:
        return plateau_factor;
    default:
        return 1;
    }
}

float sv_learning_rate(const sv_optimizer *o, const sv_optimizer_state *s)
{
    const sv_schedule *c = &o->schedule;
    double rate = (double)o->learning_rate;
    if (s->step >= c->warmup_steps) return (float)(rate * decay(c, s->step - c->warmup_steps, s->plateau_factor));
    return (float)(rate * decay(c, 0, s->plateau_factor) * ((double)s->step / (double)c->warmup_steps));
}

static void reduce(const sv_optimizer *o, sv_optimizer_state *s)
{
    double full = (double)o->learning_rate, least = (double)o->schedule.min_learning_rate, old = full * s->plateau_factor;
    if (!(old > least)) return;
    double reduced = old * (double)o->schedule.factor;
    s->plateau_factor = (reduced > least ? reduced : least) / full;
    s->plateau_cooldown = o->schedule.cooldown;
    s->plateau_wait = 0;
}

void sv_schedule_epoch(const sv_optimizer *o, sv_optimizer_state *s, double monitored)
{
    const sv_schedule *c = &o->schedule;
    if (c->type != SV_SCHEDULE_PLATEAU) return;
    if (s->plateau_cooldown > 0) s->plateau_cooldown--, s->plateau_wait = 0;
    if (monitored < s->plateau_best - (double)c->min_delta) {
        s->plateau_best = monitored;
        s->plateau_wait = 0;
    } else if (s->plateau_cooldown == 0 && ++s->plateau_wait >= c->patience) {
        reduce(o, s);
    }
}
