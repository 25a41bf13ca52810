/* M7, the response to constant latents: what the decoder makes of flat content. Each latent, the data's mean one and some real
 * ones, fills a grid large enough for an interior, and one cell of the stride is looked at there: std over its phases, and that
 * over the rms. 0: no checkerboard is possible on flat content, as with nearest upsampling and convolutions, whatever their
 * weights. The decoder is run from the latent on, or from where the last layer that is bound to positions left it; what skips past
 * the latent is held constant likewise. The backend is the one whose results do not depend on a pixel's place, so that 0 is 0. */
#include "artifacts/flow.h"
#include "artifacts/probe_parts.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LATENTS = 1 + SV_REAL_LATENTS, SMALLEST = 2, LARGEST = 64 };

/* Whether a node keeps pictures pictures. */
static bool is_spatial(const sv_node *n)
{
    if (n->shape.rank != 3 || !n->inputs) return false;
    for (int k = 0; k < n->inputs; k++)
        for (int axis = 0; axis < 2; axis++)
            if (sv_axis_of(n, k, axis).kind == SV_AXIS_ALL) return false;
    return true;
}

/* Marks the decoder's layers and the nodes it starts from. */
static void mark_decoder(const sv_subject *s, const sv_flow *f, uint8_t *role)
{
    const sv_graph *g = s->args.graph;
    role[s->args.output->index] = SV_CLONE_LAYER;
    for (int i = s->args.output->index; i >= 0; i--) {
        if (role[i] == SV_CLONE_NONE) continue;
        bool layer = f->decoder[i] && !f->start[i] && is_spatial(g->node[i]);
        role[i] = layer ? SV_CLONE_LAYER : SV_CLONE_INPUT;
        for (int k = 0; layer && k < g->node[i]->inputs; k++) role[g->node[i]->input[k]->index] = SV_CLONE_LAYER;
    }
}

static sv_status find_cuts(sv_dc *d, uint8_t *role, sv_fault *fault)
{
    const sv_subject *s = d->subject;
    const sv_node *latent = s->args.latent && *s->args.latent ? sv_find_node(s->args.graph, s->args.latent) : NULL;
    sv_flow f;
    if (sv_flow_new(s->args.graph, s->args.output, latent, &f, fault) != SV_OK) return fault->status;
    mark_decoder(s, &f, role);
    sv_flow_free(&f);
    for (int i = 0; i < s->args.graph->nodes; i++)
        if (role[i] == SV_CLONE_INPUT) d->cut[d->cuts++] = i;
    if (role[s->args.output->index] != SV_CLONE_LAYER) snprintf(d->why, sizeof d->why, "no layer after the latent keeps its grid");
    for (int k = 0; k < d->cuts && !d->why[0]; k++)
        if (s->args.graph->node[d->cut[k]]->shape.rank != 3) snprintf(d->why, sizeof d->why, "the latent has no grid");
    return SV_OK;
}

/* Shapes of the cuts where the smallest is `size` on each axis. False where their sizes are not multiples of it. */
static bool scale_cuts(const sv_dc *d, int64_t size, sv_shape *shape)
{
    const sv_graph *g = d->subject->args.graph;
    for (int axis = 0; axis < 2; axis++) {
        int64_t least = INT64_MAX;
        for (int k = 0; k < d->cuts; k++)
            if (g->node[d->cut[k]]->shape.dim[axis] < least) least = g->node[d->cut[k]]->shape.dim[axis];
        for (int k = 0; k < d->cuts; k++) {
            const sv_shape *own = &g->node[d->cut[k]]->shape;
            if (own->dim[axis] % least) return false;
            shape[d->cut[k]].rank = 3;
            shape[d->cut[k]].dim[2] = own->dim[2];
            shape[d->cut[k]].dim[axis] = own->dim[axis] / least * size;
        }
    }
    return true;
}

/* The decoder on the smallest grid on which its output has an interior. */
static sv_status open_decoder(sv_dc *d, const uint8_t *role, sv_shape *shape, sv_fault *fault)
{
    const sv_subject *s = d->subject;
    sv_machine machine = s->args.machine;
    machine.backend = &sv_backend_native;
    machine.batch = LATENTS;
    for (int64_t size = SMALLEST; size <= LARGEST; size *= 2) {
        sv_fault own = { 0 };
        sv_edges e;
        if (!scale_cuts(d, size, shape)) break;
        if (sv_clone_new(&d->decoder, s->args.parameters, s->args.output, role, shape, &own) == SV_OK &&
            sv_edges_of(d->decoder.graph, d->decoder.output, NULL, &e, &own) == SV_OK) {
            memcpy(e.stride, s->edges.stride, sizeof e.stride);
            d->box = sv_interior_of(&e, (int)d->decoder.output->shape.dim[0], (int)d->decoder.output->shape.dim[1]);
            if (d->box.end[0]) return sv_clone_plan(&d->decoder, &machine, fault);
        }
        sv_clone_free(&d->decoder);
        if (own.status == SV_NO_MEMORY) return sv_fail(fault, own.status, "%s", own.text);
    }
    snprintf(d->why, sizeof d->why, "no grid was found on which the decoder's output has an interior");
    return SV_OK;
}

static void mark_before(const sv_graph *g, int cut, uint8_t *role)
{
    memset(role, SV_CLONE_NONE, (size_t)g->nodes);
    role[cut] = SV_CLONE_LAYER;
    for (int i = cut; i >= 0; i--) {
        if (role[i] == SV_CLONE_NONE) continue;
        if (g->node[i]->kind == SV_NODE_INPUT) role[i] = SV_CLONE_INPUT;
        for (int k = 0; k < g->node[i]->inputs; k++) role[g->node[i]->input[k]->index] = SV_CLONE_LAYER;
    }
}

static sv_status open_encoders(sv_dc *d, uint8_t *role, sv_shape *shape, sv_fault *fault)
{
    const sv_subject *s = d->subject;
    const sv_graph *g = s->args.graph;
    int64_t largest = 1;
    for (int k = 0; k < d->cuts; k++) {
        const sv_node *n = g->node[d->cut[k]];
        d->sum[k] = sv_new((size_t)n->shape.dim[2], sizeof *d->sum[k]);
        d->real[k] = sv_new(SV_REAL_LATENTS, (size_t)n->shape.dim[2] * sizeof *d->real[k]);
        if (!d->sum[k] || !d->real[k]) return sv_fail_memory(fault, "artifacts: latents");
        if (n->kind == SV_NODE_INPUT) continue;
        mark_before(g, d->cut[k], role);
        shape[s->args.input->index] = s->args.input->shape;
        if (sv_clone_new(&d->encoder[k], s->args.parameters, n, role, shape, fault) != SV_OK ||
            sv_clone_plan(&d->encoder[k], &s->args.machine, fault) != SV_OK)
            return fault->status;
        if (sv_shape_count(&n->shape) > largest) largest = sv_shape_count(&n->shape);
    }
    d->out = sv_new((size_t)s->args.machine.batch, (size_t)largest * sizeof *d->out);
    return d->out ? SV_OK : sv_fail_memory(fault, "artifacts: latents");
}

sv_status sv_dc_open(sv_dc *d, const sv_subject *s, sv_fault *fault)
{
    size_t n = (size_t)s->args.graph->nodes;
    d->subject = s;
    d->cut = sv_new(n, sizeof *d->cut);
    d->encoder = sv_new(n, sizeof *d->encoder);
    d->sum = sv_new(n, sizeof *d->sum);
    d->real = sv_new(n, sizeof *d->real);
    uint8_t *role = sv_new(n, 1);
    sv_shape *shape = sv_new(n, sizeof *shape);
    sv_status status = SV_OK;
    if (!d->cut || !d->encoder || !d->sum || !d->real || !role || !shape) status = sv_fail_memory(fault, "artifacts: latents");
    if (status == SV_OK) status = find_cuts(d, role, fault);
    if (status == SV_OK && !d->why[0]) status = open_decoder(d, role, shape, fault);
    if (status == SV_OK && !d->why[0]) status = open_encoders(d, role, shape, fault);
    sv_free(role);
    sv_free(shape);
    return status;
}

/* Sums over pictures and pixels; of the first pictures also the latent in the middle. */
static void add_latents(sv_dc *d, int k, int64_t samples, const float *z)
{
    const sv_shape *shape = &d->subject->args.graph->node[d->cut[k]]->shape;
    int64_t pixels = shape->dim[0] * shape->dim[1], channels = shape->dim[2];
    int64_t middle = shape->dim[0] / 2 * shape->dim[1] + shape->dim[1] / 2;
    for (int64_t n = 0; n < samples; n++, z += pixels * channels) {
        for (int64_t p = 0; p < pixels; p++)
            for (int64_t c = 0; c < channels; c++) d->sum[k][c] += z[p * channels + c];
        if (d->seen + n < SV_REAL_LATENTS)
            memcpy(d->real[k] + (d->seen + n) * channels, z + middle * channels, (size_t)channels * sizeof *z);
    }
}

sv_status sv_dc_add(sv_dc *d, int64_t samples, const float *input, sv_fault *fault)
{
    if (d->why[0]) return SV_OK;
    for (int k = 0; k < d->cuts; k++) {
        const float *z = input;
        if (d->encoder[k].graph) {
            if (sv_clone_forward(&d->encoder[k], samples, &input, d->out, fault) != SV_OK) return fault->status;
            z = d->out;
        }
        add_latents(d, k, samples, z);
    }
    d->seen += samples;
    return SV_OK;
}

/* The decoder's inputs: sample 0 the mean latent, then real ones, each all over its grid. */
static void fill(const sv_dc *d, int k, int latents, float *to)
{
    const sv_shape *own = &d->subject->args.graph->node[d->cut[k]]->shape, *grid = &d->decoder.input[k]->shape;
    int64_t pixels = grid->dim[0] * grid->dim[1], channels = grid->dim[2];
    double terms = (double)d->seen * (double)(own->dim[0] * own->dim[1]);
    for (int n = 0; n < latents; n++)
        for (int64_t p = 0; p < pixels; p++)
            for (int64_t c = 0; c < channels; c++) *to++ = n ? d->real[k][(n - 1) * channels + c] : (float)(d->sum[k][c] / terms);
}

/* Variance over the phases, and mean square, of one channel of one output. */
static void one_cell(const sv_dc *d, const float *y, int64_t channel, double *variance, double *square)
{
    const sv_shape *shape = &d->decoder.output->shape;
    const int *s = d->subject->edges.stride;
    double n = (double)s[0] * s[1], sum = 0, squares = 0, about = 0, origin = 0;
    for (int a = 0; a < s[0]; a++)
        for (int b = 0; b < s[1]; b++) {
            double v = y[((d->box.first[0] + a) * shape->dim[1] + d->box.first[1] + b) * shape->dim[2] + channel];
            if (a == 0 && b == 0) origin = v;
            sum += v - origin;
            about += (v - origin) * (v - origin);
            squares += v * v;
        }
    *variance += fmax(0, about / n - sum / n * (sum / n));
    *square += squares / n;
}

static sv_status respond(sv_dc *d, sv_modelled *m, float **input, float *out, sv_fault *fault)
{
    const sv_shape *shape = &d->decoder.output->shape;
    int64_t size = sv_shape_count(shape);
    double variance = 0, square = 0;
    m->latents = 1 + (int)(d->seen < SV_REAL_LATENTS ? d->seen : SV_REAL_LATENTS);
    for (int k = 0; k < d->cuts; k++) fill(d, k, m->latents, input[k]);
    if (sv_clone_forward(&d->decoder, m->latents, (const float *const *)input, out, fault) != SV_OK) return fault->status;
    sv_subject_intensities(d->subject, m->latents * size, out);
    for (int n = 0; n < m->latents; n++)
        for (int64_t c = 0; c < shape->dim[2]; c++) one_cell(d, out + n * size, c, &variance, &square);
    m->dc_picture = sv_new((size_t)size, sizeof *m->dc_picture);
    if (!m->dc_picture) return sv_fail_memory(fault, "artifacts: latents");
    memcpy(m->dc_picture, out, (size_t)size * sizeof *out);
    m->dc_shape = *shape;
    m->dc_box = d->box;
    double terms = (double)m->latents * (double)shape->dim[2];
    m->dc_absolute = sqrt(variance / terms);
    m->dc_relative = sqrt(variance / square);
    return SV_OK;
}

sv_status sv_dc_finish(sv_dc *d, sv_modelled *m, sv_fault *fault)
{
    memcpy(m->why_dc, d->why, sizeof m->why_dc);
    if (d->why[0] || !d->seen) return SV_OK;
    float **input = sv_new((size_t)d->cuts, sizeof *input);
    float *out = sv_new(LATENTS, (size_t)sv_shape_count(&d->decoder.output->shape) * sizeof *out);
    bool have = input && out;
    for (int k = 0; k < d->cuts && input; k++) {
        input[k] = sv_new(LATENTS, (size_t)sv_shape_count(&d->decoder.input[k]->shape) * sizeof *input[k]);
        have = have && input[k];
    }
    sv_status status = have ? respond(d, m, input, out, fault) : sv_fail_memory(fault, "artifacts: latents");
    for (int k = 0; k < d->cuts && input; k++) sv_free(input[k]);
    sv_free(input);
    sv_free(out);
    return status;
}

void sv_dc_close(sv_dc *d)
{
    for (int k = 0; k < d->cuts; k++) {
        sv_clone_free(&d->encoder[k]);
        sv_free(d->sum[k]);
        sv_free(d->real[k]);
    }
    sv_clone_free(&d->decoder);
    sv_free(d->cut);
    sv_free(d->encoder);
    sv_free(d->sum);
    sv_free(d->real);
    sv_free(d->out);
}
