/* The best epoch and early stopping, against Keras 3's EarlyStopping worked by hand. */
#include "trainer/watch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>

/* Feeds values until the rule stops; returns the epoch at which it did, 0 if it never did. */
static int64_t run(sv_watch *w, const sv_early_stopping *rule, sv_monitor_mode mode, const double *value, int count)
{
    *w = (sv_watch){ 0 };
    for (int i = 0; i < count; i++) {
        sv_watch_epoch(w, rule, mode, i + 1, value[i]);
        if (w->stopped) return i + 1;
    }
    return 0;
}

static void test_patience(void **state)
{
    (void)state;
    sv_watch w;
    sv_early_stopping rule = { .given = true, .patience = 2 };
    const double v[] = { 5, 4, 4.5, 3.9, 3.95, 3.9, 1 };
    assert_int_equal(run(&w, &rule, SV_MONITOR_MIN, v, 7), 6);
    assert_int_equal(w.best_epoch, 4);
    assert_true(w.best == 3.9);
    rule.patience = 3;
    assert_int_equal(run(&w, &rule, SV_MONITOR_MIN, v, 7), 0);
    assert_int_equal(w.best_epoch, 7);
    rule.patience = 0; /* Keras: stops at the first epoch without improvement, never at the first epoch */
    assert_int_equal(run(&w, &rule, SV_MONITOR_MIN, v, 7), 3);
}

static void test_min_delta(void **state)
{
    (void)state;
    sv_watch w;
    sv_early_stopping rule = { .given = true, .patience = 2, .min_delta = 0.5f };
    const double v[] = { 5, 4.5, 4.4, 4.3 };
    assert_int_equal(run(&w, &rule, SV_MONITOR_MIN, v, 4), 0); /* 4.4 is the improvement over 5, then 4.3 waits once */
    assert_int_equal(w.best_epoch, 3);
    assert_int_equal(w.wait, 1);
    rule.min_delta = -0.5f; /* Keras takes its absolute value */
    assert_int_equal(run(&w, &rule, SV_MONITOR_MIN, v, 4), 0);
    assert_int_equal(w.best_epoch, 3);
}

static void test_maximum(void **state)
{
    (void)state;
    sv_watch w;
    sv_early_stopping rule = { .given = true, .patience = 1, .min_delta = 0.5f };
    const double v[] = { 20, 20.6, 21, 30 };
    assert_int_equal(run(&w, &rule, SV_MONITOR_MAX, v, 4), 3);
    assert_int_equal(w.best_epoch, 2);
    assert_int_equal(sv_monitor_mode_of("val_psnr"), SV_MONITOR_MAX);
    assert_int_equal(sv_monitor_mode_of("ssim"), SV_MONITOR_MAX);
    assert_int_equal(sv_monitor_mode_of("val_loss"), SV_MONITOR_MIN);
    assert_int_equal(sv_monitor_mode_of("border_interior_ratio"), SV_MONITOR_MIN);
}

static void test_not_a_number(void **state)
{
    (void)state;
    sv_watch w;
    sv_early_stopping rule = { .given = true, .patience = 2 };
    const double v[] = { (double)NAN, 3, (double)NAN, (double)NAN };
    assert_int_equal(run(&w, &rule, SV_MONITOR_MIN, v, 4), 4);
    assert_int_equal(w.best_epoch, 2);
}

static void test_without_a_rule(void **state)
{
    (void)state;
    sv_watch w;
    sv_early_stopping none = { .patience = 0, .min_delta = 9 };
    const double v[] = { 3, 4, 2.9, 5, 6 };
    assert_int_equal(run(&w, &none, SV_MONITOR_MIN, v, 5), 0);
    assert_int_equal(w.best_epoch, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_patience), cmocka_unit_test(test_min_delta),
                                        cmocka_unit_test(test_maximum), cmocka_unit_test(test_not_a_number),
                                        cmocka_unit_test(test_without_a_rule) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
