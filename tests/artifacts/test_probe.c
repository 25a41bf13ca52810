/* Measures that run the model again: crops against the static depth, the response to constant latents, the paired-crop ratio. */
#include "artifacts/probe.h"
#include "config/config.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % below);
}

static float unit(void)
{
    return (float)draw(1 << 20) / (float)(1 << 20);
}

/* A model, its weights drawn, ready to be probed. */
typedef struct subject {
    sv_model *model;
    sv_graph *graph;
    sv_node *input, *output;
    sv_parameters *parameters;
    const sv_vectors *vectors;
} subject;

/* Biases too are drawn: a border that only a bias tells from the inside must count. */
static void open_subject(subject *s, const char *json, uint64_t seed)
{
    sv_fault fault = { 0 };
    *s = (subject){ .graph = sv_graph_new() };
    if (sv_model_parse(json, "model", &s->model, &fault) != SV_OK) fail_msg("%s\n%s", fault.text, json);
    if (sv_model_build(s->model, s->graph, &s->input, &s->output, &fault) != SV_OK) fail_msg("%s\n%s", fault.text, json);
    assert_int_equal(sv_parameters_new(s->graph, &s->parameters, &fault), SV_OK);
    random_state = seed * 1117 + 5;
    for (int64_t i = 0; i < s->parameters->count; i++) s->parameters->weights[i] = unit() - 0.45f;
    assert_int_equal(sv_vectors_select(NULL, &s->vectors, &fault), SV_OK);
}

static void close_subject(subject *s)
{
    sv_parameters_free(s->parameters);
    sv_graph_free(s->graph);
    sv_model_free(s->model);
}

enum { PICTURES = 12, BATCH = 8 };

/* Random pictures, what the model makes of them, and the figures of that. */
static sv_modelled probe(const subject *s, const sv_conv_backend *backend, int threads)
{
    sv_fault fault = { 0 };
    sv_probe *p;
    sv_clone whole;
    sv_modelled m;
    uint8_t *role = malloc((size_t)s->graph->nodes);
    sv_shape shape[64] = { { 0 } };
    int64_t in = sv_shape_count(&s->input->shape), out = sv_shape_count(&s->output->shape);
    float *x = malloc((size_t)(PICTURES * in) * sizeof *x), *y = malloc((size_t)(PICTURES * out) * sizeof *y),
          *t = malloc((size_t)(PICTURES * out) * sizeof *t);
    assert_true(role && x && y && t && s->graph->nodes <= 64);
    for (int64_t i = 0; i < PICTURES * in; i++) x[i] = unit();
    for (int64_t i = 0; i < PICTURES * out; i++) t[i] = unit();
    for (int i = 0; i < s->graph->nodes; i++) role[i] = i == s->input->index ? SV_CLONE_INPUT : SV_CLONE_LAYER;
    shape[s->input->index] = s->input->shape;
    sv_probe_args args = { .graph = s->graph,
                           .input = s->input,
                           .output = s->output,
                           .latent = sv_model_latent(s->model),
                           .parameters = s->parameters,
                           .images = PICTURES,
                           .machine = { BATCH, threads, s->vectors, backend } };
    if (sv_clone_new(&whole, s->parameters, s->output, role, shape, &fault) != SV_OK ||
        sv_clone_plan(&whole, &args.machine, &fault) != SV_OK || sv_probe_new(&args, &p, &fault) != SV_OK)
        fail_msg("%s", fault.text);
    for (int64_t i = 0; i < PICTURES; i += BATCH) {
        int64_t n = PICTURES - i < BATCH ? PICTURES - i : BATCH;
        const float *rows = x + i * in;
        assert_int_equal(sv_clone_forward(&whole, n, &rows, y + i * out, &fault), SV_OK);
        if (sv_probe_add(p, n, x + i * in, t + i * out, y + i * out, &fault) != SV_OK) fail_msg("%s", fault.text);
    }
    if (sv_probe_finish(p, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_probe_free(p);
    sv_clone_free(&whole);
    free(role);
    free(x);
    free(y);
    free(t);
    return m;
}

static sv_modelled probe_json(const char *json, uint64_t seed)
{
    subject s;
    open_subject(&s, json, seed);
    sv_modelled m = probe(&s, &sv_backend_blas, 2);
    close_subject(&s);
    return m;
}

/* Encoders of one or two steps down, decoders up again, other layers between. Activations without flat parts, so that nothing
 * hides a change. */
static void random_stack(char *json, size_t room)
{
    static const char *const padding[] = { "\"same\"", "\"same\"", "1" };
    int n = 0, deep = 1 + (int)draw(2), size[2] = { 24 + 4 * (int)draw(5), 24 + 4 * (int)draw(5) }, channels = 1 + (int)draw(2);
#define ADD(...) n += snprintf(json + n, room - (size_t)n, __VA_ARGS__)
    ADD("{\"name\": \"m\", \"input\": {\"shape\": [%d, %d, %d]}, \"layers\": [", size[0], size[1], channels);
    for (int i = 0; i < deep; i++) {
        if (draw(3) == 0)
            ADD("{\"type\": \"Conv2D\", \"name\": \"side%d\", \"filters\": 2, \"kernel_size\": [%d, 3], \"padding\": \"same\", "
                "\"activation\": \"tanh\"}, ",
                i, 1 + (int)draw(3));
        int k = 2 + (int)draw(3);
        ADD("{\"type\": \"Conv2D\", \"name\": \"down%d\", \"filters\": 3, \"kernel_size\": %d, \"strides\": 2, \"padding\": %s, "
            "\"activation\": \"tanh\"}, ",
            i, k, k == 3 ? padding[draw(3)] : "\"same\"");
    }
    for (int i = 0; i < deep; i++) {
        bool last = i + 1 == deep;
        int kind = (int)draw(3), k = 2 + (int)draw(3);
        const char *end = last ? "" : ", ";
        if (kind == 0)
            ADD("{\"type\": \"UpSampling2D\", \"name\": \"up%d\"}, {\"type\": \"Conv2D\", \"name\": \"after%d\", \"filters\": %d, "
                "\"kernel_size\": %d, \"padding\": \"same\"}%s",
                i, i, last ? channels : 3, k, end);
        else
            ADD("{\"type\": \"Conv2DTranspose\", \"name\": \"up%d\", \"filters\": %d, \"kernel_size\": [%d, %d], \"strides\": 2, "
                "\"padding\": \"same\", \"activation\": \"softsign\"}%s",
                i, last ? channels : 3, k, 2 + (int)draw(3), end);
    }
    ADD("], \"latent\": \"down%d\"}", deep - 1);
#undef ADD
}

static void sensitivity_is_the_static_depth(void **state)
{
    (void)state;
    char json[4096];
    int compared = 0;
    for (int k = 0; k < 200; k++) {
        subject s;
        sv_edges e;
        random_state = 7000 + (uint64_t)k;
        for (int i = 0; i < 5; i++) draw(2);
        random_stack(json, sizeof json);
        open_subject(&s, json, (uint64_t)k);
        assert_int_equal(sv_edges_of(s.graph, s.output, sv_model_latent(s.model), &e, NULL), SV_OK);
        sv_modelled m = probe(&s, &sv_backend_blas, 1);
        for (int side = 0; side < 4; side++) {
            if (m.sensitivity[side] < 0) continue;
            compared++;
            if (m.sensitivity[side] != e.depth[side])
                fail_msg("side %d: the output changes to %d, the depth is %d\n%s", side, m.sensitivity[side], e.depth[side], json);
        }
        sv_modelled_free(&m);
        close_subject(&s);
    }
    assert_true(compared > 600);
}

#define RESIZE                                                                                                                     \
    "{\"name\": \"resize\", \"input\": {\"shape\": [24, 24, 2]}, \"layers\": ["                                                    \
    "{\"type\": \"Conv2D\", \"name\": \"enc1\", \"filters\": 4, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\", "       \
    "\"activation\": \"relu\"},"                                                                                                   \
    "{\"type\": \"Conv2D\", \"name\": \"enc2\", \"filters\": 5, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"},"       \
    "{\"type\": \"UpSampling2D\", \"name\": \"up1\"},"                                                                             \
    "{\"type\": \"Conv2D\", \"name\": \"dec1\", \"filters\": 7, \"kernel_size\": 3, \"padding\": \"same\", \"activation\": "       \
    "\"tanh\"},"                                                                                                                   \
    "{\"type\": \"UpSampling2D\", \"name\": \"up2\"},"                                                                             \
    "{\"type\": \"Conv2D\", \"name\": \"dec2\", \"filters\": 2, \"kernel_size\": 5, \"padding\": \"same\", "                       \
    "\"activation\": \"sigmoid\"}], \"latent\": \"enc2\"}"

static void resize_has_no_dc_response(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        sv_modelled m = probe_json(RESIZE, seed);
        assert_string_equal(m.why_dc, "");
        assert_int_equal(m.latents, 9);
        assert_true(m.dc_absolute == 0 && m.dc_relative == 0);
        sv_modelled_free(&m);
    }
}

/* With random weights of mean zero the phases of a transposed convolution of stride 2 are four independent numbers: std over rms is
 * sqrt(3/4) on average in squares, for k = 2, 3 and 4. */
static void random_transposed_convolution_ripples(void **state)
{
    (void)state;
    for (int k = 2; k <= 4; k++) {
        char json[600];
        snprintf(
            json, sizeof json,
            "{\"name\": \"t\", \"input\": {\"shape\": [16, 16, 1]}, \"layers\": ["
            "{\"type\": \"Conv2D\", \"name\": \"enc\", \"filters\": 64, \"kernel_size\": 4, \"strides\": 2, \"padding\": \"same\"},"
            "{\"type\": \"Conv2DTranspose\", \"name\": \"dec\", \"filters\": 16, \"kernel_size\": %d, \"strides\": 2, \"padding\": "
            "\"same\", \"use_bias\": false}, {\"type\": \"Conv2D\", \"name\": \"one\", \"filters\": 1, \"kernel_size\": 1}], "
            "\"latent\": \"enc\"}",
            k);
        double sum = 0;
        for (uint64_t seed = 0; seed < 8; seed++) {
            subject s;
            open_subject(&s, json, 100 + seed);
            for (int64_t i = 0; i < s.parameters->count; i++) s.parameters->weights[i] = 2 * unit() - 1;
            for (int i = 0; i < s.graph->parameters; i++)
                if (!strcmp(s.graph->parameter[i].name, "one/bias")) s.parameters->weights[s.graph->parameter[i].offset] = 0;
            sv_modelled m = probe(&s, &sv_backend_native, 1);
            sum += m.dc_relative * m.dc_relative / 8;
            sv_modelled_free(&m);
            close_subject(&s);
        }
        if (!(fabs(sqrt(sum) - sqrt(0.75)) < 0.13)) fail_msg("k = %d: the response is %g rms", k, sqrt(sum));
    }
}

/* One transposed convolution whose weights are all 1 makes of a constant what its overlap map says. */
static void ones_print_the_overlap_map(void **state)
{
    (void)state;
    subject s;
    open_subject(
        &s,
        "{\"name\": \"ones\", \"input\": {\"shape\": [12, 12, 1]}, \"layers\": ["
        "{\"type\": \"Conv2D\", \"name\": \"enc\", \"filters\": 1, \"kernel_size\": 2, \"strides\": 2},"
        "{\"type\": \"Conv2DTranspose\", \"name\": \"dec\", \"filters\": 1, \"kernel_size\": 3, \"strides\": 2, \"padding\": "
        "\"same\", \"use_bias\": false}], \"latent\": \"enc\"}",
        1);
    for (int64_t i = 0; i < s.parameters->count; i++) s.parameters->weights[i] = 1;
    sv_modelled m = probe(&s, &sv_backend_blas, 2);
    /* Counts 1 2 by 1 2: phases 1, 2, 2, 4 of the latent; mean 9/4, mean square 25/4. */
    assert_float_equal(m.dc_relative, sqrt((25.0 / 4 - 81.0 / 16) / (25.0 / 4)), 1e-6);
    sv_modelled_free(&m);
    close_subject(&s);
}

/* Where no layer reads beyond the border there is nothing to compare; where all do, errors at a crop's border are larger for
 * targets that the inside fits. */
static void reasons_in_words(void **state)
{
    (void)state;
    sv_modelled m = probe_json("{\"name\": \"dots\", \"input\": {\"shape\": [8, 8, 1]}, \"layers\": ["
                               "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 1, \"kernel_size\": 1}]}",
                               1);
    assert_true(isnan(m.paired_crop.value));
    assert_non_null(strstr(m.why_crop, "no pixel reads beyond the border"));
    for (int side = 0; side < 4; side++) assert_int_equal(m.sensitivity[side], 0);
    assert_true(m.dc_absolute == 0);
    sv_modelled_free(&m);
    m = probe_json(
        "{\"name\": \"deep\", \"input\": {\"shape\": [8, 8, 1]}, \"layers\": ["
        "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 2, \"kernel_size\": 3, \"strides\": 8, \"padding\": \"same\"},"
        "{\"type\": \"Conv2DTranspose\", \"name\": \"b\", \"filters\": 1, \"kernel_size\": 17, \"strides\": 8, \"padding\": "
        "\"same\"}]}",
        1);
    assert_true(isnan(m.paired_crop.value) && m.why_crop[0]);
    for (int side = 0; side < 4; side++) assert_int_equal(m.sensitivity[side], -1);
    sv_modelled_free(&m);
    m = probe_json(
        "{\"name\": \"larger\", \"input\": {\"shape\": [8, 8, 1]}, \"layers\": ["
        "{\"type\": \"Conv2DTranspose\", \"name\": \"b\", \"filters\": 1, \"kernel_size\": 3, \"strides\": 2, \"padding\": "
        "\"same\"}]}",
        1);
    assert_non_null(strstr(m.why_crop, "scale"));
    assert_non_null(strstr(m.why_sensitivity, "scale"));
    assert_true(m.dc_relative > 0);
    sv_modelled_free(&m);
}

/* A 3x3 mean filter, target the true mean of nine: inside it errs nowhere, so the ratio's denominator is 0; with an error added
 * everywhere the ratio is what the border adds. */
static void paired_crop_by_hand(void **state)
{
    (void)state;
    subject s;
    sv_fault fault = { 0 };
    sv_probe *p;
    sv_modelled m;
    open_subject(&s,
                 "{\"name\": \"mean\", \"input\": {\"shape\": [12, 10, 1]}, \"layers\": ["
                 "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 1, \"kernel_size\": 3, \"padding\": \"same\"}]}",
                 1);
    for (int64_t i = 0; i < s.parameters->count; i++) s.parameters->weights[i] = i < 9 ? 1.0f / 9 : 0;
    sv_probe_args args = { .graph = s.graph,
                           .input = s.input,
                           .output = s.output,
                           .latent = "",
                           .parameters = s.parameters,
                           .images = 2,
                           .machine = { 2, 1, s.vectors, &sv_backend_blas } };
    if (sv_probe_new(&args, &p, &fault) != SV_OK) fail_msg("%s", fault.text);
    float x[2 * 120], y[2 * 120], t[2 * 120];
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 120; i++) x[n * 120 + i] = 0.9f, y[n * 120 + i] = 0.9f, t[n * 120 + i] = n ? 0.8f : 0.7f;
    /* y stands for the whole picture's reconstruction: right inside, where the crop's ring lies. */
    if (sv_probe_add(p, 2, x, t, y, &fault) != SV_OK || sv_probe_finish(p, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (int side = 0; side < 4; side++) assert_int_equal(m.offset[side], 1);
    /* The crop is 10 x 8. Its four corners make .9 * 4/9 = .4 of .9, its 28 other border pixels .6. */
    double a[2], b[2];
    for (int n = 0; n < 2; n++) {
        double want = n ? 0.8 : 0.7;
        a[n] = 4 * (0.4 - want) * (0.4 - want) + 28 * (0.6 - want) * (0.6 - want);
        b[n] = 32 * (0.9 - want) * (0.9 - want);
    }
    double ratio = (a[0] + a[1]) / (b[0] + b[1]), d[2] = { a[0] - ratio * b[0], a[1] - ratio * b[1] };
    assert_float_equal(m.paired_crop.value, ratio, 1e-4);
    assert_float_equal(m.paired_crop.se, sqrt((d[0] * d[0] + d[1] * d[1]) / 2) / ((b[0] + b[1]) / 2), 1e-4);
    for (int side = 0; side < 4; side++) assert_int_equal(m.sensitivity[side], 1);
    assert_int_equal(m.by, SV_BY_CROP);
    sv_modelled_free(&m);
    sv_probe_free(p);
    close_subject(&s);
}

/* Of a ring three pixels wide a margin of two leaves the innermost; of three, nothing. */
static void margin_narrows_the_ring(void **state)
{
    (void)state;
    subject s;
    sv_fault fault = { 0 };
    open_subject(&s,
                 "{\"name\": \"mean\", \"input\": {\"shape\": [24, 24, 1]}, \"layers\": ["
                 "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 1, \"kernel_size\": 7, \"padding\": \"same\"}]}",
                 1);
    for (int64_t i = 0; i < s.parameters->count; i++) s.parameters->weights[i] = i < 49 ? 1.0f / 49 : 0;
    float x[576], y[576], t[576] = { 0 };
    for (int i = 0; i < 576; i++) x[i] = y[i] = 0.7f;
    for (int margin = 2; margin < 4; margin++) {
        sv_probe_args args = { .graph = s.graph,
                               .input = s.input,
                               .output = s.output,
                               .latent = "",
                               .parameters = s.parameters,
                               .images = 1,
                               .margin = margin,
                               .machine = { 1, 1, s.vectors, &sv_backend_blas } };
        sv_probe *p;
        sv_modelled m;
        if (sv_probe_new(&args, &p, &fault) != SV_OK || sv_probe_add(p, 1, x, t, y, &fault) != SV_OK ||
            sv_probe_finish(p, &m, &fault) != SV_OK)
            fail_msg("%s", fault.text);
        for (int side = 0; side < 4; side++) assert_int_equal(m.sensitivity[side], 3);
        /* The crop is 18 x 18; the square of its pixels that are 2 from the border has 14 on a side. A window lacks a seventh
         * there, and a seventh of what is left in the corners. */
        double edge = 6.0 / 7, ratio = (4 * 12 * edge * edge + 4 * pow(edge, 4)) / 52;
        if (margin == 2) assert_float_equal(m.paired_crop.value, ratio, 1e-5);
        if (margin == 3) assert_string_equal(m.why_crop, "the crop margin covers the border's ring");
        sv_modelled_free(&m);
        sv_probe_free(p);
    }
    close_subject(&s);
}

/* Three rows are too few for a crop of both ends: each side has its own, whose ring counts between the other sides' borders. */
static void side_crops_by_hand(void **state)
{
    (void)state;
    subject s;
    sv_fault fault = { 0 };
    sv_probe *p;
    sv_modelled m;
    open_subject(&s,
                 "{\"name\": \"mean\", \"input\": {\"shape\": [3, 10, 1]}, \"layers\": ["
                 "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 1, \"kernel_size\": 3, \"padding\": \"same\"}]}",
                 1);
    for (int64_t i = 0; i < s.parameters->count; i++) s.parameters->weights[i] = i < 9 ? 1.0f / 9 : 0;
    sv_probe_args args = { .graph = s.graph,
                           .input = s.input,
                           .output = s.output,
                           .latent = "",
                           .parameters = s.parameters,
                           .images = 1,
                           .machine = { 1, 1, s.vectors, &sv_backend_blas } };
    float x[30], y[30], t[30] = { 0 };
    double a = 0, b = 0;
    if (sv_probe_new(&args, &p, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (int i = 0; i < 30; i++) x[i] = 0.9f, y[i] = 0.5f + 0.01f * (float)i;
    if (sv_probe_add(p, 1, x, t, y, &fault) != SV_OK || sv_probe_finish(p, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_int_equal(m.by, SV_BY_SIDE_CROPS);
    for (int side = 0; side < 4; side++) assert_int_equal(m.offset[side], 1);
    /* Row 1 is the ring of the crops of top and bottom, columns 1 to 8; its columns 1 and 8 are those of left and right. A window
     * lacks three of its nine there. */
    for (int k = 0; k < 18; k++) {
        double inside = y[10 + (k < 16 ? 1 + k % 8 : k == 16 ? 1 : 8)];
        a += 0.6 * 0.6;
        b += inside * inside;
    }
    assert_float_equal(m.paired_crop.value, a / b, 1e-5);
    sv_modelled_free(&m);
    sv_probe_free(p);
    close_subject(&s);
}

/* How small a picture may be, and what is said of a smaller one. Kernels of 3 at a quarter of the scale reach 6 pixels. */
static void small_pictures(void **state)
{
    (void)state;
    static const struct {
        int size;
        const char *why;
        sv_paired_by by;
    } cases[] = { { 12, "the border's ring covers all columns of pictures of 12x12", SV_BY_SIDE_CROPS },
                  { 16, "pictures of 16x16 are too small: even a crop of the top side alone needs 20 rows", SV_BY_SIDE_CROPS },
                  { 20, "", SV_BY_SIDE_CROPS },
                  { 24, "", SV_BY_SIDE_CROPS },
                  { 28, "", SV_BY_CROP },
                  { 64, "", SV_BY_CROP } };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char json[900];
        snprintf(json, sizeof json,
                 "{\"name\": \"subpixel\", \"input\": {\"shape\": [%d, %d, 1]}, \"latent\": \"enc\", \"layers\": ["
                 "{\"type\": \"Conv2D\", \"name\": \"enc\", \"filters\": 4, \"kernel_size\": 4, \"strides\": 4},"
                 "{\"type\": \"Conv2D\", \"name\": \"dec1\", \"filters\": 8, \"kernel_size\": 3, \"padding\": \"same\"},"
                 "{\"type\": \"PixelShuffle\", \"name\": \"up1\", \"upscale_factor\": 2},"
                 "{\"type\": \"Conv2D\", \"name\": \"dec2\", \"filters\": 4, \"kernel_size\": 3, \"padding\": \"same\"},"
                 "{\"type\": \"PixelShuffle\", \"name\": \"up2\", \"upscale_factor\": 2}]}",
                 cases[k].size, cases[k].size);
        sv_modelled m = probe_json(json, k);
        assert_string_equal(m.why_crop, cases[k].why);
        assert_int_equal(isfinite(m.paired_crop.value), !cases[k].why[0]);
        assert_int_equal(m.by, cases[k].by);
        sv_modelled_free(&m);
    }
}

#define DENSE                                                                                                                      \
    "{\"name\": \"dense\", \"input\": {\"shape\": [16, 12, 1]}, \"layers\": ["                                                     \
    "{\"type\": \"Conv2D\", \"name\": \"enc\", \"filters\": 2, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"},"        \
    "{\"type\": \"Flatten\", \"name\": \"flat\"}, {\"type\": \"Dense\", \"name\": \"code\", \"units\": 6},"                        \
    "{\"type\": \"Dense\", \"name\": \"wide\", \"units\": 96},"                                                                    \
    "{\"type\": \"Reshape\", \"name\": \"grid\", \"target_shape\": [8, 6, 2]},"                                                    \
    "{\"type\": \"Conv2DTranspose\", \"name\": \"dec\", \"filters\": 1, \"kernel_size\": 4, \"strides\": 2, \"padding\": "         \
    "\"same\"}],"                                                                                                                  \
    "\"latent\": \"code\"}"

static void dense_models_are_shifted(void **state)
{
    (void)state;
    sv_modelled m = probe_json(DENSE, 3);
    assert_string_equal(m.why_crop, "");
    assert_true(m.by == SV_BY_SHIFT && m.paired_crop.value > 0 && m.paired_crop.se > 0);
    assert_int_equal(m.offset[0], 2);
    assert_non_null(strstr(m.why_sensitivity, "bound to positions"));
    assert_string_equal(m.why_dc, "");
    assert_true(m.dc_relative > 0);
    sv_modelled_free(&m);
}

#define SKIPS                                                                                                                      \
    "{\"name\": \"unet\", \"input\": {\"shape\": [24, 16, 1]}, \"layers\": ["                                                      \
    "{\"type\": \"Conv2D\", \"name\": \"a\", \"filters\": 2, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"},"          \
    "{\"type\": \"Conv2D\", \"name\": \"b\", \"filters\": 3, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"},"          \
    "{\"type\": \"UpSampling2D\", \"name\": \"up\"},"                                                                              \
    "{\"type\": \"Concatenate\", \"name\": \"both\", \"inputs\": [\"up\", \"a\"]},"                                                \
    "{\"type\": \"Conv2DTranspose\", \"name\": \"y\", \"filters\": 1, \"kernel_size\": 2, \"strides\": 2}], \"latent\": \"b\"}"

static void skips_are_held_constant(void **state)
{
    (void)state;
    sv_modelled m = probe_json(SKIPS, 4);
    assert_string_equal(m.why_dc, "");
    assert_true(m.dc_relative > 0);
    for (int side = 0; side < 4; side++) assert_true(m.sensitivity[side] >= 0);
    sv_modelled_free(&m);
}

static void threads_and_backends_agree(void **state)
{
    (void)state;
    subject s;
    open_subject(&s, RESIZE, 9);
    random_state = 5;
    sv_modelled one = probe(&s, &sv_backend_native, 1);
    random_state = 5;
    sv_modelled three = probe(&s, &sv_backend_native, 3);
    random_state = 5;
    sv_modelled blas = probe(&s, &sv_backend_blas, 2);
    assert_true(one.paired_crop.value > 0 && one.paired_crop.value == three.paired_crop.value &&
                one.dc_absolute == three.dc_absolute);
    assert_float_equal(one.paired_crop.value, blas.paired_crop.value, 1e-5);
    assert_float_equal(one.dc_absolute, blas.dc_absolute, 1e-5);
    assert_memory_equal(one.sensitivity, blas.sensitivity, sizeof one.sensitivity);
    sv_modelled_free(&one);
    sv_modelled_free(&three);
    sv_modelled_free(&blas);
    close_subject(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensitivity_is_the_static_depth),
        cmocka_unit_test(resize_has_no_dc_response),
        cmocka_unit_test(random_transposed_convolution_ripples),
        cmocka_unit_test(ones_print_the_overlap_map),
        cmocka_unit_test(reasons_in_words),
        cmocka_unit_test(paired_crop_by_hand),
        cmocka_unit_test(margin_narrows_the_ring),
        cmocka_unit_test(side_crops_by_hand),
        cmocka_unit_test(small_pictures),
        cmocka_unit_test(dense_models_are_shifted),
        cmocka_unit_test(skips_are_held_constant),
        cmocka_unit_test(threads_and_backends_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
