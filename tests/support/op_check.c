#include "support/op_run.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

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

static void check_output(const op_run *r, const char *what, const float *y)
{
    const op_case *c = r->c;
    double rtol = c->rtol > 0 ? c->rtol : c->linear ? 2e-6 : 1e-5, atol = c->atol > 0 ? c->atol : c->linear ? 1e-12 : 1e-6;
    double *wanted = sv_new((size_t)r->outputs, sizeof(double)), *size = sv_new((size_t)r->outputs, sizeof(double));
    double *magnitude[TENSORS];
    ask_oracle(r, r->exact, wanted);
    memcpy(size, wanted, (size_t)r->outputs * sizeof(double));
    if (c->linear) {
        for (int t = 0; t < r->tensors; t++) magnitude[t] = op_widen(r->count[t], r->value[t], true);
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
    float *split = op_buffer(r->outputs), *saved = op_buffer(r->samples * r->i->saved);
    op_run_forward(r, r->value, 1, split, saved);
    for (int64_t k = 0; k < r->outputs; k++)
        if (!r->c->loose_batches && memcmp(&split[k], &y[k], sizeof(float)) != 0)
            fail_msg("%s: y[%lld] of %lld is %.9g in one micro-batch, %.9g in two", r->c->label, (long long)k,
                     (long long)r->outputs, (double)y[k], (double)split[k]);
    check_output(r, "y of two micro-batches", split);
    op_buffer_free(r->c->label, "y", split, r->outputs);
    op_buffer_free(r->c->label, "saved", saved, r->samples * r->i->saved);
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
            sum[t] = op_buffer(r->count[t]);
            op_random(70 + (uint64_t)t, r->count[t], 1, sum[t]);
            given[t] = t >= r->i->inputs || t % 2 == wanted ? sum[t] : NULL;
        }
        op_run_backward(r, y, saved, given);
        for (int t = 0; t < r->tensors; t++) {
            float *before = op_buffer(r->count[t]);
            op_random(70 + (uint64_t)t, r->count[t], 1, before);
            bool added = given[t] && r->differentiable[t];
            double tolerance = added ? 1e-6 + 2e-6 * largest_of(r->count[t], gradient[t]) : 0;
            for (int64_t k = 0; k < r->count[t]; k++) {
                double expected = (double)before[k] + (added ? (double)gradient[t][k] : 0);
                if (!(fabs((double)sum[t][k] - expected) <= tolerance))
                    fail_msg("%s: backward with d%s %s: element %lld held %.9g, is %.9g, expected %.9g", r->c->label, r->name[t],
                             given[t] ? "wanted" : "NULL", (long long)k, (double)before[k], (double)sum[t][k], expected);
            }
            op_buffer_free(r->c->label, r->name[t], before, r->count[t]);
            op_buffer_free(r->c->label, r->name[t], sum[t], r->count[t]);
        }
    }
}

/* dx[0] of a buffer full of NaN, where the operator is told that it holds nothing. */
static void check_fresh(op_run *r, float *y, float *saved, float *const *gradient)
{
    float *fresh[TENSORS] = { 0 };
    fresh[0] = op_buffer(r->count[0]);
    r->fresh = true;
    op_run_backward(r, y, saved, fresh);
    r->fresh = false;
    for (int64_t k = 0; k < r->count[0]; k++)
        if (!(fabs((double)fresh[0][k] - (double)gradient[0][k]) <= 1e-6 * fabs((double)gradient[0][k])))
            fail_msg("%s: dx[%lld] set is %.9g, added to zero %.9g", r->c->label, (long long)k, (double)fresh[0][k],
                     (double)gradient[0][k]);
    op_buffer_free(r->c->label, "fresh dx", fresh[0], r->count[0]);
}

static void check_adjoint(const op_run *r, const float *y, float *const *gradient)
{
    float *value[TENSORS] = { 0 }, *offset = op_buffer(r->outputs), *saved = op_buffer(r->samples * r->i->saved);
    double left = 0, right = 0, size = 0;
    for (int t = 0; t < r->tensors; t++) value[t] = r->value[t];
    for (int t = 0; t < r->i->inputs; t++) {
        value[t] = op_buffer(r->count[t]);
        memset(value[t], 0, (size_t)r->count[t] * sizeof(float));
        for (int64_t k = 0; k < r->count[t]; k++) right += r->exact[t][k] * (double)gradient[t][k];
    }
    op_run_forward(r, value, 0, offset, saved);
    for (int64_t k = 0; k < r->outputs; k++) {
        double term = ((double)y[k] - (double)offset[k]) * (double)r->dy[k];
        left += term, size += fabs(term);
    }
    if (!(fabs(left - right) <= 1e-9 + 2e-6 * size))
        fail_msg("%s: <A x, dy> = %.12g but <x, A' dy> = %.12g", r->c->label, left, right);
    for (int t = 0; t < r->i->inputs; t++) op_buffer_free(r->c->label, r->name[t], value[t], r->count[t]);
    op_buffer_free(r->c->label, "y", offset, r->outputs);
    op_buffer_free(r->c->label, "saved", saved, r->samples * r->i->saved);
}

static void check_gradients(op_run *r, float *y, float *saved)
{
    float *gradient[TENSORS] = { 0 };
    double *scratch = sv_new((size_t)r->outputs, sizeof(double));
    for (int t = 0; t < r->tensors; t++) {
        gradient[t] = op_buffer(r->count[t]);
        memset(gradient[t], 0, (size_t)r->count[t] * sizeof(float));
    }
    op_run_backward(r, y, saved, gradient);
    op_run_unchanged(r, "backward");
    for (int t = 0; t < r->tensors; t++)
        if (r->differentiable[t]) check_tensor(r, t, gradient[t], scratch);
    check_adding(r, y, saved, gradient);
    if (r->c->op->sets_dx) check_fresh(r, y, saved, gradient);
    if (r->c->linear) check_adjoint(r, y, gradient);
    for (int t = 0; t < r->tensors; t++) op_buffer_free(r->c->label, r->name[t], gradient[t], r->count[t]);
    sv_free(scratch);
}

void op_check(const op_case *c)
{
    op_run r;
    op_run_start(&r, c);
    float *y = op_buffer(r.outputs), *saved = op_buffer(r.samples * r.i->saved);
    op_run_forward(&r, r.value, 0, y, saved);
    op_run_unchanged(&r, "forward");
    check_output(&r, "y", y);
    if (!op_run_couples(&r) && r.samples > 1) check_micro_batches(&r, y);
    check_gradients(&r, y, saved);
    op_buffer_free(c->label, "y", y, r.outputs);
    op_buffer_free(c->label, "saved", saved, r.samples * r.i->saved);
    op_run_end(&r);
}
