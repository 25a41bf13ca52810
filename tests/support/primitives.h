/* The primitives of a backend against their definition in kernels.h, computed in double. */
#ifndef TESTS_SUPPORT_PRIMITIVES_H
#define TESTS_SUPPORT_PRIMITIVES_H
#include "kernels/kernels.h"

/* down, up and wgrad of random images with every epilogue, into buffers full of NaN with guards behind them. */
void primitives_check(const sv_conv_backend *b, const sv_vectors *k, const sv_conv_geometry *g, int samples);

/* wgrad_down and wgrad_up, where there are such, against the bits of the two calls they stand for. */
void primitives_check_pairs(const sv_conv_backend *b, const sv_vectors *k, const sv_conv_geometry *g, int samples);

/* primitives_check of any offset of the small image against the big one, also where no tap meets it: every `every`-th. */
void primitives_check_awkward(const sv_conv_backend *b, const sv_vectors *k, int every);

/* A product in all four forms, with and without accumulation. */
void primitives_check_product(const sv_conv_backend *b, const sv_vectors *k, int m, int n, int depth);

/* A kernel of `count` floats as down or up takes it: packed, or a copy; guarded, to be freed with sv_free. */
float *primitives_packed(const sv_conv_backend *b, const sv_vectors *k, const sv_conv_geometry *g, sv_direction d, const float *v,
                         int64_t count);

/* Random floats with a guard of 16 behind them, to be freed with sv_free. */
float *primitives_random(uint64_t stream, int64_t count);
void primitives_check_guard(const float *f, int64_t count);

#endif
