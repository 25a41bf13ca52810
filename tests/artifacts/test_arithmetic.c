/* Sizes, padding and crops in words, the fixes with their numbers, and the terminal's text. */
#include "artifacts/artifacts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void expect_line(const sv_node *n, const char *expected)
{
    sv_text t = { 0 };
    if (!n) fail_msg("no layer; expected %s", expected);
    assert_true(sv_layer_arithmetic(n, &t));
    assert_string_equal(t.data, expected);
    sv_text_free(&t);
}

static const sv_node *down(sv_graph *g, int size, int kernel, int stride, sv_padding padding)
{
    return sv_conv2d(
        g, NULL, sv_input(g, NULL, size, size, 1),
        &(sv_conv2d_args){ .filters = 1, .kernel = { kernel, kernel }, .strides = { stride, stride }, .padding = padding });
}

static const sv_node *up(sv_graph *g, int size, int kernel, int stride, sv_padding padding)
{
    return sv_conv2d_transpose(g, NULL, sv_input(g, NULL, size, size, 1),
                               &(sv_conv2d_transpose_args){
                                   .filters = 1, .kernel = { kernel, kernel }, .strides = { stride, stride }, .padding = padding });
}

static void downwards(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    expect_line(down(g, 5, 3, 2, SV_SAME),
                "5x5 -> 3x3, kernel 3x3, stride 2, same: ceil(5/2) = 3 windows reach over (3-1)*2+3 = 7 pixels, 2 more than there "
                "are: pad [[1,1],[1,1]]; PyTorch's padding=1 pads the same");
    expect_line(down(g, 5, 3, 2, SV_VALID),
                "5x5 -> 2x2, kernel 3x3, stride 2, valid: floor((5-3)/2)+1 = 2 windows, none over the border");
    expect_line(down(g, 6, 3, 2, SV_VALID), "6x6 -> 2x2, kernel 3x3, stride 2, valid: floor((6-3)/2)+1 = 2 windows, none over the "
                                            "border; the last 1 rows and 1 columns are in no window");
    expect_line(down(g, 4, 3, 2, SV_SAME),
                "4x4 -> 2x2, kernel 3x3, stride 2, same: ceil(4/2) = 2 windows reach over (2-1)*2+3 = 5 pixels, 1 more than there "
                "are: pad [[0,1],[0,1]]; PyTorch's padding=1 would pad [[1,1],[1,1]]: windows begin one pixel earlier, the last "
                "row and column of padding unused");
    expect_line(down(g, 8, 3, 2, SV_PAD(1, 1)),
                "8x8 -> 4x4, kernel 3x3, stride 2, padding [[1,1],[1,1]]: floor((10-3)/2)+1 = 4 windows; the last 1 rows and 1 "
                "columns are in no window");
    sv_graph_free(g);
}

/* k3 s2: Keras crops (0,1), PyTorch (1,0); k5 s2 (1,2) against (2,1); k4 s2 agrees on (1,1). */
static void upwards(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    expect_line(up(g, 4, 3, 2, SV_SAME),
                "4x4 -> 8x8, kernel 3x3, stride 2, same: kernels placed every 2 pixels fill (4-1)*2+3 = 9; 4*2 = 8 stay: crop "
                "[[0,1],[0,1]]; PyTorch's padding=1, output_padding=1 would crop [[1,0],[1,0]]: the picture moves by one pixel");
    expect_line(up(g, 4, 5, 2, SV_SAME),
                "4x4 -> 8x8, kernel 5x5, stride 2, same: kernels placed every 2 pixels fill (4-1)*2+5 = 11; 4*2 = 8 stay: crop "
                "[[1,2],[1,2]]; PyTorch's padding=2, output_padding=1 would crop [[2,1],[2,1]]: the picture moves by one pixel");
    expect_line(up(g, 4, 4, 2, SV_SAME),
                "4x4 -> 8x8, kernel 4x4, stride 2, same: kernels placed every 2 pixels fill (4-1)*2+4 = 10; 4*2 = 8 stay: crop "
                "[[1,1],[1,1]]; PyTorch's padding=1 crops the same");
    expect_line(up(g, 4, 3, 2, SV_VALID),
                "4x4 -> 9x9, kernel 3x3, stride 2, valid: kernels placed every 2 pixels fill (4-1)*2+3 = 9; 9 stay: crop "
                "[[0,0],[0,0]]; PyTorch's padding=0 crops the same");
    expect_line(up(g, 4, 3, 1, SV_SAME),
                "4x4 -> 4x4, kernel 3x3, stride 1, same: kernels placed every 1 pixels fill (4-1)*1+3 = 6; 4*1 = 4 stay: crop "
                "[[1,1],[1,1]]; PyTorch's padding=1 crops the same");
    sv_graph_free(g);
}

static void other_layers(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_text t = { 0 };
    assert_false(sv_layer_arithmetic(sv_flatten(g, "f", sv_input(g, "x", 2, 2, 1)), &t));
    assert_int_equal(t.length, 0);
    sv_graph_free(g);
}

static const sv_lint *find(const sv_static *s, const char *id)
{
    for (int i = 0; i < s->lints; i++)
        if (strcmp(s->lint[i].id, id) == 0) return &s->lint[i];
    fail_msg("no lint %s", id);
    return NULL;
}

/* Encoder k3, decoder k4, three stages on 256 pixels: 3.5 pixels to the top left, depths 7 and 15; k4 throughout: no shift, and
 * depths of 15 on every side (from the latent's one pixel of each end: 1 -> 3 -> 7 -> 15 going up, and 1 going down). */
static void fixes(void **state)
{
    (void)state;
    for (int kernel = 3; kernel <= 4; kernel++) {
        sv_graph *g = sv_graph_new();
        sv_node *x = sv_input(g, "x", 256, 256, 1), *image = x;
        for (int i = 0; i < 3; i++)
            x = sv_conv2d(g, NULL, x,
                          &(sv_conv2d_args){ .filters = 1, .kernel = { kernel, kernel }, .strides = { 2, 2 }, .padding = SV_SAME });
        for (int i = 0; i < 3; i++)
            x = sv_conv2d_transpose(
                g, NULL, x,
                &(sv_conv2d_transpose_args){ .filters = 1, .kernel = { 4, 4 }, .strides = { 2, 2 }, .padding = SV_SAME });
        sv_static *s;
        sv_shape target = sv_node_shape(image);
        assert_int_equal(sv_static_new(g, x, NULL, &target, &s, NULL), SV_OK);
        if (kernel == 3) {
            assert_true(s->shift[0] == -3.5 && s->shift[1] == -3.5);
            assert_string_equal(find(s, "B4")->fix,
                                "Conv2D_1, Conv2D_2, Conv2D_3: \"kernel_size\": [4, 4], \"padding\": [1, 1]: no shift");
            assert_string_equal(find(s, "B2")->fix,
                                "Conv2D_1, Conv2D_2, Conv2D_3: \"kernel_size\": [4, 4], \"padding\": [1, 1]: 15 "
                                "pixels at top and bottom, 15 left and right");
        } else {
            const int depths[4] = { 15, 15, 15, 15 };
            assert_memory_equal(s->edges.depth, depths, sizeof depths);
            assert_true(s->aligned[0] && s->shift[0] == 0 && s->shift[1] == 0);
        }
        sv_static_free(s);
        sv_graph_free(g);
    }
}

/* 8 -> 4 -> 9: the fix crops the odd pixel and says where PyTorch's numbers would. */
static void fix_of_size(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 8, 8, 1), *y;
    y = sv_conv2d(g, "enc", x, &(sv_conv2d_args){ .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME });
    y = sv_conv2d_transpose(g, "dec", y, &(sv_conv2d_transpose_args){ .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 } });
    sv_static *s;
    sv_shape target = sv_node_shape(x);
    assert_int_equal(sv_static_new(g, y, NULL, &target, &s, NULL), SV_OK);
    assert_string_equal(find(s, "B5")->fix,
                        "\"padding\": [[0, 1], [0, 1]] and no output_padding in layer \"dec\"; PyTorch's padding=(1,1), "
                        "output_padding=(1,1) would crop [[1,0],[1,0]]: the picture moves by one pixel");
    sv_static_free(s);
    sv_graph_free(g);
}

static void wrapping(void **state)
{
    (void)state;
    sv_text t = { 0 };
    sv_text_add(&t, "ab: ");
    sv_text_wrap(&t, 10, 2, "one two three  extraordinary x");
    assert_string_equal(t.data, "ab: one\n  two\n  three\n  extraordinary\n  x");
    sv_text_free(&t);
    t = (sv_text){ 0 };
    sv_text_wrap(&t, 7, 1, "one two six");
    assert_string_equal(t.data, "one two\n six");
    sv_text_wrap(&t, 7, 1, "");
    assert_string_equal(t.data, "one two\n six");
    sv_text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(downwards), cmocka_unit_test(upwards),     cmocka_unit_test(other_layers),
                                        cmocka_unit_test(fixes),     cmocka_unit_test(fix_of_size), cmocka_unit_test(wrapping) };
    return cmocka_run_group_tests_name("arithmetic and fixes in words", tests, NULL, NULL);
}
