/* trunc_normal: N(mean, stddev) between absolute bounds, a <= w <= b, as PyTorch's trunc_normal_ (torch/nn/init.py; Keras's
 * truncated_normal has bounds of two standard deviations instead). With p the share of the normal between the bounds: normals
 * redrawn until they are inside where p > .3, else uniforms accepted with the ratio of the densities (von Neumann 1951). */
#include "init/family.h"
#include <math.h>

static const sv_arg table[] = { SV_INIT_NUMBER(mean, 0, 0, 0, "mean of the normal"),
                                SV_INIT_NUMBER(stddev, 0, 1e30, 1, "standard deviation of the normal, above 0"),
                                SV_INIT_NUMBER(a, 0, 0, -2, "lowest value"),
                                SV_INIT_NUMBER(b, 0, 0, 2, "highest value"),
                                SV_INIT_SEED,
                                { .key = NULL } };

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    const sv_initializer *i = &d->initializer;
    const double moments[2] = { i->mean, i->stddev }, bounds[2] = { i->a, i->b };
    if (!(i->stddev > 0)) return sv_fail(fault, SV_BAD_ARGUMENT, "stddev: expected a number above 0, got %.9g", i->stddev);
    if (!(i->a < i->b)) return sv_fail(fault, SV_BAD_ARGUMENT, "b: expected a number above a (%.9g), got %.9g", i->a, i->b);
    return s->bounded(s, &d->shape, moments, bounds, data, fault);
}

/* Johnson, Kotz, Balakrishnan, "Continuous univariate distributions" 1, 13.10.1: with alpha and beta the standardised bounds,
 * phi the density and Z the share, variance / stddev^2 = 1 + (alpha phi(alpha) - beta phi(beta)) / Z - ((phi(alpha) -
 * phi(beta)) / Z)^2. */
static double stddev(const sv_draw *d)
{
    const sv_initializer *i = &d->initializer;
    const double moments[2] = { i->mean, i->stddev }, bounds[2] = { i->a, i->b }, root = sqrt(6.283185307179586);
    double z = sv_normal_share(moments, bounds), low = (i->a - i->mean) / i->stddev, high = (i->b - i->mean) / i->stddev;
    double at_low = exp(-low * low / 2) / root, at_high = exp(-high * high / 2) / root;
    if (!(z > 1e-9)) return (i->b - i->a) / sqrt(12);
    double shift = (at_low - at_high) / z, squares = 1 + (low * at_low - high * at_high) / z - shift * shift;
    return i->stddev * sqrt(fmax(0, squares));
}

const sv_initializer_kind sv_init_trunc_normal = { .origin = SV_ORIGIN_TORCH,
                                                   .counterpart = "truncated_normal",
                                                   .doc = "N(mean, stddev) between a and b, PyTorch",
                                                   .table = table,
                                                   .draw = draw,
                                                   .stddev = stddev };
