/* Known bytes both ways, round trips, and every way in which a header can lie. */
#include "base/file.h"
#include "formats/safetensors.h"
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

/* Writes length, header and `data` bytes of zeros, and reads the file. */
static sv_status read_header(const char *folder, const char *header, size_t data, sv_safetensors *file, sv_fault *fault)
{
    size_t n = strlen(header);
    uint64_t length = n;
    char *bytes = calloc(8 + n + data, 1);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, n);
    scratch_write(scratch_path(folder, "f"), bytes, 8 + n + data);
    free(bytes);
    *fault = (sv_fault){ 0 };
    return sv_safetensors_read(scratch_path(folder, "f"), file, fault);
}

static void writes_known_bytes(void **state)
{
    float w[] = { 1.5f, -2, 0.25f, 3 };
    int64_t step[] = { -7 };
    double scalar[] = { 0.5 };
    uint8_t flag[] = { 1, 2, 255 };
    char w_name[] = "w/kernel", step_name[] = "step", scalar_name[] = "a\"\\\x01\xc3\xa9", flag_name[] = "flag";
    char key[] = "model", value[] = "{\"a\":\n1}";
    sv_tensor t[] = { { w_name, SV_F32, { 2, { 2, 2 } }, w },
                      { step_name, SV_I64, { 1, { 1 } }, step },
                      { scalar_name, SV_F64, { 0, { 0 } }, scalar },
                      { flag_name, SV_U8, { 1, { 3 } }, flag } };
    sv_metadata m = { key, value };
    static const char header[] = "{\"__metadata__\":{\"model\":\"{\\\"a\\\":\\u000a1}\"},"
                                 "\"w/kernel\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                                 "\"step\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[16,24]},"
                                 "\"a\\\"\\\\\\u0001\xc3\xa9\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[24,32]},"
                                 "\"flag\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[32,35]}}";
    static const unsigned char data[] = { 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x3e, 0, 0, 0x40, 0x40,
                                          0xf9, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 1, 2, 255 };
    sv_fault fault = { 0 };
    const char *path = scratch_path(*state, "f");
    assert_int_equal(sv_safetensors_write(path, t, 4, &m, 1, &fault), SV_OK);
    size_t size, padded = (sizeof header - 1 + 7) / 8 * 8;
    unsigned char *got = scratch_read(path, &size);
    assert_int_equal(size, 8 + padded + sizeof data);
    assert_int_equal(got[0] | got[1] << 8, padded);
    for (int i = 2; i < 8; i++) assert_int_equal(got[i], 0);
    assert_memory_equal(got + 8, header, sizeof header - 1);
    for (size_t i = sizeof header - 1; i < padded; i++) assert_int_equal(got[8 + i], ' ');
    assert_memory_equal(got + 8 + padded, data, sizeof data);
    free(got);
    assert_int_equal(scratch_entries(*state), 1);
}

static void check_tensor(const sv_safetensors *f, const char *name, sv_dtype dtype, sv_shape shape, const void *data, size_t bytes)
{
    const sv_tensor *t = sv_safetensors_find(f, name);
    assert_non_null(t);
    assert_int_equal(t->dtype, dtype);
    assert_true(sv_shape_equal(&t->shape, &shape));
    assert_int_equal((uintptr_t)t->data % 64, 0);
    assert_memory_equal(t->data, data, bytes);
}

/* What Python's safetensors 0.8.0 wrote (save of four numpy arrays with metadata). */
static void reads_what_python_writes(void **state)
{
    static const char header[] =
        "{\"__metadata__\":{\"model\":\"{\\\"a\\\":\\\"\xc3\xa9\\n\\\"}\"},\"step\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
        "\"scalar\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[8,16]},\"w/kernel\":{\"dtype\":\"F32\",\"shape\":[2,2],"
        "\"data_offsets\":[16,32]},\"flag\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[32,35]}}";
    static const char data[] = "\xf9\xff\xff\xff\xff\xff\xff\xff\x9a\x99\x99\x99\x99\x99\xb9?\x00\x00\xc0?\x00\x00\x00\xc0\x00\x00\x80>"
                               "\x00\x00@@\x01\x02\xff";
    size_t n = sizeof header - 1, padded = (n + 7) / 8 * 8;
    unsigned char bytes[1024] = { (unsigned char)(padded & 255), (unsigned char)(padded >> 8) };
    memset(bytes + 8, ' ', padded);
    memcpy(bytes + 8, header, n);
    memcpy(bytes + 8 + padded, data, 35);
    scratch_write(scratch_path(*state, "f"), bytes, 8 + padded + 35);
    sv_safetensors f;
    sv_fault fault = { 0 };
    assert_int_equal(sv_safetensors_read(scratch_path(*state, "f"), &f, &fault), SV_OK);
    assert_int_equal(f.tensors, 4);
    assert_string_equal(f.tensor[0].name, "step");
    check_tensor(&f, "scalar", SV_F64, (sv_shape){ 0, { 0 } }, &(double){ 0.1 }, 8);
    check_tensor(&f, "step", SV_I64, sv_shape1(1), &(int64_t){ -7 }, 8);
    check_tensor(&f, "w/kernel", SV_F32, (sv_shape){ 2, { 2, 2 } }, (float[]){ 1.5f, -2, 0.25f, 3 }, 16);
    check_tensor(&f, "flag", SV_U8, sv_shape1(3), (uint8_t[]){ 1, 2, 255 }, 3);
    assert_string_equal(sv_safetensors_metadata(&f, "model"), "{\"a\":\"\xc3\xa9\n\"}");
    assert_null(sv_safetensors_metadata(&f, "other"));
    assert_null(sv_safetensors_find(&f, "other"));
    sv_safetensors_free(&f);
}

/* Key order, spaces everywhere, no padding (so the data lie at an odd offset), all escapes, offsets not in header order. */
static void reads_any_lawful_header(void **state)
{
    sv_safetensors f;
    sv_fault fault;
    assert_int_equal(read_header(*state,
                                 "{ \"b\\u00e9\\uD83D\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\" :\t{\r\n\"data_offsets\": [ 3 , 7 ], \"shape\" : [ 1 ,1,1, 1],"
                                 "\"dtype\":\"\\u0046\\u00332\" } ,\"a\":{\"shape\":[3],\"dtype\":\"U8\",\"data_offsets\":[0,3]}}\n ",
                                 7, &f, &fault),
                     SV_OK);
    assert_int_equal(f.tensors, 2);
    assert_string_equal(f.tensor[0].name, "b\xc3\xa9\xf0\x9f\x98\x80\"\\/\b\f\n\r\t");
    assert_int_equal(f.tensor[0].shape.rank, 4);
    assert_int_equal((uintptr_t)f.tensor[0].data % 64, 0);
    sv_safetensors_free(&f);
    assert_int_equal(read_header(*state, "{}", 0, &f, &fault), SV_OK);
    assert_int_equal(f.tensors, 0);
    sv_safetensors_free(&f);
    assert_int_equal(read_header(*state, "{\"__metadata__\":{}}", 0, &f, &fault), SV_OK);
    sv_safetensors_free(&f);
}

#define T(dtype, shape, offsets) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void refuses_unlawful_headers(void **state)
{
    static const struct {
        const char *header;
        size_t data;
        const char *says;
    } bad[] = {
        { "", 0, "expected '{'" },
        { " {}", 0, "expected '{', found byte 0x20" },
        { "[]", 0, "expected '{', found '['" },
        { "{", 0, "expected a string, found the header's end" },
        { "{}x", 0, "expected nothing but spaces, found 'x'" },
        { "{\"a\"}", 0, "expected ':'" },
        { "{\"a", 0, "header's end" },
        { "{\"a\":1}", 0, "expected '{', found '1'" },
        { "{\"a\":" T("F32", "[1]", "[0,4]") ",}", 4, "expected a string, found '}'" },
        { "{\"a\":" T("F16", "[2]", "[0,4]") "}", 4, "tensor 'a': dtype 'F16' is not read here; F32, F64, I64 and U8 are" },
        { "{\"a\":" T("f32", "[1]", "[0,4]") "}", 4, "dtype 'f32'" },
        { "{\"a\":" T("F32", "[-1]", "[0,4]") "}", 4, "expected a whole number >= 0, found '-'" },
        { "{\"a\":" T("F32", "[1.0]", "[0,4]") "}", 4, "expected ',' or ']', found '.'" },
        { "{\"a\":" T("F32", "[01]", "[0,4]") "}", 4, "whole number" },
        { "{\"a\":" T("F32", "[1e0]", "[0,4]") "}", 4, "found 'e'" },
        { "{\"a\":" T("F32", "[1,1,1,1,1]", "[0,4]") "}", 4, "at most 4 numbers" },
        { "{\"a\":" T("F32", "[0]", "[0,0]") "}", 0, "shape [0] has no elements" },
        { "{\"a\":" T("F32", "[1048576,1048577]", "[0,4]") "}", 4, "more than 2^40" },
        { "{\"a\":" T("F32", "[99999999999999999999]", "[0,4]") "}", 4, "up to 2^53" },
        { "{\"a\":" T("F32", "[1]", "[0]") "}", 4, "expected [begin, end]" },
        { "{\"a\":" T("F32", "[1]", "[0,4,8]") "}", 4, "at most 2 numbers" },
        { "{\"a\":" T("F32", "[1]", "[0,8]") "}", 4, "data_offsets [0,8] lie outside the 4 bytes" },
        { "{\"a\":" T("F32", "[1]", "[4,0]") "}", 4, "data_offsets [4,0] lie outside" },
        { "{\"a\":" T("F32", "[1]", "[9007199254740988,9007199254740992]") "}", 4, "lie outside" },
        { "{\"a\":" T("F32", "[2]", "[0,4]") "}", 4, "4 bytes of data, but F32 [2] takes 8" },
        { "{\"a\":" T("F32", "[1]", "[0,4]") "}", 8, "4 bytes follow the last tensor" },
        { "{\"a\":" T("F32", "[1]", "[4,8]") "}", 8, "data bytes 0 to 4 belong to no tensor" },
        { "{\"a\":" T("F32", "[1]", "[0,4]") ",\"b\":" T("F32", "[1]", "[2,6]") "}", 6, "data bytes 2 to 4 belong to two tensors" },
        { "{\"a\":" T("F32", "[1]", "[0,4]") ",\"b\":" T("F32", "[1]", "[0,4]") "}", 4, "belong to two tensors" },
        { "{\"a\":" T("F32", "[1]", "[0,4]") ",\"\\u0061\":" T("F32", "[1]", "[4,8]") "}", 8, "repeated tensor 'a'" },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4, "repeated key 'dtype'" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "expected dtype, shape and data_offsets" },
        { "{\"a\":{\"stride\":[1]}}", 4, "unknown key 'stride'" },
        { "{\"a\":{}}", 4, "expected a string, found '}'" },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "repeated key '__metadata__'" },
        { "{\"__metadata__\":{\"k\":1}}", 0, "expected a string, found '1'" },
        { "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0, "repeated metadata key 'k'" },
        { "{\"\\x\":1}", 0, "expected an escape" },
        { "{\"\\u12g4\":1}", 0, "hexadecimal digit, found 'g'" },
        { "{\"\\u12", 0, "hexadecimal digit, found the header's end" },
        { "{\"\\u0000\":1}", 0, "NUL" },
        { "{\"\\ud800\":1}", 0, "surrogate" },
        { "{\"\\ud800\\u0041\":1}", 0, "surrogate" },
        { "{\"\\udc00\":1}", 0, "surrogate" },
        { "{\"\n\":1}", 0, "expected UTF-8 text, found byte 0x0a" },
        { "{\"\xff\":1}", 0, "expected UTF-8 text, found byte 0xff" },
        { "{\"\xc0\x80\":1}", 0, "UTF-8" },
        { "{\"\xed\xa0\x80\":1}", 0, "UTF-8" },
        { "{\"\xc3", 0, "UTF-8" },
        { "{\"\\", 0, "expected an escape, found the header's end" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sv_safetensors f;
        sv_fault fault;
        sv_status status = read_header(*state, bad[i].header, bad[i].data, &f, &fault);
        if (status != SV_BAD_DATA || !strstr(fault.text, bad[i].says) || !strstr(fault.text, "/f: "))
            fail_msg("%s: status %d, \"%s\"", bad[i].header, status, fault.text);
        assert_null(strchr(fault.text, '\n'));
        assert_null(f.tensor);
        sv_safetensors_free(&f);
    }
}

static void refuses_lying_lengths(void **state)
{
    static const unsigned char lengths[][8] = { { 3 }, { 255, 255, 255, 255, 255, 255, 255, 255 }, { 0, 0, 0, 0, 0, 0, 0, 128 }, { 0, 0xe1, 0xf5, 6 } };
    const char *path = scratch_path(*state, "f");
    sv_safetensors f;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        unsigned char bytes[10] = { 0 };
        memcpy(bytes, lengths[i], 8);
        memcpy(bytes + 8, "{}", 2);
        scratch_write(path, bytes, 10);
        sv_fault fault = { 0 };
        assert_int_equal(sv_safetensors_read(path, &f, &fault), SV_BAD_DATA);
        assert_non_null(strstr(fault.text, "does not fit into 10"));
    }
    scratch_write(path, "short", 5);
    sv_fault fault = { 0 };
    assert_int_equal(sv_safetensors_read(path, &f, &fault), SV_BAD_DATA);
    assert_non_null(strstr(fault.text, "5 bytes are no safetensors file"));
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_safetensors_read(scratch_path(*state, "none"), &f, &fault), SV_IO_ERROR);
}

static void refuses_to_write_what_none_could_read(void **state)
{
    char a[] = "a", same[] = "a", metadata[] = "__metadata__", broken[] = "\xff";
    float x[2] = { 0 };
    sv_tensor good = { a, SV_F32, { 1, { 2 } }, x };
    sv_tensor bad[][2] = { { good, { same, SV_F32, { 1, { 2 } }, x } },
                           { good, { metadata, SV_F32, { 1, { 2 } }, x } },
                           { good, { broken, SV_F32, { 1, { 2 } }, x } },
                           { { a, SV_F32, { 1, { 0 } }, x }, good },
                           { { a, SV_F32, { 5, { 1, 1, 1, 1 } }, x }, good } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sv_fault fault = { 0 };
        assert_int_equal(sv_safetensors_write(scratch_path(*state, "f"), bad[i], 2, NULL, 0, &fault), SV_BAD_ARGUMENT);
        assert_non_null(strstr(fault.text, "/f: "));
        assert_int_equal(scratch_entries(*state), 0);
    }
    sv_fault fault = { 0 };
    assert_int_equal(sv_safetensors_write(scratch_path(*state, "no/f"), &good, 1, NULL, 0, &fault), SV_IO_ERROR);
    assert_int_equal(sv_safetensors_write("/dev/full", &good, 1, NULL, 0, NULL), SV_IO_ERROR);
}

/* Sums all data, so that a sanitizer sees whatever lies outside. */
static unsigned touch(const sv_safetensors *f)
{
    static const size_t size[] = { [SV_F32] = 4, [SV_F64] = 8, [SV_I64] = 8, [SV_U8] = 1 };
    unsigned sum = 0;
    for (int i = 0; i < f->tensors; i++) {
        size_t n = (size_t)sv_shape_count(&f->tensor[i].shape) * size[f->tensor[i].dtype];
        for (size_t k = 0; k < n; k++) sum += ((unsigned char *)f->tensor[i].data)[k];
    }
    return sum;
}

static uint32_t draw(uint32_t *x)
{
    *x ^= *x << 13, *x ^= *x >> 17, *x ^= *x << 5;
    return *x;
}

static void survives_damage(void **state)
{
    static const char text[] = "{\"__metadata__\":{\"k\":\"v\\u00e9\\n\"},\"a\":" T("F32", "[2,3]", "[0,24]") ",\"b\\\"\":" T("I64", "[1]", "[24,32]")
        ",\"c\":" T("U8", "[3]", "[32,35]") "}";
    static const char alphabet[] = "\"\\{}[]:,0123456789u \xc3\xff";
    const char *path = scratch_path(*state, "f");
    enum { BASE = 8 + sizeof text - 1 + 35 };
    unsigned char good[BASE] = { sizeof text - 1 };
    memcpy(good + 8, text, sizeof text - 1);
    uint32_t x = 2463534242u;
    int fine = 0, refused = 0;
    for (int round = 0; round < 4000; round++) {
        unsigned char bytes[BASE];
        memcpy(bytes, good, BASE);
        for (uint32_t k = draw(&x) % 4; k-- > 0;) bytes[draw(&x) % BASE] = (unsigned char)alphabet[draw(&x) % (sizeof alphabet - 1)];
        if (round % 3 == 0) bytes[draw(&x) % BASE] ^= (unsigned char)(1u << draw(&x) % 8);
        size_t size = round % 7 == 0 ? draw(&x) % BASE : BASE;
        scratch_write(path, bytes, size);
        sv_safetensors f;
        sv_fault fault = { 0 };
        sv_status status = sv_safetensors_read(path, &f, &fault);
        assert_true(status == SV_OK || status == SV_BAD_DATA);
        assert_int_equal(status == SV_OK, fault.text[0] == '\0');
        touch(&f);
        status == SV_OK ? fine++ : refused++;
        sv_safetensors_free(&f);
    }
    assert_true(fine > 500 && refused > 1000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(writes_known_bytes), TEST(reads_what_python_writes), TEST(reads_any_lawful_header), TEST(refuses_unlawful_headers),
        TEST(refuses_lying_lengths), TEST(refuses_to_write_what_none_could_read), TEST(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
