/* The figures that come first. */
#include "report/sections.h"
#include <stdio.h>

static void add_regions(sv_page *p, const char *name, const sv_regions *v)
{
    sv_table_row(p, "%s", name);
    sv_table_number(p, v->all, 5);
    sv_table_number(p, v->interior, 5);
    sv_table_number(p, v->ring, 5);
}

static void add_ratio(sv_page *p, const char *name, const sv_ratio *v, const char *neutral, const char *meaning)
{
    sv_table_row(p, "%s", name);
    sv_table_verdict(p, v->value, v->se, 4, SV_NEITHER);
    sv_table_text(p, "%s", neutral);
    sv_table_text(p, "%s", meaning);
}

static void add_quality(const sv_sections *s)
{
    const sv_measured *m = s->report->measured;
    char caption[200], margin[64] = "";
    if (m->margin) snprintf(margin, sizeof margin, " %d pixels at each side count nowhere (crop_margin).", m->margin);
    snprintf(caption, sizeof caption,
             "Of %lld %s samples. Interior: pixels that the border does not reach; ring: the outermost ones.%s", (long long)m->n,
             sv_set_name(s), margin);
    sv_table_begin(s->page, caption, (const char *const[]){ "", "all", "interior", "border ring", NULL });
    add_regions(s->page, "MSE", &m->mse);
    add_regions(s->page, "PSNR (dB)", &m->psnr);
    add_regions(s->page, "SSIM", &m->ssim);
    sv_table_end(s->page);
}

static void add_artifacts(const sv_sections *s)
{
    const sv_measured *m = s->report->measured;
    sv_page *p = s->page;
    sv_table_begin(p, "With standard errors over the images.",
                   (const char *const[]){ "", "measured", "<neutral", "<what it tells", NULL });
    const sv_modelled *modelled = s->report->modelled;
    if (modelled)
        add_ratio(p, "paired crop", &modelled->paired_crop, "1",
                  modelled->why_crop[0] ? modelled->why_crop
                                        : "what being near a border costs: squared error of the ring of a cropped picture over "
                                          "the same pixels in the whole one");
    add_ratio(p, "border / interior", &m->border_interior, "1",
              "squared error of the ring over the interior's; read with care where borders hold other content");
    add_ratio(p, "content standardised", &m->content_standardised, "1", "the same against interior pixels of equal local variance");
    add_ratio(p, "left / right, ln", &m->left_right, "0", "asymmetry of the ring's error");
    add_ratio(p, "top / bottom, ln", &m->top_bottom, "0", "likewise");
    add_ratio(p, "corner / edge", &m->corner, "1", "error of the ring's corners over its sides");
    add_ratio(p, "harmonic peaks", &m->harmonic_peak, "1", "power at the stride's harmonics over what lies beside them");
    add_ratio(p, "seams", &m->seam, "1", "steps of the error across cell faces over all others");
    if (modelled) {
        sv_table_row(p, "DC response, relative");
        sv_table_number(p, modelled->dc_relative, 4);
        sv_table_text(p, "0");
        sv_table_text(p, "ripple that the decoder makes of flat content, over its rms");
    }
    sv_table_end(p);
    if (!modelled)
        sv_page_text(p, "The costly measures (dashes above, paired crops, DC response) are taken when the run is finished.");
}

void sv_section_summary(const sv_sections *s)
{
    const sv_report *r = s->report;
    sv_page *p = s->page;
    sv_page_section(p, "summary", "Summary");
    if (r->best_epoch)
        sv_page_text(p, "The best epoch by %s is %lld%s.", r->monitor, (long long)r->best_epoch,
                     r->restored                 ? "; this page shows its weights"
                     : r->best_epoch == r->epoch ? ""
                                                 : "; this page shows the last one's weights");
    if (!r->measured) return;
    char loss[SV_NUMBER_TEXT];
    sv_page_text(p, "Loss on the %s samples: %s.", sv_set_name(s), sv_number_text(r->loss, 6, loss));
    add_quality(s);
    sv_page_hint(p,
                 "Good is a ring as good as the interior, and every figure below within two standard errors of its neutral value.");
    add_artifacts(s);
}
