/* Binary cross-entropy of sigmoid(y): max(y, 0) - y t + log(1 + e^-|y|); gradient sigmoid(y) - t. */
#include "ops/loss_elementwise.h"

static double element(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy)
{
    return c->vectors->bce_with_logits(count, y, t, c->scale, dy);
}

static void run(const sv_loss_call *c)
{
    sv_loss_each_sample(c, element);
}

extern const sv_loss_op sv_loss_op_bce_with_logits;
const sv_loss_op sv_loss_op_bce_with_logits = { .type = "bce_with_logits", .doc = "binary cross-entropy of the sigmoid of the output", .table = sv_loss_region_table, .run = run };
