/* The native random streams: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * Every value is a pure function of a key and a counter: there is no state to save, and any thread makes any element. */
#ifndef SV_BASE_RNG_H
#define SV_BASE_RNG_H
#include "base/math.h"
#include <math.h>

#define SV_RNG_VERSION 1 /* part of every key: a changed stream gets a new number */

/* A stream: SipHash-2-4 of version, user seed, purpose ("init", "shuffle", "augment", "dropout", "noise", "synthetic") and a
 * stable name ("enc1/kernel"). */
typedef struct sv_stream {
    uint32_t key[2];
} sv_stream;
sv_stream sv_stream_open(uint64_t seed, const char *purpose, const char *name);

/* One round on the words c0 to c3 of a counter; the keys of the next one are k0 + SV_PHILOX_KEY_0, k1 + SV_PHILOX_KEY_1. */
#define SV_PHILOX_KEY_0 0x9e3779b9
#define SV_PHILOX_KEY_1 0xbb67ae85
SV_FUNCTION void sv_philox_round(uint32_t *c0, uint32_t *c1, uint32_t *c2, uint32_t *c3, uint32_t k0, uint32_t k1)
{
    const uint64_t a = (uint64_t)0xd2511f53 * *c0, b = (uint64_t)0xcd9e8d57 * *c2;
    const uint32_t odd = *c1, last = *c3;
    *c0 = (uint32_t)(b >> 32) ^ odd ^ k0;
    *c1 = (uint32_t)b;
    *c2 = (uint32_t)(a >> 32) ^ last ^ k1;
    *c3 = (uint32_t)a;
}

/* Ten rounds on counter under key, as Random123's philox4x32. */
void sv_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The 128 bits of block `block` of sample `sample` in epoch or step `epoch`: counter (block lo, block hi, epoch, sample). */
void sv_stream_block(const sv_stream *s, uint64_t block, uint32_t epoch, uint32_t sample, uint32_t out[4]);

/* TensorFlow's conversion of a word: multiples of 2^-23 in [0,1). */
SV_FUNCTION float sv_uniform(uint32_t word)
{
    return sv_float((uint32_t)127 << 23 | (word & 0x7fffff)) - 1;
}

/* TensorFlow's Box-Muller: two standard normals of two words, radius (sine, cosine) of the angle (log, sin, cos: src/base/math.h,
 * the same on every machine). */
SV_FUNCTION float sv_normal_radius(uint32_t word)
{
    const float u = sv_uniform(word);
    return sqrtf(-2.0f * sv_logf(u + (float)(u == 0) * 1e-7f));
}

SV_FUNCTION float sv_normal_angle(uint32_t word)
{
    const double two_pi = 6.283185307179586476925286766559;
    return (float)(two_pi * (double)sv_uniform(word));
}

SV_FUNCTION void sv_normal_pair(uint32_t a, uint32_t b, float out[2])
{
    const float radius = sv_normal_radius(a);
    float sine, cosine;
    sv_sincosf(sv_normal_angle(b), &sine, &cosine);
    out[0] = sine * radius;
    out[1] = cosine * radius;
}

/* out[i], i < count: uniforms in [0,1) (element 4g+i from word i of block g), or standard normals (block g gives four),
 * of the given epoch and sample, starting at element `first`.
 * One after another; sv_vectors (kernels.h) gives the same many at a time. */
typedef void sv_stream_fill(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out);
sv_stream_fill sv_stream_uniform, sv_stream_normal;
/* Standard normals cut at two standard deviations, TensorFlow's way: 4 values from a run of 256 blocks of their own. */
sv_stream_fill sv_stream_truncated;

/* An unbiased integer in [0, bound), from draw `index` of the stream (rejection inside 2^32 sub-draws of that index). */
uint32_t sv_stream_below(const sv_stream *s, uint32_t epoch, uint32_t index, uint32_t bound);

/* Fisher-Yates: a permutation of 0 .. count-1 for this epoch. */
void sv_stream_permutation(const sv_stream *s, uint32_t epoch, int64_t count, uint32_t *out);

#endif
