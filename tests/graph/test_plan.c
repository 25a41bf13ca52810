/* Packing of arrays by their lives, chunks of a batch, and the fixed tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/threads.h"
#include "graph/arena.h"
#include "graph/plan.h"
#include "graph/tree.h"
#include <stdlib.h>
#include <unistd.h>

static void blocks_alive_together_never_overlap(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 300; round++) {
        sv_block block[24];
        int n = 1 + rand() % 24;
        int64_t sum = 0;
        for (int i = 0; i < n; i++) {
            int first = rand() % 20;
            block[i] = (sv_block){ .size = 1 + rand() % 50, .first = first, .last = first + rand() % 8 };
            sum += block[i].size;
        }
        int64_t whole = sv_arena_place(block, n);
        assert_true(whole <= sum);
        for (int i = 0; i < n; i++) {
            assert_true(block[i].offset >= 0 && block[i].offset + block[i].size <= whole);
            for (int j = 0; j < i; j++) {
                if (block[i].first > block[j].last || block[j].first > block[i].last) continue;
                assert_true(block[i].offset + block[i].size <= block[j].offset || block[j].offset + block[j].size <= block[i].offset);
            }
        }
    }
}

static void a_chain_shares_memory(void **state)
{
    (void)state;
    sv_block block[6];
    for (int i = 0; i < 6; i++) block[i] = (sv_block){ .size = 10, .first = i, .last = i + 1 };
    assert_int_equal(sv_arena_place(block, 6), 20);
}

static void chunks_cover_the_batch_once(void **state)
{
    (void)state;
    for (int64_t samples = 1; samples < 200; samples++) {
        int chunks = sv_plan_chunks(samples);
        assert_true(samples < 16 ? chunks == samples : chunks >= 16);
        assert_int_equal(sv_plan_chunk_first(samples, 0), 0);
        assert_int_equal(sv_plan_chunk_first(samples, chunks), samples);
        for (int c = 0; c < chunks; c++) assert_true(sv_plan_chunk_first(samples, c) < sv_plan_chunk_first(samples, c + 1));
    }
}

/* ((a0+a1)+(a2+a3))+((a4+a5)+a6) and so on, written out by recursion over an aligned range. */
static float tree_of(const float *a, int first, int width, int leaves)
{
    if (width == 1) return a[first];
    float left = tree_of(a, first, width / 2, leaves);
    return first + width / 2 < leaves ? left + tree_of(a, first + width / 2, width / 2, leaves) : left;
}

static void the_tree_is_the_same_in_any_order(void **state)
{
    (void)state;
    const sv_vectors *vectors;
    assert_int_equal(sv_vectors_select(NULL, &vectors, NULL), SV_OK);
    srand(2);
    for (int leaves = 1; leaves <= SV_CHUNKS; leaves++) {
        for (int round = 0; round < 20; round++) {
            float root[4] = { 0 }, a[SV_CHUNKS];
            int order[SV_CHUNKS];
            sv_tree tree;
            sv_range range = { 1, 2 };
            assert_int_equal(sv_tree_new(&tree, root, 4, SV_CHUNKS, SV_CHUNKS, NULL), SV_OK);
            sv_tree_begin(&tree, leaves);
            for (int i = 0; i < leaves; i++) {
                a[i] = (float)rand() / (float)RAND_MAX * (i % 3 ? 1.0f : 1e4f);
                order[i] = i;
            }
            for (int i = leaves - 1; i > 0; i--) {
                int j = rand() % (i + 1), t = order[i];
                order[i] = order[j];
                order[j] = t;
            }
            for (int i = 0; i < leaves; i++) {
                float *leaf = sv_tree_leaf(&tree, order[i], &range, 1);
                assert_true(leaf[1] == 0 && leaf[2] == 0);
                leaf[1] = leaf[2] = a[order[i]];
                sv_tree_done(&tree, order[i], &range, 1, vectors);
            }
            float expected = tree_of(a, 0, SV_CHUNKS, leaves);
            assert_true(root[1] == expected && root[2] == expected);
            assert_true(root[0] == 0 && root[3] == 0);
            assert_int_equal(tree.spares, SV_CHUNKS - 1);
            sv_tree_free(&tree);
        }
    }
}

/* Workers of very different speed: each spends a while of its own on a leaf. */
typedef struct sv_uneven {
    sv_tree tree;
    const sv_vectors *vectors;
    const float *value;
    unsigned round;
} sv_uneven;

static void hold_a_leaf(void *context, int64_t c, int worker)
{
    sv_uneven *u = context;
    const sv_range range = { 0, 4 };
    float *leaf = sv_tree_leaf(&u->tree, (int)c, &range, 1);
    unsigned spell = ((unsigned)c * 2654435761U + u->round * 40503U + (unsigned)worker) >> 7 & 7;
    usleep(spell < 6 ? 0 : spell * 100);
    for (int i = 0; i < 4; i++) leaf[i] += u->value[c];
    sv_tree_done(&u->tree, (int)c, &range, 1, u->vectors);
}

static void few_buffers_are_enough_whatever_the_timing(void **state)
{
    (void)state;
    assert_int_equal(sv_tree_buffers(16, 1), 4);
    assert_int_equal(sv_tree_buffers(16, 2), 4);
    assert_int_equal(sv_tree_buffers(16, 3), 5);
    assert_int_equal(sv_tree_buffers(16, 16), 15);
    assert_int_equal(sv_tree_buffers(5, 1), 3);
    assert_int_equal(sv_tree_buffers(1, 2), 0);
    float value[SV_CHUNKS];
    for (int i = 0; i < SV_CHUNKS; i++) value[i] = 1.0f / (float)(i + 3);
    for (int workers = 1; workers <= SV_CHUNKS; workers = workers < 4 ? workers + 1 : workers * 2) {
        for (int leaves = 1; leaves <= SV_CHUNKS; leaves++) {
            float root[4];
            sv_uneven u = { .value = value };
            assert_int_equal(sv_vectors_select(NULL, &u.vectors, NULL), SV_OK);
            assert_int_equal(sv_tree_new(&u.tree, root, 4, leaves, workers, NULL), SV_OK);
            for (; u.round < 10; u.round++) {
                sv_tree_begin(&u.tree, leaves);
                sv_parallel(workers, leaves, hold_a_leaf, &u);
                for (int i = 0; i < 4; i++) assert_true(root[i] == tree_of(value, 0, SV_CHUNKS, leaves));
                assert_int_equal(u.tree.spares, u.tree.buffers);
            }
            sv_tree_free(&u.tree);
        }
    }
}

static void rows_of_doubles_add_by_the_same_tree(void **state)
{
    (void)state;
    double rows[5][3];
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 3; k++) rows[i][k] = i + 10 * k;
    sv_tree_sum(&rows[0][1], 5, 3, 2);
    assert_true(rows[0][0] == 0 && rows[0][1] == 60 && rows[0][2] == 110);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_alive_together_never_overlap), cmocka_unit_test(a_chain_shares_memory),
        cmocka_unit_test(chunks_cover_the_batch_once),         cmocka_unit_test(the_tree_is_the_same_in_any_order),
        cmocka_unit_test(few_buffers_are_enough_whatever_the_timing),
        cmocka_unit_test(rows_of_doubles_add_by_the_same_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
