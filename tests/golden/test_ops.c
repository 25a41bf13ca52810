/* Every operator and loss against what the real TensorFlow/Keras and PyTorch computed (README.md beside this file). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "config/config.h"
#include "formats/safetensors.h"
#include "graph/run.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sv_case {
    const sv_safetensors *file;
    char prefix[16]; /* "17" */
    const char *about;
    int bad;
} sv_case;

static const sv_tensor *tensor(const sv_case *c, const char *group, const char *name)
{
    char full[160];
    snprintf(full, sizeof full, name ? "%s/%s/%s" : "%s/%s", c->prefix, group, name);
    return sv_safetensors_find(c->file, full);
}

/* Float32 sums of a few hundred terms of magnitude one, in another order. */
static void compare(sv_case *c, const char *what, const float *got, const sv_tensor *want)
{
    int64_t n = sv_shape_count(&want->shape);
    const float *w = want->data;
    double scale = 1;
    for (int64_t i = 0; i < n; i++) scale = fmax(scale, fabs((double)w[i]));
    for (int64_t i = 0; i < n; i++) {
        double error = fabs((double)got[i] - (double)w[i]);
        if (error <= 2e-6 * scale + 1e-5 * fabs((double)w[i])) continue;
        if (c->bad++ < 5) print_error("%s: %s[%d] is %.9g, expected %.9g\n", c->about, what, (int)i, (double)got[i], (double)w[i]);
        return;
    }
}

/* The rows of a batch on the way in, results on the way out. */
typedef struct sv_arrays {
    const float *x, *g;
    float *y, *dx;
    int64_t x_row, y_row;
} sv_arrays;

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const sv_arrays *a = context;
    memcpy(inputs[0], a->x + first * a->x_row, (size_t)(count * a->x_row) * sizeof(float));
    if (a->g) memcpy(inputs[1], a->g + first * a->y_row, (size_t)(count * a->y_row) * sizeof(float));
}

static void take_y(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    const sv_arrays *a = context;
    (void)inputs;
    memcpy(a->y + first * a->y_row, rows, (size_t)(count * a->y_row) * sizeof(float));
}

static void take_dx(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    const sv_arrays *a = context;
    (void)inputs;
    memcpy(a->dx + first * a->x_row, rows, (size_t)(count * a->x_row) * sizeof(float));
}

/* One layer in a graph of its own, with its upstream gradient as a second input. */
typedef struct sv_layer_case {
    sv_model *model;
    sv_graph *graph;
    sv_node *input, *output, *loss;
    sv_parameters *parameters;
    sv_run *run;
} sv_layer_case;

static void close_layer(sv_layer_case *l)
{
    sv_run_free(l->run);
    sv_parameters_free(l->parameters);
    sv_graph_free(l->graph);
    sv_model_free(l->model);
}

static bool open_layer(sv_case *c, sv_layer_case *l, const char *model_json, bool training, sv_fault *fault)
{
    *l = (sv_layer_case){ 0 };
    l->graph = sv_graph_new();
    if (sv_model_parse(model_json, "case", &l->model, fault) != SV_OK) return false;
    if (sv_model_build(l->model, l->graph, &l->input, &l->output, fault) != SV_OK) return false;
    const sv_tensor *x = tensor(c, "x", NULL);
    sv_node *upstream = sv_input_shape(l->graph, "upstream", l->output->shape);
    l->loss = sv_loss(l->graph, "dot", "dot", l->output, upstream, &(sv_loss_args){ .reduction = SV_SUM });
    if (sv_parameters_new(l->graph, &l->parameters, fault) != SV_OK) return false;
    for (int i = 0; i < l->graph->parameters; i++) {
        const sv_parameter *p = &l->graph->parameter[i];
        const sv_tensor *w = tensor(c, "w", p->name);
        if (!w || !sv_shape_equal(&w->shape, &p->spec.shape)) {
            sv_fail(fault, SV_BAD_DATA, "weight %s is missing or misshapen", p->name);
            return false;
        }
        memcpy(l->parameters->weights + p->offset, w->data, (size_t)p->count * sizeof(float));
    }
    sv_run_args args = { .output = l->output, .loss = l->loss, .batch = (int)x->shape.dim[0], .threads = 1, .gradients = true,
                         .input_gradient = true, .batch_mode = training, .inference = !training, .backend = &sv_backend_blas };
    if (sv_vectors_select(NULL, &args.vectors, fault) != SV_OK) return false;
    return sv_run_new(l->graph, l->parameters, &args, &l->run, fault) == SV_OK;
}

static void compare_weights(sv_case *c, const sv_layer_case *l)
{
    for (int i = 0; i < l->graph->parameters; i++) {
        const sv_parameter *p = &l->graph->parameter[i];
        const sv_tensor *dw = tensor(c, "dw", p->name), *after = tensor(c, "after", p->name);
        if (dw) compare(c, p->name, sv_run_gradient(l->run) + p->offset, dw);
        if (after) compare(c, p->name, l->parameters->weights + p->offset, after);
        if (!dw && p->spec.trainable && c->bad++ < 5) print_error("%s: no golden gradient of %s\n", c->about, p->name);
    }
}

static void check_layer(sv_case *c, const char *model_json, bool training)
{
    sv_fault fault = { 0 };
    sv_layer_case l;
    const sv_tensor *x = tensor(c, "x", NULL), *y = tensor(c, "y", NULL);
    if (!open_layer(c, &l, model_json, training, &fault)) {
        if (c->bad++ < 5) print_error("%s: %s%s\n", c->about, fault.text, sv_error(l.graph));
        close_layer(&l);
        return;
    }
    int64_t n = x->shape.dim[0], out = sv_shape_count(&l.output->shape);
    if (n * out != sv_shape_count(&y->shape)) {
        c->bad++;
        print_error("%s: %d outputs, expected %d\n", c->about, (int)(n * out), (int)sv_shape_count(&y->shape));
        close_layer(&l);
        return;
    }
    sv_arrays a = { .x = x->data, .g = tensor(c, "g", NULL)->data, .x_row = sv_shape_count(&l.input->shape), .y_row = out };
    a.y = malloc((size_t)(n * out) * sizeof(float));
    a.dx = malloc((size_t)(n * a.x_row) * sizeof(float));
    sv_feed feed = { .samples = n, .fetch = fetch, .context = &a };
    if (!training) {
        assert_int_equal(sv_run_forward(l.run, &feed, take_y, &a, NULL, &fault), SV_OK);
        compare(c, "output", a.y, y);
    }
    assert_int_equal(sv_run_backward(l.run, &feed, NULL, take_dx, &a, &fault), SV_OK);
    compare(c, "input gradient", a.dx, tensor(c, "dx", NULL));
    compare_weights(c, &l);
    if (training) {
        assert_int_equal(sv_run_forward(l.run, &feed, take_y, &a, NULL, &fault), SV_OK);
        compare(c, "output", a.y, y);
    }
    free(a.y);
    free(a.dx);
    close_layer(&l);
}

static void check_loss(sv_case *c, const char *loss_json, sv_dialect dialect)
{
    sv_fault fault = { 0 };
    sv_loss_spec spec[SV_MAX_LOSSES];
    int count;
    const sv_tensor *y = tensor(c, "y", NULL), *t = tensor(c, "t", NULL);
    assert_int_equal(sv_losses_parse(loss_json, dialect, spec, &count, &fault), SV_OK);
    sv_graph *g = sv_graph_new();
    sv_shape shape = { y->shape.rank - 1, { y->shape.dim[1], y->shape.dim[2], y->shape.dim[3] } };
    sv_node *input = sv_input_shape(g, "input", shape), *target = sv_input_shape(g, "target", shape);
    sv_node *loss = sv_losses_build(g, spec, count, input, target, NULL);
    sv_parameters *p = NULL;
    sv_run *run = NULL;
    assert_int_equal(sv_parameters_new(g, &p, &fault), SV_OK);
    sv_run_args args = { .output = input, .loss = loss, .batch = (int)y->shape.dim[0], .threads = 1, .gradients = true,
                         .input_gradient = true, .backend = &sv_backend_blas };
    assert_int_equal(sv_vectors_select(NULL, &args.vectors, &fault), SV_OK);
    assert_int_equal(sv_run_new(g, p, &args, &run, &fault), SV_OK);
    sv_arrays a = { .x = y->data, .g = t->data, .x_row = sv_shape_count(&shape), .y_row = sv_shape_count(&shape) };
    a.dx = malloc((size_t)sv_shape_count(&y->shape) * sizeof(float));
    sv_feed feed = { .samples = y->shape.dim[0], .fetch = fetch, .context = &a };
    double value;
    assert_int_equal(sv_run_backward(run, &feed, &value, take_dx, &a, &fault), SV_OK);
    compare(c, "value", &(float){ (float)value }, tensor(c, "value", NULL));
    compare(c, "gradient", a.dx, tensor(c, "dy", NULL));
    free(a.dx);
    sv_run_free(run);
    sv_parameters_free(p);
    sv_graph_free(g);
}

/* The JSON value behind "key": in the metadata's one-line text, into `out`; the generator writes no nested key of that name first. */
static void cut(const char *about, const char *key, char *out, size_t size)
{
    char mark[40];
    snprintf(mark, sizeof mark, "\"%s\":", key);
    const char *at = strstr(about, mark);
    assert_non_null(at);
    at += strlen(mark);
    size_t n = 0;
    int depth = 0;
    bool quoted = false;
    for (; at[n] && n + 1 < size; n++) {
        if (at[n] == '"') quoted = !quoted;
        if (!quoted && (at[n] == '{' || at[n] == '[')) depth++;
        if (!quoted && (at[n] == '}' || at[n] == ']') && depth-- == 0) break;
        if (!quoted && at[n] == ',' && depth == 0) break;
    }
    memcpy(out, at, n);
    out[n] = '\0';
}

static int check_file(const char *path, int transposed, int convolutions)
{
    sv_safetensors file;
    sv_fault fault = { 0 };
    if (sv_safetensors_read(path, &file, &fault) != SV_OK) fail_msg("%s", fault.text);
    int bad = 0, ct = 0, cv = 0;
    char text[4096], word[32];
    for (int i = 0; i < file.entries; i++) {
        sv_case c = { .file = &file, .about = file.metadata[i].value };
        const char *dot = strchr(file.metadata[i].key, '.');
        if (!dot) continue;
        snprintf(c.prefix, sizeof c.prefix, "%s", dot + 1);
        if (strncmp(file.metadata[i].key, "case.", 5) == 0) {
            cut(c.about, "model", text, sizeof text);
            cut(c.about, "training", word, sizeof word);
            ct += strstr(text, "\"Conv2DTranspose\"") != NULL;
            cv += strstr(text, "\"Conv2D\"") != NULL;
            check_layer(&c, text, strcmp(word, "true") == 0);
        } else if (strncmp(file.metadata[i].key, "loss.", 5) == 0) {
            cut(c.about, "loss", text, sizeof text);
            cut(c.about, "dialect", word, sizeof word);
            check_loss(&c, text, strcmp(word, "\"torch\"") == 0 ? SV_TORCH : SV_KERAS);
        }
        bad += c.bad > 0;
    }
    assert_true(ct >= transposed && cv >= convolutions);
    sv_safetensors_free(&file);
    return bad;
}

static void keras(void **state)
{
    (void)state;
    assert_int_equal(check_file("tests/golden/keras_ops.safetensors", 60, 40), 0);
}

static void torch(void **state)
{
    (void)state;
    assert_int_equal(check_file("tests/golden/torch_ops.safetensors", 60, 40), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(keras), cmocka_unit_test(torch) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
