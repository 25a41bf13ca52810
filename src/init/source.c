#include "init/source.h"
#include "base/math.h"
#include <math.h>

/* offset + factor v of values v, piece by piece in the cache. TensorFlow's stateless operators round after the product and again
 * after the sum, both in binary32. */
static sv_status spread(const sv_random_source *s, sv_stream_fill *values, int64_t count, float offset, float factor, float *x)
{
    enum { PIECE = 4096 };
    for (int64_t first = 0; first < count; first += PIECE, x += PIECE) {
        const int64_t n = count - first < PIECE ? count - first : PIECE;
        values(&s->stream, s->high[0], s->high[1], first, n, x);
        for (int64_t i = 0; i < n; i++) {
            float product = x[i] * factor;
            x[i] = product + offset;
        }
    }
    return SV_OK;
}

static sv_status uniform(const sv_random_source *s, const sv_shape *shape, double minimum, double maximum, float *out,
                         sv_fault *fault)
{
    (void)fault;
    return spread(s, s->vectors ? s->vectors->uniform : sv_stream_uniform, sv_shape_count(shape), (float)minimum,
                  (float)maximum - (float)minimum, out);
}

static sv_status normal(const sv_random_source *s, const sv_shape *shape, double mean, double stddev, float *out, sv_fault *fault)
{
    (void)fault;
    return spread(s, s->vectors ? s->vectors->normal : sv_stream_normal, sv_shape_count(shape), (float)mean, (float)stddev, out);
}

static sv_status truncated(const sv_random_source *s, const sv_shape *shape, double mean, double stddev, float *out,
                           sv_fault *fault)
{
    (void)fault;
    return spread(s, sv_stream_truncated, sv_shape_count(shape), (float)mean, (float)stddev, out);
}

static double below(double x)
{
    return (1 + erf(x / sqrt(2))) / 2;
}

double sv_normal_share(const double moments[2], const double bounds[2])
{
    return below((bounds[1] - moments[0]) / moments[1]) - below((bounds[0] - moments[0]) / moments[1]);
}

double sv_log_density(const double moments[2], const double bounds[2], double x)
{
    double mode = fmax(bounds[0], fmin(moments[0], bounds[1]));
    double peak = (mode - moments[0]) / moments[1], here = (x - moments[0]) / moments[1];
    return (peak * peak - here * here) / 2;
}

/* One candidate of two words: a normal where most of them lie between the bounds, else a uniform one that is accepted with the
 * ratio of the densities. */
static bool candidate(const uint32_t word[2], bool normals, const double moments[2], const double bounds[2], float *value)
{
    float lowest = (float)bounds[0], highest = (float)bounds[1], pair[2];
    if (normals) {
        sv_normal_pair(word[0], word[1], pair);
        float scaled = pair[0] * (float)moments[1];
        *value = scaled + (float)moments[0];
        return *value >= lowest && *value <= highest;
    }
    *value = fminf(lowest + sv_uniform(word[0]) * (highest - lowest), highest);
    float u = sv_uniform(word[1]);
    return u == 0 || (double)sv_logf(u) <= sv_log_density(moments, bounds, *value);
}

/* Element i has a stream of its own, of which it takes as many blocks as it needs. */
static sv_status bounded(const sv_random_source *s, const sv_shape *shape, const double moments[2], const double bounds[2],
                         float *out, sv_fault *fault)
{
    enum { MOST = 1 << 16 };
    int64_t count = sv_shape_count(shape);
    bool normals = sv_normal_share(moments, bounds) > 0.3;
    for (int64_t i = 0; i < count; i++) {
        bool kept = false;
        for (uint64_t block = 0; !kept && block < MOST; block++) {
            uint32_t word[4];
            sv_stream_block(&s->stream, block, (uint32_t)i, (uint32_t)(i >> 32) + 1, word);
            kept = candidate(word, normals, moments, bounds, &out[i]) || candidate(word + 2, normals, moments, bounds, &out[i]);
        }
        if (!kept)
            return sv_fail(fault, SV_BAD_ARGUMENT,
                           "trunc_normal: next to nothing of N(%.9g, %.9g) lies evenly between %.9g and %.9g; "
                           "closer bounds",
                           moments[0], moments[1], bounds[0], bounds[1]);
    }
    return SV_OK;
}

/* Counters of other epochs than the values'. */
static void permutation(const sv_random_source *s, uint32_t index, int64_t count, uint32_t *out)
{
    sv_stream_permutation(&s->stream, index + 1, count, out);
}

sv_random_source sv_source_philox(const sv_vectors *vectors, sv_stream stream, uint32_t high_0, uint32_t high_1)
{
    return (sv_random_source){ .uniform = uniform,
                               .normal = normal,
                               .truncated = truncated,
                               .bounded = bounded,
                               .permutation = permutation,
                               .vectors = vectors,
                               .stream = stream,
                               .high = { high_0, high_1 } };
}
