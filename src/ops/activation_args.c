#include "ops/op.h"
#include <math.h>

const char *const sv_activation_names[] = { "linear", "relu", "relu6",    "leaky_relu", "elu",     "selu", "gelu",
                                            "silu",   "mish", "softplus", "softsign",   "sigmoid", "tanh", NULL };
_Static_assert(sizeof sv_activation_names / sizeof *sv_activation_names == SV_ACTIVATION_COUNT + 1, "a name for each activation");

static const sv_arg none[] = { { 0 } };

/* Both arguments are at least 0 because the derivative is taken from the output's sign. */
static const sv_arg leaky_relu[] = {
    { .key = "negative_slope", .type = SV_ARG_FLOAT, .offset = offsetof(sv_activation, negative_slope), .minimum = 0,
      .maximum = 1e9, .fallback = 0.2, .fallback_torch = 0.01, .doc = "slope for x < 0" },
    { 0 },
};
static const sv_arg elu[] = {
    { .key = "alpha", .type = SV_ARG_FLOAT, .offset = offsetof(sv_activation, alpha), .minimum = 0, .maximum = 1e9, .fallback = 1,
      .fallback_torch = NAN, .doc = "minus the limit for x to -infinity" },
    { 0 },
};
static const sv_arg gelu[] = {
    { .key = "approximate", .type = SV_ARG_SWITCH, .offset = offsetof(sv_activation, approximate), .fallback = 0,
      .fallback_torch = NAN, .doc = "the tanh form instead of the normal distribution function" },
    { 0 },
};

const sv_arg *sv_activation_table(sv_activation_type type)
{
    switch (type) {
    case SV_ACTIVATION_LEAKY_RELU: return leaky_relu;
    case SV_ACTIVATION_ELU: return elu;
    case SV_ACTIVATION_GELU: return gelu;
    default: return none;
    }
}

/* A real zero stays the -0.0f that asked for it, so completing twice changes nothing. */
static void complete(float *v, float value)
{
    if (*v == 0 && !signbit(*v)) *v = value;
}

void sv_activation_complete(sv_activation *a, sv_dialect dialect)
{
    if (a->type == SV_ACTIVATION_LEAKY_RELU) complete(&a->negative_slope, dialect == SV_TORCH ? 0.01f : 0.2f);
    if (a->type == SV_ACTIVATION_ELU) complete(&a->alpha, 1);
    if (a->type == SV_ACTIVATION_GELU && a->approximate == SV_DEFAULT) a->approximate = SV_OFF;
}

sv_status sv_activation_check(const sv_activation *a, sv_fault *fault)
{
    if ((int)a->type < 0 || a->type >= SV_ACTIVATION_COUNT)
        return sv_fail(fault, SV_BAD_ARGUMENT, "activation: there is no activation number %d", (int)a->type);
    if (sv_args_check(sv_activation_table(a->type), a, fault) == SV_OK) return SV_OK;
    sv_fault_inside(fault, "activation");
    return SV_BAD_ARGUMENT;
}
