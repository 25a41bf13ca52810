/* The key at which two configs part. */
#include "trainer/config_change.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void expect(const char *a, const char *b, const char *path)
{
    char got[64];
    assert_true(sv_json_difference(a, b, got, sizeof got));
    assert_string_equal(got, path);
}

static void test_paths(void **state)
{
    (void)state;
    expect("{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"b\": 3}", "b");
    expect("{\"a\": 1, \"b\": 2}", "{\"a\": 15, \"b\": 2}", "a");
    expect("{\"a\": {\"x\": 1, \"y\": \"p\"}, \"b\": 2}", "{\"a\": {\"x\": 1, \"y\": \"q\"}, \"b\": 2}", "a.y");
    expect("{\"l\": [{\"f\": 1}, {\"f\": 2}]}", "{\"l\": [{\"f\": 1}, {\"f\": 3}]}", "l[1].f");
    expect("{\"l\": [1, 2, 3]}", "{\"l\": [1, 2, 4]}", "l[2]");
    expect("{\"a\": [[1, 2], [3, 4]], \"b\": 1}", "{\"a\": [[1, 2], [3, 4]], \"b\": 0}", "b");
    expect("{\"s\": \"}],{\\\"\", \"t\": 1}", "{\"s\": \"}],{\\\"\", \"t\": 2}", "t");
    expect("{\"a\": 1,\n\t\"bc\":\t1}", "{\"a\": 1,\n\t\"bd\":\t1}", "bd");
}

static void test_equal(void **state)
{
    (void)state;
    char path[8];
    assert_false(sv_json_difference("{\"a\": 1}", "{\"a\": 1}", path, sizeof path));
    assert_false(sv_json_difference("", "", path, sizeof path));
}

static void test_short_buffer_and_depth(void **state)
{
    (void)state;
    char path[4];
    assert_true(sv_json_difference("{\"abcdef\": 1}", "{\"abcdef\": 2}", path, sizeof path));
    assert_string_equal(path, "abc");
    char deep[2][128] = { { 0 }, { 0 } }, got[256];
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 100; k++) deep[i][k] = '[';
        deep[i][100] = (char)('0' + i);
    }
    assert_true(sv_json_difference(deep[0], deep[1], got, sizeof got));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_paths), cmocka_unit_test(test_equal),
                                        cmocka_unit_test(test_short_buffer_and_depth) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
