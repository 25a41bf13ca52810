/* Reshape: shapes given and left open, refusals. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_reshape;

static void same_elements(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w,
                          double *y)
{
    (void)args, (void)w;
    for (int64_t k = 0; k < samples * sv_shape_count(&i->input[0]); k++) y[k] = x[0][k];
}

static void expect(sv_shape input, sv_shape target, sv_shape output)
{
    sv_reshape_args args = { .target_shape = target };
    op_case c = { .label = "Reshape", .op = &sv_op_reshape, .args = &args, .input = { input }, .oracle = same_elements,
                  .linear = true };
    op_expect_shape(&c, output);
    op_check(&c);
}

static void refuse(sv_shape input, sv_shape target, const char *message)
{
    sv_reshape_args args = { .target_shape = target };
    op_expect_fault(&(op_case){ .label = "Reshape", .op = &sv_op_reshape, .args = &args, .input = { input } }, message);
}

static void reshapes(void **state)
{
    (void)state;
    expect(sv_shape1(24), sv_shape3(2, 3, 4), sv_shape3(2, 3, 4));
    expect(sv_shape3(2, 3, 4), sv_shape1(24), sv_shape1(24));
    expect(sv_shape3(2, 3, 4), (sv_shape){ 2, { 4, 6 } }, (sv_shape){ 2, { 4, 6 } });
    expect(sv_shape1(1), sv_shape3(1, 1, 1), sv_shape3(1, 1, 1));
}

static void fills_in_the_open_entry(void **state)
{
    (void)state;
    expect(sv_shape1(24), sv_shape3(-1, 3, 4), sv_shape3(2, 3, 4));
    expect(sv_shape1(24), sv_shape3(2, 3, -1), sv_shape3(2, 3, 4));
    expect(sv_shape3(2, 3, 4), sv_shape1(-1), sv_shape1(24));
    expect(sv_shape3(2, 3, 4), sv_shape3(24, -1, 1), sv_shape3(24, 1, 1));
}

static void refuses_what_does_not_hold_the_elements(void **state)
{
    (void)state;
    refuse(sv_shape1(24), sv_shape3(2, 3, 5), "target_shape: [2,3,5] cannot hold the 24 elements of the input [24]");
    refuse(sv_shape3(2, 3, 4), sv_shape3(5, -1, 1), "target_shape: [5,-1,1] cannot hold the 24 elements of the input [2,3,4]");
    refuse(sv_shape1(24), sv_shape3(48, -1, 1), "target_shape: [48,-1,1] cannot hold the 24 elements of the input [24]");
    refuse(sv_shape1(24), sv_shape3(INT64_MAX, INT64_MAX, -1),
           "target_shape: [9223372036854775807,9223372036854775807,-1] cannot hold the 24 elements of the input [24]");
    refuse(sv_shape1(24), sv_shape3(-1, -1, 4), "target_shape: expected at most one -1, got two");
    refuse(sv_shape1(24), sv_shape3(0, 6, 4), "target_shape: expected integers >= 1 or one -1, got 0");
    refuse(sv_shape1(24), sv_shape3(-2, 6, 4), "target_shape: expected integers >= 1 or one -1, got -2");
    refuse(sv_shape1(24), (sv_shape){ 0 }, "target_shape: expected 1 to 3 entries, got 0");
    refuse(sv_shape1(24), sv_shape4(1, 2, 3, 4), "target_shape: expected 1 to 3 entries, got 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reshapes),
        cmocka_unit_test(fills_in_the_open_entry),
        cmocka_unit_test(refuses_what_does_not_hold_the_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
