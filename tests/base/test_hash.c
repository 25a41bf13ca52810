/* SHA-256 against FIPS 180-4's examples and the digest of a million letters. */
#include "base/hash.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char two_blocks[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
static const char message[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void knows_published_digests(void **state)
{
    (void)state;
    char d[SV_DIGEST_TEXT];
    sv_hash_bytes(NULL, 0, d);
    assert_string_equal(d, empty);
    sv_hash_bytes("abc", 3, d);
    assert_string_equal(d, abc);
    sv_hash_bytes(message, strlen(message), d);
    assert_string_equal(d, two_blocks);
}

static void pieces_make_the_whole(void **state)
{
    (void)state;
    char d[SV_DIGEST_TEXT], letters[997];
    memset(letters, 'a', sizeof letters);
    sv_hash *h = sv_hash_begin();
    assert_non_null(h);
    for (size_t left = 1000000; left;) {
        size_t n = left < sizeof letters ? left : sizeof letters;
        sv_hash_add(h, letters, n);
        sv_hash_add(h, NULL, 0);
        left -= n;
    }
    sv_hash_end(h, d);
    assert_string_equal(d, million);
}

static void hashes_files(void **state)
{
    (void)state;
    char d[SV_DIGEST_TEXT], *folder = scratch_make(), *letters = malloc(1000000);
    memset(letters, 'a', 1000000);
    scratch_write(scratch_path(folder, "million"), letters, 1000000);
    free(letters);
    sv_fault fault = { 0 };
    assert_int_equal(sv_hash_file(scratch_path(folder, "million"), d, &fault), SV_OK);
    assert_string_equal(d, million);
    scratch_write(scratch_path(folder, "none"), "", 0);
    assert_int_equal(sv_hash_file(scratch_path(folder, "none"), d, &fault), SV_OK);
    assert_string_equal(d, empty);
    assert_int_equal(sv_hash_file(scratch_path(folder, "missing"), d, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "/missing: cannot be read: No such file or directory"));
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_hash_file(folder, d, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "Is a directory"));
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_published_digests),
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(hashes_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
