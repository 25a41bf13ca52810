#include "graph/initial.h"
#include "graph/session.h"
#include "base/memory.h"
#include "base/threads.h"
#include "graph/run.h"
#include "optim/optim.h"
#include <string.h>

struct sv_session {
    sv_parameters *parameters;
    sv_run *train;    /* NULL where there is no loss */
    sv_run *predict;  /* of the node asked for last */
    const sv_node *predicted;
    sv_compile_args args;
    const sv_vectors *vectors;
    const sv_conv_backend *backend;
    sv_optimizer optimizer;
    sv_optimizer_state state;
    sv_flat flat;
    uint32_t step;
};

void sv_session_free(sv_session *s)
{
    if (!s) return;
    sv_flat_close(&s->flat);
    sv_run_free(s->train);
    sv_run_free(s->predict);
    sv_parameters_free(s->parameters);
    sv_free(s);
}

static sv_run_args run_args(const sv_session *s)
{
    return (sv_run_args){ .batch = s->args.batch, .threads = s->args.threads, .vectors = s->vectors, .backend = s->backend,
                          .seed = s->args.seed };
}

static sv_status prepare_training(sv_session *s, sv_graph *g, sv_node *loss, sv_fault *fault)
{
    sv_run_args args = run_args(s);
    args.loss = loss;
    args.gradients = true;
    if (sv_run_new(g, s->parameters, &args, &s->train, fault) != SV_OK) return fault->status;
    sv_optimizer_start(&s->optimizer, &s->state);
    return sv_flat_open(s->parameters, &s->optimizer, sv_run_gradient(s->train), &s->flat, fault);
}

static sv_status compile(sv_graph *g, sv_node *loss, const sv_compile_args *args)
{
    if (!g) return SV_NO_MEMORY;
    sv_fault *fault = &g->fault;
    if (fault->status != SV_OK) return fault->status;
    sv_session *s = sv_new(1, sizeof *s);
    if (!s) return sv_fail_memory(fault, "compile");
    sv_session_free(g->session);
    g->session = s;
    if (args) s->args = *args;
    if (s->args.batch <= 0) s->args.batch = 32;
    if (s->args.threads <= 0) s->args.threads = sv_default_threads();
    s->optimizer = s->args.optimizer;
    if (sv_vectors_select(NULL, &s->vectors, fault) != SV_OK) return fault->status;
    if (sv_backend_select(s->args.backend, &s->backend, fault) != SV_OK) return fault->status;
    if (sv_optimizer_complete(&s->optimizer, g->dialect, fault) != SV_OK) return fault->status;
    if (sv_parameters_new(g, &s->parameters, fault) != SV_OK) return fault->status;
    const sv_initial how = { .rng = SV_RNG_NATIVE, .seed = s->args.seed, .vectors = s->vectors };
    if (sv_parameters_draw_as(s->parameters, &how, fault) != SV_OK) return fault->status;
    return loss ? prepare_training(s, g, loss, fault) : SV_OK;
}

sv_status sv_compile(sv_graph *g, sv_node *loss, const sv_compile_args *args)
{
    sv_arithmetic was = sv_arithmetic_standard();
    sv_status status = compile(g, loss, args);
    sv_arithmetic_restore(was);
    return status;
}

static sv_session *session_of(sv_graph *g)
{
    if (!g || g->fault.status != SV_OK) return NULL;
    if (!g->session) sv_fail(&g->fault, SV_BAD_ARGUMENT, "graph: not compiled; call sv_compile first");
    return g->session;
}

/* Rows of the caller's arrays, one per input of the graph. */
typedef struct sv_rows {
    const sv_graph *graph;
    const float *const *inputs;
    int64_t first;
    float *output;
    int64_t row;
} sv_rows;

static void fetch_rows(void *context, int64_t first, int count, float *const *inputs)
{
    const sv_rows *r = context;
    for (int i = 0, k = 0; i < r->graph->nodes; i++) {
        if (r->graph->node[i]->kind != SV_NODE_INPUT) continue;
        int64_t size = sv_shape_count(&r->graph->node[i]->shape);
        memcpy(inputs[k], r->inputs[k] + (r->first + first) * size, (size_t)(count * size) * sizeof(float));
        k++;
    }
}

static void store_rows(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    const sv_rows *r = context;
    (void)inputs;
    memcpy(r->output + (r->first + first) * r->row, rows, (size_t)(count * r->row) * sizeof(float));
}

static sv_status train_step(sv_graph *g, int samples, const float *const *inputs, double *loss)
{
    sv_session *s = session_of(g);
    if (!s) return g ? g->fault.status : SV_NO_MEMORY;
    if (!s->train) return sv_fail(&g->fault, SV_BAD_ARGUMENT, "graph: compiled without a loss; it cannot train");
    sv_rows rows = { .graph = g, .inputs = inputs };
    sv_feed feed = { .samples = samples, .epoch = s->step, .fetch = fetch_rows, .context = &rows };
    double value, norm;
    if (sv_run_backward(s->train, &feed, &value, NULL, NULL, &g->fault) != SV_OK) return g->fault.status;
    value += sv_regularize(&s->flat);
    sv_optimizer_step(&s->optimizer, &s->state, s->vectors, &s->flat, s->args.threads, &norm);
    s->step++;
    if (loss) *loss = value;
    return SV_OK;
}

sv_status sv_train_step(sv_graph *g, int samples, const float *const *inputs, double *loss)
{
    sv_arithmetic was = sv_arithmetic_standard();
    sv_status status = train_step(g, samples, inputs, loss);
    sv_arithmetic_restore(was);
    return status;
}

static sv_status plan_prediction(sv_session *s, sv_graph *g, sv_node *node)
{
    if (s->predict && s->predicted == node) return SV_OK;
    sv_run_free(s->predict);
    s->predict = NULL;
    sv_run_args args = run_args(s);
    args.output = node;
    s->predicted = node;
    return sv_run_new(g, s->parameters, &args, &s->predict, &g->fault);
}

sv_status sv_predict(sv_graph *g, sv_node *node, int64_t samples, const float *const *inputs, float *output)
{
    sv_session *s = session_of(g);
    if (!s) return g ? g->fault.status : SV_NO_MEMORY;
    if (!node || node->graph != g || node->shape.rank == 0)
        return sv_fail(&g->fault, SV_BAD_ARGUMENT, "predict: expected a layer or an input of this graph");
    if (plan_prediction(s, g, node) != SV_OK) return g->fault.status;
    sv_rows rows = { .graph = g, .inputs = inputs, .output = output, .row = sv_shape_count(&node->shape) };
    for (; rows.first < samples; rows.first += s->args.batch) {
        int64_t left = samples - rows.first;
        sv_feed feed = { .samples = left < s->args.batch ? left : s->args.batch, .fetch = fetch_rows, .context = &rows };
        if (sv_run_forward(s->predict, &feed, store_rows, &rows, NULL, &g->fault) != SV_OK) return g->fault.status;
    }
    return SV_OK;
}

int sv_weight_count(const sv_graph *g)
{
    return g && g->session ? g->parameters : 0;
}

sv_weight sv_weight_at(const sv_graph *g, int index)
{
    if (index < 0 || index >= sv_weight_count(g)) return (sv_weight){ 0 };
    const sv_parameter *p = &g->parameter[index];
    return (sv_weight){ p->name, p->spec.shape, g->session->parameters->weights + p->offset, p->spec.trainable };
}

sv_status sv_save_weights(sv_graph *g, const char *path)
{
    sv_session *s = session_of(g);
    if (!s) return g ? g->fault.status : SV_NO_MEMORY;
    return sv_parameters_write(s->parameters, path, NULL, &g->fault);
}

sv_status sv_load_weights(sv_graph *g, const char *path)
{
    sv_session *s = session_of(g);
    if (!s) return g ? g->fault.status : SV_NO_MEMORY;
    return sv_parameters_read(s->parameters, path, &g->fault);
}
