/* Reads, atomic writes under failing disks, folders and listings. */
#include "base/file.h"
#include "base/memory.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
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

static void has_content(const char *path, const void *data, size_t bytes)
{
    size_t size;
    unsigned char *got = scratch_read(path, &size);
    assert_int_equal(size, bytes);
    assert_memory_equal(got, data, bytes);
    free(got);
}

static void reads_whole_files(void **state)
{
    const char *path = scratch_path(*state, "f");
    char *data;
    size_t size;
    sv_fault fault = { 0 };
    scratch_write(path, "a\0b\n", 4);
    assert_int_equal(sv_read_file(path, &data, &size, &fault), SV_OK);
    assert_int_equal(size, 4);
    assert_memory_equal(data, "a\0b\n\0", 5);
    sv_free(data);
    scratch_write(path, "", 0);
    assert_int_equal(sv_read_file(path, &data, &size, &fault), SV_OK);
    assert_int_equal(size, 0);
    assert_int_equal(data[0], 0);
    sv_free(data);
}

/* A pipe has no size beforehand; more comes than the first buffer holds. */
static void reads_pipes(void **state)
{
    const char *path = scratch_path(*state, "pipe");
    enum { BYTES = 300001 };
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        FILE *f = fopen(path, "wb");
        for (int i = 0; i < BYTES; i++) fputc(i * 7 & 255, f);
        fclose(f);
        _exit(0);
    }
    char *data;
    size_t size;
    assert_int_equal(sv_read_file(path, &data, &size, NULL), SV_OK);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(size, BYTES);
    for (int i = 0; i < BYTES; i++) assert_int_equal((unsigned char)data[i], i * 7 & 255);
    sv_free(data);
}

static void names_what_cannot_be_read(void **state)
{
    char *data;
    size_t size;
    sv_fault fault = { 0 };
    assert_int_equal(sv_read_file(scratch_path(*state, "no/such"), &data, &size, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "/no/such: cannot be read: No such file or directory"));
    assert_null(data);
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_read_file(*state, &data, &size, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "Is a directory"));
}

static void writes_appear_at_commit(void **state)
{
    const char *path = scratch_path(*state, "out");
    char expected[200003];
    for (size_t i = 0; i < sizeof expected; i++) expected[i] = (char)(i * i);
    sv_writer *w;
    sv_fault fault = { 0 };
    assert_int_equal(sv_writer_open(path, &w, &fault), SV_OK);
    size_t at = 0;
    for (size_t piece = 1; at < sizeof expected; piece = piece * 3 + 1) {
        size_t n = piece < sizeof expected - at ? piece : sizeof expected - at;
        sv_writer_add(w, expected + at, n);
        at += n;
    }
    assert_false(sv_is_file(path));
    assert_int_equal(sv_writer_commit(w, &fault), SV_OK);
    has_content(path, expected, sizeof expected);
    assert_int_equal(scratch_entries(*state), 1);
    assert_int_equal(sv_write_file(path, "new", 3, &fault), SV_OK);
    has_content(path, "new", 3);
    assert_int_equal(sv_write_file(path, NULL, 0, &fault), SV_OK);
    has_content(path, "", 0);
    assert_int_equal(scratch_entries(*state), 1);
}

static void aborted_writes_leave_nothing(void **state)
{
    const char *path = scratch_path(*state, "out");
    scratch_write(path, "old", 3);
    sv_writer *w;
    assert_int_equal(sv_writer_open(path, &w, NULL), SV_OK);
    sv_writer_add(w, "newer", 5);
    assert_int_equal(scratch_entries(*state), 2);
    sv_writer_abort(w);
    sv_writer_abort(NULL);
    has_content(path, "old", 3);
    assert_int_equal(scratch_entries(*state), 1);
}

/* The file-size limit makes the system refuse in the middle, as a full disk does. In a child: the limit cannot be taken back. */
static void failed_writes_leave_the_old_file(void **state)
{
    const char *path = scratch_path(*state, "out");
    scratch_write(path, "old", 3);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 100000, 100000 });
        static const char data[250000];
        sv_fault fault = { 0 };
        sv_status status = sv_write_file(path, data, sizeof data, &fault);
        _exit(status == SV_IO_ERROR && strstr(fault.text, "/out: cannot be written: File too large") ? 7 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 7);
    has_content(path, "old", 3);
    assert_int_equal(scratch_entries(*state), 1);
}

static void reports_a_full_device(void **state)
{
    (void)state;
    sv_fault fault = { 0 };
    assert_int_equal(sv_write_file("/dev/full", "x", 1, &fault), SV_IO_ERROR);
    assert_string_equal(fault.text, "/dev/full: cannot be written: No space left on device");
    struct stat s;
    assert_int_equal(stat("/dev/full", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
    assert_int_equal(sv_write_file("/dev/null", "x", 1, &fault), SV_OK);
}

static void names_what_cannot_be_written(void **state)
{
    const char *inside = scratch_path(*state, "missing/out");
    sv_writer *w;
    sv_fault fault = { 0 };
    assert_int_equal(sv_writer_open(inside, &w, &fault), SV_IO_ERROR);
    assert_null(w);
    assert_non_null(strstr(fault.text, "/missing/out: cannot be written: No such file or directory"));
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_writer_open(*state, &w, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "Is a directory"));
    assert_int_equal(sv_writer_open("", &w, NULL), SV_IO_ERROR);
    scratch_write(scratch_path(*state, "file"), "", 0);
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_writer_open(scratch_path(*state, "file/out"), &w, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "Not a directory"));
}

static void makes_folders(void **state)
{
    sv_fault fault = { 0 };
    assert_int_equal(sv_make_folder(scratch_path(*state, "a/b//c/"), &fault), SV_OK);
    assert_true(sv_is_folder(scratch_path(*state, "a/b/c")));
    assert_int_equal(sv_make_folder(scratch_path(*state, "a/b"), &fault), SV_OK);
    assert_true(sv_folder_is_empty(scratch_path(*state, "a/b/c")));
    assert_true(sv_folder_is_empty(scratch_path(*state, "nowhere")));
    assert_false(sv_folder_is_empty(scratch_path(*state, "a")));
    scratch_write(scratch_path(*state, "a/file"), "", 0);
    assert_true(sv_is_file(scratch_path(*state, "a/file")));
    assert_false(sv_is_file(scratch_path(*state, "a")));
    assert_false(sv_is_folder(scratch_path(*state, "a/file")));
    assert_false(sv_folder_is_empty(scratch_path(*state, "a/file")));
    assert_int_equal(sv_make_folder(scratch_path(*state, "a/file/x"), &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "a/file/x: the folder cannot be made: Not a directory"));
    assert_int_equal(sv_make_folder("", NULL), SV_IO_ERROR);
}

static void removes_only_leftovers(void **state)
{
    static const char *const kept[] = { ".tmp-12", "a.tmp-12", ".a.tmp-", ".a.tmp-1x", ".hidden" };
    static const char *const gone[] = { ".a.tmp-1", ".last.safetensors.tmp-4711", ".a.tmp-x.tmp-2" };
    for (size_t i = 0; i < 5; i++) scratch_write(scratch_path(*state, kept[i]), "", 0);
    for (size_t i = 0; i < 3; i++) scratch_write(scratch_path(*state, gone[i]), "", 0);
    sv_remove_leftovers(*state);
    sv_remove_leftovers(scratch_path(*state, "nowhere"));
    assert_int_equal(scratch_entries(*state), 5);
    for (size_t i = 0; i < 5; i++) assert_true(sv_is_file(scratch_path(*state, kept[i])));
}

static void is_text(char *got, const char *expected)
{
    assert_string_equal(got, expected);
    sv_free(got);
}

static void joins_and_parts_paths(void **state)
{
    (void)state;
    is_text(sv_join_path("a", "b"), "a/b");
    is_text(sv_join_path("a/", "b/c"), "a/b/c");
    is_text(sv_join_path("/", "b"), "/b");
    is_text(sv_join_path("a", "/b"), "/b");
    is_text(sv_join_path("", "b"), "b");
    is_text(sv_folder_of("a/b"), "a");
    is_text(sv_folder_of("a//b/"), "a");
    is_text(sv_folder_of("b"), ".");
    is_text(sv_folder_of("/b"), "/");
    is_text(sv_folder_of("/"), "/");
    is_text(sv_folder_of("/a/b/c"), "/a/b");
    is_text(sv_folder_of("./b"), ".");
}

static void lists_by_bytes(void **state)
{
    static const char *const suffixes[] = { ".png", ".jpeg", NULL };
    static const char *const folders[] = { "b", "b/deep", "a.png", "empty" };
    static const char *const files[] = { "z.png", "Z.PNG", "b.png", "b/1.JPeG", "b/deep/\xc3\xa9.png", "a.png/0.png", "b-.png", "notes.txt", "png" };
    static const char *const expected[] = { "Z.PNG", "a.png/0.png", "b-.png", "b.png", "b/1.JPeG", "b/deep/\xc3\xa9.png", "dangling.png",
                                            "link.png", "z.png" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) assert_int_equal(mkdir(scratch_path(*state, folders[i]), 0777), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) scratch_write(scratch_path(*state, files[i]), "", 0);
    assert_int_equal(symlink("z.png", scratch_path(*state, "link.png")), 0);
    assert_int_equal(symlink("nowhere", scratch_path(*state, "dangling.png")), 0);
    assert_int_equal(symlink("..", scratch_path(*state, "b/loop")), 0);
    char **paths;
    size_t count;
    sv_fault fault = { 0 };
    assert_int_equal(sv_list_files(*state, suffixes, &paths, &count, &fault), SV_OK);
    assert_int_equal(count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < count; i++) assert_string_equal(paths[i], expected[i]);
    sv_free_list(paths, count);
    assert_int_equal(sv_list_files(scratch_path(*state, "empty"), suffixes, &paths, &count, &fault), SV_OK);
    assert_int_equal(count, 0);
    sv_free_list(paths, count);
    assert_int_equal(sv_list_files(scratch_path(*state, "none"), suffixes, &paths, &count, &fault), SV_IO_ERROR);
    assert_non_null(strstr(fault.text, "/none: cannot be read: No such file or directory"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(reads_whole_files), TEST(reads_pipes), TEST(names_what_cannot_be_read), TEST(writes_appear_at_commit),
        TEST(aborted_writes_leave_nothing), TEST(failed_writes_leave_the_old_file), TEST(reports_a_full_device),
        TEST(names_what_cannot_be_written), TEST(makes_folders), TEST(removes_only_leftovers), TEST(joins_and_parts_paths),
        TEST(lists_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
