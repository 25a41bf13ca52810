/*
 * GroupNormalization (Wu, He 2018, arXiv 1803.08494), over the n values of a group of channels of one sample, rows and
 * columns included:
 *
 *   xhat = (x - mean) / sqrt(var + epsilon),   y = gamma xhat + beta,   gamma and beta of each channel
 *   dbeta += sum dy,  dgamma += sum dy xhat
 *   dx += (gamma dy - sum gamma dy / n - xhat sum gamma dy xhat / n) / sqrt(var + epsilon), sums over the group
 *
 * groups = 1 is layer normalization over the image, groups = channels (or -1) instance normalization. Mean and variance are
 * taken in double of x minus the group's first element (the shifted sums of Chan, Golub, LeVeque 1983).
 */
#include "ops/normalize.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = {
    { .key = "groups",
      .type = SV_ARG_INT,
      .offset = offsetof(sv_group_normalization_args, groups),
      .minimum = -1,
      .maximum = INT32_MAX,
      .fallback = 32,
      .fallback_torch = NAN,
      .doc = "groups of channels; -1: each channel its own" },
    SV_NORMALIZE_ROWS(sv_group_normalization_args),
    { .key = "dialect",
      .type = SV_ARG_DIALECT,
      .offset = offsetof(sv_group_normalization_args, dialect),
      .fallback_text = "the model's",
      .doc = "whose defaults" },
    { 0 },
};

typedef struct state {
    int64_t channels, rows, groups, size; /* rows of one sample; size: channels of a group */
    int gamma, beta;                      /* indices of the parameters, -1 where absent */
    double epsilon;
} state;
_Static_assert(sizeof(state) <= SV_STATE_BYTES, "the state fits");

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    const sv_group_normalization_args *args = i->args;
    int64_t channels = sv_shape_channels(&i->input[0]), groups = args->groups == -1 ? channels : args->groups;
    if (channels % groups)
        return sv_fail(fault, SV_BAD_ARGUMENT, "groups: expected a divisor of the input's %lld channels or -1, got %lld",
                       (long long)channels, (long long)groups);
    state s = { .channels = channels,
                .rows = sv_shape_count(&i->input[0]) / channels,
                .groups = groups,
                .size = channels / groups,
                .epsilon = (double)args->epsilon };
    i->output = i->input[0];
    sv_normalize_parameters(i, args->scale, args->center, &s.gamma, &s.beta);
    i->saved = 3 * groups; /* of each group: mean (two floats) and 1 / sqrt(var + epsilon) */
    i->workspace = 10 * channels;
    i->multiply_adds = 4 * (double)sv_shape_count(&i->output);
    memcpy(i->state, &s, sizeof s);
    return SV_OK;
}

static double group_sum(const state *s, int64_t g, const double *v)
{
    double sum = 0;
    for (int64_t k = g * s->size; k < (g + 1) * s->size; k++) sum += v[k];
    return sum;
}

/* saved: mean, rest, inv of each group of one sample, from sums and squares of each channel of x minus its group's first element.
 */
static void save_moments(const sv_call *c, const float *x, double *scratch, float *shift, float *saved)
{
    const state *s = c->state;
    double n = (double)s->rows * (double)s->size;
    for (int64_t k = 0; k < s->channels; k++) shift[k] = x[k / s->size * s->size];
    memset(scratch, 0, 2 * (size_t)s->channels * sizeof *scratch);
    c->vectors->moments(s->rows, s->channels, x, shift, scratch, scratch + s->channels);
    for (int64_t g = 0; g < s->groups; g++) {
        double off = group_sum(s, g, scratch) / n, variance = group_sum(s, g, scratch + s->channels) / n - off * off;
        double mean = (double)x[g * s->size] + off;
        if (variance < 0) variance = 0;
        saved[3 * g] = (float)mean;
        saved[3 * g + 1] = (float)(mean - (double)saved[3 * g]);
        saved[3 * g + 2] = (float)(1 / sqrt(variance + s->epsilon));
    }
}

/* The saved numbers of one sample's groups, for each of its channels. */
static void spread(const sv_call *c, const sv_normalize *n, const float *saved)
{
    const state *s = c->state;
    const float *gamma = sv_normalize_weight(c, s->gamma);
    for (int64_t k = 0; k < s->channels; k++) {
        const float *v = saved + 3 * (k / s->size);
        n->mean[k] = v[0];
        n->rest[k] = v[1];
        n->inv[k] = v[2];
        n->scale[k] = gamma ? gamma[k] * v[2] : v[2];
    }
}

/* Workspace: 4 floats per channel of double sums first (they want the alignment), then the numbers of each channel. */
static double *sums_of(const sv_call *c)
{
    return (double *)(void *)c->workspace;
}

static void forward(const sv_call *c)
{
    const state *s = c->state;
    int64_t count = s->rows * s->channels;
    sv_normalize n = sv_normalize_place(c->workspace + 4 * s->channels, s->channels);
    for (int r = 0; r < c->samples; r++) {
        float *saved = c->saved + r * 3 * s->groups;
        const float *x = c->x[0] + r * count;
        save_moments(c, x, sums_of(c), c->workspace + 8 * s->channels, saved);
        spread(c, &n, saved);
        c->vectors->normalize(&n, s->rows, s->channels, x, sv_normalize_weight(c, s->beta), c->y + r * count);
    }
}

/* What the mean and the deviation take off: a and b of sv_normalize_backward, from the channels' sums of dy and dy xhat. */
static void corrections(const sv_call *c, const sv_normalize *n, double *sum, double *product, float *a, float *b)
{
    const state *s = c->state;
    const float *gamma = sv_normalize_weight(c, s->gamma);
    double count = (double)s->rows * (double)s->size;
    for (int64_t k = 0; gamma && k < s->channels; k++) {
        sum[k] *= (double)gamma[k];
        product[k] *= (double)gamma[k];
    }
    for (int64_t g = 0; g < s->groups; g++) {
        double inv = (double)n->inv[g * s->size];
        float mean = (float)(inv * group_sum(s, g, sum) / count), slope = (float)(inv * inv * group_sum(s, g, product) / count);
        for (int64_t k = g * s->size; k < (g + 1) * s->size; k++) a[k] = mean, b[k] = slope;
    }
}

static void backward(const sv_call *c)
{
    const state *s = c->state;
    int64_t count = s->rows * s->channels;
    double *sum = sums_of(c), *product = sum + s->channels;
    sv_normalize n = sv_normalize_place(c->workspace + 4 * s->channels, s->channels);
    float *a = c->workspace + 8 * s->channels, *b = a + s->channels;
    for (int r = 0; r < c->samples; r++) {
        const float *x = c->x[0] + r * count, *dy = c->dy + r * count;
        spread(c, &n, c->saved + r * 3 * s->groups);
        memset(sum, 0, 2 * (size_t)s->channels * sizeof *sum);
        c->vectors->normalize_sums(&n, s->rows, s->channels, 0, s->channels, x, dy, sum, product);
        sv_normalize_add(c, s->beta, 0, s->channels, sum);
        sv_normalize_add(c, s->gamma, 0, s->channels, product);
        if (!c->dx[0]) continue;
        corrections(c, &n, sum, product, a, b);
        c->vectors->normalize_backward(&n, s->rows, s->channels, x, dy, a, b, c->dx[0] + r * count);
    }
}

const sv_op sv_op_group_normalization = {
    .type = "GroupNormalization",
    .doc = "normalizes groups of channels of each sample",
    .table = table,
    .args_size = sizeof(sv_group_normalization_args),
    .min_inputs = 1,
    .max_inputs = 1,
    .keeps_input = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
