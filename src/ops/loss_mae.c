/* Mean absolute error: |y - t|; gradient sign(y - t), 0 where they are equal. */
#include "ops/loss_elementwise.h"

static double element(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy)
{
    return c->vectors->mae(count, y, t, c->scale, dy);
}

static void run(const sv_loss_call *c)
{
    sv_loss_each_sample(c, element);
}

extern const sv_loss_op sv_loss_op_mae;
const sv_loss_op sv_loss_op_mae = { .type = "mae", .doc = "absolute error", .table = sv_loss_region_table, .run = run };
