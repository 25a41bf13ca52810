/* SipHash-2-4 (Aumasson, Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012). */
#ifndef SV_BASE_SIPHASH_H
#define SV_BASE_SIPHASH_H
#include <stddef.h>
#include <stdint.h>

/* The 64-bit digest of `bytes` bytes under a 128-bit key (key[0] its first eight bytes, little-endian). */
uint64_t sv_siphash(const uint64_t key[2], const void *data, size_t bytes);

#endif
