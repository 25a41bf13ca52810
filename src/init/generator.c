#include "init/generator.h"
#include "init/family.h"

const char *const sv_init_rng_names[] = { "native", "keras", "torch", NULL };

static const char *const frameworks[] = { "", "Keras", "PyTorch" };

sv_status sv_generator_open(sv_generator *g, sv_init_rng rng, const sv_vectors *vectors, uint64_t seed, sv_fault *fault)
{
    g->rng = rng;
    g->vectors = vectors;
    g->seed = seed;
    if (rng == SV_RNG_KERAS && seed > UINT32_MAX)
        return sv_fail(fault, SV_BAD_ARGUMENT, "seed: keras.utils.set_random_seed takes 0 to 4294967295, got %lld",
                       (long long)seed);
    if (rng == SV_RNG_KERAS) sv_mt19937_seed_python(&g->python, (uint32_t)seed);
    if (rng == SV_RNG_TORCH) sv_torch_seed(&g->torch, seed);
    return SV_OK;
}

/* The initializer that takes the numbers: an icnr's inner one. */
static const sv_initializer_kind *drawer(const sv_draw *d)
{
    return sv_initializer_kind_of(d->initializer.type == SV_INIT_ICNR ? d->initializer.inner : d->initializer.type);
}

static sv_status check(const sv_generator *g, const sv_draw *d, const sv_initializer_kind *k, sv_fault *fault)
{
    const char *name = sv_initializer_names[d->initializer.type == SV_INIT_ICNR ? d->initializer.inner : d->initializer.type];
    const char *framework = frameworks[g->rng];
    sv_fan own = g->rng == SV_RNG_KERAS ? SV_FAN_KERAS : SV_FAN_TORCH;
    if (k->origin == SV_ORIGIN_LAPACK)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "%s: %s decomposes a matrix with the LAPACK of its build, whose last bits differ from machine to machine; "
                       "rng \"native\" or another initializer",
                       name, framework);
    if (k->origin != SV_ORIGIN_NONE && k->origin != (g->rng == SV_RNG_KERAS ? SV_ORIGIN_KERAS : SV_ORIGIN_TORCH))
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "%s: %s has no initializer of this name and kind to draw alike; %s, or rng \"native\"", name, framework,
                       k->counterpart);
    if (k->fan != SV_FAN_DEFAULT && d->initializer.fan != own)
        return sv_fail(fault, SV_BAD_ARGUMENT, "fan: %s's draws go with %s's fans; \"%s\", or rng \"native\"", framework, framework,
                       sv_fan_names[own]);
    if (k->fan == SV_FAN_TORCH && d->shape.rank < 2)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: PyTorch counts no fans of a vector; uniform, normal, or rng \"native\"", name);
    return SV_OK;
}

/* tf.random.stateless_*: key and counter of the seed pair (seed mod 2^31 - 2, 0), scrambled by one Philox block. */
static sv_random_source keras_source(const sv_vectors *vectors, int64_t seed)
{
    const int64_t modulus = 2147483646;
    const uint32_t key[2] = { 0x3ec8f720, 0x02461e29 };
    const uint32_t counter[4] = { (uint32_t)((seed % modulus + modulus) % modulus), 0, 0, 0 };
    uint32_t m[4];
    sv_philox(counter, key, m);
    return sv_source_philox(vectors, (sv_stream){ { m[0], m[1] } }, m[2], m[3]);
}

static int64_t next_keras_seed(sv_generator *g)
{
    return sv_mt19937_randint(&g->python, 1000000000);
}

static sv_status draw_keras(sv_generator *g, const sv_draw *d, bool random, float *data, sv_fault *fault)
{
    const sv_initializer *i = &d->initializer;
    sv_random_source s = keras_source(g->vectors, i->has_seed ? i->seed : random ? next_keras_seed(g) : 0);
    return sv_draw_from(d, &s, data, fault);
}

static sv_status draw_torch(sv_generator *g, const sv_draw *d, float *data, sv_fault *fault)
{
    sv_torch own;
    bool seeded = d->initializer.has_seed;
    if (seeded) sv_torch_seed(&own, (uint64_t)d->initializer.seed);
    sv_random_source s = sv_source_torch(seeded ? &own : &g->torch);
    return sv_draw_from(d, &s, data, fault);
}

sv_status sv_generator_draw(sv_generator *g, const sv_draw *d, float *data, sv_fault *fault)
{
    const sv_initializer_kind *k = drawer(d);
    if (g->rng == SV_RNG_NATIVE || !k) return sv_draw_native(d, g->vectors, g->seed, data, fault);
    if (check(g, d, k, fault) != SV_OK) return SV_BAD_ARGUMENT;
    if (g->rng == SV_RNG_TORCH) return draw_torch(g, d, data, fault);
    return draw_keras(g, d, k->origin != SV_ORIGIN_NONE, data, fault);
}

void sv_generator_pass(sv_generator *g)
{
    if (g->rng == SV_RNG_KERAS) next_keras_seed(g);
}
