/* The native random streams (base/rng.h), LANES blocks side by side: the bits of sv_stream_uniform and sv_stream_normal. */
#include "kernels/vectors.h"

enum { WORDS = 4 }; /* of a block */

typedef uint32_t words[WORDS][SV_LANES];

/* Word k of block `block` + i into word[k][i]: sv_philox. */
SV_INLINE void philox(const sv_stream *s, uint64_t block, uint32_t epoch, uint32_t sample, words word)
{
    uint32_t *c0 = word[0], *c1 = word[1], *c2 = word[2], *c3 = word[3], k0 = s->key[0], k1 = s->key[1];
    for (int i = 0; i < SV_LANES; i++) {
        c0[i] = (uint32_t)(block + (uint64_t)i), c1[i] = (uint32_t)((block + (uint64_t)i) >> 32);
        c2[i] = epoch, c3[i] = sample;
    }
    for (int round = 0; round < 10; round++, k0 += SV_PHILOX_KEY_0, k1 += SV_PHILOX_KEY_1) {
        SV_SIMD
        for (int i = 0; i < SV_LANES; i++) sv_philox_round(&c0[i], &c1[i], &c2[i], &c3[i], k0, k1);
    }
}

SV_INLINE void uniforms(words word, float out[WORDS][SV_LANES])
{
    for (int k = 0; k < WORDS; k++) {
        SV_SIMD
        for (int i = 0; i < SV_LANES; i++) out[k][i] = sv_uniform(word[k][i]);
    }
}

/* sv_normal_pair, in loops that compilers vectorise. */
SV_INLINE void normals(words word, float out[WORDS][SV_LANES])
{
    float radius[SV_LANES];
    for (int k = 0; k < WORDS; k += 2) {
        SV_SIMD
        for (int i = 0; i < SV_LANES; i++) radius[i] = sv_normal_radius(word[k][i]);
        SV_SIMD
        for (int i = 0; i < SV_LANES; i++) {
            float sine, cosine;
            sv_sincosf(sv_normal_angle(word[k + 1][i]), &sine, &cosine);
            out[k][i] = sine * radius[i], out[k + 1][i] = cosine * radius[i];
        }
    }
}

/* Elements before the first whole block, of which there are at most three. */
static int64_t odd_elements(int64_t first, int64_t count)
{
    const int64_t odd = (WORDS - first % WORDS) % WORDS;
    return odd < count ? odd : count;
}

typedef void values(words word, float out[WORDS][SV_LANES]);

/* Whole blocks by lanes, what lies before and behind them by `others`. */
SV_INLINE void fill_by_lanes(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out,
                             values *make, sv_stream_fill *others)
{
    words word;
    float value[WORDS][SV_LANES];
    int64_t i = odd_elements(first, count);
    others(s, epoch, sample, first, i, out);
    for (; count - i >= WORDS * SV_LANES; i += WORDS * SV_LANES) {
        philox(s, (uint64_t)((first + i) / WORDS), epoch, sample, word);
        make(word, value);
        for (int lane = 0; lane < SV_LANES; lane++)
            for (int k = 0; k < WORDS; k++) out[i + WORDS * lane + k] = value[k][lane];
    }
    others(s, epoch, sample, first + i, count - i, out + i);
}

void SV_VECTOR(uniform)(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out)
{
    fill_by_lanes(s, epoch, sample, first, count, out, uniforms, sv_stream_uniform);
}

void SV_VECTOR(normal)(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out)
{
    fill_by_lanes(s, epoch, sample, first, count, out, normals, sv_stream_normal);
}
