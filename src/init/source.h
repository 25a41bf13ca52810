/* Where initializers take random numbers from. The native streams are one source; a framework's own generator, whose draws
 * follow one another, would be another: the initializers above it stay the same. */
#ifndef SV_INIT_SOURCE_H
#define SV_INIT_SOURCE_H
#include "base/rng.h"

typedef struct sv_source sv_source;
struct sv_source {
    /* minimum + (maximum - minimum) u, u uniform in [0,1). */
    void (*uniform)(const sv_source *s, int64_t count, float minimum, float maximum, float *out);
    /* mean + stddev z, z standard normal. */
    void (*normal)(const sv_source *s, int64_t count, float mean, float stddev, float *out);
    /* The same with |z| < 2. */
    void (*truncated)(const sv_source *s, int64_t count, float mean, float stddev, float *out);
    sv_stream stream;
    uint32_t high[2]; /* upper words of the Philox counter; 0 for the native streams */
};

/* A source on one Philox stream, with TensorFlow's conversions and roundings. */
sv_source sv_source_philox(sv_stream stream, uint32_t high_0, uint32_t high_1);

#endif
