/* orthogonal (Saxe, McClelland, Ganguli 2013, arXiv 1312.6120), as Keras: the kernel flattened to [prod(shape[:-1]),
 * shape[-1]]; Q of the QR decomposition of a standard normal matrix of those sides, the longer one first, each column by the
 * sign of R's diagonal (so that Q is uniformly distributed); transposed back where the matrix is wide; times gain. */
#include "base/memory.h"
#include "init/family.h"
#include "init/qr.h"
#include <math.h>

static const sv_arg table[] = { SV_INIT_NUMBER(gain, 0, 0, 1, "factor of the matrix"), SV_INIT_SEED, { .key = NULL } };

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
    double *a = sv_new((size_t)(2 * count), sizeof *a);
    if (!a) return sv_fail_memory(fault, "orthogonal");
    sv_status status = s->normal(s, &d->shape, 0, 1, data, fault);
    for (int64_t i = 0; i < count; i++) a[i] = data[i];
    if (status == SV_OK) status = sv_qr(a, a + count, m, n, fault);
    if (status == SV_OK) store(a + count, rows, columns, d->initializer.gain, data);
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
