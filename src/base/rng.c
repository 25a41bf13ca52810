#include "base/rng.h"
#include "base/siphash.h"
#include <math.h>
#include <string.h>

/* The user's seed is half of the hash's key, so that streams of two seeds are as unrelated as two keys of a cipher. */
sv_stream sv_stream_open(uint64_t seed, const char *purpose, const char *name)
{
    const uint64_t key[2] = { SV_RNG_VERSION, seed };
    const uint64_t parts[2] = { sv_siphash(key, purpose, strlen(purpose)), sv_siphash(key, name, strlen(name)) };
    unsigned char bytes[16];
    for (int i = 0; i < 16; i++) bytes[i] = (unsigned char)(parts[i / 8] >> 8 * (i % 8));
    uint64_t hash = sv_siphash(key, bytes, sizeof bytes);
    return (sv_stream){ { (uint32_t)hash, (uint32_t)(hash >> 32) } };
}

void sv_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++, k0 += SV_PHILOX_KEY_0, k1 += SV_PHILOX_KEY_1)
        sv_philox_round(&c0, &c1, &c2, &c3, k0, k1);
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void sv_stream_block(const sv_stream *s, uint64_t block, uint32_t epoch, uint32_t sample, uint32_t out[4])
{
    const uint32_t counter[4] = { (uint32_t)block, (uint32_t)(block >> 32), epoch, sample };
    sv_philox(counter, s->key, out);
}

/* Four values from the counters that belong to group `group`. */
typedef void (*group_maker)(const sv_stream *s, uint64_t group, uint32_t epoch, uint32_t sample, float out[4]);

static void uniform_group(const sv_stream *s, uint64_t group, uint32_t epoch, uint32_t sample, float out[4])
{
    uint32_t words[4];
    sv_stream_block(s, group, epoch, sample, words);
    for (int i = 0; i < 4; i++) out[i] = sv_uniform(words[i]);
}

static void normal_group(const sv_stream *s, uint64_t group, uint32_t epoch, uint32_t sample, float out[4])
{
    uint32_t words[4];
    sv_stream_block(s, group, epoch, sample, words);
    sv_normal_pair(words[0], words[1], out);
    sv_normal_pair(words[2], words[3], out + 2);
}

/* 5 % of the normals are refused: that 256 blocks do not give four values has a probability of about 1e-660. */
static void truncated_group(const sv_stream *s, uint64_t group, uint32_t epoch, uint32_t sample, float out[4])
{
    float four[4];
    for (int block = 0, kept = 0; kept < 4; block++) {
        normal_group(s, group * 256 + (uint64_t)block, epoch, sample, four);
        for (int i = 0; i < 4 && kept < 4; i++)
            if (fabsf(four[i]) < 2) out[kept++] = four[i];
    }
}

static void fill(const sv_stream *s, group_maker make, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out)
{
    float four[4];
    for (int64_t i = 0; i < count;) {
        int64_t at = first + i, from = at % 4, n = 4 - from < count - i ? 4 - from : count - i;
        make(s, (uint64_t)(at / 4), epoch, sample, four);
        memcpy(out + i, four + from, (size_t)n * sizeof *out);
        i += n;
    }
}

void sv_stream_uniform(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out)
{
    fill(s, uniform_group, epoch, sample, first, count, out);
}

void sv_stream_normal(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out)
{
    fill(s, normal_group, epoch, sample, first, count, out);
}

void sv_stream_truncated(const sv_stream *s, uint32_t epoch, uint32_t sample, int64_t first, int64_t count, float *out)
{
    fill(s, truncated_group, epoch, sample, first, count, out);
}

/* Lemire, "Fast random integer generation in an interval", 2019: the high word of word x bound, refusing the 2^32 mod bound
 * low words that would make some results likelier. */
uint32_t sv_stream_below(const sv_stream *s, uint32_t epoch, uint32_t index, uint32_t bound)
{
    if (bound < 2) return 0;
    uint32_t words[4], refused = -bound % bound;
    for (uint64_t draw = 0;; draw++) {
        if (draw % 4 == 0) sv_stream_block(s, (uint64_t)index << 32 | draw / 4, epoch, 0, words);
        uint64_t product = (uint64_t)words[draw % 4] * bound;
        if ((uint32_t)product >= refused) return (uint32_t)(product >> 32);
    }
}

void sv_stream_permutation(const sv_stream *s, uint32_t epoch, int64_t count, uint32_t *out)
{
    for (int64_t i = 0; i < count; i++) out[i] = (uint32_t)i;
    for (int64_t i = count - 1; i > 0; i--) {
        uint32_t j = sv_stream_below(s, epoch, (uint32_t)i, (uint32_t)i + 1), kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}
