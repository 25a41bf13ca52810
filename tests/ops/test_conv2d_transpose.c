#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support/conv_oracle.h"
#include "support/op_check.h"

extern const sv_op sv_op_conv2d_transpose;

#define VALID { .mode = SV_PADDING_VALID }
#define SAME { .mode = SV_PADDING_SAME }
#define SIDES(t, b, l, r) { SV_PADDING_EXPLICIT, t, b, l, r }

static const int sizes[][2] = { { 1, 1 }, { 1, 4 }, { 3, 2 }, { 5, 4 } };
static const int kernels[][2] = { { 1, 1 }, { 3, 3 }, { 2, 5 }, { 4, 1 } };
static const int strides[][2] = { { 1, 1 }, { 2, 1 }, { 3, 6 } };
static const int dilations[][2] = { { 1, 1 }, { 2, 3 } };
static const sv_padding paddings[] = { VALID, SAME, SIDES(1, 1, 1, 1), SIDES(2, 0, 0, 3), SIDES(-1, 2, 0, -2) };
/* input channels, filters, groups: plain, thin, grouped, depthwise, depthwise with two filters a channel */
static const int channels[][3] = { { 3, 2, 1 }, { 4, 1, 1 }, { 6, 4, 2 }, { 3, 3, 3 }, { 2, 4, 2 } };
#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

static const char *label(const sv_conv2d_transpose_args *a, sv_shape in)
{
    static char text[256];
    snprintf(text, sizeof text, "%lldx%lldx%lld f%d k%dx%d s%dx%d d%dx%d g%d padding %d [%d,%d,%d,%d] op %d [%d,%d] act %d",
             (long long)in.dim[0], (long long)in.dim[1], (long long)in.dim[2], a->filters, a->kernel[0], a->kernel[1],
             a->strides[0], a->strides[1], a->dilation[0], a->dilation[1], a->groups, (int)a->padding.mode, a->padding.top,
             a->padding.bottom, a->padding.left, a->padding.right, a->output_padding.given, a->output_padding.height,
             a->output_padding.width, (int)a->activation.type);
    return text;
}

static op_case case_of(const sv_conv2d_transpose_args *a, sv_shape in)
{
    return (op_case){ .label = label(a, in), .op = &sv_op_conv2d_transpose, .args = a, .input = { in },
                      .oracle = conv2d_transpose_oracle, .loose_batches = true };
}

static void check_or_refuse(const sv_conv2d_transpose_args *a, sv_shape in)
{
    op_case c = case_of(a, in);
    c.linear = true;
    c.elements = 8;
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    if (op_infer(&c, &r, &fault) == SV_OK) {
        op_check(&c);
        return;
    }
    if (strncmp(fault.text, "padding: crops", 14) != 0) fail_msg("%s: message \"%s\"", c.label, fault.text);
    if (a->padding.mode != SV_PADDING_EXPLICIT) fail_msg("%s: refused: %s", c.label, fault.text);
}

static void awkward_grid(void **unused)
{
    (void)unused;
    int turn = 0;
    for (int n = 0; n < COUNT(sizes); n++)
        for (int k = 0; k < COUNT(kernels); k++)
            for (int s = 0; s < COUNT(strides); s++)
                for (int d = 0; d < COUNT(dilations); d++)
                    for (int p = 0; p < COUNT(paddings); p++) {
                        const int *ch = channels[turn++ % COUNT(channels)];
                        sv_conv2d_transpose_args a = { .filters = ch[1], .groups = ch[2], .padding = paddings[p],
                                                       .use_bias = turn % 3 ? SV_ON : SV_OFF };
                        memcpy(a.kernel, kernels[k], sizeof a.kernel);
                        memcpy(a.strides, strides[s], sizeof a.strides);
                        memcpy(a.dilation, dilations[d], sizeof a.dilation);
                        check_or_refuse(&a, sv_shape3(sizes[n][0], sizes[n][1], ch[0]));
                    }
}

/* The sum at each pixel for the mean number of taps, over the whole grid of shapes, with and without what needs the pre-activation. */
static void normalized(void **unused)
{
    (void)unused;
    int turn = 0;
    for (int n = 0; n < COUNT(sizes); n++)
        for (int k = 0; k < COUNT(kernels); k++)
            for (int s = 0; s < COUNT(strides); s++)
                for (int p = 0; p < COUNT(paddings); p++) {
                    const int *ch = channels[turn++ % COUNT(channels)];
                    sv_conv2d_transpose_args a = { .filters = ch[1], .groups = ch[2], .padding = paddings[p],
                                                   .normalize_overlap = SV_ON, .use_bias = turn % 3 ? SV_ON : SV_OFF };
                    memcpy(a.kernel, kernels[k], sizeof a.kernel);
                    memcpy(a.strides, strides[s], sizeof a.strides);
                    check_or_refuse(&a, sv_shape3(sizes[n][0], sizes[n][1], ch[0]));
                }
    sv_conv2d_transpose_args a = { .filters = 2, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME, .normalize_overlap = SV_ON };
    const sv_activation_type types[] = { SV_ACTIVATION_SIGMOID, SV_ACTIVATION_SILU };
    for (int i = 0; i < 2; i++) {
        a.activation.type = types[i];
        op_case c = case_of(&a, sv_shape3(3, 4, 3));
        op_check(&c);
    }
}

/* Kernels of ones on ones: k3 s2 `same` has counts 1 1 2 1 2 1 2 1; normalized, every pixel is 9/4. */
static void normalized_ones(void **unused)
{
    (void)unused;
    sv_graph *g = sv_graph_new();
    sv_conv2d_transpose_args a = { .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME, .normalize_overlap = SV_ON };
    a.kernel_initializer.type = SV_INIT_ONES;
    sv_node *y = sv_conv2d_transpose(g, "y", sv_input(g, "x", 4, 4, 1), &a);
    float ones[16], out[64];
    for (int i = 0; i < 16; i++) ones[i] = 1;
    const float *in = ones;
    assert_int_equal(sv_compile(g, NULL, NULL), SV_OK);
    assert_int_equal(sv_predict(g, y, 1, &in, out), SV_OK);
    for (int i = 0; i < 64; i++) assert_true(out[i] == 2.25f);
    sv_graph_free(g);
}

/* Every output padding below the stride or the dilation, with every padding; 0 is not the same as absent. */
static void output_paddings(void **unused)
{
    (void)unused;
    static const sv_padding modes[] = { VALID, SAME, SIDES(1, 1, 1, 1), SIDES(2, 1, 0, 2) };
    for (int p = 0; p < COUNT(modes); p++)
        for (int k = 2; k <= 5; k++)
            for (int s = 1; s <= 3; s++)
                for (int d = 1; d <= 2; d++)
                    for (int o = 0; o < (s > d ? s : d); o++) {
                        sv_conv2d_transpose_args a = { .filters = 2, .kernel = { k, 3 }, .strides = { s, 3 }, .dilation = { d, 1 },
                                                       .padding = modes[p], .output_padding = { true, o, (o + 1) % 3 } };
                        op_case c = case_of(&a, sv_shape3(3, 2, 2));
                        c.linear = true;
                        c.elements = 8;
                        op_check(&c);
                    }
}

static void large_images(void **unused)
{
    (void)unused;
    static const struct {
        int size[3], filters, kernel[2], stride, groups;
    } list[] = {
        { { 31, 47, 5 }, 8, { 5, 3 }, 1, 1 }, { { 30, 150, 2 }, 24, { 3, 3 }, 2, 1 }, { { 9, 9, 12 }, 16, { 3, 3 }, 1, 4 },
        { { 3, 5, 17 }, 40, { 1, 1 }, 1, 1 }, { { 6, 5, 8 }, 6, { 1, 1 }, 1, 2 },      { { 14, 14, 9 }, 1, { 3, 3 }, 2, 1 },
    };
    for (int k = 0; k < COUNT(list); k++) {
        sv_conv2d_transpose_args a = { .filters = list[k].filters, .kernel = { list[k].kernel[0], list[k].kernel[1] },
                                       .strides = { list[k].stride, list[k].stride }, .groups = list[k].groups, .padding = SAME };
        op_case c = case_of(&a, sv_shape3(list[k].size[0], list[k].size[1], list[k].size[2]));
        c.linear = true;
        c.elements = 3;
        c.samples = 5;
        op_check(&c);
    }
}

static void impulse_in_each_corner(void **unused)
{
    (void)unused;
    enum { H = 3, W = 4 };
    static const int corner[4][2] = { { 0, 0 }, { 0, W - 1 }, { H - 1, 0 }, { H - 1, W - 1 } };
    float x[4][H][W] = { 0 };
    for (int k = 0; k < 4; k++) x[k][corner[k][0]][corner[k][1]] = 1;
    for (int k = 0; k < COUNT(kernels); k++)
        for (int s = 0; s < COUNT(strides); s++)
            for (int p = 0; p < 2; p++) {
                sv_conv2d_transpose_args a = { .filters = 2, .padding = paddings[p], .use_bias = SV_OFF };
                memcpy(a.kernel, kernels[k], sizeof a.kernel);
                memcpy(a.strides, strides[s], sizeof a.strides);
                op_case c = case_of(&a, sv_shape3(H, W, 1));
                c.linear = true;
                c.samples = 4;
                c.x[0] = &x[0][0][0];
                op_check(&c);
            }
}

static void every_activation(void **unused)
{
    (void)unused;
    for (int type = 0; type < SV_ACTIVATION_COUNT; type++)
        for (int variant = 0; variant < 2; variant++) {
            sv_conv2d_transpose_args a = { .filters = 3, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME,
                                           .activation = { .type = (sv_activation_type)type, .negative_slope = variant ? 0.3f : 0,
                                                           .approximate = variant ? SV_ON : SV_OFF } };
            op_case c = case_of(&a, sv_shape3(3, 4, 2));
            c.scale = type == SV_ACTIVATION_RELU6 ? 6 : 1;
            op_check(&c);
        }
}

/* Output lengths and crops per axis, by hand and from the frameworks' documentation. -1: no output padding. */
static void shapes_and_crops(void **unused)
{
    (void)unused;
    static const struct {
        int n, k, s, d, op;
        sv_padding padding;
        int out, before, after;
    } list[] = {
        { 14, 3, 2, 1, -1, SAME, 28, 0, 1 },             /* Keras */
        { 14, 3, 2, 1, 1, SIDES(1, 1, 1, 1), 28, 1, 0 }, /* PyTorch: one pixel apart */
        { 14, 5, 2, 1, -1, SAME, 28, 1, 2 },
        { 14, 5, 2, 1, 1, SIDES(2, 2, 2, 2), 28, 2, 1 },
        { 16, 4, 2, 1, -1, SAME, 32, 1, 1 },
        { 16, 4, 2, 1, -1, SIDES(1, 1, 1, 1), 32, 1, 1 },
        { 4, 3, 2, 1, -1, SAME, 8, 0, 1 },               /* 7 -> 4 -> 8 */
        { 4, 3, 2, 1, 0, SAME, 7, 1, 1 },                /* 0 is not absent: 7 comes back */
        { 4, 3, 2, 1, 1, SAME, 8, 0, 1 },
        { 4, 1, 3, 1, -1, SAME, 12, 0, -2 },             /* a kernel below its stride: bias only at the end */
        { 4, 2, 2, 1, 1, SAME, 7, 0, 1 },
        { 4, 3, 2, 1, -1, VALID, 9, 0, 0 },
        { 4, 2, 3, 1, -1, VALID, 12, 0, -1 },
        { 4, 2, 3, 1, 0, VALID, 11, 0, 0 },
        { 4, 2, 3, 1, 2, VALID, 13, 0, -2 },
        { 5, 3, 2, 2, 1, SIDES(2, 2, 2, 2), 10, 2, 1 },
        { 5, 3, 1, 3, 2, SIDES(0, 0, 0, 0), 13, 0, -2 }, /* below the dilation, not below the stride */
        { 3, 3, 1, 1, -1, SIDES(-1, -2, -1, -2), 8, -1, -2 },
    };
    for (int k = 0; k < COUNT(list); k++) {
        sv_conv2d_transpose_args a = { .filters = 2, .kernel = { list[k].k, list[k].k }, .strides = { list[k].s, list[k].s },
                                       .dilation = { list[k].d, list[k].d }, .padding = list[k].padding,
                                       .output_padding = { list[k].op >= 0, list[k].op, list[k].op } };
        op_case c = case_of(&a, sv_shape3(list[k].n, list[k].n, 1));
        op_inferred r;
        sv_fault fault = { SV_OK, "" };
        op_expect_shape(&c, sv_shape3(list[k].out, list[k].out, 2));
        assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
        const int crop[4] = { list[k].before, list[k].after, list[k].before, list[k].after };
        if (memcmp(r.i.padding, crop, sizeof crop) != 0)
            fail_msg("%s: crops %d and %d, expected %d and %d", c.label, r.i.padding[0], r.i.padding[1], crop[0], crop[1]);
    }
}

/* One pixel of value 2 through the kernel 1 .. 9, strides 2: "same" crops the last row and column, leaving 2 4 / 8 10. */
static void known_picture(void **unused)
{
    (void)unused;
    sv_conv2d_transpose_args a = { .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME };
    op_case c = case_of(&a, sv_shape3(1, 1, 1));
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    float x[1] = { 2 }, w[9], b[1] = { 0.5f }, y[4], space[4096];
    for (int k = 0; k < 9; k++) w[k] = (float)(k + 1);
    const float *xs[] = { x }, *ws[] = { w, b };
    sv_call call = { .args = r.i.args, .state = r.i.state, .backend = r.i.backend, .inputs = 1, .samples = 1, .input = r.i.input,
                     .output = r.i.output, .x = xs, .y = y, .w = ws, .packed = { w, w }, .workspace = space };
    assert_int_equal(sv_vectors_select(NULL, &call.vectors, &fault), SV_OK);
    sv_op_conv2d_transpose.forward(&call);
    const float wanted[4] = { 2.5f, 4.5f, 8.5f, 10.5f };
    assert_memory_equal(y, wanted, sizeof wanted);
}

static void parameters_and_fans(void **unused)
{
    (void)unused;
    sv_conv2d_transpose_args a = { .filters = 8, .kernel = { 3, 5 }, .strides = { 2, 1 }, .groups = 2, .padding = SAME,
                                   .activation = { .type = SV_ACTIVATION_GELU }, .kernel_regularizer = { .l1 = 0.5f } };
    op_case c = case_of(&a, sv_shape3(5, 9, 4));
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    const sv_parameter_spec *kernel = &r.i.parameter[0], *bias = &r.i.parameter[1];
    sv_shape shape = sv_shape4(3, 5, 4, 4), units = sv_shape1(8);
    assert_int_equal(r.i.parameters, 2);
    assert_true(sv_shape_equal(&kernel->shape, &shape) && sv_shape_equal(&bias->shape, &units));
    assert_true(kernel->regularizer.l1 == 0.5f && kernel->dialect == SV_KERAS);
    for (int k = SV_FAN_KERAS; k <= SV_FAN_TORCH; k++) {
        assert_true(kernel->fans.in[k] == 60 && kernel->fans.out[k] == 60);
        assert_true(bias->fans.in[k] == 60);
    }
    assert_true(kernel->fans.in[SV_FAN_TRUE] == 15 && kernel->fans.out[SV_FAN_TRUE] == 60);
    assert_true(r.i.multiply_adds == 5.0 * 9 * 4 * 60);
    assert_int_equal(r.i.saved, 10 * 9 * 8);
}

/* Without groups: k k out against k k in, swapped. */
static void fans_are_swapped(void **unused)
{
    (void)unused;
    sv_conv2d_transpose_args a = { .filters = 2, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME };
    op_case c = case_of(&a, sv_shape3(5, 5, 7));
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    const sv_fans *f = &r.i.parameter[0].fans;
    assert_true(f->in[SV_FAN_KERAS] == 18 && f->out[SV_FAN_KERAS] == 63);
    assert_true(f->in[SV_FAN_TORCH] == 18 && f->out[SV_FAN_TORCH] == 63);
    assert_true(f->in[SV_FAN_TRUE] == 63.0 / 4 && f->out[SV_FAN_TRUE] == 18);
}

static void expect_fault(sv_conv2d_transpose_args a, sv_shape in, const char *message)
{
    op_case c = case_of(&a, in);
    op_expect_fault(&c, message);
}

static void errors_in_words(void **unused)
{
    (void)unused;
    sv_shape image = sv_shape3(5, 6, 3);
    sv_conv2d_transpose_args ok = { .filters = 4, .kernel = { 3, 3 } }, a = ok;
    a.filters = 0;
    expect_fault(a, image, "filters: expected an integer >= 1, got 0");
    a = ok, a.activation = (sv_activation){ .type = SV_ACTIVATION_ELU, .alpha = -1 };
    expect_fault(a, image, "activation.alpha: expected a number >= 0, got -1");
    a = ok, a.groups = 2;
    expect_fault(a, image, "groups: expected a divisor of the input's 3 channels and of 4 filters, got 2");
    a = ok, a.output_padding = SV_OUTPUT_PADDING(-1, 0);
    expect_fault(a, image, "output_padding: expected null, an integer >= 0 or [h, w], got -1 (height)");
    a = ok, a.strides[0] = a.strides[1] = 2, a.output_padding = SV_OUTPUT_PADDING(1, 2);
    expect_fault(a, image, "output_padding: expected less than strides or dilation_rate (2 and 1), got 2 (width)");
    a = ok, a.padding = SV_PAD4(4, 3, 0, 0);
    expect_fault(a, image, "padding: crops 4 and 3 pixels off a full output of height 7; nothing is left");
    a = ok, a.padding = SV_PAD4(0, 0, -3, 8);
    expect_fault(a, image, "padding: crops -3 and 8 pixels off a full output of width 8; nothing is left");
    expect_fault(ok, sv_shape1(10), "input: expected an image [H,W,C], got [10]; a Reshape layer makes one");
    a = ok, a.strides[0] = 1000000000;
    expect_fault(a, image, "output: height 5000000000 is too large");
    a = ok, a.kernel[0] = 2, a.padding = SV_SAME, a.output_padding = SV_OUTPUT_PADDING(0, 0);
    expect_fault(a, sv_shape3(1, 1, 3),
                 "output_padding: with padding \"same\" and a kernel that reaches over 2 pixels, 0 leaves no output (height)");
    a = ok, a.filters = 1000000, a.kernel[0] = a.kernel[1] = 1000;
    expect_fault(a, image, "kernel_size: 1000 x 1000 over 1000000 channels is too large");
    a = ok, a.filters = 1000000000;
    expect_fault(a, sv_shape3(1, 1, 2000), "kernel_size: 3 x 3 over 1000000000 channels is too large");
    a.kernel[0] = a.kernel[1] = 1;
    expect_fault(a, sv_shape3(1, 1, 2000), "kernel: [1,1,1000000000,2000] is more than 2^40 weights");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awkward_grid), cmocka_unit_test(normalized), cmocka_unit_test(normalized_ones),        cmocka_unit_test(output_paddings),  cmocka_unit_test(large_images),
        cmocka_unit_test(impulse_in_each_corner), cmocka_unit_test(every_activation), cmocka_unit_test(shapes_and_crops),
        cmocka_unit_test(known_picture),       cmocka_unit_test(parameters_and_fans), cmocka_unit_test(fans_are_swapped),
        cmocka_unit_test(errors_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
