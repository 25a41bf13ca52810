/* Initial weights of Keras's and PyTorch's seeds, bit for bit, against what the real frameworks drew (README.md beside this
 * file; the format stands in seeds.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/bits.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "config/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The model with every "$SEED" replaced. */
static void put_seed(const char *model, const char *seed, sv_text *out)
{
    static const char mark[] = "\"$SEED\"";
    for (const char *at; (at = strstr(model, mark)) != NULL; model = at + sizeof mark - 1)
        sv_text_add(out, "%.*s%s", (int)(at - model), model, seed);
    sv_text_add(out, "%s", model);
}

/* "3db4a466 ... 267d56cc115240a8" of the weights, as the file has them. */
static void describe(const sv_parameters *p, char line[64])
{
    char digest[65];
    int at = 0, values = 0;
    sv_hash *h = sv_hash_begin();
    assert_non_null(h);
    for (int i = 0; i < p->graph->parameters; i++) {
        const sv_parameter *q = &p->graph->parameter[i];
        sv_hash_add(h, p->weights + q->offset, (size_t)q->count * sizeof(float));
        for (int64_t k = 0; k < q->count && values < 4; k++, values++)
            at += snprintf(line + at, 64 - (size_t)at, "%08x ", sv_bits(p->weights[q->offset + k]));
    }
    sv_hash_end(h, digest);
    snprintf(line + at, 64 - (size_t)at, "%.16s", digest);
}

static sv_status draw(const char *json, const sv_initial *how, char line[64], sv_fault *fault)
{
    sv_model *m = NULL;
    sv_parameters *p = NULL;
    sv_node *input, *output;
    sv_graph *g = sv_graph_new();
    sv_status status = sv_model_parse(json, "model", &m, fault);
    if (status == SV_OK) status = sv_model_build(m, g, &input, &output, fault);
    if (status == SV_OK) status = sv_parameters_new(g, &p, fault);
    if (status == SV_OK) status = sv_parameters_draw_as(p, how, fault);
    if (status == SV_OK) describe(p, line);
    sv_parameters_free(p);
    sv_graph_free(g);
    sv_model_free(m);
    return status;
}

/* One line: a seed and what it gave. Whether it is what is drawn. */
static bool same(const char *model, sv_initial how, const char *line)
{
    char seed[24] = "", got[64] = "";
    sv_text json = { 0 };
    sv_fault fault = { 0 };
    const char *want = strchr(line, ' ') + 1;
    snprintf(seed, sizeof seed, "%.*s", (int)(want - 1 - line), line);
    if (!strstr(model, "$SEED")) how.seed = strtoull(seed, NULL, 10);
    put_seed(model, seed, &json);
    bool equal = draw(json.data, &how, got, &fault) == SV_OK && strcmp(got, want) == 0;
    if (!equal) print_error("seed %s: %s\n  got  %s%s\n  want %s\n", seed, json.data, got, fault.text, want);
    sv_text_free(&json);
    return equal;
}

static void check_file(const char *path, int least)
{
    char *text, *model = NULL;
    size_t size;
    int draws = 0, bad = 0;
    sv_initial how = { 0 };
    assert_int_equal(sv_read_file(path, &text, &size, NULL), SV_OK);
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (*line == '#') continue;
        if (strncmp(line, "model ", 6) == 0) {
            how = (sv_initial){ .rng = line[6] == 'k' ? SV_RNG_KERAS : SV_RNG_TORCH, .constructed_first = line[12] == '1' };
            model = line + 14;
            continue;
        }
        draws++;
        bad += !same(model, how, line);
    }
    sv_free(text);
    assert_int_equal(bad, 0);
    assert_true(draws >= least);
}

static void keras(void **state)
{
    (void)state;
    check_file("tests/golden/seeds_keras.txt", 700);
}

static void torch(void **state)
{
    (void)state;
    check_file("tests/golden/seeds_torch.txt", 700);
}

#define ONE(shape, layer) "{\"input\": {\"shape\": " shape "}, \"layers\": [" layer "]}"
#define CONV(rest) ONE("[8, 8, 1]", "{\"type\": \"Conv2D\", \"name\": \"c\", \"filters\": 4, \"kernel_size\": 3, " rest "}")

/* What cannot be promised is refused in a sentence. */
static void refusals(void **state)
{
    (void)state;
    const struct {
        sv_initial how;
        const char *json, *words;
    } cases[] = {
        { { .rng = SV_RNG_TORCH },
          CONV("\"kernel_initializer\": \"orthogonal\""),
          "c/kernel: orthogonal: PyTorch decomposes a matrix with the LAPACK of its build, whose last bits differ from machine to "
          "machine; rng \"native\" or another initializer" },
        { { .rng = SV_RNG_KERAS }, CONV("\"kernel_initializer\": \"orthogonal\""), "c/kernel: orthogonal: Keras decomposes" },
        { { .rng = SV_RNG_TORCH },
          CONV("\"kernel_initializer\": \"he_normal\""),
          "c/kernel: he_normal: PyTorch has no initializer of this name and kind to draw alike; kaiming_normal, or rng "
          "\"native\"" },
        { { .rng = SV_RNG_KERAS }, CONV("\"kernel_initializer\": \"kaiming_normal\""), "c/kernel: kaiming_normal: Keras has no" },
        { { .rng = SV_RNG_TORCH },
          CONV("\"kernel_initializer\": {\"type\": \"xavier_uniform\", \"fan\": \"true\"}"),
          "c/kernel: fan: PyTorch's draws go with PyTorch's fans; \"torch\", or rng \"native\"" },
        { { .rng = SV_RNG_KERAS },
          CONV("\"kernel_initializer\": {\"type\": \"he_uniform\", \"fan\": \"torch\"}"),
          "c/kernel: fan: Keras's draws go with Keras's fans; \"keras\", or rng \"native\"" },
        { { .rng = SV_RNG_TORCH },
          CONV("\"bias_initializer\": \"xavier_uniform\""),
          "c/bias: xavier_uniform: PyTorch counts no fans" },
        { { .rng = SV_RNG_KERAS, .seed = (uint64_t)1 << 32 },
          CONV("\"use_bias\": true"),
          "seed: keras.utils.set_random_seed takes 0 to 4294967295, got 4294967296" },
        { { .rng = SV_RNG_KERAS, .seed = (uint64_t)-1 }, CONV("\"use_bias\": true"), "0 to 4294967295, got -1" },
        { { .rng = SV_RNG_TORCH },
          CONV("\"kernel_initializer\": {\"type\": \"icnr\", \"initializer\": \"he_uniform\", \"upscale_factor\": 2}"),
          "c/kernel: he_uniform: PyTorch has no" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[64];
        sv_fault fault = { 0 };
        assert_int_equal(draw(cases[i].json, &cases[i].how, got, &fault), SV_BAD_ARGUMENT);
        if (!strstr(fault.text, cases[i].words)) fail_msg("\"%s\" lacks \"%s\"", fault.text, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keras),
        cmocka_unit_test(torch),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
