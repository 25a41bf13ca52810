/* This machine's multiply-add peak, measured on the spot: what speeds are a share of. */
#ifndef SV_KERNELS_PEAK_H
#define SV_KERNELS_PEAK_H

/* Floating-point operations a second (a multiply-add is two) of `threads` threads at once with the named instruction set
 * (sv_vectors.isa), the best of a few runs of some 20 ms; 0 where the set is unknown. */
double sv_measure_peak(const char *isa, int threads);

#endif
