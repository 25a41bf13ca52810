#include "artifacts/flow.h"
#include "base/memory.h"

static void mark_used(const sv_graph *g, const sv_node *output, sv_flow *f)
{
    f->used[output->index] = 1;
    for (int i = output->index; i >= 0; i--)
        for (int k = 0; f->used[i] && k < g->node[i]->inputs; k++) f->used[g->node[i]->input[k]->index] = 1;
}

static void mark_start(const sv_graph *g, const sv_node *latent, sv_flow *f)
{
    if (latent) {
        f->start[latent->index] = 1;
        return;
    }
    for (int i = 0; i < g->nodes; i++)
        if (f->used[i] && sv_node_upsamples(g->node[i])) {
            f->start[g->node[i]->input[0]->index] = 1;
            return;
        }
    for (int i = 0; i < g->nodes; i++) f->start[i] = f->used[i] && g->node[i]->kind == SV_NODE_INPUT;
}

sv_status sv_flow_new(const sv_graph *g, const sv_node *output, const sv_node *latent, sv_flow *f, sv_fault *fault)
{
    size_t n = (size_t)g->nodes;
    *f = (sv_flow){ .nodes = output->index + 1, .used = sv_new(n, 1), .start = sv_new(n, 1), .decoder = sv_new(n, 1) };
    if (!f->used || !f->start || !f->decoder) {
        sv_flow_free(f);
        return sv_fail_memory(fault, "explain");
    }
    mark_used(g, output, f);
    mark_start(g, latent, f);
    for (int i = 0; i < f->nodes; i++)
        for (int k = 0; f->used[i] && k < g->node[i]->inputs; k++) f->decoder[i] |= sv_flow_carries(f, g->node[i], k);
    return SV_OK;
}

void sv_flow_free(sv_flow *f)
{
    sv_free(f->used);
    sv_free(f->start);
    sv_free(f->decoder);
    *f = (sv_flow){ 0 };
}

bool sv_flow_carries(const sv_flow *f, const sv_node *n, int k)
{
    int from = n->input[k]->index;
    return f->start[from] || f->decoder[from];
}
