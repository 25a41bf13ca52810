/* The option parser: what each argument is taken for, and what a wrong one is answered. */
#include "cli/cli.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct values {
    bool json;
    const char *out;
    int threads, rng;
    int64_t rolls;
    uint64_t seed;
    sv_shape shape;
} values;

static const char *const rngs[] = { "native", "keras", "torch", NULL };

static int no_run(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}

static const sv_command command = { "try", "tries", "selvage try MODEL [--out DIR]\nmore\n", no_run };

static sv_status parse(const char *const *words, values *v, sv_arguments *a, sv_fault *fault)
{
    const sv_option options[] = {
        { "--json", SV_OPTION_FLAG, &v->json, 0, NULL },      { "--out", SV_OPTION_TEXT, &v->out, 0, NULL },
        { "--threads", SV_OPTION_INT, &v->threads, 1, NULL }, { "--rng", SV_OPTION_CHOICE, &v->rng, 0, rngs },
        { "--rolls", SV_OPTION_LONG, &v->rolls, 0, NULL },    { "--seed", SV_OPTION_SEED, &v->seed, 0, NULL },
        { "--input", SV_OPTION_SHAPE, &v->shape, 0, NULL },   { NULL, SV_OPTION_FLAG, NULL, 0, NULL }
    };
    char *argv[16] = { (char *)"try" };
    int argc = 1;
    for (; words[argc - 1]; argc++) argv[argc] = (char *)words[argc - 1];
    return sv_options_parse(&command, argc, argv, options, a, fault);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_everything_in_any_order(void **state)
{
    (void)state;
    values v = { 0 };
    sv_arguments a = { .least = 1, .most = 2, .takes_overrides = true };
    sv_fault f = { 0 };
    assert_int_equal(parse(WORDS("--threads", "3", "m.json", "a.b=1", "--out=x=y", "--json", "--seed=18446744073709551615", "--rng",
                                 "torch", "--rolls", "0", "--input=28x30x1", "w", "c=\"a/b\""),
                           &v, &a, &f),
                     SV_OK);
    assert_true(v.json);
    assert_int_equal(v.threads, 3);
    assert_string_equal(v.out, "x=y");
    assert_true(v.seed == UINT64_MAX);
    assert_int_equal(v.rng, 2);
    assert_int_equal(v.shape.rank, 3);
    assert_int_equal(v.shape.dim[1], 30);
    assert_int_equal(a.positionals, 2);
    assert_string_equal(a.positional[0], "m.json");
    assert_string_equal(a.positional[1], "w");
    assert_int_equal(a.overrides, 2);
    assert_string_equal(a.override[0], "a.b=1");
    assert_string_equal(a.override[1], "c=\"a/b\"");
    sv_arguments_free(&a);
}

static void test_what_is_no_override(void **state)
{
    (void)state;
    values v = { 0 };
    sv_arguments a = { .most = -1, .takes_overrides = true };
    sv_fault f = { 0 };
    assert_int_equal(parse(WORDS("runs/lr=1/config.json", "=x", "--", "a=1", "--json"), &v, &a, &f), SV_OK);
    assert_int_equal(a.overrides, 0);
    assert_int_equal(a.positionals, 4);
    assert_string_equal(a.positional[3], "--json");
    assert_false(v.json);
    sv_arguments_free(&a);
    a = (sv_arguments){ .most = -1 };
    assert_int_equal(parse(WORDS("a=1", "-"), &v, &a, &f), SV_OK);
    assert_int_equal(a.positionals, 2);
    sv_arguments_free(&a);
}

static void refused(const char *const *words, const char *message)
{
    values v = { 0 };
    sv_arguments a = { .least = 1, .most = 1, .takes_overrides = true };
    sv_fault f = { 0 };
    assert_int_equal(parse(words, &v, &a, &f), SV_BAD_ARGUMENT);
    assert_string_equal(f.text, message);
    sv_arguments_free(&a);
}

static void test_refusals(void **state)
{
    (void)state;
    refused(WORDS("m", "--thread", "2"), "try: --thread: unknown option; did you mean --threads?");
    refused(WORDS("m", "--hepl"), "try: --hepl: unknown option; did you mean --help?");
    refused(WORDS("m", "--qqqqqqqqq=1"), "try: --qqqqqqqqq: unknown option; see selvage try --help");
    refused(WORDS("m", "--out"), "--out: expected a value");
    refused(WORDS("m", "--json=yes"), "--json: takes no value, got 'yes'");
    refused(WORDS("m", "--threads", "0"), "--threads: expected an integer >= 1, got '0'");
    refused(WORDS("m", "--threads", "2x"), "--threads: expected an integer >= 1, got '2x'");
    refused(WORDS("m", "--threads", ""), "--threads: expected an integer >= 1, got ''");
    refused(WORDS("m", "--threads", "4294967297"), "--threads: expected an integer >= 1, got '4294967297'");
    refused(WORDS("m", "--rolls", "9223372036854775808"), "--rolls: expected an integer >= 0, got '9223372036854775808'");
    refused(WORDS("m", "--seed", "-9223372036854775809"), "--seed: expected an integer from -2^63 to 2^64 - 1, got '-9223372036854775809'");
    refused(WORDS("m", "--seed", "-"), "--seed: expected an integer from -2^63 to 2^64 - 1, got '-'");
    refused(WORDS("m", "--rng", "numpy"), "--rng: expected one of native, keras, torch, got 'numpy'");
    refused(WORDS("m", "--input", "28x28"), "--input: expected a shape HxWxC such as 28x28x1, got '28x28'");
    refused(WORDS("m", "--input", "28x28x1x"), "--input: expected a shape HxWxC such as 28x28x1, got '28x28x1x'");
    refused(WORDS("m", "--input", "28x28x"), "--input: expected a shape HxWxC such as 28x28x1, got '28x28x'");
    refused(WORDS("m", "--input", "28x-2x1"), "--input: expected a shape HxWxC such as 28x28x1, got '28x-2x1'");
    refused(WORDS("--json"), "try: too few arguments; usage: selvage try MODEL [--out DIR]");
    refused(WORDS("m", "n"), "try: unexpected argument 'n'; usage: selvage try MODEL [--out DIR]");
}

static void test_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(sv_cli_exit(&(sv_fault){ .status = SV_OK }), 0);
    assert_int_equal(sv_cli_exit(&(sv_fault){ .status = SV_BAD_ARGUMENT, .text = "x" }), 2);
    assert_int_equal(sv_cli_exit(&(sv_fault){ .status = SV_BAD_DATA, .text = "x" }), 1);
    assert_int_equal(sv_cli_exit(&(sv_fault){ .status = SV_INTERRUPTED, .text = "x" }), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_everything_in_any_order), cmocka_unit_test(test_what_is_no_override),
                                        cmocka_unit_test(test_refusals), cmocka_unit_test(test_exit_codes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
