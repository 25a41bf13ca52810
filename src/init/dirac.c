/* dirac: a convolution that passes its channels on, w[kh / 2, kw / 2, c, c] = 1 in each group and 0 elsewhere, as PyTorch's
 * dirac_ (torch/nn/init.py; Zagoruyko, Komodakis 2017, "DiracNets", arXiv 1706.00388). */
#include "init/family.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = {
    { .key = "groups",
      .type = SV_ARG_INT,
      .offset = offsetof(sv_initializer, groups),
      .minimum = 1,
      .maximum = 1e9,
      .fallback = 1,
      .fallback_torch = NAN,
      .doc = "groups that each pass their channels on" },
    { .key = NULL },
};

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s;
    char text[SV_SHAPE_TEXT];
    const int64_t *n = d->shape.dim, groups = d->initializer.groups;
    if (d->shape.rank != 4)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "dirac: expected the kernel of a Conv2D or Conv2DTranspose, got shape %s; another initializer",
                       sv_shape_text(&d->shape, text));
    if (n[3] % groups)
        return sv_fail(fault, SV_BAD_ARGUMENT, "groups: expected a divisor of the last dimension of %s, got %lld",
                       sv_shape_text(&d->shape, text), (long long)groups);
    memset(data, 0, (size_t)sv_shape_count(&d->shape) * sizeof *data);
    int64_t each = n[3] / groups, centre = n[0] / 2 * n[1] + n[1] / 2;
    for (int64_t c = 0; c < n[3]; c++)
        if (c % each < n[2]) data[(centre * n[2] + c % each) * n[3] + c] = 1;
    return SV_OK;
}

static double stddev(const sv_draw *d)
{
    (void)d;
    return 0;
}

const sv_initializer_kind sv_init_dirac = { .doc = "passes channels on, PyTorch", .table = table, .draw = draw, .stddev = stddev };
