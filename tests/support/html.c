#include "support/html.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

void html_expect_well_formed(const char *html)
{
    static const char *const empty[] = { "!DOCTYPE", "meta", "link", "img" };
    char open[64][16];
    int depth = 0;
    for (const char *p = strchr(html, '<'); p; p = strchr(p, '<')) {
        bool closing = *++p == '/', is_empty = false;
        p += closing;
        size_t n = strcspn(p, " >/\n");
        const char *end = p + n;
        while (*end && *end != '>') {
            if (*end == '"') end = strchr(end + 1, '"');
            if (!end) fail_msg("an attribute is not closed: %.60s", p);
            end++;
        }
        if (n == 0 || n > 15 || !*end) fail_msg("no element: <%.30s", p);
        for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
            is_empty = is_empty || (strlen(empty[i]) == n && !memcmp(p, empty[i], n));
        if (closing) {
            if (!depth || strlen(open[depth - 1]) != n || memcmp(open[depth - 1], p, n) != 0)
                fail_msg("</%.*s> closes <%s>", (int)n, p, depth ? open[depth - 1] : "");
            depth--;
        } else if (!is_empty && end[-1] != '/') {
            if (depth == 64) fail_msg("too deep");
            memcpy(open[depth], p, n);
            open[depth++][n] = '\0';
        }
        p = end;
    }
    if (depth) fail_msg("<%s> is not closed", open[depth - 1]);
}

void html_expect_alone(const char *html)
{
    static const char *const forbidden[] = { "<script", "http:",   "https:", "javascript:", " onload",
                                             "url(",    "@import", "nan",    "inf\"" };
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        if (strstr(html, forbidden[i])) fail_msg("the page holds '%s': %.60s", forbidden[i], strstr(html, forbidden[i]));
}
