/* Maps of the residual against sums by hand; power of known patterns; lanes change nothing. */
#include "artifacts/residual.h"
#include "base/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>

enum { H = 12, W = 10, C = 2, IMAGES = 5, SIZE = H * W * C };

static const sv_edges none = { .depth = { 0, 0, 0, 0 }, .stride = { 2, 2 } };

static void fill(float *x, unsigned seed)
{
    for (int i = 0; i < SIZE; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / (float)(1 << 24);
    }
}

static sv_residual_maps measure(const sv_edges *edges, int lanes, float x[IMAGES][SIZE], float y[IMAGES][SIZE])
{
    sv_residual *r;
    sv_residual_maps m;
    sv_fault f = { 0 };
    sv_shape shape = sv_shape3(H, W, C);
    if (sv_residual_new(&shape, edges, IMAGES, lanes, &r, &f) != SV_OK) fail_msg("%s", f.text);
    for (int n = 0; n < IMAGES; n++) sv_residual_add(r, n % lanes, n, x[n], y[n]);
    sv_residual_finish(r, &m);
    sv_residual_free(r);
    assert_int_equal(m.images, IMAGES);
    assert_int_equal(m.transformed, IMAGES);
    return m;
}

static void test_maps(void **state)
{
    (void)state;
    float x[IMAGES][SIZE], y[IMAGES][SIZE];
    for (int n = 0; n < IMAGES; n++) fill(x[n], 1 + (unsigned)n), fill(y[n], 99 + (unsigned)n);
    for (int lanes = 1; lanes <= 3; lanes++) {
        sv_residual_maps m = measure(&none, lanes, x, y);
        for (int p = 0; p < H * W; p++) {
            double mean = 0, squared = 0;
            for (int n = 0; n < IMAGES; n++)
                for (int c = 0; c < C; c++) {
                    double d = (double)y[n][p * C + c] - x[n][p * C + c];
                    mean += d / (IMAGES * C);
                    squared += d * d / (IMAGES * C);
                }
            assert_float_equal(m.mean[p], mean, 1e-14);
            assert_float_equal(m.squared[p], squared, 1e-14);
        }
        sv_residual_maps_free(&m);
    }
}

/* The transform by its definition, of one image. */
static double power_at(const float *x, const float *y, const sv_interior *box, int u, int v)
{
    const double pi = 3.14159265358979323846;
    int h = box->end[0] - box->first[0], w = box->end[1] - box->first[1];
    double sum = 0;
    for (int c = 0; c < C; c++) {
        double re = 0, im = 0;
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++) {
                int at = ((box->first[0] + i) * W + box->first[1] + j) * C + c;
                double window = pow(sin(pi * (i + 0.5) / h) * sin(pi * (j + 0.5) / w), 2);
                double angle = -2 * pi * ((double)u * i / h + (double)v * j / w), r = ((double)y[at] - x[at]) * window;
                re += r * cos(angle);
                im += r * sin(angle);
            }
        sum += (re * re + im * im) / C;
    }
    return sum;
}

static void test_power(void **state)
{
    (void)state;
    float x[IMAGES][SIZE], y[IMAGES][SIZE];
    const sv_edges edges = { .depth = { 1, 2, 3, 0 }, .stride = { 2, 2 } };
    for (int n = 0; n < IMAGES; n++) fill(x[n], 7 + (unsigned)n), fill(y[n], 21 + (unsigned)n);
    sv_residual_maps m = measure(&edges, 2, x, y);
    assert_int_equal(m.box.first[0], 2);
    assert_int_equal(m.box.end[0], 10);
    assert_int_equal(m.box.first[1], 4);
    assert_int_equal(m.box.end[1], 10);
    assert_int_equal(m.rows, 8);
    assert_int_equal(m.columns, 6);
    for (int u = 0; u < m.rows; u++)
        for (int v = 0; v < m.columns; v++) {
            double wanted = 0;
            for (int n = 0; n < IMAGES; n++) wanted += power_at(x[n], y[n], &m.box, u, v) / IMAGES;
            assert_float_equal(m.power[u * m.columns + v], wanted, 1e-10 * wanted + 1e-13);
        }
    sv_residual_maps_free(&m);
}

/* r = a (-1)^(i+j): the phases are +-a, the power is at the highest frequency. */
static void test_checkerboard(void **state)
{
    (void)state;
    float x[IMAGES][SIZE] = { { 0 } }, y[IMAGES][SIZE];
    const int stride[2] = { 2, 2 };
    for (int n = 0; n < IMAGES; n++)
        for (int i = 0; i < SIZE; i++) y[n][i] = (i / C / W + i / C % W) % 2 ? -0.25f : 0.25f;
    sv_residual_maps m = measure(&none, 3, x, y);
    double phase[4];
    sv_residual_phases(&m, m.mean, stride, phase);
    assert_float_equal(phase[0], 0.25, 1e-15);
    assert_float_equal(phase[1], -0.25, 1e-15);
    assert_float_equal(phase[2], -0.25, 1e-15);
    assert_float_equal(phase[3], 0.25, 1e-15);
    int most = 0;
    for (int i = 0; i < m.rows * m.columns; i++)
        if (m.power[i] > m.power[most]) most = i;
    assert_int_equal(most, H / 2 * W + W / 2);
    sv_residual_maps_free(&m);
}

static void test_no_interior(void **state)
{
    (void)state;
    float x[IMAGES][SIZE] = { { 0 } };
    const sv_edges deep = { .depth = { 6, 6, 1, 1 }, .stride = { 2, 2 } };
    sv_residual_maps m = measure(&deep, 1, x, x);
    assert_int_equal(m.rows, H);
    assert_int_equal(m.columns, W);
    sv_residual_maps_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_maps), cmocka_unit_test(test_power),
                                        cmocka_unit_test(test_checkerboard), cmocka_unit_test(test_no_interior) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
