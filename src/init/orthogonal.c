/* orthogonal (Saxe, McClelland, Ganguli 2013, arXiv 1312.6120), as Keras: the kernel flattened to [prod(shape[:-1]),
 * shape[-1]]; Q of the QR decomposition of a standard normal matrix of those sides, the longer one first, each column by the
 * sign of R's diagonal (so that Q is uniformly distributed); transposed back where the matrix is wide; times gain. */
#include "init/family.h"
#include "base/memory.h"
#include <math.h>

static const sv_arg table[] = { SV_INIT_NUMBER(gain, 0, 0, 1, "factor of the matrix"), SV_INIT_SEED, { .key = NULL } };

/* x -= v (v'x) tau in the columns from..n-1 of rows k..m-1; v is stored below the diagonal of column k, with v[k] = 1. */
static void reflect(double *x, const double *a, int64_t m, int64_t n, int64_t k, int64_t from, double tau, double *product)
{
    for (int64_t j = from; j < n; j++) product[j] = 0;
    for (int64_t i = k; i < m; i++) {
        double v = i == k ? 1 : a[i * n + k];
        for (int64_t j = from; j < n; j++) product[j] += v * x[i * n + j];
    }
    for (int64_t i = k; i < m; i++) {
        double v = tau * (i == k ? 1 : a[i * n + k]);
        for (int64_t j = from; j < n; j++) x[i * n + j] -= v * product[j];
    }
}

/* The reflector that sends column k of rows k..m-1 to (beta, 0, ...): v below the diagonal, beta on it; returns tau. */
static double reflector(double *a, int64_t m, int64_t n, int64_t k)
{
    double below = 0, alpha = a[k * n + k];
    for (int64_t i = k + 1; i < m; i++) below += a[i * n + k] * a[i * n + k];
    if (below == 0) return 0;
    double beta = alpha > 0 ? -sqrt(alpha * alpha + below) : sqrt(alpha * alpha + below);
    for (int64_t i = k + 1; i < m; i++) a[i * n + k] /= alpha - beta;
    a[k * n + k] = beta;
    return (beta - alpha) / beta;
}

/* Householder QR of a [m,n], m >= n, in place; q [m,n] gets the thin Q with the signs of R's diagonal. scratch: 2 n. */
static void decompose(double *a, double *q, int64_t m, int64_t n, double *scratch)
{
    double *tau = scratch, *product = scratch + n;
    for (int64_t k = 0; k < n; k++) {
        tau[k] = reflector(a, m, n, k);
        reflect(a, a, m, n, k, k + 1, tau[k], product);
    }
    for (int64_t k = n - 1; k >= 0; k--) {
        q[k * n + k] = a[k * n + k] < 0 ? -1 : 1;
        reflect(q, a, m, n, k, k, tau[k], product);
    }
}

static void store(const double *q, int64_t rows, int64_t columns, double gain, float *data)
{
    bool wide = rows < columns;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) data[i * columns + j] = (float)(gain * (wide ? q[j * rows + i] : q[i * columns + j]));
}

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (d->shape.rank < 2)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "orthogonal: expected a kernel of two or more dimensions, got shape %s; another initializer",
                       sv_shape_text(&d->shape, text));
    int64_t count = sv_shape_count(&d->shape), columns = sv_shape_channels(&d->shape), rows = count / columns;
    int64_t m = rows > columns ? rows : columns, n = count / m;
    double *a = sv_new((size_t)(2 * count + 2 * n), sizeof *a);
    if (!a) return sv_fail_memory(fault, "orthogonal");
    sv_status status = s->normal(s, &d->shape, 0, 1, data, fault);
    for (int64_t i = 0; i < count; i++) a[i] = data[i];
    decompose(a, a + count, m, n, a + 2 * count);
    store(a + count, rows, columns, d->initializer.gain, data);
    sv_free(a);
    return status;
}

/* Unit columns (or rows) of the longer side's length. */
static double stddev(const sv_draw *d)
{
    double columns = (double)sv_shape_channels(&d->shape), rows = (double)sv_shape_count(&d->shape) / columns;
    return fabs(d->initializer.gain) / sqrt(fmax(rows, columns));
}

const sv_initializer_kind sv_init_orthogonal = { .origin = SV_ORIGIN_LAPACK,
                                                 .doc = "orthogonal rows or columns, times gain, Keras",
                                                 .table = table,
                                                 .draw = draw,
                                                 .stddev = stddev };
