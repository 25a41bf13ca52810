/* The initial weights of a graph, drawn in the order that whoever's random numbers they are implies. */
#ifndef SV_GRAPH_INITIAL_H
#define SV_GRAPH_INITIAL_H
#include "graph/parameters.h"
#include "init/generator.h"

typedef struct sv_initial {
    sv_init_rng rng;
    uint64_t seed;
    bool constructed_first; /* torch: the constructors of all layers draw their defaults before the first initializer overwrites */
    const sv_vectors *vectors; /* as sv_draw_native's */
    sv_mt19937 *left;       /* torch: gets the generator's state afterwards; may be NULL */
} sv_initial;

/* native: each parameter from the stream of its name. keras: as layers do that are constructed in graph order after
 * set_random_seed, where each random initializer without a seed, and each Dropout and GaussianNoise that does something, takes
 * a seed from Python's generator. torch: parameters in graph order, kernel before bias, from one generator. Parameters without
 * an initializer take that framework's default, whatever the layer's dialect. A fault begins with the parameter's name. */
sv_status sv_parameters_draw_as(sv_parameters *p, const sv_initial *how, sv_fault *fault);

#endif
