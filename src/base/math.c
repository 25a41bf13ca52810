#include "base/math.h"
#include "base/bits.h"

/* 1/c and log c near the middle c of each sixteenth of [0x1.66p-1, 0x1.66p0). */
static const double log_table[16][2] = {
    { 0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2 }, { 0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2 },
    { 0x1.49539f0f010bp+0, -0x1.01eae7f513a67p-2 },  { 0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3 },
    { 0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3 }, { 0x1.25e227b0b8eap+0, -0x1.1aa2bc79c81p-3 },
    { 0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4 }, { 0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4 },
    { 0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5 }, { 0x1p+0, 0 },
    { 0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5 },  { 0x1.ca4b31f026aap-1, 0x1.c5e53aa362eb4p-4 },
    { 0x1.b2036576afce6p-1, 0x1.526e57720db08p-3 },  { 0x1.9c2d163a1aa2dp-1, 0x1.bc2860d22477p-3 },
    { 0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2 },  { 0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2 },
};

/* x = 2^k z with z/c near 1: log x = k log 2 + log c + log1p(z/c - 1), the last by a polynomial of degree 4. */
float sv_logf(float x)
{
    if (x == 1) return 0;
    uint32_t bits = sv_bits(x), above = bits - 0x3f330000;
    const double *entry = log_table[above >> 19 & 15];
    int32_t k = (int32_t)above >> 23;
    double r = sv_float(bits - (above & 0xff800000)) * entry[0] - 1;
    double base = entry[1] + k * 0x1.62e42fefa39efp-1;
    double r2 = r * r;
    double y = 0x1.5575b0be00b6ap-2 * r - 0x1.ffffef20a4123p-2;
    y = -0x1.00ea348b88334p-2 * r2 + y;
    return (float)(y * r2 + (base + r));
}

/* The nearest multiple n of pi/2, then the two polynomials on [-pi/4, pi/4], exchanged for odd n and signed by n mod 4. */
void sv_sincosf(float x, float *sine, float *cosine)
{
    uint32_t top = sv_bits(x) >> 20 & 0x7ff;
    if (top < 0x398) { /* |x| < 2^-12 */
        *sine = x, *cosine = 1;
        return;
    }
    int n = 0;
    double r = x;
    if (top >= 0x3f4) { /* |x| >= about pi/4 */
        n = ((int32_t)(r * 0x1.45f306dc9c883p+23) + 0x800000) >> 24;
        r -= n * 0x1.921fb54442d18p0;
    }
    double sign = (n & 3) == 1 || (n & 3) == 2 ? -1 : 1, q = n & 2 ? -1 : 1;
    double r2 = r * r, rs = r * sign, r3 = r2 * rs, r4 = r2 * r2;
    double s = (rs + r3 * -0x1.555545995a603p-3) + (r3 * r2) * (0x1.1107605230bc4p-7 + r2 * -0x1.994eb3774cf24p-13);
    double c = ((q + r2 * (q * -0x1.ffffffd0c621cp-2)) + r4 * (q * 0x1.55553e1068f19p-5)) +
               (r4 * r2) * (q * -0x1.6c087e89a359dp-10 + r2 * (q * 0x1.99343027bf8c3p-16));
    *sine = (float)(n & 1 ? c : s);
    *cosine = (float)(n & 1 ? s : c);
}
