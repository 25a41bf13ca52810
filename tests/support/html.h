/* What every page must be. Failures fail the test. */
#ifndef SV_TESTS_HTML_H
#define SV_TESTS_HTML_H

/* Every element is closed, in order; attributes are quoted. Enough of HTML for what these pages hold. */
void html_expect_well_formed(const char *html);
/* No script, nothing fetched from elsewhere, no number that is none. */
void html_expect_alone(const char *html);

#endif
