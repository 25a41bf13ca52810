/* Where the errors are: maps over the data set, and by distance to the border. */
#include "report/sections.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>

static sv_outline interior_outline(const sv_interior *box)
{
    return (sv_outline){ box->first[0], box->end[0], box->first[1], box->end[1], false };
}

void sv_section_errors(const sv_sections *s)
{
    const sv_residual_maps *m = s->report->maps;
    if (!m) return;
    size_t pixels = (size_t)m->height * (size_t)m->width;
    double *rmse = sv_new(pixels, sizeof *rmse);
    sv_interior inside = sv_interior_of(&s->facts->edges, m->height, m->width);
    const sv_outline outline = interior_outline(&inside);
    if (!rmse) {
        s->page->body.failed = true;
        return;
    }
    for (size_t i = 0; i < pixels; i++) rmse[i] = sqrt(m->squared[i]);
    sv_map map = { .title = "Root mean squared error",
                   .rows = m->height,
                   .columns = m->width,
                   .value = rmse,
                   .value_label = "rmse",
                   .row_label = "row",
                   .column_label = "column",
                   .outline = &outline,
                   .outlines = inside.end[0] > 0,
                   .caption = "Bright where reconstructions are wrong." };
    sv_page_section(s->page, "errors", "Where the errors are");
    sv_page_hint(
        s->page,
        "Every pixel's error over all %lld %s samples. Look for frames (borders) and grids (strides). Good is a map that shows "
        "the shape of the content and nothing of the frame.%s",
        (long long)m->images, sv_set_name(s),
        inside.end[0] > 0 ? " The outline holds the interior: what lies outside it, the border influences."
                          : " Every pixel of this model is influenced by the border.");
    sv_figures_begin(s->page, false);
    sv_chart_map(s->page, &map);
    map.title = "Bias";
    map.value = m->mean;
    map.value_label = "bias";
    map.palette = SV_DIVERGING;
    map.caption = "Mean of reconstruction minus target: blue is too dark, red too bright. Good is pale everywhere.";
    sv_chart_map(s->page, &map);
    sv_figures_end(s->page);
    sv_free(rmse);
}

/* Depths as marks, sides of one depth together. */
static int depth_marks(const sv_edges *edges, sv_mark mark[4], char label[4][48])
{
    int marks = 0;
    for (int side = 0; side < 4; side++) {
        int same = 0;
        while (same < marks && mark[same].at != (double)edges->depth[side]) same++;
        size_t used = same < marks ? (size_t)snprintf(NULL, 0, "%s", label[same]) : 0;
        if (same == marks) {
            mark[marks++] = (sv_mark){ edges->depth[side], label[same] };
            snprintf(label[same], sizeof label[same], "%s", sv_side_names[side]);
        } else
            snprintf(label[same] + used, sizeof label[same] - used, ", %s", sv_side_names[side]);
    }
    for (int i = 0; i < marks; i++)
        if (marks == 1) snprintf(label[i], sizeof label[i], "static depth");
    return marks;
}

static void add_profile(const sv_sections *s, bool bias)
{
    const sv_measured *m = s->report->measured;
    double *value[4] = { 0 };
    sv_series series[4];
    sv_mark mark[4];
    char label[4][48];
    bool have = true;
    for (int side = 0; side < 4; side++) {
        value[side] = sv_new((size_t)m->points, sizeof(double));
        have = have && value[side];
        for (int d = 0; value[side] && d < m->points; d++)
            value[side][d] = bias ? m->profile[side][d].bias : m->profile[side][d].rmse;
        series[side] = (sv_series){ .name = sv_side_names[side], .y = value[side], .count = m->points };
    }
    const sv_edges within = sv_edges_within(&s->facts->edges);
    int marks = depth_marks(&within, mark, label);
    if (have)
        sv_chart_lines(
            s->page,
            &(sv_chart){ .title = bias ? "Bias by distance to the border" : "RMSE by distance to the border",
                         .x_label = "distance from the border, pixels",
                         .y_label = bias ? "bias" : "rmse",
                         .x_scale = SV_INTEGER,
                         .y_zero = true,
                         .series = series,
                         .count = 4,
                         .x_mark = mark,
                         .x_marks = marks,
                         .caption = bias ? "Below zero: darker than the target."
                                         : "Dotted: the static border depth of each side, from where on nothing beyond the "
                                           "picture is read." });
    else
        s->page->body.failed = true;
    for (int side = 0; side < 4; side++) sv_free(value[side]);
}

/* How far from a cut side the output changes: M4b, which the static depth foretells. */
static void add_reach(const sv_sections *s)
{
    const sv_modelled *m = s->report->modelled;
    sv_series series[4];
    sv_mark mark[4];
    char label[4][48];
    int count = 0;
    for (int side = 0; side < 4; side++)
        if (m->reaches[side] > 0 && m->reach[side])
            series[count++] =
                (sv_series){ .name = sv_side_names[side], .y = m->reach[side], .count = m->reaches[side], .style = side + 1 };
    if (!count) {
        if (m->why_sensitivity[0])
            sv_page_text(s->page, "How far a border changes the output was not measured: %s.", m->why_sensitivity);
        return;
    }
    int marks = depth_marks(&s->facts->edges, mark, label), deepest = 0;
    for (int side = 0; side < 4; side++) deepest = s->facts->edges.depth[side] > deepest ? s->facts->edges.depth[side] : deepest;
    sv_chart_lines(s->page,
                   &(sv_chart){ .title = "Change where a picture is cut",
                                .x_label = "distance from the border, pixels",
                                .y_label = "rms change",
                                .x_scale = SV_INTEGER,
                                .y_scale = SV_LOG,
                                .x_high = deepest,
                                .series = series,
                                .count = count,
                                .x_mark = mark,
                                .x_marks = marks,
                                .caption =
                                    "rms of the difference between reconstructing a crop and cropping a reconstruction. It ends "
                                    "at the static depth; good is a curve that falls long before." });
}

void sv_section_borders(const sv_sections *s)
{
    const sv_measured *m = s->report->measured;
    const sv_edges e = sv_edges_within(&s->facts->edges);
    if (!m) return;
    sv_page_section(s->page, "borders", "Borders");
    sv_page_hint(
        s->page,
        "Error by distance to the border, side by side. Look for a rise towards 0 that begins at the static depth: that is what "
        "the architecture does, not the content; and for sides that differ: uneven padding. Good is flat lines that lie "
        "together, and a bias near 0.");
    sv_figures_begin(s->page, false);
    add_profile(s, false);
    add_profile(s, true);
    if (s->report->modelled) add_reach(s);
    sv_figures_end(s->page);
    sv_table_begin(
        s->page,
        "Bias share: bias^2 / MSE of the outermost pixels. Near 1 a padding darkens or brightens systematically; near 0 "
        "context is missing.",
        (const char *const[]){ "side", "static depth", "ring width", "outermost rmse", "outermost bias", "bias share", NULL });
    for (int side = 0; side < 4; side++) {
        const sv_profile_point *outer = &m->profile[side][0];
        sv_table_row(s->page, "%s", sv_side_names[side]);
        sv_table_number(s->page, e.depth[side], 6);
        sv_table_number(s->page, e.ring[side], 6);
        sv_table_number(s->page, outer->rmse, 4);
        sv_table_number(s->page, outer->bias, 4);
        sv_table_number(s->page, outer->bias_share, 3);
    }
    sv_table_end(s->page);
}
