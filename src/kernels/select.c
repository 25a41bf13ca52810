/* Which table of loops this machine runs. */
#include "base/text.h"
#include "kernels/kernels.h"
#include <string.h>

bool sv_activation_needs_input(const sv_activation *a)
{
    switch (a->type) {
    case SV_ACTIVATION_GELU:
    case SV_ACTIVATION_SILU:
    case SV_ACTIVATION_MISH:
    case SV_ACTIVATION_SOFTSIGN:
        return true;
    case SV_ACTIVATION_LEAKY_RELU:
        return a->negative_slope < 0;
    case SV_ACTIVATION_ELU:
        return a->alpha < 0;
    default:
        return false;
    }
}

extern const sv_vectors sv_vectors_scalar;
/* Best first. */
#if defined(__x86_64__)
extern const sv_vectors sv_vectors_sse2, sv_vectors_avx2, sv_vectors_avx512;
static const sv_vectors *const tables[] = { &sv_vectors_avx512, &sv_vectors_avx2, &sv_vectors_sse2, &sv_vectors_scalar };

static bool runs(const sv_vectors *v)
{
    if (v == &sv_vectors_sse2 || v == &sv_vectors_scalar) return true;
    if (v == &sv_vectors_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
}
#else
#if defined(__aarch64__)
extern const sv_vectors sv_vectors_neon;
static const sv_vectors *const tables[] = { &sv_vectors_neon, &sv_vectors_scalar };
#else
static const sv_vectors *const tables[] = { &sv_vectors_scalar };
#endif

static bool runs(const sv_vectors *v)
{
    (void)v;
    return true;
}
#endif

enum { TABLES = sizeof tables / sizeof *tables };

static sv_status unknown(const char *isa, sv_fault *fault)
{
    sv_text known = { 0 };
    for (int i = 0; i < TABLES; i++) sv_text_add(&known, "%s%s", i ? ", " : "", tables[i]->isa);
    sv_fail(fault, SV_BAD_ARGUMENT, "isa: expected one of %s, got \"%s\"", known.data ? known.data : "the known", isa);
    sv_text_free(&known);
    return SV_BAD_ARGUMENT;
}

sv_status sv_vectors_select(const char *isa, const sv_vectors **vectors, sv_fault *fault)
{
    for (int i = 0; i < TABLES; i++) {
        if (isa && strcmp(isa, tables[i]->isa) != 0) continue;
        if (runs(tables[i])) {
            *vectors = tables[i];
            return SV_OK;
        }
        if (isa) return sv_fail(fault, SV_BAD_ARGUMENT, "isa: this machine does not have %s", isa);
    }
    return unknown(isa ? isa : "", fault);
}
