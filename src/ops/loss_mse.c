/* Mean squared error: (y - t)^2; gradient 2 (y - t). */
#include "ops/loss_elementwise.h"

static double element(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy)
{
    return c->vectors->mse(count, y, t, c->scale, dy);
}

static void run(const sv_loss_call *c)
{
    sv_loss_each_sample(c, element);
}

extern const sv_loss_op sv_loss_op_mse;
const sv_loss_op sv_loss_op_mse = { .type = "mse", .doc = "squared error", .table = sv_loss_region_table, .run = run };
