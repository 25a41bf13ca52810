/* Sample sheets: where each picture stands, how it is enlarged, what the colours say. */
#include "formats/image_io.h"
#include "report/samples.h"
#include "base/file.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>

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

static const uint8_t *pixel(const sv_image *s, int i, int j)
{
    return (const uint8_t *)s->pixels + (i * s->width + j) * 3;
}

static void expect(const sv_image *s, int i, int j, int r, int g, int b)
{
    const uint8_t *p = pixel(s, i, j);
    if (p[0] != r || p[1] != g || p[2] != b)
        fail_msg("pixel (%d,%d) is %d %d %d, expected %d %d %d", i, j, p[0], p[1], p[2], r, g, b);
}

/* Two gray 2x3 samples: 128 / 3 = 42 times larger; three columns of 126 pixels, gaps of 4. */
static void test_gray(void **state)
{
    (void)state;
    const float x[12] = { 0, 0.2f, 1, 0.4f, 0.6f, 0.8f, 1, 1, 1, 1, 1, 1 };
    float y[12];
    for (int i = 0; i < 12; i++) y[i] = x[i];
    y[1] = 1.2f;  /* |r| = 1: the brightest error; shown as white */
    y[6] = 0.75f; /* |r| = 1/4: the middle of the scale */
    sv_shape shape = sv_shape3(2, 3, 1);
    const char *path = scratch_path(folder, "gray.png");
    sv_fault f = { 0 };
    assert_int_equal(sv_samples_write(path, 2, &shape, x, &shape, NULL, y, &f), SV_OK);
    sv_image s;
    assert_int_equal(sv_image_read(path, 0, &s, &f), SV_OK);
    assert_int_equal(s.width, 3 * 126 + 2 * 4);
    assert_int_equal(s.height, 2 * 84 + 4);
    assert_int_equal(s.channels, 3);
    expect(&s, 0, 0, 0, 0, 0);
    expect(&s, 41, 41, 0, 0, 0);
    expect(&s, 41, 42, 51, 51, 51);
    expect(&s, 42, 41, 102, 102, 102);
    expect(&s, 83, 125, 204, 204, 204);
    expect(&s, 10, 127, 255, 255, 255);      /* gap */
    expect(&s, 10, 130, 0, 0, 0);            /* the output begins */
    expect(&s, 10, 130 + 42, 255, 255, 255); /* clamped */
    expect(&s, 10, 260, 0, 0, 4);            /* the error map: no error */
    expect(&s, 10, 260 + 42, 252, 255, 164);
    expect(&s, 86, 0, 255, 255, 255);   /* gap between rows */
    expect(&s, 88, 130, 191, 191, 191); /* second sample */
    expect(&s, 88, 260, 188, 55, 84);
    sv_image_free(&s);
}

/* A colour target of another size than the gray input, at 2 and 1 pixels: 64 times larger. */
static void test_target_of_another_shape(void **state)
{
    (void)state;
    const float x[1] = { 0.2f }, t[12] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1 };
    float y[12];
    for (int i = 0; i < 12; i++) y[i] = t[i];
    y[0] = 0.25f; /* mean |r| = 1/4 */
    sv_shape in = sv_shape3(1, 1, 1), out = sv_shape3(2, 2, 3);
    const char *path = scratch_path(folder, "target.png");
    sv_fault f = { 0 };
    assert_int_equal(sv_samples_write(path, 1, &in, x, &out, t, y, &f), SV_OK);
    sv_image s;
    assert_int_equal(sv_image_read(path, 0, &s, &f), SV_OK);
    assert_int_equal(s.height, 128);
    assert_int_equal(s.width, 64 + 3 * 128 + 3 * 4);
    expect(&s, 0, 0, 51, 51, 51);
    expect(&s, 100, 0, 255, 255, 255); /* below the smaller input */
    expect(&s, 0, 68, 255, 0, 0);
    expect(&s, 0, 68 + 64, 0, 255, 0);
    expect(&s, 64, 68, 0, 0, 255);
    expect(&s, 0, 68 + 132, 64, 0, 0);
    expect(&s, 0, 68 + 264, 188, 55, 84);
    expect(&s, 64, 68 + 264, 0, 0, 4);
    sv_image_free(&s);
}

static void test_large_images_stay_as_they_are(void **state)
{
    (void)state;
    sv_shape shape = sv_shape3(100, 130, 2);
    float *x = calloc(100 * 130 * 2, sizeof *x);
    for (int i = 0; i < 100 * 130 * 2; i += 2) x[i] = 1, x[i + 1] = 0.5f;
    const char *path = scratch_path(folder, "large.png");
    sv_fault f = { 0 };
    assert_int_equal(sv_samples_write(path, 1, &shape, x, &shape, NULL, x, &f), SV_OK);
    sv_image s;
    assert_int_equal(sv_image_read(path, 0, &s, &f), SV_OK);
    assert_int_equal(s.height, 100);
    assert_int_equal(s.width, 3 * 130 + 8);
    expect(&s, 50, 60, 255, 255, 255); /* of two channels the first */
    sv_image_free(&s);
    free(x);
}

static double luminance(float v)
{
    uint8_t c[3];
    sv_error_colour(v, c);
    return 0.2126 * pow(c[0] / 255.0, 2.2) + 0.7152 * pow(c[1] / 255.0, 2.2) + 0.0722 * pow(c[2] / 255.0, 2.2);
}

static void test_scale_grows_brighter(void **state)
{
    (void)state;
    for (int i = 1; i <= 64; i++) assert_true(luminance((float)i / 64) > luminance((float)(i - 1) / 64));
    assert_true(luminance(-3) == luminance(0));
    assert_true(luminance(7) == luminance(1));
    assert_true(luminance(NAN) == luminance(1));
}

static void test_faults(void **state)
{
    (void)state;
    const float x[1] = { 0 };
    sv_shape shape = sv_shape3(1, 1, 1), flat = sv_shape1(1);
    sv_fault f = { 0 };
    assert_int_equal(sv_samples_write("/nowhere/x.png", 1, &shape, x, &shape, NULL, x, &f), SV_IO_ERROR);
    f = (sv_fault){ 0 };
    assert_int_equal(sv_samples_write(scratch_path(folder, "no.png"), 1, &flat, x, &flat, NULL, x, &f), SV_BAD_ARGUMENT);
    f = (sv_fault){ 0 };
    assert_int_equal(sv_samples_write(scratch_path(folder, "no.png"), 0, &shape, x, &shape, NULL, x, &f), SV_BAD_ARGUMENT);
    assert_false(sv_is_file(scratch_path(folder, "no.png")));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_gray), cmocka_unit_test(test_target_of_another_shape),
                                        cmocka_unit_test(test_large_images_stay_as_they_are),
                                        cmocka_unit_test(test_scale_grows_brighter), cmocka_unit_test(test_faults) };
    return cmocka_run_group_tests(tests, make, drop);
}
