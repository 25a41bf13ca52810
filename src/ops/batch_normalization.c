/*
 * BatchNormalization (Ioffe, Szegedy 2015), over samples, rows and columns of each channel: with n values per channel,
 *
 *   xhat = (x - mean) / sqrt(var + epsilon),   y = gamma xhat + beta
 *   training: mean = sum x / n, var = sum x^2 / n - mean^2, of the whole batch; else the moving ones
 *   moving = momentum moving + (1 - momentum) batch; the batch's variance enters as it is (keras) or times n / (n - 1) (torch;
 *   as it is where n is 1)
 *
 *   dbeta += sum dy,  dgamma += sum dy xhat
 *   dx += gamma / sqrt(var + epsilon) (dy - sum dy / n - xhat sum dy xhat / n) in training, else gamma / sqrt(...) dy
 *
 * The sums are plain ones in double: a float's square is exact there, so the variance's error, about 2^-53 sqrt(n) of
 * mean^2 + var, stays below what rounding x to float has done to it; what is left below zero is set to zero. A shift by the
 * moving mean would not survive `finish`, which moves it before `forward` runs.
 */
#include "ops/normalize.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = {
    { .key = "momentum",
      .type = SV_ARG_FLOAT,
      .offset = offsetof(sv_batch_normalization_args, momentum),
      .minimum = 0,
      .maximum = 1,
      .fallback = 0.99,
      .fallback_torch = 0.9,
      .doc = "share of the moving statistics that stays at each step" },
    SV_NORMALIZE_ROWS(sv_batch_normalization_args),
    { .key = "dialect",
      .type = SV_ARG_DIALECT,
      .offset = offsetof(sv_batch_normalization_args, dialect),
      .fallback_text = "the model's",
      .doc = "whose defaults, and whose moving variance: over n (keras) or n - 1 (torch)" },
    { 0 },
};

typedef struct state {
    int64_t channels, rows;                        /* rows of one sample */
    int gamma, beta, moving_mean, moving_variance; /* indices of the parameters, -1 where absent */
    double epsilon, momentum;
    bool unbiased;
} state;
_Static_assert(sizeof(state) <= SV_STATE_BYTES, "the state fits");

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    (void)fault;
    const sv_batch_normalization_args *args = i->args;
    int64_t channels = sv_shape_channels(&i->input[0]);
    state s = { .channels = channels,
                .rows = sv_shape_count(&i->input[0]) / channels,
                .epsilon = (double)args->epsilon,
                .momentum = (double)args->momentum,
                .unbiased = args->dialect == SV_TORCH };
    i->output = i->input[0];
    sv_normalize_parameters(i, args->scale, args->center, &s.gamma, &s.beta);
    s.moving_mean = sv_normalize_parameter(i, "moving_mean", false, SV_INIT_ZEROS);
    s.moving_variance = sv_normalize_parameter(i, "moving_variance", false, SV_INIT_ONES);
    i->statistics = 2 * channels;
    i->workspace = 6 * channels;
    i->multiply_adds = 2 * (double)sv_shape_count(&i->output);
    memcpy(i->state, &s, sizeof s);
    return SV_OK;
}

/* Mean and biased variance of channel k over the batch. */
static void moments(const sv_call *c, int64_t k, double *mean, double *variance)
{
    const state *s = c->state;
    double n = (double)c->batch * (double)s->rows;
    *mean = c->sums[k] / n;
    *variance = c->sums[s->channels + k] / n - *mean * *mean;
    if (*variance < 0) *variance = 0;
}

/* The numbers of each channel in the first floats of the workspace. */
static sv_normalize prepare(const sv_call *c)
{
    const state *s = c->state;
    sv_normalize n = sv_normalize_place(c->workspace, s->channels);
    for (int64_t k = 0; k < s->channels; k++) {
        double mean = (double)c->w[s->moving_mean][k], variance = (double)c->w[s->moving_variance][k];
        if (c->training) moments(c, k, &mean, &variance);
        sv_normalize_set(&n, k, mean, 1 / sqrt(variance + s->epsilon), sv_normalize_weight(c, s->gamma));
    }
    return n;
}

static void sum_forward(const sv_call *c)
{
    const state *s = c->state;
    c->vectors->moments(c->samples * s->rows, s->channels, c->x[0], NULL, c->partial, c->partial + s->channels);
}

static void finish(const sv_call *c, float *const *w)
{
    const state *s = c->state;
    double n = (double)c->batch * (double)s->rows, m = s->momentum, mean, variance;
    for (int64_t k = 0; k < s->channels; k++) {
        moments(c, k, &mean, &variance);
        if (s->unbiased && n > 1) variance *= n / (n - 1);
        float *moving_mean = &w[s->moving_mean][k], *moving_variance = &w[s->moving_variance][k];
        *moving_mean = (float)(m * (double)*moving_mean + (1 - m) * mean);
        *moving_variance = (float)(m * (double)*moving_variance + (1 - m) * variance);
    }
}

static void forward(const sv_call *c)
{
    const state *s = c->state;
    sv_normalize n = prepare(c);
    c->vectors->normalize(&n, c->samples * s->rows, s->channels, c->x[0], sv_normalize_weight(c, s->beta), c->y);
}

/* Adds one sample's dbeta and dgamma, and the same sums to `partial` where it is not NULL, there element after element: then
 * no sum depends on where micro-batches are cut. */
static void sum_sample(const sv_call *c, const sv_normalize *n, const float *x, const float *dy, double *partial)
{
    const state *s = c->state;
    int64_t width;
    for (int64_t from = 0; from < s->channels; from += width) {
        double added[2][SV_NORMALIZE_BLOCK] = { { 0 } };
        width = s->channels - from < SV_NORMALIZE_BLOCK ? s->channels - from : SV_NORMALIZE_BLOCK;
        double *total[2] = { partial ? partial + from : added[0], partial ? partial + s->channels + from : added[1] };
        for (int64_t k = 0; partial && k < width; k++) added[0][k] = total[0][k], added[1][k] = total[1][k];
        c->vectors->normalize_sums(n, s->rows, s->channels, from, width, x, dy, total[0], total[1]);
        for (int64_t k = 0; partial && k < width; k++) {
            added[0][k] = total[0][k] - added[0][k];
            added[1][k] = total[1][k] - added[1][k];
        }
        sv_normalize_add(c, s->beta, from, width, added[0]);
        sv_normalize_add(c, s->gamma, from, width, added[1]);
    }
}

static void sum_gradients(const sv_call *c, const sv_normalize *n, double *partial)
{
    const state *s = c->state;
    int64_t sample = s->rows * s->channels;
    for (int i = 0; i < c->samples; i++) sum_sample(c, n, c->x[0] + i * sample, c->dy + i * sample, partial);
}

static void sum_backward(const sv_call *c)
{
    sv_normalize n = prepare(c);
    sum_gradients(c, &n, c->partial);
}

static void backward(const sv_call *c)
{
    const state *s = c->state;
    sv_normalize n = prepare(c);
    float *a = c->workspace + 4 * s->channels, *b = a + s->channels;
    double count = (double)c->batch * (double)s->rows;
    if (!c->training) sum_gradients(c, &n, NULL);
    if (!c->dx[0]) return;
    for (int64_t k = 0; k < s->channels; k++) {
        double scale = (double)n.scale[k];
        a[k] = c->training ? (float)(scale * c->back_sums[k] / count) : 0;
        b[k] = c->training ? (float)(scale * (double)n.inv[k] * c->back_sums[s->channels + k] / count) : 0;
    }
    c->vectors->normalize_backward(&n, c->samples * s->rows, s->channels, c->x[0], c->dy, a, b, c->dx[0]);
}

const sv_op sv_op_batch_normalization = {
    .type = "BatchNormalization",
    .doc = "normalizes each channel over the batch",
    .table = table,
    .args_size = sizeof(sv_batch_normalization_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .keeps_input = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .sum_forward = sum_forward,
    .sum_backward = sum_backward,
    .finish = finish,
};
