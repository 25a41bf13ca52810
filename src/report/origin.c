/* Findings about the architecture; where the run comes from. */
#include "report/sections.h"

void sv_section_lints(const sv_sections *s)
{
    const sv_static *f = s->facts;
    sv_page_section(s->page, "architecture", "Architecture");
    sv_page_hint(
        s->page,
        "What the architecture alone says about its artifacts, before any training. Good is an empty list; each finding comes "
        "with what would mend it.");
    if (!f->lints) sv_page_text(s->page, "Nothing to say against it.");
    if (f->lints) sv_table_begin(s->page, NULL, (const char *const[]){ "finding", "<layer", "<what", "<what would mend it", NULL });
    for (int i = 0; i < f->lints; i++) {
        const sv_lint *l = &f->lint[i];
        sv_table_row(s->page, "%s %s", sv_severity_names[l->severity], l->id);
        sv_table_text(s->page, "%s", l->node ? l->node->name : "model");
        sv_table_text(s->page, "%s", l->message);
        sv_table_text(s->page, "%s", l->fix);
    }
    if (f->lints) sv_table_end(s->page);
}

void sv_section_origin(const sv_sections *s)
{
    const sv_report *r = s->report;
    sv_text json = { 0 };
    sv_fault ignored = { 0 };
    sv_page_section(s->page, "origin", "Where this run comes from");
    sv_page_hint(s->page, "The same configuration, data and seed give the same weights: compare their digests.");
    sv_table_begin(s->page, NULL, (const char *const[]){ "", "<SHA-256", NULL });
    sv_table_row(s->page, "seed");
    sv_table_text(s->page, "%llu", (unsigned long long)r->config->seed);
    for (int i = 0; i < r->digests; i++) {
        if (!r->digest[i].digest || !*r->digest[i].digest) continue;
        sv_table_row(s->page, "%s", r->digest[i].name);
        sv_table_text(s->page, "%s", r->digest[i].digest);
    }
    sv_table_row(s->page, "selvage");
    sv_table_text(s->page, "%s, backend %s", SV_VERSION, r->backend->name);
    sv_table_end(s->page);
    if (sv_config_json(r->config, &json, &ignored) != SV_OK || json.failed)
        s->page->body.failed = true;
    else
        sv_page_listing(s->page, "config.json", json.data);
    sv_text_free(&json);
}
