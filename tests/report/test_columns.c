/* Tables read back. */
#include "report/columns.h"
#include "base/memory.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

static char *folder;

static int make(void **state)
{
    (void)state;
    folder = scratch_make();
    return 0;
}

static int drop(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static sv_status read_text(const char *text, sv_columns *c, sv_fault *f)
{
    const char *path = scratch_path(folder, "table.csv");
    scratch_write(path, (const unsigned char *)text, strlen(text));
    *f = (sv_fault){ 0 };
    return sv_columns_read(path, c, f);
}

static void test_fields(void **state)
{
    (void)state;
    sv_columns c;
    sv_fault f;
    assert_int_equal(read_text("epoch,name,loss\n1,\"a, \"\"b\"\"\",0.5\n2,,nan\n", &c, &f), SV_OK);
    assert_int_equal(c.columns, 3);
    assert_int_equal(c.rows, 2);
    assert_string_equal(c.field[1], "a, \"b\"");
    assert_string_equal(c.field[4], "");
    assert_int_equal(sv_columns_find(&c, "loss"), 2);
    assert_int_equal(sv_columns_find(&c, "los"), -1);
    double *loss = sv_columns_numbers(&c, "loss"), *epoch = sv_columns_numbers(&c, "epoch");
    assert_true(loss[0] == 0.5 && isnan(loss[1]));
    assert_true(epoch[0] == 1 && epoch[1] == 2);
    assert_true(isnan(sv_columns_number(&c, 0, 1)));
    assert_null(sv_columns_numbers(&c, "other"));
    sv_free(loss);
    sv_free(epoch);
    sv_columns_free(&c);
    assert_int_equal(read_text("only,names\n", &c, &f), SV_OK);
    assert_int_equal(c.rows, 0);
    sv_columns_free(&c);
}

static void expect_refused(const char *text, const char *says)
{
    sv_columns c;
    sv_fault f;
    assert_int_equal(read_text(text, &c, &f), SV_BAD_DATA);
    if (!strstr(f.text, says)) fail_msg("'%s' does not say '%s'", f.text, says);
    sv_columns_free(&c);
}

static void test_refused(void **state)
{
    (void)state;
    expect_refused("", "no table");
    expect_refused("a,b", "no table");
    expect_refused("a,b\n1,2\n3\n", "line 3 does not have 2 fields");
    expect_refused("a,b\n1,2,3\n", "line 2 does not have 2 fields");
    expect_refused("a,b\n1,\"2\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_fields), cmocka_unit_test(test_refused) };
    return cmocka_run_group_tests(tests, make, drop);
}
