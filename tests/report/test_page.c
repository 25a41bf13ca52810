/* Pages: escaping, ticks, axes, and that every piece is well-formed and stands alone. */
#include "base/file.h"
#include "base/memory.h"
#include "report/picture.h"
#include "support/html.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void expect_escaped(const char *text, const char *wanted)
{
    sv_text t = { 0 };
    sv_html_add(&t, text);
    assert_string_equal(t.data ? t.data : "", wanted);
    sv_text_free(&t);
}

#define WRONG "\xef\xbf\xbd"

static void test_escaping(void **state)
{
    (void)state;
    expect_escaped("", "");
    expect_escaped("a\tb\nc", "a\tb\nc");
    expect_escaped("<script>alert('x' & \"y\")</script>", "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
    expect_escaped("\x01\x1b[m\x7f\r", WRONG WRONG "[m" WRONG WRONG);
    expect_escaped("\xc3\xbc \xe2\x82\xac \xf0\x9f\x99\x82", "\xc3\xbc \xe2\x82\xac \xf0\x9f\x99\x82"); /* 2, 3 and 4 bytes */
    expect_escaped("\xff<", WRONG "&lt;");
    expect_escaped("\xc3", WRONG);                               /* cut off */
    expect_escaped("\xe2\x82", WRONG WRONG);                     /* cut off, by byte */
    expect_escaped("\xc0\xbc", WRONG WRONG);                     /* '<' written too long */
    expect_escaped("\xe0\x80\xbc", WRONG WRONG WRONG);           /* longer still */
    expect_escaped("\xed\xa0\x80", WRONG WRONG WRONG);           /* half of a surrogate pair */
    expect_escaped("\xf4\x90\x80\x80", WRONG WRONG WRONG WRONG); /* beyond U+10FFFF */
}

static void test_long_format(void **state)
{
    (void)state;
    char *text = sv_new(9001, 1);
    sv_text t = { 0 };
    memset(text, '<', 9000);
    sv_html_format(&t, "%s|", text);
    assert_false(t.failed);
    assert_int_equal(t.length, 9000 * 4 + 1);
    sv_text_free(&t);
    sv_free(text);
}

static void expect_ticks(sv_scale scale, double low, double high, int wanted, const char *const *texts)
{
    sv_axis a = { 0 };
    sv_axis_set(&a, scale, low, high, wanted);
    int n = 0;
    for (; texts[n]; n++) {
        if (n >= a.ticks) fail_msg("%g..%g: %d ticks; expected '%s' next", low, high, a.ticks, texts[n]);
        assert_string_equal(a.tick[n].text, texts[n]);
    }
    assert_int_equal(a.ticks, n);
}

#define TICKS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_ticks(void **state)
{
    (void)state;
    expect_ticks(SV_LINEAR, 0, 1, 5, TICKS("0", "0.2", "0.4", "0.6", "0.8", "1"));
    expect_ticks(SV_LINEAR, 0.1, 0.32, 5, TICKS("0.1", "0.15", "0.2", "0.25", "0.3"));
    expect_ticks(SV_LINEAR, -3, 3, 3,
                 TICKS("\xe2\x88\x92"
                       "2",
                       "0", "2"));
    expect_ticks(SV_LINEAR, 1000000.5, 1000001, 2, TICKS("1000000.5", "1000001"));
    expect_ticks(SV_LINEAR, 0, 3e-7, 3, TICKS("0", "1e-7", "2e-7", "3e-7"));
    expect_ticks(SV_INTEGER, 1, 3, 7, TICKS("1", "2", "3"));
    expect_ticks(SV_INTEGER, 1, 1, 7, TICKS("1"));
    expect_ticks(SV_INTEGER, 0, 46900, 5, TICKS("0", "10000", "20000", "30000", "40000"));
    expect_ticks(SV_LOG, 1e-4, 1, 6, TICKS("0.0001", "0.001", "0.01", "0.1", "1"));
    expect_ticks(SV_LOG, 0.03, 1.5, 6, TICKS("0.05", "0.1", "0.2", "0.5", "1"));
    expect_ticks(SV_LOG, 1e-12, 1, 6, TICKS("1e-12", "1e-9", "1e-6", "0.001", "1"));
    expect_ticks(SV_LOG, 0.61, 0.79, 4, TICKS("0.65", "0.7", "0.75"));
}

static void test_axes(void **state)
{
    (void)state;
    sv_axis a = { .start = 100, .end = 300 };
    sv_axis_set(&a, SV_LINEAR, -1, 3, 5);
    assert_float_equal(sv_axis_at(&a, 0), 150, 1e-9);
    a.start = 300, a.end = 100;
    sv_axis_set(&a, SV_LOG, 0.01, 100, 5);
    assert_float_equal(sv_axis_at(&a, 1), 200, 1e-9);
    assert_float_equal(sv_axis_at(&a, 0.1), 250, 1e-9);
    assert_false(sv_axis_shows(&a, 0));
    assert_false(sv_axis_shows(&a, (double)NAN));
    assert_true(sv_axis_shows(&a, 1e-300));
    const double odd[][2] = { { 5, 5 }, { 0, 0 }, { NAN, 1 }, { 2, 1 }, { -INFINITY, INFINITY }, { -1, -1 }, { 0, 5 } };
    for (int scale = SV_LINEAR; scale <= SV_INTEGER; scale++)
        for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
            sv_axis_set(&a, (sv_scale)scale, odd[i][0], odd[i][1], 5);
            assert_true(isfinite(a.low) && isfinite(a.high) && a.low < a.high && (scale != SV_LOG || a.low > 0));
            assert_in_range(a.ticks, 1, SV_MAX_TICKS);
        }
}

static void test_numbers(void **state)
{
    (void)state;
    char text[SV_NUMBER_TEXT];
    assert_string_equal(sv_number_text(0.123456, 3, text), "0.123");
    assert_string_equal(sv_number_text(-0.0, 3, text), "0");
    assert_string_equal(sv_number_text(-1.5e-7, 3, text), "\xe2\x88\x92"
                                                          "1.5e-7");
    assert_string_equal(sv_number_text(1e12, 3, text), "1e12");
    assert_string_equal(sv_number_text((double)NAN, 3, text), "\xe2\x80\x93");
    assert_string_equal(sv_number_text((double)INFINITY, 3, text), "\xe2\x80\x93");
}

static void add_charts(sv_page *p)
{
    const double y[5] = { 1, 0.5, NAN, -1, 0.125 }, low[5] = { 0.9, 0.4, NAN, -2, 0 }, high[5] = { 1.1, 0.6, NAN, 0, INFINITY };
    const sv_series series[] = { { .name = "<a>", .y = y, .low = low, .high = high, .count = 5 },
                                 { .name = "b", .x = high, .y = y, .low = low, .high = high, .count = 5, .points = true },
                                 { .y = y, .count = 5, .faint = true } };
    const sv_mark mark[] = { { 1, "one & all" }, { 77, "outside" } };
    const sv_bar_of bar[] = { { "a label that is much too long \xc3\xbc\xc3\xbc\xc3\xbc", 1, 0.5, 0 },
                              { "none", NAN, NAN, 1 },
                              { "", -2, 1, 9 } };
    sv_figures_begin(p, false);
    for (int scale = SV_LINEAR; scale <= SV_INTEGER; scale++)
        sv_chart_lines(p, &(sv_chart){ .title = "t",
                                       .x_label = "x",
                                       .y_label = "y",
                                       .y_scale = (sv_scale)scale,
                                       .series = series,
                                       .count = 3,
                                       .x_mark = mark,
                                       .x_marks = 2,
                                       .y_mark = mark,
                                       .y_marks = 1 });
    sv_chart_lines(p, &(sv_chart){ .title = "nothing", .series = series, .count = 0 });
    sv_chart_bars(p, "bars", "v", bar, 3, 1, "caption");
    sv_chart_bars(p, NULL, NULL, bar, 0, (double)NAN, NULL);
    const sv_outline outline[] = { { 0, 1, 0, 2, false }, { 0, 1, 0, 1, true } };
    sv_chart_map(p, &(sv_map){ .title = "m",
                               .rows = 1,
                               .columns = 5,
                               .value = y,
                               .palette = SV_DIVERGING,
                               .row_label = "r",
                               .column_label = "c",
                               .value_label = "v",
                               .outline = outline,
                               .outlines = 2 });
    sv_chart_map(p, &(sv_map){ .rows = 5, .columns = 1, .value = y, .low = 0, .high = 1 });
    sv_figures_end(p);
}

static void add_all(sv_page *p)
{
    const uint8_t pixels[6] = { 0, 1, 2, 3, 4, 255 };
    sv_page_begin(p, "a <title>", "%d runs & more", 2);
    sv_page_section(p, "first", "First & last");
    sv_page_heading(p, "h %d", 1);
    sv_page_text(p, "text");
    sv_page_hint(p, "hint");
    sv_page_warning(p, "%s", "<warning>");
    add_charts(p);
    sv_page_section(p, "second", "Second");
    sv_table_begin(p, "a table", (const char *const[]){ "a", "b", NULL });
    sv_table_row(p, "row");
    sv_table_text(p, "text");
    sv_table_number(p, 1.5, 3);
    sv_table_verdict(p, -1, 0.25, 3, SV_WORSE);
    sv_table_end(p);
    sv_tiles_begin(p, 2, (const char *const[]){ "x", "y" });
    sv_page_image(p, pixels, 1, 2, 3, "\"two\" pixels");
    sv_page_image(p, pixels, 3, 2, 1, "six");
    sv_tiles_end(p);
    sv_page_listing(p, "config", "{ \"a\": \"</pre>\" }");
}

static void test_page(void **state)
{
    (void)state;
    sv_page first = { 0 }, second = { 0 };
    sv_text a = { 0 }, b = { 0 };
    sv_fault fault = { 0 };
    add_all(&first);
    add_all(&second);
    assert_int_equal(sv_page_finish(&first, &a, &fault), SV_OK);
    assert_int_equal(sv_page_finish(&second, &b, &fault), SV_OK);
    assert_string_equal(a.data, b.data);
    html_expect_well_formed(a.data);
    html_expect_alone(a.data);
    assert_non_null(strstr(a.data, "<title>a &lt;title&gt;</title>"));
    assert_non_null(strstr(a.data, "<a href=\"#second\">Second</a>"));
    assert_non_null(strstr(a.data, "First &amp; last</h2>"));
    assert_non_null(strstr(a.data, "Nothing to draw"));
    assert_non_null(strstr(a.data, "\xe2\x96\xbc \xe2\x88\x92"
                                   "1 \xc2\xb1 0.25"));
    assert_non_null(strstr(a.data, "&lt;/pre&gt;"));
    sv_text_free(&a);
    sv_text_free(&b);
}

/* Two points of a line from corner to corner of the plot: 0..1 with 4 % of air above, none below zero. */
static void test_line_places(void **state)
{
    (void)state;
    const double y[2] = { 0, 1 };
    const sv_series series = { .y = y, .count = 2 };
    sv_page p = { 0 };
    sv_chart_lines(&p, &(sv_chart){ .title = "line", .series = &series, .count = 1 });
    const char *line = strstr(p.body.data, "<path class=\"s s0\" d=\"M");
    double x0, y0, x1, y1;
    assert_non_null(line);
    assert_int_equal(sscanf(line, "<path class=\"s s0\" d=\"M%lf %lfL%lf %lf\"/>", &x0, &y0, &x1, &y1), 4);
    assert_float_equal(y0, 290 - 44, 0.06);
    assert_float_equal(y1, 246 - (246 - 12) / 1.04, 0.06);
    assert_float_equal(x1, 480 - 14, 0.06);
    assert_true(x0 > 0 && x0 < 100);
    assert_non_null(strstr(p.body.data, "<title>1, 1</title>"));
    sv_page_free(&p);
}

static void test_palettes(void **state)
{
    (void)state;
    uint8_t rgb[3];
    sv_palette_colour(SV_DIVERGING, 0, rgb);
    assert_true(rgb[0] == 247 && rgb[1] == 247 && rgb[2] == 247);
    sv_palette_colour(SV_DIVERGING, -7, rgb);
    assert_true(rgb[0] == 33 && rgb[1] == 102 && rgb[2] == 172);
    sv_palette_colour(SV_DIVERGING, 1, rgb);
    assert_true(rgb[0] == 178 && rgb[1] == 24 && rgb[2] == 43);
    sv_palette_colour(SV_SEQUENTIAL, (double)NAN, rgb);
    assert_true(rgb[0] == 128 && rgb[1] == 128 && rgb[2] == 128);
}

/* Once memory ran out while any part was made, nothing is written, and what was there stays. */
static void test_short_memory(void **state)
{
    (void)state;
    char *folder = scratch_make();
    const char *path = scratch_path(folder, "page.html");
    for (int part = 0; part < 4; part++) {
        sv_page p = { 0 };
        sv_fault fault = { 0 };
        add_all(&p);
        sv_text *const parts[] = { &p.head, &p.nav, &p.body };
        if (part < 3) parts[part]->failed = true;
        assert_int_equal(sv_page_write(&p, path, &fault), part < 3 ? SV_NO_MEMORY : SV_OK);
        assert_int_equal(sv_is_file(path), part == 3);
        assert_null(p.body.data);
    }
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_escaping),    cmocka_unit_test(test_long_format),
                                        cmocka_unit_test(test_ticks),       cmocka_unit_test(test_axes),
                                        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_page),
                                        cmocka_unit_test(test_line_places), cmocka_unit_test(test_palettes),
                                        cmocka_unit_test(test_short_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
