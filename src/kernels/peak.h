/* This machine's multiply-add peak, measured on the spot: what speeds are a share of. */
#ifndef SV_KERNELS_PEAK_H
#define SV_KERNELS_PEAK_H
#include "kernels/kernels.h"

/* Floating-point operations a second (a multiply-add is two) of `threads` threads at once with this instruction
 * set, the best of a few runs of some 20 ms. */
double sv_measure_peak(const sv_vectors *vectors, int threads);

#endif
