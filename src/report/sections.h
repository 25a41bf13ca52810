/* The sections of report.html, in the order of the page. Each adds itself, or nothing where there is nothing to show. */
#ifndef SV_REPORT_SECTIONS_H
#define SV_REPORT_SECTIONS_H
#include "report/activations.h"
#include "report/columns.h"
#include "report/picture.h"
#include "report/report.h"

typedef struct sv_sections {
    const sv_report *report;
    sv_page *page;
    sv_columns metrics, steps, layers; /* empty where there is no file */
    sv_static *facts;
    sv_activations activations; /* empty without data */
} sv_sections;

void sv_section_summary(const sv_sections *s);
void sv_section_learning(const sv_sections *s);
void sv_section_reconstructions(const sv_sections *s);
void sv_section_errors(const sv_sections *s);
void sv_section_borders(const sv_sections *s);
void sv_section_checkerboard(const sv_sections *s);
void sv_section_history(const sv_sections *s);
void sv_section_layers(const sv_sections *s);
void sv_section_norms(const sv_sections *s);
void sv_section_lints(const sv_sections *s);
void sv_section_origin(const sv_sections *s);

/* The names of a picture's sides, in the order of every array of four. */
extern const char *const sv_side_names[4];

/* "validation" or "training". */
const char *sv_set_name(const sv_sections *s);

#endif
