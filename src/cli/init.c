/* selvage init: the initial weights of a model, and what they were drawn from. */
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/target.h"
#include <math.h>
#include <stdio.h>

typedef struct init_options {
    const char *output;
    uint64_t seed;
    bool json;
    int rng;
} init_options;

static double drawn_stddev(const float *w, int64_t count)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)w[i];
    double mean = sum / (double)count;
    for (int64_t i = 0; i < count; i++) squares += ((double)w[i] - mean) * ((double)w[i] - mean);
    return sqrt(squares / (double)count);
}

static void print_table(const sv_parameters *p)
{
    printf("%-28s %-18s %-18s %-15s %-15s %-15s %12s %12s\n", "parameter", "shape", "initializer", "fans keras", "torch", "true",
           "std expected", "drawn");
    for (int i = 0; i < p->graph->parameters; i++) {
        const sv_parameter *q = &p->graph->parameter[i];
        sv_draw d = sv_parameter_draw(p, i);
        char shape[SV_SHAPE_TEXT], fans[SV_FAN_TRUE + 1][48];
        for (int k = SV_FAN_KERAS; k <= SV_FAN_TRUE; k++)
            snprintf(fans[k], sizeof fans[k], "%.6g/%.6g", q->spec.fans.in[k], q->spec.fans.out[k]);
        printf("%-28s %-18s %-18s %-15s %-15s %-15s %12.6g %12.6g\n", q->name, sv_shape_text(&q->spec.shape, shape),
               sv_initializer_names[d.initializer.type], fans[SV_FAN_KERAS], fans[SV_FAN_TORCH], fans[SV_FAN_TRUE],
               sv_draw_stddev(&d), drawn_stddev(p->weights + q->offset, q->count));
    }
}

static void put_fans(sv_text *t, const sv_fans *f)
{
    static const char *const names[] = { "", "keras", "torch", "true" };
    sv_text_add(t, "\"fans\": {");
    for (int k = SV_FAN_KERAS; k <= SV_FAN_TRUE; k++)
        sv_text_add(t, "%s\"%s\": [%.9g, %.9g]", k > SV_FAN_KERAS ? ", " : "", names[k], f->in[k], f->out[k]);
    sv_text_add(t, "}");
}

static bool print_json(const sv_parameters *p)
{
    sv_text t = { 0 };
    sv_text_add(&t, "{\"parameters\": [");
    for (int i = 0; i < p->graph->parameters; i++) {
        const sv_parameter *q = &p->graph->parameter[i];
        sv_draw d = sv_parameter_draw(p, i);
        char shape[SV_SHAPE_TEXT];
        sv_text_add(&t, "%s\n  {\"name\": ", i ? "," : "");
        sv_put_string(&t, q->name);
        sv_text_add(&t, ", \"shape\": %s, \"initializer\": \"%s\", ", sv_shape_text(&q->spec.shape, shape),
                    sv_initializer_names[d.initializer.type]);
        put_fans(&t, &q->spec.fans);
        sv_text_add(&t, ", \"expected_stddev\": ");
        sv_put_number(&t, sv_draw_stddev(&d));
        sv_text_add(&t, ", \"drawn_stddev\": ");
        sv_put_number(&t, drawn_stddev(p->weights + q->offset, q->count));
        sv_text_add(&t, "}");
    }
    sv_text_add(&t, "\n]}");
    return sv_put_out(&t);
}

static sv_status init(const init_options *o, sv_target *t, sv_fault *fault)
{
    if (!o->output) return sv_fail(fault, SV_BAD_ARGUMENT, "--output: expected a .safetensors file to write");
    if (sv_target_build(t, fault) != SV_OK) return fault->status;
    if (sv_parameters_new(t->graph, &t->parameters, fault) != SV_OK) return fault->status;
    sv_initial how = t->config ? sv_config_initial(t->config) : (sv_initial){ 0 };
    how.rng = (sv_init_rng)o->rng;
    how.seed = o->seed;
    if (sv_parameters_draw_as(t->parameters, &how, fault) != SV_OK) return fault->status;
    if (sv_parameters_write(t->parameters, o->output, sv_model_json(t->model), fault) != SV_OK) return fault->status;
    if (!o->json)
        print_table(t->parameters);
    else if (!print_json(t->parameters))
        return sv_fail_memory(fault, "--json");
    return SV_OK;
}

static sv_status parse(int argc, char **argv, init_options *o, sv_arguments *a, sv_fault *fault)
{
    const sv_option options[] = { { "--output", SV_OPTION_TEXT, &o->output, 0, NULL },
                                  { "--seed", SV_OPTION_SEED, &o->seed, 0, NULL },
                                  { "--rng", SV_OPTION_CHOICE, &o->rng, 0, sv_init_rng_names },
                                  { "--json", SV_OPTION_FLAG, &o->json, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    a->least = a->most = 1;
    return sv_options_parse(&sv_command_init, argc, argv, options, a, fault);
}

static int run(int argc, char **argv)
{
    init_options o = { 0 };
    sv_arguments a = { 0 }, again = { 0 };
    sv_fault fault = { 0 };
    sv_target target = { 0 };
    if (parse(argc, argv, &o, &a, &fault) == SV_OK && sv_target_open(&target, a.positional[0], &fault) == SV_OK) {
        /* A config has a seed and a generator of its own; the options stand above them. */
        if (target.config) o.seed = target.config->seed, o.rng = (int)target.config->init_rng;
        if (parse(argc, argv, &o, &again, &fault) == SV_OK) init(&o, &target, &fault);
    }
    sv_target_close(&target);
    sv_arguments_free(&a);
    sv_arguments_free(&again);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_init = {
    "init", "writes a model's initial weights",
    "selvage init MODEL|CONFIG --output W.safetensors [--seed N] [--rng native|keras|torch] [--json]\n"
    "\n"
    "Draws the initial weights as training would, writes them, and prints for each parameter its shape, its fans as Keras and\n"
    "PyTorch count them and the true mean number of taps, and the standard deviation expected and drawn.\n"
    "\n"
    "  --output W   the safetensors file\n"
    "  --seed N     the seed; the config's by default, else 0\n"
    "  --rng NAME   whose random numbers; the config's by default, else native\n"
    "  --json       the table as JSON\n",
    run
};
