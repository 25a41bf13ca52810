/* M4b, the sensitivity depth: pictures are cut at one side, and the change of the output is seen by distance from the cut. What no
 * path through the layers connects with the border must not change at all, to the last bit: so both runs use the backend whose
 * results do not depend on a pixel's place. The furthest change is the border's depth, as the architecture alone predicts it. */
#include "artifacts/probe_parts.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PICTURES = 64, BATCH = 16 };

static sv_status open_side(sv_sensitivity *s, int side, const sv_machine *machine, sv_fault *fault)
{
    const sv_subject *u = s->subject;
    const sv_shape *in = &u->args.input->shape, *out = &u->args.output->shape;
    int axis = side / 2;
    int64_t grid = u->grid[axis], deep = sv_round_up(u->edges.depth[side] ? u->edges.depth[side] : 1, grid);
    int64_t offset = out->dim[axis] - deep > u->edges.depth[side] ? deep : grid;
    int64_t size[2] = { in->dim[0], in->dim[1] };
    char why[SV_WHY] = "";
    bool done = false;
    size[axis] -= offset;
    if (size[axis] < 1 || out->dim[axis] - offset < 1) return SV_OK;
    if (sv_subject_clone(u, size[0], size[1], machine, &s->cut[side], why, &done, fault) != SV_OK) return fault->status;
    const sv_shape *cut = done ? &s->cut[side].output->shape : NULL;
    if (!done || cut->dim[axis] != out->dim[axis] - offset || cut->dim[!axis] != out->dim[!axis]) return SV_OK;
    s->offset[side] = (int)offset;
    s->distances[side] = (int)cut->dim[axis];
    s->squares[side] = sv_new((size_t)cut->dim[axis], sizeof *s->squares[side]);
    return s->squares[side] ? SV_OK : sv_fail_memory(fault, "artifacts: sensitivity");
}

sv_status sv_sensitivity_open(sv_sensitivity *s, const sv_subject *u, sv_fault *fault)
{
    sv_machine machine = u->args.machine;
    bool done = false, any = false;
    s->subject = u;
    machine.backend = &sv_backend_native;
    machine.batch = BATCH;
    if (u->args.output->shape.rank != 3 || u->args.input->shape.rank != 3 || !u->convolutional || !u->grid[0] || !u->grid[1]) {
        snprintf(s->why, sizeof s->why, "%s",
                 u->convolutional ? "the output is not of the input's scale" : "layers are bound to positions");
        return SV_OK;
    }
    const sv_shape *in = &u->args.input->shape, *out = &u->args.output->shape;
    if (sv_subject_clone(u, in->dim[0], in->dim[1], &machine, &s->whole, s->why, &done, fault) != SV_OK) return fault->status;
    for (int side = 0; side < 4 && done; side++) {
        if (open_side(s, side, &machine, fault) != SV_OK) return fault->status;
        any = any || s->squares[side];
    }
    if (done && !any) snprintf(s->why, sizeof s->why, "the picture is too small to be cut by a whole step of the model's grid");
    if (s->why[0]) return SV_OK;
    s->in = sv_new(BATCH, (size_t)sv_shape_count(in) * sizeof *s->in);
    s->out = sv_new(BATCH, (size_t)sv_shape_count(out) * sizeof *s->out);
    s->full = sv_new(BATCH, (size_t)sv_shape_count(out) * sizeof *s->full);
    return s->in && s->out && s->full ? SV_OK : sv_fail_memory(fault, "artifacts: sensitivity");
}

/* What is left of pictures when `offset` pixels are cut off at a side. */
static void copy_cut(const sv_shape *from, const sv_shape *to, int side, int offset, int64_t samples, const float *in, float *out)
{
    int64_t top = side == 0 ? offset : 0, left = side == 2 ? offset : 0, row = to->dim[1] * to->dim[2];
    for (int64_t n = 0; n < samples; n++)
        for (int64_t i = 0; i < to->dim[0]; i++, out += row)
            memcpy(out, in + ((n * from->dim[0] + i + top) * from->dim[1] + left) * from->dim[2], (size_t)row * sizeof *out);
}

static void compare(sv_sensitivity *s, int side, int64_t samples)
{
    const sv_shape *cut = &s->cut[side].output->shape, *whole = &s->whole.output->shape;
    int64_t top = side == 0 ? s->offset[0] : 0, left = side == 2 ? s->offset[2] : 0;
    const float *y = s->out;
    for (int64_t n = 0; n < samples; n++)
        for (int64_t i = 0; i < cut->dim[0]; i++)
            for (int64_t j = 0; j < cut->dim[1]; j++) {
                const float *full = s->full + ((n * whole->dim[0] + i + top) * whole->dim[1] + j + left) * whole->dim[2];
                const int64_t distance[4] = { i, cut->dim[0] - 1 - i, j, cut->dim[1] - 1 - j };
                for (int64_t k = 0; k < cut->dim[2]; k++, y++)
                    s->squares[side][distance[side]] += ((double)*y - full[k]) * ((double)*y - full[k]);
            }
    s->terms[side] += (double)samples * (double)(cut->dim[side < 2 ? 1 : 0] * cut->dim[2]);
}

static sv_status add_batch(sv_sensitivity *s, int64_t samples, const float *input, sv_fault *fault)
{
    const sv_shape *in = &s->subject->args.input->shape;
    if (sv_clone_forward(&s->whole, samples, &input, s->full, fault) != SV_OK) return fault->status;
    for (int side = 0; side < 4; side++) {
        if (!s->squares[side]) continue;
        copy_cut(in, &s->cut[side].input[0]->shape, side, s->offset[side], samples, input, s->in);
        const float *cut = s->in;
        if (sv_clone_forward(&s->cut[side], samples, &cut, s->out, fault) != SV_OK) return fault->status;
        compare(s, side, samples);
    }
    return SV_OK;
}

sv_status sv_sensitivity_add(sv_sensitivity *s, int64_t samples, const float *input, sv_fault *fault)
{
    int64_t size = sv_shape_count(&s->subject->args.input->shape);
    for (int64_t at = 0; at < samples && s->seen < PICTURES && !s->why[0];) {
        int64_t count = samples - at < BATCH ? samples - at : BATCH;
        if (add_batch(s, count, input + at * size, fault) != SV_OK) return fault->status;
        at += count;
        s->seen += count;
    }
    return SV_OK;
}

/* -1 where the change reaches the far end of what is left although that is less than the border's depth: it ends nobody knows
 * where. */
static int support(const sv_sensitivity *s, int side)
{
    int reached = 0;
    for (int d = 0; d < s->distances[side]; d++)
        if (s->squares[side][d] > 0) reached = d + 1;
    return reached == s->distances[side] && s->subject->edges.depth[side] > reached ? -1 : reached;
}

sv_status sv_sensitivity_finish(const sv_sensitivity *s, sv_modelled *m, sv_fault *fault)
{
    memcpy(m->why_sensitivity, s->why, sizeof m->why_sensitivity);
    for (int side = 0; side < 4; side++) {
        m->sensitivity[side] = -1;
        if (s->why[0] || !s->squares[side] || !s->seen) continue;
        m->reach[side] = sv_new((size_t)s->distances[side], sizeof *m->reach[side]);
        if (!m->reach[side]) return sv_fail_memory(fault, "artifacts: sensitivity");
        m->reaches[side] = s->distances[side];
        m->sensitivity[side] = support(s, side);
        for (int d = 0; d < s->distances[side]; d++) m->reach[side][d] = sqrt(s->squares[side][d] / s->terms[side]);
    }
    return SV_OK;
}

void sv_sensitivity_close(sv_sensitivity *s)
{
    sv_clone_free(&s->whole);
    for (int side = 0; side < 4; side++) {
        sv_clone_free(&s->cut[side]);
        sv_free(s->squares[side]);
    }
    sv_free(s->in);
    sv_free(s->out);
    sv_free(s->full);
}
