/* Every file in models/ and configs/ is read, resolved to a fixed point and built; the reference models have their known sizes. */
#include "base/file.h"
#include "base/memory.h"
#include "config/config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const json_suffix[] = { ".json", NULL };

/* Experiments are models whose pictures change size, and sweeps no configs: tests/e2e runs those. */
static bool is_another(const char *name)
{
    return strstr(name, ".schema.json") || strchr(name, '/');
}

/* Calls check with the path of each .json file of a folder itself that is no schema; at least `least` of them. */
static void each_file(const char *folder, int least, void (*check)(const char *path))
{
    char **names = NULL;
    size_t count = 0;
    sv_fault fault = { 0 };
    int checked = 0;
    if (sv_list_files(folder, json_suffix, &names, &count, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (size_t i = 0; i < count; i++) {
        if (is_another(names[i])) continue;
        char *path = sv_join_path(folder, names[i]);
        check(path);
        sv_free(path);
        checked++;
    }
    sv_free_list(names, count);
    assert_true(checked >= least);
}

static void check_model(const char *path)
{
    sv_model *m = NULL, *again = NULL;
    sv_fault fault = { 0 };
    if (sv_model_read(path, NULL, 0, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    if (sv_model_parse(sv_model_json(m), "again", &again, &fault) != SV_OK) fail_msg("%s: %s", path, fault.text);
    assert_string_equal(sv_model_json(m), sv_model_json(again));
    sv_graph *g = sv_graph_new();
    sv_node *in, *out;
    if (sv_model_build(again, g, &in, &out, &fault) != SV_OK) fail_msg("%s: %s", path, fault.text);
    assert_true(sv_shape_equal(&in->shape, &out->shape));
    assert_non_null(sv_find_node(g, sv_model_latent(m)));
    assert_non_null(strstr(path, sv_model_name(m)));
    sv_graph_free(g);
    sv_model_free(again);
    sv_model_free(m);
}

static void check_config(const char *path)
{
    sv_config *c = NULL, *again = NULL;
    sv_fault fault = { 0 };
    sv_text first = { 0 }, second = { 0 };
    sv_built b;
    if (sv_config_read(path, NULL, 0, &c, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_int_equal(c->optimizer.type, SV_ADAM);
    assert_int_equal(sv_config_json(c, &first, &fault), SV_OK);
    if (sv_config_parse(first.data, "again", "/nowhere", &again, &fault) != SV_OK) fail_msg("%s: %s", path, fault.text);
    assert_int_equal(sv_config_json(again, &second, &fault), SV_OK);
    assert_string_equal(first.data, second.data);
    if (sv_config_build(again, &b, &fault) != SV_OK) fail_msg("%s: %s", path, fault.text);
    sv_graph_free(b.graph);
    sv_config_free(again);
    sv_config_free(c);
    sv_text_free(&first);
    sv_text_free(&second);
}

static void reads_every_model(void **state)
{
    (void)state;
    each_file("models", 7, check_model);
}

static void reads_every_config(void **state)
{
    (void)state;
    each_file("configs", 8, check_config);
}

static int64_t parameters_of(const char *path)
{
    sv_model *m = NULL;
    sv_fault fault = { 0 };
    if (sv_model_read(path, NULL, 0, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_graph *g = sv_graph_new();
    sv_node *in, *out;
    int64_t sum = 0;
    assert_int_equal(sv_model_build(m, g, &in, &out, &fault), SV_OK);
    for (int i = 0; i < g->parameters; i++) sum += g->parameter[i].count;
    sv_graph_free(g);
    sv_model_free(m);
    return sum;
}

/* Taps times channels in times channels out, and a bias each, of the mirrored stacks. */
static void has_the_reference_models(void **state)
{
    (void)state;
    assert_int_equal(parameters_of("models/fashion_ae.json"),
                     9 * (1 * 32 + 32 * 64 + 64 * 32 + 32 * 1) + 32 + 64 + 32 + 1);
    assert_int_equal(parameters_of("models/rgb64_ae.json"),
                     9 * 2 * (3 * 32 + 32 * 64 + 64 * 128) + 32 + 64 + 128 + 64 + 32 + 3);
    assert_int_equal(parameters_of("models/rgb128_ae.json"),
                     16 * 2 * (3 * 64 + 64 * 128 + 128 * 256) + 64 + 128 + 256 + 128 + 64 + 3);
}

static void embeds_the_quickstart_file(void **state)
{
    (void)state;
    sv_config *file = NULL, *embedded = NULL;
    sv_fault fault = { 0 };
    sv_text a = { 0 }, b = { 0 };
    if (sv_config_read("configs/quickstart.json", NULL, 0, &file, &fault) != SV_OK) fail_msg("%s", fault.text);
    if (sv_config_read(NULL, NULL, 0, &embedded, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_int_equal(sv_config_json(file, &a, &fault), SV_OK);
    assert_int_equal(sv_config_json(embedded, &b, &fault), SV_OK);
    assert_string_equal(a.data, b.data);
    sv_text_free(&a);
    sv_text_free(&b);
    sv_config_free(file);
    sv_config_free(embedded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_model), cmocka_unit_test(reads_every_config),
        cmocka_unit_test(has_the_reference_models), cmocka_unit_test(embeds_the_quickstart_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
