/* explain for people: a table that fits 100 columns where names do, then what follows from it. */
#include "cli/explain.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 9, CELL = 64 };
typedef struct row {
    char cell[COLUMNS][CELL];
} row;

static const char *memory_text(double bytes, char text[24])
{
    if (bytes < 1e4)
        snprintf(text, 24, "%.0f B", bytes);
    else if (bytes < 1e7)
        snprintf(text, 24, "%.1f kB", bytes / 1e3);
    else
        snprintf(text, 24, "%.1f MB", bytes / 1e6);
    return text;
}

static void count_text(double count, char text[CELL])
{
    if (count < 1e4)
        snprintf(text, CELL, "%.0f", count);
    else if (count < 1e7)
        snprintf(text, CELL, "%.1f k", count / 1e3);
    else
        snprintf(text, CELL, "%.1f M", count / 1e6);
}

static row heading(void)
{
    return (row){ { "layer", "type", "output", "params", "memory", "mult-adds", "top,bottom / left,right", "rms", "drawn" } };
}

static row row_of(const sv_explanation *e, const sv_node *n)
{
    row r = { 0 };
    char memory[24], shape[SV_SHAPE_TEXT];
    const int *p = n->inference.padding;
    snprintf(r.cell[0], CELL, "%.63s", n->name);
    snprintf(r.cell[1], CELL, "%s", n->op->type);
    snprintf(r.cell[2], CELL, "%.63s", sv_shape_text(&n->shape, shape));
    count_text((double)sv_layer_weights(n), r.cell[3]);
    snprintf(r.cell[4], CELL, "%s", memory_text((double)sv_shape_count(&n->shape) * 4, memory));
    count_text(n->inference.multiply_adds, r.cell[5]);
    if (sv_layer_pads(n)) snprintf(r.cell[6], CELL, "%s %d,%d / %d,%d", n->op->transposed ? "crop" : "pad", p[0], p[1], p[2], p[3]);
    snprintf(r.cell[7], CELL, "%.3g", sv_expected_rms(e->rms.expected, n));
    snprintf(r.cell[8], CELL, "%.3g", e->rms.drawn[n->index]);
    return r;
}

static row total(const sv_explanation *e)
{
    row r = { .cell = { "one sample" } };
    char memory[24];
    count_text((double)e->parameters, r.cell[3]);
    snprintf(r.cell[4], CELL, "%s", memory_text((double)e->activations * 4, memory));
    count_text(e->multiply_adds, r.cell[5]);
    return r;
}

static void widen(const row *r, size_t width[COLUMNS])
{
    for (int c = 0; c < COLUMNS; c++)
        if (strlen(r->cell[c]) > width[c]) width[c] = strlen(r->cell[c]);
}

static void print_row(const row *r, const size_t width[COLUMNS], sv_text *t)
{
    char line[COLUMNS * (CELL + 1) + 1];
    size_t at = 0;
    for (int c = 0; c < COLUMNS; c++) {
        bool right = c >= 3 && c != 6;
        at += (size_t)snprintf(line + at, sizeof line - at, right ? "%*s " : "%-*s ", (int)width[c], r->cell[c]);
    }
    while (at > 0 && line[at - 1] == ' ') at--;
    sv_text_bytes(t, line, at);
    sv_text_add(t, "\n");
}

static void print_table(const sv_explanation *e, sv_text *t)
{
    size_t width[COLUMNS] = { 0 };
    row head = heading(), end = total(e);
    widen(&head, width);
    widen(&end, width);
    const sv_graph *g = e->target->graph;
    for (int i = 0; i < g->nodes; i++) {
        if (g->node[i]->kind != SV_NODE_LAYER) continue;
        row r = row_of(e, g->node[i]);
        widen(&r, width);
    }
    print_row(&head, width, t);
    for (int i = 0; i < g->nodes; i++) {
        if (g->node[i]->kind != SV_NODE_LAYER) continue;
        row r = row_of(e, g->node[i]);
        print_row(&r, width, t);
    }
    print_row(&end, width, t);
}

static void print_forward(const sv_explanation *e, sv_text *t)
{
    const sv_layer_rms *r = &e->rms;
    char line[1024];
    snprintf(line, sizeof line,
             "rms: of each layer's output expected at initialization; drawn: of %d sample%s of %s of rms %.3g, weights %s.%s%s%s",
             r->samples, r->samples == 1 ? "" : "s", r->data ? "the data" : "noise", r->input, r->weights,
             r->reason[0] ? " (Noise, since the data cannot be read: " : "", r->reason, r->reason[0] ? ")" : "");
    sv_text_add(t, "\n");
    sv_text_wrap(t, 98, 0, line);
    sv_text_add(t, "\n");
}

static void add_bytes(const char *what, int64_t bytes, sv_text *t)
{
    char text[24];
    if (bytes) sv_text_add(t, ", %s %s", what, memory_text((double)bytes, text));
}

static void print_memory(const sv_explanation *e, sv_text *t)
{
    const sv_memory *m = &e->memory;
    const sv_run_memory *r = &m->run;
    char total[24], program[24];
    sv_text line = { 0 };
    sv_text_add(&line, "Training with %d thread%s takes %s: the program %s", r->workers, r->workers == 1 ? "" : "s",
                memory_text((double)m->total, total), memory_text((double)m->program, program));
    add_bytes("data", m->data, &line);
    add_bytes("parameters", r->parameters, &line);
    add_bytes("gradients", r->gradients, &line);
    add_bytes("the optimizer", m->optimizer, &line);
    add_bytes("packed weights", r->packed, &line);
    add_bytes("activations and scratch", r->activations, &line);
    add_bytes("kept for a whole batch", r->batch_resident, &line);
    add_bytes("losses", r->losses, &line);
    add_bytes("the data's order and buffers", m->loader, &line);
    sv_text_add(&line, ". Batches of %d in micro-batches of %d, %d segment%s.", e->batch, r->micro_batch, r->segments,
                r->segments == 1 ? "" : "s");
    if (!m->data_known) sv_text_add(&line, " (Data are not counted: %s)", e->data.text);
    sv_text_add(t, "\n");
    sv_text_wrap(t, 98, 0, line.data ? line.data : "");
    sv_text_add(t, "\n");
    t->failed |= line.failed;
    sv_text_free(&line);
}

/* What the kernel is drawn from, with the fans that its initializer counts and what a pixel really sums. */
static void put_kernel(const sv_node *n, sv_text *words)
{
    static const char *const whose[] = { "", "Keras's", "PyTorch's", "true" };
    int index = sv_layer_parameter(n, "kernel");
    sv_parameters p = { .graph = n->graph };
    sv_draw d = sv_parameter_draw(&p, index);
    sv_text_add(words, "%s, ", sv_initializer_names[d.initializer.type]);
    if (d.initializer.fan != SV_FAN_DEFAULT)
        sv_text_add(words, "%s fans %.6g in, %.6g out, ", whose[d.initializer.fan], d.fan_in, d.fan_out);
    sv_text_add(words, "weights of standard deviation %.3g; a pixel sums %.6g taps; ", sv_draw_stddev(&d),
                n->graph->parameter[index].spec.fans.in[SV_FAN_TRUE]);
}

/* What comes out of a layer with a kernel: rms expected, per phase of its stride and at the border, and mean and standard deviation
 * of the forward pass. */
static void print_values(const sv_explanation *e, const sv_node *n, sv_text *t)
{
    int period[2];
    double phase[SV_MAX_PHASES][SV_MAX_PHASES], border[4], rms = e->rms.drawn[n->index], mean = e->rms.mean[n->index];
    sv_text words = { 0 };
    put_kernel(n, &words);
    sv_text_add(&words, "rms %.3g expected", sv_expected_rms(e->rms.expected, n));
    if (sv_expected_phases(e->rms.expected, n, period, phase) && period[0] * period[1] <= 4) {
        sv_text_add(&words, " (by phase");
        for (int a = 0; a < period[0]; a++)
            for (int b = 0; b < period[1]; b++) sv_text_add(&words, "%s %.3g", a && !b ? "," : "", phase[a][b]);
        sv_text_add(&words, ")");
    }
    sv_expected_border(e->rms.expected, n, border);
    sv_text_add(&words, "; at the border: top %.3g, bottom %.3g, left %.3g, right %.3g", border[0], border[1], border[2],
                border[3]);
    sv_text_add(&words, "; drawn: mean %.2g, standard deviation %.3g", mean, sqrt(fmax(rms * rms - mean * mean, 0)));
    double ripple = sv_polyphase_ripple(e->target->parameters, n);
    if (isfinite(ripple)) sv_text_add(&words, "; polyphase ripple %.2g", ripple);
    sv_text_add(t, "  values         ");
    sv_text_wrap(t, 98, 17, words.data ? words.data : "");
    sv_text_add(t, "\n");
    t->failed |= words.failed;
    sv_text_free(&words);
}

void sv_explain_text(const sv_explanation *e, sv_text *t)
{
    char shape[SV_SHAPE_TEXT];
    sv_text_add(t, "%s, input %s\n\n", sv_model_name(e->target->model), sv_shape_text(&e->target->input->shape, shape));
    print_table(e, t);
    print_forward(e, t);
    print_memory(e, t);
    sv_text_add(t, "\nlayer by layer\n");
    for (int i = 0; i <= e->target->output->index; i++)
        if (sv_static_print_layer(e->borders, e->target->graph->node[i], t)) print_values(e, e->target->graph->node[i], t);
    sv_text_add(t, "\nthe whole model\n");
    sv_static_print(e->borders, t);
    while (t->length > 0 && t->data[t->length - 1] == '\n') t->data[--t->length] = '\0';
}
