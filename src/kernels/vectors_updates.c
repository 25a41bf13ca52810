/*
 * Optimizer updates, the formulas of Keras 3 and PyTorch in their order. With r the rate, d the weight decay, ^ a power of the
 * number of this update:
 *   decay    decoupled: w -= w d r; else g += d w
 *   sgd      keras: v = v mu - g r, w += v (nesterov: v mu - g r);  torch: v = v mu + g, w -= r v (nesterov: g + mu v)
 *   adam     m += (g - m)(1 - b1), v to g^2 likewise with b2; amsgrad: v's largest so far stands for v
 *            keras: w -= m a / (sqrt v + eps), a = r sqrt(1 - b2^t) / (1 - b1^t)
 *            torch: w -= r / (1 - b1^t) m / (sqrt v / sqrt(1 - b2^t) + eps)
 *   rmsprop  s = rho s + (1 - rho) g^2; centered: a = rho a + (1 - rho) g, s - a^2 stands for s
 *            keras: step = r g / sqrt(s + eps), p = mu p + step, w -= p;  torch: step = g / (sqrt s + eps), w -= r p
 */
#include "kernels/vectors.h"
#include <math.h>

/* The forms of weight decay in one, each exact where it is not asked for: keras subtracts from the weight, torch multiplies it
 * by 1 - r d rounded to binary32 (a bias that 1 - r d in more digits would not have), or adds to the gradient. */
typedef struct decay {
    float keep, weight, gradient;
} decay;

static decay decay_of(const sv_update *u)
{
    if (!u->decoupled) return (decay){ 1, 0, u->weight_decay };
    if (u->dialect == SV_TORCH) return (decay){ (float)(1 - (double)u->rate * (double)u->weight_decay), 0, 0 };
    return (decay){ 1, u->weight_decay * u->rate, 0 };
}

SV_INLINE float decayed(float w, decay d)
{
    return w * d.keep - w * d.weight;
}

static void plain_sgd(const sv_update *u, int64_t count, float *w, const float *g)
{
    const decay d = decay_of(u);
    const float rate = u->rate;
    SV_SIMD
    for (int64_t i = 0; i < count; i++) {
        float gradient = g[i] + d.gradient * w[i];
        w[i] = decayed(w[i], d) - rate * gradient;
    }
}

static void sgd_keras(const sv_update *u, int64_t count, float *w, const float *g, float *velocity)
{
    const decay d = decay_of(u);
    const float rate = u->rate, momentum = u->momentum;
    const bool nesterov = u->nesterov;
    SV_SIMD
    for (int64_t i = 0; i < count; i++) {
        float step = rate * (g[i] + d.gradient * w[i]);
        velocity[i] = velocity[i] * momentum - step;
        w[i] = decayed(w[i], d) + (nesterov ? velocity[i] * momentum - step : velocity[i]);
    }
}

static void sgd_torch(const sv_update *u, int64_t count, float *w, const float *g, float *velocity)
{
    const decay d = decay_of(u);
    const float rate = u->rate, momentum = u->momentum;
    const bool nesterov = u->nesterov;
    SV_SIMD
    for (int64_t i = 0; i < count; i++) {
        float gradient = g[i] + d.gradient * w[i];
        velocity[i] = velocity[i] * momentum + gradient;
        w[i] = decayed(w[i], d) - rate * (nesterov ? gradient + momentum * velocity[i] : velocity[i]);
    }
}

void SV_VECTOR(sgd)(const sv_update *u, int64_t count, float *w, const float *g, float *velocity)
{
    if (!velocity)
        plain_sgd(u, count, w, g);
    else if (u->dialect == SV_TORCH)
        sgd_torch(u, count, w, g, velocity);
    else
        sgd_keras(u, count, w, g, velocity);
}

/* w -= numerator m / (sqrt(v) / root + epsilon): keras has root 1, so that the division changes nothing. */
SV_INLINE void adam_loop(const sv_update *u, float numerator, float root, int64_t count, float *w, const float *g, float *m,
                         float *v, float *v_max)
{
    const decay d = decay_of(u);
    const float towards_1 = (float)(1 - u->beta_1), towards_2 = (float)(1 - u->beta_2), epsilon = u->epsilon;
    SV_SIMD
    for (int64_t i = 0; i < count; i++) {
        float gradient = g[i] + d.gradient * w[i];
        m[i] += (gradient - m[i]) * towards_1;
        v[i] += (gradient * gradient - v[i]) * towards_2;
        float second = v[i];
        if (v_max) second = v_max[i] = v_max[i] > second ? v_max[i] : second;
        w[i] = decayed(w[i], d) - numerator * m[i] / (sqrtf(second) / root + epsilon);
    }
}

void SV_VECTOR(adam)(const sv_update *u, int64_t count, float *w, const float *g, float *m, float *v, float *v_max)
{
    const bool torch = u->dialect == SV_TORCH;
    const double root = sqrt(u->correction_2);
    const float numerator = (float)((double)u->rate * (torch ? 1 : root) / u->correction_1);
    const float divisor = torch ? (float)root : 1;
    if (v_max)
        adam_loop(u, numerator, divisor, count, w, g, m, v, v_max);
    else
        adam_loop(u, numerator, divisor, count, w, g, m, v, NULL);
}

SV_INLINE void rmsprop_loop(const sv_update *u, bool torch, int64_t count, float *w, const float *g, float *square, float *mean,
                            float *velocity)
{
    const decay d = decay_of(u);
    const float rho = (float)u->rho, rest = (float)(1 - u->rho), epsilon = u->epsilon, momentum = u->momentum;
    const float first_rate = torch ? 1 : u->rate, last_rate = torch ? u->rate : 1;
    const float inside = torch ? 0 : epsilon, outside = torch ? epsilon : 0;
    SV_SIMD
    for (int64_t i = 0; i < count; i++) {
        float gradient = g[i] + d.gradient * w[i];
        square[i] = rho * square[i] + rest * (gradient * gradient);
        float variance = square[i];
        if (mean) {
            mean[i] = rho * mean[i] + rest * gradient;
            variance -= mean[i] * mean[i];
        }
        float step = first_rate * gradient / (sqrtf(variance + inside) + outside);
        if (velocity) step = velocity[i] = momentum * velocity[i] + step;
        w[i] = decayed(w[i], d) - last_rate * step;
    }
}

void SV_VECTOR(rmsprop)(const sv_update *u, int64_t count, float *w, const float *g, float *square, float *mean, float *velocity)
{
    const bool torch = u->dialect == SV_TORCH;
    if (mean && velocity)
        rmsprop_loop(u, torch, count, w, g, square, mean, velocity);
    else if (mean)
        rmsprop_loop(u, torch, count, w, g, square, mean, NULL);
    else if (velocity)
        rmsprop_loop(u, torch, count, w, g, square, NULL, velocity);
    else
        rmsprop_loop(u, torch, count, w, g, square, NULL, NULL);
}
