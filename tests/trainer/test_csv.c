/* Tables written whole: rows come back after a read, what a checkpoint does not know is dropped. */
#include "trainer/csv.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

static void expect_file(const char *path, const char *text)
{
    size_t size;
    unsigned char *data = scratch_read(path, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(data, text, size);
    free(data);
}

static void test_rows(void **state)
{
    (void)state;
    sv_csv c = { 0 };
    sv_fault f = { 0 };
    const char *path = scratch_path(folder, "rows.csv");
    assert_int_equal(sv_csv_start(&c, "step,loss", &f), SV_OK);
    sv_csv_row(&c, "%d,%.9g", 1, 0.25);
    assert_int_equal(sv_csv_write(&c, path, &f), SV_OK);
    expect_file(path, "step,loss\n1,0.25\n");
    sv_csv_row(&c, "%d,%.9g", 2, 1.0 / 3);
    assert_int_equal(c.rows, 2);
    assert_int_equal(sv_csv_write(&c, path, &f), SV_OK);
    expect_file(path, "step,loss\n1,0.25\n2,0.333333333\n");
    assert_int_equal(sv_csv_start(&c, "a", &f), SV_OK);
    assert_int_equal(c.rows, 0);
    assert_int_equal(sv_csv_write(&c, path, &f), SV_OK);
    expect_file(path, "a\n");
    sv_csv_free(&c);
}

static void test_reserved_rows_allocate_nothing(void **state)
{
    (void)state;
    sv_csv c = { 0 };
    sv_fault f = { 0 };
    assert_int_equal(sv_csv_start(&c, "a", &f), SV_OK);
    assert_int_equal(sv_csv_reserve(&c, 1000 * SV_CSV_ROW, &f), SV_OK);
    const char *data = c.text.data;
    size_t capacity = c.text.capacity;
    for (int i = 0; i < 1000; i++)
        sv_csv_row(&c, "%lld,%.9g,%.9g,%.9g", -9223372036854775807LL, -1.23456789e-300, -1e300 / 3, 5e-324);
    assert_ptr_equal(c.text.data, data);
    assert_int_equal(c.text.capacity, capacity);
    assert_false(c.text.failed);
    sv_csv_free(&c);
}

static void test_read_drops_later_rows(void **state)
{
    (void)state;
    const char *path = scratch_path(folder, "long.csv"), *text = "a,b\n1,2\n3,4\n5,6\n7,";
    scratch_write(path, text, strlen(text));
    sv_csv c = { 0 };
    sv_fault f = { 0 };
    assert_int_equal(sv_csv_read(&c, path, "a,b", 2, &f), SV_OK);
    sv_csv_row(&c, "9,9");
    assert_int_equal(c.rows, 3);
    assert_int_equal(sv_csv_write(&c, path, &f), SV_OK);
    expect_file(path, "a,b\n1,2\n3,4\n9,9\n");
    assert_int_equal(sv_csv_read(&c, path, "a,b", 0, &f), SV_OK);
    assert_int_equal(sv_csv_write(&c, path, &f), SV_OK);
    expect_file(path, "a,b\n");
    sv_csv_free(&c);
}

static void refused(const char *text, int64_t rows, sv_status status, const char *words)
{
    const char *path = scratch_path(folder, "bad.csv");
    scratch_write(path, text, strlen(text));
    sv_csv c = { 0 };
    sv_fault f = { 0 };
    assert_int_equal(sv_csv_read(&c, path, "a,b", rows, &f), status);
    assert_non_null(strstr(f.text, words));
    assert_non_null(strstr(f.text, path));
    sv_csv_free(&c);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("a,b\n1,2\n", 2, SV_BAD_DATA, "fewer than the 2 rows");
    refused("a,b\n1,2\n3,4", 2, SV_BAD_DATA, "fewer than the 2 rows");
    refused("a,c\n1,2\n", 1, SV_BAD_DATA, "'a,b'");
    refused("a,bc\n1,2\n", 1, SV_BAD_DATA, "'a,b'");
    refused("", 0, SV_BAD_DATA, "'a,b'");
    sv_csv c = { 0 };
    sv_fault f = { 0 };
    assert_int_equal(sv_csv_read(&c, scratch_path(folder, "absent.csv"), "a", 0, &f), SV_IO_ERROR);
    f = (sv_fault){ 0 };
    assert_int_equal(sv_csv_start(&c, "a", &f), SV_OK);
    assert_int_equal(sv_csv_write(&c, "/nowhere/x.csv", &f), SV_IO_ERROR);
    sv_csv_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_reserved_rows_allocate_nothing),
                                        cmocka_unit_test(test_read_drops_later_rows), cmocka_unit_test(test_refusals) };
    return cmocka_run_group_tests(tests, make, drop);
}
