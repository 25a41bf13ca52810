/* Tables of pages. */
#include "report/page_text.h"
#include "report/axis.h"
#include <math.h>

void sv_table_begin(sv_page *p, const char *caption, const char *const *heads)
{
    sv_text_add(&p->body, "<div class=\"scroll\"><table>\n");
    if (caption) {
        sv_text_add(&p->body, "<caption>");
        sv_html_add(&p->body, caption);
        sv_text_add(&p->body, "</caption>\n");
    }
    sv_text_add(&p->body, "<thead><tr>");
    for (; *heads; heads++) {
        bool text = **heads == '<';
        sv_text_add(&p->body, text ? "<th scope=\"col\" class=\"t\">" : "<th scope=\"col\">");
        sv_html_add(&p->body, *heads + text);
        sv_text_add(&p->body, "</th>");
    }
    sv_text_add(&p->body, "</tr></thead>\n<tbody>\n");
}

static void end_row(sv_page *p)
{
    if (p->row) sv_text_add(&p->body, "</tr>\n");
    p->row = false;
}

void sv_table_row(sv_page *p, const char *head, ...)
{
    va_list args;
    end_row(p);
    p->row = true;
    sv_text_add(&p->body, "<tr><th scope=\"row\">");
    va_start(args, head);
    sv_html_format_list(&p->body, head, args);
    va_end(args);
    sv_text_add(&p->body, "</th>");
}

void sv_table_text(sv_page *p, const char *format, ...)
{
    va_list args;
    sv_text_add(&p->body, "<td class=\"t\">");
    va_start(args, format);
    sv_html_format_list(&p->body, format, args);
    va_end(args);
    sv_text_add(&p->body, "</td>");
}

void sv_table_number(sv_page *p, double value, int digits)
{
    sv_table_verdict(p, value, (double)NAN, digits, SV_NEITHER);
}

void sv_table_verdict(sv_page *p, double value, double se, int digits, sv_verdict verdict)
{
    static const char *const open[] = { "<td>", "<td class=\"better\">\xe2\x96\xb2 ", "<td class=\"worse\">\xe2\x96\xbc " };
    char number[SV_NUMBER_TEXT], error[SV_NUMBER_TEXT];
    sv_text_add(&p->body, "%s%s", open[verdict], sv_number_text(value, digits, number));
    if (isfinite(se)) sv_text_add(&p->body, " \xc2\xb1 %s", sv_number_text(se, 2, error));
    sv_text_add(&p->body, "</td>");
}

void sv_table_end(sv_page *p)
{
    end_row(p);
    sv_text_add(&p->body, "</tbody>\n</table></div>\n");
}
