#include "artifacts/fourier.h"
#include <math.h>

void sv_fourier_roots(int n, sv_complex *roots)
{
    const double turn = 6.283185307179586476925;
    for (int k = 0; k < n; k++) roots[k] = (sv_complex){ cos(turn * k / n), -sin(turn * k / n) };
}

static int smallest_factor(int n)
{
    for (int p = 2; p * p <= n; p++)
        if (n % p == 0) return p;
    return n;
}

/* The parts' transforms at k, turned, become those of the whole at k, k + m, k + 2m, ...: `step` is the whole table's root step
 * for this length. */
static void join(int p, int m, int k, size_t step, size_t roots, const sv_complex *root, sv_complex *out, sv_complex *part)
{
    for (int q = 0; q < p; q++) {
        sv_complex v = out[q * m + k], w = root[(size_t)q * (size_t)k * step % roots];
        part[q] = (sv_complex){ v.re * w.re - v.im * w.im, v.re * w.im + v.im * w.re };
    }
    for (int o = 0; o < p; o++) {
        sv_complex sum = { 0, 0 };
        for (int q = 0; q < p; q++) {
            sv_complex w = root[(size_t)q * (size_t)o * (size_t)m * step % roots];
            sum.re += part[q].re * w.re - part[q].im * w.im;
            sum.im += part[q].re * w.im + part[q].im * w.re;
        }
        out[o * m + k] = sum;
    }
}

static void transform(int n, size_t step, size_t roots, const sv_complex *root, const sv_complex *in, size_t stride,
                      sv_complex *out, sv_complex *part)
{
    if (n == 1) {
        out[0] = in[0];
        return;
    }
    int p = smallest_factor(n), m = n / p;
    for (int q = 0; q < p; q++)
        transform(m, step * (size_t)p, roots, root, in + (size_t)q * stride, stride * (size_t)p, out + q * m, part);
    for (int k = 0; k < m; k++) join(p, m, k, step, roots, root, out, part);
}

void sv_fourier(int n, const sv_complex *roots, const sv_complex *in, size_t stride, sv_complex *out, sv_complex *scratch)
{
    transform(n, 1, (size_t)n, roots, in, stride, out, scratch);
}
