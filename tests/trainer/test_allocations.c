/* A training step allocates nothing: a run of many steps asks the C library for memory as often as one of few, but for
 * a few growing texts. */
#include "base/file.h"
#include "support/allocations.h"
#include "support/scratch.h"
#include "trainer/trainer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>

static const char config_text[] =
    "{\"model\": {\"name\": \"tiny\", \"input\": {\"shape\": [8, 8, 2]}, \"layers\": ["
    " {\"type\": \"Conv2D\", \"name\": \"enc\", \"filters\": 4, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\","
    "  \"padding_mode\": \"reflect\", \"kernel_regularizer\": \"l2\"},"
    " {\"type\": \"BatchNormalization\", \"name\": \"norm\"}, {\"type\": \"GroupNormalization\", \"name\": \"group\", \"groups\": 2},"
    " {\"type\": \"Activation\", \"name\": \"act\", \"activation\": \"gelu\"},"
    " {\"type\": \"GaussianNoise\", \"name\": \"noise\", \"stddev\": 0.1}, {\"type\": \"Dropout\", \"name\": \"drop\", \"rate\": 0.2},"
    " {\"type\": \"MaxPooling2D\", \"name\": \"pool\"}, {\"type\": \"UpSampling2D\", \"name\": \"up\"},"
    " {\"type\": \"Conv2DTranspose\", \"name\": \"dec\", \"filters\": 2, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\"}]},"
    " \"loss\": [{\"type\": \"mse\"}, {\"type\": \"ssim\", \"weight\": 0.1}],"
    " \"data\": {\"source\": \"synthetic\", \"samples\": %d, \"augment\": {\"horizontal_flip\": true, \"random_crop\": 1},"
    "  \"noise\": {\"stddev\": 0.05}, \"validation\": {\"source\": \"synthetic\", \"samples\": 8}},"
    " \"optimizer\": {\"type\": \"adam\", \"amsgrad\": true, \"global_clipnorm\": 1.0, \"clipnorm\": 1.0},"
    " \"batch_size\": 4, \"epochs\": 2, \"samples\": 0}";

/* Allocations of a run over `samples` samples: 2 epochs of samples / 4 steps. */
static long count(const char *folder, const char *name, int samples)
{
    char text[4096];
    sv_config *c = NULL;
    sv_fault f = { 0 };
    sv_train_result r;
    snprintf(text, sizeof text, config_text, samples);
    if (sv_config_parse(text, "test.json", folder, &c, &f) != SV_OK) fail_msg("%s", f.text);
    sv_train_args a = { .config = c, .folder = scratch_path(folder, name), .threads = 2 };
    long before = allocations_made();
    if (sv_train(&a, &r, &f) != SV_OK) fail_msg("%s", f.text);
    long made = allocations_made() - before;
    assert_int_equal(r.steps, samples / 2);
    sv_train_result_free(&r);
    sv_config_free(c);
    return made;
}

static void test_steps_allocate_nothing(void **state)
{
    (void)state;
    char *folder = scratch_make();
    count(folder, "first", 32); /* threads and the C library's own buffers are made once */
    long few = count(folder, "few", 32), many = count(folder, "many", 320);
    if (allocations_counted()) assert_true(few > 0);
    /* Texts that grow by doubling make a difference of a few; one allocation a step would make 144. */
    if (labs(many - few) > 10) fail_msg("16 steps: %ld allocations, 160 steps: %ld", few, many);
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_steps_allocate_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
