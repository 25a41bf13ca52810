#include "artifacts/artifacts.h"
#include "artifacts/json.h"
#include <math.h>

static void regions(sv_text *out, const char *key, sv_regions r, double se)
{
    sv_text_add(out, ",\n  \"%s\": {", key);
    sv_json_number(out, "all", r.all, ", ");
    sv_json_number(out, "interior", r.interior, ", ");
    sv_json_number(out, "ring", r.ring, ", ");
    sv_json_number(out, "se", se, "}");
}

static void ratio(sv_text *out, const char *key, sv_ratio r)
{
    sv_text_add(out, ",\n  \"%s\": {", key);
    sv_json_number(out, "value", r.value, ", ");
    sv_json_number(out, "se", r.se, "}");
}

/* A figure whose key holds the number alone: its standard error has a key of its own. */
static void plain_ratio(sv_text *out, const char *key, const char *key_se, sv_ratio r, const char *after)
{
    sv_json_number(out, key, r.value, ", ");
    sv_json_number(out, key_se, r.se, after);
}

static void asymmetry(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, ",\n  \"asymmetry\": {");
    plain_ratio(out, "left_right", "left_right_se", r->left_right, ", ");
    plain_ratio(out, "top_bottom", "top_bottom_se", r->top_bottom, ", ");
    plain_ratio(out, "corner", "corner_se", r->corner, "}");
}

static void profile(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, ",\n  \"edge_profile\": {");
    for (int line = 0; line < SV_LINES; line++) {
        sv_text_add(out, "%s\n    \"%s\": [", line ? "," : "", sv_line_names[line]);
        for (int d = 0; d < r->points; d++) {
            const sv_profile_point *p = &r->profile[line][d];
            sv_text_add(out, "%s{\"distance\": %d, ", d ? ", " : "", p->distance);
            sv_json_number(out, "rmse", p->rmse, ", ");
            sv_json_number(out, "bias", p->bias, ", ");
            sv_json_number(out, "bias_share", p->bias_share, "}");
        }
        sv_text_add(out, "]");
    }
    sv_text_add(out, "\n  }");
}

static void checkerboard(sv_text *out, const sv_measured *r)
{
    sv_text_add(out, ",\n  \"checkerboard\": {");
    for (int i = 0; i < r->periods; i++) {
        const sv_checkerboard *c = &r->checkerboard[i];
        sv_text_add(out, "%s\"%d\": {", i ? ", " : "", c->period);
        sv_json_number(out, "amplitude", c->amplitude, ", ");
        sv_json_number(out, "floor", c->floor, ", ");
        sv_json_number(out, "p", c->p, "}");
    }
    sv_text_add(out, "}");
}

/* What is measured of all channels as of one. */
static void figures(sv_text *out, const sv_measured *r)
{
    regions(out, "mse", r->mse, r->mse_se);
    regions(out, "psnr", r->psnr, r->psnr_se);
    regions(out, "ssim", r->ssim, r->ssim_se);
    ratio(out, "border_interior_ratio", r->border_interior);
    ratio(out, "content_standardised_ratio", r->content_standardised);
    asymmetry(out, r);
    profile(out, r);
    checkerboard(out, r);
    sv_text_add(out, ",\n  ");
    plain_ratio(out, "harmonic_peak_ratio", "harmonic_peak_ratio_se", r->harmonic_peak, ",\n  ");
    sv_json_number(out, "phase_gain_spread", r->phase_gain_spread, ",\n  ");
    plain_ratio(out, "phase_mse_ratio", "phase_mse_ratio_se", r->phase_mse, ",\n  ");
    plain_ratio(out, "seam_ratio", "seam_ratio_se", r->seam, "");
}

static void interior(sv_text *out, const sv_interior *box)
{
    sv_text_add(out, ",\n  \"interior\": ");
    if (box->end[0])
        sv_text_add(out, "{\"rows\": [%d, %d], \"columns\": [%d, %d]}", box->first[0], box->end[0] - 1, box->first[1],
                    box->end[1] - 1);
    else
        sv_text_add(out, "null");
}

static void sensitivity(sv_text *out, const sv_modelled *m)
{
    sv_text_add(out, ",\n  \"sensitivity_depth\": {");
    for (int side = 0; side < 4; side++)
        sv_json_number(out, sv_line_names[side], m->sensitivity[side] < 0 ? (double)NAN : m->sensitivity[side],
                       side < 3 ? ", " : "}");
    sv_text_add(out, ",\n  \"sensitivity_profile\": {");
    for (int side = 0; side < 4; side++) {
        sv_text_add(out, "%s\"%s\": [", side ? ", " : "", sv_line_names[side]);
        for (int d = 0; d < m->reaches[side]; d++) sv_text_add(out, "%s%.9g", d ? ", " : "", m->reach[side][d]);
        sv_text_add(out, "]");
    }
    sv_text_add(out, "}");
}

static void modelled(sv_text *out, const sv_modelled *m)
{
    static const char *const by[] = { "crop", "side_crops", "shift" };
    ratio(out, "paired_crop_ratio", m->paired_crop);
    sv_text_add(out, ",\n  \"paired_crop\": {\"by\": \"%s\", \"offset\": ", by[m->by]);
    sv_json_sides(out, m->offset);
    sv_text_add(out, "},\n  \"dc_response\": {");
    sv_json_number(out, "absolute", m->dc_absolute, ", ");
    sv_json_number(out, "relative", m->dc_relative, "}");
    sensitivity(out, m);
}

void sv_measured_json(const sv_measured *r, const sv_edges *edges, const sv_modelled *model, sv_text *out)
{
    const sv_edges within = sv_edges_within(edges);
    sv_text_add(out, "{\n  \"n\": %lld,\n  \"crop_margin\": %d,\n  \"border_depth\": ", (long long)r->n, edges->margin);
    sv_json_sides(out, within.depth);
    sv_text_add(out, ",\n  \"ring_width\": ");
    sv_json_sides(out, within.ring);
    sv_text_add(out, ",\n  \"stride\": [%d, %d]", edges->stride[0], edges->stride[1]);
    interior(out, &r->interior);
    if (model) modelled(out, model);
    figures(out, r);
    for (int c = 0; c < r->channels; c++) {
        sv_text_add(out, "%s{\n  \"channel\": %d", c ? "}, " : ",\n  \"channels\": [", c);
        figures(out, &r->channel[c]);
    }
    sv_text_add(out, "%s\n}\n", r->channels ? "}]" : "");
}
