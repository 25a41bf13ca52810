#include "init/source.h"

/* TensorFlow's stateless operators round after the product and again after the sum, both in binary32. */
static void spread(int64_t count, float offset, float factor, float *x)
{
    for (int64_t i = 0; i < count; i++) {
        float product = x[i] * factor;
        x[i] = product + offset;
    }
}

static void uniform(const sv_source *s, int64_t count, float minimum, float maximum, float *out)
{
    sv_stream_uniform(&s->stream, s->high[0], s->high[1], 0, count, out);
    spread(count, minimum, maximum - minimum, out);
}

static void normal(const sv_source *s, int64_t count, float mean, float stddev, float *out)
{
    sv_stream_normal(&s->stream, s->high[0], s->high[1], 0, count, out);
    spread(count, mean, stddev, out);
}

static void truncated(const sv_source *s, int64_t count, float mean, float stddev, float *out)
{
    sv_stream_truncated(&s->stream, s->high[0], s->high[1], 0, count, out);
    spread(count, mean, stddev, out);
}

sv_source sv_source_philox(sv_stream stream, uint32_t high_0, uint32_t high_1)
{
    return (
        sv_source){ .uniform = uniform, .normal = normal, .truncated = truncated, .stream = stream, .high = { high_0, high_1 } };
}
