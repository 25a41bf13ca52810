/* Every update rule against a second one written down here in double from the frameworks' documentation, over 50 steps on a
 * function with curvature; schedules and clipping against their formulas; tables; independence of threads. */
#include "optim/optim.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 37, STEPS = 50 };

static const sv_vectors *vectors(void)
{
    const sv_vectors *v = NULL;
    assert_int_equal(sv_vectors_select(NULL, &v, NULL), SV_OK);
    return v;
}

static sv_optimizer completed(sv_optimizer o, sv_dialect dialect)
{
    sv_fault fault = { 0 };
    if (sv_optimizer_complete(&o, dialect, &fault) != SV_OK) fail_msg("%s", fault.text);
    return o;
}

/* One weight in double. */
typedef struct truth {
    double w, a, b, c;
} truth;

static void true_sgd(const sv_optimizer *o, truth *s, double g, double rate)
{
    double mu = (double)o->momentum;
    if (mu == 0) {
        s->w -= rate * g;
    } else if (o->dialect == SV_TORCH) {
        s->a = mu * s->a + g;
        s->w -= rate * (o->nesterov == SV_ON ? g + mu * s->a : s->a);
    } else {
        s->a = mu * s->a - rate * g;
        s->w += o->nesterov == SV_ON ? mu * s->a - rate * g : s->a;
    }
}

/* 1 - beta^t; Keras has beta, its power and the difference in binary32. */
static double one_minus_power(const sv_optimizer *o, double beta, int t)
{
    return o->dialect == SV_TORCH ? 1 - pow(beta, t) : 1 - (double)(float)pow((double)(float)beta, t);
}

static void true_adam(const sv_optimizer *o, truth *s, double g, double rate, double b1, double b2, int t)
{
    s->a = b1 * s->a + (1 - b1) * g;
    s->b = b2 * s->b + (1 - b2) * g * g;
    s->c = fmax(s->c, s->b);
    double v = o->amsgrad == SV_ON ? s->c : s->b, c1 = one_minus_power(o, b1, t), c2 = one_minus_power(o, b2, t),
           epsilon = (double)o->epsilon;
    if (o->dialect == SV_TORCH)
        s->w -= rate / c1 * s->a / (sqrt(v) / sqrt(c2) + epsilon);
    else
        s->w -= rate * sqrt(c2) / c1 * s->a / (sqrt(v) + epsilon);
}

static void true_rmsprop(const sv_optimizer *o, truth *s, double g, double rate, double rho)
{
    double mu = (double)o->momentum, epsilon = (double)o->epsilon;
    s->a = rho * s->a + (1 - rho) * g * g;
    s->b = rho * s->b + (1 - rho) * g;
    double v = o->centered == SV_ON ? s->a - s->b * s->b : s->a;
    if (o->dialect == SV_TORCH) {
        s->c = mu * s->c + g / (sqrt(v) + epsilon);
        s->w -= rate * s->c;
    } else {
        s->c = mu * s->c + rate * g / sqrt(v + epsilon);
        s->w -= s->c;
    }
}

/* Weight decay, then the rule. beta and rho as written in the case, not as the float that holds them. */
static void true_step(const sv_optimizer *o, truth *s, double g, int t, const double decimals[3])
{
    double rate = (double)o->learning_rate, decay = (double)o->weight_decay;
    if (o->type == SV_ADAMW || o->dialect == SV_KERAS)
        s->w -= rate * decay * s->w;
    else
        g += decay * s->w;
    if (o->type == SV_SGD)
        true_sgd(o, s, g, rate);
    else if (o->type == SV_RMSPROP)
        true_rmsprop(o, s, g, rate, decimals[2]);
    else
        true_adam(o, s, g, rate, decimals[0], decimals[1], t);
}

/* d/dw of a bowl with a ripple, plus what one batch differs from another. */
static double slope(double w, int i, int t)
{
    return 0.3 * (w - 0.1 * i) + 0.2 * cos(3 * w + i) + 0.1 * sin(12.9898 * i + 78.233 * t);
}

typedef struct arrays {
    float *w, *g, *slot[3];
    sv_flat flat;
} arrays;

static arrays arrays_new(int64_t count, const sv_span *span, int spans)
{
    arrays a = { .w = calloc((size_t)count, 4), .g = calloc((size_t)count, 4) };
    a.flat = (sv_flat){ .count = count, .weights = a.w, .gradients = a.g, .span = span, .spans = spans };
    for (int k = 0; k < 3; k++) a.flat.slot[k] = a.slot[k] = calloc((size_t)count, 4);
    return a;
}

static void arrays_free(arrays *a)
{
    free(a->w);
    free(a->g);
    for (int k = 0; k < 3; k++) free(a->slot[k]);
}

/* The gradients are those of the double weights, so that errors do not feed on themselves. */
static void follow(const char *name, sv_optimizer o, sv_dialect dialect, const double decimals[3])
{
    const sv_vectors *v = vectors();
    const sv_span span = { 0, N, { 0, 0 } };
    arrays a = arrays_new(N, &span, 1);
    truth truths[N] = { 0 };
    o = completed(o, dialect);
    for (int k = sv_optimizer_slots(&o); k < 3; k++) a.flat.slot[k] = NULL;
    sv_optimizer_state state;
    sv_optimizer_start(&o, &state);
    for (int i = 0; i < N; i++) truths[i].w = (double)(a.w[i] = 0.07f * (float)i - 1);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < N; i++) {
            double g = slope(truths[i].w, i, t);
            a.g[i] = (float)g;
            true_step(&o, &truths[i], g, t, decimals);
        }
        sv_optimizer_step(&o, &state, v, &a.flat, 1, NULL);
        for (int i = 0; i < N; i++)
            if (!(fabs((double)a.w[i] - truths[i].w) < 2e-6 * (1 + fabs(truths[i].w))))
                fail_msg("%s, %s: weight %d after %d steps: %.9g, expected %.9g", name, sv_dialect_names[dialect], i, t,
                         (double)a.w[i], truths[i].w);
    }
    assert_int_equal(state.step, STEPS);
    arrays_free(&a);
}

static void rules_follow_their_formulas(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        sv_optimizer o;
        double beta_1, beta_2;
    } cases[] = {
        { "sgd", { .type = SV_SGD }, 0, 0 },
        { "sgd with decay", { .type = SV_SGD, .weight_decay = 0.05f }, 0, 0 },
        { "momentum", { .type = SV_SGD, .learning_rate = 0.02f, .momentum = 0.9f }, 0, 0 },
        { "nesterov with decay", { .type = SV_SGD, .momentum = 0.8f, .nesterov = SV_ON, .weight_decay = 0.1f }, 0, 0 },
        { "adam", { .type = SV_ADAM, .learning_rate = 0.01f }, 0.9, 0.999 },
        { "adam, large epsilon", { .type = SV_ADAM, .learning_rate = 0.01f, .epsilon = 0.01f }, 0.9, 0.999 },
        { "adam with decay", { .type = SV_ADAM, .learning_rate = 0.01f, .weight_decay = 0.1f }, 0.9, 0.999 },
        { "adam, other betas", { .type = SV_ADAM, .learning_rate = 0.01f, .beta_1 = 0.5f, .beta_2 = 0.95f }, 0.5, 0.95 },
        { "amsgrad", { .type = SV_ADAM, .learning_rate = 0.01f, .beta_2 = 0.9f, .amsgrad = SV_ON }, 0.9, 0.9 },
        { "adamw", { .type = SV_ADAMW, .learning_rate = 0.02f, .weight_decay = 0.2f }, 0.9, 0.999 },
        { "adamw, amsgrad", { .type = SV_ADAMW, .beta_2 = 0.9f, .amsgrad = SV_ON }, 0.9, 0.9 },
        { "rmsprop", { .type = SV_RMSPROP }, 0, 0 },
        { "rmsprop with decay", { .type = SV_RMSPROP, .weight_decay = 0.1f, .epsilon = 0.001f }, 0, 0 },
        { "rmsprop, momentum", { .type = SV_RMSPROP, .momentum = 0.5f }, 0, 0 },
        { "rmsprop, centered", { .type = SV_RMSPROP, .centered = SV_ON, .epsilon = 0.001f }, 0, 0 },
        { "rmsprop, centered, momentum", { .type = SV_RMSPROP, .centered = SV_ON, .momentum = 0.5f, .epsilon = 0.001f }, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (sv_dialect d = SV_KERAS; d <= SV_TORCH; d++)
            follow(cases[i].name, cases[i].o, d, (double[]){ cases[i].beta_1, cases[i].beta_2, d == SV_TORCH ? 0.99 : 0.9 });
}

/* Adam's first step on gradient 1 is the rate, whatever the betas: Keras's to the rounding of its binary32 1 - beta^t. */
static void adam_first_step_is_the_rate(void **state)
{
    (void)state;
    for (sv_dialect d = SV_KERAS; d <= SV_TORCH; d++) {
        sv_optimizer o = completed((sv_optimizer){ .type = SV_ADAM, .epsilon = -0.0f }, d);
        arrays a = arrays_new(1, NULL, 0);
        sv_optimizer_state s;
        sv_optimizer_start(&o, &s);
        a.g[0] = 1;
        sv_optimizer_step(&o, &s, vectors(), &a.flat, 1, NULL);
        assert_true(fabs((double)a.w[0] + 1e-3) < (d == SV_TORCH ? 2e-10 : 1e-8));
        arrays_free(&a);
    }
}

static void slots_are_what_the_rules_keep(void **state)
{
    (void)state;
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_SGD }), 0);
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_SGD, .momentum = 0.9f }), 1);
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_ADAM }), 2);
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_ADAMW, .amsgrad = SV_ON }), 3);
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_RMSPROP }), 1);
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_RMSPROP, .momentum = 0.9f }), 2);
    assert_int_equal(sv_optimizer_slots(&(sv_optimizer){ .type = SV_RMSPROP, .momentum = 0.9f, .centered = SV_ON }), 3);
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-6 * fabs(want))) fail_msg("%.9g, expected %.9g", got, want);
}

static void dialects_have_their_defaults(void **state)
{
    (void)state;
    sv_optimizer o = completed((sv_optimizer){ .type = SV_ADAM }, SV_KERAS);
    assert_near((double)o.learning_rate, 0.001);
    assert_near((double)o.beta_1, 0.9);
    assert_near((double)o.beta_2, 0.999);
    assert_near((double)o.epsilon, 1e-7);
    assert_true(o.amsgrad == SV_OFF && o.weight_decay == 0 && o.clipnorm == 0 && o.dialect == SV_KERAS);
    assert_near((double)completed((sv_optimizer){ .type = SV_ADAM }, SV_TORCH).epsilon, 1e-8);
    assert_near((double)completed((sv_optimizer){ .type = SV_SGD }, SV_KERAS).learning_rate, 0.01);
    assert_near((double)completed((sv_optimizer){ .type = SV_ADAMW }, SV_KERAS).weight_decay, 0.004);
    assert_near((double)completed((sv_optimizer){ .type = SV_ADAMW }, SV_TORCH).weight_decay, 0.01);
    assert_near((double)completed((sv_optimizer){ .type = SV_RMSPROP }, SV_KERAS).rho, 0.9);
    assert_near((double)completed((sv_optimizer){ .type = SV_RMSPROP }, SV_TORCH).rho, 0.99);
    o = completed((sv_optimizer){ .type = SV_RMSPROP, .dialect = SV_TORCH }, SV_KERAS);
    assert_true(o.dialect == SV_TORCH);
    assert_near((double)o.rho, 0.99);
    o = completed((sv_optimizer){ .type = SV_ADAMW, .weight_decay = -0.0f }, SV_TORCH);
    assert_true(o.weight_decay == 0 && !signbit(o.weight_decay));
}

static void refused(sv_optimizer o, const char *wanted)
{
    sv_fault fault = { 0 };
    assert_int_equal(sv_optimizer_complete(&o, SV_KERAS, &fault), SV_BAD_ARGUMENT);
    if (strncmp(fault.text, wanted, strlen(wanted)) != 0) fail_msg("\"%s\", expected \"%s...\"", fault.text, wanted);
}

static void bad_arguments_are_named(void **state)
{
    (void)state;
    refused((sv_optimizer){ .learning_rate = -1 }, "learning_rate: ");
    refused((sv_optimizer){ .learning_rate = NAN }, "learning_rate: ");
    refused((sv_optimizer){ .beta_1 = 1 }, "beta_1: ");
    refused((sv_optimizer){ .type = SV_SGD, .momentum = 1.5f }, "momentum: ");
    refused((sv_optimizer){ .clipnorm = -1 }, "clipnorm: ");
    refused((sv_optimizer){ .schedule = { .type = SV_SCHEDULE_STEP, .decay_rate = 0.5f } }, "schedule.decay_steps: ");
    refused((sv_optimizer){ .schedule = { .warmup_steps = -1 } }, "schedule.warmup_steps: ");
    refused((sv_optimizer){ .schedule = { .type = SV_SCHEDULE_COSINE, .decay_steps = 5, .alpha = 2 } }, "schedule.alpha: ");
    refused((sv_optimizer){ .type = SV_OPTIMIZER_COUNT }, "type: ");
    refused((sv_optimizer){ .schedule = { .type = SV_SCHEDULE_COUNT } }, "schedule: ");
}

static void tables_name_every_type(void **state)
{
    (void)state;
    static const char *const optimizers[] = { "adam", "sgd", "adamw", "rmsprop" };
    static const char *const schedules[] = { "constant", "step", "exponential", "cosine", "plateau" };
    for (int i = 0; i < SV_OPTIMIZER_COUNT; i++) {
        assert_string_equal(sv_optimizer_names[i], optimizers[i]);
        assert_non_null(sv_optimizer_table((sv_optimizer_type)i)->key);
        assert_true(strlen(sv_optimizer_doc((sv_optimizer_type)i)) > 10);
    }
    for (int i = 0; i < SV_SCHEDULE_COUNT; i++) {
        assert_string_equal(sv_schedule_names[i], schedules[i]);
        assert_non_null(sv_schedule_table((sv_schedule_type)i)->key);
        assert_true(strlen(sv_schedule_doc((sv_schedule_type)i)) > 10);
    }
    assert_null(sv_optimizer_names[SV_OPTIMIZER_COUNT]);
    assert_null(sv_schedule_names[SV_SCHEDULE_COUNT]);
}

static double rate_after(const sv_optimizer *o, int64_t steps)
{
    sv_optimizer_state s;
    sv_optimizer_start(o, &s);
    s.step = steps;
    return (double)sv_learning_rate(o, &s);
}

static sv_optimizer scheduled(sv_schedule schedule)
{
    return completed((sv_optimizer){ .type = SV_SGD, .learning_rate = 0.5f, .schedule = schedule }, SV_KERAS);
}

static void schedules_follow_their_formulas(void **state)
{
    (void)state;
    sv_optimizer constant = scheduled((sv_schedule){ 0 });
    sv_optimizer step = scheduled((sv_schedule){ .type = SV_SCHEDULE_STEP, .decay_steps = 7, .decay_rate = 0.6f });
    sv_optimizer exponential = scheduled((sv_schedule){ .type = SV_SCHEDULE_EXPONENTIAL, .decay_steps = 13, .decay_rate = 0.3f });
    sv_optimizer cosine = scheduled((sv_schedule){ .type = SV_SCHEDULE_COSINE, .decay_steps = 40, .alpha = 0.1f });
    const double rate_06 = (double)0.6f, rate_03 = (double)0.3f, alpha = (double)0.1f;
    for (int t = 0; t < 100; t++) {
        assert_true(rate_after(&constant, t) == 0.5);
        assert_near(rate_after(&step, t), 0.5 * pow(rate_06, t / 7));
        assert_near(rate_after(&exponential, t), 0.5 * pow(rate_03, t / 13.0));
        assert_near(rate_after(&cosine, t), 0.5 * ((1 - alpha) * (1 + cos(M_PI * fmin(t, 40) / 40)) / 2 + alpha));
    }
    assert_near(rate_after(&exponential, 12345) + 1, 1);
}

static void warmup_rises_from_zero_then_the_schedule_begins(void **state)
{
    (void)state;
    sv_optimizer o = scheduled((sv_schedule){ .type = SV_SCHEDULE_STEP, .decay_steps = 3, .decay_rate = 0.5f, .warmup_steps = 4 });
    static const double want[] = { 0, 0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125 };
    for (int t = 0; t < 11; t++) assert_near(rate_after(&o, t), want[t]);
}

/* Keras's ReduceLROnPlateau: waits counted from the last improvement, none while cooling down, a floor. */
static void plateau_reduces(void **state)
{
    (void)state;
    sv_optimizer o = scheduled((sv_schedule){
        .type = SV_SCHEDULE_PLATEAU, .factor = 0.5f, .patience = 2, .cooldown = 1, .min_delta = 0.01f, .min_learning_rate = 0.1f });
    static const struct {
        double value, rate;
    } epochs[] = { { 1.0, 0.5 },   { 0.9, 0.5 },   { 0.895, 0.5 }, { 0.895, 0.25 }, { 0.895, 0.25 }, { 0.895, 0.125 },
                   { 0.5, 0.125 }, { NAN, 0.125 }, { 0.6, 0.1 },   { 0.6, 0.1 },    { 0.6, 0.1 },    { 0.6, 0.1 } };
    sv_optimizer_state s;
    sv_optimizer_start(&o, &s);
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
        sv_schedule_epoch(&o, &s, epochs[i].value);
        double rate = (double)sv_learning_rate(&o, &s);
        if (fabs(rate - epochs[i].rate) > 1e-7) fail_msg("epoch %zu: rate %g, expected %g", i, rate, epochs[i].rate);
    }
}

static void other_schedules_ignore_epochs(void **state)
{
    (void)state;
    sv_optimizer o = scheduled((sv_schedule){ 0 });
    sv_optimizer_state s;
    sv_optimizer_start(&o, &s);
    for (int i = 0; i < 50; i++) sv_schedule_epoch(&o, &s, 1);
    assert_true(sv_learning_rate(&o, &s) == 0.5f);
}

/* Two tensors with a gap between them, as the parameters' layout leaves gaps; plain SGD of rate 1 shows the clipped gradient. */
enum { FIRST = 20, GAP = 12, SECOND = 40, TOTAL = FIRST + GAP + SECOND };
static const sv_span two_spans[2] = { { 0, FIRST, { 0, 0 } }, { FIRST + GAP, SECOND, { 0, 0 } } };

static float gradient_at(int i)
{
    return i >= FIRST && i < FIRST + GAP ? 0 : (i < FIRST ? 0.1f : 2.0f) * (float)((i * 7) % 5 - 2);
}

static double norm_of(const float *x, int first, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) sum += (double)x[first + i] * (double)x[first + i];
    return sqrt(sum);
}

static void clipped(sv_optimizer o, sv_dialect dialect, float step[TOTAL], double *norm)
{
    arrays a = arrays_new(TOTAL, two_spans, 2);
    o.type = SV_SGD;
    o.learning_rate = 1;
    o = completed(o, dialect);
    sv_optimizer_state s;
    sv_optimizer_start(&o, &s);
    for (int i = 0; i < TOTAL; i++) a.g[i] = gradient_at(i);
    sv_optimizer_step(&o, &s, vectors(), &a.flat, 1, norm);
    for (int i = 0; i < TOTAL; i++) step[i] = -a.w[i];
    arrays_free(&a);
}

static void clipvalue_cuts_elements(void **state)
{
    (void)state;
    float step[TOTAL];
    double norm;
    clipped((sv_optimizer){ .clipvalue = 0.15f }, SV_KERAS, step, &norm);
    for (int i = 0; i < TOTAL; i++) assert_true(step[i] == fmaxf(-0.15f, fminf(0.15f, gradient_at(i))));
}

static void clipnorm_cuts_each_tensor(void **state)
{
    (void)state;
    float step[TOTAL], plain[TOTAL];
    double norm;
    for (int i = 0; i < TOTAL; i++) plain[i] = gradient_at(i);
    double first = norm_of(plain, 0, FIRST), second = norm_of(plain, FIRST + GAP, SECOND);
    assert_true(first < 3 && second > 3);
    for (sv_dialect d = SV_KERAS; d <= SV_TORCH; d++) {
        clipped((sv_optimizer){ .clipnorm = 3 }, d, step, &norm);
        assert_near(norm, sqrt(first * first + second * second));
        for (int i = 0; i < FIRST; i++) assert_true(step[i] == plain[i]);
        for (int i = FIRST + GAP; i < TOTAL; i++)
            if (plain[i] != 0) assert_near((double)step[i], (double)plain[i] * 3 / (second + (d == SV_TORCH ? 1e-6 : 0)));
    }
}

/* With norms near 1e-5 PyTorch's 1e-6 shows. */
static void global_clipnorm_cuts_all_alike(void **state)
{
    (void)state;
    for (sv_dialect d = SV_KERAS; d <= SV_TORCH; d++) {
        sv_optimizer o = completed((sv_optimizer){ .type = SV_SGD, .learning_rate = 1, .global_clipnorm = 1e-5f }, d);
        arrays a = arrays_new(TOTAL, two_spans, 2);
        float plain[TOTAL];
        for (int i = 0; i < TOTAL; i++) plain[i] = a.g[i] = 1e-6f * gradient_at(i);
        double whole = norm_of(plain, 0, TOTAL), norm;
        assert_true(whole > 1.1e-5);
        sv_optimizer_state s;
        sv_optimizer_start(&o, &s);
        sv_optimizer_step(&o, &s, vectors(), &a.flat, 1, &norm);
        assert_near(norm, whole);
        for (int i = 0; i < TOTAL; i++)
            if (plain[i] != 0)
                assert_near(-(double)a.w[i], (double)plain[i] * (double)1e-5f / (whole + (d == SV_TORCH ? 1e-6 : 0)));
        arrays_free(&a);
    }
}

/* Nothing happens below the limit; the norm after clipvalue is what global_clipnorm sees. */
static void clipping_limits(void **state)
{
    (void)state;
    float step[TOTAL], cut[TOTAL];
    double norm;
    clipped((sv_optimizer){ .clipvalue = 1e3f, .clipnorm = 1e3f, .global_clipnorm = 1e3f }, SV_KERAS, step, &norm);
    for (int i = 0; i < TOTAL; i++) assert_true(step[i] == gradient_at(i));
    clipped((sv_optimizer){ .clipvalue = 0.5f, .global_clipnorm = 0.25f }, SV_KERAS, step, &norm);
    for (int i = 0; i < TOTAL; i++) cut[i] = fmaxf(-0.5f, fminf(0.5f, gradient_at(i)));
    for (int i = 0; i < TOTAL; i++)
        if (cut[i] != 0) assert_near((double)step[i], (double)cut[i] * 0.25 / norm_of(cut, 0, TOTAL));
}

static void nan_gradients_reach_the_weights(void **state)
{
    (void)state;
    arrays a = arrays_new(TOTAL, two_spans, 2);
    sv_optimizer o = completed((sv_optimizer){ .clipvalue = 1, .clipnorm = 1, .global_clipnorm = 1 }, SV_KERAS);
    sv_optimizer_state s;
    sv_optimizer_start(&o, &s);
    a.g[3] = NAN;
    double norm;
    sv_optimizer_step(&o, &s, vectors(), &a.flat, 1, &norm);
    assert_true(isnan(a.w[3]) && isnan(norm));
    arrays_free(&a);
}

static void regularizers_add_their_gradient(void **state)
{
    (void)state;
    const sv_span spans[3] = { { 0, 4, { 0.5f, 0 } }, { 4, 4, { 0, 0 } }, { 8, 4, { 0.25f, 0.125f } } };
    arrays a = arrays_new(12, spans, 3);
    static const float w[12] = { 1, -2, 0, 3, 5, 6, 7, 8, -1, 2, 0.5f, 0 };
    memcpy(a.w, w, sizeof w);
    for (int i = 0; i < 12; i++) a.g[i] = 1;
    assert_near(sv_regularize(&a.flat), 0.5 * 6 + 0.25 * 3.5 + 0.125 * 5.25);
    static const float want[12] = { 1.5f, 0.5f, 1, 1.5f, 1, 1, 1, 1, 1 - 0.25f - 0.25f, 1 + 0.25f + 0.5f, 1 + 0.25f + 0.125f, 1 };
    assert_memory_equal(a.g, want, sizeof want);
    assert_memory_equal(a.w, w, sizeof w);
    arrays_free(&a);
}

/* 1.1 million weights are more norm blocks than there are places: blocks grow. Three steps on 1, 2, 3 and 5 threads. */
static void threads_change_no_bit(void **state)
{
    (void)state;
    enum { LARGE = 1100003 };
    const sv_span spans[2] = { { 0, 700001, { 0, 0 } }, { 700001, LARGE - 700001, { 0, 0 } } };
    float *first = NULL;
    double first_norm = 0;
    static const int threads[] = { 1, 2, 3, 5 };
    for (int k = 0; k < 4; k++) {
        arrays a = arrays_new(LARGE, spans, 2);
        sv_optimizer o = completed((sv_optimizer){ .clipnorm = 2, .global_clipnorm = 1, .clipvalue = 0.9f }, SV_KERAS);
        sv_optimizer_state s;
        sv_optimizer_start(&o, &s);
        double norm = 0, sum = 0;
        for (int t = 0; t < 3; t++) {
            sum = 0;
            for (int i = 0; i < LARGE; i++) {
                a.g[i] = (float)((i * 37 + t * 11) % 101 - 50) / 50;
                sum += (double)a.g[i] * (double)a.g[i];
            }
            sv_optimizer_step(&o, &s, vectors(), &a.flat, threads[k], &norm);
            assert_near(norm, sqrt(sum));
        }
        if (k == 0) {
            first = a.w, a.w = NULL, first_norm = norm;
        } else {
            assert_memory_equal(a.w, first, LARGE * sizeof *first);
            assert_true(norm == first_norm);
        }
        arrays_free(&a);
    }
    free(first);
}

/* A state written down and read back goes on as if nothing had happened. */
static void state_is_all_there_is(void **state)
{
    (void)state;
    sv_optimizer o = completed((sv_optimizer){ .schedule = { .type = SV_SCHEDULE_COSINE, .decay_steps = 20 } }, SV_KERAS);
    arrays a = arrays_new(N, NULL, 0), b = arrays_new(N, NULL, 0);
    sv_optimizer_state s, copy;
    sv_optimizer_start(&o, &s);
    for (int t = 0; t < 10; t++) {
        for (int i = 0; i < N; i++) a.g[i] = (float)slope((double)a.w[i], i, t);
        if (t == 5) {
            memcpy(b.w, a.w, N * sizeof *a.w);
            for (int k = 0; k < 3; k++) memcpy(b.slot[k], a.slot[k], N * sizeof *a.w);
            copy = s;
        }
        if (t >= 5) {
            memcpy(b.g, a.g, N * sizeof *a.g);
            sv_optimizer_step(&o, &copy, vectors(), &b.flat, 1, NULL);
        }
        sv_optimizer_step(&o, &s, vectors(), &a.flat, 1, NULL);
    }
    assert_memory_equal(a.w, b.w, N * sizeof *a.w);
    arrays_free(&a);
    arrays_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_follow_their_formulas),
        cmocka_unit_test(adam_first_step_is_the_rate),
        cmocka_unit_test(slots_are_what_the_rules_keep),
        cmocka_unit_test(dialects_have_their_defaults),
        cmocka_unit_test(bad_arguments_are_named),
        cmocka_unit_test(tables_name_every_type),
        cmocka_unit_test(schedules_follow_their_formulas),
        cmocka_unit_test(warmup_rises_from_zero_then_the_schedule_begins),
        cmocka_unit_test(plateau_reduces),
        cmocka_unit_test(other_schedules_ignore_epochs),
        cmocka_unit_test(clipvalue_cuts_elements),
        cmocka_unit_test(clipnorm_cuts_each_tensor),
        cmocka_unit_test(global_clipnorm_cuts_all_alike),
        cmocka_unit_test(clipping_limits),
        cmocka_unit_test(nan_gradients_reach_the_weights),
        cmocka_unit_test(regularizers_add_their_gradient),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(state_is_all_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
