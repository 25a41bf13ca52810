/* Where initializers take random numbers from: the native streams, TensorFlow's, or PyTorch's generator, whose draws follow one
 * another. The initializers above are the same for all of them. */
#ifndef SV_INIT_SOURCE_H
#define SV_INIT_SOURCE_H
#include "base/rng.h"
#include "base/shape.h"
#include "kernels/kernels.h"

typedef struct sv_random_source sv_random_source;
struct sv_random_source {
    /* minimum + (maximum - minimum) u, u uniform in [0,1). `out` is a whole tensor of this shape in Keras's layout. */
    sv_status (*uniform)(const sv_random_source *s, const sv_shape *shape, double minimum, double maximum, float *out,
                         sv_fault *fault);
    /* mean + stddev z, z standard normal. */
    sv_status (*normal)(const sv_random_source *s, const sv_shape *shape, double mean, double stddev, float *out, sv_fault *fault);
    /* The same with |z| < 2. */
    sv_status (*truncated)(const sv_random_source *s, const sv_shape *shape, double mean, double stddev, float *out,
                           sv_fault *fault);
    /* The same with values from `lowest` to `highest`. */
    sv_status (*bounded)(const sv_random_source *s, const sv_shape *shape, const double moments[2], const double bounds[2],
                         float *out, sv_fault *fault);
    /* The index-th permutation of 0 .. count-1, after the values. */
    void (*permutation)(const sv_random_source *s, uint32_t index, int64_t count, uint32_t *out);
    const sv_vectors *vectors; /* of the Philox ones; NULL: the same values one after another */
    sv_stream stream;
    uint32_t high[2];       /* upper words of the Philox counter; 0 for the native streams */
    struct sv_torch *torch; /* PyTorch's generator */
};

/* A source on one Philox stream, with TensorFlow's conversions and roundings. */
sv_random_source sv_source_philox(const sv_vectors *vectors, sv_stream stream, uint32_t high_0, uint32_t high_1);

/* Share of N(moments[0], moments[1]) that lies between the bounds. */
double sv_normal_share(const double moments[2], const double bounds[2]);
/* Logarithm of the normal density at x over that at its highest point between the bounds. */
double sv_log_density(const double moments[2], const double bounds[2], double x);

#endif
