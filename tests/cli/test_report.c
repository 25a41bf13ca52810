/* report.html of whole small runs: it stands alone, says what it must, and is the same however it was made. */
#include "cli/report.h"
#include "base/file.h"
#include "support/html.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* See tests/trainer/test_train.c. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libomp.so\n";
}

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

/* Names that would be markup, batch statistics, two strides. */
static const char awkward[] =
    "{\"name\": \"<b>bold</b> & \\\"quoted\\\"\", \"model\": {\"name\": \"m<\", \"input\": {\"shape\": [24, 20, 3]}, \"layers\": ["
    " {\"type\": \"Conv2D\", \"name\": \"enc,<1>\", \"filters\": 4, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"},"
    " {\"type\": \"BatchNormalization\", \"name\": \"norm\"}, {\"type\": \"Activation\", \"name\": \"act\", \"activation\": "
    "\"relu\"},"
    " {\"type\": \"Conv2DTranspose\", \"name\": \"dec\", \"filters\": 3, \"kernel_size\": 3, \"strides\": 2, \"padding\": "
    "\"same\"}]},"
    " \"seed\": 7, \"data\": {\"source\": \"synthetic\", \"samples\": 40%s}, \"batch_size\": 7, \"epochs\": 2, \"samples\": 5}";

/* Vectors in the middle, a decoder without stride; the border reaches every pixel. */
static const char dense[] =
    "{\"model\": {\"input\": {\"shape\": [8, 8, 1]}, \"layers\": [{\"type\": \"Flatten\"}, {\"type\": \"Dense\", \"units\": 6},"
    " {\"type\": \"Dense\", \"units\": 64}, {\"type\": \"Reshape\", \"target_shape\": [8, 8, 1]}]},"
    " \"data\": {\"source\": \"synthetic\", \"samples\": 20}, \"batch_size\": 5, \"epochs\": 1, \"samples\": 0}";

static sv_config *parse(const char *format, const char *more)
{
    char text[4096];
    sv_config *c = NULL;
    sv_fault f = { 0 };
    snprintf(text, sizeof text, format, more);
    if (sv_config_parse(text, "test.json", folder, &c, &f) != SV_OK) fail_msg("%s", f.text);
    return c;
}

static void train(const char *name, const sv_config *c, int threads, bool report)
{
    sv_train_result r;
    sv_fault f = { 0 };
    sv_train_args a = {
        .config = c, .folder = scratch_path(folder, name), .threads = threads, .report = report ? sv_write_report : NULL
    };
    if (sv_train(&a, &r, &f) != SV_OK) fail_msg("%s", f.text);
    sv_train_result_free(&r);
}

static void review(const char *name, const sv_config *c, int threads)
{
    sv_fault f = { 0 };
    sv_train_args a = { .config = c, .folder = scratch_path(folder, name), .threads = threads, .report = sv_write_report };
    if (sv_review(&a, &f) != SV_OK) fail_msg("%s", f.text);
}

/* The page as text (free). */
static char *page_of(const char *name)
{
    size_t size;
    char path[512];
    snprintf(path, sizeof path, "%s/%s/report.html", folder, name);
    char *data = (char *)scratch_read(path, &size), *text = calloc(size + 1, 1);
    memcpy(text, data, size);
    free(data);
    assert_int_equal(strlen(text), size);
    return text;
}

static void expect_holds(const char *page, const char *const *texts, bool held)
{
    for (; *texts; texts++)
        if ((strstr(page, *texts) != NULL) != held) fail_msg("the page %s '%s'", held ? "lacks" : "holds", *texts);
}

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_whole_page(void **state)
{
    (void)state;
    sv_config *c = parse(awkward, ", \"validation_split\": 0.3");
    train("one", c, 1, true);
    char *one = page_of("one");
    html_expect_well_formed(one);
    html_expect_alone(one);
    expect_holds(one,
                 TEXTS("<h1>&lt;b&gt;bold&lt;/b&gt; &amp; &quot;quoted&quot;</h1>", "seed 7; 2 of 2 epochs.", "id=\"learning\"",
                       "id=\"reconstructions\"", "id=\"errors\"", "id=\"borders\"", "id=\"checkerboard\"", "id=\"history\"",
                       "id=\"layers\"", "id=\"norms\"", "id=\"architecture\"", "id=\"origin\"", "enc,&lt;1&gt;/kernel",
                       "12 validation samples", "A1", "initial weights"),
                 true);
    expect_holds(one, TEXTS("not finished", "could not be read", folder), false);
    train("two", c, 3, true);
    char *two = page_of("two");
    assert_string_equal(one, two);
    free(two);
    train("silent", c, 2, false);
    assert_false(sv_is_file(scratch_path(folder, "silent/report.html")));
    review("silent", c, 2);
    char *again = page_of("silent");
    assert_string_equal(one, again);
    free(again);
    free(one);
    sv_config_free(c);
}

static void test_vectors_and_no_pictures(void **state)
{
    (void)state;
    sv_config *c = parse(dense, "");
    train("dense", c, 2, true);
    char *page = page_of("dense");
    html_expect_well_formed(page);
    html_expect_alone(page);
    expect_holds(page, TEXTS("20 training samples", "no stride"), true);
    expect_holds(page, TEXTS("id=\"reconstructions\"", "id=\"history\""), false);
    free(page);
    sv_config_free(c);
}

static const int stop_now = 1;

/* Stopped within the first epoch there is a checkpoint but no evaluation yet. */
static void test_within_the_first_epoch(void **state)
{
    (void)state;
    sv_config *c = parse(awkward, "");
    sv_train_result r;
    sv_fault f = { 0 };
    sv_train_args a = { .config = c, .folder = scratch_path(folder, "begun"), .stop = &stop_now };
    assert_int_equal(sv_train(&a, &r, &f), SV_INTERRUPTED);
    sv_train_result_free(&r);
    review("begun", c, 2);
    char *page = page_of("begun");
    html_expect_well_formed(page);
    html_expect_alone(page);
    expect_holds(page, TEXTS("0 of 2 epochs, not finished yet", "id=\"errors\""), true);
    free(page);
    sv_config_free(c);
}

static void write_samples(int value)
{
    unsigned char text[128 + 6 * 24 * 20 * 3] = "\x93NUMPY\x01";
    char header[119];
    snprintf(header, sizeof header, "%-117s\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 24, 20, 3), }");
    text[8] = 118;
    memcpy(text + 10, header, 118);
    for (size_t i = 128; i < sizeof text; i++) text[i] = (unsigned char)(i * 7 % 251 * (size_t)value);
    scratch_write(scratch_path(folder, "x.npy"), text, sizeof text);
}

static void test_data_gone(void **state)
{
    (void)state;
    char text[4096], *found;
    snprintf(text, sizeof text, "%s", awkward);
    found = strstr(text, "\"source\": \"synthetic\", \"samples\": 40%s");
    char rest[1024];
    snprintf(rest, sizeof rest, "%s", found + strlen("\"source\": \"synthetic\", \"samples\": 40%s"));
    snprintf(found, 1500, "\"source\": \"npy\", \"path\": \"x.npy\"%s", rest);
    write_samples(1);
    sv_config *c = parse(text, "");
    train("gone", c, 2, true);
    write_samples(3);
    review("gone", c, 2);
    char *page = page_of("gone");
    expect_holds(page, TEXTS("could not be read", "data digest differs"), true);
    free(page);
    unlink(scratch_path(folder, "x.npy"));
    review("gone", c, 2);
    page = page_of("gone");
    html_expect_well_formed(page);
    html_expect_alone(page);
    expect_holds(
        page, TEXTS("could not be read", "x.npy", "id=\"learning\"", "id=\"norms\"", "id=\"architecture\"", "id=\"origin\""), true);
    expect_holds(page, TEXTS("id=\"reconstructions\"", "id=\"errors\"", "id=\"borders\"", "id=\"layers\""), false);
    free(page);
    sv_config_free(c);
}

static void test_no_run(void **state)
{
    (void)state;
    sv_config *c = parse(awkward, "");
    sv_fault f = { 0 };
    sv_train_args a = { .config = c, .folder = folder, .report = sv_write_report };
    assert_int_equal(sv_review(&a, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "first checkpoint"));
    sv_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_whole_page), cmocka_unit_test(test_vectors_and_no_pictures),
                                        cmocka_unit_test(test_within_the_first_epoch), cmocka_unit_test(test_data_gone),
                                        cmocka_unit_test(test_no_run) };
    return cmocka_run_group_tests(tests, make, drop);
}
