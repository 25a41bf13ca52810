/* The bits of a binary32 number, and the number of 32 bits. */
#ifndef SV_BASE_BITS_H
#define SV_BASE_BITS_H
#include <stdint.h>
#include <string.h>

/* What compilers vectorise in a loop must stand in it. */
#define SV_FUNCTION static inline __attribute__((always_inline))

SV_FUNCTION uint32_t sv_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

SV_FUNCTION float sv_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
