/* Static facts of architectures: the worked numbers of their definitions, and brute force on random stacks. */
#include "artifacts/artifacts.h"
#include "artifacts/axis.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static sv_node *conv(sv_graph *g, const char *name, sv_node *x, int k, int s)
{
    return sv_conv2d(g, name, x, &(sv_conv2d_args){ .filters = 2, .kernel = { k, k }, .strides = { s, s }, .padding = SV_SAME });
}

static sv_node *up(sv_graph *g, const char *name, sv_node *x, int k, int s)
{
    return sv_conv2d_transpose(
        g, name, x, &(sv_conv2d_transpose_args){ .filters = 2, .kernel = { k, k }, .strides = { s, s }, .padding = SV_SAME });
}

/* Encoder of `stages` kernels ke, decoder of as many kernels kd, strides 2, "same"; the latent is called "z". */
static sv_node *autoencoder(sv_graph *g, int n, int stages, int ke, int kd)
{
    sv_node *x = sv_input(g, "image", n, n, 1);
    for (int i = 0; i < stages; i++) x = conv(g, i == stages - 1 ? "z" : NULL, x, ke, 2);
    for (int i = 0; i < stages; i++) x = up(g, NULL, x, kd, 2);
    return x;
}

static sv_static *analyse(sv_graph *g, const sv_node *output, const char *latent, const sv_shape *target)
{
    sv_static *s;
    sv_fault fault = { 0 };
    if (!output) fail_msg("%s", sv_error(g));
    if (sv_static_new(g, output, latent, target, &s, &fault) != SV_OK) fail_msg("%s", fault.text);
    return s;
}

static void expect_map(const double *map, int64_t n, const char *expected)
{
    char text[512] = "";
    size_t at = 0;
    for (int64_t i = 0; i < n; i++) at += (size_t)snprintf(text + at, sizeof text - at, "%s%g", i ? " " : "", map[i]);
    assert_string_equal(text, expected);
}

/* A layer's map of its own ones, n = 4, stride 2. */
static void expect_layer(const sv_conv2d_transpose_args *args, const char *expected)
{
    sv_graph *g = sv_graph_new();
    sv_node *y = sv_conv2d_transpose(g, "dec", sv_input(g, "x", 4, 4, 1), args);
    if (!y) fail_msg("%s", sv_error(g));
    sv_text t = { 0 };
    char whole[256];
    snprintf(whole, sizeof whole, "{\"rows\": [%s], \"columns\": [%s]}", expected, expected);
    sv_layer_overlap_json(y, &t);
    assert_string_equal(t.data, whole);
    sv_text_free(&t);
    sv_graph_free(g);
}

static void overlap_of_layers(void **state)
{
    (void)state;
    sv_conv2d_transpose_args args = { .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_SAME };
    expect_layer(&args, "1, 1, 2, 1, 2, 1, 2, 1");
    args.kernel[0] = args.kernel[1] = 4;
    expect_layer(&args, "1, 2, 2, 2, 2, 2, 2, 1");
    args.kernel[0] = args.kernel[1] = 5;
    expect_layer(&args, "1, 2, 2, 3, 2, 3, 2, 2");
    args.kernel[0] = args.kernel[1] = 3;
    args.padding = SV_PAD(1, 1);
    args.output_padding = SV_OUTPUT_PADDING(1, 1);
    expect_layer(&args, "1, 2, 1, 2, 1, 2, 1, 1");
}

static void overlap_of_other_layers(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 5, 5, 1);
    sv_node *maps[] = { conv(g, "conv", x, 3, 1),
                        sv_average_pooling2d(g, "pool", x, &(sv_pool_args){ .pool_size = { 2, 2 }, .padding = SV_SAME }),
                        sv_upsampling2d(g, "near", x, &(sv_upsampling2d_args){ .interpolation = SV_NEAREST }),
                        sv_upsampling2d(g, "smooth", x, &(sv_upsampling2d_args){ .interpolation = SV_BILINEAR }),
                        sv_zero_padding2d(g, "pad", x, &(sv_zero_padding2d_args){ .padding = { 1, 1, 1, 1 } }),
                        sv_flatten(g, "flat", x) };
    const char *expected[] = { "2, 3, 3, 3, 2",       "1, 1, 1", "1, 1, 1, 1, 1, 1, 1, 1, 1, 1", "1, 1, 1, 1, 1, 1, 1, 1, 1, 1",
                               "0, 1, 1, 1, 1, 1, 0", "" };
    for (int i = 0; i < 6; i++) {
        sv_text t = { 0 };
        char whole[256];
        snprintf(whole, sizeof whole, "{\"rows\": [%s], \"columns\": [%s]}", expected[i], expected[i]);
        if (!maps[i]) fail_msg("%s", sv_error(g));
        sv_layer_overlap_json(maps[i], &t);
        assert_string_equal(t.data, whole);
        sv_text_free(&t);
    }
    sv_graph_free(g);
}

/* Composed k3 s2 stages far from the border: [2,1]; [3,2,3,1]; [4,3,5,2,5,3,4,1]. */
static void overlap_composed(void **state)
{
    (void)state;
    const double periods[3][8] = { { 2, 1 }, { 3, 2, 3, 1 }, { 4, 3, 5, 2, 5, 3, 4, 1 } };
    for (int stages = 1; stages <= 3; stages++) {
        sv_graph *g = sv_graph_new();
        sv_static *s = analyse(g, autoencoder(g, 96, stages, 3, 3), "z", NULL);
        int p = 1 << stages;
        assert_int_equal(s->edges.stride[0], p);
        assert_int_equal(s->edges.stride[1], p);
        for (int i = 32; i < 64; i++) {
            assert_true(s->overlap[0][i] == periods[stages - 1][i % p]);
            assert_true(s->overlap[1][i] == periods[stages - 1][i % p]);
        }
        sv_static_free(s);
        sv_graph_free(g);
    }
}

static void depth_of_autoencoders(void **state)
{
    (void)state;
    const int cases[2][3] = { { 3, 7, 8 }, { 4, 7, 15 } };
    for (int i = 0; i < 2; i++) {
        sv_graph *g = sv_graph_new();
        sv_static *s = analyse(g, autoencoder(g, 256, 3, 3, cases[i][0]), "z", NULL);
        const int *d = s->edges.depth;
        assert_int_equal(d[0], cases[i][1]);
        assert_int_equal(d[1], cases[i][2]);
        assert_int_equal(d[2], cases[i][1]);
        assert_int_equal(d[3], cases[i][2]);
        sv_static_free(s);
        sv_graph_free(g);
    }
}

/* Composed from 7: 1 1 2 1 3 2 3 1 3 2 3 1 ... against the period [3,2,3,1]: 10 % deficient are the first three. */
static void ring_width(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_static *s = analyse(g, autoencoder(g, 28, 2, 3, 3), "z", NULL);
    expect_map(s->overlap[0], 12, "1 1 2 1 3 2 3 1 3 2 3 1");
    const int rings[4] = { 3, 0, 3, 0 };
    assert_memory_equal(s->edges.ring, rings, sizeof rings);
    sv_static_free(s);
    sv_graph_free(g);
    g = sv_graph_new();
    s = analyse(g, autoencoder(g, 32, 1, 4, 4), "z", NULL);
    const int even[4] = { 1, 1, 1, 1 };
    assert_memory_equal(s->edges.ring, even, sizeof even);
    sv_static_free(s);
    sv_graph_free(g);
}

static void alignment(void **state)
{
    (void)state;
    const int kernels[3][2] = { { 3, 3 }, { 3, 4 }, { 4, 4 } };
    const double shifts[3] = { 0, -3.5, 0 };
    for (int i = 0; i < 3; i++) {
        sv_graph *g = sv_graph_new();
        sv_static *s = analyse(g, autoencoder(g, 64, 3, kernels[i][0], kernels[i][1]), "z", NULL);
        assert_true(s->aligned[0] && s->aligned[1]);
        assert_true(s->shift[0] == shifts[i] && s->shift[1] == shifts[i]);
        sv_static_free(s);
        sv_graph_free(g);
    }
    /* Nearest upsampling and a left crop; strides that do not cancel; a Dense layer. */
    sv_graph *g = sv_graph_new();
    sv_node *z =
        sv_conv2d(g, "z", sv_input(g, "x", 16, 16, 1), &(sv_conv2d_args){ .filters = 1, .kernel = { 2, 2 }, .strides = { 2, 2 } });
    sv_node *y = sv_cropping2d(g, "crop", sv_upsampling2d(g, "up", z, &(sv_upsampling2d_args){ 0 }),
                               &(sv_cropping2d_args){ { 1, 2, 3, 0 } });
    sv_static *s = analyse(g, y, "z", NULL);
    assert_true(s->shift[0] == -1 && s->shift[1] == -3);
    sv_static_free(s);
    s = analyse(g, z, NULL, NULL);
    assert_false(s->aligned[0]);
    sv_static_free(s);
    y = sv_reshape(g, "image", sv_dense(g, "dense", sv_flatten(g, "flat", z), &(sv_dense_args){ .units = 64 }),
                   &(sv_reshape_args){ sv_shape3(8, 8, 1) });
    s = analyse(g, y, "dense", NULL);
    assert_false(s->aligned[0] || s->aligned[1]);
    sv_static_free(s);
    sv_graph_free(g);
}

/* Behind Flatten everything is influenced from a side where anything is. */
static void depth_through_vectors(void **state)
{
    (void)state;
    for (int pad = 0; pad < 2; pad++) {
        sv_graph *g = sv_graph_new();
        sv_node *z = sv_conv2d(g, "c", sv_input(g, "x", 8, 8, 1),
                               &(sv_conv2d_args){ .filters = 1, .kernel = { 3, 3 }, .padding = SV_PAD4(pad, 0, pad, pad) });
        z = sv_dense(g, "dense", sv_flatten(g, "flat", z), &(sv_dense_args){ .units = 25 });
        sv_node *y = sv_reshape(g, "image", z, &(sv_reshape_args){ sv_shape3(5, 5, 1) });
        sv_static *s = analyse(g, y, NULL, NULL);
        const int expected[4] = { 5 * pad, 0, 5 * pad, 5 * pad };
        assert_memory_equal(s->edges.depth, expected, sizeof expected);
        sv_static_free(s);
        sv_graph_free(g);
    }
}

static void group_statistics_reach_everywhere(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_node *y = sv_group_normalization(g, "norm", conv(g, "c", sv_input(g, "x", 9, 7, 1), 3, 1),
                                        &(sv_group_normalization_args){ .groups = 1 });
    sv_static *s = analyse(g, y, NULL, NULL);
    const int expected[4] = { 9, 9, 7, 7 };
    assert_memory_equal(s->edges.depth, expected, sizeof expected);
    sv_static_free(s);
    sv_graph_free(g);
}

/* The deepest path counts. */
static void depth_over_skips(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 20, 20, 2), *deep = conv(g, "b", conv(g, "a", x, 5, 1), 3, 1);
    sv_node *y = sv_add(g, "sum", (sv_node *[]){ x, deep }, 2);
    sv_static *s = analyse(g, y, NULL, NULL);
    for (int side = 0; side < 4; side++) assert_int_equal(s->edges.depth[side], 3);
    sv_static_free(s);
    sv_graph_free(g);
}

/* One axis of one layer, as its words say it; resolved here by the conventions of Keras (words) and PyTorch (numbers). */
typedef enum kind { CONV, TRANSPOSED, POOL, NEAREST, BILINEAR, SHUFFLE, PAD, CROP, KINDS } kind;
typedef struct layer {
    kind kind;
    sv_padding_mode mode;
    int k, s, d, before, after, op; /* op < 0: absent */
} layer;

static uint64_t random_state = 12345;
static int below(int n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)((random_state >> 33) % (uint64_t)n);
}

static int max(int a, int b)
{
    return a > b ? a : b;
}

/* Output size of the layer on an axis of n pixels; *start: padding or crop before. */
static int resolve(const layer *l, int n, int *start)
{
    int ke = (l->k - 1) * l->d + 1, out, total;
    *start = l->mode == SV_PADDING_EXPLICIT ? l->before : 0;
    switch (l->kind) {
    case CONV:
    case POOL:
        if (l->mode != SV_PADDING_SAME) return (n + (l->mode == SV_PADDING_EXPLICIT ? l->before + l->after : 0) - ke) / l->s + 1;
        out = (n + l->s - 1) / l->s;
        total = max((out - 1) * l->s + ke - n, 0);
        *start = total / 2;
        return out;
    case TRANSPOSED:
        if (l->mode == SV_PADDING_EXPLICIT) return (n - 1) * l->s - l->before - l->after + ke + (l->op < 0 ? 0 : l->op);
        if (l->mode == SV_PADDING_VALID) return l->op < 0 ? (n - 1) * l->s + max(ke, l->s) : (n - 1) * l->s + ke + l->op;
        out = l->op < 0 ? n * l->s : (n - 1) * l->s + ke % 2 + l->op;
        *start = max((n - 1) * l->s + ke - out, 0) / 2;
        return out;
    case PAD:
        return n + l->before + l->after;
    case CROP:
        return n - l->before - l->after;
    default:
        return n * l->s;
    }
}

/* The cells, perhaps beyond the ends, that output o reads; returns how many. */
static int reads(const layer *l, int n, int start, int o, int *cell)
{
    int count = 0;
    double at = (o + 0.5) / l->s - 0.5;
    switch (l->kind) {
    case CONV:
    case POOL:
        for (int u = 0; u < l->k; u++) cell[count++] = o * l->s - start + u * l->d;
        return count;
    case TRANSPOSED:
        for (int i = -64; i < n + 64; i++)
            for (int u = 0; u < l->k; u++)
                if (i * l->s + u * l->d == o + start) cell[count++] = i;
        return count;
    case BILINEAR:
        cell[0] = (int)floor(at);
        cell[1] = (int)ceil(at);
        return 2;
    case PAD:
        cell[0] = o - l->before;
        return 1;
    case CROP:
        cell[0] = o + l->before;
        return 1;
    default:
        cell[0] = o / l->s;
        return 1;
    }
}

enum { LONGEST = 400, LAYERS = 5 };

static layer random_layer(void)
{
    layer l = {
        .kind = (kind)below(KINDS), .mode = (sv_padding_mode)below(3), .k = 1 + below(5), .s = 1 + below(3), .d = 1, .op = -1
    };
    l.before = below(3), l.after = below(3);
    if (l.kind == CONV && below(3) == 0) l.d = 2;
    if (l.kind == TRANSPOSED) {
        l.k = max(l.k, l.s);
        l.before = below(l.k), l.after = below(l.k);
        if (l.mode != SV_PADDING_SAME && below(2)) l.op = below(l.s);
    }
    if (l.kind == POOL) {
        l.k = max(l.k, 2), l.s = l.s > l.k ? l.k : l.s;
        l.before = below(2), l.after = below(2);
    }
    if (l.kind == SHUFFLE) l.s = 2;
    if (l.kind == CROP || l.kind == PAD) l.mode = SV_PADDING_EXPLICIT;
    if (l.kind == PAD) l.before++;
    return l;
}

static sv_padding padding_of(const layer *l)
{
    return (sv_padding){ .mode = l->mode, .top = l->before, .bottom = l->after, .left = l->before, .right = l->after };
}

static sv_node *build(sv_graph *g, const layer *l, sv_node *x)
{
    sv_sides sides = { l->before, l->after, l->before, l->after };
    switch (l->kind) {
    case CONV:
        return sv_conv2d(g, NULL, x,
                         &(sv_conv2d_args){ .filters = 4,
                                            .kernel = { l->k, l->k },
                                            .strides = { l->s, l->s },
                                            .dilation = { l->d, l->d },
                                            .padding = padding_of(l) });
    case TRANSPOSED:
        return sv_conv2d_transpose(g, NULL, x,
                                   &(sv_conv2d_transpose_args){ .filters = 4,
                                                                .kernel = { l->k, l->k },
                                                                .strides = { l->s, l->s },
                                                                .padding = padding_of(l),
                                                                .output_padding = { l->op >= 0, max(l->op, 0), max(l->op, 0) } });
    case POOL:
        return sv_max_pooling2d(
            g, NULL, x, &(sv_pool_args){ .pool_size = { l->k, l->k }, .strides = { l->s, l->s }, .padding = padding_of(l) });
    case NEAREST:
    case BILINEAR:
        return sv_upsampling2d(g, NULL, x,
                               &(sv_upsampling2d_args){ { l->s, l->s }, l->kind == BILINEAR ? SV_BILINEAR : SV_NEAREST });
    case SHUFFLE:
        x = sv_conv2d(g, NULL, x, &(sv_conv2d_args){ .filters = 16, .kernel = { 1, 1 } });
        return sv_pixel_shuffle(g, NULL, x, &(sv_pixel_shuffle_args){ .upscale_factor = 2 });
    case PAD:
        return sv_zero_padding2d(g, NULL, x, &(sv_zero_padding2d_args){ .padding = sides });
    default:
        return sv_cropping2d(g, NULL, x, &(sv_cropping2d_args){ sides });
    }
}

/* Cells flagged as reading beyond the low (high) end, layer after layer; returns the depth. */
static int depth_by_force(const layer *l, const int *size, const int *start, int layers, bool high)
{
    char flag[LONGEST] = { 0 }, next[LONGEST];
    int cell[LONGEST], depth = 0;
    for (int k = 0; k < layers; k++) {
        for (int o = 0; o < size[k + 1]; o++) {
            next[o] = 0;
            int n = reads(&l[k], size[k], start[k], o, cell);
            for (int i = 0; i < n; i++) next[o] |= cell[i] < 0 ? !high : cell[i] >= size[k] ? high : flag[cell[i]];
        }
        memcpy(flag, next, sizeof flag);
    }
    for (int o = 0; o < size[layers]; o++)
        if (flag[o]) depth = high ? max(depth, size[layers] - o) : o + 1;
    return depth;
}

static void expect_reads(const sv_static *s, const layer *l, const int *size, const int *start, int layers)
{
    char reached[LONGEST], next[LONGEST];
    int cell[LONGEST];
    for (int i = 0; i < size[0]; i++) {
        memset(reached, 0, sizeof reached);
        reached[i] = 1;
        for (int k = 0; k < layers; k++) {
            for (int o = 0; o < size[k + 1]; o++) {
                next[o] = 0;
                int n = reads(&l[k], size[k], start[k], o, cell);
                for (int c = 0; c < n; c++) next[o] |= cell[c] >= 0 && cell[c] < size[k] && reached[cell[c]];
            }
            memcpy(reached, next, sizeof reached);
        }
        bool any = memchr(reached, 1, (size_t)size[layers]) != NULL;
        assert_int_equal(s->read[0][i], any);
        assert_int_equal(s->read[1][i], any);
    }
}

/* Depth and unread input of random stacks, cell by cell. */
static void random_stacks(void **state)
{
    (void)state;
    int tried = 0;
    for (int round = 0; round < 4000 && tried < 600; round++) {
        layer l[LAYERS];
        int size[LAYERS + 1] = { 7 + below(20) }, start[LAYERS], layers = 1 + below(LAYERS);
        sv_graph *g = sv_graph_new();
        sv_node *x = sv_input(g, "x", size[0], size[0], 2), *y = x;
        bool small = true;
        for (int k = 0; k < layers && y; k++) {
            l[k] = random_layer();
            y = build(g, &l[k], y);
            if (!y) break;
            size[k + 1] = resolve(&l[k], size[k], &start[k]);
            assert_int_equal(sv_node_shape(y).dim[0], size[k + 1]);
            small = size[k + 1] <= LONGEST;
            if (!small) break;
        }
        if (y && small) {
            sv_static *s = analyse(g, y, NULL, NULL);
            for (int side = 0; side < 4; side++) {
                int expected = depth_by_force(l, size, start, layers, side % 2);
                if (s->edges.depth[side] == expected) continue;
                for (int k = 0; k < layers; k++)
                    print_message("kind %d mode %d k %d s %d d %d (%d,%d) op %d: %d -> %d\n", (int)l[k].kind, (int)l[k].mode,
                                  l[k].k, l[k].s, l[k].d, l[k].before, l[k].after, l[k].op, size[k], size[k + 1]);
                fail_msg("side %d: depth %d, by force %d", side, s->edges.depth[side], expected);
            }
            expect_reads(s, l, size, start, layers);
            sv_static_free(s);
            tried++;
        }
        sv_graph_free(g);
    }
    assert_true(tried >= 400);
}

static const sv_lint *lint(const sv_static *s, const char *id)
{
    for (int i = 0; i < s->lints; i++)
        if (strcmp(s->lint[i].id, id) == 0) return &s->lint[i];
    return NULL;
}

static int count_lints(const sv_static *s, const char *id)
{
    int n = 0;
    for (int i = 0; i < s->lints; i++) n += strcmp(s->lint[i].id, id) == 0;
    return n;
}

/* 7 -> 4 -> 8: the size that `same` loses, and how to get it back. */
static void lint_of_lost_size(void **state)
{
    (void)state;
    sv_shape target = sv_shape3(7, 7, 1);
    sv_graph *g = sv_graph_new();
    sv_node *y = up(g, "dec", conv(g, "z", sv_input(g, "x", 7, 7, 1), 3, 2), 3, 2);
    sv_static *s = analyse(g, y, "z", &target);
    assert_true(sv_static_refuses(s));
    assert_string_equal(lint(s, "B5")->message, "the output is 8x8, the target 7x7");
    assert_string_equal(lint(s, "B5")->fix, "\"padding\": [[1, 1], [1, 1]] and no output_padding in layer \"dec\"");
    sv_static_free(s);
    sv_graph_free(g);

    g = sv_graph_new();
    y = sv_conv2d_transpose(
        g, "dec", conv(g, "z", sv_input(g, "x", 7, 7, 1), 3, 2),
        &(sv_conv2d_transpose_args){ .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 }, .padding = SV_PAD(1, 1) });
    s = analyse(g, y, "z", &target);
    assert_null(lint(s, "B5"));
    assert_false(sv_static_refuses(s));
    sv_static_free(s);
    target = sv_shape3(10, 10, 1);
    s = analyse(g, y, "z", &target);
    assert_string_equal(lint(s, "B5")->fix, "\"padding\": [0, 0], \"output_padding\": [1, 1] in layer \"dec\"");
    sv_static_free(s);
    sv_graph_free(g);

    target = sv_shape3(5, 7, 1);
    g = sv_graph_new();
    y = sv_upsampling2d(g, "up", conv(g, "z", sv_input(g, "x", 5, 7, 1), 3, 2), &(sv_upsampling2d_args){ 0 });
    s = analyse(g, y, "z", &target);
    assert_string_equal(lint(s, "B5")->message, "the output is 6x8, the target 5x7");
    assert_string_equal(lint(s, "B5")->fix, "Cropping2D with cropping [[0, 1], [0, 1]] as the last layer");
    sv_static_free(s);
    sv_graph_free(g);
}

static void lints_of_keras_autoencoder(void **state)
{
    (void)state;
    sv_shape target = sv_shape3(28, 28, 1);
    sv_graph *g = sv_graph_new();
    sv_static *s = analyse(g, autoencoder(g, 28, 2, 3, 3), "z", &target);
    assert_int_equal(count_lints(s, "A1"), 2);
    assert_int_equal(count_lints(s, "A2"), 0);
    assert_int_equal(count_lints(s, "A3"), 2);
    assert_int_equal(count_lints(s, "A4"), 1);
    assert_int_equal(count_lints(s, "C1"), 0);
    assert_int_equal(count_lints(s, "B1"), 2);
    assert_int_equal(count_lints(s, "B2"), 1);
    assert_null(lint(s, "B3"));
    assert_null(lint(s, "B4"));
    assert_null(lint(s, "B5"));
    assert_string_equal(
        lint(s, "A1")->message,
        "kernel 3 over stride 2 overlaps unevenly in rows and columns: neighbouring pixels sum 2 and 1 taps, a ratio of 2");
    assert_string_equal(lint(s, "A1")->fix, "kernel_size [4, 4] (twice the stride), or UpSampling2D followed by Conv2D");
    assert_string_equal(lint(s, "B2")->message, "the border reaches unequally deep: top 3, bottom 4, left 3, right 4 pixels");
    assert_non_null(strstr(lint(s, "B1")->message, "top 0, bottom 1, left 0, right 1"));
    assert_string_equal(
        lint(s, "B1")->fix,
        "\"kernel_size\": [4, 4], \"padding\": [1, 1]; or \"padding\": [1, 1] on an input of 29x29 (n = k - 2p modulo the stride) "
        "instead of 28x28");
    assert_int_equal(lint(s, "A3")->severity, SV_NOTE);
    assert_int_equal(lint(s, "A1")->severity, SV_WARNING);
    assert_false(sv_static_refuses(s));
    sv_static_free(s);
    sv_graph_free(g);
}

static void lints_of_other_models(void **state)
{
    (void)state;
    sv_shape target = sv_shape3(24, 24, 1);
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 24, 24, 1), *z = conv(g, "z", x, 4, 2);
    sv_node *y = conv(g, "last", up(g, "gap", z, 1, 2), 3, 1);
    sv_static *s = analyse(g, y, "z", &target);
    assert_non_null(lint(s, "A2"));
    assert_int_equal(lint(s, "A2")->severity, SV_ERROR);
    assert_true(sv_static_refuses(s));
    assert_string_equal(lint(s, "A2")->message,
                        "kernel 1 leaves 1 of every 2 pixels (stride) unwritten in rows and columns: they hold the bias alone");
    assert_null(lint(s, "A4"));
    assert_non_null(lint(s, "B4"));
    sv_static_free(s);
    y = up(g, "tile", z, 2, 2);
    s = analyse(g, y, "z", &target);
    assert_non_null(lint(s, "C1"));
    assert_null(lint(s, "A1"));
    assert_non_null(lint(s, "A3"));
    assert_non_null(lint(s, "A4"));
    assert_null(lint(s, "B1"));
    assert_null(lint(s, "B2"));
    sv_static_free(s);
    /* Without a target neither B4 nor B5. */
    y = up(g, "dec", up(g, "dec0", z, 3, 2), 4, 2);
    s = analyse(g, y, NULL, NULL);
    assert_null(lint(s, "B4"));
    assert_null(lint(s, "B5"));
    sv_static_free(s);
    y = sv_upsampling2d(g, "resize", z, &(sv_upsampling2d_args){ 0 });
    s = analyse(g, conv(g, "smooth", y, 3, 1), "z", &target);
    assert_null(lint(s, "A1"));
    assert_null(lint(s, "A3"));
    assert_null(lint(s, "A4"));
    sv_static_free(s);
    sv_graph_free(g);
}

static void lint_of_empty_interior_and_unread_input(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_static *s = analyse(g, autoencoder(g, 16, 3, 3, 3), "z", NULL);
    assert_non_null(lint(s, "B3"));
    assert_non_null(strstr(lint(s, "B3")->message, "depths 7 and 8 of 16 rows"));
    sv_static_free(s);
    sv_graph_free(g);
    g = sv_graph_new();
    sv_node *y =
        sv_conv2d(g, "c", sv_input(g, "x", 10, 9, 1), &(sv_conv2d_args){ .filters = 1, .kernel = { 3, 3 }, .strides = { 2, 2 } });
    s = analyse(g, y, NULL, NULL);
    assert_int_equal(count_lints(s, "B1"), 2);
    sv_text t = { 0 };
    sv_static_json(s, &t);
    assert_non_null(strstr(t.data, "\"unread_input\": {\"rows\": [9], \"columns\": []}"));
    assert_non_null(strstr(t.data, "\"alignment_shift\": [null, null]"));
    sv_text_free(&t);
    sv_static_free(s);
    sv_graph_free(g);
}

static void json_members(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_static *s = analyse(g, autoencoder(g, 8, 1, 3, 3), "z", NULL);
    sv_text t = { 0 };
    sv_static_json(s, &t);
    assert_non_null(strstr(t.data, "\"overlap\": {\"rows\": [1, 1, 2, 1, 2, 1, 2, 1], \"columns\": [1, 1, 2, 1, 2, 1, 2, 1]},\n"));
    assert_non_null(strstr(t.data, "\"border_depth\": {\"top\": 1, \"bottom\": 2, \"left\": 1, \"right\": 2},\n"));
    assert_non_null(strstr(t.data, "\"alignment_shift\": [0, 0],\n"));
    assert_non_null(strstr(
        t.data, "{\"id\": \"A1\", \"severity\": \"warning\", \"layer\": \"Conv2DTranspose_2\", \"message\": \"kernel 3 over"));
    assert_non_null(strstr(t.data, "{\"id\": \"B2\", \"severity\": \"warning\", \"layer\": null, "));
    sv_text_free(&t);
    sv_static_print(s, &t);
    assert_non_null(strstr(t.data, "border depth     top 1, bottom 2, left 1, right 2 of 8x8\n"));
    assert_non_null(strstr(t.data, "warning A1 Conv2DTranspose_2: kernel 3"));
    sv_text_free(&t);
    sv_static_free(s);
    sv_graph_free(g);
}

static void stride_without_latent(void **state)
{
    (void)state;
    sv_graph *g = sv_graph_new();
    sv_static *s = analyse(g, autoencoder(g, 64, 3, 3, 4), NULL, NULL);
    assert_int_equal(s->edges.stride[0], 8);
    expect_map(s->overlap[0] + 24, 8, "8 8 8 8 8 8 8 8");
    sv_static_free(s);
    sv_edges e;
    sv_fault fault = { 0 };
    assert_int_equal(sv_edges_of(g, g->node[g->nodes - 1], "nowhere", &e, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "latent: there is no layer \"nowhere\"; expected the name of a layer");
    assert_int_equal(sv_edges_of(g, g->node[g->nodes - 1], "", &e, NULL), SV_OK);
    assert_int_equal(e.stride[1], 8);
    sv_graph_free(g);
    /* A residual stack without upsampling: ones at the input. */
    g = sv_graph_new();
    sv_node *x = sv_input(g, "x", 12, 12, 2);
    s = analyse(g, conv(g, "c", x, 3, 1), NULL, NULL);
    assert_int_equal(s->edges.stride[0], 1);
    assert_int_equal(s->edges.ring[0], 1);
    sv_static_free(s);
    sv_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlap_of_layers),
        cmocka_unit_test(overlap_of_other_layers),
        cmocka_unit_test(overlap_composed),
        cmocka_unit_test(depth_of_autoencoders),
        cmocka_unit_test(ring_width),
        cmocka_unit_test(alignment),
        cmocka_unit_test(depth_through_vectors),
        cmocka_unit_test(group_statistics_reach_everywhere),
        cmocka_unit_test(depth_over_skips),
        cmocka_unit_test(random_stacks),
        cmocka_unit_test(lint_of_lost_size),
        cmocka_unit_test(lints_of_keras_autoencoder),
        cmocka_unit_test(lints_of_other_models),
        cmocka_unit_test(lint_of_empty_interior_and_unread_input),
        cmocka_unit_test(json_members),
        cmocka_unit_test(stride_without_latent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
