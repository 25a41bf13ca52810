/* Initializers: known answers of Keras, limits, moments, streams, refusals. */
#include "init/family.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MANY = 65536 };
static float data[MANY], other[MANY];
static const double no_fans[4];

static sv_draw draw_of(sv_initializer_type type, sv_shape shape, double fan_in, double fan_out)
{
    sv_draw d = { .name = "layer/kernel", .shape = shape, .initializer.type = type, .fan_in = fan_in, .fan_out = fan_out };
    sv_initializer_complete(&d.initializer, "kernel", SV_KERAS, no_fans);
    return d;
}

static void fill(const sv_draw *d, uint64_t seed, float *out)
{
    sv_fault fault = { 0 };
    if (sv_draw_native(d, NULL, seed, out, &fault) != SV_OK) fail_msg("%s", fault.text);
}

typedef struct moments {
    double mean, stddev, lowest, highest;
} moments;

static moments moments_of(const float *x, int64_t count)
{
    moments m = { 0, 0, INFINITY, -INFINITY };
    for (int64_t i = 0; i < count; i++) {
        m.mean += x[i] / (double)count;
        m.lowest = fmin(m.lowest, x[i]);
        m.highest = fmax(m.highest, x[i]);
    }
    for (int64_t i = 0; i < count; i++) m.stddev += (x[i] - m.mean) * (x[i] - m.mean) / (double)(count - 1);
    m.stddev = sqrt(m.stddev);
    return m;
}

/* TensorFlow's way from the seed pair (seed, 0) to key and counter. */
static sv_random_source keras_source(uint32_t seed)
{
    const uint32_t counter[4] = { seed, 0, 0, 0 }, key[2] = { 0x3ec8f720, 0x02461e29 };
    uint32_t m[4];
    sv_philox(counter, key, m);
    return sv_source_philox(NULL, (sv_stream){ { m[0], m[1] } }, m[2], m[3]);
}

/* First four values, as Keras 3.16 with TensorFlow draws them for seed 42. */
typedef struct known {
    sv_initializer_type type;
    sv_shape shape;
    uint32_t bits[4];
} known;

static const known keras_draws[] = {
    { SV_INIT_GLOROT_UNIFORM, { 4, { 3, 3, 1, 16 } }, { 0xbdb07989, 0xba245d00, 0x3daec3be, 0xbe4296c8 } },
    { SV_INIT_GLOROT_UNIFORM, { 4, { 3, 3, 16, 8 } }, { 0xbd948690, 0xba0a5500, 0x3d93161a, 0xbe23c563 } },
    { SV_INIT_GLOROT_UNIFORM, { 2, { 784, 4 } }, { 0xbd1b85f0, 0xb990da00, 0x3d1a041e, 0xbdab7ca3 } },
    { SV_INIT_GLOROT_NORMAL, { 4, { 3, 3, 1, 16 } }, { 0x3b06bbee, 0xbe53a326, 0x3c5c9c82, 0x3dd8155c } },
    { SV_INIT_GLOROT_NORMAL, { 2, { 784, 4 } }, { 0x3a6d79ea, 0xbdba82db, 0x3bc26b77, 0x3d3e6def } },
    { SV_INIT_HE_NORMAL, { 4, { 3, 3, 16, 8 } }, { 0x3b0ae177, 0xbe5a2696, 0x3c6366a6, 0x3ddebbd3 } },
    { SV_INIT_HE_UNIFORM, { 4, { 3, 3, 1, 16 } }, { 0xbeb5e7f1, 0xbb296c00, 0x3eb424ac, 0xbf4893e7 } },
    { SV_INIT_HE_UNIFORM, { 2, { 784, 4 } }, { 0xbd1beb60, 0xb9913800, 0x3d1a6892, 0xbdabec7c } },
    { SV_INIT_LECUN_NORMAL, { 4, { 3, 3, 1, 16 } }, { 0x3bc46832, 0xbf1a4180, 0x3d20cbf9, 0x3e9d7f1b } },
    { SV_INIT_LECUN_NORMAL, { 2, { 784, 4 } }, { 0x3a28594f, 0xbd843825, 0x3b89d368, 0x3d06ff3c } },
    { SV_INIT_RANDOM_NORMAL, { 4, { 3, 3, 1, 16 } }, { 0x3a4f514d, 0xbda2d32d, 0x3ba9baab, 0x3d263ede } },
    { SV_INIT_TRUNCATED_NORMAL, { 4, { 3, 3, 1, 16 } }, { 0x3a4f514d, 0xbda2d32d, 0x3ba9baab, 0x3d263ede } },
    { SV_INIT_RANDOM_UNIFORM, { 4, { 3, 3, 1, 16 } }, { 0xbcb23b13, 0xb9260000, 0x3cb080ee, 0xbd448677 } },
};

static void keras_bits(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof keras_draws / sizeof *keras_draws; k++) {
        const known *expected = &keras_draws[k];
        const int64_t *dim = expected->shape.dim;
        double taps = expected->shape.rank == 4 ? (double)(dim[0] * dim[1]) : 1;
        const int64_t *ends = dim + expected->shape.rank - 2;
        sv_draw d = draw_of(expected->type, expected->shape, taps * (double)ends[0], taps * (double)ends[1]);
        sv_random_source s = keras_source(42);
        assert_int_equal(sv_draw_from(&d, &s, data, NULL), SV_OK);
        uint32_t bits[4];
        memcpy(bits, data, sizeof bits);
        for (int i = 0; i < 4; i++)
            if (bits[i] != expected->bits[i])
                fail_msg("case %zu (%s), value %d: %08x, expected %08x", k, sv_initializer_names[expected->type], i, bits[i],
                         expected->bits[i]);
    }
}

typedef struct expectation {
    sv_initializer_type type;
    double fan_in, fan_out, stddev, limit; /* limit 0: none */
} expectation;

/* He, k 3, s 2, 32 -> 16, transposed: fan_in is 16 9 = 144 to Keras and PyTorch, 32 9 / 4 = 72 in truth. */
static const expectation expected[] = {
    { SV_INIT_HE_UNIFORM, 144, 288, 0.11785113019775793, 0.20412414523193151 },
    { SV_INIT_HE_UNIFORM, 72, 144, 0.16666666666666666, 0.28867513459481287 },
    { SV_INIT_HE_NORMAL, 144, 288, 0.11785113019775793, 0.26795805020128544 },
    { SV_INIT_GLOROT_UNIFORM, 144, 288, 0.06804138174397717, 0.11785113019775793 },
    { SV_INIT_GLOROT_UNIFORM, 288, 144, 0.06804138174397717, 0.11785113019775793 },
    { SV_INIT_GLOROT_NORMAL, 144, 288, 0.06804138174397717, 0.15470565333012003 },
    { SV_INIT_LECUN_UNIFORM, 144, 288, 0.08333333333333333, 0.14433756729740643 },
    { SV_INIT_LECUN_NORMAL, 144, 288, 0.08333333333333333, 0.18947495421437396 },
    { SV_INIT_XAVIER_UNIFORM, 144, 288, 0.06804138174397717, 0.11785113019775793 },
    { SV_INIT_XAVIER_NORMAL, 144, 288, 0.06804138174397717, 0 },
    { SV_INIT_KAIMING_UNIFORM, 144, 288, 0.11785113019775793, 0.20412414523193151 },
    { SV_INIT_KAIMING_NORMAL, 144, 288, 0.11785113019775793, 0 },
    { SV_INIT_VARIANCE_SCALING, 144, 288, 0.08333333333333333, 0.18947495421437396 },
    { SV_INIT_RANDOM_NORMAL, 1, 1, 0.05, 0 },
    { SV_INIT_TRUNCATED_NORMAL, 1, 1, 0.04398128320511702, 0.1 },
    { SV_INIT_RANDOM_UNIFORM, 1, 1, 0.02886751345948129, 0.05 },
    { SV_INIT_NORMAL, 1, 1, 1, 0 },
};

/* Moments within five standard errors; the bound respected and nearly reached. */
static void moments_and_bounds(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        const expectation *e = &expected[k];
        sv_draw d = draw_of(e->type, (sv_shape){ 4, { 4, 4, 64, 64 } }, e->fan_in, e->fan_out);
        fill(&d, 11 + k, data);
        moments m = moments_of(data, MANY);
        assert_float_equal(sv_draw_stddev(&d), e->stddev, 1e-7 * e->stddev);
        if (fabs(m.mean) > 5 * e->stddev / sqrt(MANY)) fail_msg("%s: mean %g", sv_initializer_names[e->type], m.mean);
        if (fabs(m.stddev / e->stddev - 1) > 5 / sqrt(2.0 * MANY))
            fail_msg("%s: standard deviation %g, expected %g", sv_initializer_names[e->type], m.stddev, e->stddev);
        if (e->limit == 0) {
            assert_true(m.highest > 3.5 * e->stddev && m.lowest < -3.5 * e->stddev);
            continue;
        }
        float limit = (float)e->limit;
        assert_true(m.lowest >= -limit * 1.000001 && m.highest <= limit * 1.000001);
        assert_true(m.lowest < -0.99 * limit && m.highest > 0.99 * limit);
    }
}

static void variance_scaling_modes(void **state)
{
    (void)state;
    const double fans[4] = { 0, 50, 200, 125 };
    for (int mode = SV_FAN_IN; mode <= SV_FAN_AVG; mode++)
        for (int shape = SV_DISTRIBUTION_TRUNCATED_NORMAL; shape <= SV_DISTRIBUTION_UNIFORM; shape++) {
            sv_draw d = draw_of(SV_INIT_VARIANCE_SCALING, (sv_shape){ 2, { 256, 256 } }, 50, 200);
            d.initializer.scale = 3;
            d.initializer.mode = (sv_fan_mode)mode;
            d.initializer.distribution = (sv_distribution)shape;
            fill(&d, 5, data);
            moments m = moments_of(data, MANY);
            double stddev = sqrt(3 / fans[mode]);
            double farthest[4] = { 0, 2 / 0.87962566103423978, INFINITY, sqrt(3) };
            assert_float_equal(m.stddev, stddev, 0.02 * stddev);
            assert_true(m.highest <= farthest[shape] * stddev * 1.000001);
            if (shape == SV_DISTRIBUTION_UNTRUNCATED_NORMAL) assert_true(m.highest > 3.5 * stddev);
        }
}

/* torch.nn.init.calculate_gain. */
static void kaiming_gains(void **state)
{
    (void)state;
    const double gains[] = { 0, sqrt(2 / 1.25), sqrt(2), 1, 1, 5.0 / 3, 0.75 };
    for (int n = SV_NONLINEARITY_LEAKY_RELU; n <= SV_NONLINEARITY_SELU; n++) {
        sv_draw d = { .name = "l/kernel",
                      .shape = { 2, { 64, 32 } },
                      .fan_in = 32,
                      .fan_out = 128,
                      .initializer = { .type = SV_INIT_KAIMING_NORMAL, .a = 0.5f, .nonlinearity = (sv_nonlinearity)n } };
        sv_initializer_complete(&d.initializer, "kernel", SV_KERAS, no_fans);
        assert_int_equal(d.initializer.fan, SV_FAN_TORCH);
        assert_float_equal(sv_draw_stddev(&d), gains[n] / sqrt(32), 1e-12);
        d.initializer.mode = SV_FAN_OUT;
        assert_float_equal(sv_draw_stddev(&d), gains[n] / sqrt(128), 1e-12);
    }
}

static void constants(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_ZEROS, (sv_shape){ 1, { 7 } }, 0, 0);
    data[6] = 3;
    fill(&d, 1, data);
    for (int i = 0; i < 7; i++) assert_true(data[i] == 0);
    d = draw_of(SV_INIT_ONES, d.shape, 0, 0);
    fill(&d, 1, data);
    for (int i = 0; i < 7; i++) assert_true(data[i] == 1);
    d.initializer = (sv_initializer){ .type = SV_INIT_CONSTANT, .value = 0.25f };
    sv_initializer_complete(&d.initializer, "bias", SV_KERAS, no_fans);
    fill(&d, 1, data);
    for (int i = 0; i < 7; i++) assert_true(data[i] == 0.25f);
    assert_true(sv_draw_stddev(&d) == 0);
}

static void identity_matrix(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_IDENTITY, (sv_shape){ 2, { 3, 5 } }, 0, 0);
    d.initializer.gain = 2;
    fill(&d, 1, data);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 5; j++) assert_true(data[i * 5 + j] == (i == j ? 2 : 0));
    d.shape = (sv_shape){ 4, { 3, 3, 1, 8 } };
    sv_fault fault = { 0 };
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_non_null(strstr(fault.text, "identity: expected a matrix"));
    assert_non_null(strstr(fault.text, "[3,3,1,8]"));
}

/* Mean and standard deviation of N(mean, stddev) between a and b by numerical integration; both ways of drawing. */
static void truncated_at_bounds(void **state)
{
    (void)state;
    const double cases[][4] = { { 0, 1, -2, 2 }, { 0, 1, 1, 3 }, { 0.5, 0.2, 0.4, 2 }, { -1, 0.5, 0, 0.1 }, { 3, 1, -1, 1 } };
    for (int k = 0; k < 5; k++) {
        const double *c = cases[k];
        sv_draw d = draw_of(SV_INIT_TRUNC_NORMAL, (sv_shape){ 2, { 256, 256 } }, 0, 0);
        d.initializer.mean = c[0], d.initializer.stddev = c[1], d.initializer.a = c[2], d.initializer.b = c[3];
        fill(&d, 90 + (uint64_t)k, data);
        double weight = 0, mean = 0, square = 0;
        for (int i = 0; i < 100000; i++) {
            double x = c[2] + (c[3] - c[2]) * (i + 0.5) / 100000, z = (x - c[0]) / c[1], p = exp(-z * z / 2);
            weight += p, mean += p * x, square += p * x * x;
        }
        mean /= weight;
        double stddev = sqrt(square / weight - mean * mean);
        moments m = moments_of(data, MANY);
        assert_float_equal(sv_draw_stddev(&d), stddev, 1e-5 * stddev);
        if (fabs(m.mean - mean) > 5 * stddev / sqrt(MANY)) fail_msg("case %d: mean %g, expected %g", k, m.mean, mean);
        if (fabs(m.stddev / stddev - 1) > 0.015) fail_msg("case %d: standard deviation %g, expected %g", k, m.stddev, stddev);
        assert_true(m.lowest >= (float)c[2] && m.highest <= (float)c[3]);
        assert_true(m.lowest < c[2] + 0.1 * (c[3] - c[2]));
    }
}

static void eye_matrix(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_EYE, (sv_shape){ 2, { 4, 3 } }, 0, 0);
    fill(&d, 1, data);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 3; j++) assert_true(data[i * 3 + j] == (i == j));
    d.shape = (sv_shape){ 1, { 4 } };
    sv_fault fault = { 0 };
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_non_null(strstr(fault.text, "eye: expected a matrix"));
}

/* torch.nn.init.dirac_'s loops, written for its layout (out, in / groups, kh, kw). */
static void dirac_kernels(void **state)
{
    (void)state;
    const int cases[][5] = { { 3, 3, 4, 4, 1 }, { 5, 2, 3, 6, 1 }, { 1, 4, 6, 3, 1 }, { 3, 3, 2, 8, 4 }, { 3, 3, 4, 6, 2 } };
    for (int k = 0; k < 5; k++) {
        const int *c = cases[k], out = c[3], in = c[2], groups = c[4], each = out / groups;
        sv_draw d = draw_of(SV_INIT_DIRAC, (sv_shape){ 4, { c[0], c[1], in, out } }, 0, 0);
        d.initializer.groups = groups;
        fill(&d, 1, data);
        memset(other, 0, (size_t)(c[0] * c[1] * in * out) * sizeof *other);
        for (int g = 0; g < groups; g++)
            for (int i = 0; i < each && i < in; i++) other[((c[0] / 2 * c[1] + c[1] / 2) * in + i) * out + g * each + i] = 1;
        assert_memory_equal(data, other, (size_t)(c[0] * c[1] * in * out) * sizeof *data);
    }
    sv_draw d = draw_of(SV_INIT_DIRAC, (sv_shape){ 4, { 3, 3, 2, 8 } }, 0, 0);
    d.initializer.groups = 3;
    sv_fault fault = { 0 };
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_non_null(strstr(fault.text, "groups: expected a divisor of the last dimension of [3,3,2,8], got 3"));
}

/* Each input has ceil(sparsity outputs) zeros, in places that differ; the others are normal. */
static void sparse_matrix(void **state)
{
    (void)state;
    enum { IN = 300, OUT = 41 };
    sv_draw d = draw_of(SV_INIT_SPARSE, (sv_shape){ 2, { IN, OUT } }, 0, 0);
    d.initializer.sparsity = 0.25;
    fill(&d, 4, data);
    double squares = 0;
    int at[OUT] = { 0 };
    for (int i = 0; i < IN; i++) {
        int zeros = 0;
        for (int j = 0; j < OUT; j++) {
            squares += (double)data[i * OUT + j] * data[i * OUT + j];
            zeros += data[i * OUT + j] == 0;
            at[j] += data[i * OUT + j] == 0;
        }
        assert_int_equal(zeros, 11);
    }
    for (int j = 0; j < OUT; j++) assert_true(at[j] > 40 && at[j] < 130);
    assert_float_equal(sqrt(squares / (IN * 30)), 0.01, 5 * 0.01 / sqrt(2.0 * IN * 30));
    assert_float_equal(sv_draw_stddev(&d), 0.01 * sqrt(30.0 / 41), 1e-12);
}

/* Columns (or rows) of unit length at right angles, and the entries spread to both signs. */
static void orthogonal_matrices(void **state)
{
    (void)state;
    const sv_shape shapes[] = { { 4, { 3, 3, 4, 16 } }, { 2, { 12, 40 } },       { 2, { 20, 20 } },  { 2, { 9, 1 } },
                                { 2, { 1, 1 } },        { 4, { 3, 3, 16, 70 } }, { 2, { 64, 200 } }, { 2, { 101, 101 } },
                                { 2, { 33, 32 } },      { 4, { 5, 5, 3, 128 } } };
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        sv_draw d = draw_of(SV_INIT_ORTHOGONAL, shapes[k], 0, 0);
        d.initializer.gain = 1.5f;
        fill(&d, 3, data);
        int64_t columns = sv_shape_channels(&d.shape), rows = sv_shape_count(&d.shape) / columns;
        bool wide = rows < columns;
        int64_t n = wide ? rows : columns, m = wide ? columns : rows, along = wide ? 1 : columns, across = wide ? columns : 1;
        for (int64_t a = 0; a < n; a++)
            for (int64_t b = 0; b <= a; b++) {
                double dot = 0;
                for (int64_t i = 0; i < m; i++) dot += (double)data[a * across + i * along] * data[b * across + i * along];
                assert_float_equal(dot / 2.25, a == b, 1e-6);
            }
        assert_float_equal(sv_draw_stddev(&d), 1.5 / sqrt((double)m), 1e-9);
    }
}

/* Without the signs of R's diagonal the first entry would always have the sign opposite to its normal's; with them Q is
 * uniform: a column's product with the column it was made of is positive, as Gram and Schmidt's is. */
static void orthogonal_signs(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_ORTHOGONAL, (sv_shape){ 2, { 24, 6 } }, 0, 0);
    sv_draw normal = draw_of(SV_INIT_NORMAL, d.shape, 0, 0);
    for (uint64_t seed = 0; seed < 20; seed++) {
        fill(&d, seed, data);
        fill(&normal, seed, other);
        for (int j = 0; j < 6; j++) {
            double dot = 0;
            for (int i = 0; i < 24; i++) dot += (double)data[i * 6 + j] * other[i * 6 + j];
            assert_true(dot > 0);
        }
    }
}

/* Values depend on seed and name alone. */
static void streams(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_HE_NORMAL, (sv_shape){ 2, { 40, 25 } }, 40, 25);
    fill(&d, 7, data);
    sv_draw between = d;
    between.name = "another/kernel";
    fill(&between, 7, other);
    assert_memory_not_equal(data, other, 1000 * sizeof *data);
    fill(&d, 7, other);
    assert_memory_equal(data, other, 1000 * sizeof *data);
    fill(&d, 8, other);
    assert_memory_not_equal(data, other, 1000 * sizeof *data);
}

static void own_seed(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_GLOROT_UNIFORM, (sv_shape){ 2, { 40, 25 } }, 40, 25);
    fill(&d, 7, data);
    d.initializer.has_seed = true;
    d.initializer.seed = 7;
    fill(&d, 1, other);
    assert_memory_equal(data, other, 1000 * sizeof *data);
    d.initializer.seed = 0;
    fill(&d, 7, other);
    assert_memory_not_equal(data, other, 1000 * sizeof *data);
    sv_initializer i = { .type = SV_INIT_HE_NORMAL, .seed = 42 };
    sv_initializer_complete(&i, "kernel", SV_KERAS, no_fans);
    assert_true(i.has_seed);
}

static sv_initializer default_of(const char *parameter, sv_dialect dialect)
{
    const double fans[4] = { 0, 9, 144, 9 };
    sv_initializer i = { 0 };
    sv_initializer_complete(&i, parameter, dialect, fans);
    return i;
}

static void dialect_defaults(void **state)
{
    (void)state;
    assert_int_equal(default_of("kernel", SV_KERAS).type, SV_INIT_GLOROT_UNIFORM);
    assert_int_equal(default_of("kernel", SV_KERAS).fan, SV_FAN_KERAS);
    assert_int_equal(default_of("bias", SV_KERAS).type, SV_INIT_ZEROS);
    for (int dialect = SV_KERAS; dialect <= SV_TORCH; dialect++) {
        assert_int_equal(default_of("gamma", (sv_dialect)dialect).type, SV_INIT_ONES);
        assert_int_equal(default_of("moving_variance", (sv_dialect)dialect).type, SV_INIT_ONES);
        assert_int_equal(default_of("beta", (sv_dialect)dialect).type, SV_INIT_ZEROS);
        assert_int_equal(default_of("moving_mean", (sv_dialect)dialect).type, SV_INIT_ZEROS);
    }
    sv_initializer kernel = default_of("kernel", SV_TORCH), bias = default_of("bias", SV_TORCH);
    assert_int_equal(kernel.type, SV_INIT_KAIMING_UNIFORM);
    sv_draw d = { .name = "l/kernel", .shape = { 4, { 3, 3, 16, 8 } }, .initializer = kernel, .fan_in = 144, .fan_out = 72 };
    assert_true(fabs(sv_draw_stddev(&d) * sqrt(3) * 12 - 1) < 1e-14);
    assert_int_equal(bias.type, SV_INIT_UNIFORM);
    assert_true(bias.minval == -1.0 / 12 && bias.maxval == 1.0 / 12);
}

/* Keras counts a vector's length as its fans; PyTorch's rule keeps the kernel's. */
static void fans_of_vectors(void **state)
{
    (void)state;
    sv_draw d = draw_of(SV_INIT_HE_UNIFORM, (sv_shape){ 1, { 8 } }, 144, 72);
    assert_float_equal(sv_draw_stddev(&d), 0.5, 1e-12);
    d.initializer.fan = SV_FAN_TRUE;
    assert_float_equal(sv_draw_stddev(&d), sqrt(2.0 / 144), 1e-12);
}

static void refusals(void **state)
{
    (void)state;
    sv_fault fault = { 0 };
    sv_draw d = draw_of(SV_INIT_RANDOM_UNIFORM, (sv_shape){ 1, { 8 } }, 0, 0);
    d.initializer.minval = 2;
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "maxval: expected a number >= minval (2), got 0.05");
    fault = (sv_fault){ 0 };
    d = draw_of(SV_INIT_RANDOM_NORMAL, d.shape, 0, 0);
    d.initializer.stddev = -1;
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "stddev: expected a number >= 0, got -1");
    fault = (sv_fault){ 0 };
    d = draw_of(SV_INIT_VARIANCE_SCALING, d.shape, 8, 8);
    d.initializer.scale = 0;
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "scale: expected a number above 0, got 0");
    fault = (sv_fault){ 0 };
    d = draw_of(SV_INIT_TRUNC_NORMAL, d.shape, 0, 0);
    d.initializer.b = -2;
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "b: expected a number above a (-2), got -2");
    fault = (sv_fault){ 0 };
    d = draw_of(SV_INIT_ORTHOGONAL, d.shape, 0, 0);
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
    assert_non_null(strstr(fault.text, "orthogonal: expected a kernel of two or more dimensions, got shape [8]"));
    fault = (sv_fault){ 0 };
    d.shape = (sv_shape){ 2, { 0, 3 } };
    assert_int_equal(sv_draw_native(&d, NULL, 1, data, &fault), SV_BAD_ARGUMENT);
}

static void tables(void **state)
{
    (void)state;
    for (int t = SV_INIT_ZEROS; t < SV_INIT_COUNT; t++) {
        assert_true(strlen(sv_initializer_names[t]) >= 3);
        assert_true(strlen(sv_initializer_doc((sv_initializer_type)t)) > 3);
        assert_non_null(sv_initializer_table((sv_initializer_type)t));
        for (const sv_arg *a = sv_initializer_table((sv_initializer_type)t); a->key; a++) assert_non_null(a->doc);
    }
    assert_null(sv_initializer_names[SV_INIT_COUNT]);
    assert_string_equal(sv_initializer_names[SV_INIT_ORTHOGONAL], "orthogonal");
    assert_string_equal(sv_initializer_names[SV_INIT_KAIMING_NORMAL], "kaiming_normal");
    assert_null(sv_initializer_table(SV_INIT_DEFAULT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keras_bits),
        cmocka_unit_test(moments_and_bounds),
        cmocka_unit_test(variance_scaling_modes),
        cmocka_unit_test(kaiming_gains),
        cmocka_unit_test(constants),
        cmocka_unit_test(identity_matrix),
        cmocka_unit_test(truncated_at_bounds),
        cmocka_unit_test(eye_matrix),
        cmocka_unit_test(dirac_kernels),
        cmocka_unit_test(sparse_matrix),
        cmocka_unit_test(orthogonal_matrices),
        cmocka_unit_test(orthogonal_signs),
        cmocka_unit_test(streams),
        cmocka_unit_test(own_seed),
        cmocka_unit_test(dialect_defaults),
        cmocka_unit_test(fans_of_vectors),
        cmocka_unit_test(refusals),
        cmocka_unit_test(tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
