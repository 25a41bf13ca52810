#include "base/memory.h"
#include "init/torch.h"
#include <math.h>

/* A tensor in PyTorch's layout, and scratch of the same size. */
typedef struct tensor {
    int64_t count;
    float *value, *scratch;
} tensor;

static sv_status open_tensor(tensor *t, const sv_shape *shape, sv_fault *fault)
{
    t->count = sv_shape_count(shape);
    t->value = sv_new((size_t)(2 * t->count), sizeof *t->value);
    if (!t->value) return sv_fail_memory(fault, "initial weights");
    t->scratch = t->value + t->count;
    return SV_OK;
}

/* PyTorch's [b, a, kh, kw] and [b, a] to Keras's [kh, kw, a, b] and [a, b]. */
static void close_tensor(tensor *t, const sv_shape *shape, float *out)
{
    const int64_t *n = shape->dim;
    int64_t taps = shape->rank == 4 ? n[0] * n[1] : 1, a = shape->rank > 1 ? n[shape->rank - 2] : 1, b = n[shape->rank - 1];
    for (int64_t u = 0; u < taps; u++)
        for (int64_t i = 0; i < a; i++)
            for (int64_t j = 0; j < b; j++) out[(u * a + i) * b + j] = t->value[(j * a + i) * taps + u];
    sv_free(t->value);
}

static sv_status uniform(const sv_random_source *s, const sv_shape *shape, double minimum, double maximum, float *out,
                         sv_fault *fault)
{
    tensor t;
    if (open_tensor(&t, shape, fault) != SV_OK) return SV_NO_MEMORY;
    sv_torch_uniform(s->torch, t.count, minimum, maximum, t.value);
    close_tensor(&t, shape, out);
    return SV_OK;
}

static sv_status normal(const sv_random_source *s, const sv_shape *shape, double mean, double stddev, float *out, sv_fault *fault)
{
    tensor t;
    if (open_tensor(&t, shape, fault) != SV_OK) return SV_NO_MEMORY;
    sv_torch_normal(s->torch, t.count, mean, stddev, t.value);
    close_tensor(&t, shape, out);
    return SV_OK;
}

static sv_status truncated(const sv_random_source *s, const sv_shape *shape, double mean, double stddev, float *out,
                           sv_fault *fault)
{
    (void)s, (void)shape, (void)mean, (void)stddev, (void)out;
    return sv_fail(fault, SV_BAD_ARGUMENT, "PyTorch's generator has no normal cut at two standard deviations; trunc_normal");
}

/* trunc_normal_ since PyTorch 2.12, p > .3: whole tensors of normals, of which those fill in that stand where a value is out. */
static void redraw(sv_torch *g, const double moments[2], float lowest, float highest, tensor *t)
{
    sv_torch_normal(g, t->count, moments[0], moments[1], t->value);
    for (;;) {
        int64_t out = 0;
        for (int64_t i = 0; i < t->count; i++) out += t->value[i] < lowest || t->value[i] > highest;
        if (out == 0) return;
        sv_torch_normal(g, t->count, moments[0], moments[1], t->scratch);
        for (int64_t i = 0; i < t->count; i++)
            if (t->value[i] < lowest || t->value[i] > highest) t->value[i] = t->scratch[i];
    }
}

/* Whether log u > t, as PyTorch's vector logf sees it: it is within one unit in the last place, so that the answer is certain
 * unless the two are that near. */
typedef enum answer { NO, YES, UNCERTAIN } answer;

static answer log_above(float u, float t)
{
    if (u == 0) return NO;
    double unit = (double)nextafterf(fabsf(t), INFINITY) - fabs((double)t), away = log((double)u) - (double)t;
    return away > 1.01 * unit ? YES : away < -1.01 * unit ? NO : UNCERTAIN;
}

/* A round of uniform candidates for the values that are still pending (a NaN in `value` marks them). Returns how many are left,
 * -1 where the answer is uncertain. */
static int64_t accept_round(sv_torch *g, const double moments[2], const double bounds[2], float peak, tensor *t, float *candidate)
{
    float mean = (float)moments[0], stddev = (float)moments[1];
    int64_t left = 0;
    sv_torch_uniform(g, t->count, bounds[0], bounds[1], candidate);
    sv_torch_uniform(g, t->count, 0, 1, t->scratch);
    for (int64_t i = 0; i < t->count; i++) {
        if (!isnan(t->value[i])) continue;
        float z = (candidate[i] - mean) / stddev, density = z * z * -0.5f - peak;
        answer above = log_above(t->scratch[i], density);
        if (above == UNCERTAIN) return -1;
        if (above == YES)
            left++;
        else
            t->value[i] = candidate[i];
    }
    return left;
}

static sv_status accept(sv_torch *g, const double moments[2], const double bounds[2], tensor *t, sv_fault *fault)
{
    enum { MOST = 1 << 16 };
    double mode = fmax(bounds[0], fmin(moments[0], bounds[1])), z = (mode - moments[0]) / moments[1];
    float *candidate = sv_new((size_t)t->count, sizeof *candidate);
    if (!candidate) return sv_fail_memory(fault, "initial weights");
    int64_t left = t->count;
    for (int64_t i = 0; i < t->count; i++) t->value[i] = NAN;
    for (int round = 0; left > 0 && round < MOST; round++)
        left = accept_round(g, moments, bounds, (float)(-0.5 * z * z), t, candidate);
    sv_free(candidate);
    if (left == 0) return SV_OK;
    if (left > 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "trunc_normal: next to no candidate between a and b is accepted; closer bounds");
    return sv_fail(
        fault, SV_BAD_ARGUMENT,
        "trunc_normal: with this seed the last bit of a logarithm, which PyTorch does not define, decides; another seed");
}

static sv_status bounded(const sv_random_source *s, const sv_shape *shape, const double moments[2], const double bounds[2],
                         float *out, sv_fault *fault)
{
    tensor t;
    if (open_tensor(&t, shape, fault) != SV_OK) return SV_NO_MEMORY;
    sv_status status = SV_OK;
    if (sv_normal_share(moments, bounds) > 0.3)
        redraw(s->torch, moments, (float)bounds[0], (float)bounds[1], &t);
    else
        status = accept(s->torch, moments, bounds, &t, fault);
    close_tensor(&t, shape, out);
    return status;
}

static void permutation(const sv_random_source *s, uint32_t index, int64_t count, uint32_t *out)
{
    (void)index;
    sv_mt19937_permutation(&s->torch->engine, count, out);
}

sv_random_source sv_source_torch(sv_torch *g)
{
    return (sv_random_source){
        .uniform = uniform, .normal = normal, .truncated = truncated, .bounded = bounded, .permutation = permutation, .torch = g
    };
}
