#include "trainer/statistics.h"
#include <float.h>
#include <math.h>

sv_sample_mean sv_mean_of(const double *value, int count)
{
    sv_sample_mean m = { .mean = NAN, .sd = NAN };
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++)
        if (isfinite(value[i])) sum += value[i], m.n++;
    if (m.n > 0) m.mean = sum / m.n;
    for (int i = 0; i < count; i++)
        if (isfinite(value[i])) squares += (value[i] - m.mean) * (value[i] - m.mean);
    if (m.n > 1) m.sd = sqrt(squares / (m.n - 1));
    return m;
}

/* Lentz keeps the partial denominators away from zero. */
static double away(double x)
{
    return fabs(x) < DBL_MIN * 1e10 ? DBL_MIN * 1e10 : x;
}

/* Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), h = d;
    for (int m = 1; m < 1000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away(1 + even * d);
        c = away(1 + even / c);
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away(1 + odd * d);
        c = away(1 + odd / c);
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return h;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double sv_incomplete_beta(double a, double b, double x)
{
    if (!(x > 0)) return x == 0 ? 0 : (double)NAN;
    if (x >= 1) return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double sv_welch_p(const sv_sample_mean *a, const sv_sample_mean *b)
{
    if (a->n < 2 || b->n < 2) return NAN;
    double va = a->sd * a->sd / a->n, vb = b->sd * b->sd / b->n, difference = a->mean - b->mean;
    if (va + vb == 0) return difference == 0 ? 1 : 0;
    double t = difference / sqrt(va + vb);
    double freedom = (va + vb) * (va + vb) / (va * va / (a->n - 1) + vb * vb / (b->n - 1));
    return sv_incomplete_beta(freedom / 2, .5, freedom / (freedom + t * t));
}

double sv_normal_p(double z)
{
    return erfc(fabs(z) / sqrt(2));
}
