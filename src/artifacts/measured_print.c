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
    if (!sv_has_ring(e)) sv_text_add(out, "ring: empty, no width on any side: no figure of it\n");
}

static void errors(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, "\n  %-*s %12s %12s %12s\n", NAME, "", "all", "interior", "ring");
    row(out, "MSE", "%.6g", r->mse);
    row(out, "PSNR (dB)", "%.3f", r->psnr);
    row(out, "SSIM", "%.5f", r->ssim);
}

enum { NEEDS_RING = 1, NEEDS_INTERIOR = 2 };

/* A ratio with what it says, or why there is none. */
static void told(sv_text *out, const sv_measured *r, const sv_edges *e, const char *name, sv_ratio v, int needs, const char *says,
                 const char *otherwise)
{
    const char *why = needs & NEEDS_INTERIOR && !r->interior.end[0] ? "no interior"
                      : needs & NEEDS_RING && !sv_has_ring(e)       ? "no ring"
                      : r->mse.all == 0                             ? "no error at all"
                                                                    : otherwise;
    figure(out, name, v, isfinite(v.value) ? says : why);
}

static void borders(sv_text *out, const sv_measured *r, const sv_edges *e)
{
    const char *one_sided = "the ring has no width on one of the two sides";
    sv_text_add(out, "\nBorders\n");
    told(out, r, e, "border/interior ratio", r->border_interior, NEEDS_RING | NEEDS_INTERIOR,
         "of MSE; 1: even. Misleading where borders show other content", "no error in the interior");
    told(out, r, e, "content-standardised ratio", r->content_standardised, NEEDS_RING | NEEDS_INTERIOR,
         "against pixels of like local variance. Invalid on flat borders", "too many pixels to be held in memory");
    told(out, r, e, "left/right", r->left_right, NEEDS_RING, "ln of the MSE ratio; 0: even", one_sided);
    told(out, r, e, "top/bottom", r->top_bottom, NEEDS_RING, "likewise", one_sided);
    told(out, r, e, "corner/edge", r->corner, NEEDS_RING, "of MSE; 1: even", "the ring has no corners");
}

static void corners(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, "  corners ");
    for (int line = SV_TOP_LEFT; line < SV_LINES; line++)
        sv_text_add(out, "%s%s %.5f %+.5f", line > SV_TOP_LEFT ? ", " : "", sv_line_names[line], r->profile[line][0].rmse,
                    r->profile[line][0].bias);
    sv_text_add(out, " (RMSE, bias)\n");
}

/* RMSE and bias of the outermost pixels, then at 1, 2, 4, 8, ...: the JSON holds all. */
static void profile(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, "\nEdge profile: RMSE, bias and share of bias^2 in the MSE by distance to the side\n  %8s", "distance");
    for (int side = 0; side < 4; side++) sv_text_add(out, side < 3 ? "   %-24s" : "   %s", sv_line_names[side]);
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
    corners(out, r);
}

static void amplitudes(sv_text *out, const sv_measured *r)
{
    for (int i = 0; i < r->periods; i++) {
        const sv_checkerboard *c = &r->checkerboard[i];
        sv_text_add(out, "  %s %-*d", "amplitude, period", NAME - 18, c->period);
        number(out, "%.6f", c->amplitude);
        if (isnan(c->amplitude))
            sv_text_add(out, "            %s", r->interior.end[0] ? "one picture has no noise floor" : "no interior");
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
    snprintf(says, sizeof says, "power over that beside; 1: none, above %.3f: %s", flag,
             r->harmonic_peak.value > flag ? "flagged" : "a checkerboard");
    sv_text_add(out, "\nCheckerboard (in intensities)\n");
    amplitudes(out, r);
    told(out, r, e, "harmonic peak ratio", r->harmonic_peak, NEEDS_INTERIOR, says,
         "the interior is too small for bins beside the harmonics");
    told(out, r, e, "phase gain spread", (sv_ratio){ r->phase_gain_spread, (double)NAN }, NEEDS_INTERIOR,
         "std / mean of the slopes by phase; no exact floor: compare models", "the target is constant at a phase");
    told(out, r, e, "phase MSE ratio", r->phase_mse, NEEDS_INTERIOR,
         "largest over smallest MSE by phase; at least 1: compare models", "no error at one phase");
    told(out, r, e, "seam ratio", r->seam, NEEDS_INTERIOR, "steps of the error across cells over others; 1: no tiles",
         "the interior has no two cells");
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
    static const char *const by[] = { "a crop's border", "borders of crops of single sides", "shifted to the border" };
    char says[128];
    snprintf(says, sizeof says, "%s against the same pixels inside; 1: borders cost nothing", by[m->by]);
    if (m->why_crop[0])
        missing(out, "paired-crop ratio", m->why_crop);
    else
        figure(out, "paired-crop ratio", m->paired_crop, isfinite(m->paired_crop.value) ? says : "no error at all inside");
    if (m->why_dc[0]) {
        missing(out, "DC response", m->why_dc);
    } else {
        snprintf(says, sizeof says, "of rms (std %.3g) on flat content; 0: no checkerboard possible", m->dc_absolute);
        figure(out, "DC response", (sv_ratio){ m->dc_relative, (double)NAN }, says);
    }
    sensitivity(out, m, e);
    sv_text_add(out, "\n");
}

void sv_measured_print(const sv_measured *r, const sv_edges *edges, const sv_modelled *model, sv_text *out)
{
    const sv_edges within = sv_edges_within(edges);
    if (model) modelled(out, model, edges);
    if (edges->margin)
        sv_text_add(out, "crop margin %d: so many pixels at each side count nowhere; depth, ring and distances begin there\n",
                    edges->margin);
    head(out, r, &within);
    errors(out, r);
    borders(out, r, &within);
    profile(out, r);
    checkerboards(out, r, &within);
}
