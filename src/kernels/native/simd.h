/*
 * One vector of floats per instruction set: what the tiles (*.isa.c) are written in. Each operation is one correctly rounded
 * operation on every lane, so that a lane's value does not depend on the width. SSE2 and plain C ("scalar") have no fused
 * multiply-add: their product is exact in double, the sum is rounded to odd there (its error by TwoSum), and that rounds to float
 * as the exact sum would.
 */
#ifndef SV_KERNELS_NATIVE_SIMD_H
#define SV_KERNELS_NATIVE_SIMD_H
#include "kernels/vectors.h"
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
enum { WIDTH = 16 };
typedef __m512 lanes;

SV_INLINE lanes load(const float *p)
{
    return _mm512_loadu_ps(p);
}

SV_INLINE void store(float *p, lanes x)
{
    _mm512_storeu_ps(p, x);
}

SV_INLINE lanes all(float x)
{
    return _mm512_set1_ps(x);
}

SV_INLINE lanes plus(lanes a, lanes b)
{
    return _mm512_add_ps(a, b);
}

/* x < 0 ? 0 : x */
SV_INLINE lanes rectify(lanes x)
{
    return _mm512_max_ps(_mm512_setzero_ps(), x);
}

/* dy times a ReLU's derivative where its output is y: 1 where y > 0, else 0. */
SV_INLINE lanes rectify_backward(lanes dy, lanes y)
{
    return _mm512_mul_ps(dy, _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_GT_OQ), all(1)));
}

/* a b + c */
SV_INLINE lanes multiply_add(lanes a, lanes b, lanes c)
{
    return _mm512_fmadd_ps(a, b, c);
}

/* The first n of WIDTH lanes, zeros behind them. */
SV_INLINE lanes load_first(const float *p, int n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1U << n) - 1), p);
}

/* Some lanes: [first, last) of WIDTH; those around them are loaded as -0, which changes nothing that it is added to. */
typedef __mmask16 lane_set;

SV_INLINE lane_set between(int first, int last)
{
    return (__mmask16)((1U << last) - (1U << first));
}

SV_INLINE lanes load_some(const float *p, lane_set which)
{
    return _mm512_mask_loadu_ps(all(-0.0F), which, p);
}

/* a + b in those lanes, a around them. */
SV_INLINE lanes plus_some(lanes a, lanes b, lane_set which)
{
    return _mm512_mask_add_ps(a, which, a, b);
}

/* Zeros around them. */
SV_INLINE lanes load_these(const float *p, lane_set which)
{
    return _mm512_maskz_loadu_ps(which, p);
}

SV_INLINE void store_these(float *p, lanes x, lane_set which)
{
    _mm512_mask_storeu_ps(p, which, x);
}

SV_INLINE void store_first(float *p, lanes x, int n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1U << n) - 1), x);
}

/* a0 b0 a1 b1 ...: the first WIDTH of these, and the rest. */
SV_INLINE lanes zip_low(lanes a, lanes b)
{
    return _mm512_permutex2var_ps(a, _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), b);
}

SV_INLINE lanes zip_high(lanes a, lanes b)
{
    return _mm512_permutex2var_ps(a, _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), b);
}

/* a0 b0 c0 a1 b1 c1 ... */
SV_INLINE void store_three(float *p, lanes a, lanes b, lanes c)
{
    const __m512i ab[3] = { _mm512_setr_epi32(0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5),
                            _mm512_setr_epi32(21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26),
                            _mm512_setr_epi32(0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0) };
    const __m512i all_c[3] = { _mm512_setr_epi32(0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15),
                               _mm512_setr_epi32(0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15),
                               _mm512_setr_epi32(26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31) };
    for (int k = 0; k < 3; k++) store(p + k * WIDTH, _mm512_permutex2var_ps(_mm512_permutex2var_ps(a, ab[k], b), all_c[k], c));
}

/* Every fourth row's four floats beside the other's. */
SV_INLINE lanes load_quads(const float *p, int64_t step)
{
    lanes x = _mm512_castps128_ps512(_mm_loadu_ps(p)); /* masked loads leave the shuffles' port free */
    x = _mm512_mask_broadcast_f32x4(x, 0x00f0, _mm_loadu_ps(p + 4 * step));
    x = _mm512_mask_broadcast_f32x4(x, 0x0f00, _mm_loadu_ps(p + 8 * step));
    return _mm512_mask_broadcast_f32x4(x, 0xf000, _mm_loadu_ps(p + 12 * step));
}

/* Where load_quads reads. */
SV_INLINE void store_quads(float *p, int64_t step, lanes x)
{
    _mm_storeu_ps(p, _mm512_castps512_ps128(x));
    _mm_storeu_ps(p + step, _mm512_extractf32x4_ps(x, 1));
    _mm_storeu_ps(p + 2 * step, _mm512_extractf32x4_ps(x, 2));
    _mm_storeu_ps(p + 3 * step, _mm512_extractf32x4_ps(x, 3));
}

/* Four by four floats of each quarter turned about. */
SV_INLINE void turn_quads(lanes x[4])
{
    lanes a = _mm512_unpacklo_ps(x[0], x[1]), b = _mm512_unpackhi_ps(x[0], x[1]);
    lanes c = _mm512_unpacklo_ps(x[2], x[3]), d = _mm512_unpackhi_ps(x[2], x[3]);
    x[0] = _mm512_shuffle_ps(a, c, 0x44), x[1] = _mm512_shuffle_ps(a, c, 0xee);
    x[2] = _mm512_shuffle_ps(b, d, 0x44), x[3] = _mm512_shuffle_ps(b, d, 0xee);
}

#elif defined(__AVX2__)
enum { WIDTH = 8 };
typedef __m256 lanes;

SV_INLINE lanes load(const float *p)
{
    return _mm256_loadu_ps(p);
}

SV_INLINE void store(float *p, lanes x)
{
    _mm256_storeu_ps(p, x);
}

SV_INLINE lanes all(float x)
{
    return _mm256_set1_ps(x);
}

SV_INLINE lanes plus(lanes a, lanes b)
{
    return _mm256_add_ps(a, b);
}

SV_INLINE lanes rectify(lanes x)
{
    return _mm256_max_ps(_mm256_setzero_ps(), x);
}

SV_INLINE lanes rectify_backward(lanes dy, lanes y)
{
    return _mm256_mul_ps(dy, _mm256_and_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_GT_OQ), all(1)));
}

SV_INLINE lanes multiply_add(lanes a, lanes b, lanes c)
{
    return _mm256_fmadd_ps(a, b, c);
}

SV_INLINE __m256i first(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

SV_INLINE lanes load_first(const float *p, int n)
{
    return _mm256_maskload_ps(p, first(n));
}

typedef __m256i lane_set;

SV_INLINE lane_set between(int from, int last)
{
    return _mm256_andnot_si256(first(from), first(last));
}

SV_INLINE lanes load_these(const float *p, lane_set which)
{
    return _mm256_maskload_ps(p, which);
}

SV_INLINE lanes load_some(const float *p, lane_set which)
{
    return _mm256_blendv_ps(all(-0.0F), _mm256_maskload_ps(p, which), _mm256_castsi256_ps(which));
}

SV_INLINE lanes plus_some(lanes a, lanes b, lane_set which)
{
    return _mm256_blendv_ps(a, plus(a, b), _mm256_castsi256_ps(which));
}

SV_INLINE void store_these(float *p, lanes x, lane_set which)
{
    _mm256_maskstore_ps(p, which, x);
}

SV_INLINE void store_first(float *p, lanes x, int n)
{
    _mm256_maskstore_ps(p, first(n), x);
}

SV_INLINE lanes zip_low(lanes a, lanes b)
{
    return _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x20);
}

SV_INLINE lanes zip_high(lanes a, lanes b)
{
    return _mm256_permute2f128_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b), 0x31);
}

SV_INLINE void store_three(float *p, lanes a, lanes b, lanes c)
{
    a = _mm256_permutevar8x32_ps(a, _mm256_setr_epi32(0, 3, 6, 1, 4, 7, 2, 5));
    b = _mm256_permutevar8x32_ps(b, _mm256_setr_epi32(5, 0, 3, 6, 1, 4, 7, 2));
    c = _mm256_permutevar8x32_ps(c, _mm256_setr_epi32(2, 5, 0, 3, 6, 1, 4, 7));
    store(p, _mm256_blend_ps(_mm256_blend_ps(a, b, 0x92), c, 0x24));
    store(p + 8, _mm256_blend_ps(_mm256_blend_ps(a, b, 0x24), c, 0x49));
    store(p + 16, _mm256_blend_ps(_mm256_blend_ps(a, b, 0x49), c, 0x92));
}

SV_INLINE lanes load_quads(const float *p, int64_t step)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + 4 * step), 1);
}

SV_INLINE void store_quads(float *p, int64_t step, lanes x)
{
    _mm_storeu_ps(p, _mm256_castps256_ps128(x));
    _mm_storeu_ps(p + step, _mm256_extractf128_ps(x, 1));
}

SV_INLINE void turn_quads(lanes x[4])
{
    lanes a = _mm256_unpacklo_ps(x[0], x[1]), b = _mm256_unpackhi_ps(x[0], x[1]);
    lanes c = _mm256_unpacklo_ps(x[2], x[3]), d = _mm256_unpackhi_ps(x[2], x[3]);
    x[0] = _mm256_shuffle_ps(a, c, 0x44), x[1] = _mm256_shuffle_ps(a, c, 0xee);
    x[2] = _mm256_shuffle_ps(b, d, 0x44), x[3] = _mm256_shuffle_ps(b, d, 0xee);
}

#else
enum { WIDTH = 4 };
#if defined(__SSE2__) && !defined(SV_SCALAR)
typedef __m128 lanes;

SV_INLINE lanes load(const float *p)
{
    return _mm_loadu_ps(p);
}

SV_INLINE void store(float *p, lanes x)
{
    _mm_storeu_ps(p, x);
}

SV_INLINE lanes all(float x)
{
    return _mm_set1_ps(x);
}

SV_INLINE lanes plus(lanes a, lanes b)
{
    return _mm_add_ps(a, b);
}

SV_INLINE lanes rectify(lanes x)
{
    return _mm_max_ps(_mm_setzero_ps(), x);
}

SV_INLINE lanes rectify_backward(lanes dy, lanes y)
{
    return _mm_mul_ps(dy, _mm_and_ps(_mm_cmpgt_ps(y, _mm_setzero_ps()), all(1)));
}

/* The sum of an exact product and c, rounded to odd: where it is inexact and its last bit is even, a step towards the error. */
SV_INLINE __m128d add_to_odd(__m128d product, __m128d c)
{
    __m128d sum = _mm_add_pd(product, c), part = _mm_sub_pd(sum, product);
    __m128d error = _mm_add_pd(_mm_sub_pd(product, _mm_sub_pd(sum, part)), _mm_sub_pd(c, part));
    __m128d zero = _mm_setzero_pd();
    __m128i inexact = _mm_castpd_si128(_mm_or_pd(_mm_cmplt_pd(error, zero), _mm_cmpgt_pd(error, zero)));
    __m128i one = _mm_set_epi32(0, 1, 0, 1), bits = _mm_castpd_si128(sum);
    __m128i step = _mm_and_si128(inexact, _mm_andnot_si128(bits, one));
    __m128i differ = _mm_srai_epi32(_mm_castpd_si128(_mm_xor_pd(sum, error)), 31);
    differ = _mm_shuffle_epi32(differ, _MM_SHUFFLE(3, 3, 1, 1)); /* all ones where the signs differ */
    step = _mm_sub_epi64(_mm_xor_si128(step, differ), differ);
    return _mm_castsi128_pd(_mm_add_epi64(bits, step));
}

SV_INLINE lanes multiply_add(lanes a, lanes b, lanes c)
{
    __m128d low = add_to_odd(_mm_mul_pd(_mm_cvtps_pd(a), _mm_cvtps_pd(b)), _mm_cvtps_pd(c));
    lanes ah = _mm_movehl_ps(a, a), bh = _mm_movehl_ps(b, b), ch = _mm_movehl_ps(c, c);
    __m128d high = add_to_odd(_mm_mul_pd(_mm_cvtps_pd(ah), _mm_cvtps_pd(bh)), _mm_cvtps_pd(ch));
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}

SV_INLINE lanes zip_low(lanes a, lanes b)
{
    return _mm_unpacklo_ps(a, b);
}

SV_INLINE lanes zip_high(lanes a, lanes b)
{
    return _mm_unpackhi_ps(a, b);
}

#elif defined(__aarch64__) && !defined(SV_SCALAR)
typedef float32x4_t lanes;

SV_INLINE lanes load(const float *p)
{
    return vld1q_f32(p);
}

SV_INLINE void store(float *p, lanes x)
{
    vst1q_f32(p, x);
}

SV_INLINE lanes all(float x)
{
    return vdupq_n_f32(x);
}

SV_INLINE lanes plus(lanes a, lanes b)
{
    return vaddq_f32(a, b);
}

SV_INLINE lanes rectify(lanes x)
{
    return vbslq_f32(vcltq_f32(x, vdupq_n_f32(0)), vdupq_n_f32(0), x);
}

SV_INLINE lanes rectify_backward(lanes dy, lanes y)
{
    return vmulq_f32(dy, vbslq_f32(vcgtq_f32(y, vdupq_n_f32(0)), vdupq_n_f32(1), vdupq_n_f32(0)));
}

SV_INLINE lanes multiply_add(lanes a, lanes b, lanes c)
{
    return vfmaq_f32(c, a, b);
}

SV_INLINE lanes zip_low(lanes a, lanes b)
{
    return vzip1q_f32(a, b);
}

SV_INLINE lanes zip_high(lanes a, lanes b)
{
    return vzip2q_f32(a, b);
}

#else
typedef struct lanes {
    float x[WIDTH];
} lanes;

SV_INLINE lanes load(const float *p)
{
    return (lanes){ { p[0], p[1], p[2], p[3] } };
}

SV_INLINE void store(float *p, lanes x)
{
    for (int k = 0; k < WIDTH; k++) p[k] = x.x[k];
}

SV_INLINE lanes all(float x)
{
    return (lanes){ { x, x, x, x } };
}

SV_INLINE lanes plus(lanes a, lanes b)
{
    for (int k = 0; k < WIDTH; k++) a.x[k] += b.x[k];
    return a;
}

SV_INLINE lanes rectify(lanes x)
{
    for (int k = 0; k < WIDTH; k++) x.x[k] = x.x[k] < 0 ? 0 : x.x[k];
    return x;
}

SV_INLINE lanes rectify_backward(lanes dy, lanes y)
{
    for (int k = 0; k < WIDTH; k++) dy.x[k] *= y.x[k] > 0 ? 1 : 0;
    return dy;
}

#if defined(__FP_FAST_FMAF)
SV_INLINE float fused(float a, float b, float c)
{
    return __builtin_fmaf(a, b, c);
}
#else
/* As add_to_odd. */
SV_INLINE float fused(float a, float b, float c)
{
    double product = (double)a * (double)b, sum = product + (double)c, part = sum - product;
    double error = (product - (sum - part)) + ((double)c - part);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if ((error < 0 || error > 0) && bits % 2 == 0) bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
}
#endif

SV_INLINE lanes multiply_add(lanes a, lanes b, lanes c)
{
    for (int k = 0; k < WIDTH; k++) c.x[k] = fused(a.x[k], b.x[k], c.x[k]);
    return c;
}

SV_INLINE lanes zip_low(lanes a, lanes b)
{
    return (lanes){ { a.x[0], b.x[0], a.x[1], b.x[1] } };
}

SV_INLINE lanes zip_high(lanes a, lanes b)
{
    return (lanes){ { a.x[2], b.x[2], a.x[3], b.x[3] } };
}
#endif

SV_INLINE void store_three(float *p, lanes a, lanes b, lanes c)
{
    float x[3][WIDTH];
    store(x[0], a), store(x[1], b), store(x[2], c);
    for (int k = 0; k < 3 * WIDTH; k++) p[k] = x[k % 3][k / 3];
}

SV_INLINE lanes load_quads(const float *p, int64_t step)
{
    (void)step;
    return load(p);
}

SV_INLINE void store_quads(float *p, int64_t step, lanes x)
{
    (void)step;
    store(p, x);
}

SV_INLINE void turn_quads(lanes x[4])
{
    lanes a = zip_low(x[0], x[2]), b = zip_high(x[0], x[2]), c = zip_low(x[1], x[3]), d = zip_high(x[1], x[3]);
    x[0] = zip_low(a, c), x[1] = zip_high(a, c), x[2] = zip_low(b, d), x[3] = zip_high(b, d);
}

typedef struct lane_set {
    int first, last;
} lane_set;

SV_INLINE lane_set between(int first, int last)
{
    return (lane_set){ first, last };
}

SV_INLINE lanes load_some(const float *p, lane_set which)
{
    float x[WIDTH];
    store(x, all(-0.0F));
    for (int k = which.first; k < which.last; k++) x[k] = p[k];
    return load(x);
}

SV_INLINE lanes plus_some(lanes a, lanes b, lane_set which)
{
    float sum[WIDTH], result[WIDTH];
    store(sum, plus(a, b)), store(result, a);
    for (int i = which.first; i < which.last; i++) result[i] = sum[i];
    return load(result);
}

SV_INLINE lanes load_these(const float *p, lane_set which)
{
    float x[WIDTH] = { 0 };
    for (int k = which.first; k < which.last; k++) x[k] = p[k];
    return load(x);
}

SV_INLINE lanes load_first(const float *p, int n)
{
    return load_these(p, between(0, n));
}

SV_INLINE void store_these(float *p, lanes v, lane_set which)
{
    float x[WIDTH];
    store(x, v);
    for (int k = which.first; k < which.last; k++) p[k] = x[k];
}

SV_INLINE void store_first(float *p, lanes v, int n)
{
    store_these(p, v, between(0, n));
}
#endif

/* A vector for several uses. gcc would fetch it again for each of two or three, and one that lies across two lines of the cache
 * costs two reads every time. */
SV_INLINE lanes load_once(const float *p)
{
    lanes x = load(p);
#if defined(__AVX2__)
    __asm__("" : "+v"(x));
#endif
    return x;
}

#endif
