#include "artifacts/artifacts.h"
#include "artifacts/json.h"
#include <math.h>

static const char *const side_names[4] = { "top", "bottom", "left", "right" };
/* Keys that readers may count on and that no measure here fills. */
static const char *const unmeasured[] = { "harmonic_peak_ratio", "phase_gain_spread", "phase_mse_ratio" };

static void regions(sv_text *out, const char *key, sv_regions r)
{
    sv_text_add(out, "  \"%s\": {", key);
    sv_json_number(out, "all", r.all, ", ");
    sv_json_number(out, "interior", r.interior, ", ");
    sv_json_number(out, "ring", r.ring, "},\n");
}

static void ratio(sv_text *out, const char *key, double value, double se)
{
    sv_text_add(out, "  \"%s\": {", key);
    sv_json_number(out, "value", value, ", ");
    sv_json_number(out, "se", se, "},\n");
}

static void profile(const sv_measured *r, sv_text *out)
{
    sv_text_add(out, "  \"edge_profile\": {");
    for (int side = 0; side < 4; side++) {
        sv_text_add(out, "%s\n    \"%s\": [", side ? "," : "", side_names[side]);
        for (int d = 0; d < r->points; d++) {
            const sv_profile_point *p = &r->profile[side][d];
            sv_text_add(out, "%s{\"distance\": %d, ", d ? ", " : "", p->distance);
            sv_json_number(out, "rmse", p->rmse, ", ");
            sv_json_number(out, "bias", p->bias, "}");
        }
        sv_text_add(out, "]");
    }
    sv_text_add(out, "\n  },\n");
}

static void checkerboard(const sv_measured *r, sv_text *out)
{
    sv_text_add(out, "  \"checkerboard\": {");
    for (int i = 0; i < r->periods; i++) {
        const sv_checkerboard *c = &r->checkerboard[i];
        sv_text_add(out, "%s\"%d\": {", i ? ", " : "", c->period);
        sv_json_number(out, "amplitude", c->amplitude, ", ");
        sv_json_number(out, "floor", c->floor, ", ");
        sv_json_number(out, "p", c->p, "}");
    }
    sv_text_add(out, "},\n");
}

static void sides(sv_text *out, const char *key, const int value[4])
{
    sv_text_add(out, "  \"%s\": ", key);
    sv_json_sides(out, value);
    sv_text_add(out, ",\n");
}

void sv_measured_json(const sv_measured *r, const sv_edges *edges, sv_text *out)
{
    sv_text_add(out, "{\n  \"n\": %lld,\n", (long long)r->n);
    sides(out, "border_depth", edges->depth);
    sides(out, "ring_width", edges->ring);
    sv_text_add(out, "  \"stride\": [%d, %d],\n", edges->stride[0], edges->stride[1]);
    regions(out, "mse", r->mse);
    regions(out, "psnr", r->psnr);
    regions(out, "ssim", r->ssim);
    ratio(out, "border_interior_ratio", r->border_interior_ratio, r->border_interior_se);
    ratio(out, "content_standardised_ratio", (double)NAN, (double)NAN);
    sv_text_add(out, "  \"asymmetry\": {");
    sv_json_number(out, "left_right", r->left_right, ", ");
    sv_json_number(out, "top_bottom", r->top_bottom, ", ");
    sv_json_number(out, "corner", r->corner, "},\n");
    profile(r, out);
    checkerboard(r, out);
    for (size_t i = 0; i < sizeof unmeasured / sizeof *unmeasured; i++) sv_text_add(out, "  \"%s\": null,\n", unmeasured[i]);
    sv_text_add(out, "  ");
    sv_json_number(out, "seam_ratio", r->seam_ratio, "\n}\n");
}
