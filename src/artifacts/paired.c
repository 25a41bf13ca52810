/* M4, the paired-crop ratio: what a border costs, on the same pixels with and without it. A picture is reconstructed whole, and
 * again from a crop of it whose offset is a multiple of the decoder's stride (so that both see the same grid) and at least the
 * effective depth of the border; the squared error in the crop's ring over that of the same pixels inside the whole
 * reconstruction. The offset is at least the hard depth where the picture is large enough for it, else the ring's width.
 * A model whose layers are bound to positions cannot take a crop: its picture is shifted by as much instead, up and left, then down
 * and right, mirrored where it leaves, and the ring is that of the sides to which it moved. */
#include "artifacts/probe_parts.h"
#include "artifacts/ssim.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool has_ring(const sv_edges *e)
{
    return e->ring[0] || e->ring[1] || e->ring[2] || e->ring[3];
}

static bool in_ring(const sv_edges *e, int64_t i, int64_t j, int64_t height, int64_t width)
{
    return i < e->ring[0] || i >= height - e->ring[1] || j < e->ring[2] || j >= width - e->ring[3];
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

static bool choose_offsets(sv_paired *p)
{
    const sv_subject *s = p->subject;
    for (int axis = 0; axis < 2; axis++) {
        int64_t n = s->args.output->shape.dim[axis];
        const int *depth = s->edges.depth + 2 * axis, *ring = s->edges.ring + 2 * axis;
        int *offset = p->offset + 2 * axis;
        if (!fits(n, depth, s->grid[axis], 0, offset) && !fits(n, ring, s->grid[axis], ring[0] || ring[1], offset)) return false;
    }
    return true;
}

static sv_status open_crop(sv_paired *p, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    const sv_shape *in = &s->args.input->shape, *out = &s->args.output->shape;
    bool done = false;
    if (!s->grid[0] || !s->grid[1]) {
        snprintf(p->why, sizeof p->why, "the output is not of the input's scale");
        return SV_OK;
    }
    if (!choose_offsets(p)) {
        snprintf(p->why, sizeof p->why, "pictures of %lldx%lld are too small for a crop beyond the border's depth",
                 (long long)out->dim[0], (long long)out->dim[1]);
        return SV_OK;
    }
    int64_t rows = p->offset[0] + p->offset[1], columns = p->offset[2] + p->offset[3];
    if (sv_subject_clone(s, in->dim[0] - rows, in->dim[1] - columns, &s->args.machine, &p->clone, p->why, &done, fault) != SV_OK)
        return fault->status;
    if (!done) return SV_OK;
    const sv_shape *crop = &p->clone.output->shape;
    if (crop->dim[0] != out->dim[0] - rows || crop->dim[1] != out->dim[1] - columns)
        snprintf(p->why, sizeof p->why, "the output of a crop is not the crop of the output");
    return sv_edges_of(p->clone.graph, p->clone.output, s->args.latent, &p->edges, fault);
}

static sv_status open_shift(sv_paired *p, sv_fault *fault)
{
    const sv_subject *s = p->subject;
    const sv_shape *in = &s->args.input->shape, *out = &s->args.output->shape;
    p->shifted = true;
    p->edges = s->edges;
    bool done = false, room = in->rank == 3 && in->dim[0] == out->dim[0] && in->dim[1] == out->dim[1];
    for (int axis = 0; axis < 2; axis++) {
        const int *ring = s->edges.ring + 2 * axis;
        int widest = ring[0] > ring[1] ? ring[0] : ring[1];
        int64_t offset = sv_round_up(widest, s->edges.stride[axis]);
        p->offset[2 * axis] = p->offset[2 * axis + 1] = (int)offset;
        room = room && offset + ring[0] + ring[1] < out->dim[axis];
    }
    if (!room) {
        snprintf(p->why, sizeof p->why, "the picture is too small to be shifted beyond the border's ring");
        return SV_OK;
    }
    return sv_subject_clone(s, in->dim[0], in->dim[1], &s->args.machine, &p->clone, p->why, &done, fault);
}

static sv_status take_memory(sv_paired *p, sv_fault *fault)
{
    size_t batch = (size_t)p->subject->args.machine.batch, images = (size_t)p->subject->args.images;
    p->in = sv_new(batch, (size_t)sv_shape_count(&p->clone.input[0]->shape) * sizeof *p->in);
    p->out = sv_new(batch, (size_t)sv_shape_count(&p->clone.output->shape) * sizeof *p->out);
    p->a = sv_new(images, sizeof *p->a);
    p->b = sv_new(images, sizeof *p->b);
    return p->in && p->out && p->a && p->b ? SV_OK : sv_fail_memory(fault, "artifacts: paired crops");
}

sv_status sv_paired_open(sv_paired *p, const sv_subject *s, sv_fault *fault)
{
    const int *d = s->edges.depth;
    p->subject = s;
    sv_status status = SV_OK;
    if (s->args.output->shape.rank != 3 || s->args.input->shape.rank != 3)
        snprintf(p->why, sizeof p->why, "the model is not from pictures to pictures");
    else if (!d[0] && !d[1] && !d[2] && !d[3])
        snprintf(p->why, sizeof p->why, "no pixel reads beyond the border: there is nothing that a border could cost");
    else if (!has_ring(&s->edges))
        snprintf(p->why, sizeof p->why, "the border's ring has no width: deficiencies stay below 10 %%");
    else
        status = s->convolutional ? open_crop(p, fault) : open_shift(p, fault);
    return status == SV_OK && !p->why[0] ? take_memory(p, fault) : status;
}

/* Rows of a window of a picture. */
static void copy_crop(const sv_paired *p, const float *from, float *to)
{
    const sv_shape *in = &p->subject->args.input->shape, *crop = &p->clone.input[0]->shape;
    size_t row = (size_t)(crop->dim[1] * crop->dim[2]);
    for (int64_t i = 0; i < crop->dim[0]; i++, to += row)
        memcpy(to, from + ((i + p->offset[0]) * in->dim[1] + p->offset[2]) * in->dim[2], row * sizeof *to);
}

/* The picture moved up and left (towards -1) or down and right (1). */
static void copy_shifted(const sv_paired *p, int towards, const float *from, float *to)
{
    const sv_shape *in = &p->subject->args.input->shape;
    int height = (int)in->dim[0], width = (int)in->dim[1];
    size_t channels = (size_t)in->dim[2];
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++, to += channels) {
            int row = sv_mirrored(i - towards * p->offset[0], height), column = sv_mirrored(j - towards * p->offset[2], width);
            memcpy(to, from + ((size_t)row * (size_t)width + (size_t)column) * channels, channels * sizeof *to);
        }
}

static double squared(const float *y, const float *t, int64_t channels)
{
    double sum = 0;
    for (int64_t k = 0; k < channels; k++) sum += ((double)y[k] - t[k]) * ((double)y[k] - t[k]);
    return sum;
}

/* Adds both errors of picture `image`. Pixel (i, j) of `other`, the crop's or the shifted picture's output, is (i + down, j +
 * right) of the whole. `towards` -1: only the ring at top and left; 1: only that at bottom and right; 0: all of it. */
static void add_errors(sv_paired *p, int64_t image, int towards, int64_t down, int64_t right, const float *other,
                       const float *target, const float *output)
{
    const sv_shape *whole = &p->subject->args.output->shape, *own = &p->clone.output->shape;
    int64_t channels = whole->dim[2];
    sv_edges ring = p->edges;
    if (towards) ring.ring[towards < 0 ? 1 : 0] = ring.ring[towards < 0 ? 3 : 2] = 0;
    for (int64_t i = 0; i < own->dim[0]; i++)
        for (int64_t j = 0; j < own->dim[1]; j++) {
            int64_t row = i + down, column = j + right;
            if (!in_ring(&ring, i, j, own->dim[0], own->dim[1])) continue;
            if (row < 0 || row >= whole->dim[0] || column < 0 || column >= whole->dim[1]) continue;
            int64_t at = (row * whole->dim[1] + column) * channels;
            p->a[image] += squared(other + (i * own->dim[1] + j) * channels, target + at, channels);
            p->b[image] += squared(output + at, target + at, channels);
        }
}

sv_status sv_paired_add(sv_paired *p, int64_t samples, const float *input, const float *target, const float *output,
                        sv_fault *fault)
{
    if (p->why[0]) return SV_OK;
    const sv_subject *s = p->subject;
    int64_t in = sv_shape_count(&s->args.input->shape), out = sv_shape_count(&s->args.output->shape);
    int64_t own_in = sv_shape_count(&p->clone.input[0]->shape), own_out = sv_shape_count(&p->clone.output->shape);
    for (int towards = p->shifted ? -1 : 0; towards <= (p->shifted ? 1 : 0); towards += 2) {
        for (int64_t i = 0; i < samples; i++) {
            if (p->shifted)
                copy_shifted(p, towards, input + i * in, p->in + i * own_in);
            else
                copy_crop(p, input + i * in, p->in + i * own_in);
        }
        if (sv_clone_forward(&p->clone, samples, (const float *const[]){ p->in }, p->out, fault) != SV_OK) return fault->status;
        sv_subject_intensities(s, samples * own_out, p->out);
        int64_t down = p->shifted ? -towards * p->offset[0] : p->offset[0],
                right = p->shifted ? -towards * p->offset[2] : p->offset[2];
        for (int64_t i = 0; i < samples; i++)
            add_errors(p, p->seen + i, towards, down, right, p->out + i * own_out, target + i * out, output + i * out);
    }
    p->seen += samples;
    return SV_OK;
}

void sv_paired_finish(const sv_paired *p, sv_modelled *m)
{
    m->shifted = p->shifted;
    memcpy(m->offset, p->offset, sizeof m->offset);
    memcpy(m->why_crop, p->why, sizeof m->why_crop);
    m->paired_crop = p->why[0] ? (sv_ratio){ (double)NAN, (double)NAN } : sv_ratio_of(p->a, p->b, p->seen);
}

void sv_paired_close(sv_paired *p)
{
    sv_clone_free(&p->clone);
    sv_free(p->in);
    sv_free(p->out);
    sv_free(p->a);
    sv_free(p->b);
}
