#include "support/op_run.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

enum { GUARD = 16, GUARD_WORD = 0x5ca1ab1e };

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void op_random(uint64_t stream, int64_t count, double scale, float *x)
{
    for (int64_t k = 0; k < count; k++) {
        double unit = (double)(mix(stream * 0x9e3779b97f4a7c15u + (uint64_t)k) >> 11) * 0x1p-53;
        x[k] = (float)((2 * unit - 1) * scale);
    }
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

/* A permutation of the half-odd grid (k + 1/2) 2 scale / count - scale, moved off 0 where count is odd. */
static void fill_spread(uint64_t stream, int64_t count, double scale, float *x)
{
    int64_t step = 1 + (int64_t)(mix(stream) % (uint64_t)count);
    while (common_divisor(step, count) != 1) step++;
    for (int64_t k = 0; k < count; k++) {
        int64_t at = (k * step + 7) % count;
        x[k] = (float)(((double)at + 0.5 + 0.25 * (double)(count % 2)) * 2 * scale / (double)count - scale);
    }
}

float *op_buffer(int64_t count)
{
    float *base = sv_new((size_t)count + 2 * GUARD, sizeof(float));
    assert_non_null(base);
    uint32_t word = GUARD_WORD;
    for (int k = 0; k < GUARD; k++) {
        memcpy(base + k, &word, sizeof word);
        memcpy(base + GUARD + count + k, &word, sizeof word);
    }
    for (int64_t k = 0; k < count; k++) base[GUARD + k] = NAN;
    return base + GUARD;
}

static void op_buffer_check(const char *label, const char *what, const float *p, int64_t count)
{
    for (int k = 0; k < GUARD; k++) {
        uint32_t before, after;
        memcpy(&before, p - 1 - k, sizeof before);
        memcpy(&after, p + count + k, sizeof after);
        if (before != GUARD_WORD) fail_msg("%s: %s was written %d floats before its start", label, what, k + 1);
        if (after != GUARD_WORD) fail_msg("%s: %s was written %d floats after its end", label, what, k + 1);
    }
}

void op_buffer_free(const char *label, const char *what, float *p, int64_t count)
{
    op_buffer_check(label, what, p, count);
    sv_free(p - GUARD);
}

double *op_widen(int64_t count, const float *x, bool magnitude)
{
    double *d = sv_new((size_t)count + 1, sizeof *d);
    assert_non_null(d);
    for (int64_t k = 0; k < count; k++) d[k] = magnitude ? fabs((double)x[k]) : (double)x[k];
    return d;
}

sv_status op_infer(const op_case *c, op_inferred *r, sv_fault *fault)
{
    memset(r, 0, sizeof *r);
    sv_inference *i = &r->i;
    sv_dialect dialect = c->dialect ? c->dialect : SV_KERAS;
    if (c->op->args_size) {
        assert_true(c->op->args_size <= sizeof r->args);
        if (c->args) memcpy(r->args, c->args, c->op->args_size);
        sv_args_complete(c->op->table, r->args, dialect);
        i->args = r->args;
    }
    for (const sv_arg *a = c->op->table; a && a->key; a++) {
        void *field = r->args + a->offset;
        if (a->type == SV_ARG_DIALECT) dialect = *(sv_dialect *)field;
        if (a->type == SV_ARG_ACTIVATION) sv_activation_complete(field, dialect);
    }
    i->dialect = dialect;
    i->inputs = c->inputs ? c->inputs : 1;
    memcpy(i->input, c->input, sizeof i->input);
    if (sv_args_check(c->op->table, r->args, fault) != SV_OK) return fault->status;
    if (sv_backend_select("blas", &i->backend, fault) != SV_OK) return fault->status;
    if (sv_vectors_select(NULL, &r->vectors, fault) != SV_OK) return fault->status;
    return c->op->infer(i, fault);
}

void op_expect_shape(const op_case *c, sv_shape output)
{
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    char got[SV_SHAPE_TEXT], wanted[SV_SHAPE_TEXT];
    if (op_infer(c, &r, &fault) != SV_OK) fail_msg("%s: infer: %s", c->label, fault.text);
    if (!sv_shape_equal(&r.i.output, &output))
        fail_msg("%s: output %s, expected %s", c->label, sv_shape_text(&r.i.output, got), sv_shape_text(&output, wanted));
}

void op_expect_fault(const op_case *c, const char *message)
{
    op_inferred r;
    sv_fault fault = { SV_OK, "" };
    if (op_infer(c, &r, &fault) == SV_OK) fail_msg("%s: infer took it, expected \"%s\"", c->label, message);
    if (fault.status != SV_BAD_ARGUMENT) fail_msg("%s: status %d, expected SV_BAD_ARGUMENT", c->label, fault.status);
    if (strcmp(fault.text, message) != 0) fail_msg("%s: message \"%s\", expected \"%s\"", c->label, fault.text, message);
}

static void start_tensor(op_run *r, int t, int64_t count, int64_t sample, const char *name)
{
    const op_case *c = r->c;
    r->count[t] = count;
    r->sample[t] = sample;
    r->value[t] = op_buffer(count);
    snprintf(r->name[t], sizeof r->name[t], "%s", name);
    double scale = sample && c->scale > 0 ? c->scale : 1;
    if (sample && c->x[t]) memcpy(r->value[t], c->x[t], (size_t)count * sizeof(float));
    else if (sample && c->spread) fill_spread(101 + (uint64_t)t, count, scale, r->value[t]);
    else op_random(11 + (uint64_t)t, count, scale, r->value[t]);
    if (strcmp(name, "gamma") == 0 || strcmp(name, "moving_variance") == 0)
        for (int64_t k = 0; k < count; k++) r->value[t][k] = 1 + r->value[t][k] / 2;
    r->exact[t] = op_widen(count, r->value[t], false);
}

void op_run_start(op_run *r, const op_case *c)
{
    memset(r, 0, sizeof *r);
    sv_fault fault = { SV_OK, "" };
    char name[64];
    r->c = c;
    r->i = &r->inferred.i;
    r->samples = c->samples ? c->samples : 3;
    if (op_infer(c, &r->inferred, &fault) != SV_OK) fail_msg("%s: infer: %s", c->label, fault.text);
    if (sv_vectors_select(NULL, &r->vectors, &fault) != SV_OK) fail_msg("%s: %s", c->label, fault.text);
    r->tensors = r->i->inputs + r->i->parameters;
    for (int t = 0; t < r->tensors; t++) {
        bool input = t < r->i->inputs;
        const sv_parameter_spec *p = &r->i->parameter[input ? 0 : t - r->i->inputs];
        int64_t count = sv_shape_count(input ? &r->i->input[t] : &p->shape);
        if (count < 1) fail_msg("%s: tensor %d has no elements", c->label, t);
        snprintf(name, sizeof name, "x[%d]", t);
        start_tensor(r, t, input ? count * r->samples : count, input ? count : 0, input ? name : p->name);
        r->differentiable[t] = input || p->trainable;
    }
    r->output = sv_shape_count(&r->i->output);
    if (r->output < 1) fail_msg("%s: the output has no elements", c->label);
    r->outputs = r->output * r->samples;
    r->dy = op_buffer(r->outputs);
    op_random(7, r->outputs, 1, r->dy);
    r->sums = sv_new((size_t)r->i->statistics + 1, sizeof(double));
    r->back_sums = sv_new((size_t)r->i->statistics + 1, sizeof(double));
}

void op_run_end(op_run *r)
{
    const char *label = r->c->label;
    for (int t = 0; t < r->tensors; t++) {
        op_buffer_free(label, r->name[t], r->value[t], r->count[t]);
        sv_free(r->exact[t]);
    }
    op_buffer_free(label, "dy", r->dy, r->outputs);
    sv_free(r->sums);
    sv_free(r->back_sums);
}

bool op_run_couples(const op_run *r)
{
    return r->c->training && r->c->op->sum_forward;
}

typedef void (*op_function)(const sv_call *c);

/* Everything a call points at, for samples first .. first + count - 1. */
typedef struct op_arrays {
    const float *x[SV_MAX_INPUTS];
    float *dx[SV_MAX_INPUTS], *dw[SV_MAX_PARAMETERS];
    const float *w[SV_MAX_PARAMETERS];
    float *y, *saved, *dy;
    uint32_t id[64];
} op_arrays;

static sv_call make_call(const op_run *r, op_arrays *a, int first, int count)
{
    assert_true(r->samples <= 64);
    for (int k = 0; k < count; k++) a->id[k] = (uint32_t)(first + k);
    for (int t = 0; t < r->i->inputs; t++) {
        a->x[t] += first * r->sample[t];
        if (a->dx[t]) a->dx[t] += first * r->sample[t];
    }
    return (sv_call){ .args = r->i->args, .state = r->i->state, .vectors = r->vectors, .backend = r->i->backend,
                      .inputs = r->i->inputs, .samples = count, .input = r->i->input, .output = r->i->output, .x = a->x,
                      .y = a->y + first * r->output, .saved = a->saved + first * r->i->saved, .w = a->w,
                      .training = r->c->training, .stream = r->c->stream, .epoch = r->c->epoch, .sample_id = a->id,
                      .dy = a->dy ? a->dy + first * r->output : NULL, .dx = a->dx, .dw = a->dw, .sums = r->sums,
                      .back_sums = r->back_sums, .batch = r->samples, .fresh = r->fresh };
}

/* The first parameter as forward (back 0) or backward takes it; packed into a buffer of its own where the backend asks for that. */
static const float *pack(const op_run *r, sv_call *call, int back)
{
    if (!r->i->packed[back]) return r->i->parameters ? call->w[0] : NULL;
    float *to = op_buffer(r->i->packed[back]);
    r->c->op->pack(call, back, to);
    return to;
}

/* Runs f on `split` samples and then on the rest (split 0: on all at once), each with a workspace of just its size. */
static void call_split(const op_run *r, const op_arrays *arrays, int split, op_function f, double *partial)
{
    for (int part = split ? 0 : 1; part < 2; part++) {
        int first = part ? split : 0, count = part ? r->samples - split : split;
        op_arrays a = *arrays;
        sv_call call = make_call(r, &a, first, count);
        int64_t floats = sv_op_workspace(r->c->op, r->i, (int)count);
        call.workspace = op_buffer(floats);
        call.partial = partial;
        for (int back = 0; back < 2; back++) call.packed[back] = pack(r, &call, back);
        f(&call);
        for (int back = 0; back < 2; back++)
            if (r->i->packed[back]) op_buffer_free(r->c->label, "packed", (float *)call.packed[back], r->i->packed[back]);
        op_buffer_free(r->c->label, "workspace", call.workspace, floats);
    }
}

static op_arrays arrays_of(const op_run *r, float *const *value, float *y, float *saved)
{
    op_arrays a = { .y = y, .saved = saved };
    for (int t = 0; t < r->i->inputs; t++) a.x[t] = value[t];
    for (int p = 0; p < r->i->parameters; p++) a.w[p] = value[r->i->inputs + p];
    return a;
}

void op_run_unchanged(const op_run *r, const char *during)
{
    for (int t = 0; t < r->tensors; t++)
        for (int64_t k = 0; k < r->count[t]; k++)
            if (!((double)r->value[t][k] == r->exact[t][k]))
                fail_msg("%s: %s wrote to %s[%lld]", r->c->label, during, r->name[t], (long long)k);
}

/* finish may write to the non-trainable parameters: it gets copies. */
static void run_finish(const op_run *r, const op_arrays *arrays)
{
    op_arrays a = *arrays;
    float *w[SV_MAX_PARAMETERS] = { 0 };
    sv_call call = make_call(r, &a, 0, r->samples);
    for (int p = 0; p < r->i->parameters; p++) {
        int64_t count = r->count[r->i->inputs + p];
        w[p] = op_buffer(count);
        memcpy(w[p], a.w[p], (size_t)count * sizeof(float));
    }
    if (r->c->op->finish) r->c->op->finish(&call, w);
    for (int p = 0; p < r->i->parameters; p++) op_buffer_free(r->c->label, "moving", w[p], r->count[r->i->inputs + p]);
}

void op_run_forward(const op_run *r, float *const *value, int split, float *y, float *saved)
{
    op_arrays a = arrays_of(r, value, y, saved);
    if (op_run_couples(r)) {
        memset(r->sums, 0, (size_t)r->i->statistics * sizeof(double));
        call_split(r, &a, split, r->c->op->sum_forward, r->sums);
        run_finish(r, &a);
    }
    call_split(r, &a, split, r->c->op->forward, NULL);
}

/* Adds to the gradients that are not NULL. What the operator does not keep is NaN. */
void op_run_backward(const op_run *r, float *y, float *saved, float *const *gradient)
{
    float *value[TENSORS] = { 0 };
    float *dy = op_buffer(r->outputs), *no_y = op_buffer(r->outputs);
    memcpy(dy, r->dy, (size_t)r->outputs * sizeof(float));
    for (int t = 0; t < r->tensors; t++) {
        bool lost = t < r->i->inputs && !r->c->op->keeps_input;
        value[t] = lost ? op_buffer(r->count[t]) : r->value[t];
    }
    op_arrays a = arrays_of(r, value, r->c->op->keeps_output ? y : no_y, saved);
    a.dy = dy;
    for (int t = 0; t < r->tensors; t++) {
        if (t < r->i->inputs) a.dx[t] = gradient[t];
        else a.dw[t - r->i->inputs] = r->differentiable[t] ? gradient[t] : NULL;
    }
    if (op_run_couples(r)) {
        memset(r->back_sums, 0, (size_t)r->i->statistics * sizeof(double));
        call_split(r, &a, 1, r->c->op->sum_backward, r->back_sums);
    }
    call_split(r, &a, op_run_couples(r) ? 1 : 0, r->c->op->backward, NULL);
    for (int t = 0; t < r->tensors; t++)
        if (value[t] != r->value[t]) op_buffer_free(r->c->label, r->name[t], value[t], r->count[t]);
    op_buffer_free(r->c->label, "dy", dy, r->outputs);
    op_buffer_free(r->c->label, "y", no_y, r->outputs);
}
