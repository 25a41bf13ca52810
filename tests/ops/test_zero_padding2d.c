/* ZeroPadding2D: four sides, four modes, the default, refusals. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_zero_padding2d;

static sv_sides expected; /* what the oracle pads by */

/* Walks back into the image step by step: mirrored at an edge, stopped at it or carried around. */
static int64_t walk_home(int64_t at, int64_t n, sv_border border)
{
    while (at < 0 || at >= n) {
        int64_t edge = at < 0 ? 0 : n - 1;
        if (border == SV_ZEROS) return -1;
        if (border == SV_REFLECT) at = edge - (at - edge);
        if (border == SV_REPLICATE) at = edge;
        if (border == SV_CIRCULAR) at += at < 0 ? n : -n;
    }
    return at;
}

static void oracle(const void *args, const sv_inference *inference, int samples, const double *const *x, const double *const *w,
                   double *y)
{
    (void)w;
    sv_border border = ((const sv_zero_padding2d_args *)args)->padding_mode;
    const int64_t *n = inference->input[0].dim;
    for (int64_t r = 0; r < samples; r++)
        for (int64_t i = -expected.top; i < n[0] + expected.bottom; i++)
            for (int64_t j = -expected.left; j < n[1] + expected.right; j++)
                for (int64_t c = 0; c < n[2]; c++) {
                    int64_t h = walk_home(i, n[0], border), v = walk_home(j, n[1], border);
                    *y++ = h < 0 || v < 0 ? 0 : x[0][((r * n[0] + h) * n[1] + v) * n[2] + c];
                }
}

static void check(sv_shape input, sv_sides given, sv_sides wanted, sv_border border)
{
    sv_zero_padding2d_args args = { given, border };
    op_case c = { .label = "ZeroPadding2D", .op = &sv_op_zero_padding2d, .args = &args, .input = { input }, .oracle = oracle,
                  .linear = true };
    expected = wanted;
    op_expect_shape(&c, sv_shape3(input.dim[0] + wanted.top + wanted.bottom, input.dim[1] + wanted.left + wanted.right,
                                  input.dim[2]));
    op_check(&c);
}

static void pads_four_sides(void **state)
{
    (void)state;
    const sv_sides sides[] = { { 1, 1, 1, 1 }, { 2, 0, 1, 3 }, { 0, 2, 0, 0 }, { 0, 0, 3, 0 } };
    for (int border = SV_ZEROS; border <= SV_CIRCULAR; border++)
        for (int k = 0; k < 4; k++) check(sv_shape3(3, 4, 5), sides[k], sides[k], (sv_border)border);
}

static void pads_small_images(void **state)
{
    (void)state;
    check(sv_shape3(1, 1, 1), (sv_sides){ 3, 2, 1, 4 }, (sv_sides){ 3, 2, 1, 4 }, SV_ZEROS);
    check(sv_shape3(1, 1, 3), (sv_sides){ 3, 2, 1, 4 }, (sv_sides){ 3, 2, 1, 4 }, SV_REPLICATE);
    check(sv_shape3(1, 2, 3), (sv_sides){ 1, 1, 2, 2 }, (sv_sides){ 1, 1, 2, 2 }, SV_CIRCULAR);
    check(sv_shape3(2, 3, 1), (sv_sides){ 1, 1, 2, 2 }, (sv_sides){ 1, 1, 2, 2 }, SV_REFLECT);
}

static void pads_by_one_unless_told(void **state)
{
    (void)state;
    check(sv_shape3(2, 3, 2), (sv_sides){ 0 }, (sv_sides){ 1, 1, 1, 1 }, SV_ZEROS);
}

static void pads_by_none(void **state)
{
    (void)state;
    for (int border = SV_ZEROS; border <= SV_CIRCULAR; border++)
        check(sv_shape3(2, 3, 2), SV_NO_SIDES, (sv_sides){ 0 }, (sv_border)border);
}

static void refuse(sv_shape input, sv_sides sides, sv_border border, const char *message)
{
    sv_zero_padding2d_args args = { sides, border };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_zero_padding2d, .args = &args, .input = { input } }, message);
}

static void refuses_in_words(void **state)
{
    (void)state;
    const sv_shape image = sv_shape3(3, 4, 1);
    refuse(sv_shape1(8), (sv_sides){ 0 }, SV_ZEROS, "input: expected an image [H,W,C], got [8]; a Reshape layer makes one");
    refuse(image, (sv_sides){ 1, -2, 0, 0 }, SV_ZEROS, "padding: expected integers >= 0, got -2 (Cropping2D takes pixels off)");
    refuse(image, (sv_sides){ 3, 0, 0, 0 }, SV_REFLECT,
           "padding: reflect needs less than the 3 pixels of the input, got 3 at the top");
    refuse(image, (sv_sides){ 0, 0, 0, 5 }, SV_CIRCULAR,
           "padding: circular takes at most the 4 pixels of the input, got 5 at the right");
    refuse(image, (sv_sides){ INT32_MAX, 0, 0, INT32_MAX }, SV_ZEROS,
           "input: [3,4,1] would become [2147483650,2147483651,1], which is too large; expected at most 2^40 elements");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pads_four_sides),
        cmocka_unit_test(pads_small_images),
        cmocka_unit_test(pads_by_one_unless_told),
        cmocka_unit_test(pads_by_none),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
