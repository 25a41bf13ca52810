/* Checkpoints come back bit by bit, are the same bytes for the same state, and what is wrong with one is said. */
#include "trainer/checkpoint.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

enum { COUNT = 48, TRAINABLE = 32 };

typedef struct arrays {
    float weights[COUNT], best[COUNT], slot[3][TRAINABLE];
} arrays;

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

static sv_train_arrays point(arrays *a, int slots)
{
    return (sv_train_arrays){ .count = COUNT,
                              .weights = a->weights,
                              .best = a->best,
                              .trainable = TRAINABLE,
                              .slots = slots,
                              .slot = { a->slot[0], a->slot[1], a->slot[2] } };
}

static void fill(arrays *a, sv_train_state *s, sv_train_identity *id)
{
    float *x = (float *)a;
    for (size_t i = 0; i < sizeof *a / sizeof *x; i++) x[i] = sinf((float)i) * 1e-20f;
    s->epoch = 3;
    s->batch = 17;
    s->images = 544;
    s->loss_sum = 0.1 + 1e-17;
    s->rate = (double)0.001f;
    s->optimizer = (sv_optimizer_state){ .step = 9223372036854775807LL,
                                         .beta_1_power = 0.9 * 0.9 * 0.9,
                                         .beta_2_power = 5e-324,
                                         .plateau_best = (double)INFINITY,
                                         .plateau_wait = 2,
                                         .plateau_cooldown = 1,
                                         .plateau_factor = 1.0 / 3 };
    s->watch.best = (double)NAN;
    s->watch.best_epoch = 2;
    s->watch.wait = 1;
    s->watch.stopped = true;
    *id = (sv_train_identity){ .config = "c0", .data = { "d0", "", "d2", "" }, .initial = "i0", .backend = "blas" };
}

static bool same_bits(double a, double b)
{
    return !memcmp(&a, &b, sizeof a);
}

static void expect_same_state(const sv_train_state *a, const sv_train_state *b)
{
    assert_int_equal(a->epoch, b->epoch);
    assert_int_equal(a->batch, b->batch);
    assert_int_equal(a->images, b->images);
    assert_true(same_bits(a->loss_sum, b->loss_sum));
    assert_true(same_bits(a->rate, b->rate));
    assert_true(a->optimizer.step == b->optimizer.step);
    assert_true(same_bits(a->optimizer.beta_1_power, b->optimizer.beta_1_power));
    assert_true(same_bits(a->optimizer.beta_2_power, b->optimizer.beta_2_power));
    assert_true(same_bits(a->optimizer.plateau_best, b->optimizer.plateau_best));
    assert_int_equal(a->optimizer.plateau_wait, b->optimizer.plateau_wait);
    assert_int_equal(a->optimizer.plateau_cooldown, b->optimizer.plateau_cooldown);
    assert_true(same_bits(a->optimizer.plateau_factor, b->optimizer.plateau_factor));
    assert_true(isnan(a->watch.best) && isnan(b->watch.best));
    assert_int_equal(a->watch.best_epoch, b->watch.best_epoch);
    assert_int_equal(a->watch.wait, b->watch.wait);
    assert_true(a->watch.stopped == b->watch.stopped);
}

static void test_round_trip(void **state)
{
    (void)state;
    const char *path = scratch_path(folder, "checkpoint.safetensors");
    for (int slots = 0; slots <= 3; slots++) {
        arrays a, b;
        sv_train_state s = { 0 }, back = { 0 };
        sv_train_identity id, id_back = { 0 };
        sv_fault f = { 0 };
        fill(&a, &s, &id);
        memset(&b, 0, sizeof b);
        sv_train_arrays from = point(&a, slots), to = point(&b, slots);
        assert_int_equal(sv_checkpoint_write(path, &s, &id, &from, &f), SV_OK);
        assert_int_equal(sv_checkpoint_read(path, &back, &id_back, &to, &f), SV_OK);
        expect_same_state(&s, &back);
        assert_memory_equal(&id, &id_back, sizeof id);
        assert_memory_equal(a.weights, b.weights, sizeof a.weights);
        assert_memory_equal(a.best, b.best, sizeof a.best);
        assert_memory_equal(a.slot, b.slot, (size_t)slots * sizeof a.slot[0]);
    }
}

static void test_same_state_same_bytes(void **state)
{
    (void)state;
    char digest[2][SV_DIGEST_TEXT];
    for (int i = 0; i < 2; i++) {
        arrays a;
        sv_train_state s;
        sv_train_identity id;
        sv_fault f = { 0 };
        memset(&s, i ? 0xff : 0, sizeof s); /* padding must not leak into the file */
        fill(&a, &s, &id);
        sv_train_arrays from = point(&a, 2);
        assert_int_equal(sv_checkpoint_write(scratch_path(folder, "same"), &s, &id, &from, &f), SV_OK);
        assert_int_equal(sv_hash_file(scratch_path(folder, "same"), digest[i], &f), SV_OK);
    }
    assert_string_equal(digest[0], digest[1]);
}

static void refused(const char *path, int slots, const char *words)
{
    arrays a;
    sv_train_state s = { 0 };
    sv_train_identity id = { 0 };
    sv_fault f = { 0 };
    sv_train_arrays to = point(&a, slots);
    assert_int_not_equal(sv_checkpoint_read(path, &s, &id, &to, &f), SV_OK);
    assert_non_null(strstr(f.text, path));
    if (!strstr(f.text, words)) fail_msg("'%s' does not say '%s'", f.text, words);
}

static void write_good(const char *path, int slots)
{
    arrays a;
    sv_train_state s = { 0 };
    sv_train_identity id;
    sv_fault f = { 0 };
    fill(&a, &s, &id);
    sv_train_arrays from = point(&a, slots);
    assert_int_equal(sv_checkpoint_write(path, &s, &id, &from, &f), SV_OK);
}

/* Rewrites a good checkpoint with one value of its metadata replaced by another of the same length. */
static void replace(const char *path, const char *before, const char *after)
{
    size_t size;
    write_good(path, 2);
    unsigned char *data = scratch_read(path, &size), *at = NULL;
    for (size_t i = 0; i + strlen(before) <= size && !at; i++)
        if (!memcmp(data + i, before, strlen(before))) at = data + i;
    assert_non_null(at);
    memcpy(at, after, strlen(after));
    scratch_write(path, data, size);
    free(data);
}

static void test_refusals(void **state)
{
    (void)state;
    const char *path = scratch_path(folder, "bad");
    refused(scratch_path(folder, "absent"), 2, "cannot be read");
    write_good(path, 1);
    refused(path, 2, "optimizer/1");
    replace(path, "\"epoch\":\"3\"", "\"epoch\":\"x\"");
    refused(path, 2, "metadata 'epoch' holds 'x'");
    replace(path, "\"wait\"", "\"weit\"");
    refused(path, 2, "lacks 'wait'");
    replace(path, "\"numerics_version\":\"1\"", "\"numerics_version\":\"9\"");
    refused(path, 2, "numerics version 9");
    replace(path, "\"stopped_early\":\"true\"", "\"stopped_early\":\"trui\"");
    refused(path, 2, "'trui'");
    replace(path, "\"weights\":{", "\"weihgts\":{");
    refused(path, 2, "'weights'");
}

static void test_cut_short_anywhere(void **state)
{
    (void)state;
    const char *path = scratch_path(folder, "cut");
    size_t size;
    write_good(path, 2);
    unsigned char *data = scratch_read(path, &size);
    for (size_t n = 0; n < size; n += 7) {
        scratch_write(path, data, n);
        refused(path, 2, "");
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trip), cmocka_unit_test(test_same_state_same_bytes),
                                        cmocka_unit_test(test_refusals), cmocka_unit_test(test_cut_short_anywhere) };
    return cmocka_run_group_tests(tests, make, drop);
}
