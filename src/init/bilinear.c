/* bilinear: channel c of the output is channel c of the input, interpolated; products of different channels start at 0. The
 * formula is Caffe's BilinearFiller (filler.hpp; Long, Shelhamer, Darrell 2015, arXiv 1411.4038): along an axis
 *   t[u] = max(0, 1 - |u - (k - 1) / 2| / f),  w[u,v,c,c] = t[u] t[v].
 * Caffe's f, half the kernel rounded up, is the stride where k = 2 s - s mod 2. Here f of a Conv2DTranspose is its stride,
 * whatever the kernel, so that it interpolates, and the taps of each phase are divided by their sum, which changes only
 * kernels below 2 s - 1: a constant image stays constant. A Conv2D has Caffe's f and taps divided by their sum: a tent blur. */
#include "init/family.h"
#include <math.h>
#include <string.h>

static const sv_arg table[] = { { .key = NULL } };

/* The tap u of the tent of one axis; taps u, u + phases, ... sum to 1. */
static double tap(int64_t u, int64_t k, int64_t factor, int64_t phases)
{
    double sum = 0, value = 0;
    for (int64_t i = u % phases; i < k; i += phases) {
        double t = fmax(0, 1 - fabs((double)i - (double)(k - 1) / 2) / (double)factor);
        sum += t;
        if (i == u) value = t;
    }
    return sum > 0 ? value / sum : 0;
}

/* Tap u of axis 0 (rows) or 1 (columns) of this kernel. */
static double tap_of(const sv_draw *d, int axis, int64_t u)
{
    int64_t k = d->shape.dim[axis], stride = d->role.strides[axis];
    return d->role.transposed ? tap(u, k, stride, stride) : tap(u, k, (k + 1) / 2, 1);
}

static sv_status check(const sv_draw *d, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    const sv_kernel_role *r = &d->role;
    if (d->shape.rank != 4 || r->groups == 0)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "bilinear: expected the kernel of a Conv2D or Conv2DTranspose, got shape %s; another initializer",
                       sv_shape_text(&d->shape, text));
    if (r->transposed && ((r->strides[0] > 1 && r->dilation[0] > 1) || (r->strides[1] > 1 && r->dilation[1] > 1)))
        return sv_fail(fault, SV_BAD_ARGUMENT, "bilinear: expected dilation_rate 1 where strides are above 1");
    return SV_OK;
}

/* Kernels are [kh, kw, big channels of a group, small channels of all groups]. */
static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    (void)s;
    if (check(d, fault) != SV_OK) return SV_BAD_ARGUMENT;
    const int64_t *n = d->shape.dim, group = n[3] / d->role.groups;
    memset(data, 0, (size_t)sv_shape_count(&d->shape) * sizeof *data);
    for (int64_t u = 0; u < n[0]; u++)
        for (int64_t v = 0; v < n[1]; v++)
            for (int64_t small = 0; small < n[3]; small++) {
                int64_t big = small % group;
                if (big < n[2]) data[((u * n[1] + v) * n[2] + big) * n[3] + small] = (float)(tap_of(d, 0, u) * tap_of(d, 1, v));
            }
    return SV_OK;
}

static double stddev(const sv_draw *d)
{
    (void)d;
    return 0;
}

const sv_initializer_kind sv_init_bilinear = {
    .doc = "interpolation, channel by channel; Conv2D: a tent blur", .table = table, .draw = draw, .stddev = stddev
};
