/* What the files that make up pages share. */
#ifndef SV_REPORT_PAGE_TEXT_H
#define SV_REPORT_PAGE_TEXT_H
#include "report/page.h"
#include <stdarg.h>

void sv_html_format_list(sv_text *t, const char *format, va_list args);

#endif
