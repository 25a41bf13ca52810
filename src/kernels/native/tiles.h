/* Sizes of the tiles: as many accumulators as the registers hold beside a step's operands. */
#ifndef SV_KERNELS_NATIVE_TILES_H
#define SV_KERNELS_NATIVE_TILES_H
#include "kernels/native/native.h"
#include "kernels/native/simd.h"

enum { VECTORS = 2 };
#if defined(__AVX512F__) || defined(__aarch64__)
enum { PIXELS = 8, NARROW_PIXELS = 10, SUMS = 24, STRIPS = 8 };
#elif defined(__AVX2__)
enum { PIXELS = 6, NARROW_PIXELS = 10, SUMS = 12, STRIPS = 4 };
#else
enum { PIXELS = 2, NARROW_PIXELS = 2, SUMS = 4, STRIPS = 2 };
#endif

/* Accumulators stay in registers only where loops over them are unrolled, in a copy for each of a tile's forms (PER_FORM). Under a
 * sanitizer one copy with loops does for all: compilers take minutes over its checks in so much code. */
#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif
#if defined(SANITIZED) && SANITIZED
#define UNROLL
#define PER_FORM static __attribute__((noinline))
#elif defined(__clang__)
#define UNROLL _Pragma("unroll")
#define PER_FORM SV_INLINE
#else
#define UNROLL _Pragma("GCC unroll 24")
#define PER_FORM SV_INLINE
#endif

/* What the next of as few tiles as hold `left` takes, all as alike as can be: narrow ones leave the adders idle. */
SV_INLINE int share(int left, int most)
{
    const int tiles = (left + most - 1) / most;
    return (left + tiles - 1) / tiles;
}

void SV_VECTOR(native_gather)(const sv_gather *g, int tiles, const float *const *in, float *const *out);
void SV_VECTOR(native_wgrad)(const sv_wgrad *t);
void SV_VECTOR(native_pad)(int64_t rows, int64_t before, int64_t count, int64_t after, const float *from, int64_t step, float *to);
void SV_VECTOR(native_turn)(int pixels, bool beyond, int64_t channels, const float *from, int64_t step, float *to,
                            int64_t to_step);
void SV_VECTOR(native_planar)(const sv_planar *p);
void SV_VECTOR(native_sum)(const sv_sum *s, float *to);
void SV_VECTOR(native_weave)(int64_t planes, int64_t count, const float *from, int64_t step, float *to, int64_t rows,
                             int64_t from_row, int64_t to_row);

#endif
