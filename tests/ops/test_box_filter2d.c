/* BoxFilter2D against the mean written down once more, and what it does to a checkerboard. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

extern const sv_op sv_op_box_filter2d;

static void oracle(const void *args, const sv_inference *i, int samples, const double *const *x, const double *const *w, double *y)
{
    const sv_box_filter2d_args *a = args;
    int H = (int)i->input[0].dim[0], W = (int)i->input[0].dim[1], C = (int)i->input[0].dim[2];
    (void)w;
    for (int k = 0; k < samples * H * W * C; k++) {
        int c = k % C, column = k / C % W, row = k / C / W % H, first = k / C / W / H * H, pixels = 0;
        double sum = 0;
        for (int r = 0; r < H; r++)
            for (int s = 0; s < W; s++) {
                int u = r - row + (a->size[0] - 1) / 2, v = s - column + (a->size[1] - 1) / 2;
                if (u < 0 || u >= a->size[0] || v < 0 || v >= a->size[1]) continue;
                sum += x[0][((first + r) * W + s) * C + c];
                pixels++;
            }
        y[k] = sum / pixels;
    }
}

static void means(void **state)
{
    (void)state;
    const int cases[][5] = { { 5, 4, 3, 2, 2 }, { 1, 1, 1, 3, 2 }, { 7, 6, 2, 3, 1 }, { 4, 9, 1, 1, 4 }, { 3, 2, 5, 7, 9 } };
    for (int k = 0; k < 5; k++) {
        const int *n = cases[k];
        char label[64];
        snprintf(label, sizeof label, "%dx%dx%d, box %dx%d", n[0], n[1], n[2], n[3], n[4]);
        sv_box_filter2d_args args = { .size = { n[3], n[4] } };
        op_case c = { .label = label, .op = &sv_op_box_filter2d, .args = &args, .input = { sv_shape3(n[0], n[1], n[2]) },
                      .oracle = oracle, .linear = true };
        op_expect_shape(&c, sv_shape3(n[0], n[1], n[2]));
        op_check(&c);
    }
}

/* A pattern of period 2 is gone behind a box of 2 but for the image's end, where the box has one pixel. */
static void checkerboard(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_node *y = sv_box_filter2d(g, "box", sv_input(g, "x", 6, 6, 1), NULL);
    float x[36], out[36];
    for (int i = 0; i < 36; i++) x[i] = (i / 6 + i % 6) % 2 ? 0.75f : 0.25f;
    const float *in = x;
    assert_int_equal(sv_compile(g, NULL, NULL), SV_OK);
    assert_int_equal(sv_predict(g, y, 1, &in, out), SV_OK);
    for (int i = 0; i < 35; i++) assert_true(out[i] == 0.5f);
    assert_true(out[35] == x[35]);
    sv_graph_free(g);
}

static void refusals(void **state)
{
    (void)state;
    op_case c = { .label = "vector", .op = &sv_op_box_filter2d, .input = { sv_shape1(4) } };
    op_inferred r;
    sv_fault fault = { 0 };
    assert_int_equal(op_infer(&c, &r, &fault), SV_BAD_ARGUMENT);
    sv_box_filter2d_args none = { .size = { -1, 2 } };
    c = (op_case){ .label = "size", .op = &sv_op_box_filter2d, .args = &none, .input = { sv_shape3(4, 4, 1) } };
    op_expect_fault(&c, "size: expected an integer from 1 to 1000000 or a pair [h, w] of them, got -1");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(means), cmocka_unit_test(checkerboard), cmocka_unit_test(refusals) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
