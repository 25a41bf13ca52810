/*
 * Binary cross-entropy of probabilities: -(t log y + (1 - t) log(1 - y)). keras clips y to [1e-7, 1 - 1e-7] first (no gradient
 * outside); torch bounds the logarithms below by -100, its gradient is (y - t) / max(y (1 - y), 1e-12).
 */
#include "ops/loss_elementwise.h"

static const sv_arg table[] = {
    SV_LOSS_REDUCTION,
    SV_LOSS_REGION,
    { .key = "dialect", .type = SV_ARG_DIALECT, .offset = offsetof(sv_loss_args, dialect), .fallback_text = "the config's",
      .doc = "how probabilities of 0 and 1 are bounded" },
    { 0 },
};

static double element(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy)
{
    return c->vectors->bce(count, y, t, c->args->dialect, c->scale, dy);
}

static void run(const sv_loss_call *c)
{
    sv_loss_each_sample(c, element);
}

extern const sv_loss_op sv_loss_op_bce;
const sv_loss_op sv_loss_op_bce = { .type = "bce", .doc = "binary cross-entropy of probabilities", .table = table, .run = run };
