#include "artifacts/artifacts.h"
#include <math.h>
#include <stdio.h>

enum { NAME = 28 };

/* A number in a column of 12, "-" where there is none. */
static void number(sv_text *out, const char *format, double value)
{
    char text[32];
    snprintf(text, sizeof text, format, value);
    sv_text_add(out, " %12s", isnan(value) ? "-" : text);
}

static void row(sv_text *out, const char *name, const char *format, sv_regions r)
{
    sv_text_add(out, "  %-*s", NAME, name);
    number(out, format, r.all);
    number(out, format, r.interior);
    number(out, format, r.ring);
    sv_text_add(out, "\n");
}

/* name, value +- standard error, what it says. */
static void figure(sv_text *out, const char *name, sv_ratio r, const char *says)
{
    char value[32], se[32];
    snprintf(value, sizeof value, "%.4g", r.value);
    snprintf(se, sizeof se, "+- %.2g", r.se);
    sv_text_add(out, "  %-*s %12s %-10s %s\n", NAME, name, isfinite(r.value) ? value : "-", isfinite(r.se) ? se : "", says);
}

static void sides(sv_text *out, const char *name, const int v[4])
{
    sv_text_add(out, "%s %d top, %d bottom, %d left, %d right", name, v[0], v[1], v[2], v[3]);
}

static bool has_ring(const sv_edges *e)
{
    return e->ring[0] || e->ring[1] || e->ring[2] || e->ring[3];
}

static void head(sv_text *out, const sv_measured *r, const sv_edges *e)
{
    sides(out, "border depth", e->depth);
    sides(out, "; ring", e->ring);
    sv_text_add(out, "; stride %d", e->stride[0]);
    if (e->stride[1] != e->stride[0]) sv_text_add(out, " x %d", e->stride[1]);
    if (r->interior.end[0])
        sv_text_add(out, "\ninterior: rows %d to %d, columns %d to %d\n", r->interior.first[0], r->interior.end[0] - 1,
                    r->interior.first[1], r->interior.end[1] - 1);
    else
        sv_text_add(out, "\ninterior: empty, every pixel is influenced by the border: no figure that compares with it\n");
    if (!has_ring(e)) sv_text_add(out, "ring: empty, no width on any side: no figure of it\n");
}

static void errors(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, "\n  %-*s %12s %12s %12s\n", NAME, "", "all", "interior", "ring");
    row(out, "MSE", "%.6g", r->mse);
    row(out, "PSNR (dB)", "%.3f", r->psnr);
    row(out, "SSIM", "%.5f", r->ssim);
}

/* A ratio of two sides needs a strip of the ring on both. */
static void two_sides(sv_text *out, const char *name, sv_ratio r, const int ring[2], const char *says)
{
    figure(out, name, r, ring[0] && ring[1] ? says : "the ring has no width on one of the two sides");
}

static void borders(sv_text *out, const sv_measured *r, const sv_edges *e)
{
    sv_text_add(out, "\nBorders\n");
    figure(out, "border/interior ratio", r->border_interior,
           "MSE of the ring over the interior's; 1: even. Misleading where the border shows other content");
    figure(out, "content-standardised ratio", r->content_standardised,
           "the same against interior pixels of like local variance; 1: even. Invalid on flat borders");
    two_sides(out, "left/right", r->left_right, e->ring + 2, "ln of the sides' MSE ratio; 0: even");
    two_sides(out, "top/bottom", r->top_bottom, e->ring, "likewise");
    figure(out, "corner/edge", r->corner, "MSE of the corners over that of the sides; 1: even");
}

/* RMSE and bias of the outermost pixels, then at 1, 2, 4, 8, ...: the JSON holds all. */
static void profile(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, "\nEdge profile: RMSE, bias and share of bias^2 in the MSE by distance to the side\n  %8s", "distance");
    for (int side = 0; side < 4; side++) sv_text_add(out, "   %-24s", sv_line_names[side]);
    sv_text_add(out, "\n");
    for (int d = 0; d < r->points; d = d ? 2 * d : 1) {
        sv_text_add(out, "  %8d", d);
        for (int side = 0; side < 4; side++) {
            const sv_profile_point *p = &r->profile[side][d];
            char share[16];
            snprintf(share, sizeof share, "%.0f%%", 100 * p->bias_share);
            sv_text_add(out, "   %-9.5f %+-9.5f %4s", p->rmse, p->bias, isnan(p->bias_share) ? "-" : share);
        }
        sv_text_add(out, "\n");
    }
}

static void amplitudes(sv_text *out, const sv_measured *r)
{
    for (int i = 0; i < r->periods; i++) {
        const sv_checkerboard *c = &r->checkerboard[i];
        sv_text_add(out, "  %s %-*d", "amplitude, period", NAME - 18, c->period);
        number(out, "%.6f", c->amplitude);
        if (!isnan(c->floor)) sv_text_add(out, " noise floor %.6f", c->floor);
        if (!isnan(c->p)) sv_text_add(out, ", p %.3g", c->p);
        for (int k = i - 1; k >= 0; k--) {
            double before = r->checkerboard[k].amplitude;
            if (c->period % r->checkerboard[k].period || !(c->amplitude > before)) continue;
            sv_text_add(out, "; beyond period %d: %.6f", r->checkerboard[k].period,
                        sqrt(c->amplitude * c->amplitude - before * before));
            break;
        }
        sv_text_add(out, "\n");
    }
}

static void checkerboards(sv_text *out, const sv_measured *r, const sv_edges *e)
{
    char says[96];
    if (e->stride[0] == 1 && e->stride[1] == 1) {
        sv_text_add(out, "\nCheckerboard: the stride is 1: no phases to compare\n");
        return;
    }
    double flag = 1 + 4 * sqrt(2 / (double)r->n);
    snprintf(says, sizeof says, "power at the stride's harmonics over what lies beside them; above %.3f: %s", flag,
             r->harmonic_peak.value > flag ? "flagged" : "a checkerboard");
    sv_text_add(out, "\nCheckerboard (in intensities)\n");
    amplitudes(out, r);
    figure(out, "harmonic peak ratio", r->harmonic_peak, says);
    figure(out, "phase gain spread", (sv_ratio){ r->phase_gain_spread, (double)NAN },
           "std / mean of the phases' slopes; no exact floor: compare models");
    figure(out, "phase MSE ratio", r->phase_mse, "largest over smallest MSE of a phase; at least 1: compare models");
    figure(out, "seam ratio", r->seam, "squared steps of the error across cells over those inside; 1: no tiles");
}

static void missing(sv_text *out, const char *name, const char *why)
{
    sv_text_add(out, "  %-*s %12s            %s\n", NAME, name, "-", why);
}

static void sensitivity(sv_text *out, const sv_modelled *m, const sv_edges *e)
{
    bool same = true, known = false;
    for (int side = 0; side < 4; side++) {
        known = known || m->sensitivity[side] >= 0;
        same = same && m->sensitivity[side] == e->depth[side];
    }
    if (!known) {
        missing(out, "sensitivity depth",
                m->why_sensitivity[0] ? m->why_sensitivity : "the picture is too small to see where it ends");
        return;
    }
    sv_text_add(out, "  %-*s ", NAME, "sensitivity depth");
    for (int side = 0; side < 4; side++) {
        char depth[16];
        snprintf(depth, sizeof depth, "%d", m->sensitivity[side]);
        sv_text_add(out, "%s %s%s", m->sensitivity[side] < 0 ? "-" : depth, sv_line_names[side], side < 3 ? ", " : "");
    }
    if (same)
        sv_text_add(out, ": as deep as the architecture says\n");
    else
        sv_text_add(out, "; the architecture says %d, %d, %d, %d\n", e->depth[0], e->depth[1], e->depth[2], e->depth[3]);
}

/* The headline: figures that compare a model with itself. */
static void modelled(sv_text *out, const sv_modelled *m, const sv_edges *e)
{
    char says[128];
    snprintf(says, sizeof says, "%s; 1: borders cost nothing",
             m->shifted ? "error at the border over that of the same pixels when the picture is shifted inwards"
                        : "error at a crop's border over that of the same pixels inside the whole picture");
    if (m->why_crop[0])
        missing(out, "paired-crop ratio", m->why_crop);
    else
        figure(out, "paired-crop ratio", m->paired_crop, says);
    if (m->why_dc[0]) {
        missing(out, "DC response", m->why_dc);
    } else {
        snprintf(says, sizeof says, "of rms (std %.3g) over the phases of flat content; 0: no checkerboard possible there",
                 m->dc_absolute);
        figure(out, "DC response", (sv_ratio){ m->dc_relative, (double)NAN }, says);
    }
    sensitivity(out, m, e);
    sv_text_add(out, "\n");
}

void sv_measured_print(const sv_measured *r, const sv_edges *edges, const sv_modelled *model, sv_text *out)
{
    if (model) modelled(out, model, edges);
    head(out, r, edges);
    errors(out, r);
    borders(out, r, edges);
    profile(out, r);
    checkerboards(out, r, edges);
}
