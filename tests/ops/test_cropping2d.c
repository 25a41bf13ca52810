/* Cropping2D: four sides, refusals. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_cropping2d;

static void oracle(const void *args, const sv_inference *inference, int samples, const double *const *x, const double *const *w,
                   double *y)
{
    (void)w;
    const sv_sides *p = &((const sv_cropping2d_args *)args)->cropping;
    const int64_t *n = inference->input[0].dim;
    for (int64_t k = 0; k < samples * n[0] * n[1] * n[2]; k++) {
        int64_t j = k / n[2] % n[1], i = k / n[2] / n[1] % n[0];
        if (i >= p->top && i < n[0] - p->bottom && j >= p->left && j < n[1] - p->right) *y++ = x[0][k];
    }
}

static void check(sv_shape input, sv_sides sides, sv_shape output)
{
    sv_cropping2d_args args = { sides };
    op_case c = { .label = "Cropping2D", .op = &sv_op_cropping2d, .args = &args, .input = { input }, .oracle = oracle,
                  .linear = true };
    op_expect_shape(&c, output);
    op_check(&c);
}

static void crops(void **state)
{
    (void)state;
    check(sv_shape3(5, 6, 3), (sv_sides){ 1, 1, 1, 1 }, sv_shape3(3, 4, 3));
    check(sv_shape3(5, 6, 2), (sv_sides){ 3, 1, 0, 4 }, sv_shape3(1, 2, 2));
    check(sv_shape3(5, 6, 1), (sv_sides){ 0, 4, 5, 0 }, sv_shape3(1, 1, 1));
    check(sv_shape3(1, 1, 17), (sv_sides){ 0 }, sv_shape3(1, 1, 17));
}

static void refuse(sv_shape input, sv_sides sides, const char *message)
{
    sv_cropping2d_args args = { sides };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_cropping2d, .args = &args, .input = { input } }, message);
}

static void refuses_in_words(void **state)
{
    (void)state;
    const sv_shape image = sv_shape3(5, 6, 3);
    refuse(sv_shape1(8), (sv_sides){ 1, 1, 1, 1 }, "input: expected an image [H,W,C], got [8]; a Reshape layer makes one");
    refuse(image, (sv_sides){ 3, 2, 0, 0 }, "cropping: expected fewer than the input's 5 rows, got 3 + 2; nothing is left");
    refuse(image, (sv_sides){ 0, 0, INT32_MAX, INT32_MAX },
           "cropping: expected fewer than the input's 6 columns, got 2147483647 + 2147483647; nothing is left");
    refuse(image, (sv_sides){ 0, 0, 0, -1 }, "cropping: expected integers >= 0, got -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(crops), cmocka_unit_test(refuses_in_words) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
