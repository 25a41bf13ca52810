/* MT19937 (Matsumoto, Nishimura, "Mersenne Twister", TOMACS 1998), the sequential generator of PyTorch's CPU and of Python's
 * `random`: only for drawing what they draw. Everything of selvage's own comes from base/rng.h. */
#ifndef SV_BASE_MT19937_H
#define SV_BASE_MT19937_H
#include <stdint.h>

typedef struct sv_mt19937 {
    uint32_t state[624];
    int used; /* words of the state that were given out */
} sv_mt19937;

/* init_genrand, what torch.manual_seed does with the low 32 bits of its seed. */
void sv_mt19937_seed(sv_mt19937 *g, uint32_t seed);
/* init_by_array of one word, what Python's random.seed does with 0 .. 2^32 - 1. */
void sv_mt19937_seed_python(sv_mt19937 *g, uint32_t seed);

uint32_t sv_mt19937_next(sv_mt19937 *g);
/* PyTorch's random64(): the high word first. */
uint64_t sv_mt19937_next64(sv_mt19937 *g);

/* Python's random.randint(1, most), 1 <= most < 2^32. */
uint32_t sv_mt19937_randint(sv_mt19937 *g, uint32_t most);

/* PyTorch's randperm(count), count below 2^32 / 20; above, PyTorch draws in another way. */
#define SV_RANDPERM_MOST 214748364
void sv_mt19937_permutation(sv_mt19937 *g, int64_t count, uint32_t *out);

#endif
