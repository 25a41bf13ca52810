/* Functions of the training path that a C library rounds differently from release to release: logf for normal x > 0 and sincosf for
 * |x| < 120 as computed by ARM optimized-routines and glibc >= 2.28: double arithmetic, one final rounding, the same bits on every
 * machine, and as straight lines that compilers vectorise. Largest errors in units in the last place, over all floats there
 * (tests/kernels/test_functions.c): log 0.82, sine 0.57, cosine 0.78. */
#ifndef SV_BASE_MATH_H
#define SV_BASE_MATH_H
#include "base/bits.h"

/* 1/c and log c near the middle c of each sixteenth of [0x1.66p-1, 0x1.66p0). */
static const double sv_log_inverse[16] = {
    0x1.661ec79f8f3bep+0, 0x1.571ed4aaf883dp+0, 0x1.49539f0f010bp+0,  0x1.3c995b0b80385p+0, 0x1.30d190c8864a5p+0,
    0x1.25e227b0b8eap+0,  0x1.1bb4a4a1a343fp+0, 0x1.12358f08ae5bap+0, 0x1.0953f419900a7p+0, 0x1p+0,
    0x1.e608cfd9a47acp-1, 0x1.ca4b31f026aap-1,  0x1.b2036576afce6p-1, 0x1.9c2d163a1aa2dp-1, 0x1.886e6037841edp-1,
    0x1.767dcf5534862p-1,
};
static const double sv_log_middle[16] = {
    -0x1.57bf7808caadep-2, -0x1.2bef0a7c06ddbp-2, -0x1.01eae7f513a67p-2, -0x1.b31d8a68224e9p-3, -0x1.6574f0ac07758p-3,
    -0x1.1aa2bc79c81p-3,   -0x1.a4e76ce8c0e5ep-4, -0x1.1973c5a611cccp-4, -0x1.252f438e10c1ep-5, 0,
    0x1.aa5aa5df25984p-5,  0x1.c5e53aa362eb4p-4,  0x1.526e57720db08p-3,  0x1.bc2860d22477p-3,   0x1.1058bc8a07ee1p-2,
    0x1.4043057b6ee09p-2,
};

/* x = 2^k z with z/c near 1: log x = k log 2 + log c + log1p(z/c - 1), the last by a polynomial of degree 4. */
SV_FUNCTION float sv_logf(float x)
{
    uint32_t bits = sv_bits(x), above = bits - 0x3f330000;
    const uint64_t sixteenth = above >> 19 & 15;
    int32_t k = (int32_t)above >> 23;
    double r = sv_float(bits - (above & 0xff800000)) * sv_log_inverse[sixteenth] - 1;
    double base = sv_log_middle[sixteenth] + k * 0x1.62e42fefa39efp-1;
    double r2 = r * r;
    double y = 0x1.5575b0be00b6ap-2 * r - 0x1.ffffef20a4123p-2;
    y = -0x1.00ea348b88334p-2 * r2 + y;
    return (float)(y * r2 + (base + r));
}

/* The nearest multiple n of pi/2, then the two polynomials on [-pi/4, pi/4], exchanged for odd n and signed by n mod 4. */
SV_FUNCTION void sv_sincosf(float x, float *sine, float *cosine)
{
    double r = x;
    const int32_t n = ((int32_t)(r * 0x1.45f306dc9c883p+23) + 0x800000) >> 24;
    r -= n * 0x1.921fb54442d18p0;
    const double sign = 1 - ((n + 1) & 2), q = 1 - (n & 2);
    double r2 = r * r, rs = r * sign, r3 = r2 * rs, r4 = r2 * r2;
    double s = (rs + r3 * -0x1.555545995a603p-3) + (r3 * r2) * (0x1.1107605230bc4p-7 + r2 * -0x1.994eb3774cf24p-13);
    double c = ((q + r2 * (q * -0x1.ffffffd0c621cp-2)) + r4 * (q * 0x1.55553e1068f19p-5)) +
               (r4 * r2) * (q * -0x1.6c087e89a359dp-10 + r2 * (q * 0x1.99343027bf8c3p-16));
    *sine = (float)(n & 1 ? c : s);
    *cosine = (float)(n & 1 ? s : c);
}

#endif
