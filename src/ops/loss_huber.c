/*
 * Huber 1964: e = |y - t|; e^2 / 2 up to delta, delta (e - delta / 2) beyond; gradient y - t, cut at +-delta.
 */
#include "ops/loss_elementwise.h"

static const sv_arg table[] = {
    SV_LOSS_REDUCTION,
    SV_LOSS_REGION,
    { .key = "delta", .type = SV_ARG_FLOAT, .offset = offsetof(sv_loss_args, delta), .minimum = 1e-30, .maximum = 1e30, .fallback = 1,
      .fallback_torch = 1, .doc = "error from which on the loss grows linearly" },
    { 0 },
};

static double element(const sv_loss_call *c, int64_t count, const float *y, const float *t, float *dy)
{
    return c->vectors->huber(count, y, t, c->args->delta, c->scale, dy);
}

static void run(const sv_loss_call *c)
{
    sv_loss_each_sample(c, element);
}

extern const sv_loss_op sv_loss_op_huber;
const sv_loss_op sv_loss_op_huber = { .type = "huber", .doc = "squared error near 0, absolute error beyond delta", .table = table, .run = run };
