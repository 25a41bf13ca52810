/* explain --json. */
#include "cli/explain.h"
#include "cli/json.h"
#include <math.h>

static void put_rms(const sv_explanation *e, const sv_node *n, sv_text *t)
{
    int period[2];
    double phase[SV_MAX_PHASES][SV_MAX_PHASES], border[4];
    const char *const sides[4] = { "top", "bottom", "left", "right" };
    sv_expected_border(e->rms.expected, n, border);
    sv_text_add(t, ", \"expected_rms\": ");
    sv_put_number(t, sv_expected_rms(e->rms.expected, n));
    sv_text_add(t, ", \"expected_rms_border\": ");
    for (int i = 0; i < 4; i++) {
        sv_text_add(t, "%s\"%s\": ", i ? ", " : "{", sides[i]);
        sv_put_number(t, border[i]);
    }
    sv_text_add(t, "}, \"expected_rms_phases\": ");
    bool phases = sv_expected_phases(e->rms.expected, n, period, phase);
    for (int a = 0; phases && a < period[0]; a++)
        for (int b = 0; b < period[1]; b++) {
            sv_text_add(t, "%s", b ? ", " : a ? "], [" : "[[");
            sv_put_number(t, phase[a][b]);
        }
    sv_text_add(t, "%s, \"drawn_rms\": ", phases ? "]]" : "null");
    sv_put_number(t, e->rms.drawn[n->index]);
    sv_text_add(t, ", \"drawn_mean\": ");
    sv_put_number(t, e->rms.mean[n->index]);
    sv_text_add(t, ", \"polyphase_ripple\": ");
    sv_put_number(t, sv_polyphase_ripple(e->target->parameters, n));
}

/* "arithmetic": how a convolution's sizes come about. */
static void put_arithmetic(const sv_node *n, sv_text *t)
{
    sv_text words = { 0 };
    if (sv_layer_arithmetic(n, &words) && words.data) {
        sv_text_add(t, ", \"arithmetic\": ");
        sv_put_string(t, words.data);
    }
    t->failed |= words.failed;
    sv_text_free(&words);
}

static void put_layer(const sv_explanation *e, const sv_node *n, sv_text *t)
{
    char shape[SV_SHAPE_TEXT];
    const int *p = n->inference.padding;
    sv_text_add(t, "{\"name\": ");
    sv_put_string(t, n->name);
    sv_text_add(
        t, ", \"type\": \"%s\", \"output_shape\": %s, \"parameters\": %lld, \"activation_bytes\": %lld, \"multiply_adds\": %.0f",
        n->op->type, sv_shape_text(&n->shape, shape), (long long)sv_layer_weights(n), (long long)sv_shape_count(&n->shape) * 4,
        n->inference.multiply_adds);
    sv_text_add(t, ", \"padding\": [[%d,%d],[%d,%d]], \"overlap\": ", p[0], p[1], p[2], p[3]);
    sv_layer_overlap_json(n, t);
    if (e->borders->used[n->index]) {
        const int64_t *d = e->borders->depth + 4 * (int64_t)n->index;
        sv_text_add(t, ", \"border_depth\": {\"top\": %lld, \"bottom\": %lld, \"left\": %lld, \"right\": %lld}", (long long)d[0],
                    (long long)d[1], (long long)d[2], (long long)d[3]);
    }
    put_arithmetic(n, t);
    put_rms(e, n, t);
    sv_text_add(t, "}");
}

/* The largest ripple of any layer: 0 where none has phases. */
static double worst_ripple(const sv_explanation *e)
{
    double worst = 0;
    for (int i = 0; i < e->target->graph->nodes; i++) {
        double ripple = sv_polyphase_ripple(e->target->parameters, e->target->graph->node[i]);
        if (ripple > worst) worst = ripple;
    }
    return worst;
}

static void put_forward(const sv_explanation *e, sv_text *t)
{
    sv_text_add(t, ",\n\"polyphase_ripple\": ");
    sv_put_number(t, worst_ripple(e));
    sv_text_add(t, ",\n\"rms\": {\"inputs\": \"%s\", \"samples\": %d, \"input_rms\": ", e->rms.data ? "data" : "noise",
                e->rms.samples);
    sv_put_number(t, e->rms.input);
    sv_text_add(t, ", \"weights\": ");
    sv_put_string(t, e->rms.weights);
    sv_text_add(t, "}");
}

static void put_memory(const sv_memory *m, int batch, sv_text *t)
{
    const sv_run_memory *r = &m->run;
    sv_text_add(t,
                ",\n\"memory\": {\"total\": %lld, \"data\": %lld, \"parameters\": %lld, \"gradients\": %lld, \"optimizer\": %lld, "
                "\"packed_weights\": %lld, \"activations\": %lld, \"batch_resident\": %lld, \"losses\": %lld, \"loader\": %lld, "
                "\"program\": %lld, \"data_known\": %s, \"batch\": %d, \"micro_batch\": %d, \"workers\": %d, \"segments\": %d}",
                (long long)m->total, (long long)m->data, (long long)r->parameters, (long long)r->gradients, (long long)m->optimizer,
                (long long)r->packed, (long long)r->activations, (long long)r->batch_resident, (long long)r->losses,
                (long long)m->loader, (long long)m->program, m->data_known ? "true" : "false", batch, r->micro_batch, r->workers,
                r->segments);
}

void sv_explain_json(const sv_explanation *e, sv_text *t)
{
    char shape[SV_SHAPE_TEXT];
    const char *comma = "";
    sv_text_add(t, "{\"name\": ");
    sv_put_string(t, sv_model_name(e->target->model));
    sv_text_add(t, ", \"input_shape\": %s, \"layers\": [", sv_shape_text(&e->target->input->shape, shape));
    for (int i = 0; i < e->target->graph->nodes; i++) {
        const sv_node *n = e->target->graph->node[i];
        if (n->kind != SV_NODE_LAYER) continue;
        sv_text_add(t, "%s\n  ", comma);
        put_layer(e, n, t);
        comma = ",";
    }
    sv_text_add(t, "\n], \"parameters\": %lld, \"activation_bytes\": %lld, \"multiply_adds\": %.0f", (long long)e->parameters,
                (long long)e->activations * 4, e->multiply_adds);
    put_memory(&e->memory, e->batch, t);
    put_forward(e, t);
    sv_text_add(t, ",\n");
    sv_static_json(e->borders, t);
    sv_text_add(t, "}");
}
