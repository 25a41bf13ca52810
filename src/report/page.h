/*
 * A page that stands alone: one HTML file with its style inside, without scripts and without anything fetched from elsewhere; light
 * or dark as the reader prefers, printable, readable from 400 pixels of width. Plots: report/chart.h; pictures: report/picture.h.
 *
 *     sv_page page = { 0 };
 *     sv_page_begin(&page, "compare", "%d runs", runs);
 *     sv_page_section(&page, "loss", "Loss");
 *     sv_page_hint(&page, "Look for ...; good is ...");
 *     sv_figures_begin(&page);
 *     sv_chart_lines(&page, &chart);
 *     sv_figures_end(&page);
 *     status = sv_page_write(&page, path, fault);
 *
 * Every text given is escaped. Short memory shows in sv_page_write alone. The same calls give the same bytes.
 */
#ifndef SV_REPORT_PAGE_H
#define SV_REPORT_PAGE_H
#include "base/status.h"
#include "base/text.h"

/* Start from {0}. */
typedef struct sv_page {
    sv_text head, nav, body; /* raw HTML may be added to `body`; whoever adds it escapes it */
    bool section, row;       /* one is open, of a table */
} sv_page;

/* Title and the line under it. */
void sv_page_begin(sv_page *p, const char *title, const char *lead, ...) __attribute__((format(printf, 3, 4)));
/* Begins a section (and ends the one before) with an entry in the contents; `id` [a-z0-9-] is its anchor. */
void sv_page_section(sv_page *p, const char *id, const char *title);
/* A heading inside a section. */
void sv_page_heading(sv_page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Paragraphs: plain; muted, saying what to look for; framed, for what is missing or wrong. */
void sv_page_text(sv_page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sv_page_hint(sv_page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sv_page_warning(sv_page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text as it is, folded away under its title. */
void sv_page_listing(sv_page *p, const char *title, const char *text);

/* Between these two, figures stand side by side where there is room. `small`: for pictures of a third of the width. */
void sv_figures_begin(sv_page *p, bool small);
void sv_figures_end(sv_page *p);
/* A figure with its title (or NULL) above and its caption (or NULL) below; charts make their own. */
void sv_figure_begin(sv_page *p, const char *title);
void sv_figure_end(sv_page *p, const char *caption);

/* A table: its caption (or NULL) and the columns' heads, ended by NULL; "<head" stands over a column of text. Then row by row
 * sv_table_row and its cells, and the end. */
void sv_table_begin(sv_page *p, const char *caption, const char *const *heads);
void sv_table_row(sv_page *p, const char *head, ...) __attribute__((format(printf, 2, 3)));
/* A cell of text stands left, a number right; a value that is not finite is a dash. */
void sv_table_text(sv_page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sv_table_number(sv_page *p, double value, int digits);
/* A number with "+- se" (where that is finite), marked better (with a triangle up) or worse (down) than what it is compared
 * with, for readers who see no colours too. */
typedef enum sv_verdict { SV_NEITHER, SV_BETTER, SV_WORSE } sv_verdict;
void sv_table_verdict(sv_page *p, double value, double se, int digits, sv_verdict verdict);
void sv_table_end(sv_page *p);

/* Ends the page, writes it under its final name whole or not at all, and frees it in either case. */
sv_status sv_page_write(sv_page *p, const char *path, sv_fault *fault);
/* The whole page as text instead (to be freed by sv_text_free), freeing the page. */
sv_status sv_page_finish(sv_page *p, sv_text *html, sv_fault *fault);
void sv_page_free(sv_page *p);

/* Text for HTML and for attributes in double quotes: & < > " ' escaped; control characters other than tab and newline, and bytes
 * that are no UTF-8, become U+FFFD. */
void sv_html_add(sv_text *t, const char *text);
/* The same of formatted text. */
void sv_html_format(sv_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
