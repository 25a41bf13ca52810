/* JSON text, and one object through an argument table: every type, good and bad, with the exact messages. */
#include "base/memory.h"
#include "config/reader.h"
#include "config/writer.h"
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct everything {
    int number, groups;
    int64_t large;
    float rate, share;
    sv_switch flag;
    int choice;
    int pair[2], open[2];
    sv_output_padding output_padding;
    sv_padding padding;
    sv_sides sides, filled;
    sv_shape shape;
    sv_activation activation;
    sv_initializer initializer;
    sv_regularizer regularizer;
    sv_dialect dialect;
} everything;

#define AT(field) offsetof(everything, field)
static const char *const choices[] = { "", "first", "second", NULL };
static const sv_arg table[] = {
    { .key = "number", .type = SV_ARG_INT, .offset = AT(number), .required = true, .minimum = 1, .maximum = 1e12, .fallback_torch = NAN },
    { .key = "groups", .type = SV_ARG_INT, .offset = AT(groups), .minimum = -1, .maximum = 2e9, .fallback = 32, .fallback_torch = NAN },
    { .key = "large", .type = SV_ARG_LONG, .offset = AT(large), .fallback_torch = NAN },
    { .key = "rate", .type = SV_ARG_FLOAT, .offset = AT(rate), .minimum = 0, .maximum = 1e300, .fallback = 0.5, .fallback_torch = NAN },
    { .key = "share", .type = SV_ARG_FLOAT, .offset = AT(share), .minimum = 0, .maximum = 1, .fallback_torch = NAN },
    { .key = "flag", .type = SV_ARG_SWITCH, .offset = AT(flag), .fallback = 1, .fallback_torch = NAN },
    { .key = "choice", .type = SV_ARG_ENUM, .offset = AT(choice), .names = choices },
    { .key = "pair", .type = SV_ARG_PAIR, .offset = AT(pair), .minimum = 1, .maximum = 1e9, .fallback = 1, .fallback_torch = NAN },
    { .key = "open", .type = SV_ARG_PAIR, .offset = AT(open), .minimum = 1, .maximum = 1e9, .fallback_text = "as pair" },
    { .key = "output_padding", .type = SV_ARG_OUTPUT_PADDING, .offset = AT(output_padding) },
    { .key = "padding", .type = SV_ARG_PADDING, .offset = AT(padding) },
    { .key = "sides", .type = SV_ARG_SIDES, .offset = AT(sides) },
    { .key = "filled", .type = SV_ARG_SIDES, .offset = AT(filled), .fallback = 1 },
    { .key = "shape", .type = SV_ARG_SHAPE, .offset = AT(shape) },
    { .key = "activation", .type = SV_ARG_ACTIVATION, .offset = AT(activation) },
    { .key = "initializer", .type = SV_ARG_INITIALIZER, .offset = AT(initializer) },
    { .key = "regularizer", .type = SV_ARG_REGULARIZER, .offset = AT(regularizer) },
    { .key = "dialect", .type = SV_ARG_DIALECT, .offset = AT(dialect) },
    { .key = NULL },
};

static sv_status read_text(const char *text, everything *e, sv_fault *fault)
{
    static const char *const besides[] = { "type", NULL };
    cJSON *tree = NULL;
    *e = (everything){ 0 };
    *fault = (sv_fault){ 0 };
    sv_status status = sv_json_parse(text, strlen(text), &tree, fault);
    if (status == SV_OK) status = sv_read_args(tree, table, besides, "Everything", e, fault);
    cJSON_Delete(tree);
    return status;
}

/* The members of an object whose required "number" is given. */
static everything good(const char *members)
{
    everything e;
    sv_fault fault;
    char text[512];
    snprintf(text, sizeof text, "{\"number\": 1%s%s}", *members ? ", " : "", members);
    if (read_text(text, &e, &fault) != SV_OK) fail_msg("%s: %s", text, fault.text);
    return e;
}

static void bad(const char *members, const char *message)
{
    everything e;
    sv_fault fault;
    char text[512];
    snprintf(text, sizeof text, "{\"number\": 1, %s}", members);
    assert_int_equal(read_text(text, &e, &fault), SV_BAD_ARGUMENT);
    assert_int_equal(fault.status, SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, message);
}

static void syntax(const char *text, const char *message)
{
    sv_fault fault = { 0 };
    cJSON *tree = NULL;
    assert_int_equal(sv_json_parse(text, strlen(text), &tree, &fault), SV_BAD_ARGUMENT);
    assert_null(tree);
    assert_string_equal(fault.text, message);
}

static void names_line_and_column(void **state)
{
    (void)state;
    syntax("", "line 1, column 1: empty; expected a JSON object");
    syntax(" \n ", "line 1, column 1: empty; expected a JSON object");
    syntax("{\n  \"a\": 1,\n}", "line 3, column 1: a comma before a closing bracket; expected none");
    syntax("{\"a\": [1, 2, ]}", "line 1, column 14: a comma before a closing bracket; expected none");
    syntax("{\n  'a': 1\n}", "line 2, column 3: a single quote; expected strings in double quotes");
    syntax("{\n  // remark\n  \"a\": 1}", "line 2, column 3: a comment; JSON has none: put notes under \"description\"");
    syntax("{\"a\": \"x,y\\z\"}", "line 1, column 11: a backslash that begins no escape; expected \\\\ for itself");
    syntax("{a: 1}", "line 1, column 2: a bare word; expected a string in double quotes, a number, true, false or null");
    syntax("{\"a\": relu}", "line 1, column 7: a bare word; expected a string in double quotes, a number, true, false or null");
    syntax("{\"a\": NaN}", "line 1, column 7: a bare word; expected a string in double quotes, a number, true, false or null");
    syntax("{\"a\": 1 \"b\": 2}", "line 1, column 9: a string where none can stand; expected a comma or a colon before it");
    syntax("{\"a\": 1", "line 1, column 8: the text ends too early; expected the rest of a JSON value, closed by } or ]");
    syntax("{\"a\": [1, {\n", "line 2, column 1: the text ends too early; expected the rest of a JSON value, closed by } or ]");
    syntax("{\"a", "line 1, column 4: the text ends inside a string; expected \"");
    syntax("{\"a\nb\": 1}", "line 1, column 4: a string breaks off; expected \" on its line");
    syntax("{} {}", "line 1, column 4: text after the end of the JSON value; expected none");
    syntax("{\"a\": \"\xff\"}", "line 1, column 8: not UTF-8 text; expected a JSON file");
    syntax("{\"a\": \"\xc0\xaf\"}", "line 1, column 8: not UTF-8 text; expected a JSON file");
    syntax("{\"a\": \"\xed\xa0\x80\"}", "line 1, column 8: not UTF-8 text; expected a JSON file");
    syntax("{\"a\": \"b\\u0000c\"}", "line 1, column 9: \\u0000 in a string");
}

static void refuses_bytes_that_are_no_text(void **state)
{
    (void)state;
    sv_fault fault = { 0 };
    cJSON *tree = NULL;
    assert_int_equal(sv_json_parse("{}\0", 3, &tree, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "line 1, column 3: a NUL byte; expected text");
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_json_parse("{}", (size_t)SV_JSON_BYTES + 1, &tree, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "16777217 bytes; expected a JSON file of at most 16 MiB");
}

static void bounds_the_nesting(void **state)
{
    (void)state;
    enum { DEEP = 1000000 };
    char *text = malloc(DEEP + 1);
    assert_non_null(text);
    memset(text, '[', DEEP);
    text[DEEP] = '\0';
    syntax(text, "line 1, column 65: nested too deeply; expected at most 64 levels");
    memset(text + 64, ']', 64);
    text[128] = '\0';
    cJSON *tree = NULL;
    assert_int_equal(sv_json_parse(text, 128, &tree, NULL), SV_OK);
    cJSON_Delete(tree);
    free(text);
}

static void ignores_brackets_in_strings(void **state)
{
    (void)state;
    char text[400] = "[\"";
    memset(text + 2, '[', 200);
    strcpy(text + 202, "\\\"[\"]");
    cJSON *tree = NULL;
    assert_int_equal(sv_json_parse(text, strlen(text), &tree, NULL), SV_OK);
    assert_int_equal(strlen(tree->child->valuestring), 202);
    cJSON_Delete(tree);
}

static void reads_numbers(void **state)
{
    (void)state;
    everything e = good("\"large\": 9007199254740991, \"rate\": 1e-3, \"share\": 1, \"groups\": -1");
    assert_int_equal(e.number, 1);
    assert_int_equal(e.groups, -1);
    assert_true(e.large == 9007199254740991);
    assert_true(e.rate == 1e-3f && e.share == 1);
}

static void keeps_an_explicit_zero(void **state)
{
    (void)state;
    everything e = good("\"rate\": 0");
    assert_true(e.rate == 0 && signbit(e.rate));
    sv_args_complete(table, &e, SV_KERAS);
    assert_true(e.rate == 0 && !signbit(e.rate));
    e = good("");
    sv_args_complete(table, &e, SV_KERAS);
    assert_true(e.rate == 0.5f);
    e = good("\"rate\": 1e-60");
    assert_true(e.rate == 0 && signbit(e.rate));
    bad("\"groups\": 0", "groups: expected an integer >= -1 but not 0, got 0");
}

/* What a layer gets of "filled", whose default is 1: 0 in each of its forms is not its absence. */
static void tells_no_pixels_from_no_word(void **state)
{
    (void)state;
    static const char *const forms[] = { "\"filled\": 0", "\"filled\": [0, 0]", "\"filled\": [[0, 0], [0, 0]]", "" };
    for (int k = 0; k < 4; k++) {
        everything e = good(forms[k]);
        sv_args_complete(table, &e, SV_KERAS);
        int wanted = k == 3;
        assert_true(e.filled.top == wanted && e.filled.bottom == wanted && e.filled.left == wanted && e.filled.right == wanted);
        assert_true(!e.sides.top && !e.sides.bottom && !e.sides.left && !e.sides.right);
    }
}

static void reads_words_and_switches(void **state)
{
    (void)state;
    everything e = good("\"flag\": false, \"choice\": \"second\", \"dialect\": \"torch\"");
    assert_int_equal(e.flag, SV_OFF);
    assert_int_equal(e.choice, 2);
    assert_int_equal(e.dialect, SV_TORCH);
    assert_int_equal(good("\"flag\": true").flag, SV_ON);
    assert_int_equal(good("\"choice\": null").choice, 0);
}

static void reads_pairs_and_paddings(void **state)
{
    (void)state;
    everything e = good("\"pair\": 3, \"open\": [4, 5], \"padding\": [1, 2], \"sides\": [[1, 2], [3, 4]], \"output_padding\": [0, 1]");
    assert_true(e.pair[0] == 3 && e.pair[1] == 3 && e.open[0] == 4 && e.open[1] == 5);
    assert_int_equal(e.padding.mode, SV_PADDING_EXPLICIT);
    assert_true(e.padding.top == 1 && e.padding.bottom == 1 && e.padding.left == 2 && e.padding.right == 2);
    assert_true(e.sides.top == 1 && e.sides.bottom == 2 && e.sides.left == 3 && e.sides.right == 4);
    assert_true(e.output_padding.given && e.output_padding.height == 0 && e.output_padding.width == 1);
    e = good("\"padding\": \"same\", \"output_padding\": null, \"open\": null, \"sides\": 2");
    assert_true(e.padding.mode == SV_PADDING_SAME && !e.output_padding.given && e.open[0] == 0);
    assert_true(e.sides.top == 2 && e.sides.right == 2);
    e = good("\"padding\": 0, \"output_padding\": 0, \"shape\": [7, -1, 3]");
    assert_true(e.padding.mode == SV_PADDING_EXPLICIT && e.output_padding.given);
    assert_true(e.shape.rank == 3 && e.shape.dim[0] == 7 && e.shape.dim[1] == -1 && e.shape.dim[2] == 3);
}

static void reads_named_values(void **state)
{
    (void)state;
    everything e = good("\"activation\": {\"type\": \"leaky_relu\", \"negative_slope\": 0.1}, \"initializer\": \"he_uniform\"");
    assert_int_equal(e.activation.type, SV_ACTIVATION_LEAKY_RELU);
    assert_true(e.activation.negative_slope == 0.1f);
    assert_int_equal(e.initializer.type, SV_INIT_HE_UNIFORM);
    assert_false(e.initializer.has_seed);
    e = good("\"initializer\": {\"type\": \"he_normal\", \"fan\": \"true\", \"seed\": 0}, \"activation\": \"tanh\", \"regularizer\": \"l1_l2\"");
    assert_true(e.initializer.has_seed && e.initializer.seed == 0 && e.initializer.fan == SV_FAN_TRUE);
    assert_int_equal(e.activation.type, SV_ACTIVATION_TANH);
    assert_true(e.regularizer.l1 == 0.01f && e.regularizer.l2 == 0.01f);
    e = good("\"regularizer\": {\"l2\": 0.5, \"l1\": 0}, \"initializer\": null, \"activation\": null");
    assert_true(e.regularizer.l1 == 0 && !signbit(e.regularizer.l1) && e.regularizer.l2 == 0.5f);
    assert_int_equal(e.initializer.type, SV_INIT_DEFAULT);
    assert_true(good("\"regularizer\": \"l2\"").regularizer.l1 == 0);
}

static void refuses_keys(void **state)
{
    (void)state;
    everything e;
    sv_fault fault;
    bad("\"nunber\": 1", "nunber: unknown key; did you mean \"number\"?");
    bad("\"Pair\": 1", "Pair: unknown key; did you mean \"pair\"?");
    bad("\"zzzzzzzzzz\": 1",
        "zzzzzzzzzz: unknown key; Everything takes number, groups, large, rate, share, flag, choice, pair, open, output_padding, "
        "padding, sides, filled, shape, activation, initializer, regularizer, dialect, type");
    bad("\"number\": 2", "number: given twice; expected each key once");
    bad("\"type\": 2, \"type\": 2", "type: given twice; expected each key once");
    bad("\"a\\nb\": 1, \"number\": 2", "number: given twice; expected each key once");
    assert_int_equal(read_text("{}", &e, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "number: missing; Everything needs an integer >= 1");
}

static void shows_odd_keys_on_one_line(void **state)
{
    (void)state;
    char text[SV_JSON_TEXT];
    assert_string_equal(sv_json_key("plain_key-1", text), "plain_key-1");
    assert_string_equal(sv_json_key("a\nb", text), "\"a\\nb\"");
    assert_string_equal(sv_json_key("", text), "\"\"");
    char large[300];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(strlen(sv_json_key(large, text)), SV_JSON_TEXT - 1);
}

static void refuses_wrong_values(void **state)
{
    (void)state;
    bad("\"groups\": \"two\"", "groups: expected an integer >= -1, got \"two\"");
    bad("\"groups\": 1.5", "groups: expected an integer >= -1, got 1.5");
    bad("\"groups\": -2", "groups: expected an integer >= -1, got -2");
    bad("\"groups\": null", "groups: expected an integer >= -1, got null");
    bad("\"groups\": true", "groups: expected an integer >= -1, got true");
    bad("\"groups\": [1]", "groups: expected an integer >= -1, got [1]");
    bad("\"groups\": {\"a\": 1}", "groups: expected an integer >= -1, got an object");
    bad("\"large\": 9007199254740993", "large: expected a whole number up to 9007199254740991, got 9007199254740992");
    bad("\"large\": 1e400", "large: expected a whole number up to 9007199254740991, got a number beyond all range");
    bad("\"large\": 0.5", "large: expected an integer, got 0.5");
    bad("\"rate\": 1e39", "rate: expected a number that fits a 32-bit float, got 1e+39");
    bad("\"rate\": -1e-9", "rate: expected a number >= 0, got -1e-09");
    bad("\"share\": 1.01", "share: expected a number from 0 to 1, got 1.01");
    bad("\"flag\": 1", "flag: expected true or false, got 1");
    bad("\"choice\": \"First\"", "choice: expected one of \"first\", \"second\", got \"First\"");
    bad("\"choice\": \"\"", "choice: expected one of \"first\", \"second\", got \"\"");
    bad("\"dialect\": \"pytorch\"", "dialect: expected \"keras\" or \"torch\", got \"pytorch\"");
    bad("\"dialect\": \"\"", "dialect: expected \"keras\" or \"torch\", got \"\"");
}

static void refuses_wrong_lists(void **state)
{
    (void)state;
    bad("\"pair\": [1, 2, 3]", "pair: expected an integer >= 1 or a pair [h, w] of them, got [1,2,3]");
    bad("\"pair\": [1]", "pair: expected an integer >= 1 or a pair [h, w] of them, got [1]");
    bad("\"pair\": [1, \"2\"]", "pair: expected an integer >= 1 or a pair [h, w] of them, got [1,\"2\"]");
    bad("\"pair\": [1, 0]", "pair: expected an integer >= 1 or a pair [h, w] of them, got [1,0]");
    bad("\"pair\": null", "pair: expected an integer >= 1 or a pair [h, w] of them, got null");
    bad("\"padding\": \"Same\"", "padding: expected \"same\", \"valid\", p, [ph, pw] or [[top, bottom], [left, right]], got \"Same\"");
    bad("\"padding\": -1", "padding: expected \"same\", \"valid\", p, [ph, pw] or [[top, bottom], [left, right]], got -1");
    bad("\"padding\": [[1, 2], 3]",
        "padding: expected \"same\", \"valid\", p, [ph, pw] or [[top, bottom], [left, right]], got [[1,2],3]");
    bad("\"padding\": [[1, 2], [3]]",
        "padding: expected \"same\", \"valid\", p, [ph, pw] or [[top, bottom], [left, right]], got [[1,2],[3]]");
    bad("\"sides\": [[1, 2], [3, 4], [5, 6]]", "sides: expected p, [ph, pw] or [[top, bottom], [left, right]], got [[1,2],[3,4],[5,6]]");
    bad("\"sides\": []", "sides: expected p, [ph, pw] or [[top, bottom], [left, right]], got []");
    bad("\"output_padding\": -1", "output_padding: expected null, an integer >= 0 or [h, w], got -1");
    bad("\"shape\": []", "shape: expected a list of 1 to 3 integers >= 1, one of which may be -1, got []");
    bad("\"shape\": [1, 2, 3, 4]", "shape: expected a list of 1 to 3 integers >= 1, one of which may be -1, got [1,2,3,4]");
    bad("\"shape\": [-1, -1]", "shape: expected a list of 1 to 3 integers >= 1, one of which may be -1, got [-1,-1]");
    bad("\"shape\": [0]", "shape: expected a list of 1 to 3 integers >= 1, one of which may be -1, got [0]");
    bad("\"shape\": 7", "shape: expected a list of 1 to 3 integers >= 1, one of which may be -1, got 7");
}

static void refuses_wrong_names(void **state)
{
    (void)state;
    bad("\"activation\": \"rellu\"", "activation: unknown activation \"rellu\"; did you mean \"relu\"?");
    bad("\"activation\": \"xxxxxxxxxxxxxx\"",
        "activation: unknown activation \"xxxxxxxxxxxxxx\"; known: linear, relu, relu6, leaky_relu, elu, selu, gelu, silu, mish, "
        "softplus, softsign, sigmoid, tanh");
    bad("\"activation\": 3", "activation: expected an activation's name or {\"type\": name, ...}, got 3");
    bad("\"activation\": {}", "activation.type: missing; expected the name of an activation");
    bad("\"activation\": {\"type\": 3}", "activation.type: expected the name of an activation, got 3");
    bad("\"activation\": {\"type\": \"relu\", \"negative_slope\": 1}", "activation.negative_slope: unknown key; relu takes type");
    bad("\"activation\": {\"type\": \"leaky_relu\", \"negative_slope\": \"x\"}",
        "activation.negative_slope: expected a number >= 0, got \"x\"");
    bad("\"initializer\": {\"type\": \"he_uniform\", \"fan\": true}",
        "initializer.fan: expected one of \"keras\", \"torch\", \"true\", got true");
    bad("\"initializer\": {\"type\": \"he_uniform\", \"sed\": 1}", "initializer.sed: unknown key; did you mean \"seed\"?");
    bad("\"initializer\": \"\"", "initializer: unknown initializer \"\"; known: zeros, ones, constant, identity, random_normal, "
        "random_uniform, truncated_normal, variance_scaling, glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, "
        "lecun_normal, orthogonal, uniform, normal, xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, trunc_normal, eye, "
        "dirac, sparse, icnr, bilinear");
    bad("\"regularizer\": \"l3\"", "regularizer: expected \"l1\", \"l2\", \"l1_l2\" or {\"l1\": x, \"l2\": y}, got \"l3\"");
    bad("\"regularizer\": {\"l2\": -1}", "regularizer.l2: expected a number >= 0, got -1");
}

static void cuts_long_values(void **state)
{
    (void)state;
    char members[300], text[SV_JSON_TEXT];
    snprintf(members, sizeof members, "%*s", 200, "");
    for (int i = 0; i < 200; i += 2) memcpy(members + i, "\xc3\xa9", 2);
    const cJSON value = { .type = cJSON_String, .valuestring = members };
    sv_json_describe(&value, text);
    assert_int_equal(strlen(text), 1 + 74 + 3);
    assert_memory_equal(text + 75, "...", 4);
}

static void prints_floats_shortest(void **state)
{
    (void)state;
    static const struct {
        float value;
        const char *text;
    } cases[] = { { 0.1f, "0.1" },     { 1e-7f, "1e-07" },          { 0, "0" },      { -0.0f, "0" },       { 20, "20" },
                  { 1e6f, "1000000" }, { FLT_MAX, "3.4028235e+38" }, { 0.5f, "0.5" }, { 1.0f / 3, "0.33333334" }, { -2.5f, "-2.5" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sv_text t = { 0 };
        sv_json_add_float(&t, cases[i].value);
        if (cases[i].value != 0 || !signbit(cases[i].value)) assert_string_equal(t.data, cases[i].text);
        sv_text_free(&t);
    }
    uint32_t bits = 1;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 1664525 + 1013904223;
        float value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        sv_text t = { 0 };
        sv_json_add_float(&t, value);
        assert_true(strtof(t.data, NULL) == value);
        sv_text_free(&t);
    }
}

/* Any installed locale that writes a comma will do. */
static void ignores_the_locale(void **state)
{
    (void)state;
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "ru_RU.UTF-8", "pt_BR.UTF-8" };
    bool comma = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !comma; i++)
        comma = setlocale(LC_NUMERIC, names[i]) && localeconv()->decimal_point[0] == ',';
    everything e = good("\"rate\": 0.25");
    sv_text t = { 0 };
    sv_json_add_float(&t, 0.25f);
    bool printed = strcmp(t.data, "0.25") == 0;
    sv_text_free(&t);
    setlocale(LC_NUMERIC, "C");
    assert_true(e.rate == 0.25f);
    assert_true(printed);
}

static void escapes_strings(void **state)
{
    (void)state;
    static const char raw[] = "a\"b\\c\n\t\x01\xc3\xa9/";
    sv_text t = { 0 };
    sv_json_add_string(&t, raw);
    assert_string_equal(t.data, "\"a\\\"b\\\\c\\n\\t\\u0001\xc3\xa9/\"");
    cJSON *back = NULL;
    assert_int_equal(sv_json_parse(t.data, t.length, &back, NULL), SV_OK);
    assert_string_equal(back->valuestring, raw);
    cJSON_Delete(back);
    sv_text_free(&t);
}

/* Indented text is the same JSON, and short lists stay on their line. */
static void indents(void **state)
{
    (void)state;
    sv_text t = { 0 };
    sv_json_indent(&t, "{\"a\":[1,[2,3]],\"b\":{},\"c\":\"x,{\\\"}\"}");
    assert_string_equal(t.data, "{\n  \"a\": [1, [2, 3]],\n  \"b\": {},\n  \"c\": \"x,{\\\"}\"\n}\n");
    sv_text_free(&t);
}

/* What was read is written with every key, and reads back as the same. */
static void writes_what_it_read(void **state)
{
    (void)state;
    everything e = good("\"rate\": 0, \"pair\": [2, 3], \"padding\": [[0, 1], [2, 3]], \"output_padding\": 0, \"filled\": [1, 0], "
                        "\"activation\": {\"type\": \"leaky_relu\", \"negative_slope\": 0}, \"shape\": [4, -1], "
                        "\"initializer\": {\"type\": \"random_normal\", \"stddev\": 0.1, \"seed\": 0}, \"dialect\": \"torch\"");
    sv_text first = { 0 }, second = { 0 };
    sv_write_args(&first, table, &e, sizeof e, SV_KERAS);
    assert_string_equal(first.data,
                        ",\"number\":1,\"groups\":32,\"large\":0,\"rate\":0,\"share\":0,\"flag\":true,\"choice\":null,\"pair\":[2,3],"
                        "\"open\":null,\"output_padding\":[0,0],\"padding\":[[0,1],[2,3]],\"sides\":[[0,0],[0,0]],"
                        "\"filled\":[[1,1],[0,0]],\"shape\":[4,-1],\"activation\":{\"type\":\"leaky_relu\",\"negative_slope\":0},"
                        "\"initializer\":{\"type\":\"random_normal\",\"mean\":0,\"stddev\":0.1,\"seed\":0},\"regularizer\":{\"l1\":0,\"l2\":0},"
                        "\"dialect\":\"torch\"");
    sv_text object = { 0 };
    sv_text_add(&object, "{%s}", first.data + 1);
    sv_fault fault;
    if (read_text(object.data, &e, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_write_args(&second, table, &e, sizeof e, SV_KERAS);
    assert_string_equal(first.data, second.data);
    sv_text_free(&first);
    sv_text_free(&second);
    sv_text_free(&object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_line_and_column), cmocka_unit_test(refuses_bytes_that_are_no_text),
        cmocka_unit_test(bounds_the_nesting), cmocka_unit_test(ignores_brackets_in_strings),
        cmocka_unit_test(reads_numbers), cmocka_unit_test(keeps_an_explicit_zero), cmocka_unit_test(tells_no_pixels_from_no_word),
        cmocka_unit_test(reads_words_and_switches), cmocka_unit_test(reads_pairs_and_paddings),
        cmocka_unit_test(reads_named_values), cmocka_unit_test(refuses_keys),
        cmocka_unit_test(shows_odd_keys_on_one_line), cmocka_unit_test(refuses_wrong_values),
        cmocka_unit_test(refuses_wrong_lists), cmocka_unit_test(refuses_wrong_names),
        cmocka_unit_test(cuts_long_values), cmocka_unit_test(prints_floats_shortest),
        cmocka_unit_test(ignores_the_locale), cmocka_unit_test(escapes_strings),
        cmocka_unit_test(indents), cmocka_unit_test(writes_what_it_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
