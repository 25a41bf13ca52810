#include "optim/optim.h"

static double regularize_span(const sv_span *span, const float *w, float *g)
{
    const float l1 = span->regularizer.l1, l2 = span->regularizer.l2;
    double absolute = 0, squares = 0;
    for (int64_t i = 0; i < span->count; i++) {
        float sign = w[i] > 0 ? 1 : (w[i] < 0 ? -1 : 0);
        absolute += (double)(sign * w[i]);
        squares += (double)w[i] * (double)w[i];
        g[i] += l1 * sign + 2 * l2 * w[i];
    }
    return (double)l1 * absolute + (double)l2 * squares;
}

double sv_regularize(const sv_flat *f)
{
    double penalty = 0;
    for (int i = 0; i < f->spans; i++) {
        const sv_span *span = &f->span[i];
        if (span->regularizer.l1 == 0 && span->regularizer.l2 == 0) continue;
        penalty += regularize_span(span, f->weights + span->first, f->gradients + span->first);
    }
    return penalty;
}
