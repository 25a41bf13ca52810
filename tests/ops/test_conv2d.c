#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support/conv_oracle.h"
#include "support/op_check.h"

extern const sv_op sv_op_conv2d;

#define VALID { .mode = SV_PADDING_VALID }
#define SAME { .mode = SV_PADDING_SAME }
#define SIDES(t, b, l, r) { SV_PADDING_EXPLICIT, t, b, l, r }

static const int sizes[][2] = { { 1, 1 }, { 1, 5 }, { 3, 2 }, { 5, 4 }, { 7, 6 } };
static const int kernels[][2] = { { 1, 1 }, { 3, 3 }, { 2, 5 }, { 4, 1 } };
static const int strides[][2] = { { 1, 1 }, { 2, 1 }, { 3, 6 } };
static const int dilations[][2] = { { 1, 1 }, { 2, 3 } };
static const sv_padding paddings[] = { VALID, SAME, SIDES(1, 1, 1, 1), SIDES(2, 0, 1, 3), SIDES(-1, 2, 0, -1) };
/* input channels, filters, groups: plain, thin, grouped, depthwise, depthwise with two filters a channel */
static const int channels[][3] = { { 2, 3, 1 }, { 1, 4, 1 }, { 4, 6, 2 }, { 3, 3, 3 }, { 2, 4, 2 } };
#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

static const char *label(const sv_conv2d_args *a, sv_shape in)
{
    static char text[256];
    snprintf(text, sizeof text, "%lldx%lldx%lld f%d k%dx%d s%dx%d d%dx%d g%d padding %d [%d,%d,%d,%d] mode %d act %d",
             (long long)in.dim[0], (long long)in.dim[1], (long long)in.dim[2], a->filters, a->kernel[0], a->kernel[1],
             a->strides[0], a->strides[1], a->dilation[0], a->dilation[1], a->groups, (int)a->padding.mode, a->padding.top,
             a->padding.bottom, a->padding.left, a->padding.right, (int)a->padding_mode, (int)a->activation.type);
    return text;
}

static op_case case_of(const sv_conv2d_args *a, sv_shape in)
{
    return (op_case){ .label = label(a, in), .op = &sv_op_conv2d, .args = a, .input = { in }, .oracle = conv2d_oracle,
                      .loose_batches = true };
}

static void check_or_refuse(const sv_conv2d_args *a, sv_shape in)
{
    op_case c = case_of(a, in);
    c.linear = true;
    c.elements = 8;
    if (conv2d_oracle_fits(a, in)) {
        op_check(&c);
        return;
    }
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    if (op_infer(&c, &r, &fault) != SV_BAD_ARGUMENT) fail_msg("%s: taken, though nothing fits", c.label);
    if (strncmp(fault.text, "kernel_size: ", 13) != 0) fail_msg("%s: message \"%s\"", c.label, fault.text);
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
                        sv_conv2d_args a = { .filters = ch[1], .groups = ch[2], .padding = paddings[p],
                                             .use_bias = turn % 3 ? SV_ON : SV_OFF };
                        memcpy(a.kernel, kernels[k], sizeof a.kernel);
                        memcpy(a.strides, strides[s], sizeof a.strides);
                        memcpy(a.dilation, dilations[d], sizeof a.dilation);
                        check_or_refuse(&a, sv_shape3(sizes[n][0], sizes[n][1], ch[0]));
                    }
}

static void padding_modes(void **unused)
{
    (void)unused;
    static const sv_padding modes[] = { SAME, VALID, SIDES(1, 1, 1, 1), SIDES(2, 0, 1, 3), SIDES(4, 3, 0, 2), SIDES(-1, 2, 1, -2) };
    for (int mode = SV_REFLECT; mode <= SV_PARTIAL; mode++)
        for (int p = 0; p < COUNT(modes); p++)
            for (int s = 1; s < 4; s++) {
                sv_conv2d_args a = { .filters = 3, .kernel = { 3, 2 }, .strides = { s, 1 }, .dilation = { 1, s },
                                     .padding = modes[p], .padding_mode = (sv_border)mode };
                op_case c = case_of(&a, sv_shape3(5, 6, 2));
                c.linear = true;
                op_check(&c);
            }
}

/* Several images a product, one image in several products, rows that do not divide evenly, pointwise. */
/* Kernels of ones on ones, bias 1: partial convolution gives 9 + 1 at every pixel, also in the corners, where 4 taps are inside. */
static void partial_of_ones(void **unused)
{
    (void)unused;
    sv_graph *g = sv_graph_new();
    sv_conv2d_args a = { .filters = 1, .kernel = { 3, 3 }, .padding = SV_SAME, .padding_mode = SV_PARTIAL };
    a.kernel_initializer.type = a.bias_initializer.type = SV_INIT_ONES;
    sv_node *y = sv_conv2d(g, "y", sv_input(g, "x", 4, 5, 1), &a);
    float ones[20], out[20];
    for (int i = 0; i < 20; i++) ones[i] = 1;
    const float *in = ones;
    assert_int_equal(sv_compile(g, NULL, NULL), SV_OK);
    assert_int_equal(sv_predict(g, y, 1, &in, out), SV_OK);
    for (int i = 0; i < 20; i++) assert_true(out[i] == 10);
    sv_graph_free(g);
}

static void large_images(void **unused)
{
    (void)unused;
    static const struct {
        int size[3], filters, kernel[2], stride, groups;
    } list[] = {
        { { 61, 47, 8 }, 5, { 5, 3 }, 1, 1 }, { { 30, 200, 24 }, 2, { 3, 3 }, 2, 1 }, { { 9, 9, 16 }, 12, { 3, 3 }, 1, 4 },
        { { 3, 5, 40 }, 17, { 1, 1 }, 1, 1 },  { { 6, 5, 6 }, 8, { 1, 1 }, 1, 2 },     { { 28, 28, 1 }, 9, { 3, 3 }, 2, 1 },
    };
    for (int k = 0; k < COUNT(list); k++) {
        sv_conv2d_args a = { .filters = list[k].filters, .kernel = { list[k].kernel[0], list[k].kernel[1] },
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
    enum { H = 5, W = 4 };
    static const int corner[4][2] = { { 0, 0 }, { 0, W - 1 }, { H - 1, 0 }, { H - 1, W - 1 } };
    float x[4][H][W] = { 0 };
    for (int k = 0; k < 4; k++) x[k][corner[k][0]][corner[k][1]] = 1;
    for (int k = 0; k < COUNT(kernels); k++)
        for (int s = 0; s < COUNT(strides); s++)
            for (int p = 1; p < COUNT(paddings); p++) {
                sv_conv2d_args a = { .filters = 2, .padding = paddings[p], .use_bias = SV_OFF };
                memcpy(a.kernel, kernels[k], sizeof a.kernel);
                memcpy(a.strides, strides[s], sizeof a.strides);
                if (!conv2d_oracle_fits(&(sv_conv2d_args){ .kernel = { a.kernel[0], a.kernel[1] }, .padding = a.padding,
                                                           .strides = { a.strides[0], a.strides[1] }, .dilation = { 1, 1 } },
                                        sv_shape3(H, W, 1)))
                    continue;
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
            sv_conv2d_args a = { .filters = 4, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME,
                                 .padding_mode = variant ? SV_REFLECT : SV_ZEROS,
                                 .activation = { .type = (sv_activation_type)type, .negative_slope = variant ? 0.3f : 0,
                                                 .approximate = variant ? SV_ON : SV_OFF } };
            op_case c = case_of(&a, sv_shape3(7, 6, 2));
            c.scale = type == SV_ACTIVATION_RELU6 ? 6 : 1;
            op_check(&c);
        }
}

/* Which weights a given picture meets, counted by hand: 3x3 ones over ones, stride 2 on 4 pixels pads (0, 1). */
static void known_picture(void **unused)
{
    (void)unused;
    sv_conv2d_args a = { .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SAME };
    op_case c = case_of(&a, sv_shape3(4, 4, 1));
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    const int padding[4] = { 0, 1, 0, 1 };
    assert_memory_equal(r.i.padding, padding, sizeof padding);
    float x[16], w[9], b[1] = { 0.5f }, y[4], space[4096];
    for (int k = 0; k < 16; k++) x[k] = 1;
    for (int k = 0; k < 9; k++) w[k] = 1;
    const float *xs[] = { x }, *ws[] = { w, b };
    sv_call call = { .args = r.i.args, .state = r.i.state, .backend = r.i.backend, .inputs = 1, .samples = 1, .input = r.i.input,
                     .output = r.i.output, .x = xs, .y = y, .w = ws, .packed = { w, w }, .workspace = space };
    assert_int_equal(sv_vectors_select(NULL, &call.vectors, &fault), SV_OK);
    sv_op_conv2d.forward(&call);
    const float wanted[4] = { 9.5f, 6.5f, 6.5f, 4.5f };
    assert_memory_equal(y, wanted, sizeof wanted);
}

static void shapes_and_padding(void **unused)
{
    (void)unused;
    static const struct {
        int n, k, s, d;
        sv_padding padding;
        int out, before, after;
    } list[] = {
        { 28, 3, 2, 1, SAME, 14, 0, 1 },  { 7, 3, 2, 1, SAME, 4, 1, 1 },  { 28, 5, 2, 1, SAME, 14, 1, 2 },
        { 128, 4, 2, 1, SAME, 64, 1, 1 }, { 5, 1, 2, 1, SAME, 3, 0, 0 },  { 8, 3, 1, 2, SAME, 8, 2, 2 },
        { 10, 3, 3, 2, SAME, 4, 2, 2 },   { 7, 3, 2, 1, VALID, 3, 0, 0 }, { 3, 5, 7, 1, SIDES(1, 2, 1, 2), 1, 1, 2 },
        { 6, 3, 2, 1, SIDES(1, 1, 1, 1), 3, 1, 1 },
    };
    for (int k = 0; k < COUNT(list); k++) {
        sv_conv2d_args a = { .filters = 2, .kernel = { list[k].k, list[k].k }, .strides = { list[k].s, list[k].s },
                             .dilation = { list[k].d, list[k].d }, .padding = list[k].padding };
        op_case c = case_of(&a, sv_shape3(list[k].n, list[k].n, 1));
        op_inferred r;
        sv_fault fault = { SV_OK, "" };
        op_expect_shape(&c, sv_shape3(list[k].out, list[k].out, 2));
        assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
        const int padding[4] = { list[k].before, list[k].after, list[k].before, list[k].after };
        assert_memory_equal(r.i.padding, padding, sizeof padding);
    }
}

static void parameters_and_fans(void **unused)
{
    (void)unused;
    sv_conv2d_args a = { .filters = 8, .kernel = { 3, 5 }, .strides = { 2, 1 }, .groups = 2, .padding = SAME,
                         .activation = { .type = SV_ACTIVATION_SILU }, .kernel_regularizer = { .l2 = 0.5f }, .dialect = SV_TORCH };
    op_case c = case_of(&a, sv_shape3(10, 9, 4));
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
    const sv_parameter_spec *kernel = &r.i.parameter[0], *bias = &r.i.parameter[1];
    sv_shape shape = sv_shape4(3, 5, 2, 8), units = sv_shape1(8);
    assert_int_equal(r.i.parameters, 2);
    assert_true(sv_shape_equal(&kernel->shape, &shape) && sv_shape_equal(&bias->shape, &units));
    assert_true(kernel->trainable && bias->trainable && kernel->dialect == SV_TORCH && bias->dialect == SV_TORCH);
    assert_string_equal(kernel->name, "kernel");
    assert_string_equal(bias->name, "bias");
    assert_true(kernel->regularizer.l2 == 0.5f && bias->regularizer.l2 == 0);
    for (int k = SV_FAN_KERAS; k <= SV_FAN_TRUE; k++) assert_true(kernel->fans.in[k] == 30 && bias->fans.in[k] == 30);
    assert_true(kernel->fans.out[SV_FAN_KERAS] == 120 && kernel->fans.out[SV_FAN_TORCH] == 120);
    assert_true(kernel->fans.out[SV_FAN_TRUE] == 30);
    assert_true(r.i.multiply_adds == 5.0 * 9 * 8 * 30);
    assert_int_equal(r.i.saved, 5 * 9 * 8);
}

static void expect_fault(sv_conv2d_args a, sv_shape in, const char *message)
{
    op_case c = case_of(&a, in);
    op_expect_fault(&c, message);
}

static void errors_in_words(void **unused)
{
    (void)unused;
    sv_shape image = sv_shape3(5, 6, 3);
    sv_conv2d_args ok = { .filters = 4, .kernel = { 3, 3 } }, a = ok;
    a.filters = -1;
    expect_fault(a, image, "filters: expected an integer >= 1, got -1");
    a = ok, a.kernel[1] = 0;
    expect_fault(a, image, "kernel_size: expected an integer >= 1 or a pair [h, w] of them, got 0");
    a = ok, a.strides[0] = -2;
    expect_fault(a, image, "strides: expected an integer >= 1 or a pair [h, w] of them, got -2");
    a = ok, a.dilation[0] = -2;
    expect_fault(a, image, "dilation_rate: expected an integer >= 1 or a pair [h, w] of them, got -2");
    a = ok, a.activation = (sv_activation){ .type = SV_ACTIVATION_ELU, .alpha = -1 };
    expect_fault(a, image, "activation.alpha: expected a number >= 0, got -1");
    a = ok, a.groups = 2;
    expect_fault(a, image, "groups: expected a divisor of the input's 3 channels and of 4 filters, got 2");
    a = ok, a.groups = 3;
    expect_fault(a, image, "groups: expected a divisor of the input's 3 channels and of 4 filters, got 3");
    a = ok, a.kernel[1] = 4, a.dilation[1] = 2;
    expect_fault(a, image,
                 "kernel_size: reaches over 7 pixels of width (kernel 4, dilation 2), the input has 6 and padding adds 0; no "
                 "output is left");
    a = ok, a.padding = SV_PAD(-3, 0);
    expect_fault(a, image,
                 "kernel_size: reaches over 3 pixels of height (kernel 3, dilation 1), the input has 5 and padding adds -6; no "
                 "output is left");
    expect_fault(ok, sv_shape1(10), "input: expected an image [H,W,C], got [10]; a Reshape layer makes one");
    a = ok, a.padding = SV_PAD(5, 0), a.padding_mode = SV_REFLECT;
    expect_fault(a, image, "padding: reflect needs less than the 5 pixels of the input, got 5 at the top");
    a = ok, a.padding = SV_PAD4(0, 0, 0, 7), a.padding_mode = SV_CIRCULAR;
    expect_fault(a, image, "padding: circular takes at most the 6 pixels of the input, got 7 at the right");
    a = ok, a.padding = SV_SAME, a.kernel[0] = 3, a.dilation[0] = 5, a.padding_mode = SV_REFLECT;
    expect_fault(a, image, "padding: reflect needs less than the 5 pixels of the input, got 5 at the top");
    a = ok, a.kernel[0] = 1000000, a.dilation[0] = 1000000;
    expect_fault(a, image, "kernel_size: 1000000 with dilation_rate 1000000 is too large");
    a = ok, a.padding = SV_PAD(2147483647, 0);
    expect_fault(a, image, "output: height 4294967297 is too large");
    a = ok, a.filters = 1000000000, a.kernel[0] = a.kernel[1] = 500, a.padding = SV_SAME;
    expect_fault(a, image, "kernel_size: 500 x 500 over 1000000000 channels is too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awkward_grid),         cmocka_unit_test(padding_modes), cmocka_unit_test(partial_of_ones),       cmocka_unit_test(large_images),
        cmocka_unit_test(impulse_in_each_corner), cmocka_unit_test(every_activation),  cmocka_unit_test(known_picture),
        cmocka_unit_test(shapes_and_padding),   cmocka_unit_test(parameters_and_fans), cmocka_unit_test(errors_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
