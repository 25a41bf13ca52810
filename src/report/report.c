#include "report/report.h"
#include "base/file.h"
#include "report/sections.h"

const char *const sv_side_names[4] = { "top", "bottom", "left", "right" };

const char *sv_set_name(const sv_sections *s)
{
    return s->report->validation ? "validation" : "training";
}

/* A table that is not there yet is no fault. */
static sv_status read_table(const char *path, sv_columns *c, sv_fault *fault)
{
    return path && sv_is_file(path) ? sv_columns_read(path, c, fault) : SV_OK;
}

static sv_status gather(sv_sections *s, sv_fault *fault)
{
    const sv_report *r = s->report;
    const sv_shape *target = r->config->has_target ? &r->output->shape : &r->input->shape;
    const char *latent = sv_model_latent(r->config->model);
    if (read_table(r->metrics, &s->metrics, fault) != SV_OK || read_table(r->steps, &s->steps, fault) != SV_OK ||
        read_table(r->layers, &s->layers, fault) != SV_OK)
        return fault->status;
    if (sv_static_new(r->graph, r->output, latent, target, &s->facts, fault) != SV_OK) return fault->status;
    s->facts->edges.margin = r->measured ? r->measured->margin : 0;
    return sv_activations_find(r, &s->activations, fault);
}

static void begin(const sv_sections *s)
{
    const sv_report *r = s->report;
    const char *model = sv_model_name(r->config->model), *name = r->config->name;
    char input[SV_SHAPE_TEXT], output[SV_SHAPE_TEXT];
    sv_page_begin(s->page,
                  name     ? name
                  : *model ? model
                           : "report",
                  "Model %s, %s to %s, %lld weights; seed %llu; %lld of %d epochs%s.", *model ? model : "without a name",
                  sv_shape_text(&r->input->shape, input), sv_shape_text(&r->output->shape, output),
                  (long long)r->parameters->trainable, (unsigned long long)r->config->seed, (long long)r->epoch, r->config->epochs,
                  r->stopped_early ? ", stopped early"
                  : r->finished    ? ""
                                   : ", not finished yet");
    if (r->missing)
        sv_page_warning(s->page, "The data could not be read, so that everything measured on them is left out: %s", r->missing);
}

sv_status sv_report_write(const sv_report *r, const char *path, sv_fault *fault)
{
    sv_page page = { 0 };
    sv_sections s = { .report = r, .page = &page };
    sv_status status = gather(&s, fault);
    if (status == SV_OK) {
        begin(&s);
        sv_section_summary(&s);
        sv_section_learning(&s);
        sv_section_reconstructions(&s);
        sv_section_errors(&s);
        sv_section_borders(&s);
        sv_section_checkerboard(&s);
        sv_section_history(&s);
        sv_section_layers(&s);
        sv_section_norms(&s);
        sv_section_lints(&s);
        sv_section_origin(&s);
        status = sv_page_write(&page, path, fault);
    }
    sv_page_free(&page);
    sv_columns_free(&s.metrics);
    sv_columns_free(&s.steps);
    sv_columns_free(&s.layers);
    sv_static_free(s.facts);
    sv_activations_free(&s.activations);
    return status;
}
