/* Flatten: the order of the elements, image or vector. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_flatten;

/* Element (i, j, c) goes to place (i W + j) C + c of its sample. */
static void oracle(const void *args, const sv_inference *inference, int samples, const double *const *x, const double *const *w,
                   double *y)
{
    (void)args, (void)w;
    const int64_t *n = inference->input[0].dim, count = n[0] * n[1] * n[2];
    for (int64_t r = 0; r < samples; r++)
        for (int64_t i = 0; i < n[0]; i++)
            for (int64_t j = 0; j < n[1]; j++)
                for (int64_t c = 0; c < n[2]; c++)
                    y[r * count + (i * n[1] + j) * n[2] + c] = x[0][((r * n[0] + i) * n[1] + j) * n[2] + c];
}

static void flattens_rows_first(void **state)
{
    (void)state;
    const sv_shape shapes[] = { sv_shape3(4, 3, 5), sv_shape3(1, 1, 1), sv_shape3(1, 7, 2), sv_shape3(6, 1, 3) };
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        op_case c = { .label = "Flatten", .op = &sv_op_flatten, .input = { shapes[k] }, .oracle = oracle, .linear = true };
        op_expect_shape(&c, sv_shape1(sv_shape_count(&shapes[k])));
        op_check(&c);
    }
}

static void leaves_a_vector(void **state)
{
    (void)state;
    op_expect_shape(&(op_case){ .label = "vector", .op = &sv_op_flatten, .input = { sv_shape1(10) } }, sv_shape1(10));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(flattens_rows_first), cmocka_unit_test(leaves_a_vector) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
