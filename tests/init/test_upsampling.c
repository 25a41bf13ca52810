/* icnr and bilinear: phases of naive upsamplings, Caffe's formula, moments of the sub-kernel, refusals. */
#include "init/family.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static float data[65536], other[65536];
static const double no_fans[4];

static sv_draw draw_of(sv_initializer i, sv_shape shape, sv_kernel_role role, double fan_in, double fan_out)
{
    sv_draw d = { .name = "layer/kernel", .shape = shape, .role = role, .initializer = i, .fan_in = fan_in, .fan_out = fan_out };
    sv_initializer_complete(&d.initializer, "kernel", SV_KERAS, no_fans);
    return d;
}

static void fill(const sv_draw *d, float *out)
{
    sv_fault fault = { 0 };
    if (sv_draw_native(d, NULL, 5, out, &fault) != SV_OK) fail_msg("%s", fault.text);
}

static const sv_kernel_role plain = { false, { 1, 1 }, { 1, 1 }, 1 };

static sv_kernel_role transposed(int sh, int sw)
{
    return (sv_kernel_role){ true, { sh, sw }, { 1, 1 }, 1 };
}

/* Pixel (y, x, o) of the full transposed convolution of an image [height, width, in]. */
static double full_output(const sv_draw *d, const float *w, const double *image, int height, int width, int y, int x, int o)
{
    const int64_t *n = d->shape.dim;
    double sum = 0;
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++) {
            int64_t u = y - i * d->role.strides[0], v = x - j * d->role.strides[1];
            if (u < 0 || u >= n[0] || v < 0 || v >= n[1]) continue;
            for (int64_t c = 0; c < n[3]; c++) sum += image[(i * width + j) * n[3] + c] * w[((u * n[1] + v) * n[2] + o) * n[3] + c];
        }
    return sum;
}

/* The first output is one of nearest-neighbour resize: blocks of s x s equal pixels. */
static void icnr_transposed_phases(void **state)
{
    (void)state;
    const sv_shape shapes[] = { { 4, { 4, 4, 3, 5 } }, { 4, { 6, 2, 3, 5 } }, { 4, { 3, 2, 3, 5 } } };
    const int strides[][2] = { { 2, 2 }, { 3, 2 }, { 3, 1 } };
    double image[5 * 5 * 5];
    for (int i = 0; i < 125; i++) image[i] = sin(i * 1.7 + 0.3);
    for (int k = 0; k < 3; k++) {
        sv_draw d = draw_of((sv_initializer){ .type = SV_INIT_ICNR }, shapes[k], transposed(strides[k][0], strides[k][1]), 9, 9);
        assert_int_equal(d.initializer.inner, SV_INIT_GLOROT_UNIFORM);
        fill(&d, data);
        for (int y = 0; y < 4 * strides[k][0]; y++)
            for (int x = 0; x < 4 * strides[k][1]; x++)
                for (int o = 0; o < 3; o++) {
                    int top = y - y % strides[k][0], left = x - x % strides[k][1];
                    double here = full_output(&d, data, image, 5, 5, y, x, o);
                    assert_true(here != 0);
                    assert_float_equal(here, full_output(&d, data, image, 5, 5, top, left, o), 1e-12);
                }
    }
}

/* Channels that PixelShuffle turns into the pixels of one channel are equal; those of different channels are not. */
static void icnr_pixel_shuffle_phases(void **state)
{
    (void)state;
    enum { R = 3, C = 2, IN = 4, OUT = C * R * R };
    for (int order = SV_CRD; order <= SV_DCR; order++) {
        sv_initializer i = {
            .type = SV_INIT_ICNR, .upscale_factor = R, .order = (sv_shuffle_mode)order, .inner = SV_INIT_HE_NORMAL
        };
        sv_draw d = draw_of(i, (sv_shape){ 4, { 3, 3, IN, OUT } }, plain, 36, 9 * OUT);
        fill(&d, data);
        for (int tap = 0; tap < 9 * IN; tap++) {
            const float *w = data + tap * OUT;
            for (int c = 0; c < C; c++)
                for (int p = 0; p < R * R; p++)
                    assert_true((order == SV_CRD ? w[c * R * R + p] : w[p * C + c]) == (order == SV_CRD ? w[c * R * R] : w[c]));
            assert_true(w[0] != w[OUT - 1]);
        }
    }
}

/* The same values as the inner initializer draws for the layer at low resolution, whose fans are smaller. */
static void icnr_is_its_inner(void **state)
{
    (void)state;
    sv_initializer icnr = { .type = SV_INIT_ICNR, .inner = SV_INIT_HE_UNIFORM };
    sv_draw d = draw_of(icnr, (sv_shape){ 4, { 4, 4, 8, 16 } }, transposed(2, 2), 16 * 8, 16 * 16);
    sv_draw low = draw_of((sv_initializer){ .type = SV_INIT_HE_UNIFORM }, (sv_shape){ 4, { 2, 2, 8, 16 } }, plain, 4 * 8, 4 * 16);
    fill(&d, data);
    fill(&low, other);
    for (int u = 0; u < 4; u++)
        for (int v = 0; v < 4; v++)
            assert_memory_equal(data + (u * 4 + v) * 128, other + (u / 2 * 2 + v / 2) * 128, 128 * sizeof *data);
    assert_float_equal(sv_draw_stddev(&d), sqrt(2.0 / 32), 1e-12);
    /* The true fan in, 16 channels x 4 taps per pixel, is that of the low resolution already. */
    d.initializer.fan = SV_FAN_TRUE;
    d.fan_in = 64;
    assert_float_equal(sv_draw_stddev(&d), sqrt(2.0 / 64), 1e-12);
    icnr.upscale_factor = 2;
    d = draw_of(icnr, (sv_shape){ 4, { 3, 3, 16, 32 } }, plain, 144, 288);
    assert_float_equal(sv_draw_stddev(&d), sqrt(2.0 / 144), 1e-12);
    d.initializer.inner = SV_INIT_GLOROT_UNIFORM;
    assert_float_equal(sv_draw_stddev(&d), sqrt(2.0 / (144 + 72)), 1e-12);
}

/* BilinearFiller of Caffe: f = ceil(k / 2), c = (k - 1) / (2 f), w = (1 - |x / f - c|) (1 - |y / f - c|). */
static double caffe(int k, int y, int x)
{
    double f = ceil(k / 2.0), c = (k - 1) / (2 * f);
    return (1 - fabs(x / f - c)) * (1 - fabs(y / f - c));
}

static void bilinear_is_caffes(void **state)
{
    (void)state;
    const int kernels[] = { 1, 3, 4, 5, 8, 15, 16 }, strides[] = { 1, 2, 2, 3, 4, 8, 8 };
    for (int n = 0; n < 7; n++) {
        int k = kernels[n], s = strides[n];
        sv_draw d = draw_of((sv_initializer){ .type = SV_INIT_BILINEAR }, (sv_shape){ 4, { k, k, 3, 3 } }, transposed(s, s), 0, 0);
        fill(&d, data);
        for (int u = 0; u < k; u++)
            for (int v = 0; v < k; v++)
                for (int o = 0; o < 3; o++)
                    for (int i = 0; i < 3; i++)
                        assert_float_equal(data[((u * k + v) * 3 + o) * 3 + i], o == i ? caffe(k, u, v) : 0, 1e-7);
    }
}

/* Whatever the kernel, a constant image stays constant away from its border. */
static void bilinear_keeps_constants(void **state)
{
    (void)state;
    const int cases[][4] = { { 4, 4, 2, 2 }, { 3, 3, 2, 2 }, { 2, 2, 2, 2 }, { 5, 4, 2, 3 }, { 7, 6, 3, 1 }, { 4, 9, 3, 4 } };
    double image[36];
    for (int i = 0; i < 36; i++) image[i] = 1;
    for (int k = 0; k < 6; k++) {
        const int *c = cases[k];
        sv_draw d = draw_of((sv_initializer){ .type = SV_INIT_BILINEAR }, (sv_shape){ 4, { c[0], c[1], 1, 1 } },
                            transposed(c[2], c[3]), 0, 0);
        fill(&d, data);
        for (int y = c[0]; y < 6 * c[2]; y++)
            for (int x = c[1]; x < 6 * c[3]; x++) assert_float_equal(full_output(&d, data, image, 6, 6, y, x, 0), 1, 1e-6);
    }
}

/* 2 x 2 groups of [2 -> 3] channels: in each, output channels 0 and 1 are the input's; the third has none. */
static void bilinear_groups(void **state)
{
    (void)state;
    sv_kernel_role role = transposed(2, 2);
    role.groups = 2;
    sv_draw d = draw_of((sv_initializer){ .type = SV_INIT_BILINEAR }, (sv_shape){ 4, { 4, 4, 3, 4 } }, role, 0, 0);
    fill(&d, data);
    for (int t = 0; t < 16; t++)
        for (int o = 0; o < 3; o++)
            for (int i = 0; i < 4; i++)
                assert_float_equal(data[(t * 3 + o) * 4 + i], o == i % 2 ? caffe(4, t / 4, t % 4) : 0, 1e-7);
    sv_draw blur = draw_of((sv_initializer){ .type = SV_INIT_BILINEAR }, (sv_shape){ 4, { 3, 3, 1, 1 } }, plain, 0, 0);
    const float tent[9] = { .0625f, .125f, .0625f, .125f, .25f, .125f, .0625f, .125f, .0625f };
    fill(&blur, data);
    for (int i = 0; i < 9; i++) assert_float_equal(data[i], tent[i], 1e-8);
}

static void refused(const sv_draw *d, const char *words)
{
    sv_fault fault = { 0 };
    assert_int_equal(sv_draw_native(d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    if (!strstr(fault.text, words)) fail_msg("\"%s\" lacks \"%s\"", fault.text, words);
}

static void refusals(void **state)
{
    (void)state;
    sv_initializer icnr = { .type = SV_INIT_ICNR }, bilinear = { .type = SV_INIT_BILINEAR };
    const sv_shape odd = { 4, { 3, 3, 4, 8 } };
    const sv_kernel_role none = { 0 };
    sv_draw d = draw_of(icnr, odd, transposed(2, 2), 9, 9);
    refused(&d, "the phases of a [3,3] kernel at strides [2,2] have different numbers of taps");
    d = draw_of(icnr, odd, plain, 9, 9);
    refused(&d, "upscale_factor: missing");
    d.initializer.upscale_factor = 3;
    refused(&d, "upscale_factor: 3 needs filters that are a multiple of its square, got 8");
    d = draw_of(icnr, (sv_shape){ 4, { 4, 4, 4, 8 } }, transposed(2, 2), 9, 9);
    d.initializer.upscale_factor = 3;
    refused(&d, "upscale_factor: expected a Conv2DTranspose's strides, [2,2], or nothing, got 3");
    d = draw_of(icnr, (sv_shape){ 2, { 4, 4 } }, none, 9, 9);
    refused(&d, "icnr: expected the kernel of a Conv2D or Conv2DTranspose, got shape [4,4]");
    icnr.inner = SV_INIT_ICNR;
    d = draw_of(icnr, odd, transposed(1, 1), 9, 9);
    refused(&d, "initializer: icnr expected an initializer of other kind");
    d = draw_of(bilinear, (sv_shape){ 1, { 4 } }, none, 9, 9);
    refused(&d, "bilinear: expected the kernel of a Conv2D or Conv2DTranspose, got shape [4]");
    d = draw_of(bilinear, odd, transposed(2, 2), 9, 9);
    d.role.dilation[0] = 2;
    refused(&d, "bilinear: expected dilation_rate 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(icnr_transposed_phases),
        cmocka_unit_test(icnr_pixel_shuffle_phases),
        cmocka_unit_test(icnr_is_its_inner),
        cmocka_unit_test(bilinear_is_caffes),
        cmocka_unit_test(bilinear_keeps_constants),
        cmocka_unit_test(bilinear_groups),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
