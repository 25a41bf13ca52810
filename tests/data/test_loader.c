/* Batches of hand-made data sets: order, floats, turns, noise, streaming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "data/loader.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 53, H = 4, W = 4, C = 2, SIZE = H * W * C, BATCH = 8 };

static uint8_t pixels[COUNT][SIZE];
static int broken = -1; /* a sample that cannot be read */

static sv_status read_one(const sv_dataset *d, int64_t index, void *to, sv_fault *fault)
{
    (void)d;
    if (index == broken) return sv_fail(fault, SV_BAD_DATA, "picture-%d.png: cut short", (int)index);
    memcpy(to, pixels[index], SIZE);
    return SV_OK;
}

static sv_dataset set_of(bool resident)
{
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < SIZE; k++) pixels[i][k] = (uint8_t)(i * 3 + k * 5);
    return (sv_dataset){ .count = COUNT, .shape = { 3, { H, W, C } }, .pixel = SV_PIXEL_U8, .sample_bytes = SIZE,
                         .resident = resident ? pixels : NULL, .read = read_one };
}

static sv_loader *open_loader(sv_loader_args args)
{
    sv_loader *l = NULL;
    sv_fault fault = { 0 };
    args.batch = BATCH;
    if (!args.count) args.count = COUNT;
    assert_int_equal(sv_vectors_select(NULL, &args.vectors, &fault), SV_OK);
    if (sv_loader_open(&args, &l, &fault) != SV_OK) fail_msg("%s", fault.text);
    return l;
}

/* All of an epoch's rows. */
static void epoch_of(sv_loader *l, int64_t epoch, float *input, float *target)
{
    int64_t at = 0, samples;
    for (int64_t b = 0; b < sv_loader_batches(l); b++) {
        assert_int_equal(sv_loader_batch(l, epoch, b, &samples, NULL), SV_OK);
        for (int64_t r = 0; r < samples; r += 3) {
            int n = samples - r < 3 ? (int)(samples - r) : 3;
            sv_loader_fetch(l, r, n, input + (at + r) * SIZE, target ? target + (at + r) * SIZE : NULL);
        }
        at += samples;
    }
    assert_int_equal(at, COUNT);
}

static void in_order_and_exact(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    sv_loader *l = open_loader((sv_loader_args){ .input = &d });
    static float x[COUNT][SIZE], t[COUNT][SIZE];
    assert_int_equal(sv_loader_batches(l), 7);
    epoch_of(l, 0, x[0], t[0]);
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < SIZE; k++) assert_true(x[i][k] == (float)pixels[i][k] / 255.0f && t[i][k] == x[i][k]);
    sv_loader_close(l);
}

/* Which sample a row is, by its first pixel. */
static int sample_of(const float *row)
{
    for (int i = 0; i < COUNT; i++)
        if (row[0] == (float)pixels[i][0] / 255.0f && row[1] == (float)pixels[i][1] / 255.0f) return i;
    return -1;
}

static void shuffles_every_epoch_anew_and_alike(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    static float a[COUNT][SIZE], b[COUNT][SIZE], c[COUNT][SIZE];
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5 });
    epoch_of(l, 0, a[0], NULL);
    epoch_of(l, 1, b[0], NULL);
    int seen[COUNT] = { 0 };
    for (int i = 0; i < COUNT; i++) seen[sample_of(a[i])]++;
    for (int i = 0; i < COUNT; i++) assert_int_equal(seen[i], 1);
    assert_memory_not_equal(a, b, sizeof a);
    epoch_of(l, 0, c[0], NULL);
    assert_memory_equal(a, c, sizeof a);
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 6 });
    epoch_of(l, 0, c[0], NULL);
    assert_memory_not_equal(a, c, sizeof a);
    sv_loader_close(l);
}

/* Each in a stream of its own, by epoch and position: what is added, and how large the batches are, changes no other draw. */
static void streams_do_not_touch_each_other(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    static float plain[COUNT * SIZE], x[COUNT * SIZE], t[COUNT * SIZE], u[COUNT * SIZE], v[COUNT * SIZE];
    const sv_augment flips = { .horizontal_flip = SV_ON, .vertical_flip = SV_ON };
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5 });
    epoch_of(l, 2, plain, NULL);
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5, .noise = { .stddev = .2f } });
    epoch_of(l, 2, x, t);
    assert_memory_equal(t, plain, sizeof t); /* noise: the same order */
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5, .augment = flips });
    epoch_of(l, 2, u, NULL);
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5, .augment = flips, .noise = { .stddev = .2f } });
    epoch_of(l, 2, v, t);
    assert_memory_equal(t, u, sizeof t); /* noise: the same flips */
    for (int i = 0; i < COUNT * SIZE; i++) /* flips: the same noise */
        assert_true(fabs(((double)v[i] - (double)t[i]) - ((double)x[i] - (double)plain[i])) < 1e-6);
    sv_loader_close(l);
    static const int batches[] = { 1, 7, COUNT };
    for (int k = 0; k < 3; k++) {
        sv_loader_args args = { .input = &d, .count = COUNT, .batch = batches[k], .shuffle = true, .seed = 5, .augment = flips,
                                .noise = { .stddev = .2f } };
        assert_int_equal(sv_vectors_select(NULL, &args.vectors, NULL), SV_OK);
        assert_int_equal(sv_loader_open(&args, &l, NULL), SV_OK);
        epoch_of(l, 2, x, NULL);
        assert_memory_equal(x, v, sizeof x);
        sv_loader_close(l);
    }
}

static void a_shuffle_seed_changes_the_order_alone(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    static float x[COUNT * SIZE], t[COUNT * SIZE], y[COUNT * SIZE], u[COUNT * SIZE];
    const uint64_t own = 6;
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5, .noise = { .stddev = .2f } });
    epoch_of(l, 1, x, t);
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .shuffle = true, .seed = 5, .shuffle_seed = &own, .noise = { .stddev = .2f } });
    epoch_of(l, 1, y, u);
    sv_loader_close(l);
    assert_memory_not_equal(t, u, sizeof t);
    for (int i = 0; i < COUNT * SIZE; i++)
        assert_true(fabs(((double)x[i] - (double)t[i]) - ((double)y[i] - (double)u[i])) < 1e-6);
}

static void a_subset_holds_only_its_samples(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    uint32_t subset[] = { 50, 7, 33 };
    float x[3][SIZE];
    int64_t samples;
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .subset = subset, .count = 3 });
    assert_int_equal(sv_loader_batch(l, 0, 0, &samples, NULL), SV_OK);
    assert_int_equal(samples, 3);
    sv_loader_fetch(l, 0, 3, x[0], NULL);
    for (int i = 0; i < 3; i++) assert_int_equal(sample_of(x[i]), subset[i]);
    sv_loader_close(l);
}

static void streaming_gives_the_same_bytes(void **state)
{
    (void)state;
    sv_dataset memory = set_of(true), disk = set_of(false);
    static float a[2][COUNT][SIZE], b[2][COUNT][SIZE];
    sv_loader_args args = { .input = &memory, .shuffle = true, .seed = 9, .augment = { .horizontal_flip = SV_ON, .random_crop = 1 },
                            .noise = { .stddev = .1f } };
    sv_loader *l = open_loader(args);
    args.input = &disk;
    sv_loader *s = open_loader(args);
    for (int epoch = 0; epoch < 5; epoch++) {
        epoch_of(l, epoch, a[0][0], a[1][0]);
        epoch_of(s, epoch, b[0][0], b[1][0]);
        assert_memory_equal(a, b, sizeof a);
    }
    int64_t samples;
    assert_int_equal(sv_loader_batch(s, 3, 2, &samples, NULL), SV_OK); /* out of order, as a resumed run asks */
    assert_int_equal(sv_loader_batch(l, 3, 2, &samples, NULL), SV_OK);
    sv_loader_fetch(s, 0, 8, b[0][0], NULL);
    sv_loader_fetch(l, 0, 8, a[0][0], NULL);
    assert_memory_equal(a[0], b[0], 8 * SIZE * sizeof(float));
    sv_loader_close(l);
    sv_loader_close(s);
}

static void a_sample_that_cannot_be_read_is_reported(void **state)
{
    (void)state;
    sv_dataset disk = set_of(false);
    sv_loader *s = open_loader((sv_loader_args){ .input = &disk });
    sv_fault fault = { 0 };
    int64_t samples;
    broken = 20;
    assert_int_equal(sv_loader_batch(s, 0, 0, &samples, &fault), SV_OK);
    assert_int_equal(sv_loader_batch(s, 0, 1, &samples, &fault), SV_OK);
    assert_int_equal(sv_loader_batch(s, 0, 2, &samples, &fault), SV_BAD_DATA);
    assert_string_equal(fault.text, "picture-20.png: cut short");
    broken = -1;
    sv_loader_close(s);
}

/* Each row must be one of the ways to turn its sample; every way must occur. */
static void turns_are_turns(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .seed = 3, .augment = { SV_ON, SV_ON, SV_ON, 0 } });
    static float x[COUNT][SIZE], t[COUNT][SIZE];
    int occurs[8] = { 0 };
    for (int epoch = 0; epoch < 3; epoch++) {
        epoch_of(l, epoch, x[0], t[0]);
        assert_memory_equal(x, t, sizeof x);
        for (int i = 0; i < COUNT; i++) {
            int found = 0;
            for (int way = 0; way < 8; way++) {
                bool same = true;
                for (int p = 0; p < H * W; p++) {
                    int r = p / W, c = p % W, r2 = way & 1 ? H - 1 - r : r, c2 = way & 2 ? W - 1 - c : c;
                    int from = way & 4 ? c2 * W + r2 : r2 * W + c2;
                    same = same && x[i][p * C] == (float)pixels[i][from * C] / 255.0f;
                }
                found += same;
                occurs[way] += same;
            }
            assert_int_equal(found, 1);
        }
    }
    for (int way = 0; way < 8; way++) assert_true(occurs[way] > 5);
    sv_loader_close(l);
}

static void crops_move_the_window_over_mirrored_edges(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .seed = 3, .augment = { .random_crop = 1 } });
    static float x[COUNT][SIZE];
    epoch_of(l, 0, x[0], NULL);
    int occurs[9] = { 0 };
    for (int i = 0; i < COUNT; i++) {
        int found = 0;
        for (int way = 0; way < 9; way++) {
            bool same = true;
            for (int p = 0; p < H * W; p++) {
                int r = p / W + way / 3 - 1, c = p % W + way % 3 - 1;
                r = r < 0 ? 0 : r >= H ? H - 1 : r;
                c = c < 0 ? 0 : c >= W ? W - 1 : c;
                same = same && x[i][p * C] == (float)pixels[i][(r * W + c) * C] / 255.0f;
            }
            found += same;
            occurs[way] += same;
        }
        assert_int_equal(found, 1);
    }
    for (int way = 0; way < 9; way++) assert_true(occurs[way] > 0);
    sv_loader_close(l);
}

static void noise_is_on_the_input_alone(void **state)
{
    (void)state;
    sv_dataset d = set_of(true);
    static float x[COUNT * SIZE], t[COUNT * SIZE];
    sv_loader *l = open_loader((sv_loader_args){ .input = &d, .seed = 4, .noise = { .stddev = .2f } });
    epoch_of(l, 0, x, t);
    double sum = 0, squares = 0;
    for (int i = 0; i < COUNT * SIZE; i++) {
        double e = (double)x[i] - (double)t[i];
        assert_true(t[i] == (float)pixels[i / SIZE][i % SIZE] / 255.0f);
        sum += e, squares += e * e;
    }
    assert_true(fabs(sum / (COUNT * SIZE)) < .02 && fabs(sqrt(squares / (COUNT * SIZE)) - .2) < .01);
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .seed = 4, .noise = { .mask = .3f } });
    epoch_of(l, 0, x, t);
    int masked = 0;
    for (int i = 0; i < COUNT * SIZE; i += 2) masked += x[i] == 0 && x[i + 1] == 0;
    assert_true(abs(masked - (int)(.3 * COUNT * SIZE / 2)) < 60);
    sv_loader_close(l);
    l = open_loader((sv_loader_args){ .input = &d, .seed = 4, .noise = { .salt_pepper = .4f } });
    epoch_of(l, 0, x, t);
    int salt = 0, pepper = 0;
    for (int i = 0; i < COUNT * SIZE; i++)
        if (x[i] != t[i]) salt += x[i] == 1, pepper += x[i] == 0;
    assert_true(abs(salt - (int)(.2 * COUNT * SIZE)) < 70 && abs(pepper - (int)(.2 * COUNT * SIZE)) < 70);
    sv_loader_close(l);
}

static void wrong_sets_are_refused(void **state)
{
    (void)state;
    sv_dataset d = set_of(true), fewer = set_of(true), wide = set_of(true);
    sv_loader *l = NULL;
    sv_fault fault = { 0 };
    fewer.count = 50;
    sv_loader_args args = { .input = &d, .target = &fewer, .count = COUNT, .batch = 4 };
    assert_int_equal(sv_loader_open(&args, &l, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "data.target: 50 samples, but data has 53; a target belongs to each");
    wide.shape.dim[1] = 2;
    fault = (sv_fault){ 0 };
    args = (sv_loader_args){ .input = &wide, .count = COUNT, .batch = 4, .augment = { .rotate90 = SV_ON } };
    assert_int_equal(sv_loader_open(&args, &l, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "data.augment.rotate90: needs square images, these are 4 x 2");
    sv_dataset gaps = set_of(true);
    gaps.skips = 1;
    fault = (sv_fault){ 0 };
    args = (sv_loader_args){ .input = &gaps, .target = &d, .count = COUNT, .batch = 4 };
    assert_int_equal(sv_loader_open(&args, &l, &fault), SV_BAD_DATA);
    assert_non_null(strstr(fault.text, "data.target: 1 inputs and 0 targets were skipped"));
    fault = (sv_fault){ 0 };
    args.input = &d, args.target = &gaps;
    assert_int_equal(sv_loader_open(&args, &l, &fault), SV_BAD_DATA);
    assert_non_null(strstr(fault.text, "data.target: 0 inputs and 1 targets were skipped"));
    sv_dataset flat = set_of(true);
    flat.shape = (sv_shape){ 1, { SIZE } };
    fault = (sv_fault){ 0 };
    args = (sv_loader_args){ .input = &d, .target = &flat, .count = COUNT, .batch = 4, .augment = { .horizontal_flip = SV_ON } };
    assert_int_equal(sv_loader_open(&args, &l, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "data.augment: works on images [H,W,C]; inputs and targets are [4,4,2] and [32]");
    fault = (sv_fault){ 0 };
    args = (sv_loader_args){ .input = &d, .count = COUNT, .batch = 0 };
    assert_int_equal(sv_loader_open(&args, &l, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "batch_size: expected an integer >= 1, got 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_exact),
        cmocka_unit_test(shuffles_every_epoch_anew_and_alike),
        cmocka_unit_test(streams_do_not_touch_each_other), cmocka_unit_test(a_shuffle_seed_changes_the_order_alone),
        cmocka_unit_test(a_subset_holds_only_its_samples),
        cmocka_unit_test(streaming_gives_the_same_bytes),
        cmocka_unit_test(a_sample_that_cannot_be_read_is_reported),
        cmocka_unit_test(turns_are_turns),
        cmocka_unit_test(crops_move_the_window_over_mirrored_edges),
        cmocka_unit_test(noise_is_on_the_input_alone),
        cmocka_unit_test(wrong_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
