/* sparse (Martens 2010, "Deep learning via Hessian-free optimization"), as PyTorch's sparse_: N(0, stddev), of which a fraction
 * `sparsity` of the weights of each input, rounded up, is 0. Matrices only. */
#include "base/memory.h"
#include "init/family.h"
#include <math.h>

static const sv_arg table[] = { { .key = "sparsity",
                                  .type = SV_ARG_DOUBLE,
                                  .offset = offsetof(sv_initializer, sparsity),
                                  .required = true,
                                  .minimum = 0,
                                  .maximum = 1,
                                  .fallback_torch = NAN,
                                  .doc = "fraction of the weights of each input that are 0" },
                                SV_INIT_NUMBER(stddev, 0, 1e30, .01, "standard deviation of the others"),
                                SV_INIT_SEED,
                                { .key = NULL } };

static int64_t zeros_of(const sv_draw *d)
{
    return (int64_t)ceil(d->initializer.sparsity * (double)sv_shape_channels(&d->shape));
}

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    if (d->shape.rank != 2)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "sparse: expected a matrix (the kernel of a Dense layer), got shape %s; another initializer",
                       sv_shape_text(&d->shape, text));
    int64_t inputs = d->shape.dim[0], outputs = d->shape.dim[1], zeros = zeros_of(d);
    sv_status status = s->normal(s, &d->shape, 0, d->initializer.stddev, data, fault);
    if (status != SV_OK) return status;
    uint32_t *order = sv_new((size_t)outputs, sizeof *order);
    if (!order) return sv_fail_memory(fault, "sparse");
    for (int64_t i = 0; i < inputs; i++) {
        s->permutation(s, (uint32_t)i, outputs, order);
        for (int64_t k = 0; k < zeros; k++) data[i * outputs + order[k]] = 0;
    }
    sv_free(order);
    return SV_OK;
}

static double stddev(const sv_draw *d)
{
    double kept = 1 - (double)zeros_of(d) / (double)sv_shape_channels(&d->shape);
    return d->initializer.stddev * sqrt(fmax(0, kept));
}

const sv_initializer_kind sv_init_sparse = { .origin = SV_ORIGIN_TORCH,
                                             .counterpart = "random_normal",
                                             .doc = "N(0, stddev) with zeros; matrices only, PyTorch",
                                             .table = table,
                                             .draw = draw,
                                             .stddev = stddev };
