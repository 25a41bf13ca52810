/* Expected rms at initialization: worked numbers, and many real draws of random weights. */
#include "artifacts/artifacts.h"
#include "base/memory.h"
#include "graph/run.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static sv_moments *moments_of(sv_graph *g, const sv_node *last, double mean, double square)
{
    sv_moments *m = NULL;
    sv_fault fault = { 0 };
    if (!last) fail_msg("%s", sv_error(g));
    if (sv_moments_new(g, mean, square, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    return m;
}

static void expect_near(const char *what, double found, double wanted, double tolerance)
{
    if (!(fabs(found - wanted) <= tolerance)) fail_msg("%s: %.9g, expected %.9g +- %.3g", what, found, wanted, tolerance);
}

/* A single k3 s2 transposed convolution from 32 to 16 channels, He with Keras's fans, q = 1: phases 1.7778 .8889 .8889 .4444. */
static void phases_of_one_layer(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_conv2d_transpose_args args = { .filters = 16, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME };
    args.kernel_initializer.type = SV_INIT_HE_NORMAL;
    sv_node *y = sv_conv2d_transpose(g, "dec", sv_input(g, "x", 8, 8, 32), &args);
    sv_moments *m = moments_of(g, y, 0, 1);
    int period[2];
    double rms[SV_MAX_PHASES][SV_MAX_PHASES], border[4];
    assert_true(sv_expected_phases(m, y, period, rms));
    assert_int_equal(period[0], 2);
    assert_int_equal(period[1], 2);
    const double expected[2][2] = { { 16 / 9.0, 8 / 9.0 }, { 8 / 9.0, 4 / 9.0 } };
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) expect_near("phase", rms[a][b] * rms[a][b], expected[a][b], 1e-9);
    /* Counts 1 1 2 1 2 1 .. 2 1: row 0 and row 15 have 1 tap each, columns a mean of 1 + 7/16. */
    sv_expected_border(m, y, border);
    for (int side = 0; side < 4; side++) expect_near("border", border[side] * border[side], 4 / 9.0 * (1 + 7 / 16.0), 1e-9);
    expect_near("rms", sv_expected_rms(m, y), (1 + 7 / 16.0) * 2 / 3, 1e-9);
    expect_near("gain", sv_expected_gain(m, y), (1 + 7 / 16.0) * 2 / 3, 1e-9);
    sv_moments_free(m);
    sv_graph_free(g);
}

/* Simpson's rule over a normal variable. */
static void integrate(double (*f)(double), double mean, double deviation, double *first, double *second)
{
    const int n = 4000;
    *first = *second = 0;
    for (int i = 0; i <= n; i++) {
        double u = 18.0 * i / n - 9, w = (i == 0 || i == n ? 1
                                          : i % 2          ? 4
                                                           : 2) *
                                         18.0 / n / 3 * exp(-u * u / 2) / sqrt(2 * acos(-1));
        double y = f(mean + deviation * u);
        *first += w * y;
        *second += w * y * y;
    }
}

static double relu(double x)
{
    return fmax(x, 0);
}

static double leaky(double x)
{
    return x < 0 ? 0.25 * x : x;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static double silu(double x)
{
    return x * logistic(x);
}

static void activations(void **state)
{
    (void)state;
    const struct {
        sv_activation activation;
        double (*f)(double);
    } cases[] = { { SV_RELU, relu },
                  { SV_LEAKY_RELU(0.25f), leaky },
                  { SV_TANH, tanh },
                  { SV_SIGMOID, logistic },
                  { { .type = SV_ACTIVATION_SILU }, silu } };
    const double laws[][2] = { { 0, 1 }, { 0, 0.01 }, { 0.5, 2 }, { -1, 0.3 } };
    const sv_vectors *vectors;
    assert_int_equal(sv_vectors_select(NULL, &vectors, NULL), SV_OK);
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 4; k++) {
            double first, second, wanted[2];
            integrate(cases[i].f, laws[k][0], laws[k][1], &wanted[0], &wanted[1]);
            sv_expect_activation(&cases[i].activation, vectors, laws[k][0], laws[k][1] * laws[k][1], &first, &second);
            expect_near("E f", first, wanted[0], 2e-5);
            expect_near("E f^2", second, wanted[1], 2e-5);
        }
    double first, second;
    sv_expect_activation(&SV_RELU, vectors, 0, 4, &first, &second);
    expect_near("relu halves", second, 2, 1e-12);
    sv_expect_activation(&SV_LEAKY_RELU(0.5f), vectors, 0, 4, &first, &second);
    expect_near("leaky_relu: (1 + a^2) / 2", second, 2.5, 1e-12);
    sv_expect_activation(&SV_SIGMOID, vectors, 0, 0, &first, &second);
    expect_near("sigmoid of nothing", second, 0.25, 1e-7);
}

/* Mean squares per pixel of all nodes over many draws. */
typedef struct observed {
    double *sum[64];
    int64_t samples[64];
    const float *input;
    int64_t row;
} observed;

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const observed *o = context;
    memcpy(inputs[0], o->input + first * o->row, (size_t)(count * o->row) * sizeof(float));
}

static void see(void *context, const sv_node *n, int64_t first, int count, const float *rows)
{
    observed *o = context;
    int64_t channels = sv_shape_channels(&n->shape), size = sv_shape_count(&n->shape);
    (void)first;
    o->samples[n->index] += count;
    for (int64_t i = 0; i < count * size; i++)
        o->sum[n->index][i % size / channels] += (double)rows[i] * (double)rows[i] / (double)channels;
}

/* Compares the expected mean square of every layer, and of its first and last pixel, with what `draws` draws of weights and of
 * normal noise give. */
static void compare(sv_graph *g, sv_node *output, int draws, double tolerance)
{
    enum { SAMPLES = 4 };
    sv_fault fault = { 0 };
    sv_moments *m = moments_of(g, output, 0, 1);
    observed o = { .row = sv_shape_count(&g->node[0]->shape) };
    float *noise = sv_new((size_t)(SAMPLES * o.row), sizeof *noise);
    o.input = noise;
    for (int i = 0; i < g->nodes; i++) o.sum[i] = sv_new((size_t)(m->map[i].rows * m->map[i].columns), sizeof(double));
    sv_parameters *p;
    sv_run *run;
    sv_run_args args = { .output = output, .batch = SAMPLES, .threads = 1, .batch_mode = true };
    assert_int_equal(sv_vectors_select(NULL, &args.vectors, NULL), SV_OK);
    assert_int_equal(sv_backend_select("native", &args.backend, NULL), SV_OK);
    assert_int_equal(sv_graph_use_backend(g, args.backend, NULL), SV_OK);
    assert_int_equal(sv_parameters_new(g, &p, NULL), SV_OK);
    if (sv_run_new(g, p, &args, &run, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (int d = 0; d < draws; d++) {
        sv_stream s = sv_stream_open((uint64_t)d, "noise", "");
        sv_feed feed = { .samples = SAMPLES, .fetch = fetch, .context = &o };
        sv_stream_normal(&s, 0, 0, 0, SAMPLES * o.row, noise);
        assert_int_equal(sv_parameters_draw(p, (uint64_t)d, NULL), SV_OK);
        assert_int_equal(sv_run_observe(run, &feed, see, &o, NULL), SV_OK);
    }
    for (int i = 0; i < g->nodes; i++) {
        const sv_moment_map *map = &m->map[i];
        int64_t pixels = map->rows * map->columns;
        double sum = 0, seen = (double)o.samples[i];
        assert_int_equal(o.samples[i], SAMPLES * draws);
        for (int64_t k = 0; k < pixels; k++) sum += o.sum[i][k];
        double rms = sv_expected_rms(m, g->node[i]), square = rms * rms;
        expect_near(g->node[i]->name, sum / seen / (double)pixels, square, tolerance * square);
        expect_near("first pixel", o.sum[i][0] / seen, map->square[0], 4 * tolerance * map->square[0]);
        expect_near("last pixel", o.sum[i][pixels - 1] / seen, map->square[pixels - 1], 4 * tolerance * map->square[pixels - 1]);
        sv_free(o.sum[i]);
    }
    sv_run_free(run);
    sv_parameters_free(p);
    sv_free(noise);
    sv_moments_free(m);
}

static void draws_of_convolutions(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 9, 7, 3);
    sv_conv2d_args c = { .filters = 8, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME, .activation = SV_RELU };
    x = sv_conv2d(g, "same", x, &c);
    c.strides[0] = c.strides[1] = 1, c.padding_mode = SV_REFLECT, c.groups = 2;
    c.kernel_initializer.type = SV_INIT_HE_NORMAL, c.bias_initializer = (sv_initializer){ .type = SV_INIT_CONSTANT, .value = 0.5f };
    x = sv_conv2d(g, "reflect", x, &c);
    sv_conv2d_transpose_args t = { .filters = 6,
                                   .kernel = { 3, 4 },
                                   .strides = { 2, 3 },
                                   .padding = SV_SAME,
                                   .activation = SV_TANH,
                                   .groups = 2,
                                   .dialect = SV_TORCH };
    x = sv_conv2d_transpose(g, "up", x, &t);
    c.padding_mode = SV_PARTIAL, c.strides[0] = 2;
    x = sv_conv2d(g, "partial", x, &c);
    t.normalize_overlap = SV_ON, t.strides[0] = 3, t.kernel[1] = 3;
    x = sv_conv2d_transpose(g, "even", x, &t);
    x = sv_conv2d(g, "sub", x, &(sv_conv2d_args){ .filters = 8, .kernel = { 1, 1 }, .activation = SV_SIGMOID });
    x = sv_pixel_shuffle(g, "shuffle", x, &(sv_pixel_shuffle_args){ .upscale_factor = 2 });
    compare(g, x, 600, 0.05);
    sv_graph_free(g);
}

static void draws_of_graphs(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_conv2d_args c = { .filters = 6, .kernel = { 3, 3 }, .padding = SV_SAME, .activation = SV_RELU };
    sv_node *x = sv_input(g, "x", 6, 8, 2), *a = sv_conv2d(g, "a", x, &c), *b = sv_conv2d(g, "b", x, &c);
    sv_node *sum = sv_add(g, "sum", (sv_node *[]){ a, b }, 2);
    sv_node *both = sv_concatenate(g, "both", (sv_node *[]){ sum, x }, 2);
    sv_node *y = sv_dropout(g, "drop", both, &(sv_dropout_args){ .rate = 0.25f });
    y = sv_gaussian_noise(g, "noise", y, &(sv_gaussian_noise_args){ .stddev = 0.5f });
    y = sv_zero_padding2d(g, "pad", y, &(sv_zero_padding2d_args){ .padding = { 1, 0, 2, 0 } });
    y = sv_upsampling2d(g, "near", y, &(sv_upsampling2d_args){ .size = { 2, 2 } });
    y = sv_cropping2d(g, "crop", y, &(sv_cropping2d_args){ .cropping = { 2, 2, 4, 0 } });
    y = sv_conv2d(g, "normal", y, &(sv_conv2d_args){ .filters = 6, .kernel = { 3, 3 } });
    y = sv_batch_normalization(g, "bn", y, &(sv_batch_normalization_args){ 0 });
    y = sv_activate(g, "elu", y, &(sv_activation_args){ { .type = SV_ACTIVATION_ELU } });
    y = sv_flatten(g, "flat", y);
    y = sv_dense(g, "dense", y, &(sv_dense_args){ .units = 12 });
    y = sv_reshape(g, "image", y, &(sv_reshape_args){ .target_shape = { .rank = 3, .dim = { 2, 2, 3 } } });
    compare(g, y, 600, 0.06);
    assert_int_equal(sv_find_node(g, "bn")->inference.parameters, 4);
    sv_graph_free(g);
}

/* The condition holds for kernels that repeat a pixel, fails by sqrt(3)/2 for random ones of any size. */
static double ripple_of(int kernel, sv_initializer start, bool shuffle)
{
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 4, 4, 16), *y;
    sv_parameters *p;
    if (shuffle) {
        x = sv_conv2d(g, "c", x, &(sv_conv2d_args){ .filters = 64, .kernel = { kernel, kernel }, .kernel_initializer = start });
        y = sv_pixel_shuffle(g, "y", x, &(sv_pixel_shuffle_args){ .upscale_factor = 2 });
    } else {
        y = sv_conv2d_transpose(
            g, "y", x,
            &(sv_conv2d_transpose_args){
                .filters = 64, .kernel = { kernel, kernel }, .strides = { 2, 2 }, .kernel_initializer = start });
    }
    assert_int_equal(sv_parameters_new(g, &p, NULL), SV_OK);
    assert_int_equal(sv_parameters_draw(p, 3, NULL), SV_OK);
    double ripple = sv_polyphase_ripple(p, y);
    assert_true(isnan(sv_polyphase_ripple(p, g->node[0])));
    sv_parameters_free(p);
    sv_graph_free(g);
    return ripple;
}

static void polyphase(void **state)
{
    (void)state;
    const sv_initializer ones = { .type = SV_INIT_ONES }, he = { .type = SV_INIT_HE_NORMAL };
    for (int kernel = 2; kernel <= 4; kernel++) {
        expect_near("random", ripple_of(kernel, he, false), sqrt(3) / 2, 0.02);
        expect_near("random, sub-pixel", ripple_of(kernel, he, true), sqrt(3) / 2, 0.02);
    }
    expect_near("k2 of ones", ripple_of(2, ones, false), 0, 0);
    expect_near("k4 of ones", ripple_of(4, ones, false), 0, 0);
    expect_near("sub-pixel of ones", ripple_of(3, ones, true), 0, 0);
    /* k3 of ones: sums 4, 2, 2, 1: variance 25/4 - 81/16 of a mean square 25/4. */
    expect_near("k3 of ones", ripple_of(3, ones, false), sqrt((25 / 4.0 - 81 / 16.0) / (25 / 4.0)), 1e-12);
}

static const sv_lint *lint_of(sv_graph *g, const sv_node *y, sv_static **s)
{
    sv_fault fault = { 0 };
    if (!y) fail_msg("%s", sv_error(g));
    if (sv_static_new(g, y, NULL, NULL, s, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_moments *m = moments_of(g, y, 0, 1);
    assert_int_equal(sv_lint_variance(*s, m, &fault), SV_OK);
    sv_moments_free(m);
    for (int i = 0; i < (*s)->lints; i++)
        if (strcmp((*s)->lint[i].id, "V1") == 0) return &(*s)->lint[i];
    return NULL;
}

/* He from 64 to 1 channel counts 1 channel: variance 2/9, 64 channels of 9/4 taps: gain sqrt(32) but for the border. */
static void lint_v1(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_static *s;
    sv_conv2d_transpose_args args = { .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME };
    args.kernel_initializer.type = SV_INIT_HE_UNIFORM;
    sv_node *x = sv_input(g, "x", 64, 64, 64), *y = sv_conv2d_transpose(g, "dec", x, &args);
    const sv_lint *l = lint_of(g, y, &s);
    assert_non_null(l);
    assert_string_equal(l->node->name, "dec");
    assert_int_equal(l->severity, SV_WARNING);
    assert_non_null(strstr(l->message, "values are 5.63 times"));
    assert_non_null(strstr(l->message, "fans 9 in, 576 out; a pixel really sums 144 taps"));
    assert_non_null(strstr(l->fix, "{\"type\": \"he_uniform\", \"fan\": \"true\"}"));
    assert_non_null(strstr(l->fix, "a gain of about 1.4"));
    sv_static_free(s);
    args.kernel_initializer.fan = SV_FAN_TRUE;
    y = sv_conv2d_transpose(g, "true", x, &args);
    assert_null(lint_of(g, y, &s));
    sv_static_free(s);
    sv_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_of_one_layer), cmocka_unit_test(activations), cmocka_unit_test(draws_of_convolutions),
        cmocka_unit_test(draws_of_graphs),     cmocka_unit_test(polyphase),   cmocka_unit_test(lint_v1),
    };
    return cmocka_run_group_tests_name("expected rms at initialization", tests, NULL, NULL);
}
