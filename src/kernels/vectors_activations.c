/* Activations and their derivatives, one line each; the loops are the same for all. */
#include "kernels/functions.h"
#include "kernels/vectors.h"

#define SELU_SCALE 1.05070098f
#define SELU_SCALE_ALPHA 1.75809934f

/* f(x): the parameter is leaky_relu's slope or elu's alpha. */
typedef float (*activation)(float x, float parameter);

SV_INLINE float relu(float x, float unused)
{
    (void)unused;
    return x < 0 ? 0 : x;
}

SV_INLINE float relu6(float x, float unused)
{
    (void)unused;
    return sv_at_most(sv_at_least(x, 0), 6);
}

SV_INLINE float leaky_relu(float x, float slope)
{
    return x < 0 ? slope * x : x;
}

SV_INLINE float elu(float x, float alpha)
{
    return x < 0 ? alpha * sv_expm1_negative(sv_at_most(x, 0)) : x;
}

SV_INLINE float selu(float x, float unused)
{
    (void)unused;
    return x < 0 ? SELU_SCALE_ALPHA * sv_expm1_negative(sv_at_most(x, 0)) : SELU_SCALE * x;
}

SV_INLINE float gelu(float x, float unused)
{
    (void)unused;
    return x * sv_normal(x).below;
}

/* (1 + tanh u)/2 = sigmoid(2 u), u = sqrt(2/pi) (x + .044715 x^3). */
SV_INLINE float gelu_tanh(float x, float unused)
{
    (void)unused;
    return x * sv_sigmoid(1.59576912f * (x + 0.044715f * x * x * x));
}

SV_INLINE float silu(float x, float unused)
{
    (void)unused;
    return x * sv_sigmoid(x);
}

/* tanh(softplus(x)) as a fraction, whose parts and their difference are sums of positive numbers: with e = e^-|x|,
 * (e^2 + 2e) / (e^2 + 2e + 2) for x < 0, (1 + 2e) / (1 + 2e + 2e^2) otherwise. */
typedef struct mish_parts {
    float numerator, difference;
} mish_parts;

SV_INLINE mish_parts mish_fraction(float x)
{
    float e = sv_exp(-sv_abs(x));
    return (mish_parts){ x < 0 ? e * (e + 2) : 1 + 2 * e, x < 0 ? 2 : 2 * e * e };
}

SV_INLINE float mish(float x, float unused)
{
    (void)unused;
    mish_parts f = mish_fraction(x);
    return x * (f.numerator / (f.numerator + f.difference));
}

/* PyTorch returns x itself beyond 20, where binary32 no longer tells the two apart. */
SV_INLINE float softplus(float x, float unused)
{
    (void)unused;
    return sv_softplus(x);
}

SV_INLINE float softsign(float x, float unused)
{
    (void)unused;
    float near = sv_at_least(sv_at_most(x, 0x1p100f), -0x1p100f); /* infinity over infinity is NaN */
    return near / (1 + sv_abs(near));
}

SV_INLINE float sigmoid(float x, float unused)
{
    (void)unused;
    return sv_sigmoid(x);
}

SV_INLINE float hyperbolic_tangent(float x, float unused)
{
    (void)unused;
    return sv_tanh(x);
}

SV_INLINE void map(activation f, float parameter, int64_t count, const float *x, float *y)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) y[i] = f(x[i], parameter);
}

void SV_VECTOR(activate)(const sv_activation *a, int64_t count, const float *x, float *y)
{
    switch (a->type) {
    case SV_ACTIVATION_RELU:
        map(relu, 0, count, x, y);
        break;
    case SV_ACTIVATION_RELU6:
        map(relu6, 0, count, x, y);
        break;
    case SV_ACTIVATION_LEAKY_RELU:
        map(leaky_relu, a->negative_slope, count, x, y);
        break;
    case SV_ACTIVATION_ELU:
        map(elu, a->alpha, count, x, y);
        break;
    case SV_ACTIVATION_SELU:
        map(selu, 0, count, x, y);
        break;
    case SV_ACTIVATION_GELU:
        if (a->approximate == SV_ON)
            map(gelu_tanh, 0, count, x, y);
        else
            map(gelu, 0, count, x, y);
        break;
    case SV_ACTIVATION_SILU:
        map(silu, 0, count, x, y);
        break;
    case SV_ACTIVATION_MISH:
        map(mish, 0, count, x, y);
        break;
    case SV_ACTIVATION_SOFTPLUS:
        map(softplus, 0, count, x, y);
        break;
    case SV_ACTIVATION_SOFTSIGN:
        map(softsign, 0, count, x, y);
        break;
    case SV_ACTIVATION_SIGMOID:
        map(sigmoid, 0, count, x, y);
        break;
    case SV_ACTIVATION_TANH:
        map(hyperbolic_tangent, 0, count, x, y);
        break;
    default:
        if (x != y) memmove(y, x, (size_t)count * sizeof *y);
    }
}

/* Derivatives. Those up to tanh's read the output y, the others the input x. */
SV_INLINE float relu_slope(float y, float unused)
{
    (void)unused;
    return y > 0 ? 1 : 0;
}

SV_INLINE float relu6_slope(float y, float unused)
{
    (void)unused;
    return (y > 0 ? 1.0f : 0.0f) * (y < 6 ? 1.0f : 0.0f);
}

SV_INLINE float leaky_relu_slope(float y, float slope)
{
    return y > 0 ? 1 : slope;
}

SV_INLINE float elu_slope(float y, float alpha)
{
    return y > 0 ? 1 : y + alpha;
}

SV_INLINE float selu_slope(float y, float unused)
{
    (void)unused;
    return y > 0 ? SELU_SCALE : y + SELU_SCALE_ALPHA;
}

/* sigmoid(x) = 1 - e^-y. */
SV_INLINE float softplus_slope(float y, float unused)
{
    (void)unused;
    return -sv_expm1_negative(-y);
}

SV_INLINE float sigmoid_slope(float y, float unused)
{
    (void)unused;
    return y * (1 - y);
}

SV_INLINE float hyperbolic_tangent_slope(float y, float unused)
{
    (void)unused;
    return (1 - y) * (1 + y);
}

SV_INLINE float elu_slope_of_input(float x, float alpha)
{
    return x > 0 ? 1 : alpha * sv_exp(sv_at_most(x, 0));
}

/* Phi(x) + x phi(x). The clamped x keeps 0 times infinity away. */
SV_INLINE float gelu_slope(float x, float unused)
{
    (void)unused;
    sv_normal_at n = sv_normal(x);
    return n.below + sv_at_least(sv_at_most(x, 20), -20) * n.density;
}

SV_INLINE float gelu_tanh_slope(float x, float unused)
{
    (void)unused;
    float near = sv_at_least(sv_at_most(x, 20), -20), square = near * near;
    sv_sigmoids s = sv_sigmoid_pair(1.59576912f * (near + 0.044715f * near * square));
    return s.at + near * (s.at * s.mirrored) * (1.59576912f * (1 + 0.134145f * square));
}

SV_INLINE float silu_slope(float x, float unused)
{
    (void)unused;
    sv_sigmoids s = sv_sigmoid_pair(x);
    return s.at + sv_at_least(sv_at_most(x, 200), -200) * (s.at * s.mirrored);
}

/* With t the fraction: t + x (1 - t^2) sigmoid(x). */
SV_INLINE float mish_slope(float x, float unused)
{
    (void)unused;
    mish_parts f = mish_fraction(x);
    float inverse = 1 / (f.numerator + f.difference), t = f.numerator * inverse;
    float flatness = f.difference * inverse * (1 + t);
    return t + sv_at_least(sv_at_most(x, 200), -200) * (flatness * sv_sigmoid(x));
}

SV_INLINE float softsign_slope(float x, float unused)
{
    (void)unused;
    float root = 1 / (1 + sv_abs(x));
    return root * root;
}

SV_INLINE void map_slope(activation f, float parameter, int64_t count, const float *saved, float *dy)
{
    SV_SIMD
    for (int64_t i = 0; i < count; i++) dy[i] *= f(saved[i], parameter);
}

/* A negative slope or alpha makes the sign of y ambiguous: then the input was saved. */
static void backward_of_negative(const sv_activation *a, int64_t count, const float *x, float *dy)
{
    if (a->type == SV_ACTIVATION_LEAKY_RELU)
        map_slope(leaky_relu_slope, a->negative_slope, count, x, dy);
    else
        map_slope(elu_slope_of_input, a->alpha, count, x, dy);
}

void SV_VECTOR(activate_backward)(const sv_activation *a, int64_t count, const float *x, const float *y, float *dy)
{
    switch (a->type) {
    case SV_ACTIVATION_RELU:
        map_slope(relu_slope, 0, count, y, dy);
        break;
    case SV_ACTIVATION_RELU6:
        map_slope(relu6_slope, 0, count, y, dy);
        break;
    case SV_ACTIVATION_LEAKY_RELU:
        if (a->negative_slope < 0)
            backward_of_negative(a, count, x, dy);
        else
            map_slope(leaky_relu_slope, a->negative_slope, count, y, dy);
        break;
    case SV_ACTIVATION_ELU:
        if (a->alpha < 0)
            backward_of_negative(a, count, x, dy);
        else
            map_slope(elu_slope, a->alpha, count, y, dy);
        break;
    case SV_ACTIVATION_SELU:
        map_slope(selu_slope, 0, count, y, dy);
        break;
    case SV_ACTIVATION_SOFTPLUS:
        map_slope(softplus_slope, 0, count, y, dy);
        break;
    case SV_ACTIVATION_SIGMOID:
        map_slope(sigmoid_slope, 0, count, y, dy);
        break;
    case SV_ACTIVATION_TANH:
        map_slope(hyperbolic_tangent_slope, 0, count, y, dy);
        break;
    case SV_ACTIVATION_GELU:
        if (a->approximate == SV_ON)
            map_slope(gelu_tanh_slope, 0, count, x, dy);
        else
            map_slope(gelu_slope, 0, count, x, dy);
        break;
    case SV_ACTIVATION_SILU:
        map_slope(silu_slope, 0, count, x, dy);
        break;
    case SV_ACTIVATION_MISH:
        map_slope(mish_slope, 0, count, x, dy);
        break;
    case SV_ACTIVATION_SOFTSIGN:
        map_slope(softsign_slope, 0, count, x, dy);
        break;
    default:
        break;
    }
}
