/* The most multiply-adds this instruction set does: independent chains in registers, no memory. */
#include "kernels/vectors.h"
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
typedef __m512 lanes;
#define ALL(x) _mm512_set1_ps(x)
#define MULTIPLY_ADD(a, x, y) _mm512_fmadd_ps(a, x, y)
#elif defined(__FMA__)
typedef __m256 lanes;
#define ALL(x) _mm256_set1_ps(x)
#define MULTIPLY_ADD(a, x, y) _mm256_fmadd_ps(a, x, y)
#elif defined(__SSE2__) && !defined(SV_SCALAR)
typedef __m128 lanes;
#define ALL(x) _mm_set1_ps(x)
#define MULTIPLY_ADD(a, x, y) _mm_add_ps(_mm_mul_ps(a, x), y)
#elif defined(__aarch64__) && !defined(SV_SCALAR)
typedef float32x4_t lanes;
#define ALL(x) vdupq_n_f32(x)
#define MULTIPLY_ADD(a, x, y) vfmaq_f32(y, a, x)
#else
typedef float lanes;
#define ALL(x) (x)
#define MULTIPLY_ADD(a, x, y) ((a) * (x) + (y))
#endif

/* Two units of up to five cycles' latency each need ten chains; more would spill where there are 16 registers. */
enum { CHAINS = 12 };

double SV_VECTOR(peak)(int64_t rounds, float *sink)
{
    lanes a[CHAINS], x = ALL(0.999F), y = ALL(0.001F);
    for (int k = 0; k < CHAINS; k++) a[k] = ALL((float)k);
    for (int64_t i = 0; i < rounds; i++)
#pragma GCC unroll 12
        for (int k = 0; k < CHAINS; k++) a[k] = MULTIPLY_ADD(a[k], x, y);
    for (int k = 1; k < CHAINS; k++) a[0] = MULTIPLY_ADD(a[0], x, a[k]);
    const float *out = (const float *)a;
    for (size_t i = 0; i < sizeof a[0] / sizeof *sink; i++) *sink += out[i];
    return 2.0 * CHAINS * (double)(sizeof a[0] / sizeof *sink) * (double)rounds;
}
