/* Add: sums of two to sixteen inputs. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_add;

static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args, (void)w;
    for (int64_t k = 0; k < samples * sv_shape_count(&i->output); k++) {
        y[k] = 0;
        for (int t = 0; t < i->inputs; t++) y[k] += x[t][k];
    }
}

static void adds(void **state)
{
    (void)state;
    const sv_shape shapes[] = { sv_shape3(4, 3, 5), sv_shape3(1, 1, 1), sv_shape1(17) };
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (int inputs = 2; inputs <= SV_MAX_INPUTS; inputs += 7) {
            op_case c = { .label = "Add", .op = &sv_op_add, .inputs = inputs, .oracle = oracle, .linear = true };
            for (int t = 0; t < inputs; t++) c.input[t] = shapes[k];
            op_expect_shape(&c, shapes[k]);
            op_check(&c);
        }
}

static void refuses_different_shapes(void **state)
{
    (void)state;
    op_expect_fault(&(op_case){ .label = "widths", .op = &sv_op_add, .inputs = 3,
                                .input = { sv_shape3(4, 4, 2), sv_shape3(4, 4, 2), sv_shape3(4, 5, 2) } },
                    "inputs[2]: expected the shape of the first, [4,4,2], got [4,5,2]");
    op_expect_fault(&(op_case){ .label = "ranks", .op = &sv_op_add, .inputs = 2, .input = { sv_shape3(1, 1, 8), sv_shape1(8) } },
                    "inputs[1]: expected the shape of the first, [1,1,8], got [8]");
}

static void takes_two_to_sixteen(void **state)
{
    (void)state;
    assert_int_equal(sv_op_add.min_inputs, 2);
    assert_int_equal(sv_op_add.max_inputs, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds),
        cmocka_unit_test(refuses_different_shapes),
        cmocka_unit_test(takes_two_to_sixteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
