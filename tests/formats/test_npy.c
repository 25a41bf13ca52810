/* Files as numpy 2.4 writes them, and files as nobody should. */
#include "base/file.h"
#include "formats/npy.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

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

/* magic, version, length, `text` as it is, `bytes` of data. */
static const char *put(const char *folder, int version, const char *text, const void *data, size_t bytes)
{
    unsigned char file[1024] = "\x93NUMPY";
    size_t n = strlen(text), at = version == 1 ? 10 : 12;
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)n;
    memcpy(file + at, text, n);
    memcpy(file + at + n, data, bytes);
    const char *path = scratch_path(folder, "f.npy");
    scratch_write(path, file, at + n + bytes);
    return path;
}

/* What numpy.save made of arange(6, dtype float32).reshape(2, 3). */
static const char saved[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          "
                            "                                                \n\x00\x00\x00\x00\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00"
                            "\x00\x80@\x00\x00\xa0@";

static void reads_what_numpy_saves(void **state)
{
    const char *path = scratch_path(*state, "f.npy");
    assert_int_equal(sizeof saved - 1, 152);
    scratch_write(path, saved, sizeof saved - 1);
    sv_npy a;
    sv_fault fault = { 0 };
    assert_int_equal(sv_npy_open(path, &a, &fault), SV_OK);
    assert_int_equal(a.type, SV_NPY_F32);
    assert_int_equal(a.rank, 2);
    assert_int_equal(a.dim[0], 2);
    assert_int_equal(a.dim[1], 3);
    for (int i = 0; i < 6; i++) assert_true(((const float *)a.data)[i] == (float)i);
    sv_npy_close(&a);
    assert_null(a.data);
    sv_npy_close(&a);
}

static void writes_what_numpy_saves(void **state)
{
    const char *path = scratch_path(*state, "f.npy");
    float x[] = { 0, 1, 2, 3, 4, 5 };
    sv_fault fault = { 0 };
    assert_int_equal(sv_npy_write(path, 2, (int64_t[]){ 2, 3 }, x, &fault), SV_OK);
    size_t size;
    unsigned char *got = scratch_read(path, &size);
    assert_int_equal(size, sizeof saved - 1);
    assert_memory_equal(got, saved, size);
    free(got);
    struct sv_writer *w;
    assert_int_equal(sv_npy_begin(path, 1, (int64_t[]){ 3 }, &w, &fault), SV_OK);
    sv_writer_add(w, x, 4);
    sv_writer_add(w, x + 1, 8);
    assert_int_equal(sv_writer_commit(w, &fault), SV_OK);
    got = scratch_read(path, &size);
    assert_int_equal(size, 140);
    assert_memory_equal(got + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }  ", 59);
    assert_memory_equal(got + 126, " \n\0\0\0\0\0\0\x80?\0\0\0@", 14);
    free(got);
    assert_int_equal(sv_npy_begin(path, 5, (int64_t[]){ 1, 1, 1, 1, 1 }, &w, &fault), SV_BAD_ARGUMENT);
    assert_int_equal(sv_npy_write(scratch_path(*state, "no/f.npy"), 1, (int64_t[]){ 1 }, x, NULL), SV_IO_ERROR);
    assert_int_equal(sv_npy_write("/dev/full", 1, (int64_t[]){ 1 }, x, NULL), SV_IO_ERROR);
}

static void reads_versions_types_and_spellings(void **state)
{
    static const uint16_t wide[] = { 1, 513, 65535 };
    static const uint8_t narrow[] = { 1, 2, 255 };
    sv_npy a;
    sv_fault fault = { 0 };
    for (int version = 1; version <= 3; version++) {
        const char *path = put(*state, version, "{'descr': '<u2', 'fortran_order': False, 'shape': (1, 3), }\n", wide, 6);
        assert_int_equal(sv_npy_open(path, &a, &fault), SV_OK);
        assert_int_equal(a.type, SV_NPY_U16);
        assert_memory_equal(a.data, wide, 6);
        sv_npy_close(&a);
    }
    const char *path = put(*state, 1, " {\"shape\":(3,1,1,1),\"descr\":\"|u1\",\"fortran_order\":False}", narrow, 3);
    assert_int_equal(sv_npy_open(path, &a, &fault), SV_OK);
    assert_int_equal(a.type, SV_NPY_U8);
    assert_int_equal(a.rank, 4);
    assert_memory_equal(a.data, narrow, 3);
    sv_npy_close(&a);
}

static void aligns_odd_headers(void **state)
{
    static const float x[] = { 1.5f, -2 };
    sv_npy a;
    for (int spaces = 0; spaces < 4; spaces++) {
        char text[80];
        snprintf(text, sizeof text, "{'descr':'<f4','fortran_order':False,'shape':(2,)}%*s", spaces, "");
        assert_int_equal(sv_npy_open(put(*state, 1, text, x, 8), &a, NULL), SV_OK);
        assert_int_equal((uintptr_t)a.data % 4, 0);
        assert_memory_equal(a.data, x, 8);
        sv_npy_close(&a);
    }
}

#define D(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"

static void refuses_other_arrays(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
        const char *says;
    } bad[] = {
        { D("'<f8'", "False", "(1,)"), 8, "dtype '<f8'; expected '<f4' (float32), '|u1' (uint8) or '<u2' (uint16)" },
        { D("'>f4'", "False", "(1,)"), 4, "dtype '>f4'; expected '<f4'" },
        { D("'|O'", "False", "(1,)"), 4, "pickled Python objects; expected" },
        { D("'|b1'", "False", "(1,)"), 1, "dtype '|b1'" },
        { D("[('x', '<f4')]", "False", "(1,)"), 4, "structured dtype; expected" },
        { D("'<f4'", "True", "(1, 1)"), 4, "Fortran order; expected C order" },
        { D("'<f4'", "0", "(1,)"), 4, "expected True or False, found '0'" },
        { D("'<f4'", "False", "()"), 4, "a single number; expected 1 to 4 dimensions" },
        { D("'<f4'", "False", "(1, 1, 1, 1, 1)"), 4, "more than 4 dimensions" },
        { D("'<f4'", "False", "(0, 3)"), 0, "shape [0,3] has no elements" },
        { D("'<f4'", "False", "(1048576, 1048577)"), 4, "more than 2^40" },
        { D("'<f4'", "False", "(-1,)"), 4, "expected a whole number >= 0, found '-'" },
        { D("'<f4'", "False", "(3 3)"), 4, "expected ',' or ')', found '3'" },
        { D("'<f4'", "False", "(,)"), 4, "expected a whole number >= 0, found ','" },
        { D("'<f4'", "False", "[1]"), 4, "expected '(', found '['" },
        { D("'<f4'", "False", "(2, 3)"), 23, "truncated: 23 bytes of data, shape [2,3] takes 24" },
        { D("'<f4'", "False", "(2, 3)"), 25, "1 bytes follow the data" },
        { "{'descr': '<f4', 'shape': (1,)}", 4, "expected the keys descr, fortran_order and shape" },
        { "{'descr': '<f4', 'descr': '<f4'}", 4, "repeated key 'descr'" },
        { "{'colour': 1}", 4, "unknown key 'colour'" },
        { D("'<f4'", "False", "(1,)") "x", 4, "expected nothing but spaces" },
        { "['descr']", 4, "expected '{', found '['" },
        { "{descr: 1}", 4, "expected a string, found 'd'" },
        { "{'descr", 0, "the string's end, found the header's end" },
        { "{'0123456789012345678901234567890123456789': 1}", 0, "the string's end" },
        { "", 0, "expected '{'" },
    };
    char zeros[64] = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sv_npy a;
        sv_fault fault = { 0 };
        sv_status status = sv_npy_open(put(*state, 2, bad[i].text, zeros, bad[i].bytes), &a, &fault);
        if (status != SV_BAD_DATA || !strstr(fault.text, bad[i].says) || !strstr(fault.text, "/f.npy: "))
            fail_msg("%s: status %d, \"%s\"", bad[i].text, status, fault.text);
        assert_null(a.map);
    }
}

static void refuses_what_is_no_array(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } bad[] = {
        { "", 0, "no .npy file" },
        { "\x89PNG\r\n\x1a\n....", 12, "no .npy file" },
        { "\x93NUMPY\1\0", 8, "no .npy file" },
        { "\x93NUMPY\4\0\0\0\0\0", 12, ".npy version 4; expected 1, 2 or 3" },
        { "\x93NUMPY\0\0\0\0\0\0", 12, ".npy version 0" },
        { "\x93NUMPY\1\0\3\0{}", 12, "truncated: a header of 3 bytes in a file of 12" },
        { "\x93NUMPY\2\0\0\0", 10, "truncated" },
        { "\x93NUMPY\2\0\377\377\377\377{}", 14, "truncated: a header of 4294967295 bytes" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *path = scratch_path(*state, "f.npy");
        scratch_write(path, bad[i].bytes, bad[i].size);
        sv_npy a;
        sv_fault fault = { 0 };
        sv_status status = sv_npy_open(path, &a, &fault);
        if (status != SV_BAD_DATA || !strstr(fault.text, bad[i].says)) fail_msg("%zu: status %d, \"%s\"", i, status, fault.text);
    }
    sv_npy a;
    sv_fault fault = { 0 };
    assert_int_equal(sv_npy_open(scratch_path(*state, "none.npy"), &a, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "/none.npy: cannot be read: No such file or directory"));
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_npy_open(*state, &a, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "Is a directory"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(reads_what_numpy_saves), TEST(writes_what_numpy_saves), TEST(reads_versions_types_and_spellings),
        TEST(aligns_odd_headers), TEST(refuses_other_arrays), TEST(refuses_what_is_no_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
