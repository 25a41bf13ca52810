/* Every loop of every instruction set that this machine has: against formulas in double, and bit for bit against each other.
 * SV_DIGEST=1 in the environment prints a digest of all outputs: the same for every compiler. */
#include "kernels/kernels.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 8, N = 4133, GUARD = 0x7fc0babe };

static const sv_vectors *tables[MOST];
static int count_tables;
static uint64_t digest = 0xcbf29ce484222325;

static int find_tables(void **state)
{
    (void)state;
    static const char *const names[] = { "scalar", "sse2", "avx2", "avx512" };
    for (int i = 0; i < 4; i++)
        if (sv_vectors_select(names[i], &tables[count_tables], NULL) == SV_OK) count_tables++;
    return count_tables ? 0 : -1;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return x != x ? 0x7fc00000 : bits; /* which NaN it is depends on the order of operands in an instruction */
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void add_to_digest(int64_t n, const float *x)
{
    for (int64_t i = 0; i < n; i++)
        for (int b = 0; b < 4; b++) digest = (digest ^ (bits_of(x[i]) >> 8 * b & 255)) * 0x100000001b3;
}

static void same_bits(const char *what, const sv_vectors *v, int64_t n, const float *got, const float *want)
{
    for (int64_t i = 0; i < n; i++)
        if (bits_of(got[i]) != bits_of(want[i]))
            fail_msg("%s, %s and %s differ at %lld: %a, %a", what, v->isa, tables[0]->isa, (long long)i, (double)got[i],
                     (double)want[i]);
}

/* Deterministic values in (-1, 1). */
static float noise(uint32_t i)
{
    i = (i ^ i >> 16) * 0x7feb352d;
    i = (i ^ i >> 15) * 0x846ca68b;
    return (float)(int32_t)(i ^ i >> 16) * 0x1p-31f;
}

static void fill_noise(int64_t n, float *x, uint32_t seed, float scale)
{
    for (int64_t i = 0; i < n; i++) x[i] = scale * noise((uint32_t)i * 2654435761u + seed);
}

/* Arguments that matter: a fine grid around 0, tails, tiny and huge magnitudes, the special values. */
static void fill_arguments(float x[N])
{
    static const float special[] = {
        0,        -0.0f,     1,  -1, 6, 20, -20, 88.7f, -88.7f, 104, -104, 0x1p-149f, -0x1p-126f, 0x1.fffffep127f, -0x1.fffffep127f,
        INFINITY, -INFINITY, NAN
    };
    int n = 0;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) x[n++] = special[i];
    for (; n < 3000; n++) x[n] = (float)(n - 1500) * 0.0137f;
    for (; n < 3600; n++) x[n] = (float)(n - 3300) * 0.41f;
    for (; n < N; n++) x[n] = noise((uint32_t)n) * powf(2, (float)(n % 60) - 40);
}

typedef struct activation_case {
    const char *name;
    sv_activation a;
    double (*f)(const sv_activation *a, double x);
    double (*slope)(const sv_activation *a, double x);
} activation_case;

static double sigmoid(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

#define DEFINE(name, value, derivative)                                                                                            \
    static double name(const sv_activation *a, double x)                                                                           \
    {                                                                                                                              \
        (void)a;                                                                                                                   \
        return (value);                                                                                                            \
    }                                                                                                                              \
    static double name##_slope(const sv_activation *a, double x)                                                                   \
    {                                                                                                                              \
        (void)a, (void)x;                                                                                                          \
        return (derivative);                                                                                                       \
    }

#define ROOT 0.79788456080286535588
#define PHI(x) (0.5 * erfc(-(x) / sqrt(2)))
#define CUBIC (x + 0.044715 * x * x * x)
#define SOFT(x) ((x) > 40 ? (x) : log1p(exp(x)))

DEFINE(linear, x, 1)
DEFINE(relu, x<0 ? 0 : x, x> 0)
DEFINE(relu6, x<0 ? 0 : (x > 6 ? 6 : x), x> 0 && x < 6)
DEFINE(leaky, x<0 ? (double)a->negative_slope * x : x, x> 0 ? 1 : (double)a->negative_slope)
DEFINE(elu, x<0 ? (double)a->alpha * expm1(x) : x, x> 0 ? 1 : (double)a->alpha *exp(x))
DEFINE(selu, 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * expm1(x) : x),
       1.0507009873554805 * (x > 0 ? 1 : 1.6732632423543772 * exp(x)))
DEFINE(gelu, x *PHI(x), PHI(x) + x * exp(-x * x / 2) / sqrt(2 * M_PI))
DEFINE(gelu_tanh, x *sigmoid(2 * ROOT * CUBIC),
       sigmoid(2 * ROOT * CUBIC) +
           (fabs(x) > 1e4 ? 0 : x * sigmoid(2 * ROOT * CUBIC) * sigmoid(-2 * ROOT * CUBIC) * 2 * ROOT * (1 + 3 * 0.044715 * x * x)))
DEFINE(silu, x *sigmoid(x), sigmoid(x) + x * sigmoid(x) * sigmoid(-x))
DEFINE(mish, x *tanh(SOFT(x)), tanh(SOFT(x)) + x * sigmoid(x) / pow(cosh(fmin(SOFT(x), 300)), 2))
DEFINE(softplus, SOFT(x), sigmoid(x))
DEFINE(softsign, x / (1 + fabs(x)), 1 / ((1 + fabs(x)) * (1 + fabs(x))))
DEFINE(logistic, sigmoid(x), sigmoid(x) * sigmoid(-x))
DEFINE(hyperbolic, tanh(x), 1 / pow(cosh(fmin(fabs(x), 300)), 2))

#define CASE(label, function, ...)                                                                                                 \
    {                                                                                                                              \
        label, { __VA_ARGS__ }, function, function##_slope                                                                         \
    }
static const activation_case cases[] = {
    CASE("linear", linear, .type = SV_ACTIVATION_LINEAR),
    CASE("relu", relu, .type = SV_ACTIVATION_RELU),
    CASE("relu6", relu6, .type = SV_ACTIVATION_RELU6),
    CASE("leaky_relu", leaky, .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = 0.2f),
    CASE("leaky_relu of slope 0", leaky, .type = SV_ACTIVATION_LEAKY_RELU),
    CASE("leaky_relu of slope < 0", leaky, .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = -0.5f),
    CASE("elu", elu, .type = SV_ACTIVATION_ELU, .alpha = 1),
    CASE("elu of alpha .3", elu, .type = SV_ACTIVATION_ELU, .alpha = 0.3f),
    CASE("elu of alpha < 0", elu, .type = SV_ACTIVATION_ELU, .alpha = -0.7f),
    CASE("selu", selu, .type = SV_ACTIVATION_SELU),
    CASE("gelu", gelu, .type = SV_ACTIVATION_GELU, .approximate = SV_OFF),
    CASE("gelu, tanh", gelu_tanh, .type = SV_ACTIVATION_GELU, .approximate = SV_ON),
    CASE("silu", silu, .type = SV_ACTIVATION_SILU),
    CASE("mish", mish, .type = SV_ACTIVATION_MISH),
    CASE("softplus", softplus, .type = SV_ACTIVATION_SOFTPLUS),
    CASE("softsign", softsign, .type = SV_ACTIVATION_SOFTSIGN),
    CASE("sigmoid", logistic, .type = SV_ACTIVATION_SIGMOID),
    CASE("tanh", hyperbolic, .type = SV_ACTIVATION_TANH),
};
enum { CASES = sizeof cases / sizeof *cases };

/* At 0 and 6 a rectifier has no derivative; frameworks take the one of the left side or 0: tested apart. */
static bool kink(const activation_case *c, float x)
{
    return (x == 0 && c->a.type >= SV_ACTIVATION_RELU && c->a.type <= SV_ACTIVATION_SELU) ||
           (x == 6 && c->a.type == SV_ACTIVATION_RELU6);
}

/* gelu's tanh form rounds an exponent of up to 80 before it takes e^: its far tail is that much less exact. */
static void near_value(const activation_case *c, float x, float got, double want)
{
    double tail = c->a.approximate == SV_ON ? 1e-12 : 1e-38;
    if (fabs(want) >= 0x1.ffffffp127)
        assert_true(isinf(got));
    else if (!(fabs((double)got - want) <= 2e-6 * fabs(want) + tail))
        fail_msg("%s of %a: %.9g, expected %.9g", c->name, (double)x, (double)got, want);
}

/* Slopes from the output lose digits where it saturates: absolutely no more than these. */
static void near_slope(const char *name, float x, float got, double want)
{
    if (!(fabs((double)got - want) <= 5e-6 * fabs(want) + 3e-7))
        fail_msg("slope of %s at %a: %.9g, expected %.9g", name, (double)x, (double)got, want);
}

static void activations_are_their_formulas(void **state)
{
    (void)state;
    static float x[N], y[N], dy[N], in_place[N], first_y[N], first_dy[N];
    fill_arguments(x);
    for (int k = 0; k < CASES; k++) {
        const activation_case *c = &cases[k];
        for (int t = 0; t < count_tables; t++) {
            for (int i = 0; i < N; i++) dy[i] = 1;
            memcpy(in_place, x, sizeof x);
            tables[t]->activate(&c->a, N, x, y);
            tables[t]->activate(&c->a, N, in_place, in_place);
            bool needs = sv_activation_needs_input(&c->a);
            tables[t]->activate_backward(&c->a, N, needs ? x : NULL, needs ? NULL : y, dy);
            for (int i = 0; i < N; i++) {
                if (isnan(x[i])) assert_true(isnan(y[i]));
                if (!isfinite(x[i])) continue;
                near_value(c, x[i], y[i], c->f(&c->a, (double)x[i]));
                if (!kink(c, x[i])) near_slope(c->name, x[i], dy[i], c->slope(&c->a, (double)x[i]));
            }
            same_bits(c->name, tables[t], N, in_place, y);
            if (t == 0) memcpy(first_y, y, sizeof y), memcpy(first_dy, dy, sizeof dy);
            same_bits(c->name, tables[t], N, y, first_y);
            same_bits(c->name, tables[t], N, dy, first_dy);
        }
        add_to_digest(N, y);
        add_to_digest(N, dy);
    }
}

static float one_slope(const sv_vectors *v, sv_activation a, float x)
{
    float y, dy = 3;
    v->activate(&a, 1, &x, &y);
    v->activate_backward(&a, 1, &x, &y, &dy);
    return dy / 3;
}

/* PyTorch and TensorFlow agree on these. */
static void kinks_have_the_frameworks_slopes(void **state)
{
    (void)state;
    const sv_vectors *v = tables[0];
    assert_true(one_slope(v, (sv_activation){ .type = SV_ACTIVATION_RELU }, 0) == 0);
    assert_true(one_slope(v, (sv_activation){ .type = SV_ACTIVATION_RELU6 }, 0) == 0);
    assert_true(one_slope(v, (sv_activation){ .type = SV_ACTIVATION_RELU6 }, 6) == 0);
    assert_true(one_slope(v, (sv_activation){ .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = 0.2f }, 0) == 0.2f);
    assert_true(one_slope(v, (sv_activation){ .type = SV_ACTIVATION_ELU, .alpha = 1 }, 0) == 1);
}

static void infinite_inputs_give_limits(void **state)
{
    (void)state;
    for (int k = 0; k < CASES; k++) {
        float x = INFINITY, y, dy = 1;
        tables[0]->activate(&cases[k].a, 1, &x, &y);
        assert_true(!isnan(y));
        tables[0]->activate_backward(&cases[k].a, 1, &x, &y, &dy);
        assert_true(fabs((double)dy - cases[k].slope(&cases[k].a, 1e6)) < 1e-5);
    }
}

static void inputs_are_needed_where_outputs_do_not_tell(void **state)
{
    (void)state;
    for (int k = 0; k < CASES; k++) {
        sv_activation_type t = cases[k].a.type;
        bool wanted = t == SV_ACTIVATION_GELU || t == SV_ACTIVATION_SILU || t == SV_ACTIVATION_MISH ||
                      t == SV_ACTIVATION_SOFTSIGN || cases[k].a.negative_slope < 0 || cases[k].a.alpha < 0;
        assert_true(sv_activation_needs_input(&cases[k].a) == wanted);
    }
}

/* Counts 0 .. 70 at every alignment: each element as in one long call, nothing written around. */
static void any_count_and_alignment(void **state)
{
    (void)state;
    static float x[N], whole[N], piece[128];
    fill_arguments(x);
    const sv_activation a = { .type = SV_ACTIVATION_TANH };
    for (int t = 0; t < count_tables; t++) {
        tables[t]->activate(&a, N, x, whole);
        for (int offset = 0; offset < 5; offset++) {
            for (int n = 0; n <= 70; n++) {
                for (int i = 0; i < 128; i++) piece[i] = float_of(GUARD);
                tables[t]->activate(&a, n, x + 700 + offset, piece + 16 + offset);
                for (int i = 0; i < 128; i++) {
                    int k = i - 16 - offset;
                    assert_true(k >= 0 && k < n ? bits_of(piece[i]) == bits_of(whole[700 + offset + k])
                                                : memcmp(&piece[i], &(uint32_t){ GUARD }, 4) == 0);
                }
            }
        }
    }
}

static void arrays_are_added_and_scaled(void **state)
{
    (void)state;
    static float x[N], to[N], first[N];
    for (int t = 0; t < count_tables; t++) {
        const sv_vectors *v = tables[t];
        for (int n = 0; n < N; n = n * 3 + 1) {
            fill_noise(N, x, 1, 3);
            fill_noise(N, to, 2, 5);
            memcpy(first, to, sizeof to);
            v->add(n, to, x);
            v->add_scaled(n, to + 1, -0.7f, x);
            v->scale(n, to, 1.1f);
            for (int i = 0; i < N; i++) {
                float want = first[i];
                if (i < n) want = want + x[i];
                if (i >= 1 && i <= n) want = want + -0.7f * x[i - 1];
                if (i < n) want = want * 1.1f;
                assert_true(bits_of(to[i]) == bits_of(want));
            }
        }
        add_to_digest(N, to);
    }
}

static void sums_of_squares(void **state)
{
    (void)state;
    static float x[N];
    fill_noise(N, x, 9, 7);
    for (int n = 0; n <= N; n = n * 2 + 1) {
        double want = 0;
        for (int i = 0; i < n; i++) want += (double)x[i] * (double)x[i];
        for (int t = 0; t < count_tables; t++) {
            double got = tables[t]->sum_squares(n, x);
            assert_true(fabs(got - want) <= 1e-14 * want);
            assert_true(got == tables[0]->sum_squares(n, x));
        }
    }
    x[77] = NAN;
    for (int t = 0; t < count_tables; t++) assert_true(isnan(tables[t]->sum_squares(N, x)));
}

static void not_finite_is_found_anywhere(void **state)
{
    (void)state;
    static float x[131];
    static const uint32_t bad[] = { 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff };
    for (int t = 0; t < count_tables; t++) {
        for (int i = 0; i < 131; i++) x[i] = i % 2 ? -0x1.fffffep127f : 0x1p-149f;
        assert_true(tables[t]->all_finite(131, x) && tables[t]->all_finite(0, x));
        for (int i = 0; i < 131; i++) {
            float kept = x[i];
            x[i] = float_of(bad[i % 6]);
            assert_false(tables[t]->all_finite(131, x));
            assert_true(tables[t]->all_finite(i, x));
            x[i] = kept;
        }
    }
}

/* Runs of the destination may overlap, as the patches of a strided image do. */
static void runs_are_added_where_they_belong(void **state)
{
    (void)state;
    static float to[3000], want[3000], x[6000];
    static const struct {
        int runs, run, to_stride, x_stride;
    } shapes[] = { { 1, 1, 1, 1 },     { 5, 3, 7, 3 }, { 9, 9, 3, 9 },     { 20, 17, 64, 20 },
                   { 7, 96, 32, 100 }, { 0, 4, 4, 4 }, { 33, 64, 64, 64 }, { 11, 0, 3, 2 } };
    fill_noise(6000, x, 4, 1);
    for (int t = 0; t < count_tables; t++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            fill_noise(3000, to, 5, 1);
            memcpy(want, to, sizeof to);
            for (int r = 0; r < shapes[s].runs; r++)
                for (int i = 0; i < shapes[s].run; i++) want[1 + r * shapes[s].to_stride + i] += x[3 + r * shapes[s].x_stride + i];
            tables[t]->add_runs(shapes[s].runs, shapes[s].run, to + 1, shapes[s].to_stride, x + 3, shapes[s].x_stride);
            assert_memory_equal(to, want, sizeof to);
        }
    }
}

static void integers_become_fractions(void **state)
{
    (void)state;
    static uint8_t small[259];
    static uint16_t large[65539];
    static float y[65539];
    for (int i = 0; i < 259; i++) small[i] = (uint8_t)i;
    for (int i = 0; i < 65539; i++) large[i] = (uint16_t)i;
    for (int t = 0; t < count_tables; t++) {
        tables[t]->from_u8(256, small + 3, y);
        for (int i = 0; i < 256; i++) assert_true(y[i] == (float)(small[i + 3] / 255.0));
        tables[t]->from_u16(65536, large + 3, y);
        for (int i = 0; i < 65536; i++) assert_true(y[i] == (float)(large[i + 3] / 65535.0));
    }
}

static void rows_get_bias_and_activation(void **state)
{
    (void)state;
    static float y[20000], bias[1000], first[20000];
    static const int channels[] = { 1, 2, 3, 5, 8, 16, 31, 32, 100, 129, 256, 257, 1000 };
    const sv_activation relu_ = { .type = SV_ACTIVATION_RELU };
    fill_noise(1000, bias, 6, 1);
    for (size_t k = 0; k < sizeof channels / sizeof *channels; k++) {
        int c = channels[k], rows[] = { 0, 1, 2, 7, 19000 / c };
        for (int t = 0; t < count_tables; t++) {
            for (int r = 0; r < 5; r++) {
                int n = rows[r] * c;
                fill_noise(20000, y, 7, 1);
                memcpy(first, y, sizeof y);
                tables[t]->bias_activate(rows[r], c, y, bias, NULL);
                for (int i = 0; i < 20000; i++) assert_true(y[i] == (i < n ? first[i] + bias[i % c] : first[i]));
                memcpy(y, first, sizeof y);
                tables[t]->bias_activate(rows[r], c, y, NULL, &relu_);
                for (int i = 0; i < 20000; i++) assert_true(y[i] == (i < n && first[i] < 0 ? 0 : first[i]));
                memcpy(y, first, sizeof y);
                tables[t]->bias_activate(rows[r], c, y, bias, &relu_);
                for (int i = 0; i < 20000; i++) assert_true(y[i] == (i < n ? fmaxf(first[i] + bias[i % c], 0) : first[i]));
                tables[t]->fill_rows(rows[r], c, y, bias);
                for (int i = 0; i < n; i++) assert_true(y[i] == bias[i % c]);
                if (n < 20000) assert_true(y[n] == first[n]);
            }
        }
    }
}

/* column_totals, at most 3001 rows at a time. */
static void check_pieces(const sv_vectors *v, int64_t rows, int64_t channels, const float *x, const float *want)
{
    static double total[2000];
    static float sum[2000];
    memset(total, 0, sizeof total);
    for (int64_t end = 0, done = 0; end < rows || done < rows;) {
        end = rows - end < 3001 ? rows : end + 3001;
        done += v->column_totals(end - done, channels, end == rows, x + done * channels, total);
    }
    for (int64_t c = 0; c < channels; c++) sum[c] = (float)c + (float)total[c];
    same_bits("column_totals", v, channels, sum, want);
}

static void columns_are_summed(void **state)
{
    (void)state;
    enum { SIZE = 400000 };
    float *x = malloc(SIZE * sizeof *x);
    static float sum[2000], first[2000];
    static const int channels[] = { 1, 2, 3, 4, 7, 32, 64, 100, 255, 256, 257, 600, 2000 };
    assert_non_null(x);
    fill_noise(SIZE, x, 8, 1);
    for (size_t k = 0; k < sizeof channels / sizeof *channels; k++) {
        int c = channels[k], rows[] = { 0, 1, 3, 4, 77, SIZE / c };
        for (int r = 0; r < 6; r++) {
            for (int t = 0; t < count_tables; t++) {
                for (int j = 0; j < c; j++) sum[j] = (float)j;
                tables[t]->column_sums(rows[r], c, x, sum);
                if (t == 0) memcpy(first, sum, sizeof sum);
                same_bits("column_sums", tables[t], c, sum, first);
                check_pieces(tables[t], rows[r], c, x, first);
            }
            add_to_digest(c, sum);
            for (int j = 0; j < c; j++) {
                double want = j, magnitude = j;
                for (int i = 0; i < rows[r]; i++)
                    want += (double)x[(int64_t)i * c + j], magnitude += fabs((double)x[(int64_t)i * c + j]);
                if (!(fabs((double)sum[j] - want) <= 3e-7 * magnitude))
                    fail_msg("column %d of %d, %d rows: %.9g, expected %.9g", j, c, rows[r], (double)sum[j], want);
            }
        }
    }
    free(x);
}

/* Losses: value and slope in double. */
typedef struct pair {
    double value, slope;
} pair;

static pair mse_truth(double y, double t)
{
    return (pair){ (y - t) * (y - t), 2 * (y - t) };
}

static pair mae_truth(double y, double t)
{
    return (pair){ fabs(y - t), y > t ? 1 : (y < t ? -1 : 0) };
}

static pair huber_truth(double y, double t)
{
    double d = y - t, delta = 0.375;
    return fabs(d) <= delta ? (pair){ d * d / 2, d } : (pair){ delta * (fabs(d) - delta / 2), d > 0 ? delta : -delta };
}

static pair keras_truth(double y, double t)
{
    double least = (double)1e-7f, most = (double)(float)(1 - 1e-7), p = fmin(fmax(y, least), most);
    return (pair){ -(t * log(p) + (1 - t) * log1p(-p)), y < least || y > most ? 0 : (1 - t) / (1 - p) - t / p };
}

static pair torch_truth(double y, double t)
{
    return (pair){ -(t * fmax(log(y), -100) + (1 - t) * fmax(log1p(-y), -100)), (y - t) / fmax((1 - y) * y, 1e-12) };
}

static pair logits_truth(double y, double t)
{
    return (pair){ fmax(y, 0) - y * t + log1p(exp(-fabs(y))), sigmoid(y) - t };
}

typedef double (*loss_call)(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy);

static double mse_call(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy)
{
    return v->mse(n, y, t, scale, dy);
}

static double mae_call(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy)
{
    return v->mae(n, y, t, scale, dy);
}

static double huber_call(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy)
{
    return v->huber(n, y, t, 0.375f, scale, dy);
}

static double keras_call(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy)
{
    return v->bce(n, y, t, SV_KERAS, scale, dy);
}

static double torch_call(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy)
{
    return v->bce(n, y, t, SV_TORCH, scale, dy);
}

static double logits_call(const sv_vectors *v, int64_t n, const float *y, const float *t, float scale, float *dy)
{
    return v->bce_with_logits(n, y, t, scale, dy);
}

static const struct {
    const char *name;
    loss_call call;
    pair (*truth)(double y, double t);
    bool probability;
} losses[] = {
    { "mse", mse_call, mse_truth, false },           { "mae", mae_call, mae_truth, false },
    { "huber", huber_call, huber_truth, false },     { "bce, keras", keras_call, keras_truth, true },
    { "bce, torch", torch_call, torch_truth, true }, { "bce_with_logits", logits_call, logits_truth, false },
};

/* y and t of a loss, certain and nearly certain ones among them. */
static void fill_loss(bool probability, float y[N], float t[N])
{
    static const float edge[] = { 0, 1, 1e-8f, 1e-7f, 1.5e-7f, 1e-5f, 1 - 0x1p-24f, 1 - 0x1p-23f, 1 - 0x1p-20f, 0x1p-149f, 0.5f };
    for (int i = 0; i < N; i++) {
        t[i] = i % 5 == 0 ? (float)(i % 2) : 0.5f + 0.5f * noise((uint32_t)i + 77777);
        y[i] = probability ? 0.5f + 0.5f * noise((uint32_t)i) : 30 * noise((uint32_t)i) * noise((uint32_t)i + 999);
        if (probability && i % 7 == 0) y[i] = edge[i / 7 % 11];
        if (!probability && i % 11 == 0) y[i] = t[i];
    }
}

static void check_loss(int which, int64_t n, const float *y, const float *t)
{
    static float dy[N + 1], first[N + 1];
    double want = 0, magnitude = 0, first_value = 0;
    for (int i = 0; i < n; i++) {
        double value = losses[which].truth((double)y[i], (double)t[i]).value;
        want += value, magnitude += fabs(value);
    }
    for (int k = 0; k < count_tables; k++) {
        for (int i = 0; i <= N; i++) dy[i] = 0.25f;
        double value = losses[which].call(tables[k], n, y, t, 0.5f, dy);
        if (!(fabs(value - want) <= 3e-7 * magnitude + 1e-30))
            fail_msg("%s of %lld: %.12g, expected %.12g", losses[which].name, (long long)n, value, want);
        for (int i = 0; i < n; i++) {
            double slope = 0.25 + 0.5 * losses[which].truth((double)y[i], (double)t[i]).slope;
            if (!(fabs((double)dy[i] - slope) <= 1e-6 * fabs(slope - 0.25) + 1e-7 * fabs(slope) + 1e-7))
                fail_msg("slope of %s at y %a, t %a: %.9g, expected %.9g", losses[which].name, (double)y[i], (double)t[i],
                         (double)dy[i], slope);
        }
        for (int64_t i = n; i <= N; i++) assert_true(dy[i] == 0.25f);
        if (k == 0) memcpy(first, dy, sizeof dy), first_value = value;
        same_bits(losses[which].name, tables[k], N, dy, first);
        assert_true(value == first_value && losses[which].call(tables[k], n, y, t, 0.5f, NULL) == value);
    }
    float parts[2] = { (float)first_value, (float)(first_value - (double)(float)first_value) };
    add_to_digest(2, parts);
    add_to_digest(n, dy);
}

static void losses_are_their_formulas(void **state)
{
    (void)state;
    static float y[N], t[N];
    for (int which = 0; which < 6; which++) {
        fill_loss(losses[which].probability, y, t);
        for (int n = 0; n <= N; n = n < 40 ? n + 1 : n * 2) check_loss(which, n, y, t);
        check_loss(which, N - 3, y + 1, t + 3);
    }
}

static void losses_of_nan_are_nan(void **state)
{
    (void)state;
    static float y[N], t[N], dy[N];
    for (int which = 0; which < 6; which++) {
        fill_loss(losses[which].probability, y, t);
        memset(dy, 0, sizeof dy);
        y[5] = NAN;
        for (int k = 0; k < count_tables; k++) assert_true(isnan(losses[which].call(tables[k], 40, y, t, 1, dy)) && isnan(dy[5]));
    }
}

/* The rules themselves are tested in tests/optim: here, that all sets give the same bits, with and without each array. */
static void updates_agree_between_sets(void **state)
{
    (void)state;
    enum { ROOM = 203 };
    static float w[ROOM], g[ROOM], slot[3][ROOM], first[4][ROOM];
    for (int variant = 0; variant < 64; variant++) {
        int rule = variant % 4, given = variant / 4 % 4;
        sv_update u = { .dialect = variant & 16 ? SV_TORCH : SV_KERAS,
                        .rate = 0.01f,
                        .momentum = 0.9f,
                        .epsilon = 1e-7f,
                        .weight_decay = 0.01f,
                        .beta_1 = 0.9,
                        .beta_2 = 0.999,
                        .rho = 0.9,
                        .decoupled = variant & 32,
                        .nesterov = given == 3,
                        .correction_1 = 0.19,
                        .correction_2 = 0.0019 };
        for (int t = 0; t < count_tables; t++) {
            fill_noise(ROOM, w, 10, 1);
            for (int k = 0; k < 3; k++) fill_noise(ROOM, slot[k], 11 + (uint32_t)k, 0.1f);
            for (int k = 0; k < 3; k++)
                for (int i = 0; i < ROOM; i++)
                    slot[k][i] = rule == 0 ? slot[k][i] : (k == 1 && rule > 1 ? 0.1f * slot[k][i] : fabsf(slot[k][i]));
            for (int step = 0; step < 3; step++) {
                fill_noise(ROOM, g, 20 + (uint32_t)step, 1);
                if (rule == 0) tables[t]->sgd(&u, ROOM, w, g, given ? slot[0] : NULL);
                if (rule == 1) tables[t]->adam(&u, ROOM, w, g, slot[0], slot[1], given ? slot[2] : NULL);
                if (rule > 1) tables[t]->rmsprop(&u, ROOM, w, g, slot[0], given & 1 ? slot[1] : NULL, given & 2 ? slot[2] : NULL);
            }
            if (t == 0) {
                memcpy(first[3], w, sizeof w);
                memcpy(first, slot, sizeof slot);
            }
            same_bits("an update", tables[t], ROOM, w, first[3]);
            for (int k = 0; k < 3; k++) same_bits("an update's state", tables[t], ROOM, slot[k], first[k]);
        }
        add_to_digest(ROOM, w);
    }
}

/* Any piece, also where the counter's first word overflows on the way. */
static void random_streams_are_those_of_base(void **state)
{
    (void)state;
    enum { MOST_COUNT = 300 };
    static const int64_t starts[] = { 0, 1, 2, 3, 77, ((int64_t)1 << 34) - 130 };
    static const int64_t counts[] = { 0, 1, 3, 63, 64, 65, 128, 131, MOST_COUNT };
    const sv_stream s = sv_stream_open(3, "noise", "x");
    float want[MOST_COUNT], got[MOST_COUNT + 1];
    for (int t = 0; t < count_tables; t++)
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
            for (size_t k = 0; k < 2 * sizeof counts / sizeof *counts; k++) {
                const sv_vectors *v = tables[t];
                const int64_t count = counts[k / 2];
                got[count] = float_of(GUARD);
                (k % 2 ? sv_stream_normal : sv_stream_uniform)(&s, 5, 9, starts[i], count, want);
                (k % 2 ? v->normal : v->uniform)(&s, 5, 9, starts[i], count, got);
                same_bits(k % 2 ? "normal" : "uniform", v, count, got, want);
                assert_memory_equal(&got[count], &(uint32_t){ GUARD }, sizeof *got);
            }
}

static void tables_are_chosen_by_name(void **state)
{
    (void)state;
    const sv_vectors *v = NULL;
    sv_fault fault = { 0 };
    assert_int_equal(sv_vectors_select(NULL, &v, &fault), SV_OK);
    assert_ptr_equal(v, tables[count_tables - 1]);
    for (int t = 0; t < count_tables; t++) {
        assert_int_equal(sv_vectors_select(tables[t]->isa, &v, &fault), SV_OK);
        assert_ptr_equal(v, tables[t]);
    }
    assert_int_equal(sv_vectors_select("mmx", &v, &fault), SV_BAD_ARGUMENT);
    assert_non_null(strstr(fault.text, "got \"mmx\""));
    assert_non_null(strstr(fault.text, tables[0]->isa));
}

static void print_digest(void **state)
{
    (void)state;
    if (getenv("SV_DIGEST")) printf("digest %016llx\n", (unsigned long long)digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_their_formulas),
        cmocka_unit_test(kinks_have_the_frameworks_slopes),
        cmocka_unit_test(infinite_inputs_give_limits),
        cmocka_unit_test(inputs_are_needed_where_outputs_do_not_tell),
        cmocka_unit_test(any_count_and_alignment),
        cmocka_unit_test(arrays_are_added_and_scaled),
        cmocka_unit_test(sums_of_squares),
        cmocka_unit_test(not_finite_is_found_anywhere),
        cmocka_unit_test(runs_are_added_where_they_belong),
        cmocka_unit_test(integers_become_fractions),
        cmocka_unit_test(rows_get_bias_and_activation),
        cmocka_unit_test(columns_are_summed),
        cmocka_unit_test(losses_are_their_formulas),
        cmocka_unit_test(losses_of_nan_are_nan),
        cmocka_unit_test(updates_agree_between_sets),
        cmocka_unit_test(random_streams_are_those_of_base),
        cmocka_unit_test(tables_are_chosen_by_name),
        cmocka_unit_test(print_digest),
    };
    return cmocka_run_group_tests(tests, find_tables, NULL);
}
