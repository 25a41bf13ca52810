/* UpSampling2D: repeated pixels and bilinear interpolation, known values, refusals. */
#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include "base/shape.h"

extern const sv_op sv_op_upsampling2d;

static int64_t inside(int64_t at, int64_t n)
{
    return at < 0 ? 0 : at >= n ? n - 1 : at;
}

/* y(i, j) = sum over all pixels of x times the hat functions of their distances, the image continued by its edges. */
static double sample(const double *x, const int64_t n[3], double row, double column, int64_t c)
{
    double sum = 0;
    for (int64_t h = (int64_t)floor(row) - 1; h <= (int64_t)floor(row) + 2; h++)
        for (int64_t w = (int64_t)floor(column) - 1; w <= (int64_t)floor(column) + 2; w++) {
            double weight = fmax(0, 1 - fabs((double)h - row)) * fmax(0, 1 - fabs((double)w - column));
            sum += weight * x[(inside(h, n[0]) * n[1] + inside(w, n[1])) * n[2] + c];
        }
    return sum;
}

static void oracle(const void *args, const sv_inference *inference, int samples, const double *const *x, const double *const *w,
                   double *y)
{
    (void)w;
    const sv_upsampling2d_args *a = args;
    const int64_t *n = inference->input[0].dim;
    for (int64_t r = 0; r < samples; r++)
        for (int64_t i = 0; i < n[0] * a->size[0]; i++)
            for (int64_t j = 0; j < n[1] * a->size[1]; j++)
                for (int64_t c = 0; c < n[2]; c++) {
                    const double *image = x[0] + r * n[0] * n[1] * n[2];
                    double row = ((double)i + 0.5) / a->size[0] - 0.5, column = ((double)j + 0.5) / a->size[1] - 0.5;
                    if (a->interpolation == SV_NEAREST) row = floor(row + 0.5), column = floor(column + 0.5);
                    *y++ = sample(image, n, row, column, c);
                }
}

static void check(sv_shape input, int height, int width, sv_interpolation interpolation)
{
    sv_upsampling2d_args args = { .size = { height, width }, .interpolation = interpolation };
    op_case c = { .label = interpolation == SV_NEAREST ? "nearest" : "bilinear", .op = &sv_op_upsampling2d, .args = &args,
                  .input = { input }, .oracle = oracle, .linear = true };
    int fh = height ? height : 2, fw = width ? width : 2;
    op_expect_shape(&c, sv_shape3(input.dim[0] * fh, input.dim[1] * fw, input.dim[2]));
    op_check(&c);
}

static void enlarges(void **state)
{
    (void)state;
    for (int mode = SV_NEAREST; mode <= SV_BILINEAR; mode++) {
        check(sv_shape3(4, 3, 5), 0, 0, (sv_interpolation)mode);
        check(sv_shape3(1, 1, 1), 3, 2, (sv_interpolation)mode);
        check(sv_shape3(1, 5, 3), 2, 3, (sv_interpolation)mode);
        check(sv_shape3(6, 1, 2), 1, 5, (sv_interpolation)mode);
        check(sv_shape3(3, 4, 17), 4, 1, (sv_interpolation)mode);
        check(sv_shape3(2, 2, 1), 1, 1, (sv_interpolation)mode);
        check(sv_shape3(2, 3, 1), 7, 4, (sv_interpolation)mode);
    }
}

/* torch.nn.functional.interpolate([0, 4, 8], scale 2, "linear", align_corners=False) and by 3. */
static void gives_known_values(void **state)
{
    (void)state;
    const float x[3] = { 0, 4, 8 }, *const input = x, doubled[6] = { 0, 1, 3, 5, 7, 8 },
                tripled[9] = { 0, 0, 4.f / 3, 8.f / 3, 4, 16.f / 3, 20.f / 3, 8, 8 };
    for (int f = 2; f <= 3; f++) {
        sv_upsampling2d_args args = { .size = { 1, f }, .interpolation = SV_BILINEAR };
        op_case c = { .label = "known", .op = &sv_op_upsampling2d, .args = &args, .input = { sv_shape3(1, 3, 1) } };
        op_inferred r;
        sv_fault fault = { SV_OK, "" };
        float y[9], workspace[3];
        assert_int_equal(op_infer(&c, &r, &fault), SV_OK);
        assert_true(r.i.workspace <= 3);
        sv_call call = { .args = r.args, .state = r.i.state, .vectors = r.vectors, .inputs = 1, .samples = 1, .input = r.i.input, .output = r.i.output,
                         .x = &input, .y = y, .workspace = workspace };
        sv_op_upsampling2d.forward(&call);
        for (int k = 0; k < 3 * f; k++) assert_float_equal(y[k], f == 2 ? doubled[k] : tripled[k], 1e-6);
    }
}

static void refuse(sv_shape input, int height, int width, const char *message)
{
    sv_upsampling2d_args args = { .size = { height, width } };
    op_expect_fault(&(op_case){ .label = "refused", .op = &sv_op_upsampling2d, .args = &args, .input = { input } }, message);
}

static void refuses_in_words(void **state)
{
    (void)state;
    refuse(sv_shape1(8), 2, 2, "input: expected an image [H,W,C], got [8]; a Reshape layer makes one");
    refuse(sv_shape3(2, 2, 1), -2, 2, "size: expected an integer >= 1 or a pair [h, w] of them, got -2");
    refuse(sv_shape3(2, 2, 1), 1 << 30, 1 << 30,
           "input: [2,2,1] would become [2147483648,2147483648,1], which is too large; expected at most 2^40 elements");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enlarges),
        cmocka_unit_test(gives_known_values),
        cmocka_unit_test(refuses_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
