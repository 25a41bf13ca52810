#include "base/mt19937.h"

enum { WORDS = 624, MIDDLE = 397 };

void sv_mt19937_seed(sv_mt19937 *g, uint32_t seed)
{
    g->state[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++) g->state[i] = 1812433253U * (g->state[i - 1] ^ g->state[i - 1] >> 30) + i;
    g->used = WORDS;
}

/* One step of init_by_array's passes: onto word 1 follows word 0, which is a copy of the last. */
static int step(uint32_t *s, int i, uint32_t factor, uint32_t added)
{
    s[i] = (s[i] ^ (s[i - 1] ^ s[i - 1] >> 30) * factor) + added;
    if (++i < WORDS) return i;
    s[0] = s[WORDS - 1];
    return 1;
}

void sv_mt19937_seed_python(sv_mt19937 *g, uint32_t seed)
{
    int i = 1;
    sv_mt19937_seed(g, 19650218);
    for (int k = 0; k < WORDS; k++) i = step(g->state, i, 1664525, seed);
    for (int k = 1; k < WORDS; k++) i = step(g->state, i, 1566083941, -(uint32_t)i);
    g->state[0] = 0x80000000U;
}

static void twist(sv_mt19937 *g)
{
    uint32_t *s = g->state;
    for (int i = 0; i < WORDS; i++) {
        uint32_t y = (s[i] & 0x80000000U) | (s[(i + 1) % WORDS] & 0x7fffffffU);
        s[i] = s[(i + MIDDLE) % WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfU : 0);
    }
    g->used = 0;
}

uint32_t sv_mt19937_next(sv_mt19937 *g)
{
    if (g->used == WORDS) twist(g);
    uint32_t y = g->state[g->used++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680U;
    y ^= y << 15 & 0xefc60000U;
    return y ^ y >> 18;
}

uint64_t sv_mt19937_next64(sv_mt19937 *g)
{
    uint64_t high = sv_mt19937_next(g);
    return high << 32 | sv_mt19937_next(g);
}

/* random.randrange: words of as many bits as `most` has, until one is below it. */
uint32_t sv_mt19937_randint(sv_mt19937 *g, uint32_t most)
{
    int bits = 0;
    while (most >> bits) bits++;
    uint32_t r;
    do r = sv_mt19937_next(g) >> (32 - bits);
    while (r >= most);
    return r + 1;
}

void sv_mt19937_permutation(sv_mt19937 *g, int64_t count, uint32_t *out)
{
    for (int64_t i = 0; i < count; i++) out[i] = (uint32_t)i;
    for (int64_t i = 0; i + 1 < count; i++) {
        int64_t j = i + sv_mt19937_next(g) % (uint32_t)(count - i);
        uint32_t kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}
