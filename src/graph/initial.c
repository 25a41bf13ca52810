#include "graph/initial.h"
#include <string.h>

static sv_status draw(sv_parameters *p, sv_generator *g, int index, sv_draw d, sv_fault *fault)
{
    const sv_parameter *q = &p->graph->parameter[index];
    return sv_generator_draw(g, &d, p->weights + q->offset, fault) == SV_OK ? SV_OK : sv_fault_at(fault, q->name);
}

static sv_status draw_in_order(sv_parameters *p, sv_generator *g, sv_fault *fault)
{
    for (int i = 0; i < p->graph->parameters; i++)
        if (draw(p, g, i, sv_parameter_draw(p, i), fault) != SV_OK) return SV_BAD_ARGUMENT;
    return SV_OK;
}

/* What the constructors draw first; then, in a second pass, what nn.init draws over it. */
static sv_status draw_constructed(sv_parameters *p, sv_generator *g, sv_fault *fault)
{
    for (int i = 0; i < p->graph->parameters; i++)
        if (draw(p, g, i, sv_parameter_default(p, i), fault) != SV_OK) return SV_BAD_ARGUMENT;
    for (int i = 0; i < p->graph->parameters; i++) {
        if (p->graph->parameter[i].spec.initializer.type == SV_INIT_DEFAULT) continue;
        if (draw(p, g, i, sv_parameter_draw(p, i), fault) != SV_OK) return SV_BAD_ARGUMENT;
    }
    return SV_OK;
}

/* The layer's parameter that "kernel_initializer" is the key of; -1 where the layer is without it. */
static int parameter_of(const sv_graph *g, const sv_node *n, const char *key)
{
    for (int i = n->parameter; i < n->parameter + n->inference.parameters; i++) {
        size_t length = strlen(g->parameter[i].spec.name);
        if (strncmp(key, g->parameter[i].spec.name, length) == 0 && strcmp(key + length, "_initializer") == 0) return i;
    }
    return -1;
}

/* Keras makes an initializer for a bias that use_bias leaves out, too. */
static bool takes_seed_unused(const sv_initializer *i)
{
    return i->type != SV_INIT_DEFAULT && !i->has_seed && sv_initializer_is_random(i);
}

/* Dropout's rate or GaussianNoise's standard deviation: at 0 they make no generator. */
static bool makes_generator(const sv_node *n)
{
    const sv_arg *a = n->op->random ? n->op->table : NULL;
    for (; a && a->key; a++)
        if (a->type == SV_ARG_FLOAT) return *(const float *)(const void *)((const char *)n->args + a->offset) > 0;
    return false;
}

static sv_status draw_layer(sv_parameters *p, sv_generator *g, const sv_node *n, sv_fault *fault)
{
    for (const sv_arg *a = n->op->table; a && a->key; a++) {
        if (a->type != SV_ARG_INITIALIZER) continue;
        int i = parameter_of(p->graph, n, a->key);
        if (i < 0 && takes_seed_unused((const sv_initializer *)(const void *)((const char *)n->args + a->offset)))
            sv_generator_pass(g);
        if (i >= 0 && draw(p, g, i, sv_parameter_draw(p, i), fault) != SV_OK) return SV_BAD_ARGUMENT;
    }
    if (makes_generator(n)) sv_generator_pass(g);
    return SV_OK;
}

/* Layer by layer: the initializers by their keys, and whatever else takes a seed. Those of normalizations draw nothing. */
static sv_status draw_layers(sv_parameters *p, sv_generator *g, sv_fault *fault)
{
    for (int i = 0; i < p->graph->parameters; i++) {
        sv_draw d = sv_parameter_draw(p, i);
        if (!sv_initializer_is_random(&d.initializer) && draw(p, g, i, d, fault) != SV_OK) return SV_BAD_ARGUMENT;
    }
    for (int i = 0; i < p->graph->nodes; i++)
        if (p->graph->node[i]->kind == SV_NODE_LAYER && draw_layer(p, g, p->graph->node[i], fault) != SV_OK) return SV_BAD_ARGUMENT;
    return SV_OK;
}

sv_status sv_parameters_draw_as(sv_parameters *p, const sv_initial *how, sv_fault *fault)
{
    sv_generator g;
    if (sv_generator_open(&g, how->rng, how->vectors, how->seed, fault) != SV_OK) return SV_BAD_ARGUMENT;
    p->graph->rng = how->rng;
    sv_status status = how->rng == SV_RNG_KERAS                             ? draw_layers(p, &g, fault)
                       : how->rng == SV_RNG_TORCH && how->constructed_first ? draw_constructed(p, &g, fault)
                                                                            : draw_in_order(p, &g, fault);
    if (how->left) *how->left = g.torch.engine;
    return status == SV_OK || !fault ? status : fault->status;
}
