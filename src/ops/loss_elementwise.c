#include "ops/loss_elementwise.h"

const char *const sv_reduction_names[] = { "mean", "sum", NULL };
const sv_arg sv_loss_plain_table[] = { SV_LOSS_REDUCTION, { 0 } };

void sv_loss_each_sample(const sv_loss_call *c, sv_element_loss element)
{
    int64_t count = sv_shape_count(&c->shape);
    for (int r = 0; r < c->samples; r++)
        c->value[r] = element(c, count, c->y + r * count, c->t + r * count, c->dy ? c->dy + r * count : NULL);
}
