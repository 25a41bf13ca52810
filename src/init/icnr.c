/* icnr, "initialized to convolution with nearest-neighbour resize" (Aitken et al. 2017, arXiv 1707.02937): the s x s phases of
 * an upsampling layer start with one sub-kernel, drawn from another initializer, so that its first output has no checkerboard.
 *   Conv2DTranspose, strides s    w[u,v,o,i] = base[u / sh, v / sw, o, i], base [kh/sh, kw/sw, out, in]: taps u, u + s, ... belong
 *                                 to one phase, so that the kernel's sides have to be multiples of the strides;
 *   Conv2D before PixelShuffle r  w[u,v,i,o] = base[u,v,i,c], base [kh, kw, in, C], filters = C r^2, c = o / r^2 (order CRD) or
 *                                 o mod C (DCR).
 * The sub-kernel's fans are those of the layer at low resolution: where they count a transposed kernel's taps or the channels
 * of all phases, they are divided by the number of phases. */
#include "base/memory.h"
#include "init/family.h"
#include <math.h>

static const char *const order_names[] = { "CRD", "DCR", NULL };

static const sv_arg table[] = {
    { .key = "initializer",
      .type = SV_ARG_INNER,
      .offset = offsetof(sv_initializer, inner),
      .fallback_torch = NAN,
      .fallback_text = "the dialect's for kernels",
      .doc = "what each sub-kernel is drawn from" },
    { .key = "upscale_factor",
      .type = SV_ARG_INT,
      .offset = offsetof(sv_initializer, upscale_factor),
      .minimum = 1,
      .maximum = 1e9,
      .fallback_torch = NAN,
      .fallback_text = "a Conv2DTranspose's strides",
      .doc = "of the PixelShuffle that follows a Conv2D" },
    { .key = "order",
      .type = SV_ARG_ENUM,
      .offset = offsetof(sv_initializer, order),
      .fallback_torch = NAN,
      .names = order_names,
      .fallback_text = "\"CRD\"",
      .doc = "that PixelShuffle's mode" },
    SV_INIT_SEED,
    { .key = NULL },
};

/* Phases along rows and columns, at least 1. */
typedef struct factors {
    int64_t rows, columns;
} factors;

static factors factors_of(const sv_draw *d)
{
    int r = d->initializer.upscale_factor > 1 ? d->initializer.upscale_factor : 1;
    return d->role.transposed ? (factors){ d->role.strides[0], d->role.strides[1] } : (factors){ r, r };
}

static sv_status check_transposed(const sv_draw *d, factors f, sv_fault *fault)
{
    long long kh = d->shape.dim[0], kw = d->shape.dim[1], sh = f.rows, sw = f.columns;
    int r = d->initializer.upscale_factor;
    if (r != 0 && (r != sh || r != sw))
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "upscale_factor: expected a Conv2DTranspose's strides, [%lld,%lld], or nothing, got %d", sh, sw, r);
    if (kh % sh || kw % sw)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "icnr: the phases of a [%lld,%lld] kernel at strides [%lld,%lld] have different numbers of taps and cannot "
                       "be equal; a kernel_size that is a multiple of the strides, or bilinear",
                       kh, kw, sh, sw);
    if ((sh > 1 && d->role.dilation[0] > 1) || (sw > 1 && d->role.dilation[1] > 1))
        return sv_fail(fault, SV_BAD_ARGUMENT, "icnr: expected dilation_rate 1 where strides are above 1");
    return SV_OK;
}

static sv_status check(const sv_draw *d, sv_fault *fault)
{
    char text[SV_SHAPE_TEXT];
    sv_initializer_type inner = d->initializer.inner;
    factors f = factors_of(d);
    if (inner == SV_INIT_ICNR || inner == SV_INIT_BILINEAR)
        return sv_fail(fault, SV_BAD_ARGUMENT, "initializer: icnr expected an initializer of other kind, got %s",
                       sv_initializer_names[inner]);
    if (d->shape.rank != 4 || d->role.groups == 0)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "icnr: expected the kernel of a Conv2D or Conv2DTranspose, got shape %s; another initializer",
                       sv_shape_text(&d->shape, text));
    if (d->role.transposed) return check_transposed(d, f, fault);
    if (d->initializer.upscale_factor == 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "upscale_factor: missing; icnr of a Conv2D needs that of the PixelShuffle after it");
    if (f.rows > 46340 || d->shape.dim[3] % (f.rows * f.rows))
        return sv_fail(fault, SV_BAD_ARGUMENT, "upscale_factor: %lld needs filters that are a multiple of its square, got %lld",
                       (long long)f.rows, (long long)d->shape.dim[3]);
    return SV_OK;
}

/* The draw of the sub-kernel, of a checked d. */
static sv_draw base_of(const sv_draw *d)
{
    factors f = factors_of(d);
    double phases = (double)f.rows * (double)f.columns;
    sv_draw base = *d;
    base.initializer.type = d->initializer.inner;
    if (d->role.transposed) {
        base.shape.dim[0] /= f.rows;
        base.shape.dim[1] /= f.columns;
        if (d->initializer.fan != SV_FAN_TRUE) base.fan_in /= phases;
    } else {
        base.shape.dim[3] /= f.rows * f.columns;
    }
    base.fan_out /= phases;
    return base;
}

static void spread(const sv_draw *d, const sv_shape *from, const float *base, float *data)
{
    factors f = factors_of(d);
    const int64_t *n = d->shape.dim, *b = from->dim;
    bool transposed = d->role.transposed;
    for (int64_t u = 0; u < n[0]; u++)
        for (int64_t v = 0; v < n[1]; v++)
            for (int64_t i = 0; i < n[2]; i++)
                for (int64_t o = 0; o < n[3]; o++) {
                    int64_t row = transposed ? u / f.rows : u, column = transposed ? v / f.columns : v;
                    int64_t c = transposed ? o : d->initializer.order == SV_CRD ? o / (f.rows * f.columns) : o % b[3];
                    *data++ = base[((row * b[1] + column) * b[2] + i) * b[3] + c];
                }
}

static sv_status draw(const sv_draw *d, const sv_random_source *s, float *data, sv_fault *fault)
{
    if (check(d, fault) != SV_OK) return SV_BAD_ARGUMENT;
    sv_draw base = base_of(d);
    int64_t count = sv_shape_count(&base.shape);
    float *drawn = sv_new((size_t)count, sizeof *drawn);
    if (!drawn) return sv_fail_memory(fault, "icnr");
    sv_status status = sv_draw_from(&base, s, drawn, fault);
    if (status == SV_OK) spread(d, &base.shape, drawn, data);
    sv_free(drawn);
    return status;
}

static double stddev(const sv_draw *d)
{
    if (check(d, NULL) != SV_OK) return 0;
    sv_draw base = base_of(d);
    return sv_draw_stddev(&base);
}

const sv_initializer_kind sv_init_icnr = {
    .doc = "one sub-kernel for all phases of an upsampling layer", .table = table, .draw = draw, .stddev = stddev
};
