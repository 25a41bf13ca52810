/* Initializers. Definitions: each file names its paper and formula; names and defaults are Keras 3's and PyTorch's. */
#ifndef SV_INIT_INIT_H
#define SV_INIT_INIT_H
#include "base/args.h"
#include "base/rng.h"
#include "base/shape.h"
#include "kernels/kernels.h"

/* Indexed by sv_initializer_type (index 0 is ""), NULL-terminated; each type's argument table over sv_initializer. */
extern const char *const sv_initializer_names[];
const sv_arg *sv_initializer_table(sv_initializer_type type);
/* One line about it. */
const char *sv_initializer_doc(sv_initializer_type type);

/* Whose random numbers: see init/generator.h. Names are indexed by it, NULL-terminated. */
typedef enum sv_init_rng { SV_RNG_NATIVE = 0, SV_RNG_KERAS, SV_RNG_TORCH } sv_init_rng;
extern const char *const sv_init_rng_names[];

/* What one parameter is drawn from. */
typedef struct sv_draw {
    const char *name; /* "enc1/kernel": the stream's name */
    sv_shape shape;
    sv_initializer initializer; /* never SV_INIT_DEFAULT; completed by sv_initializer_complete */
    sv_kernel_role role;
    double fan_in, fan_out; /* of the framework that initializer.fan names */
} sv_draw;

/* Chooses the dialect's default for SV_INIT_DEFAULT (keras: glorot_uniform kernels, zero biases; torch:
 * kaiming_uniform(a = sqrt 5) kernels, uniform(+-1/sqrt(fan_in)) biases; gamma and moving_variance ones, the rest zeros)
 * and fills its arguments. `parameter` is "kernel", "bias", "gamma", ... */
void sv_initializer_complete(sv_initializer *i, const char *parameter, sv_dialect dialect, const double fan_in[4]);

/* Whether it takes random numbers (of an icnr: whether its inner one does). */
bool sv_initializer_is_random(const sv_initializer *i);

/* Fills data[count of shape] from the native streams of `seed` (or the initializer's own seed). Without vectors (NULL) one value is
 * drawn after another: the same ones. */
sv_status sv_draw_native(const sv_draw *d, const sv_vectors *vectors, uint64_t seed, float *data, sv_fault *fault);

/* The standard deviation that the initializer aims at (0 for constants); what `init` and `explain` print. */
double sv_draw_stddev(const sv_draw *d);

#endif
