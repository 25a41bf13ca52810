#include "ops/loss_elementwise.h"

const char *const sv_reduction_names[] = { "mean", "sum", NULL };
const sv_arg sv_loss_plain_table[] = { SV_LOSS_REDUCTION, { 0 } };
const sv_arg sv_loss_region_table[] = { SV_LOSS_REDUCTION, SV_LOSS_REGION, { 0 } };

sv_status sv_crop_margin_check(const char *name, int margin, const sv_shape *shape, sv_fault *fault)
{
    if (margin == 0) return SV_OK;
    if (shape->rank != 3) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected an image, which has a border", name);
    int64_t least = shape->dim[0] < shape->dim[1] ? shape->dim[0] : shape->dim[1];
    if (margin < 0 || 2 * (int64_t)margin >= least)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected less than half of %lld pixels, got %d", name, (long long)least, margin);
    return SV_OK;
}

sv_status sv_loss_region_check(const sv_loss_args *a, const sv_shape *shape, sv_fault *fault)
{
    if (a->border_weight > 0 && shape->rank != 3 && a->crop_margin == 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "border_weight: expected an image, which has a border");
    return sv_crop_margin_check("crop_margin", a->crop_margin, shape, fault);
}

static bool everywhere(const sv_loss_call *c)
{
    return c->args->crop_margin == 0 && !c->border;
}

double sv_loss_weight_of(const sv_loss_call *c, int64_t row, int64_t column)
{
    if (everywhere(c)) return 1;
    int64_t margin = c->args->crop_margin, height = c->shape.dim[0], width = c->shape.dim[1];
    if (row < margin || row >= height - margin || column < margin || column >= width - margin) return 0;
    if (!c->border) return 1;
    double weight = c->border[0][row] * c->border[1][column];
    return weight < (double)c->args->border_weight ? weight : (double)c->args->border_weight;
}

double sv_loss_normalizer(const sv_loss_call *c)
{
    double sum = 0;
    if (c->args->reduction == SV_SUM || everywhere(c)) return 1;
    for (int64_t i = 0; i < c->shape.dim[0]; i++)
        for (int64_t j = 0; j < c->shape.dim[1]; j++) sum += sv_loss_weight_of(c, i, j);
    return (double)(c->shape.dim[0] * c->shape.dim[1]) / sum;
}

/* Row `row` of the sample that begins at element `at` of the batch. */
static double weighted_row(const sv_loss_call *c, sv_element_loss element, double norm, int64_t row, int64_t at)
{
    int64_t width = c->shape.dim[1], channels = c->shape.dim[2], end;
    double sum = 0;
    for (int64_t j = 0; j < width; j = end) {
        double weight = sv_loss_weight_of(c, row, j);
        for (end = j + 1; end < width && sv_loss_weight_of(c, row, end) == weight;) end++;
        if (weight == 0) continue;
        sv_loss_call run = *c;
        run.scale = (float)((double)c->scale * norm * weight);
        int64_t first = at + (row * width + j) * channels;
        sum += weight * norm * element(&run, (end - j) * channels, c->y + first, c->t + first, c->dy ? c->dy + first : NULL);
    }
    return sum;
}

void sv_loss_each_sample(const sv_loss_call *c, sv_element_loss element)
{
    int64_t count = sv_shape_count(&c->shape);
    double norm = sv_loss_normalizer(c);
    for (int r = 0; r < c->samples; r++) {
        if (everywhere(c)) {
            c->value[r] = element(c, count, c->y + r * count, c->t + r * count, c->dy ? c->dy + r * count : NULL);
            continue;
        }
        c->value[r] = 0;
        for (int64_t i = 0; i < c->shape.dim[0]; i++) c->value[r] += weighted_row(c, element, norm, i, r * count);
    }
}
