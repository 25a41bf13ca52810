/* Losses against formulas in double written out here, and their gradients against those formulas' differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ops/op.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { H = 7, W = 4, C = 2, SIZE = H * W * C, SAMPLES = 3 };

typedef double (*formula)(const sv_loss_args *a, double y, double t);

static double mse(const sv_loss_args *a, double y, double t)
{
    (void)a;
    return (y - t) * (y - t);
}

static double mae(const sv_loss_args *a, double y, double t)
{
    (void)a;
    return fabs(y - t);
}

static double huber(const sv_loss_args *a, double y, double t)
{
    double e = fabs(y - t), d = (double)a->delta;
    return e <= d ? e * e / 2 : d * (e - d / 2);
}

static double bce(const sv_loss_args *a, double y, double t)
{
    if (a->dialect == SV_KERAS) y = fmin(fmax(y, 1e-7), 1 - 1e-7);
    return -(t * fmax(log(y), -100) + (1 - t) * fmax(log1p(-y), -100));
}

static double bce_with_logits(const sv_loss_args *a, double y, double t)
{
    (void)a;
    return fmax(y, 0) - y * t + log1p(exp(-fabs(y)));
}

static double dot(const sv_loss_args *a, double y, double t)
{
    (void)a;
    return y * t;
}

static float random_unit(void)
{
    return (float)(rand() % 1000 + 1) / 1002.0f;
}

typedef struct numbers {
    float y[SAMPLES * SIZE], t[SAMPLES * SIZE], dy[SAMPLES * SIZE];
    double value[SAMPLES];
} numbers;

static const double row_weight[H] = { 3, 1.5, 1, 1, 1, 1, 4 }, column_weight[W] = { 2, 1, 1, 1.25 };

static void run(const sv_loss_op *op, const sv_loss_args *args, numbers *n, bool gradient, int samples)
{
    const double *border[2] = { row_weight, column_weight };
    sv_loss_call c = { .args = args, .border = args->border_weight > 0 ? border : NULL, .shape = { 3, { H, W, C } }, .samples = samples, .y = n->y, .t = n->t, .scale = .5f,
                       .dy = gradient ? n->dy : NULL, .value = n->value };
    assert_int_equal(sv_vectors_select(NULL, &c.vectors, NULL), SV_OK);
    int64_t floats = op->workspace ? op->workspace(&c.shape) : 0;
    c.workspace = malloc((size_t)(floats + 1) * sizeof(float));
    for (int64_t i = 0; i <= floats; i++) c.workspace[i] = NAN;
    op->run(&c);
    assert_true(isnan(c.workspace[floats]));
    free(c.workspace);
}

static void check(const char *type, formula f, sv_loss_args args, bool logits)
{
    const sv_loss_op *op = sv_loss_find(type);
    assert_non_null(op);
    sv_args_complete(op->table, &args, args.dialect);
    numbers n;
    srand(3);
    for (int i = 0; i < SAMPLES * SIZE; i++) {
        n.y[i] = logits ? 20 * random_unit() - 10 : random_unit();
        n.t[i] = random_unit();
        n.dy[i] = 7;
    }
    run(op, &args, &n, true, SAMPLES);
    for (int r = 0; r < SAMPLES; r++) {
        double sum = 0;
        for (int i = 0; i < SIZE; i++) sum += f(&args, (double)n.y[r * SIZE + i], (double)n.t[r * SIZE + i]);
        if (fabs(sum - n.value[r]) > 1e-6 * fabs(sum) + 1e-6) fail_msg("%s: value %.9g, expected %.9g", type, n.value[r], sum);
    }
    for (int i = 0; i < SAMPLES * SIZE; i++) {
        double y = (double)n.y[i], t = (double)n.t[i], h = 1e-6;
        double slope = .5 * (f(&args, y + h, t) - f(&args, y - h, t)) / (2 * h), got = (double)n.dy[i] - 7;
        if (fabs(slope - got) > 3e-5 * fabs(slope) + 2e-6) fail_msg("%s at y %g, t %g: slope %g, got %g", type, y, t, slope, got);
    }
    double before = n.value[1];
    memset(n.value, 0, sizeof n.value);
    run(op, &args, &n, false, 2);
    assert_true(n.value[1] == before && n.value[2] == 0);
}

static void elementwise(void **state)
{
    (void)state;
    check("mse", mse, (sv_loss_args){ 0 }, false);
    check("mae", mae, (sv_loss_args){ 0 }, false);
    check("huber", huber, (sv_loss_args){ 0 }, true);
    check("huber", huber, (sv_loss_args){ .delta = .125f }, false);
    check("bce", bce, (sv_loss_args){ .dialect = SV_KERAS }, false);
    check("bce", bce, (sv_loss_args){ .dialect = SV_TORCH }, false);
    check("bce_with_logits", bce_with_logits, (sv_loss_args){ 0 }, true);
    check("dot", dot, (sv_loss_args){ 0 }, true);
}

static void bce_at_certainty(void **state)
{
    (void)state;
    numbers n = { 0 };
    for (int i = 0; i < SIZE; i++) n.t[i] = 1;
    sv_loss_args torch = { .dialect = SV_TORCH }, keras = { .dialect = SV_KERAS };
    run(sv_loss_find("bce"), &torch, &n, true, 1);
    assert_true(fabs(n.value[0] - 100.0 * SIZE) < 1e-6);
    assert_true(fabsf(n.dy[0] / -.5e12f - 1) < 1e-6f);
    memset(n.dy, 0, sizeof n.dy);
    run(sv_loss_find("bce"), &keras, &n, true, 1);
    assert_true(fabs(n.value[0] / (-log((double)1e-7f) * SIZE) - 1) < 1e-6);
    assert_true(n.dy[0] == 0);
}

/* The definition, with no filter split in two: every pixel's 11 x 11 window over the mirrored image. */
static double ssim_pixel(const double *y, const double *t, int i, int j, int c)
{
    double m[5] = { 0 }, weight = 0;
    for (int u = -5; u <= 5; u++) {
        for (int v = -5; v <= 5; v++) {
            int a = i + u, b = j + v;
            while (a < 0 || a >= H) a = a < 0 ? -1 - a : 2 * H - 1 - a;
            while (b < 0 || b >= W) b = b < 0 ? -1 - b : 2 * W - 1 - b;
            double g = exp(-(u * u + v * v) / 4.5), p = y[(a * W + b) * C + c], q = t[(a * W + b) * C + c];
            weight += g;
            m[0] += g * p, m[1] += g * q, m[2] += g * p * p, m[3] += g * q * q, m[4] += g * p * q;
        }
    }
    for (int k = 0; k < 5; k++) m[k] /= weight;
    return (2 * m[0] * m[1] + 1e-4) * (2 * (m[4] - m[0] * m[1]) + 9e-4) /
           ((m[0] * m[0] + m[1] * m[1] + 1e-4) * (m[2] - m[0] * m[0] + m[3] - m[1] * m[1] + 9e-4));
}

/* Pixels of the map weigh what its place says. */
static double map_weight(const sv_loss_args *a, int i, int j)
{
    int m = a->crop_margin;
    if (i < m || i >= H - m || j < m || j >= W - m) return 0;
    return a->border_weight > 0 ? fmin(row_weight[i] * column_weight[j], (double)a->border_weight) : 1;
}

static double ssim_of(const sv_loss_args *a, const double *y, const double *t)
{
    double sum = 0, weights = 0;
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++) {
            weights += map_weight(a, i, j);
            for (int c = 0; c < C; c++) sum += map_weight(a, i, j) * (1 - ssim_pixel(y, t, i, j, c));
        }
    return a->reduction == SV_SUM ? sum : sum * H * W / weights;
}

static void ssim_of_region(sv_loss_args args)
{
    numbers n = { 0 };
    srand(4);
    for (int i = 0; i < SIZE; i++) n.t[i] = random_unit(), n.y[i] = .6f * n.t[i] + .4f * random_unit();
    run(sv_loss_find("ssim"), &args, &n, true, 1);
    double y[SIZE], t[SIZE];
    for (int i = 0; i < SIZE; i++) y[i] = (double)n.y[i], t[i] = (double)n.t[i];
    assert_true(fabs(n.value[0] - ssim_of(&args, y, t)) < 1e-12 * SIZE);
    for (int i = 0; i < SIZE; i++) {
        double h = 1e-5, old = y[i];
        y[i] = old + h;
        double above = ssim_of(&args, y, t);
        y[i] = old - h;
        double slope = .5 * (above - ssim_of(&args, y, t)) / (2 * h);
        y[i] = old;
        if (fabs(slope - (double)n.dy[i]) > 1e-6 * fabs(slope) + 1e-8)
            fail_msg("margin %d, border %g: pixel %d: slope %g, got %g", args.crop_margin, (double)args.border_weight, i, slope,
                     (double)n.dy[i]);
    }
}

static void ssim(void **state)
{
    (void)state;
    numbers n = { 0 };
    sv_loss_args args = { 0 };
    for (int margin = 0; margin < 2; margin++)
        for (int cap = 0; cap <= 6; cap += 3)
            for (int reduction = 0; reduction < 2; reduction++)
                ssim_of_region((sv_loss_args){
                    .reduction = (sv_reduction)reduction, .crop_margin = margin, .border_weight = (float)cap });
    for (int i = 0; i < SIZE; i++) n.t[i] = (float)i / SIZE;
    memcpy(n.y, n.t, sizeof n.y);
    run(sv_loss_find("ssim"), &args, &n, false, 1);
    assert_true(fabs(n.value[0]) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(elementwise), cmocka_unit_test(bce_at_certainty), cmocka_unit_test(ssim) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
