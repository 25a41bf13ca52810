/* The discrete Fourier transform of any length: mixed radix, decimation in time (Cooley, Tukey 1965). */
#ifndef SV_ARTIFACTS_FOURIER_H
#define SV_ARTIFACTS_FOURIER_H
#include <stddef.h>

typedef struct sv_complex {
    double re, im;
} sv_complex;

/* exp(-2 pi i k / n), k < n. */
void sv_fourier_roots(int n, sv_complex *roots);

/* out[k] = sum over j of in[j stride] roots[j k mod n]; `scratch` holds n. out and in are apart. */
void sv_fourier(int n, const sv_complex *roots, const sv_complex *in, size_t stride, sv_complex *out, sv_complex *scratch);

#endif
