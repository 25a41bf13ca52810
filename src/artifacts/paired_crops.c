/* The second pictures of M4. A crop's offsets are multiples of the decoder's stride (so that both pictures see the same grid)
 * and at least the effective depth of the border: the hard depth where the picture is large enough for it, else the ring's width.
 * One crop cuts all sides; where the picture is too small for that each side has a crop of its own, whose ring counts where the
 * whole picture's other sides do not reach: that needs one offset an axis, not two.
 * A model whose layers are bound to positions cannot take a crop: its picture is moved by as much instead, up and left, then down
 * and right, and the ring is that of the sides to which it moved. */
#include "artifacts/probe_parts.h"
#include <stdio.h>
#include <string.h>

/* Notes the first thing that was in the way. */
static void refuse(sv_paired *p, const char *why)
{
    if (!p->why[0]) snprintf(p->why, sizeof p->why, "%s", why);
}

/* The ring of a picture that is large enough to have an interior, of whole steps more: a smaller one has no pixel that says what is
 * missing at its border. A model that lets every pixel read every other never has one. */
static sv_status find_ring(sv_paired *p, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    const sv_shape *in = &s->args.input->shape, *out = &s->args.output->shape;
    sv_edges e = s->edges;
    int64_t size[2] = { out->dim[0], out->dim[1] };
    for (int doublings = 0; doublings < 5 && !sv_interior_of(&e, (int)size[0], (int)size[1]).end[0]; doublings++) {
        sv_clone larger = { 0 };
        char why[SV_WHY];
        bool done;
        for (int axis = 0; axis < 2; axis++) size[axis] += sv_round_up(size[axis], s->grid[axis]);
        int64_t rows = in->dim[0] + size[0] - out->dim[0], columns = in->dim[1] + size[1] - out->dim[1];
        sv_status status = sv_subject_clone(s, rows, columns, NULL, &larger, why, &done, fault);
        if (status == SV_OK && done) status = sv_edges_of(larger.graph, larger.output, s->args.latent, &e, fault);
        sv_clone_free(&larger);
        if (status != SV_OK) return status;
    }
    memcpy(p->edges.ring, e.ring, sizeof e.ring);
    return SV_OK;
}

static sv_status add_crop(sv_paired *p, const int offset[4], const int inside[4], sv_fault *fault)
{
    const sv_subject *s = p->subject;
    const sv_shape *in = &s->args.input->shape, *out = &s->args.output->shape;
    sv_crop *c = &p->crop[p->crops];
    int64_t rows = offset[0] + offset[1], columns = offset[2] + offset[3];
    char why[SV_WHY] = "";
    bool done;
    *c = (sv_crop){ .clone = &p->clone[p->crops], .down = offset[0], .right = offset[2] };
    if (sv_subject_clone(s, in->dim[0] - rows, in->dim[1] - columns, &s->args.machine, c->clone, why, &done, fault) != SV_OK)
        return fault->status;
    const sv_shape *own = done ? &c->clone->output->shape : NULL;
    if (done && (own->dim[0] != out->dim[0] - rows || own->dim[1] != out->dim[1] - columns))
        snprintf(why, sizeof why, "the output of a crop is not the crop of the output");
    if (why[0]) {
        refuse(p, why);
        sv_clone_free(c->clone);
        return SV_OK;
    }
    for (int side = 0; side < 4; side++) {
        c->ring[side] = offset[side] ? p->edges.ring[side] : 0;
        c->inside[side] = inside[side];
        if (offset[side]) p->offset[side] = offset[side];
    }
    p->crops++;
    return SV_OK;
}

/* Offsets at both ends of an axis of n pixels, for borders that deep: in what is left those must not overlap. */
static bool fits(int64_t n, const int depth[2], int64_t grid, int least, int *offset)
{
    int64_t low = sv_round_up(depth[0] > least ? depth[0] : least, grid),
            high = sv_round_up(depth[1] > least ? depth[1] : least, grid);
    if (n - low - high < (int64_t)depth[0] + depth[1] || n - low - high < 1) return false;
    offset[0] = (int)low, offset[1] = (int)high;
    return true;
}

/* One crop of all sides. */
static sv_status crop_all(sv_paired *p, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    int offset[4], inside[4];
    for (int axis = 0; axis < 2; axis++) {
        int64_t n = s->args.output->shape.dim[axis];
        const int *depth = p->edges.depth + 2 * axis, *ring = p->edges.ring + 2 * axis;
        bool hard = fits(n, depth, s->grid[axis], 0, offset + 2 * axis);
        if (!hard && !fits(n, ring, s->grid[axis], ring[0] || ring[1], offset + 2 * axis)) return SV_OK;
        memcpy(inside + 2 * axis, hard ? depth : ring, 2 * sizeof *inside);
    }
    return add_crop(p, offset, inside, fault);
}

/* How many pixels a crop of one side needs along its axis: its offset, its ring, and the reach of the border opposite. */
static int64_t side_needs(const sv_paired *p, int side, const int depth[4])
{
    return sv_round_up(depth[side], p->subject->grid[side / 2]) + p->edges.ring[side] + depth[side ^ 1];
}

static sv_status crop_side(sv_paired *p, int side, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    const int *const depths[] = { p->edges.depth, p->edges.ring };
    const int64_t *n = s->args.output->shape.dim;
    int axis = side / 2, across = 2 * !axis;
    for (int k = 0; k < 2; k++) {
        const int *depth = depths[k];
        int offset[4] = { 0 };
        if (side_needs(p, side, depth) > n[axis] || depth[across] + depth[across + 1] >= n[!axis]) continue;
        offset[side] = (int)sv_round_up(depth[side], s->grid[axis]);
        return add_crop(p, offset, depth, fault);
    }
    return SV_OK;
}

/* In numbers of one of the sides, where all are alike refused. */
static void refuse_size(sv_paired *p)
{
    const int *ring = p->edges.ring;
    const int64_t *n = p->subject->args.output->shape.dim;
    char why[SV_WHY];
    int side = 0;
    while (!ring[side]) side++;
    const int across = 2 * (side < 2);
    if (ring[across] + ring[across + 1] >= n[across / 2])
        snprintf(why, sizeof why, "the border's ring covers all %s of pictures of %lldx%lld", across ? "columns" : "rows",
                 (long long)n[0], (long long)n[1]);
    else
        snprintf(why, sizeof why, "pictures of %lldx%lld are too small: even a crop of the %s side alone needs %lld %s",
                 (long long)n[0], (long long)n[1], sv_line_names[side], (long long)side_needs(p, side, ring),
                 side < 2 ? "rows" : "columns");
    refuse(p, why);
}

static sv_status choose_crops(sv_paired *p, sv_fault *fault)
{
    if (crop_all(p, fault) != SV_OK) return fault->status;
    if (!p->crops) p->by = SV_BY_SIDE_CROPS;
    for (int side = 0; side < 4 && p->by == SV_BY_SIDE_CROPS; side++)
        if (p->edges.ring[side] && crop_side(p, side, fault) != SV_OK) return fault->status;
    if (p->crops)
        p->why[0] = '\0';
    else
        refuse_size(p);
    return SV_OK;
}

static sv_status choose_shifts(sv_paired *p, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    const sv_shape *in = &s->args.input->shape, *out = &s->args.output->shape;
    const int *ring = p->edges.ring;
    bool done = false, room = in->dim[0] == out->dim[0] && in->dim[1] == out->dim[1];
    p->by = SV_BY_SHIFT;
    for (int axis = 0; axis < 2; axis++) {
        const int *own = ring + 2 * axis;
        int64_t offset = sv_round_up(own[0] > own[1] ? own[0] : own[1], s->edges.stride[axis]);
        p->offset[2 * axis] = p->offset[2 * axis + 1] = (int)offset;
        room = room && offset + own[0] + own[1] < out->dim[axis];
    }
    if (!room) {
        refuse(p, "the picture is too small to be shifted beyond the border's ring");
        return SV_OK;
    }
    if (sv_subject_clone(s, in->dim[0], in->dim[1], &s->args.machine, &p->clone[0], p->why, &done, fault) != SV_OK)
        return fault->status;
    const int down = p->offset[0], right = p->offset[2];
    p->crop[0] = (sv_crop){ &p->clone[0], down, right, { ring[0], 0, ring[2], 0 }, { 0 } };
    p->crop[1] = (sv_crop){ &p->clone[0], -down, -right, { 0, ring[1], 0, ring[3] }, { 0 } };
    for (int k = 0; k < 2; k++) memcpy(p->crop[k].inside, ring, sizeof p->crop[k].inside);
    p->crops = done ? 2 : 0;
    return SV_OK;
}

sv_status sv_paired_choose(sv_paired *p, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    p->edges = s->edges;
    if (s->convolutional && (!s->grid[0] || !s->grid[1])) {
        refuse(p, "the output is not of the input's scale");
        return SV_OK;
    }
    if (s->convolutional && find_ring(p, fault) != SV_OK) return fault->status;
    if (!sv_has_ring(&p->edges)) {
        refuse(p, "the border's ring has no width: deficiencies stay below 10 %");
        return SV_OK;
    }
    p->edges.margin = s->args.margin;
    const sv_edges within = sv_edges_within(&p->edges);
    if (!sv_has_ring(&within)) {
        refuse(p, "the crop margin covers the border's ring");
        return SV_OK;
    }
    return s->convolutional ? choose_crops(p, fault) : choose_shifts(p, fault);
}
