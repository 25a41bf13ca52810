/* Concatenate: channels of images and vectors side by side. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/shape.h"

extern const sv_op sv_op_concatenate;

/* Walks the output and asks which input each channel lies in. */
static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    (void)args, (void)w;
    int64_t all = 0, pixels = sv_shape_count(&i->input[0]) / sv_shape_channels(&i->input[0]);
    for (int t = 0; t < i->inputs; t++) all += sv_shape_channels(&i->input[t]);
    for (int64_t k = 0; k < samples * pixels * all; k++) {
        int64_t channel = k % all;
        int t = 0;
        while (channel >= sv_shape_channels(&i->input[t])) channel -= sv_shape_channels(&i->input[t++]);
        y[k] = x[t][k / all * sv_shape_channels(&i->input[t]) + channel];
    }
}

static void expect(const char *label, int inputs, const sv_shape *input, sv_shape output)
{
    op_case c = { .label = label, .op = &sv_op_concatenate, .inputs = inputs, .oracle = oracle, .linear = true };
    for (int t = 0; t < inputs; t++) c.input[t] = input[t];
    op_expect_shape(&c, output);
    op_check(&c);
}

static void joins_channels(void **state)
{
    (void)state;
    expect("two", 2, (sv_shape[]){ sv_shape3(3, 4, 2), sv_shape3(3, 4, 5) }, sv_shape3(3, 4, 7));
    expect("three", 3, (sv_shape[]){ sv_shape3(1, 2, 1), sv_shape3(1, 2, 17), sv_shape3(1, 2, 3) }, sv_shape3(1, 2, 21));
    expect("vectors", 2, (sv_shape[]){ sv_shape1(3), sv_shape1(8) }, sv_shape1(11));
    sv_shape sixteen[16];
    for (int t = 0; t < 16; t++) sixteen[t] = sv_shape3(2, 2, 1 + t % 3);
    expect("sixteen", 16, sixteen, sv_shape3(2, 2, 31));
}

static void refuses_other_sizes(void **state)
{
    (void)state;
    op_expect_fault(&(op_case){ .label = "heights", .op = &sv_op_concatenate, .inputs = 2,
                                .input = { sv_shape3(4, 4, 2), sv_shape3(5, 4, 2) } },
                    "inputs[1]: expected the shape of the first, [4,4,2], but for the channels, got [5,4,2]");
    op_expect_fault(&(op_case){ .label = "ranks", .op = &sv_op_concatenate, .inputs = 2,
                                .input = { sv_shape1(8), sv_shape3(1, 1, 8) } },
                    "inputs[1]: expected the shape of the first, [8], but for the channels, got [1,1,8]");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(joins_channels), cmocka_unit_test(refuses_other_sizes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
