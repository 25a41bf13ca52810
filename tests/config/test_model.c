/* Model files: layers, names, inputs, what is refused and in which words, the written form, the graph that is built. */
#include "config/config.h"
#include "support/scratch.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CONV "{\"type\": \"Conv2D\", \"filters\": 2, \"kernel_size\": 3}"

/* A model of an 8x8x1 input and the given layers. */
static const char *model_of(const char *layers)
{
    static char text[4096];
    snprintf(text, sizeof text, "{\"input\": {\"shape\": [8, 8, 1]}, \"layers\": [%s]}", layers);
    return text;
}

static sv_model *parse(const char *text)
{
    sv_model *m = NULL;
    sv_fault fault = { 0 };
    if (sv_model_parse(text, "m.json", &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    return m;
}

static void bad(const char *text, const char *message)
{
    sv_model *m = NULL;
    sv_fault fault = { 0 };
    assert_int_equal(sv_model_parse(text, "m.json", &m, &fault), SV_BAD_ARGUMENT);
    assert_null(m);
    assert_string_equal(fault.text, message);
}

static void bad_layers(const char *layers, const char *message)
{
    bad(model_of(layers), message);
}

/* Refused only once the graph is built. */
static void bad_shapes(const char *layers, const char *message)
{
    sv_model *m = parse(model_of(layers));
    sv_graph *g = sv_graph_new();
    sv_node *in, *out;
    sv_fault fault = { 0 };
    assert_int_equal(sv_model_build(m, g, &in, &out, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, message);
    sv_graph_free(g);
    sv_model_free(m);
}

static void refuses_what_is_no_model(void **state)
{
    (void)state;
    bad("[]", "m.json: expected a model: an object with \"input\" and \"layers\"");
    bad("{\"input\": {\"shape\": [8, 8, 1]}", "m.json: line 1, column 31: the text ends too early; expected the rest of a JSON value, "
                                              "closed by } or ]");
    bad("{}", "m.json: input: missing; expected {\"shape\": [height, width, channels]} or {\"shape\": [units]}");
    bad("{\"input\": {\"shape\": [8, 8, 1]}}", "m.json: layers: missing; expected a list of at least one layer");
    bad("{\"input\": {\"shape\": [8, 8, 1]}, \"layers\": []}", "m.json: layers: expected a list of at least one layer, got []");
    bad("{\"input\": [8, 8, 1], \"layers\": [" CONV "]}",
        "m.json: input: expected {\"shape\": [height, width, channels]}, got [8,8,1]");
    bad("{\"input\": {\"shape\": [8, 8]}, \"layers\": [" CONV "]}",
        "m.json: input.shape: expected [height, width, channels] or [units], each >= 1 and at most 2^40 together, got [8,8]");
    bad("{\"input\": {\"shape\": [8, 8, -1]}, \"layers\": [" CONV "]}",
        "m.json: input.shape: expected [height, width, channels] or [units], each >= 1 and at most 2^40 together, got [8,8,-1]");
    bad("{\"input\": {\"shape\": [8, 8, \"x\"]}, \"layers\": [" CONV "]}",
        "m.json: input.shape: expected a list of 1 to 3 integers >= 1, one of which may be -1, got [8,8,\"x\"]");
    bad("{\"inputs\": 1, \"layers\": [" CONV "]}", "m.json: inputs: unknown key; did you mean \"input\"?");
    bad("{\"dialect\": \"tf\", \"input\": {\"shape\": [8, 8, 1]}, \"layers\": [" CONV "]}",
        "m.json: dialect: expected \"keras\" or \"torch\", got \"tf\"");
    bad("{\"input\": {\"shape\": [8, 8, 1]}, \"layers\": [{\"type\": \"Flatten\", \"name\": \"flat\"}], \"latent\": \"fla\"}",
        "m.json: latent: no layer is called \"fla\"; did you mean \"flat\"?");
    bad("{\"input\": {\"shape\": [8, 8, 1]}, \"layers\": [{\"type\": \"Flatten\", \"name\": \"flat\"}], \"latent\": \"zzzzzzzz\"}",
        "m.json: latent: no layer is called \"zzzzzzzz\"; expected the name of a layer");
}

static void refuses_layers(void **state)
{
    (void)state;
    bad_layers("3", "m.json: layers[0]: expected an object with a \"type\", got 3");
    bad_layers("{}", "m.json: layers[0].type: missing; expected the name of a layer type, such as \"Conv2D\"");
    bad_layers("{\"type\": 2}", "m.json: layers[0].type: expected the name of a layer type, such as \"Conv2D\", got 2");
    bad_layers("{\"type\": \"Conv2d\"}", "m.json: layers[0].type: unknown layer type \"Conv2d\"; did you mean \"Conv2D\"?");
    bad_layers("{\"type\": \"conv2dtranspose\"}",
               "m.json: layers[0].type: unknown layer type \"conv2dtranspose\"; did you mean \"Conv2DTranspose\"?");
    bad_layers("{\"type\": \"LSTM\", \"units\": 3}",
               "m.json: layers[0].type: unknown layer type \"LSTM\"; known: Conv2D, Conv2DTranspose, Dense, Flatten, Reshape, "
               "Activation, MaxPooling2D, AveragePooling2D, BoxFilter2D, UpSampling2D, PixelShuffle, ZeroPadding2D, Cropping2D, "
               "BatchNormalization, GroupNormalization, Dropout, GaussianNoise, Add, Concatenate");
    bad_layers(CONV ", {\"type\": \"Conv2D\", \"filtres\": 3}", "m.json: layers[1].filtres: unknown key; did you mean \"filters\"?");
    bad_layers("{\"type\": \"Conv2D\", \"filters\": 3}",
               "m.json: layers[0].kernel_size: missing; Conv2D needs an integer >= 1 or a pair [h, w] of them");
    bad_layers(CONV ", " CONV ", {\"type\": \"Conv2D\", \"filters\": 2, \"kernel_size\": 3, \"strides\": \"two\"}",
               "m.json: layers[2].strides: expected an integer >= 1 or a pair [h, w] of them, got \"two\"");
    bad_layers("{\"type\": \"Conv2D\", \"filters\": 0, \"kernel_size\": 3}", "m.json: layers[0].filters: expected an integer >= 1, got 0");
    bad_layers("{\"type\": \"Conv2D\", \"filters\": 2, \"filters\": 3, \"kernel_size\": 3}",
               "m.json: layers[0].filters: given twice; expected each key once");
    bad_layers("{\"type\": \"Flatten\", \"units\": 3}", "m.json: layers[0].units: unknown key; Flatten takes type, name, inputs, dialect");
    bad_layers("{\"type\": \"Dense\", \"units\": 3, \"kernel_initializer\": {\"type\": \"he_uniform\", \"fan\": \"tru\"}}",
               "m.json: layers[0].kernel_initializer.fan: expected one of \"keras\", \"torch\", \"true\", got \"tru\"");
    bad_layers("{\"type\": \"Dense\", \"units\": 3, \"kernel_initializer\": {\"type\": \"icnr\", \"initializer\": \"icnr\"}}",
               "m.json: layers[0].kernel_initializer.initializer: expected another initializer than icnr itself");
    bad_layers("{\"type\": \"Dense\", \"units\": 3, \"kernel_initializer\": {\"type\": \"icnr\", \"seed\": 1, \"initializer\": "
               "{\"type\": \"he_uniform\", \"seed\": 2}}}",
               "m.json: layers[0].kernel_initializer.seed: the initializer inside has one too; one of the two");
    bad_layers("{\"type\": \"Flatten\", \"dialect\": 1}", "m.json: layers[0].dialect: expected \"keras\" or \"torch\", got 1");
}

static void refuses_names(void **state)
{
    (void)state;
    bad_layers("{\"type\": \"Flatten\", \"name\": 3}", "m.json: layers[0].name: expected a string, got 3");
    bad_layers("{\"type\": \"Flatten\", \"name\": \"\"}", "m.json: layers[0].name: expected a name of 1 to 100 bytes, got \"\"");
    bad_layers("{\"type\": \"Flatten\", \"name\": \"a/b\"}",
               "m.json: layers[0].name: expected a name without slashes or control characters, got \"a/b\"");
    bad_layers("{\"type\": \"Flatten\", \"name\": \"a\\nb\"}",
               "m.json: layers[0].name: expected a name without slashes or control characters, got \"a\\nb\"");
    bad_layers("{\"type\": \"Flatten\", \"name\": \"input\"}",
               "m.json: layers[0].name: \"input\" is the model's own input; expected another name");
    bad_layers("{\"type\": \"Flatten\", \"name\": \"a\"}, {\"type\": \"Flatten\", \"name\": \"a\"}",
               "m.json: layers[1].name: \"a\" is the name of layers[0] too; expected a name of its own");
    bad_layers("{\"type\": \"Flatten\", \"name\": \"Flatten_1\"}, {\"type\": \"Flatten\"}",
               "m.json: layers[1].name: \"Flatten_1\" is the name of layers[0] too; expected a name of its own");
}

static void refuses_inputs(void **state)
{
    (void)state;
    static const char last[] = ", {\"type\": \"Add\", \"name\": \"sum\", \"inputs\": %s}, {\"type\": \"Flatten\", \"name\": \"flat\"}";
    static const struct {
        const char *inputs, *message;
    } cases[] = {
        { "\"first\"", "inputs: expected a list of 1 to 16 names of earlier layers or \"input\", got \"first\"" },
        { "[]", "inputs: expected a list of 1 to 16 names of earlier layers or \"input\", got []" },
        { "[\"first\", 0]", "inputs[1]: expected the name of an earlier layer or \"input\", got 0" },
        { "[\"first\", \"frist\"]", "inputs[1]: no layer is called \"frist\"; did you mean \"first\"?" },
        { "[\"first\", \"Input\"]", "inputs[1]: no layer is called \"Input\"; did you mean \"input\"?" },
        { "[\"zzzzzzzz\"]", "inputs[0]: no layer is called \"zzzzzzzz\"; expected an earlier layer or \"input\"" },
        { "[\"first\", \"sum\"]", "inputs[1]: \"sum\" is this layer itself; expected an earlier layer or \"input\"" },
        { "[\"first\", \"flat\"]", "inputs[1]: \"flat\" comes later, as layers[2]; expected an earlier layer or \"input\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char layers[512], rest[300], message[300];
        snprintf(rest, sizeof rest, last, cases[i].inputs);
        snprintf(layers, sizeof layers, "{\"type\": \"Activation\", \"name\": \"first\", \"activation\": \"relu\"}%s", rest);
        snprintf(message, sizeof message, "m.json: layers[1].%s", cases[i].message);
        bad_layers(layers, message);
    }
}

static void refuses_a_cycle(void **state)
{
    (void)state;
    bad_layers("{\"type\": \"Flatten\", \"name\": \"a\", \"inputs\": [\"b\"]}, {\"type\": \"Flatten\", \"name\": \"b\", \"inputs\": [\"a\"]}",
               "m.json: layers[0].inputs[0]: \"b\" comes later, as layers[1]; expected an earlier layer or \"input\"");
    bad_layers("{\"type\": \"Flatten\", \"inputs\": [\"Flatten_1\"]}, {\"type\": \"Flatten\"}",
               "m.json: layers[0].inputs[0]: \"Flatten_1\" comes later, as layers[1]; expected an earlier layer or \"input\"");
}

/* The graph's own faults carry the place in the file. */
static void places_shape_errors(void **state)
{
    (void)state;
    sv_model *m = parse(model_of(CONV ", {\"type\": \"Conv2D\", \"name\": \"big\", \"filters\": 2, \"kernel_size\": 9}"));
    sv_graph *g = sv_graph_new();
    sv_node *in, *out;
    sv_fault fault = { 0 };
    assert_int_equal(sv_model_build(m, g, &in, &out, &fault), SV_BAD_ARGUMENT);
    assert_memory_equal(fault.text, "m.json: layers[1].", 18);
    sv_graph_free(g);
    sv_model_free(m);
    bad_shapes("{\"type\": \"Add\", \"name\": \"sum\"}", "m.json: layers[0].inputs: Add takes 2 or more, got 1");
    bad_shapes(CONV ", {\"type\": \"Flatten\", \"inputs\": [\"input\", \"Conv2D_0\"]}", "m.json: layers[1].inputs: Flatten takes 1, got 2");
}

static void builds_a_graph_with_skips(void **state)
{
    (void)state;
    sv_model *m = parse("{\"input\": {\"shape\": [8, 6, 1]}, \"latent\": \"down\", \"layers\": ["
                        "{\"type\": \"Conv2D\", \"name\": \"down\", \"filters\": 4, \"kernel_size\": 3, \"strides\": [2, 1], \"padding\": \"same\"},"
                        "{\"type\": \"Conv2DTranspose\", \"filters\": 2, \"kernel_size\": 3, \"strides\": [2, 1], \"padding\": \"same\"},"
                        "{\"type\": \"Concatenate\", \"name\": \"skip\", \"inputs\": [\"Conv2DTranspose_1\", \"input\"]},"
                        "{\"type\": \"Flatten\", \"inputs\": [\"skip\"]}]}");
    assert_string_equal(sv_model_latent(m), "down");
    assert_string_equal(sv_model_name(m), "");
    sv_graph *g = sv_graph_new();
    sv_node *in = NULL, *out = NULL;
    sv_fault fault = { 0 };
    if (sv_model_build(m, g, &in, &out, &fault) != SV_OK) fail_msg("%s", fault.text);
    static const sv_shape shapes[] = { { 3, { 8, 6, 1 } }, { 3, { 4, 6, 4 } }, { 3, { 8, 6, 2 } }, { 3, { 8, 6, 3 } }, { 1, { 144 } } };
    static const char *const names[] = { "input", "down", "Conv2DTranspose_1", "skip", "Flatten_3" };
    assert_int_equal(g->nodes, 5);
    for (int i = 0; i < 5; i++) {
        assert_true(sv_shape_equal(&g->node[i]->shape, &shapes[i]));
        assert_string_equal(g->node[i]->name, names[i]);
    }
    assert_ptr_equal(in, g->node[0]);
    assert_ptr_equal(out, g->node[4]);
    assert_ptr_equal(g->node[3]->input[0], g->node[2]);
    assert_ptr_equal(g->node[3]->input[1], in);
    sv_graph_free(g);
    sv_model_free(m);
}

static float built_slope(const char *dialect, const char *activation)
{
    char text[512];
    snprintf(text, sizeof text, "{\"dialect\": \"%s\", \"input\": {\"shape\": [4]}, \"layers\": [{\"type\": \"Dense\", \"units\": 1, "
                                "\"activation\": %s}]}", dialect, activation);
    sv_model *m = parse(text);
    sv_graph *g = sv_graph_new();
    sv_node *in, *out;
    assert_int_equal(sv_model_build(m, g, &in, &out, NULL), SV_OK);
    float slope = ((const sv_dense_args *)out->args)->activation.negative_slope;
    sv_graph_free(g);
    sv_model_free(m);
    return slope;
}

static void passes_dialects_and_zeros_on(void **state)
{
    (void)state;
    assert_true(built_slope("keras", "\"leaky_relu\"") == 0.2f);
    assert_true(built_slope("torch", "\"leaky_relu\"") == 0.01f);
    assert_true(built_slope("torch", "{\"type\": \"leaky_relu\", \"negative_slope\": 0}") == 0);
    assert_true(built_slope("keras", "{\"type\": \"leaky_relu\", \"negative_slope\": 0.3}") == 0.3f);
}

/* A layer's own dialect goes before the model's, whether or not its arguments have one. */
static void lets_a_layer_name_its_dialect(void **state)
{
    (void)state;
    sv_model *m = parse("{\"dialect\": \"torch\", \"input\": {\"shape\": [4, 4, 2]}, \"layers\": ["
                        "{\"type\": \"BatchNormalization\"}, {\"type\": \"BatchNormalization\", \"dialect\": \"keras\"},"
                        "{\"type\": \"Activation\", \"activation\": \"leaky_relu\", \"dialect\": \"keras\"}]}");
    assert_int_equal(sv_model_dialect(m), SV_TORCH);
    sv_graph *g = sv_graph_new();
    sv_node *in, *out;
    assert_int_equal(sv_model_build(m, g, &in, &out, NULL), SV_OK);
    assert_true(((const sv_batch_normalization_args *)g->node[1]->args)->momentum == 0.9f);
    assert_true(((const sv_batch_normalization_args *)g->node[2]->args)->momentum == 0.99f);
    assert_int_equal(g->node[3]->dialect, SV_KERAS);
    assert_int_equal(g->dialect, SV_KERAS);
    sv_graph_free(g);
    sv_model *again = parse(sv_model_json(m));
    assert_string_equal(sv_model_json(again), sv_model_json(m));
    sv_model_free(again);
    sv_model_free(m);
}

static void writes_every_key(void **state)
{
    (void)state;
    sv_model *m = parse("{\"$schema\": \"x\", \"name\": \"tiny \\\"one\\\"\", \"input\": {\"shape\": [4, 4, 1]}, \"layers\": ["
                        "{\"type\": \"Conv2DTranspose\", \"filters\": 1, \"kernel_size\": [3, 2], \"strides\": 2},"
                        "{\"type\": \"MaxPooling2D\", \"name\": \"pool\"}, {\"type\": \"Dropout\", \"rate\": 0.1}]}");
    assert_string_equal(sv_model_json(m),
                        "{\"name\":\"tiny \\\"one\\\"\",\"dialect\":\"keras\",\"input\":{\"shape\":[4,4,1]},\"layers\":["
                        "{\"type\":\"Conv2DTranspose\",\"name\":\"Conv2DTranspose_0\",\"inputs\":[\"input\"],\"filters\":1,"
                        "\"kernel_size\":[3,2],\"strides\":[2,2],\"padding\":\"valid\",\"output_padding\":null,\"normalize_overlap\":false,\"dilation_rate\":[1,1],"
                        "\"groups\":1,\"use_bias\":true,\"activation\":\"linear\",\"kernel_initializer\":null,"
                        "\"bias_initializer\":null,\"kernel_regularizer\":{\"l1\":0,\"l2\":0},\"dialect\":\"keras\"},"
                        "{\"type\":\"MaxPooling2D\",\"name\":\"pool\",\"inputs\":[\"Conv2DTranspose_0\"],\"pool_size\":[2,2],"
                        "\"strides\":null,\"padding\":\"valid\"},"
                        "{\"type\":\"Dropout\",\"name\":\"Dropout_2\",\"inputs\":[\"pool\"],\"rate\":0.1}]}");
    sv_model *again = parse(sv_model_json(m));
    assert_string_equal(sv_model_json(again), sv_model_json(m));
    sv_model_free(again);
    sv_shape wider = { 3, { 10, 12, 1 } };
    assert_int_equal(sv_model_set_input(m, wider), SV_OK);
    assert_non_null(strstr(sv_model_json(m), "\"input\":{\"shape\":[10,12,1]}"));
    assert_int_equal(sv_model_input(m).dim[1], 12);
    sv_model_free(m);
}

static void reads_files(void **state)
{
    const char *folder = *state, *path = scratch_path(folder, "m.json");
    scratch_write(path, model_of(CONV), strlen(model_of(CONV)));
    sv_model *m = NULL;
    sv_fault fault = { 0 };
    static const char *const overrides[] = { "layers.Conv2D_0.filters=5", "name=renamed" };
    if (sv_model_read(path, overrides, 2, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_string_equal(sv_model_name(m), "renamed");
    assert_non_null(strstr(sv_model_json(m), "\"filters\":5"));
    sv_model_free(m);
    static const char *const wrong[] = { "layers[0].filters=none" };
    assert_int_equal(sv_model_read(path, wrong, 1, &m, &fault), SV_BAD_ARGUMENT);
    char message[512];
    snprintf(message, sizeof message,
             "%s: layers[0].filters: expected an integer >= 1, got \"none\" (of the override layers[0].filters=none)", path);
    assert_string_equal(fault.text, message);
    assert_null(m);
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_model_read(scratch_path(folder, "none.json"), NULL, 0, &m, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "none.json"));
}

static void tells_models_from_configs(void **state)
{
    const char *folder = *state, *path = scratch_path(folder, "k.json");
    static const struct {
        const char *text;
        sv_status status;
        bool config;
    } cases[] = { { "{\"layers\": []}", SV_OK, false }, { "{\"model\": \"m.json\"}", SV_OK, true }, { "{\"data\": {}}", SV_OK, true },
                  { "{}", SV_BAD_ARGUMENT, false }, { "[1]", SV_BAD_ARGUMENT, false }, { "{", SV_BAD_ARGUMENT, false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool config = false;
        sv_fault fault = { 0 };
        scratch_write(path, cases[i].text, strlen(cases[i].text));
        assert_int_equal(sv_is_config(path, &config, &fault), cases[i].status);
        if (cases[i].status == SV_OK) assert_int_equal(config, cases[i].config);
        else assert_memory_equal(fault.text, path, strlen(path));
    }
}

static int make_folder(void **state)
{
    *state = scratch_make();
    return 0;
}

static int remove_folder(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_model), cmocka_unit_test(refuses_layers),
        cmocka_unit_test(refuses_names), cmocka_unit_test(refuses_inputs),
        cmocka_unit_test(refuses_a_cycle), cmocka_unit_test(places_shape_errors),
        cmocka_unit_test(builds_a_graph_with_skips), cmocka_unit_test(passes_dialects_and_zeros_on),
        cmocka_unit_test(lets_a_layer_name_its_dialect), cmocka_unit_test(writes_every_key),
        cmocka_unit_test(reads_files), cmocka_unit_test(tells_models_from_configs),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
