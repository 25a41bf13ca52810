/*
 * What the sources built once per instruction set share (vectors*.c): names with the set's suffix, the mark of a loop whose
 * iterations are independent, and sums over fixed lanes.
 *
 * Every set gives the same bits: loops hold only + - * / sqrt, comparisons, selections and integer operations, each rounded
 * once in a written order; nothing is fused (-ffp-contract=off) and no libm function is called. Sums have 16 lanes and one
 * tree over them whatever the width of the machine's vectors.
 */
#ifndef SV_KERNELS_VECTORS_H
#define SV_KERNELS_VECTORS_H
#include "kernels/kernels.h"

#ifndef SV_ISA
#define SV_ISA scalar
#endif
#define SV_PASTE_(name, isa) sv_##name##_##isa
#define SV_PASTE(name, isa) SV_PASTE_(name, isa)
#define SV_TEXT_(isa) #isa
#define SV_TEXT(isa) SV_TEXT_(isa)
/* SV_VECTOR(add) is sv_add_avx2 in the AVX2 build. */
#define SV_VECTOR(name) SV_PASTE(name, SV_ISA)

/* Before a loop: no iteration reads what another writes (arrays may be the same, not shifted). */
#define SV_SIMD _Pragma("omp simd")
#define SV_INLINE static inline __attribute__((always_inline))

enum { SV_LANES = 16 };

/* lane[i % 16] += x[i]. */
SV_INLINE void sv_lanes_add(double lane[SV_LANES], int64_t count, const float *x)
{
    int64_t i = 0;
    for (; i + SV_LANES <= count; i += SV_LANES)
        for (int l = 0; l < SV_LANES; l++) lane[l] += (double)x[i + l];
    for (int l = 0; i + l < count; l++) lane[l] += (double)x[i + l];
}

/* Halves added to halves: (0+8)+(4+12) ... */
SV_INLINE double sv_lanes_total(double lane[SV_LANES])
{
    for (int half = SV_LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

void SV_VECTOR(activate)(const sv_activation *a, int64_t count, const float *x, float *y);
void SV_VECTOR(activate_backward)(const sv_activation *a, int64_t count, const float *x, const float *y, float *dy);

void SV_VECTOR(bias_activate)(int64_t rows, int64_t channels, float *y, const float *bias, const sv_activation *a);
void SV_VECTOR(fill_rows)(int64_t rows, int64_t channels, float *y, const float *bias);
void SV_VECTOR(column_sums)(int64_t rows, int64_t channels, const float *x, float *sum);
int64_t SV_VECTOR(column_totals)(int64_t rows, int64_t channels, bool last, const float *x, double *total);

void SV_VECTOR(add)(int64_t count, float *to, const float *x);
void SV_VECTOR(add_scaled)(int64_t count, float *to, float a, const float *x);
void SV_VECTOR(scale)(int64_t count, float *x, float a);
double SV_VECTOR(sum_squares)(int64_t count, const float *x);
bool SV_VECTOR(all_finite)(int64_t count, const float *x);
void SV_VECTOR(add_runs)(int64_t runs, int64_t run, float *to, int64_t to_stride, const float *x, int64_t x_stride);
void SV_VECTOR(from_u8)(int64_t count, const uint8_t *x, float *y);
void SV_VECTOR(from_u16)(int64_t count, const uint16_t *x, float *y);

void SV_VECTOR(moments)(int64_t rows, int64_t channels, const float *x, const float *shift, double *sum, double *square);
void SV_VECTOR(normalize)(const sv_normalize *n, int64_t rows, int64_t channels, const float *x, const float *beta, float *y);
void SV_VECTOR(normalize_sums)(const sv_normalize *n, int64_t rows, int64_t channels, int64_t from, int64_t width, const float *x,
                               const float *dy, double *sum, double *product);
void SV_VECTOR(normalize_backward)(const sv_normalize *n, int64_t rows, int64_t channels, const float *x, const float *dy,
                                   const float *a, const float *b, float *dx);
void SV_VECTOR(max_window)(const sv_pixels *w, const float *x, float *y, int32_t *winner);
void SV_VECTOR(mean_window)(const sv_pixels *w, const float *x, float divisor, float *y);
void SV_VECTOR(spread_window)(const sv_pixels *w, const float *dy, float divisor, float *dx);
void SV_VECTOR(interpolate)(int64_t count, const float *lower, const float *upper, float weight, float *y);

double SV_VECTOR(mse)(int64_t count, const float *y, const float *t, float scale, float *dy);
double SV_VECTOR(mae)(int64_t count, const float *y, const float *t, float scale, float *dy);
double SV_VECTOR(huber)(int64_t count, const float *y, const float *t, float delta, float scale, float *dy);
double SV_VECTOR(bce)(int64_t count, const float *y, const float *t, sv_dialect dialect, float scale, float *dy);
double SV_VECTOR(bce_with_logits)(int64_t count, const float *y, const float *t, float scale, float *dy);

void SV_VECTOR(sgd)(const sv_update *u, int64_t count, float *w, const float *g, float *velocity);
void SV_VECTOR(adam)(const sv_update *u, int64_t count, float *w, const float *g, float *m, float *v, float *v_max);
void SV_VECTOR(rmsprop)(const sv_update *u, int64_t count, float *w, const float *g, float *square, float *mean, float *velocity);

sv_stream_fill SV_VECTOR(uniform), SV_VECTOR(normal);

double SV_VECTOR(peak)(int64_t rounds, float *sink);

extern const sv_vectors SV_VECTOR(vectors);
extern const sv_native SV_VECTOR(native);

#endif
