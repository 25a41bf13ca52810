#include "report/page_text.h"
#include "base/file.h"
#include "embedded.h"

void sv_page_begin(sv_page *p, const char *title, const char *lead, ...)
{
    va_list args;
    sv_text *head = &p->head;
    sv_text_add(head, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<link rel=\"icon\" href=\"data:,\">\n<title>");
    sv_html_add(head, title);
    sv_text_add(head, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", sv_embedded_style);
    sv_html_add(head, title);
    sv_text_add(head, "</h1>\n<p class=\"lead\">");
    va_start(args, lead);
    sv_html_format_list(head, lead, args);
    va_end(args);
    sv_text_add(head, "</p>\n</header>\n");
}

static void end_section(sv_page *p)
{
    if (p->section) sv_text_add(&p->body, "</section>\n");
    p->section = false;
}

void sv_page_section(sv_page *p, const char *id, const char *title)
{
    end_section(p);
    sv_text_add(&p->nav, "<a href=\"#%s\">", id);
    sv_html_add(&p->nav, title);
    sv_text_add(&p->nav, "</a>\n");
    sv_text_add(&p->body, "<section id=\"%s\">\n<h2>", id);
    sv_html_add(&p->body, title);
    sv_text_add(&p->body, "</h2>\n");
    p->section = true;
}

static void add_element(sv_page *p, const char *open, const char *close, const char *format, va_list args)
{
    sv_text_add(&p->body, "%s", open);
    sv_html_format_list(&p->body, format, args);
    sv_text_add(&p->body, "%s\n", close);
}

void sv_page_heading(sv_page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_element(p, "<h3>", "</h3>", format, args);
    va_end(args);
}

void sv_page_text(sv_page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_element(p, "<p>", "</p>", format, args);
    va_end(args);
}

void sv_page_hint(sv_page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_element(p, "<p class=\"hint\">", "</p>", format, args);
    va_end(args);
}

void sv_page_warning(sv_page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_element(p, "<p class=\"warn\">", "</p>", format, args);
    va_end(args);
}

void sv_page_listing(sv_page *p, const char *title, const char *text)
{
    sv_text_add(&p->body, "<details>\n<summary>");
    sv_html_add(&p->body, title);
    sv_text_add(&p->body, "</summary>\n<pre>");
    sv_html_add(&p->body, text);
    sv_text_add(&p->body, "</pre>\n</details>\n");
}

void sv_figures_begin(sv_page *p, bool small)
{
    sv_text_add(&p->body, "<div class=\"figures%s\">\n", small ? " small" : "");
}

void sv_figures_end(sv_page *p)
{
    sv_text_add(&p->body, "</div>\n");
}

void sv_figure_begin(sv_page *p, const char *title)
{
    sv_text_add(&p->body, "<figure>\n");
    if (!title) return;
    sv_text_add(&p->body, "<b>");
    sv_html_add(&p->body, title);
    sv_text_add(&p->body, "</b>\n");
}

void sv_figure_end(sv_page *p, const char *caption)
{
    if (caption) {
        sv_text_add(&p->body, "<figcaption>");
        sv_html_add(&p->body, caption);
        sv_text_add(&p->body, "</figcaption>");
    }
    sv_text_add(&p->body, "</figure>\n");
}

sv_status sv_page_finish(sv_page *p, sv_text *html, sv_fault *fault)
{
    end_section(p);
    *html = p->head;
    p->head = (sv_text){ 0 };
    sv_text_add(html, "<nav aria-label=\"Sections\">\n%s</nav>\n<main>\n", p->nav.data ? p->nav.data : "");
    if (p->body.length) sv_text_bytes(html, p->body.data, p->body.length);
    sv_text_add(html, "</main>\n</body>\n</html>\n");
    bool failed = html->failed || p->nav.failed || p->body.failed;
    sv_page_free(p);
    if (failed) sv_text_free(html);
    return failed ? sv_fail_memory(fault, "a page") : SV_OK;
}

sv_status sv_page_write(sv_page *p, const char *path, sv_fault *fault)
{
    sv_text html;
    if (sv_page_finish(p, &html, fault) != SV_OK) return sv_fault_at(fault, path);
    sv_status status = sv_write_file(path, html.data, html.length, fault);
    sv_text_free(&html);
    return status;
}

void sv_page_free(sv_page *p)
{
    sv_text_free(&p->head);
    sv_text_free(&p->nav);
    sv_text_free(&p->body);
    *p = (sv_page){ 0 };
}
