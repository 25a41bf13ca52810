/* The dot product <y, t>, gradient t: with an upstream gradient as target it turns backward into a vector-Jacobian product. */
#include "ops/loss_elementwise.h"

static double element(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)y[i] * (double)t[i];
    if (dy) c->vectors->add_scaled(count, dy, c->scale, t);
    return sum;
}

static void run(const sv_loss_call *c)
{
    sv_loss_each_sample(c, element);
}

extern const sv_loss_op sv_loss_op_dot;
const sv_loss_op sv_loss_op_dot = { .type = "dot", .doc = "<y, t>, for vector-Jacobian products", .table = sv_loss_plain_table, .run = run };
