/*
 * Concatenate: the channels of the inputs side by side, in their order: y[..., o_k + c] = x_k[..., c] with o_k the channels
 * of the inputs before. All other sizes agree. dx_k[..., c] += dy[..., o_k + c].
 */
#include "ops/op.h"
#include <string.h>

static bool same_but_channels(const sv_shape *a, const sv_shape *b)
{
    sv_shape copy = *b;
    if (a->rank != b->rank) return false;
    copy.dim[a->rank - 1] = a->dim[a->rank - 1];
    return sv_shape_equal(a, &copy);
}

static sv_status infer(sv_inference *i, sv_fault *fault)
{
    char first[SV_SHAPE_TEXT], other[SV_SHAPE_TEXT];
    i->output = i->input[0];
    for (int k = 1; k < i->inputs; k++) {
        if (!same_but_channels(&i->input[0], &i->input[k]))
            return sv_fail(fault, SV_BAD_ARGUMENT, "inputs[%d]: expected the shape of the first, %s, but for the channels, got %s",
                           k, sv_shape_text(&i->input[0], first), sv_shape_text(&i->input[k], other));
        i->output.dim[i->output.rank - 1] += sv_shape_channels(&i->input[k]);
    }
    return SV_OK;
}

static int64_t rows_of(const sv_call *c)
{
    return c->samples * (sv_shape_count(&c->output) / sv_shape_channels(&c->output));
}

static void forward(const sv_call *c)
{
    int64_t rows = rows_of(c), all = sv_shape_channels(&c->output), before = 0;
    for (int k = 0; k < c->inputs; k++) {
        int64_t channels = sv_shape_channels(&c->input[k]);
        for (int64_t r = 0; r < rows; r++)
            memcpy(c->y + r * all + before, c->x[k] + r * channels, (size_t)channels * sizeof(float));
        before += channels;
    }
}

static void backward(const sv_call *c)
{
    int64_t rows = rows_of(c), all = sv_shape_channels(&c->output), before = 0;
    for (int k = 0; k < c->inputs; k++) {
        int64_t channels = sv_shape_channels(&c->input[k]);
        for (int64_t r = 0; c->dx[k] && r < rows; r++)
            for (int64_t j = 0; j < channels; j++) c->dx[k][r * channels + j] += c->dy[r * all + before + j];
        before += channels;
    }
}

const sv_op sv_op_concatenate = {
    .type = "Concatenate",
    .doc = "the channels of 2 to 16 inputs side by side",
    .min_inputs = 2,
    .max_inputs = SV_MAX_INPUTS,
    .infer = infer,
    .forward = forward,
    .backward = backward,
};
