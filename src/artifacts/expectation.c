/* Moments of an activation's value where its argument is normal. */
#include "artifacts/moments.h"
#include <math.h>

static double density(double u)
{
    return 0.39894228040143268 * exp(-u * u / 2);
}

/* Moments of z where z > 0, else 0. */
static void positive_part(double mean, double deviation, double *first, double *second)
{
    double u = mean / deviation, above = 0.5 * erfc(-u * 0.70710678118654752), edge = density(u);
    *first = mean * above + deviation * edge;
    *second = (mean * mean + deviation * deviation) * above + mean * deviation * edge;
}

static void rectified(double slope, double mean, double deviation, double *first, double *second)
{
    double up[2], down[2];
    positive_part(mean, deviation, &up[0], &up[1]);
    positive_part(-mean, deviation, &down[0], &down[1]);
    *first = up[0] - slope * down[0];
    *second = up[1] + slope * slope * down[1];
}

/* The trapezoidal rule between -8 and 8 deviations, which for smooth integrands is exact to the floats of `activate`. */
static void quadrature(const sv_activation *a, const sv_vectors *vectors, double mean, double deviation, double *first,
                       double *second)
{
    enum { POINTS = 257 };
    const double step = 16.0 / (POINTS - 1);
    float z[POINTS], f[POINTS];
    for (int i = 0; i < POINTS; i++) z[i] = (float)(mean + deviation * (i * step - 8));
    vectors->activate(a, POINTS, z, f);
    *first = *second = 0;
    for (int i = 0; i < POINTS; i++) {
        double weight = step * density(i * step - 8);
        *first += weight * (double)f[i];
        *second += weight * (double)f[i] * (double)f[i];
    }
}

void sv_expect_activation(const sv_activation *a, const sv_vectors *vectors, double mean, double variance, double *first,
                          double *second)
{
    double deviation = sqrt(variance);
    if (a->type == SV_ACTIVATION_LINEAR)
        *first = mean, *second = mean * mean + variance;
    else if (a->type == SV_ACTIVATION_RELU && deviation > 0)
        rectified(0, mean, deviation, first, second);
    else if (a->type == SV_ACTIVATION_LEAKY_RELU && deviation > 0)
        rectified((double)a->negative_slope, mean, deviation, first, second);
    else
        quadrature(a, vectors, mean, deviation, first, second);
}
