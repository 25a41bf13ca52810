#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <cmocka.h>
#include "support/primitives.h"

static const sv_vectors *vectors(void)
{
    const sv_vectors *k;
    assert_int_equal(sv_vectors_select(NULL, &k, NULL), SV_OK);
    return k;
}

static void awkward_geometries(void **unused)
{
    (void)unused;
    primitives_check_awkward(&sv_backend_blas, vectors(), 1);
}

/* Many images a product, many products an image, the last ones smaller. */
static void tiles(void **unused)
{
    (void)unused;
    sv_conv_geometry mirror = { .big_h = 7,
                                .big_w = 7,
                                .big_c = 48,
                                .small_h = 4,
                                .small_w = 4,
                                .small_c = 9,
                                .kh = 3,
                                .kw = 3,
                                .sh = 2,
                                .sw = 2,
                                .dh = 1,
                                .dw = 1,
                                .groups = 1 };
    sv_conv_geometry tall = { .big_h = 150,
                              .big_w = 40,
                              .big_c = 8,
                              .small_h = 149,
                              .small_w = 40,
                              .small_c = 3,
                              .kh = 4,
                              .kw = 4,
                              .sh = 1,
                              .sw = 1,
                              .dh = 1,
                              .dw = 1,
                              .top = 1,
                              .left = 2,
                              .groups = 1 };
    sv_conv_geometry wide = { .big_h = 3,
                              .big_w = 5000,
                              .big_c = 4,
                              .small_h = 2,
                              .small_w = 2500,
                              .small_c = 2,
                              .kh = 3,
                              .kw = 5,
                              .sh = 2,
                              .sw = 2,
                              .dh = 1,
                              .dw = 1,
                              .top = 1,
                              .left = 2,
                              .groups = 1 };
    sv_conv_geometry point = { .big_h = 9,
                               .big_w = 8,
                               .big_c = 6,
                               .small_h = 9,
                               .small_w = 8,
                               .small_c = 10,
                               .kh = 1,
                               .kw = 1,
                               .sh = 1,
                               .sw = 1,
                               .dh = 1,
                               .dw = 1,
                               .groups = 2 };
    primitives_check(&sv_backend_blas, vectors(), &mirror, 29);
    primitives_check(&sv_backend_blas, vectors(), &tall, 2);
    primitives_check(&sv_backend_blas, vectors(), &wide, 2);
    primitives_check(&sv_backend_blas, vectors(), &point, 3);
    point.top = 1; /* moved by a pixel, it is no pointwise convolution any more */
    primitives_check(&sv_backend_blas, vectors(), &point, 3);
}

static void products(void **unused)
{
    (void)unused;
    static const int sizes[][3] = { { 1, 1, 1 }, { 3, 5, 7 }, { 8, 1, 20 }, { 1, 30, 6 }, { 33, 17, 65 } };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        primitives_check_product(&sv_backend_blas, vectors(), sizes[s][0], sizes[s][1], sizes[s][2]);
}

static void selection(void **unused)
{
    (void)unused;
    const sv_conv_backend *b = NULL;
    sv_fault fault = { SV_OK, "" };
    assert_int_equal(sv_backend_select("blas", &b, &fault), SV_OK);
    assert_ptr_equal(b, &sv_backend_blas);
    assert_int_equal(sv_backend_select("native", &b, &fault), SV_OK);
    assert_ptr_equal(b, &sv_backend_native);
    assert_int_equal(sv_backend_select("cuda", &b, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "backend: expected \"native\" or \"blas\", got \"cuda\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(awkward_geometries), cmocka_unit_test(tiles), cmocka_unit_test(products),
                                        cmocka_unit_test(selection) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
