/* Whose random numbers the initial weights are drawn from: selvage's own, a function of seed and name, or those of a framework,
 * which follow one another, so that a whole model is drawn in order. */
#ifndef SV_INIT_GENERATOR_H
#define SV_INIT_GENERATOR_H
#include "init/init.h"
#include "init/torch.h"

typedef struct sv_generator {
    sv_init_rng rng;
    const sv_vectors *vectors; /* as sv_draw_native's */
    uint64_t seed;
    sv_mt19937 python; /* keras: gives every random initializer without a seed its own */
    sv_torch torch;
} sv_generator;

/* Native streams of `seed`; keras.utils.set_random_seed(seed), which takes 0 .. 2^32 - 1; torch.manual_seed(seed). */
sv_status sv_generator_open(sv_generator *g, sv_init_rng rng, const sv_vectors *vectors, uint64_t seed, sv_fault *fault);

/* Fills one parameter, the next in order. Refuses what the framework has no initializer for, or draws in a way that differs from
 * machine to machine (orthogonal), in a sentence. An initializer's own seed is Keras's `seed` argument (any integer), and to
 * PyTorch a manual_seed before it, after which the others go on where they were. */
sv_status sv_generator_draw(sv_generator *g, const sv_draw *d, float *data, sv_fault *fault);

/* A seed that something else of a Keras model takes as it is constructed. Nothing for the others. */
void sv_generator_pass(sv_generator *g);

#endif
