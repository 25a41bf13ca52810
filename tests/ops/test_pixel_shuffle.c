/* PixelShuffle: both channel orders, known values, refusals. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_pixel_shuffle;

/* Walks the input: channel d of pixel (i, j) is taken apart in the order that the mode names: C, D (row, column) or D, C. */
static void oracle(const void *args, const sv_inference *inference, int samples, const double *const *x, const double *const *w,
                   double *y)
{
    (void)w;
    const sv_pixel_shuffle_args *a = args;
    const int64_t *n = inference->input[0].dim, r = a->upscale_factor, channels = n[2] / r / r;
    for (int64_t k = 0; k < samples * n[0] * n[1] * n[2]; k++) {
        int64_t d = k % n[2], j = k / n[2] % n[1], i = k / n[2] / n[1] % n[0], s = k / n[2] / n[1] / n[0];
        int64_t block = a->mode == SV_CRD ? d % (r * r) : d / channels, c = a->mode == SV_CRD ? d / (r * r) : d % channels;
        int64_t row = i * r + block / r, column = j * r + block % r;
        y[((s * n[0] * r + row) * n[1] * r + column) * channels + c] = x[0][k];
    }
}

static void check(sv_shape input, int r, sv_shuffle_mode mode)
{
    sv_pixel_shuffle_args args = { .upscale_factor = r, .mode = mode };
    op_case c = { .label = mode == SV_CRD ? "CRD" : "DCR", .op = &sv_op_pixel_shuffle, .args = &args, .input = { input },
                  .oracle = oracle, .linear = true };
    op_expect_shape(&c, sv_shape3(input.dim[0] * r, input.dim[1] * r, input.dim[2] / r / r));
    op_check(&c);
}

static void shuffles(void **state)
{
    (void)state;
    for (int mode = SV_CRD; mode <= SV_DCR; mode++) {
        check(sv_shape3(3, 4, 12), 2, (sv_shuffle_mode)mode);
        check(sv_shape3(1, 1, 9), 3, (sv_shuffle_mode)mode);
        check(sv_shape3(2, 1, 45), 3, (sv_shuffle_mode)mode);
        check(sv_shape3(1, 5, 7), 1, (sv_shuffle_mode)mode);
    }
}

/* The channels 0 .. 7 of one pixel become 2x2 pixels of two channels: torch.nn.PixelShuffle(2) and tf.nn.depth_to_space(x, 2). */
static void gives_known_values(void **state)
{
    (void)state;
    const float x[8] = { 0, 1, 2, 3, 4, 5, 6, 7 }, *const input = x;
    const float wanted[2][8] = { { 0, 4, 1, 5, 2, 6, 3, 7 }, { 0, 1, 2, 3, 4, 5, 6, 7 } };
    for (int mode = SV_CRD; mode <= SV_DCR; mode++) {
        sv_pixel_shuffle_args args = { .upscale_factor = 2, .mode = (sv_shuffle_mode)mode };
        op_case c = { .label = "known", .op = &sv_op_pixel_shuffle, .args = &args, .input = { sv_shape3(1, 1, 8) } };
        op_inferred r;
        sv_fault fault = { SV_OK, "" };
        float y[8];
        assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
        sv_op_pixel_shuffle.forward(&(sv_call){ .args = r.args, .state = r.i.state, .inputs = 1, .samples = 1, .input = r.i.input,
                                                .output = r.i.output, .x = &input, .y = y });
        for (int k = 0; k < 8; k++) assert_float_equal(y[k], wanted[mode][k], 0);
    }
}

static void refuse(sv_shape input, int r, const char *message)
{
    sv_pixel_shuffle_args args = { .upscale_factor = r };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_pixel_shuffle, .args = &args, .input = { input } }, message);
}

static void refuses_in_words(void **state)
{
    (void)state;
    refuse(sv_shape1(8), 2, "input: expected an image [H,W,C], got [8]; a Reshape layer makes one");
    refuse(sv_shape3(2, 2, 6), 2, "upscale_factor: 2 needs a multiple of 4 channels, the input has 6");
    refuse(sv_shape3(2, 2, 6), 0, "upscale_factor: expected an integer >= 1, got 0");
    refuse(sv_shape3(2, 2, 6), INT32_MAX,
           "upscale_factor: 2147483647 needs a multiple of 4611686014132420609 channels, the input has 6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffles),
        cmocka_unit_test(gives_known_values),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
