#include "graph/graph.h"
#include "base/memory.h"
#include "graph/session.h"
#include <stdio.h>
#include <string.h>

sv_graph *sv_graph_new(void)
{
    sv_graph *g = sv_new(1, sizeof *g);
    if (!g) return NULL;
    g->dialect = SV_KERAS;
    g->backend = &sv_backend_native;
    return g;
}

static void free_node(sv_node *n)
{
    if (!n) return;
    sv_free(n->name);
    sv_free(n->place);
    sv_free(n->args);
    sv_free(n->border[0]);
    sv_free(n->border[1]);
    sv_free(n);
}

void sv_graph_free(sv_graph *g)
{
    if (!g) return;
    sv_session_free(g->session);
    for (int i = 0; i < g->nodes; i++) free_node(g->node[i]);
    for (int i = 0; i < g->parameters; i++) sv_free(g->parameter[i].name);
    sv_free(g->node);
    sv_free(g->parameter);
    sv_free(g);
}

void sv_graph_set_dialect(sv_graph *g, sv_dialect dialect)
{
    if (g && dialect != SV_DIALECT_DEFAULT) g->dialect = dialect;
}

const char *sv_error(const sv_graph *g)
{
    return g ? g->fault.text : "no graph: not enough memory";
}

sv_shape sv_node_shape(const sv_node *node)
{
    return node ? node->shape : (sv_shape){ 0 };
}

sv_node *sv_find_node(const sv_graph *g, const char *name)
{
    for (int i = 0; i < g->nodes; i++)
        if (strcmp(g->node[i]->name, name) == 0) return g->node[i];
    return NULL;
}

/* Puts the node's place before the message: "model.layers[2].strides: ..." or "layer 'dec1': strides: ...". */
static void name_place(sv_graph *g, const sv_node *n)
{
    if (n->place) {
        sv_fault_inside(&g->fault, n->place);
        return;
    }
    char place[160];
    snprintf(place, sizeof place, "%s '%.120s'", n->op ? "layer" : "node", n->name);
    sv_fault_at(&g->fault, place);
}

static sv_node *discard(sv_graph *g, sv_node *n)
{
    if (g->fault.status == SV_OK) sv_fail_memory(&g->fault, "graph");
    free_node(n);
    return NULL;
}

static bool set_name(sv_graph *g, sv_node *n, const char *type, const char *name)
{
    char made[128];
    snprintf(made, sizeof made, "%s_%d", type, g->nodes);
    n->name = sv_copy_text(name && *name ? name : made);
    if (!n->name) return false;
    if (!sv_find_node(g, n->name)) return true;
    sv_fail(&g->fault, SV_BAD_ARGUMENT, "name: \"%s\" is taken; expected a name of its own", n->name);
    name_place(g, n);
    return false;
}

/* A node with name, place and checked inputs, not yet in the graph; NULL after an error. */
static sv_node *begin(sv_graph *g, enum sv_node_kind kind, const char *place, const char *type, const char *name,
                      sv_node *const *inputs, int count)
{
    if (!g || g->fault.status != SV_OK) return NULL;
    sv_node *n = sv_new(1, sizeof *n);
    if (!n) return discard(g, n);
    n->graph = g;
    n->kind = kind;
    n->index = g->nodes;
    n->dialect = g->dialect;
    if (place && !(n->place = sv_copy_text(place))) return discard(g, n);
    if (!set_name(g, n, type, name)) return discard(g, n);
    for (int i = 0; i < count; i++) {
        if (!inputs[i] || inputs[i]->graph != g) {
            sv_fail(&g->fault, SV_BAD_ARGUMENT, "inputs: number %d is %s; expected a node of this graph", i,
                    inputs[i] ? "of another graph" : "NULL");
            name_place(g, n);
            return discard(g, n);
        }
        n->input[i] = inputs[i];
    }
    n->inputs = count;
    return n;
}

static sv_node *append(sv_graph *g, sv_node *n)
{
    sv_node **grown = sv_grow(g->node, &g->node_capacity, (size_t)g->nodes + 1, sizeof *grown);
    if (!grown) return discard(g, n);
    g->node = grown;
    g->node[g->nodes++] = n;
    return n;
}

sv_node *sv_input_shape(sv_graph *g, const char *name, sv_shape shape)
{
    sv_node *n = begin(g, SV_NODE_INPUT, NULL, "input", name, NULL, 0);
    if (!n) return NULL;
    if ((shape.rank != 1 && shape.rank != 3) || sv_shape_count(&shape) < 1) {
        char text[SV_SHAPE_TEXT];
        sv_fail(&g->fault, SV_BAD_ARGUMENT, "input '%s': shape: expected [H, W, C] or [units], each >= 1, got %s", n->name,
                sv_shape_text(&shape, text));
        return discard(g, n);
    }
    n->shape = shape;
    return append(g, n);
}

sv_node *sv_input(sv_graph *g, const char *name, int height, int width, int channels)
{
    return sv_input_shape(g, name, sv_shape3(height, width, channels));
}

static bool copy_args(sv_graph *g, sv_node *n, const void *args)
{
    const sv_op *op = n->op;
    if (!op->args_size) return true;
    n->args = sv_new(1, op->args_size);
    if (!n->args) return false;
    if (args) memcpy(n->args, args, op->args_size);
    sv_args_complete(op->table, n->args, n->dialect);
    for (const sv_arg *a = op->table; a && a->key; a++) {
        char *field = (char *)n->args + a->offset;
        if (a->type == SV_ARG_DIALECT) n->dialect = *(sv_dialect *)(void *)field;
        if (a->type == SV_ARG_ACTIVATION) sv_activation_complete((sv_activation *)(void *)field, n->dialect);
    }
    return sv_args_check(op->table, n->args, &g->fault) == SV_OK;
}

static bool infer(sv_graph *g, sv_node *n)
{
    sv_inference *i = &n->inference;
    i->args = n->args;
    i->dialect = n->dialect;
    i->backend = g->backend;
    i->inputs = n->inputs;
    for (int k = 0; k < n->inputs; k++) {
        if (n->input[k]->shape.rank == 0) {
            sv_fail(&g->fault, SV_BAD_ARGUMENT, "inputs: \"%s\" is a loss; expected a layer", n->input[k]->name);
            return false;
        }
        i->input[k] = n->input[k]->shape;
    }
    if (n->op->infer(i, &g->fault) != SV_OK) return false;
    n->shape = i->output;
    return true;
}

sv_status sv_graph_use_backend(sv_graph *g, const sv_conv_backend *backend, sv_fault *fault)
{
    if (!backend || g->backend == backend) return SV_OK;
    g->backend = backend;
    for (int k = 0; k < g->nodes; k++) {
        sv_node *n = g->node[k];
        if (n->kind != SV_NODE_LAYER) continue;
        n->inference.backend = backend;
        n->inference.parameters = 0;
        if (n->op->infer(&n->inference, fault) != SV_OK) return fault->status;
    }
    return SV_OK;
}

static bool add_parameters(sv_graph *g, sv_node *n)
{
    int count = n->inference.parameters;
    n->parameter = g->parameters;
    sv_parameter *grown = sv_grow(g->parameter, &g->parameter_capacity, (size_t)(g->parameters + count), sizeof *grown);
    if (!grown) return count == 0;
    g->parameter = grown;
    for (int k = 0; k < count; k++) {
        const sv_parameter_spec *spec = &n->inference.parameter[k];
        size_t size = strlen(n->name) + strlen(spec->name) + 2;
        sv_parameter *p = &g->parameter[g->parameters];
        *p = (sv_parameter){ .node = n, .spec = *spec, .count = sv_shape_count(&spec->shape), .name = sv_new(size, 1) };
        if (!p->name) return false;
        snprintf(p->name, size, "%s/%s", n->name, spec->name);
        g->parameters++;
    }
    return true;
}

static const sv_op *find_op(sv_graph *g, const char *place, const char *type, int count)
{
    const sv_op *op = sv_op_find(type);
    if (!op)
        sv_fail(&g->fault, SV_BAD_ARGUMENT, "type: unknown layer \"%s\"", type);
    else if (count < op->min_inputs || count > op->max_inputs)
        sv_fail(&g->fault, SV_BAD_ARGUMENT, "inputs: %s takes %d%s, got %d", type, op->min_inputs,
                op->max_inputs == op->min_inputs ? "" : " or more", count);
    if (g->fault.status == SV_OK) return op;
    if (place) sv_fault_inside(&g->fault, place);
    return NULL;
}

sv_node *sv_layer_at(sv_graph *g, const char *place, const char *type, const char *name, const void *args, sv_node *const *inputs,
                     int count)
{
    if (!g || g->fault.status != SV_OK) return NULL;
    const sv_op *op = find_op(g, place, type, count);
    if (!op) return NULL;
    sv_node *n = begin(g, SV_NODE_LAYER, place, type, name, inputs, count);
    if (!n) return NULL;
    n->op = op;
    if (!copy_args(g, n, args) || !infer(g, n)) {
        if (g->fault.status != SV_OK) name_place(g, n);
        return discard(g, n);
    }
    if (!add_parameters(g, n)) return discard(g, n);
    return append(g, n);
}

sv_node *sv_layer(sv_graph *g, const char *type, const char *name, const void *args, sv_node *const *inputs, int count)
{
    return sv_layer_at(g, NULL, type, name, args, inputs, count);
}

static bool check_loss(sv_graph *g, sv_node *n)
{
    const sv_node *y = n->input[0], *t = n->input[1];
    if (sv_shape_equal(&y->shape, &t->shape) && y->shape.rank) return true;
    char a[SV_SHAPE_TEXT], b[SV_SHAPE_TEXT];
    sv_fail(&g->fault, SV_BAD_ARGUMENT, "output '%s' has shape %s, its target '%s' %s; a loss needs equal shapes", y->name,
            sv_shape_text(&y->shape, a), t->name, sv_shape_text(&t->shape, b));
    if (n->place) sv_fault_at(&g->fault, n->place);
    return false;
}

sv_node *sv_loss_at(sv_graph *g, const char *place, const char *type, const char *name, sv_node *y, sv_node *t,
                    const sv_loss_args *args)
{
    if (!g || g->fault.status != SV_OK) return NULL;
    const sv_loss_op *op = sv_loss_find(type);
    if (!op) {
        sv_fail(&g->fault, SV_BAD_ARGUMENT, "%s: unknown loss \"%s\"", place ? place : "loss", type);
        return NULL;
    }
    sv_node *n = begin(g, SV_NODE_LOSS, place, type, name, (sv_node *[]){ y, t }, 2);
    if (!n) return NULL;
    n->loss = op;
    if (!check_loss(g, n) || !(n->args = sv_new(1, sizeof(sv_loss_args)))) return discard(g, n);
    sv_loss_args *own = n->args;
    if (args) *own = *args;
    if (own->dialect == SV_DIALECT_DEFAULT) own->dialect = n->dialect;
    sv_args_complete(op->table, own, own->dialect);
    if (sv_args_check(op->table, own, &g->fault) != SV_OK || sv_loss_region_check(own, &y->shape, &g->fault) != SV_OK) {
        name_place(g, n);
        return discard(g, n);
    }
    return append(g, n);
}

sv_status sv_loss_weigh(sv_node *loss, const double *rows, const double *columns, sv_fault *fault)
{
    const double *from[2] = { rows, columns };
    const sv_shape *shape = &loss->input[0]->shape;
    for (int axis = 0; axis < 2 && shape->rank == 3; axis++) {
        double *copy = sv_new((size_t)shape->dim[axis], sizeof *copy);
        if (!copy) return sv_fail_memory(fault, loss->name);
        memcpy(copy, from[axis], (size_t)shape->dim[axis] * sizeof *copy);
        sv_free(loss->border[axis]);
        loss->border[axis] = copy;
    }
    return SV_OK;
}

sv_node *sv_loss(sv_graph *g, const char *type, const char *name, sv_node *y, sv_node *t, const sv_loss_args *args)
{
    return sv_loss_at(g, NULL, type, name, y, t, args);
}

sv_node *sv_weighted_sum(sv_graph *g, const char *name, sv_node *const *losses, const float *weights, int count)
{
    if (!g || g->fault.status != SV_OK) return NULL;
    if (count < 1 || count > SV_MAX_INPUTS) {
        sv_fail(&g->fault, SV_BAD_ARGUMENT, "losses: expected 1 to %d of them, got %d", SV_MAX_INPUTS, count);
        return NULL;
    }
    sv_node *n = begin(g, SV_NODE_SUM, NULL, "sum", name, losses, count);
    if (!n) return NULL;
    for (int i = 0; i < count; i++) {
        n->weight[i] = weights ? weights[i] : 1;
        if (losses[i]->kind == SV_NODE_LOSS || losses[i]->kind == SV_NODE_SUM) continue;
        sv_fail(&g->fault, SV_BAD_ARGUMENT, "losses: \"%s\" is no loss", losses[i]->name);
        return discard(g, n);
    }
    return append(g, n);
}
