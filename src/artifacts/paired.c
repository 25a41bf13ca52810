/* M4, the paired-crop ratio: what a border costs, on the same pixels with and without it. A picture is reconstructed whole, and
 * again from crops of it (paired_crops.c) or moved to the border; the squared error in the ring of these over that of the same
 * pixels inside the whole reconstruction. */
#include "artifacts/probe_parts.h"
#include "artifacts/ssim.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static sv_status take_memory(sv_paired *p, sv_fault *fault)
{
    size_t batch = (size_t)p->subject->args.machine.batch, images = (size_t)p->subject->args.images;
    int64_t in = 0, out = 0;
    for (int k = 0; k < p->crops; k++) {
        int64_t own_in = sv_shape_count(&p->crop[k].clone->input[0]->shape),
                own_out = sv_shape_count(&p->crop[k].clone->output->shape);
        in = own_in > in ? own_in : in, out = own_out > out ? own_out : out;
    }
    p->in = sv_new(batch, (size_t)in * sizeof *p->in);
    p->out = sv_new(batch, (size_t)out * sizeof *p->out);
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
    else
        status = sv_paired_choose(p, fault);
    return status == SV_OK && !p->why[0] ? take_memory(p, fault) : status;
}

/* What the second picture shows of the first. */
static void copy_content(const sv_crop *c, const sv_shape *whole, const float *from, float *to)
{
    const sv_shape *own = &c->clone->input[0]->shape;
    int height = (int)whole->dim[0], width = (int)whole->dim[1];
    size_t channels = (size_t)whole->dim[2];
    for (int i = 0; i < own->dim[0]; i++)
        for (int j = 0; j < own->dim[1]; j++, to += channels) {
            size_t row = (size_t)sv_mirrored(i + c->down, height), column = (size_t)sv_mirrored(j + c->right, width);
            memcpy(to, from + (row * (size_t)width + column) * channels, channels * sizeof *to);
        }
}

static double squared(const float *y, const float *t, int64_t channels)
{
    double sum = 0;
    for (int64_t k = 0; k < channels; k++) sum += ((double)y[k] - t[k]) * ((double)y[k] - t[k]);
    return sum;
}

static bool within(const int width[4], int64_t i, int64_t j, const sv_shape *picture)
{
    return i < width[0] || i >= picture->dim[0] - width[1] || j < width[2] || j >= picture->dim[1] - width[3];
}

/* Adds both errors of picture `image`: of `other`, the second picture's output, and of the whole's. */
static void add_errors(sv_paired *p, const sv_crop *c, int64_t image, const float *other, const float *target, const float *output)
{
    const sv_shape *whole = &p->subject->args.output->shape, *own = &c->clone->output->shape;
    int64_t channels = whole->dim[2];
    int m = p->subject->args.margin;
    const int margins[4] = { m, m, m, m };
    for (int64_t i = 0; i < own->dim[0]; i++)
        for (int64_t j = 0; j < own->dim[1]; j++) {
            int64_t row = i + c->down, column = j + c->right;
            if (within(margins, i, j, own) || !within(c->ring, i, j, own) || within(c->inside, row, column, whole)) continue;
            int64_t at = (row * whole->dim[1] + column) * channels;
            p->a[image] += squared(other + (i * own->dim[1] + j) * channels, target + at, channels);
            p->b[image] += squared(output + at, target + at, channels);
        }
}

sv_status sv_paired_add(sv_paired *p, int64_t samples, const float *input, const float *target, const float *output,
                        sv_fault *fault)
{
    const sv_subject *s = p->subject;
    int64_t in = sv_shape_count(&s->args.input->shape), out = sv_shape_count(&s->args.output->shape);
    for (int k = 0; k < p->crops; k++) {
        const sv_crop *c = &p->crop[k];
        int64_t own_in = sv_shape_count(&c->clone->input[0]->shape), own_out = sv_shape_count(&c->clone->output->shape);
        for (int64_t i = 0; i < samples; i++) copy_content(c, &s->args.input->shape, input + i * in, p->in + i * own_in);
        if (sv_clone_forward(c->clone, samples, (const float *const[]){ p->in }, p->out, fault) != SV_OK) return fault->status;
        sv_subject_intensities(s, samples * own_out, p->out);
        for (int64_t i = 0; i < samples; i++)
            add_errors(p, c, p->seen + i, p->out + i * own_out, target + i * out, output + i * out);
    }
    p->seen += samples;
    return SV_OK;
}

void sv_paired_finish(const sv_paired *p, sv_modelled *m)
{
    m->by = p->by;
    memcpy(m->offset, p->offset, sizeof m->offset);
    memcpy(m->why_crop, p->why, sizeof m->why_crop);
    m->paired_crop = p->why[0] ? (sv_ratio){ (double)NAN, (double)NAN } : sv_ratio_of(p->a, p->b, p->seen);
}

void sv_paired_close(sv_paired *p)
{
    for (int k = 0; k < 4; k++) sv_clone_free(&p->clone[k]);
    sv_free(p->in);
    sv_free(p->out);
    sv_free(p->a);
    sv_free(p->b);
}
