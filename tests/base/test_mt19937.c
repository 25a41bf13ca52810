/* MT19937 against the C++ standard's published output, CPython's random and PyTorch's randperm. */
#include "base/mt19937.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static sv_mt19937 g;

/* [rand.predef]: the 10000th consecutive invocation of a default-constructed std::mt19937 gives 4123659995. */
static void gives_the_standards_word(void **state)
{
    (void)state;
    sv_mt19937_seed(&g, 5489);
    for (int i = 1; i < 10000; i++) sv_mt19937_next(&g);
    assert_int_equal(sv_mt19937_next(&g), 4123659995U);
}

/* random.seed(s); [random.getrandbits(32) for _ in range(3)]; random.seed(s); [random.randint(1, 10**9) for _ in range(4)]. */
static void seeds_as_python(void **state)
{
    (void)state;
    static const uint32_t cases[3][8] = {
        { 0, 3626764237U, 1654615998U, 3255389356U, 906691060, 413654000, 813847340, 955892129 },
        { 42, 2746317213U, 478163327U, 107420369U, 686579304, 119540832, 26855093, 796233791 },
        { 4294967295U, 2728839433U, 2661025012U, 872737089U, 682209859, 665256254, 218184273, 231223275 },
    };
    for (int k = 0; k < 3; k++) {
        sv_mt19937_seed_python(&g, cases[k][0]);
        for (int i = 1; i < 4; i++) assert_int_equal(sv_mt19937_next(&g), cases[k][i]);
        sv_mt19937_seed_python(&g, cases[k][0]);
        for (int i = 4; i < 8; i++) assert_int_equal(sv_mt19937_randint(&g, 1000000000), cases[k][i]);
    }
}

/* The same, then [random.randint(1, 3) for _ in range(8)]: two bits a word, 3 refused. */
static void small_integers_as_python(void **state)
{
    (void)state;
    static const uint32_t expected[8] = { 2, 1, 1, 1, 3, 1, 3, 3 };
    sv_mt19937_seed_python(&g, 42);
    for (int i = 0; i < 4; i++) sv_mt19937_randint(&g, 1000000000);
    for (int i = 0; i < 8; i++) assert_int_equal(sv_mt19937_randint(&g, 3), expected[i]);
}

/* torch.manual_seed(s); torch.randperm(10); torch.randperm(7). */
static void permutes_as_pytorch(void **state)
{
    (void)state;
    static const uint32_t seeds[3] = { 0, 42, 4294967295U };
    static const uint32_t expected[3][17] = {
        { 4, 1, 7, 5, 3, 9, 0, 8, 6, 2, 5, 6, 3, 2, 4, 0, 1 },
        { 2, 6, 1, 8, 4, 5, 0, 9, 3, 7, 0, 5, 6, 1, 4, 2, 3 },
        { 1, 4, 6, 2, 0, 5, 8, 7, 9, 3, 4, 2, 0, 5, 6, 1, 3 },
    };
    static const uint32_t long_expected[8] = { 37542, 43087, 2992, 25810, 39634, 6425, 55768, 11034 };
    static uint32_t order[60000];
    for (int k = 0; k < 3; k++) {
        sv_mt19937_seed(&g, seeds[k]);
        sv_mt19937_permutation(&g, 10, order);
        sv_mt19937_permutation(&g, 7, order + 10);
        assert_memory_equal(order, expected[k], sizeof expected[k]);
    }
    sv_mt19937_seed(&g, 42);
    sv_mt19937_permutation(&g, 60000, order);
    assert_memory_equal(order, long_expected, sizeof long_expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_standards_word),
        cmocka_unit_test(seeds_as_python),
        cmocka_unit_test(small_integers_as_python),
        cmocka_unit_test(permutes_as_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
