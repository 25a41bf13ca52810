/* Functions of the training path that a C library rounds differently from release to release. */
#ifndef SV_BASE_MATH_H
#define SV_BASE_MATH_H

/* logf for normal x > 0 and sincosf for |x| < 120 as computed by ARM optimized-routines and glibc >= 2.28: double arithmetic,
 * one final rounding, the same bits on every machine. Largest errors in units in the last place, over all floats there
 * (tests/kernels/test_functions.c): log 0.82, sine 0.57, cosine 0.78. */
float sv_logf(float x);
void sv_sincosf(float x, float *sine, float *cosine);

#endif
