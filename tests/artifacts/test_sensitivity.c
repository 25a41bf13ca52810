/*
 * The static border depth against brute force on 200 random stacks. A stack runs on a picture, and again on the same picture with
 * its true surroundings: outputs that differ are those which the border influences, and they must be exactly those within the
 * static depths. Weights and pixels are above 0, so that nothing cancels; neighbouring weights differ and the picture is a ramp, so
 * that reading a border's pixel once more in place of its neighbour beyond is a difference. Where nothing is, the native backend
 * gives the same bits, whatever the picture's size.
 */
#include "artifacts/artifacts.h"
#include "base/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef enum kind { CONV, TRANSPOSED, AVERAGE, NEAREST, BILINEAR, SHUFFLE, PAD, CROP, SKIP, KINDS } kind;
static const char *const kind_names[] = {
    "conv", "transposed", "average", "nearest", "bilinear", "shuffle", "pad", "crop", "skip"
};

typedef struct layer {
    kind kind;
    int kernel[2], stride[2], dilation;
    sv_padding padding;
} layer;

enum { LAYERS = 4, MARGIN = 96 };

static uint64_t state_of_draws = 2026;

static int below(int n)
{
    state_of_draws = state_of_draws * 6364136223846793005u + 1442695040888963407u;
    return (int)((state_of_draws >> 33) % (uint64_t)n);
}

static sv_padding random_padding(int most)
{
    int choice = below(3);
    if (choice == 0) return SV_SAME;
    if (choice == 1) return SV_VALID;
    return SV_PAD4(below(most), below(most), below(most), below(most));
}

static layer random_layer(void)
{
    layer l = { .kind = (kind)below(KINDS), .dilation = 1 };
    for (int i = 0; i < 2; i++) l.stride[i] = 1 + below(2), l.kernel[i] = 1 + below(3);
    if (l.kind == AVERAGE) l.kernel[0] = l.kernel[1] = l.stride[0] = l.stride[1] = 2;
    if (l.kind == CONV && l.stride[0] == 1 && l.stride[1] == 1) l.dilation = 1 + below(2);
    if (l.kind == SKIP) l.kernel[0] = l.kernel[1] = 1 + 2 * below(2), l.stride[0] = l.stride[1] = 1;
    for (int i = 0; i < 2 && l.kind == TRANSPOSED; i++)
        if (l.kernel[i] < l.stride[i]) l.kernel[i] = l.stride[i];
    l.padding = l.kind == AVERAGE ? (below(2) ? SV_SAME : SV_VALID) : l.kind == SKIP ? SV_SAME : random_padding(3);
    return l;
}

/* Adds a layer; `fixed` (or NULL) are the numbers that its padding resolved to elsewhere. */
static sv_node *add(sv_graph *g, const layer *l, const int *fixed, sv_node *x)
{
    sv_padding padding = fixed ? SV_PAD4(fixed[0], fixed[1], fixed[2], fixed[3]) : l->padding;
    sv_sides sides = { l->padding.top, l->padding.bottom, l->padding.left, l->padding.right };
    sv_conv2d_args c = { .filters = 1,
                         .kernel = { l->kernel[0], l->kernel[1] },
                         .strides = { l->stride[0], l->stride[1] },
                         .dilation = { l->dilation, l->dilation },
                         .padding = padding };
    sv_conv2d_transpose_args t = {
        .filters = 1, .kernel = { l->kernel[0], l->kernel[1] }, .strides = { l->stride[0], l->stride[1] }, .padding = padding
    };
    sv_upsampling2d_args u = { .size = { l->stride[0], l->stride[1] } };
    sv_node *y;
    switch (l->kind) {
    case CONV:
        return sv_conv2d(g, NULL, x, &c);
    case TRANSPOSED:
        return sv_conv2d_transpose(g, NULL, x, &t);
    case AVERAGE:
        return sv_average_pooling2d(g, NULL, x, &(sv_pool_args){ .pool_size = { 2, 2 }, .padding = padding });
    case NEAREST:
        return sv_upsampling2d(g, NULL, x, &u);
    case BILINEAR:
        u.interpolation = SV_BILINEAR, u.size[0] = u.size[1] = 2;
        return sv_upsampling2d(g, NULL, x, &u);
    case SHUFFLE:
        c.filters = 4;
        return sv_pixel_shuffle(g, NULL, sv_conv2d(g, NULL, x, &c), &(sv_pixel_shuffle_args){ .upscale_factor = 2 });
    case PAD:
        return sv_zero_padding2d(g, NULL, x, &(sv_zero_padding2d_args){ .padding = sides });
    case CROP:
        return sv_cropping2d(g, NULL, x, &(sv_cropping2d_args){ .cropping = sides });
    default:
        y = sv_conv2d(g, NULL, x, &c);
        return sv_add(g, NULL, (sv_node *[]){ y, x }, 2);
    }
}

/* The node whose padding a layer resolved: of a shuffle the convolution before it. */
static const sv_node *padded(const layer *l, const sv_node *n)
{
    return l->kind == SHUFFLE || l->kind == SKIP ? n->input[0] : n;
}

/* Weights 1 to 11, neighbours different, biases 0. */
static void set_weights(sv_graph *g)
{
    if (sv_compile(g, NULL, &(sv_compile_args){ .batch = 1, .threads = 1, .backend = "native" }) != SV_OK)
        fail_msg("%s", sv_error(g));
    for (int i = 0; i < sv_weight_count(g); i++) {
        sv_weight w = sv_weight_at(g, i);
        bool bias = strstr(w.name, "/bias") != NULL;
        for (int64_t k = 0; k < sv_shape_count(&w.shape); k++) w.data[k] = bias ? 0 : (float)(1 + (k * 5 + i) % 11);
    }
}

/* How far pixel (0, 0) of the picture's output lies inside that of the picture with its surroundings. */
static void shift_of(const layer *l, int shift[2])
{
    for (int i = 0; i < 2; i++) {
        if (l->kind == CONV || l->kind == AVERAGE) shift[i] /= l->stride[i];
        if (l->kind == TRANSPOSED || l->kind == NEAREST) shift[i] *= l->stride[i];
        if (l->kind == BILINEAR) shift[i] *= 2;
        if (l->kind == SHUFFLE) shift[i] = shift[i] / l->stride[i] * 2;
    }
}

typedef struct stack {
    int layers, height, width;
    layer layer[LAYERS];
    sv_graph *small, *large;
    sv_node *of_small, *of_large;
    int shift[2];
    char text[400];
} stack;

/* A stack of layers that fit, on a small picture and on one larger by MARGIN on every side; false where there is none. */
static bool build(stack *s)
{
    *s = (stack){ .layers = 1 + below(LAYERS), .height = 6 + below(20), .width = 6 + below(20), .shift = { MARGIN, MARGIN } };
    s->small = sv_graph_new(), s->large = sv_graph_new();
    sv_node *x = sv_input(s->small, "x", s->height, s->width, 1);
    sv_node *y = sv_input(s->large, "x", s->height + 2 * MARGIN, s->width + 2 * MARGIN, 1);
    size_t at = (size_t)snprintf(s->text, sizeof s->text, "%dx%d", s->height, s->width);
    for (int i = 0; i < s->layers && x && y; i++) {
        layer *l = &s->layer[i];
        *l = random_layer();
        x = add(s->small, l, NULL, x);
        if (!x) return false;
        const sv_node *n = padded(l, x);
        const int *p = n->inference.padding;
        /* The explicit numbers of `same` may extend a transposed layer's output: no number of PyTorch's says that. */
        for (int k = 0; k < 4; k++)
            if (l->kind == TRANSPOSED && p[k] < 0) return false;
        y = add(s->large, l, l->kind == PAD || l->kind == CROP ? NULL : p, y);
        shift_of(l, s->shift);
        at += (size_t)snprintf(s->text + at, sizeof s->text - at, ", %s k %d,%d s %d,%d d %d p %d,%d,%d,%d", kind_names[l->kind],
                               l->kernel[0], l->kernel[1], l->stride[0], l->stride[1], l->dilation, p[0], p[1], p[2], p[3]);
    }
    s->of_small = x, s->of_large = y;
    return x && y && (int64_t)y->shape.dim[0] * y->shape.dim[1] < 4000000;
}

static void discard(stack *s)
{
    sv_graph_free(s->small);
    sv_graph_free(s->large);
}

static float *run(sv_graph *g, sv_node *output, const float *input)
{
    float *y = sv_new((size_t)sv_shape_count(&output->shape), sizeof *y);
    if (!y || sv_predict(g, output, 1, &input, y) != SV_OK) fail_msg("%s", sv_error(g));
    return y;
}

/* Outputs that the border influences: brute force against the static depths. */
static void compare(const stack *s, const float *small, const float *large)
{
    sv_edges e, around;
    if (sv_edges_of(s->small, s->of_small, NULL, &e, NULL) != SV_OK ||
        sv_edges_of(s->large, s->of_large, NULL, &around, NULL) != SV_OK)
        fail_msg("%s: no edges", s->text);
    int64_t rows = s->of_small->shape.dim[0], columns = s->of_small->shape.dim[1];
    const int64_t *size = s->of_large->shape.dim;
    assert_true(around.depth[0] <= s->shift[0] && around.depth[2] <= s->shift[1]);
    assert_true(size[0] - around.depth[1] >= s->shift[0] + rows && size[1] - around.depth[3] >= s->shift[1] + columns);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) {
            bool within = r < e.depth[0] || r >= rows - e.depth[1] || c < e.depth[2] || c >= columns - e.depth[3];
            bool differs = small[r * columns + c] != large[(r + s->shift[0]) * size[1] + c + s->shift[1]];
            if (within != differs)
                fail_msg("%s: output %lld,%lld of %lldx%lld %s, static depths are %d,%d,%d,%d", s->text, (long long)r, (long long)c,
                         (long long)rows, (long long)columns, differs ? "changes" : "does not change", e.depth[0], e.depth[1],
                         e.depth[2], e.depth[3]);
        }
}

static void sensitivity(void **state)
{
    (void)state;
    for (int done = 0; done < 200;) {
        stack s;
        if (build(&s)) {
            int width = s.width + 2 * MARGIN, height = s.height + 2 * MARGIN;
            float *around = sv_new((size_t)(width * height), sizeof *around);
            float *picture = sv_new((size_t)(s.width * s.height), sizeof *picture);
            for (int i = 0; i < width * height; i++) around[i] = (float)(1 + i / width + 3.14159265 * (i % width));
            for (int i = 0; i < s.width * s.height; i++) picture[i] = around[(i / s.width + MARGIN) * width + i % s.width + MARGIN];
            set_weights(s.small);
            set_weights(s.large);
            float *small = run(s.small, s.of_small, picture), *large = run(s.large, s.of_large, around);
            compare(&s, small, large);
            sv_free(around), sv_free(picture), sv_free(small), sv_free(large);
            done++;
        }
        discard(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(sensitivity) };
    return cmocka_run_group_tests_name("sensitivity's support", tests, NULL, NULL);
}
