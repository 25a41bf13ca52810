/* The tables of `selvage bench`. */
#include "cli/bench.h"
#include "cli/json.h"
#include <stdio.h>

double sv_trial_operations(const sv_trial *t, const sv_node *n)
{
    if (n->kind != SV_NODE_LAYER) return 0;
    bool first = true;
    for (int i = 0; i < n->inputs; i++) first = first && n->input[i]->kind == SV_NODE_INPUT;
    int passes = t->forward_only ? 1 : 1 + (n->inference.parameters > 0) + (!first || t->input_gradient);
    return 2.0 * n->inference.multiply_adds * passes * t->config->batch_size;
}

static double all_operations(const sv_trial *t)
{
    double sum = 0;
    for (int i = 0; i < t->built.graph->nodes; i++) sum += sv_trial_operations(t, t->built.graph->node[i]);
    return sum;
}

static double share(double rate, double peak)
{
    return peak > 0 ? 100 * rate / peak : 0;
}

static bool has_primitives(const sv_trial *t, int node)
{
    return t->primitive && t->primitive[3 * node] > 0;
}

static void print_primitives(const sv_trial *t)
{
    const sv_graph *g = t->built.graph;
    printf("\n%-20s %-20s %18s %18s %18s\n", "one thread, GFLOP/s", "", "down", "up", "weight gradient");
    for (int i = 0; i < g->nodes; i++) {
        if (!has_primitives(t, i)) continue;
        printf("%-20s %-20s", g->node[i]->name, g->node[i]->op->type);
        for (int p = 0; p < 3; p++)
            printf(" %9.1f (%3.0f %%) ", t->primitive[3 * i + p] / 1e9, share(t->primitive[3 * i + p], t->peak_of_one));
        printf("\n");
    }
    printf("%.1f GFLOP/s is what one thread reaches\n", t->peak_of_one / 1e9);
}

static void put_primitives(sv_text *out, const sv_trial *t, int node)
{
    static const char *const names[] = { "down", "up", "weight_gradient" };
    sv_text_add(out, ", \"one_thread\": {\"peak_gflops\": %.9g", t->peak_of_one / 1e9);
    for (int p = 0; p < 3; p++) sv_text_add(out, ", \"%s_gflops\": %.9g", names[p], t->primitive[3 * node + p] / 1e9);
    sv_text_add(out, "}");
}

static void print_memory(const sv_trial *t)
{
    const double mb = 1024 * 1024;
    printf("peak memory %.1f MiB", t->peak_mb);
    if (t->memory.total > 0) {
        double predicted = (double)t->memory.total / mb;
        printf(", %+.1f %% of the %.1f predicted; %.1f beyond the data, %.1f of it the program", 100 * (t->peak_mb / predicted - 1),
               predicted, t->peak_mb - (double)t->memory.data / mb, (double)t->memory.program / mb);
    }
    printf("\n");
}

void sv_trial_print(const sv_trial *t)
{
    const sv_graph *g = t->built.graph;
    printf("%s: batches of %d, %d thread%s, %s, %s\n\n", sv_model_name(t->config->model), t->config->batch_size, t->threads,
           t->threads == 1 ? "" : "s", t->backend->name, t->vectors->isa);
    printf("%-20s %-20s %12s %12s %10s %8s\n", "layer", "type", "forward ms", "backward ms", "GFLOP/s", "of peak");
    for (int i = 0; i < g->nodes; i++) {
        const sv_node *n = g->node[i];
        if (n->kind == SV_NODE_INPUT) continue;
        double f = t->forward[i] / t->threads, b = t->backward[i] / t->threads;
        double rate = f + b > 0 ? sv_trial_operations(t, n) / (f + b) : 0;
        printf("%-20s %-20s %12.3f %12.3f", n->name, n->op ? n->op->type : n->loss ? n->loss->type : "sum", f * 1e3, b * 1e3);
        if (rate > 0) printf(" %10.1f %6.0f %%", rate / 1e9, share(rate, t->peak));
        printf("\n");
    }
    if (t->primitive) print_primitives(t);
    double rate = all_operations(t) / t->step_seconds;
    printf("\n%.1f images/s (median), %.3f ms a step, %.1f GFLOP/s: %.0f %% of the %.1f GFLOP/s that %d thread%s of multiply-adds "
           "reach\n",
           t->images_per_second, t->step_seconds * 1e3, rate / 1e9, share(rate, t->peak), t->peak / 1e9, t->threads,
           t->threads == 1 ? "" : "s");
    print_memory(t);
    printf("%.1f ms from the program's start to the first kernel (%.1f before main, %.1f for the data), %.1f to the end of the first "
           "step\n",
           t->begin_seconds * 1e3, t->loaded_seconds * 1e3, t->data_seconds * 1e3, t->start_seconds * 1e3);
}

bool sv_trial_print_json(const sv_trial *t)
{
    const sv_graph *g = t->built.graph;
    double rate = all_operations(t) / t->step_seconds;
    sv_text out = { 0 };
    sv_text_add(&out, "{\"model\": ");
    sv_put_string(&out, sv_model_name(t->config->model));
    sv_text_add(&out,
                ", \"batch_size\": %d, \"threads\": %d, \"backend\": \"%s\", \"isa\": \"%s\", \"images_per_second\": %.9g, "
                "\"step_seconds\": %.9g, \"gflops\": %.9g, \"peak_gflops\": %.9g, \"share_of_peak\": ",
                t->config->batch_size, t->threads, t->backend->name, t->vectors->isa, t->images_per_second, t->step_seconds,
                rate / 1e9, t->peak / 1e9);
    if (t->peak > 0)
        sv_put_number(&out, rate / t->peak);
    else
        sv_text_add(&out, "null");
    sv_text_add(&out,
                ", \"peak_mb\": %.9g, \"predicted_mb\": %.9g, \"data_mb\": %.9g, \"before_main_seconds\": %.9g, \"data_seconds\": "
                "%.9g, \"first_kernel_seconds\": %.9g, \"start_seconds\": %.9g, \"layers\": [",
                t->peak_mb, (double)t->memory.total / (1024 * 1024), (double)t->memory.data / (1024 * 1024), t->loaded_seconds,
                t->data_seconds, t->begin_seconds, t->start_seconds);
    const char *comma = "";
    for (int i = 0; i < g->nodes; i++) {
        const sv_node *n = g->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        double f = t->forward[i] / t->threads, b = t->backward[i] / t->threads;
        sv_text_add(&out, "%s{\"name\": ", comma);
        sv_put_string(&out, n->name);
        sv_text_add(&out, ", \"type\": \"%s\", \"forward_ms\": %.9g, \"backward_ms\": %.9g, \"gflops\": ", n->op->type, f * 1e3,
                    b * 1e3);
        sv_put_number(&out, f + b > 0 ? sv_trial_operations(t, n) / (f + b) / 1e9 : 0);
        if (has_primitives(t, i)) put_primitives(&out, t, i);
        sv_text_add(&out, "}");
        comma = ", ";
    }
    sv_text_add(&out, "]}");
    return sv_put_out(&out);
}
