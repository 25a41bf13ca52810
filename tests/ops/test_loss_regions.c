/* crop_margin and border_weight against the weighted sums written down once more. */
#include "base/memory.h"
#include "graph/run.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { H = 5, W = 7, C = 2, N = 3, ROW = H * W * C };

static const double rows[H] = { 3, 1, 1, 1, 1.5 }, columns[W] = { 2, 2, 1, 1, 1, 1, 4 };

static double value_of(const char *type, double y, double t)
{
    double e = fabs(y - t);
    if (strcmp(type, "mse") == 0) return e * e;
    if (strcmp(type, "mae") == 0) return e;
    if (strcmp(type, "huber") == 0) return e <= 0.25 ? e * e / 2 : 0.25 * (e - 0.125);
    if (strcmp(type, "bce") == 0) return -(t * log(y) + (1 - t) * log(1 - y));
    return fmax(y, 0) - y * t + log1p(exp(-fabs(y)));
}

static double slope_of(const char *type, double y, double t)
{
    double e = y - t;
    if (strcmp(type, "mse") == 0) return 2 * e;
    if (strcmp(type, "mae") == 0) return e > 0 ? 1 : -1;
    if (strcmp(type, "huber") == 0) return fabs(e) <= 0.25 ? e : e > 0 ? 0.25 : -0.25;
    if (strcmp(type, "bce") == 0) return (y - t) / (y * (1 - y));
    return 1 / (1 + exp(-y)) - t;
}

static double weight_of(const sv_loss_args *a, int i, int j)
{
    int m = a->crop_margin;
    if (i < m || i >= H - m || j < m || j >= W - m) return 0;
    return a->border_weight > 0 ? fmin(rows[i] * columns[j], (double)a->border_weight) : 1;
}

static void check(const char *type, const sv_loss_args *args)
{
    const sv_loss_op *op = sv_loss_find(type);
    float y[N * ROW], t[N * ROW], dy[N * ROW];
    double value[N], sum = 0;
    const double *border[2] = { rows, columns };
    const sv_vectors *vectors;
    assert_int_equal(sv_vectors_select(NULL, &vectors, NULL), SV_OK);
    for (int k = 0; k < N * ROW; k++) {
        y[k] = 0.05f + 0.9f * (float)((k * 37) % 101) / 101;
        t[k] = 0.03f + 0.9f * (float)((k * 53 + 7) % 97) / 97;
        dy[k] = 1;
    }
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++) sum += weight_of(args, i, j);
    double norm = args->reduction == SV_SUM ? 1 : H * W / sum;
    sv_loss_call c = { .args = args,
                       .vectors = vectors,
                       .shape = sv_shape3(H, W, C),
                       .samples = N,
                       .y = y,
                       .t = t,
                       .scale = 0.5f,
                       .dy = dy,
                       .value = value,
                       .border = args->border_weight > 0 ? border : NULL };
    op->run(&c);
    for (int r = 0; r < N; r++) {
        double wanted = 0;
        for (int k = 0; k < ROW; k++) {
            double weight = norm * weight_of(args, k / C / W, k / C % W), a = (double)y[r * ROW + k], b = (double)t[r * ROW + k];
            double slope = 1 + 0.5 * weight * slope_of(type, a, b);
            wanted += weight * value_of(type, a, b);
            if (!(fabs((double)dy[r * ROW + k] - slope) <= 2e-5 * (1 + fabs(slope))))
                fail_msg("%s, margin %d, border %g: gradient %d is %.9g, expected %.9g", type, args->crop_margin,
                         (double)args->border_weight, k, (double)dy[r * ROW + k], slope);
        }
        if (!(fabs(value[r] - wanted) <= 2e-5 * wanted))
            fail_msg("%s, margin %d, border %g: value %.9g, expected %.9g", type, args->crop_margin, (double)args->border_weight,
                     value[r], wanted);
    }
}

static void weighted(void **state)
{
    (void)state;
    const char *const types[] = { "mse", "mae", "huber", "bce", "bce_with_logits" };
    for (int k = 0; k < 5; k++)
        for (int margin = 0; margin < 3; margin++)
            for (int cap = 0; cap <= 6; cap += 3)
                for (int reduction = 0; reduction < 2; reduction++)
                    check(types[k], &(sv_loss_args){ .reduction = (sv_reduction)reduction,
                                                     .delta = 0.25f,
                                                     .dialect = SV_KERAS,
                                                     .crop_margin = margin,
                                                     .border_weight = (float)cap });
}

static void refused(const char *type, const sv_loss_args *args, int height, const char *message)
{
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", height, height, 1);
    sv_node *y = sv_conv2d(g, "y", x, &(sv_conv2d_args){ .filters = 1, .kernel = { 1, 1 } });
    sv_node *loss = sv_loss(g, type, "loss", y, x, args);
    if (loss) assert_int_equal(sv_compile(g, loss, NULL), SV_BAD_ARGUMENT);
    assert_string_equal(sv_error(g), message);
    sv_graph_free(g);
}

static void refusals(void **state)
{
    (void)state;
    refused("mse", &(sv_loss_args){ .crop_margin = 3 }, 6, "node 'loss': crop_margin: expected less than half of 6 pixels, got 3");
    refused("mse", &(sv_loss_args){ .border_weight = 4 }, 6, "loss: border_weight: the loss has no weights by row and column");
}

/* Outside the margin nothing learns: the gradient of a run is that of the cropped picture. */
static void in_a_graph(void **state)
{
    (void)state;
    double loss[2];
    for (int cropped = 0; cropped < 2; cropped++) {
        sv_graph *g = sv_graph_new();
        sv_node *x = sv_input(g, "x", 6, 6, 1);
        sv_node *y = sv_conv2d(g, "y", x, &(sv_conv2d_args){ .filters = 1, .kernel = { 3, 3 }, .padding = SV_SAME });
        sv_cropping2d_args crop = { .cropping = { 2, 2, 2, 2 } };
        sv_node *l = cropped ? sv_mse(g, "l", sv_cropping2d(g, NULL, y, &crop), sv_cropping2d(g, NULL, x, &crop))
                             : sv_loss(g, "mse", "l", y, x, &(sv_loss_args){ .crop_margin = 2 });
        float in[36];
        for (int i = 0; i < 36; i++) in[i] = (float)(i * 7 % 13) / 13;
        const float *inputs = in;
        assert_int_equal(sv_compile(g, l, &(sv_compile_args){ .seed = 3 }), SV_OK);
        for (int step = 0; step < 3; step++) assert_int_equal(sv_train_step(g, 1, &inputs, &loss[cropped]), SV_OK);
        sv_graph_free(g);
    }
    assert_true(fabs(loss[0] - loss[1]) <= 1e-6 * loss[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(weighted), cmocka_unit_test(refusals), cmocka_unit_test(in_a_graph) };
    return cmocka_run_group_tests_name("regions of losses", tests, NULL, NULL);
}
