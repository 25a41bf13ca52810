/* Which runs a sweep has: splitting of values, names, sweep files, and JSON as leaves. */
#include "config/leaves.h"
#include "config/sweep.h"
#include "support/scratch.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static sv_sweep *read_axes(const char *path, const char *const *axes)
{
    sv_sweep *s = NULL;
    sv_fault fault = { 0 };
    int count = 0;
    while (axes[count]) count++;
    if (sv_sweep_read(path, axes, count, &s, &fault) != SV_OK) fail_msg("%s", fault.text);
    return s;
}

static void refuses(const char *path, const char *axis, const char *part)
{
    sv_sweep *s = NULL;
    sv_fault fault = { 0 };
    assert_int_equal(sv_sweep_read(path, &axis, axis ? 1 : 0, &s, &fault), SV_BAD_ARGUMENT);
    if (!strstr(fault.text, part)) fail_msg("no \"%s\" in: %s", part, fault.text);
    sv_sweep_free(s);
}

static void makes_every_combination(void **state)
{
    (void)state;
    sv_sweep *s = read_axes(NULL, (const char *const[]){ "epochs=3", "a.rate=1e-3,0.01", "seed=1,2,3", NULL });
    assert_int_equal(s->runs, 6);
    assert_int_equal(s->columns, 1);
    assert_string_equal(s->column[0], "a.rate");
    assert_string_equal(s->run[0].name, "rate-0.001_seed-1");
    assert_string_equal(s->run[1].name, "rate-0.001_seed-2");
    assert_string_equal(s->run[5].name, "rate-0.01_seed-3");
    assert_string_equal(s->run[5].setting, "rate-0.01");
    assert_string_equal(s->run[5].cell[0], "0.01");
    assert_int_equal(s->run[5].overrides, 3);
    assert_string_equal(s->run[5].override[0], "epochs=3");
    assert_string_equal(s->run[5].override[1], "a.rate=0.01");
    assert_string_equal(s->run[5].override[2], "seed=3");
    sv_sweep_free(s);
}

static void splits_outside_of_brackets_and_quotes(void **state)
{
    (void)state;
    sv_sweep *s = read_axes(NULL, (const char *const[]){ "k=[1,2],{\"a\": [3, 4], \"b\": \"},\"},\"x,y\",z", NULL });
    assert_int_equal(s->runs, 4);
    assert_string_equal(s->run[0].override[0], "k=[1,2]");
    assert_string_equal(s->run[1].override[0], "k={\"a\":[3,4],\"b\":\"},\"}");
    assert_string_equal(s->run[2].override[0], "k=\"x,y\"");
    assert_string_equal(s->run[3].override[0], "k=\"z\"");
    assert_string_equal(s->run[2].cell[0], "x,y");
    sv_sweep_free(s);
}

/* Letters, digits and ._+- alone, no leading dot, at most 255 bytes, all different. */
static void names_fit_a_file_system(void **state)
{
    (void)state;
    char axis[2000] = "k=";
    for (int i = 0; i < 60; i++) strcat(axis, "long_value_");
    strcat(axis, "1,");
    for (int i = 0; i < 60; i++) strcat(axis, "long_value_");
    strcat(axis, "2,a/b,a:b,a b,\"\",-0.5,0.5,../x,\"\xC3\xA9\"");
    sv_sweep *s = read_axes(NULL, (const char *const[]){ axis, "other.k=true,null", NULL });
    assert_int_equal(s->runs, 20);
    for (int i = 0; i < s->runs; i++) {
        const char *name = s->run[i].name;
        assert_true(strlen(name) <= 200 && name[0] != '.' && name[0] != '-');
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"), strlen(name));
        for (int k = 0; k < i; k++) assert_string_not_equal(name, s->run[k].name);
    }
    assert_string_equal(s->run[12].name, "k--0.5_other.k-true");
    sv_sweep_free(s);
}

/* A further value leaves the folders of the others where they are. */
static void names_are_stable(void **state)
{
    (void)state;
    sv_sweep *a = read_axes(NULL, (const char *const[]){ "x.k=1,{\"y\":2}", "seed=5", NULL });
    sv_sweep *b = read_axes(NULL, (const char *const[]){ "x.k=0,1,2,{\"y\":2}", "seed=4,5", NULL });
    assert_string_equal(a->run[0].name, b->run[3].name);
    assert_string_equal(a->run[1].name, b->run[7].name);
    sv_sweep_free(a);
    sv_sweep_free(b);
}

static void keys_with_one_end_are_told_apart(void **state)
{
    (void)state;
    sv_sweep *s = read_axes(NULL, (const char *const[]){ "layers.enc.filters=1,2", "layers.dec.filters=3,4", NULL });
    assert_string_equal(s->run[0].name, "enc.filters-1_dec.filters-3");
    sv_sweep_free(s);
}

static const char *write_sweep(const char *folder, const char *text)
{
    const char *path = scratch_path(folder, "sweep.json");
    scratch_write(path, text, strlen(text));
    return path;
}

static void reads_files(void **state)
{
    const char *path =
        write_sweep(*state, "{\"config\": \"c.json\", \"set\": {\"data.path\": \"d\", \"epochs\": 2}, \"list\": [{\"name\": \"a\"},"
                            "{\"name\": \"b c\", \"k\": [1], \"init\": {\"weights\": \"w\"}}], \"grid\": {\"seed\": [1, 2]}}");
    char expected[600];
    sv_sweep *s = read_axes(path, (const char *const[]){ "epochs=9", NULL });
    snprintf(expected, sizeof expected, "%s/c.json", (char *)*state);
    assert_string_equal(s->config, expected);
    assert_int_equal(s->runs, 4);
    assert_string_equal(s->column[0], "setting");
    assert_string_equal(s->run[1].name, "a_seed-2");
    assert_memory_equal(s->run[2].name, "b-c-", 4);
    assert_string_equal(s->run[2].cell[0], "b c");
    snprintf(expected, sizeof expected, "data.path=\"%s/d\"", (char *)*state);
    assert_string_equal(s->run[2].override[0], expected);
    assert_string_equal(s->run[2].override[1], "k=[1]");
    snprintf(expected, sizeof expected, "init={\"weights\":\"%s/w\"}", (char *)*state);
    assert_string_equal(s->run[2].override[2], expected);
    assert_string_equal(s->run[2].override[3], "seed=1");
    assert_string_equal(s->run[2].override[4], "epochs=9");
    assert_int_equal(s->run[2].overrides, 5);
    sv_sweep_free(s);
}

/* What sv_sweep_json writes is the same sweep. */
static void writes_what_it_reads(void **state)
{
    const char *path = write_sweep(
        *state, "{\"config\": \"c.json\", \"set\": {\"epochs\": 2}, \"list\": [{\"k\": 1}, {\"k\": \"x\", \"name\": \"n\"}],"
                "\"grid\": {\"seed\": [1, 2], \"m\": [{\"a\": 1}, 2.5]}}");
    sv_fault fault = { 0 };
    sv_text text = { 0 };
    sv_sweep *a = read_axes(path, (const char *const[]){ NULL });
    assert_int_equal(sv_sweep_json(a, &text, &fault), SV_OK);
    write_sweep(*state, text.data);
    sv_sweep *b = read_axes(path, (const char *const[]){ NULL });
    assert_int_equal(a->runs, b->runs);
    for (int i = 0; i < a->runs; i++) {
        assert_string_equal(a->run[i].name, b->run[i].name);
        assert_int_equal(a->run[i].overrides, b->run[i].overrides);
        for (int k = 0; k < a->run[i].overrides; k++) assert_string_equal(a->run[i].override[k], b->run[i].override[k]);
    }
    sv_text_free(&text);
    sv_sweep_free(a);
    sv_sweep_free(b);
}

static void refuses_bad_ones(void **state)
{
    refuses(NULL, "seed=1,1", "once");
    refuses(NULL, "seed=1.0,1", "once");
    refuses(NULL, "seed=", "empty value");
    refuses(NULL, "seed=1,", "empty value");
    refuses(NULL, "k=[1,2", "not closed");
    refuses(NULL, "k=\"1,2", "not closed");
    refuses(write_sweep(*state, "{\"config\": 3}"), NULL, "config: expected");
    refuses(write_sweep(*state, "{\"grid\": {}}"), NULL, "config: missing");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"gird\": {}}"), NULL, "did you mean \"grid\"");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"grid\": {\"seed\": 1}}"), NULL, "grid.seed: expected a list");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"grid\": []}"), NULL, "grid: expected an object");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"list\": [{}]}"), NULL, "list[0].name: missing");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"list\": [3]}"), NULL, "list[0]: expected an object");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"list\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}"), NULL, "two runs are a");
    refuses(write_sweep(*state, "{\"config\": \"c\", \"set\": 3}"), NULL, "set: expected an object");
    refuses(write_sweep(*state, "{\"config\": \"c\","), NULL, "line 1");
}

static void flattens(void **state)
{
    (void)state;
    static const char json[] =
        "{\"a\": {\"b\": 1e-3, \"e\": {}}, \"l\": [[1, 2], [3]], \"layers\": [{\"name\": \"enc\", \"k\": \"x\"}, {\"k\": null}],"
        " \"t\": true, \"odd key\": \"1\"}";
    static const char *const expected[][2] = { { "a.b", "0.001" },      { "a.e", "{}" },
                                               { "l", "[[1,2],[3]]" },  { "layers.enc.name", "enc" },
                                               { "layers.enc.k", "x" }, { "layers[1].k", "null" },
                                               { "t", "true" },         { "\"odd key\"", "1" } };
    sv_leaves leaves = { 0 };
    sv_fault fault = { 0 };
    assert_int_equal(sv_leaves_parse(json, strlen(json), &leaves, &fault), SV_OK);
    assert_int_equal(leaves.count, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(leaves.leaf[i].path, expected[i][0]);
        assert_string_equal(leaves.leaf[i].text, expected[i][1]);
    }
    assert_true(sv_leaves_number(&leaves, "a.b") == 1e-3);
    assert_true(isnan(sv_leaves_number(&leaves, "t")) && isnan(sv_leaves_number(&leaves, "nowhere")));
    assert_true(leaves.leaf[7].string && !leaves.leaf[6].string);
    assert_string_equal(sv_leaves_text(&leaves, "nowhere"), "");
    sv_leaves_free(&leaves);
}

static int make_folder(void **state)
{
    *state = scratch_make();
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_every_combination),
        cmocka_unit_test(splits_outside_of_brackets_and_quotes),
        cmocka_unit_test(names_fit_a_file_system),
        cmocka_unit_test(names_are_stable),
        cmocka_unit_test(keys_with_one_end_are_told_apart),
        cmocka_unit_test(reads_files),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(refuses_bad_ones),
        cmocka_unit_test(flattens),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
