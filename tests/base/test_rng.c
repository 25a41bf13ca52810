/* The native streams against Random123's and SipHash's published answers, glibc, TensorFlow's values, and statistics. */
#include "base/math.h"
#include "base/rng.h"
#include "base/siphash.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* kat_vectors of Random123 1.14. */
static void philox_gives_the_published_words(void **state)
{
    (void)state;
    static const uint32_t cases[3][10] = {
        { 0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 },
        { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd },
        { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 },
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        sv_philox(cases[i], cases[i] + 4, out);
        assert_memory_equal(out, cases[i] + 6, sizeof out);
    }
}

/* Appendix A of the paper (15 bytes), and the reference implementation's vectors for other lengths. */
static void siphash_gives_the_published_digests(void **state)
{
    (void)state;
    unsigned char message[64];
    for (int i = 0; i < 64; i++) message[i] = (unsigned char)i;
    const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
    assert_true(sv_siphash(key, message, 15) == 0xa129ca6149be45e5);
    assert_true(sv_siphash(key, message, 0) == 0x726fdb47dd0e0e31);
    assert_true(sv_siphash(key, message, 1) == 0x74f839c593dc67fd);
    assert_true(sv_siphash(key, message, 8) == 0x93f5f5799a932462);
    assert_true(sv_siphash(key, message, 63) == 0x958a324ceb064572);
}

static void a_block_is_philox_of_its_counters(void **state)
{
    (void)state;
    const sv_stream s = { { 0xa4093822, 0x299f31d0 } };
    const uint32_t want[4] = { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 };
    uint32_t out[4];
    sv_stream_block(&s, 0x85a308d3243f6a88, 0x13198a2e, 0x03707344, out);
    assert_memory_equal(out, want, sizeof out);
}

#ifdef __GLIBC__
static void logarithm_sine_and_cosine_are_glibcs(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1 << 23; i += 7) {
        float u = sv_uniform(i) < 1e-7f ? 1e-7f : sv_uniform(i), sine, cosine, glibc_sine, glibc_cosine;
        if (bits_of(sv_logf(u)) != bits_of(logf(u)))
            fail_msg("log of %a: %a, glibc %a", (double)u, (double)sv_logf(u), (double)logf(u));
        float angle = (float)(6.283185307179586 * (double)sv_uniform(i));
        sv_sincosf(angle, &sine, &cosine);
        sincosf(angle, &glibc_sine, &glibc_cosine);
        if (bits_of(sine) != bits_of(glibc_sine) || bits_of(cosine) != bits_of(glibc_cosine))
            fail_msg("sine, cosine of %a: %a, %a, glibc %a, %a", (double)angle, (double)sine, (double)cosine, (double)glibc_sine,
                     (double)glibc_cosine);
    }
}
#endif

static void logarithm_sine_and_cosine_are_near_the_truth(void **state)
{
    (void)state;
    for (int i = 1; i < 200000; i++) {
        float x = (float)i * 3.1e-4f, sine, cosine;
        assert_true(fabs((double)sv_logf(x) - log((double)x)) <= 1e-7 * fabs(log((double)x)) + 1e-12);
        for (int sign = -1; sign <= 1; sign += 2) {
            sv_sincosf((float)sign * x, &sine, &cosine);
            assert_true(fabs((double)sine - sign * sin((double)x)) < 6.1e-8);
            assert_true(fabs((double)cosine - cos((double)x)) < 6.1e-8);
        }
    }
    assert_true(bits_of(sv_logf(1)) == 0);
}

/* TensorFlow's stateless generator of seed (42, 0), as Keras 3's initializers use it on [3,3,1,16]: its key and the upper
 * counter words are those of Philox under a fixed key; values from TensorFlow 2.x. */
static void values_are_tensorflows(void **state)
{
    (void)state;
    const uint32_t counter[4] = { 42, 0, 0, 0 }, key[2] = { 0x3ec8f720, 0x02461e29 };
    static const uint32_t uniform[4] = { 0xbcb23b13, 0xb9260000, 0x3cb080ee, 0xbd448677 };
    static const uint32_t normal[4] = { 0x3a4f514d, 0xbda2d32d, 0x3ba9baab, 0x3d263ede };
    static const uint32_t he_normal[4] = { 0x3c4f38cf, 0x3db01edd, 0xbca91b08, 0x3dd591fc };
    uint32_t m[4];
    sv_philox(counter, key, m);
    const sv_stream s = { { m[0], m[1] } };
    float x[4];
    sv_stream_uniform(&s, m[2], m[3], 0, 4, x);
    for (int i = 0; i < 4; i++) assert_int_equal(bits_of(x[i] * (0.05f - -0.05f) + -0.05f), uniform[i]);
    sv_stream_normal(&s, m[2], m[3], 0, 4, x);
    for (int i = 0; i < 4; i++) assert_int_equal(bits_of(x[i] * 0.05f), normal[i]);
    sv_stream_truncated(&s, m[2], m[3], 0, 4, x);
    for (int i = 0; i < 4; i++) assert_int_equal(bits_of(x[i] * 0.05f), normal[i]);
    sv_stream_truncated(&s, m[2], m[3], 3132, 4, x); /* the end of HeNormal on [784,4], behind many a refused value */
    for (int i = 0; i < 4; i++) assert_int_equal(bits_of(x[i] * (float)(sqrt(2.0 / 784) / 0.87962566103423978)), he_normal[i]);
}

static void uniform_reads_the_low_23_bits(void **state)
{
    (void)state;
    assert_true(sv_uniform(0) == 0);
    assert_true(sv_uniform(0xff800000) == 0);
    assert_true(sv_uniform(0x00400000) == 0.5f);
    assert_true(sv_uniform(0xffffffff) == 1 - 0x1p-23f);
}

/* The word pair of u = 0 is the largest radius there is. */
static void normal_of_zero_words_is_finite(void **state)
{
    (void)state;
    float pair[2];
    sv_normal_pair(0, 0, pair);
    assert_true(pair[0] == 0);
    assert_true(fabs((double)pair[1] - sqrt(-2 * log((double)1e-7f))) < 1e-6);
}

static sv_stream_fill *const fillers[3] = { sv_stream_uniform, sv_stream_normal, sv_stream_truncated };

/* Element i is the same whichever piece it is asked for in. */
static void every_value_is_a_function_of_its_index(void **state)
{
    (void)state;
    const sv_stream s = sv_stream_open(3, "noise", "x");
    enum { N = 150 };
    for (int f = 0; f < 3; f++) {
        float whole[N], piece[N + 1];
        fillers[f](&s, 5, 9, 0, N, whole);
        for (int first = 0; first < N; first++)
            for (int count = 0; first + count <= N; count++) {
                piece[count] = -77;
                fillers[f](&s, 5, 9, first, count, piece);
                assert_memory_equal(piece, whole + first, (size_t)count * sizeof *piece);
                assert_true(piece[count] == -77);
            }
    }
}

/* Also where the counter's first word overflows in the middle of a long run. */
static void long_runs_are_of_blocks(void **state)
{
    (void)state;
    const sv_stream s = sv_stream_open(3, "noise", "x");
    enum { BLOCKS = 60 };
    static float x[4 * BLOCKS];
    const uint64_t first = ((uint64_t)1 << 32) - 21;
    sv_stream_uniform(&s, 5, 9, (int64_t)(4 * first), 4 * BLOCKS, x);
    for (int i = 0; i < BLOCKS; i++) {
        uint32_t word[4];
        sv_stream_block(&s, first + (uint64_t)i, 5, 9, word);
        for (int k = 0; k < 4; k++) assert_true(x[4 * i + k] == sv_uniform(word[k]));
    }
}

/* Beyond 2^32 blocks the counter's second word takes part. */
static void far_elements_differ(void **state)
{
    (void)state;
    const sv_stream s = sv_stream_open(3, "noise", "x");
    float near[4], far[4];
    sv_stream_uniform(&s, 0, 0, 0, 4, near);
    sv_stream_uniform(&s, 0, 0, (int64_t)1 << 34, 4, far);
    assert_memory_not_equal(near, far, sizeof near);
}

typedef struct moments {
    double mean, variance, skew, kurtosis, smallest, largest;
} moments;

static moments moments_of(const float *x, int n)
{
    moments m = { .smallest = (double)x[0], .largest = (double)x[0] };
    for (int i = 0; i < n; i++) m.mean += (double)x[i] / n;
    for (int i = 0; i < n; i++) {
        double d = (double)x[i] - m.mean;
        m.variance += d * d / n, m.skew += d * d * d / n, m.kurtosis += d * d * d * d / n;
        m.smallest = fmin(m.smallest, (double)x[i]), m.largest = fmax(m.largest, (double)x[i]);
    }
    m.skew /= pow(m.variance, 1.5);
    m.kurtosis /= m.variance * m.variance;
    return m;
}

/* Bounds: five standard errors at n = 2^20. Truncated at 2: variance 0.87962566^2, kurtosis from the density. */
static void distributions_have_their_moments(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    static const double variance[3] = { 1.0 / 12, 1, 0.77374130 }, kurtosis[3] = { 1.8, 3, 2.3655 }, mean[3] = { 0.5, 0, 0 };
    float *x = malloc(N * sizeof *x);
    assert_non_null(x);
    const sv_stream s = sv_stream_open(11, "init", "moments");
    for (int f = 0; f < 3; f++) {
        fillers[f](&s, 0, 0, 0, N, x);
        moments m = moments_of(x, N);
        assert_true(fabs(m.mean - mean[f]) < 5 * sqrt(variance[f] / N));
        assert_true(fabs(m.variance - variance[f]) < 5 * sqrt((kurtosis[f] - 1) / N) * variance[f]);
        assert_true(fabs(m.skew) < 0.015);
        assert_true(fabs(m.kurtosis - kurtosis[f]) < 0.03);
        if (f == 0) assert_true(m.smallest >= 0 && m.largest < 1 && m.largest > 0.9999);
        if (f == 1) assert_true(m.largest > 4 && m.smallest < -4 && m.largest < 6);
        if (f == 2) assert_true(m.largest < 2 && m.smallest > -2 && m.largest > 1.999);
    }
    free(x);
}

static double correlation(const sv_stream *a, const sv_stream *b, uint32_t epoch, uint32_t sample)
{
    enum { N = 1 << 14 };
    static float x[N], y[N];
    double sum = 0;
    sv_stream_normal(a, 0, 0, 0, N, x);
    sv_stream_normal(b, epoch, sample, 0, N, y);
    for (int i = 0; i < N; i++) sum += (double)x[i] * (double)y[i];
    return sum / N;
}

/* A stream changed in one thing only is another stream. */
static void streams_are_independent(void **state)
{
    (void)state;
    const sv_stream s = sv_stream_open(1, "init", "enc1/kernel");
    const sv_stream other[6] = {
        sv_stream_open(2, "init", "enc1/kernel"),  sv_stream_open((uint64_t)1 << 32 | 1, "init", "enc1/kernel"),
        sv_stream_open(1, "noise", "enc1/kernel"), sv_stream_open(1, "init", "enc2/kernel"),
        sv_stream_open(1, "init", "enc1/bias"),    sv_stream_open(1, "inite", "nc1/kernel"),
    };
    const double bound = 5 / sqrt(1 << 14);
    assert_true(correlation(&s, &s, 0, 0) > 0.9);
    for (int i = 0; i < 6; i++) {
        assert_memory_not_equal(&s, &other[i], sizeof s);
        assert_true(fabs(correlation(&s, &other[i], 0, 0)) < bound);
    }
    assert_true(fabs(correlation(&s, &s, 1, 0)) < bound);
    assert_true(fabs(correlation(&s, &s, 0, 1)) < bound);
}

/* Every name of a thousand has a key of its own, and keys use all their bits. */
static void names_make_distinct_keys(void **state)
{
    (void)state;
    uint32_t any[2] = { 0 }, all[2] = { ~0u, ~0u };
    static uint64_t seen[1000];
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "conv2d_%d/kernel", i);
        sv_stream s = sv_stream_open(42, "init", name);
        for (int k = 0; k < 2; k++) any[k] |= s.key[k], all[k] &= s.key[k];
        seen[i] = (uint64_t)s.key[1] << 32 | s.key[0];
        for (int j = 0; j < i; j++) assert_true(seen[i] != seen[j]);
    }
    for (int k = 0; k < 2; k++) assert_true(any[k] == ~0u && all[k] == 0);
}

static void bounded_integers_are_unbiased(void **state)
{
    (void)state;
    enum { DRAWS = 60000 };
    const sv_stream s = sv_stream_open(4, "shuffle", "dice");
    static const struct {
        uint32_t bound, bins;
        double limit; /* the 99.9 % point of chi-square with bins - 1 degrees of freedom */
    } cases[3] = { { 6, 6, 20.5 },
                   { 17, 17, 39.3 },
                   { 0xc0000000, 3, 13.8 } }; /* the last: unrefused, v mod 3 is 0 half the time */
    for (int c = 0; c < 3; c++) {
        double counts[17] = { 0 }, chi = 0, expected = (double)DRAWS / cases[c].bins;
        for (uint32_t i = 0; i < DRAWS; i++) {
            uint32_t v = sv_stream_below(&s, 7, i, cases[c].bound);
            assert_true(v < cases[c].bound);
            counts[v % cases[c].bins]++;
        }
        for (uint32_t b = 0; b < cases[c].bins; b++) chi += (counts[b] - expected) * (counts[b] - expected) / expected;
        assert_true(chi < cases[c].limit);
    }
    assert_int_equal(sv_stream_below(&s, 0, 0, 1), 0);
    assert_int_equal(sv_stream_below(&s, 0, 0, 0), 0);
}

static void permutations_are_permutations(void **state)
{
    (void)state;
    enum { N = 1000 };
    const sv_stream s = sv_stream_open(4, "shuffle", "train");
    uint32_t p[N], again[N], other[N];
    for (int64_t n = 0; n <= N; n += n < 5 ? 1 : 199) {
        bool seen[N] = { false };
        sv_stream_permutation(&s, 2, n, p);
        for (int64_t i = 0; i < n; i++) {
            assert_true(p[i] < n && !seen[p[i]]);
            seen[p[i]] = true;
        }
    }
    sv_stream_permutation(&s, 2, N, p);
    sv_stream_permutation(&s, 2, N, again);
    sv_stream_permutation(&s, 3, N, other);
    assert_memory_equal(p, again, sizeof p);
    assert_memory_not_equal(p, other, sizeof p);
}

/* All 24 orders of four things over 24,000 epochs. */
static void permutations_are_equally_likely(void **state)
{
    (void)state;
    const sv_stream s = sv_stream_open(8, "shuffle", "four");
    double counts[256] = { 0 }, chi = 0;
    for (uint32_t epoch = 0; epoch < 24000; epoch++) {
        uint32_t p[4];
        sv_stream_permutation(&s, epoch, 4, p);
        counts[p[0] << 6 | p[1] << 4 | p[2] << 2 | p[3]]++;
    }
    for (int i = 0; i < 256; i++)
        if (counts[i] > 0) chi += (counts[i] - 1000) * (counts[i] - 1000) / 1000;
    assert_true(chi < 49.7); /* 99.9 % point, 23 degrees of freedom */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_words),
        cmocka_unit_test(siphash_gives_the_published_digests),
        cmocka_unit_test(a_block_is_philox_of_its_counters),
#ifdef __GLIBC__
        cmocka_unit_test(logarithm_sine_and_cosine_are_glibcs),
#endif
        cmocka_unit_test(logarithm_sine_and_cosine_are_near_the_truth),
        cmocka_unit_test(values_are_tensorflows),
        cmocka_unit_test(uniform_reads_the_low_23_bits),
        cmocka_unit_test(normal_of_zero_words_is_finite),
        cmocka_unit_test(every_value_is_a_function_of_its_index),
        cmocka_unit_test(far_elements_differ),
        cmocka_unit_test(long_runs_are_of_blocks),
        cmocka_unit_test(distributions_have_their_moments),
        cmocka_unit_test(streams_are_independent),
        cmocka_unit_test(names_make_distinct_keys),
        cmocka_unit_test(bounded_integers_are_unbiased),
        cmocka_unit_test(permutations_are_permutations),
        cmocka_unit_test(permutations_are_equally_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
