#include "support/op_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

enum { GUARD = 16, GUARD_WORD = 0x5ca1ab1e };

/* ------------------------------------------------------------------------------------------ values and buffers */

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

/* A permutation of the half-odd grid (k + 1/2) 2 scale / count - scale, moved a little off the points where activations bend. */
static void fill_spread(uint64_t stream, int64_t count, double scale, float *x)
{
    int64_t step = 1 + (int64_t)(mix(stream) % (uint64_t)count);
    while (common_divisor(step, count) != 1) step++;
    for (int64_t k = 0; k < count; k++) {
        int64_t at = (k * step + 7) % count;
        x[k] = (float)(((double)at + 0.5 + 0.01 * (count % 2)) * 2 * scale / (double)count - scale);
    }
}

static float *guarded_new(int64_t count)
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

static void guarded_check(const char *label, const char *what, const float *p, int64_t count)
{
    for (int k = 0; k < GUARD; k++) {
        uint32_t before, after;
        memcpy(&before, p - 1 - k, sizeof before);
        memcpy(&after, p + count + k, sizeof after);
        if (before != GUARD_WORD) fail_msg("%s: %s was written %d floats before its start", label, what, k + 1);
        if (after != GUARD_WORD) fail_msg("%s: %s was written %d floats after its end", label, what, k + 1);
    }
}

static void guarded_free(const char *label, const char *what, float *p, int64_t count)
{
    guarded_check(label, what, p, count);
    sv_free(p - GUARD);
}

static double *widen(int64_t count, const float *x, bool magnitude)
{
    double *d = sv_new((size_t)count + 1, sizeof *d);
    assert_non_null(d);
    for (int64_t k = 0; k < count; k++) d[k] = magnitude ? fabs((double)x[k]) : (double)x[k];
    return d;
}

/* ------------------------------------------------------------------------------------------------------- infer */

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

/* --------------------------------------------------------------------------------------------- a run of a case */

/* One operator with its tensors: inputs 0 .. inputs-1, then parameters. Gradients lie at the same index. */
enum { TENSORS = SV_MAX_INPUTS + SV_MAX_PARAMETERS };
typedef struct op_run {
    const op_case *c;
    op_inferred inferred;
    const sv_inference *i;
    const sv_vectors *vectors;
    int samples, tensors;
    int64_t count[TENSORS], sample[TENSORS]; /* floats altogether; floats per sample (0 of a parameter) */
    char name[TENSORS][64];
    float *value[TENSORS];
    double *exact[TENSORS];
    bool differentiable[TENSORS];
    int64_t outputs, output;
    float *dy;
    double *sums, *back_sums;
} op_run;

static void start_tensor(op_run *r, int t, int64_t count, int64_t sample, const char *name)
{
    const op_case *c = r->c;
    r->count[t] = count;
    r->sample[t] = sample;
    r->value[t] = guarded_new(count);
    snprintf(r->name[t], sizeof r->name[t], "%s", name);
    double scale = sample && c->scale > 0 ? c->scale : 1;
    if (sample && c->x[t]) memcpy(r->value[t], c->x[t], (size_t)count * sizeof(float));
    else if (sample && c->spread) fill_spread(101 + (uint64_t)t, count, scale, r->value[t]);
    else op_random(11 + (uint64_t)t, count, scale, r->value[t]);
    if (strcmp(name, "gamma") == 0 || strcmp(name, "moving_variance") == 0)
        for (int64_t k = 0; k < count; k++) r->value[t][k] = 1 + r->value[t][k] / 2;
    r->exact[t] = widen(count, r->value[t], false);
}

static void start(op_run *r, const op_case *c)
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
    r->dy = guarded_new(r->outputs);
    op_random(7, r->outputs, 1, r->dy);
    r->sums = sv_new((size_t)r->i->statistics + 1, sizeof(double));
    r->back_sums = sv_new((size_t)r->i->statistics + 1, sizeof(double));
}

static void end(op_run *r)
{
    const char *label = r->c->label;
    for (int t = 0; t < r->tensors; t++) {
        guarded_free(label, r->name[t], r->value[t], r->count[t]);
        sv_free(r->exact[t]);
    }
    guarded_free(label, "dy", r->dy, r->outputs);
    sv_free(r->sums);
    sv_free(r->back_sums);
}

static bool coupled(const op_run *r)
{
    return r->c->training && r->c->op->sum_forward;
}

/* ------------------------------------------------------------------------------------------------------ calling */

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
                      .back_sums = r->back_sums, .batch = r->samples };
}

/* Runs f on `split` samples and then on the rest (split 0: on all at once), each with a workspace of just its size. */
static void call_split(const op_run *r, const op_arrays *arrays, int split, op_function f, double *partial)
{
    for (int part = split ? 0 : 1; part < 2; part++) {
        int first = part ? split : 0, count = part ? r->samples - split : split;
        op_arrays a = *arrays;
        sv_call call = make_call(r, &a, first, count);
        int64_t floats = r->i->workspace + count * r->i->workspace_per_sample;
        call.workspace = guarded_new(floats);
        call.partial = partial;
        f(&call);
        guarded_free(r->c->label, "workspace", call.workspace, floats);
    }
}

static op_arrays arrays_of(const op_run *r, float *const *value, float *y, float *saved)
{
    op_arrays a = { .y = y, .saved = saved };
    for (int t = 0; t < r->i->inputs; t++) a.x[t] = value[t];
    for (int p = 0; p < r->i->parameters; p++) a.w[p] = value[r->i->inputs + p];
    return a;
}

static void unchanged(const op_run *r, const char *during)
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
        w[p] = guarded_new(count);
        memcpy(w[p], a.w[p], (size_t)count * sizeof(float));
    }
    if (r->c->op->finish) r->c->op->finish(&call, w);
    for (int p = 0; p < r->i->parameters; p++) guarded_free(r->c->label, "moving", w[p], r->count[r->i->inputs + p]);
}

static void run_forward(const op_run *r, float *const *value, int split, float *y, float *saved)
{
    op_arrays a = arrays_of(r, value, y, saved);
    if (coupled(r)) {
        memset(r->sums, 0, (size_t)r->i->statistics * sizeof(double));
        call_split(r, &a, split, r->c->op->sum_forward, r->sums);
        run_finish(r, &a);
    }
    call_split(r, &a, split, r->c->op->forward, NULL);
}

/* Adds to the gradients that are not NULL. What the operator does not keep is NaN. */
static void run_backward(const op_run *r, float *y, float *saved, float *const *gradient)
{
    float *value[TENSORS] = { 0 };
    float *dy = guarded_new(r->outputs), *no_y = guarded_new(r->outputs);
    memcpy(dy, r->dy, (size_t)r->outputs * sizeof(float));
    for (int t = 0; t < r->tensors; t++) {
        bool lost = t < r->i->inputs && !r->c->op->keeps_input;
        value[t] = lost ? guarded_new(r->count[t]) : r->value[t];
    }
    op_arrays a = arrays_of(r, value, r->c->op->keeps_output ? y : no_y, saved);
    a.dy = dy;
    for (int t = 0; t < r->tensors; t++) {
        if (t < r->i->inputs) a.dx[t] = gradient[t];
        else a.dw[t - r->i->inputs] = r->differentiable[t] ? gradient[t] : NULL;
    }
    if (coupled(r)) {
        memset(r->back_sums, 0, (size_t)r->i->statistics * sizeof(double));
        call_split(r, &a, 1, r->c->op->sum_backward, r->back_sums);
    }
    call_split(r, &a, coupled(r) ? 1 : 0, r->c->op->backward, NULL);
    for (int t = 0; t < r->tensors; t++)
        if (value[t] != r->value[t]) guarded_free(r->c->label, r->name[t], value[t], r->count[t]);
    guarded_free(r->c->label, "dy", dy, r->outputs);
    guarded_free(r->c->label, "y", no_y, r->outputs);
}

/* ------------------------------------------------------------------------------------------------------- oracle */

static void ask_oracle(const op_run *r, double *const *value, double *y)
{
    const double *x[SV_MAX_INPUTS] = { 0 }, *w[SV_MAX_PARAMETERS] = { 0 };
    for (int t = 0; t < r->i->inputs; t++) x[t] = value[t];
    for (int p = 0; p < r->i->parameters; p++) w[p] = value[r->i->inputs + p];
    for (int64_t k = 0; k < r->outputs; k++) y[k] = NAN;
    r->c->oracle(r->i->args, r->i, r->samples, x, w, y);
}

static double loss(const op_run *r, double *y)
{
    double sum = 0;
    ask_oracle(r, r->exact, y);
    for (int64_t k = 0; k < r->outputs; k++) sum += (double)r->dy[k] * y[k];
    return sum;
}

/* (L(v + h) - L(v - h)) / 2h in element k of tensor t. */
static double difference(const op_run *r, int t, int64_t k, double h, double *y)
{
    double *v = &r->exact[t][k], keep = *v;
    *v = keep + h;
    double up = loss(r, y);
    *v = keep - h;
    double down = loss(r, y);
    *v = keep;
    return (up - down) / (2 * h);
}

/* --------------------------------------------------------------------------------------------------- the checks */

static void check_output(const op_run *r, const char *what, const float *y)
{
    const op_case *c = r->c;
    double rtol = c->rtol > 0 ? c->rtol : c->linear ? 2e-6 : 1e-5, atol = c->atol > 0 ? c->atol : c->linear ? 1e-12 : 1e-6;
    double *wanted = sv_new((size_t)r->outputs, sizeof(double)), *size = sv_new((size_t)r->outputs, sizeof(double));
    double *magnitude[TENSORS];
    ask_oracle(r, r->exact, wanted);
    memcpy(size, wanted, (size_t)r->outputs * sizeof(double));
    if (c->linear) {
        for (int t = 0; t < r->tensors; t++) magnitude[t] = widen(r->count[t], r->value[t], true);
        ask_oracle(r, magnitude, size);
        for (int t = 0; t < r->tensors; t++) sv_free(magnitude[t]);
    }
    double worst = 0;
    int64_t at = -1;
    for (int64_t k = 0; k < r->outputs; k++) {
        double excess = fabs((double)y[k] - wanted[k]) / (atol + rtol * fabs(size[k]));
        if (excess <= worst) continue;
        worst = excess, at = k;
        if (isnan(excess)) break;
    }
    if (!(worst <= 1))
        fail_msg("%s: %s[%lld] of %lld is %.9g, the oracle says %.9g (%.3g times the tolerance)", c->label, what, (long long)at,
                 (long long)r->outputs, (double)y[at], wanted[at], worst);
    sv_free(wanted);
    sv_free(size);
}

static void check_micro_batches(const op_run *r, const float *y)
{
    float *split = guarded_new(r->outputs), *saved = guarded_new(r->samples * r->i->saved);
    run_forward(r, r->value, 1, split, saved);
    for (int64_t k = 0; k < r->outputs; k++)
        if (!r->c->loose_batches && memcmp(&split[k], &y[k], sizeof(float)) != 0)
            fail_msg("%s: y[%lld] of %lld is %.9g in one micro-batch, %.9g in two", r->c->label, (long long)k,
                     (long long)r->outputs, (double)y[k], (double)split[k]);
    check_output(r, "y of two micro-batches", split);
    guarded_free(r->c->label, "y", split, r->outputs);
    guarded_free(r->c->label, "saved", saved, r->samples * r->i->saved);
}

/* Gradients where a kink lies within the difference's reach are left out: two step widths then disagree. */
static void check_tensor(const op_run *r, int t, const float *gradient, double *y)
{
    const op_case *c = r->c;
    int64_t limit = c->elements ? c->elements : 400, step = 1 + (r->count[t] - 1) / limit, checked = 0, kinks = 0;
    int64_t period = r->sample[t] ? r->sample[t] : r->count[t];
    while (step > 1 && period % step == 0) step++;
    double *wanted = sv_new((size_t)r->count[t], sizeof(double)), largest = 0;
    for (int64_t k = 0; k < r->count[t]; k += step) {
        wanted[k] = difference(r, t, k, 1e-5, y);
        largest = fmax(largest, fabs(wanted[k]));
        checked++;
    }
    double rtol = c->gradient_rtol > 0 ? c->gradient_rtol : 2e-5, atol = c->gradient_atol > 0 ? c->gradient_atol : 2e-6;
    double tolerance = atol + rtol * largest;
    for (int64_t k = 0; k < r->count[t]; k += step) {
        if (fabs((double)gradient[k] - wanted[k]) <= tolerance) continue;
        if (fabs(difference(r, t, k, 1e-6, y) - wanted[k]) > tolerance / 4 && ++kinks <= 1 + checked / 20) continue;
        fail_msg("%s: d%s[%lld] of %lld is %.9g, the difference of the oracle says %.9g (tolerance %.3g)", c->label, r->name[t],
                 (long long)k, (long long)r->count[t], (double)gradient[k], wanted[k], tolerance);
    }
    sv_free(wanted);
}

static double largest_of(int64_t count, const float *x)
{
    double largest = 0;
    for (int64_t k = 0; k < count; k++) largest = fmax(largest, fabs((double)x[k]));
    return largest;
}

/* Every second gradient of an input is not wanted, then the others; what lay in the buffers stays under the sum. */
static void check_adding(const op_run *r, float *y, float *saved, float *const *gradient)
{
    float *sum[TENSORS], *given[TENSORS];
    for (int wanted = 0; wanted < 2; wanted++) {
        for (int t = 0; t < r->tensors; t++) {
            sum[t] = guarded_new(r->count[t]);
            op_random(70 + (uint64_t)t, r->count[t], 1, sum[t]);
            given[t] = t >= r->i->inputs || t % 2 == wanted ? sum[t] : NULL;
        }
        run_backward(r, y, saved, given);
        for (int t = 0; t < r->tensors; t++) {
            float *before = guarded_new(r->count[t]);
            op_random(70 + (uint64_t)t, r->count[t], 1, before);
            bool added = given[t] && r->differentiable[t];
            double tolerance = added ? 1e-6 + 2e-6 * largest_of(r->count[t], gradient[t]) : 0;
            for (int64_t k = 0; k < r->count[t]; k++) {
                double expected = (double)before[k] + (added ? (double)gradient[t][k] : 0);
                if (!(fabs((double)sum[t][k] - expected) <= tolerance))
                    fail_msg("%s: backward with d%s %s: element %lld held %.9g, is %.9g, expected %.9g", r->c->label, r->name[t],
                             given[t] ? "wanted" : "NULL", (long long)k, (double)before[k], (double)sum[t][k], expected);
            }
            guarded_free(r->c->label, r->name[t], before, r->count[t]);
            guarded_free(r->c->label, r->name[t], sum[t], r->count[t]);
        }
    }
}

static void check_adjoint(const op_run *r, const float *y, float *const *gradient)
{
    float *value[TENSORS] = { 0 }, *offset = guarded_new(r->outputs), *saved = guarded_new(r->samples * r->i->saved);
    double left = 0, right = 0, size = 0;
    for (int t = 0; t < r->tensors; t++) value[t] = r->value[t];
    for (int t = 0; t < r->i->inputs; t++) {
        value[t] = guarded_new(r->count[t]);
        memset(value[t], 0, (size_t)r->count[t] * sizeof(float));
        for (int64_t k = 0; k < r->count[t]; k++) right += r->exact[t][k] * (double)gradient[t][k];
    }
    run_forward(r, value, 0, offset, saved);
    for (int64_t k = 0; k < r->outputs; k++) {
        double term = ((double)y[k] - (double)offset[k]) * (double)r->dy[k];
        left += term, size += fabs(term);
    }
    if (!(fabs(left - right) <= 1e-9 + 2e-6 * size))
        fail_msg("%s: <A x, dy> = %.12g but <x, A' dy> = %.12g", r->c->label, left, right);
    for (int t = 0; t < r->i->inputs; t++) guarded_free(r->c->label, r->name[t], value[t], r->count[t]);
    guarded_free(r->c->label, "y", offset, r->outputs);
    guarded_free(r->c->label, "saved", saved, r->samples * r->i->saved);
}

static void check_gradients(const op_run *r, float *y, float *saved)
{
    float *gradient[TENSORS] = { 0 };
    double *scratch = sv_new((size_t)r->outputs, sizeof(double));
    for (int t = 0; t < r->tensors; t++) {
        gradient[t] = guarded_new(r->count[t]);
        memset(gradient[t], 0, (size_t)r->count[t] * sizeof(float));
    }
    run_backward(r, y, saved, gradient);
    unchanged(r, "backward");
    for (int t = 0; t < r->tensors; t++)
        if (r->differentiable[t]) check_tensor(r, t, gradient[t], scratch);
    check_adding(r, y, saved, gradient);
    if (r->c->linear) check_adjoint(r, y, gradient);
    for (int t = 0; t < r->tensors; t++) guarded_free(r->c->label, r->name[t], gradient[t], r->count[t]);
    sv_free(scratch);
}

void op_check(const op_case *c)
{
    op_run r;
    start(&r, c);
    float *y = guarded_new(r.outputs), *saved = guarded_new(r.samples * r.i->saved);
    run_forward(&r, r.value, 0, y, saved);
    unchanged(&r, "forward");
    check_output(&r, "y", y);
    if (!coupled(&r) && r.samples > 1) check_micro_batches(&r, y);
    check_gradients(&r, y, saved);
    guarded_free(c->label, "y", y, r.outputs);
    guarded_free(c->label, "saved", saved, r.samples * r.i->saved);
    end(&r);
}
