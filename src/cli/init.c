/* selvage init: the initial weights of a model, and what they were drawn from. */
#include "cli/cli.h"
#include "cli/init_health.h"
#include "cli/json.h"
#include <stdio.h>

typedef struct init_options {
    const char *output;
    uint64_t seed;
    bool json;
    int rng;
} init_options;

static void print_row(const sv_target *t, const sv_layer_rms *r, int index)
{
    const sv_parameter *q = &t->graph->parameter[index];
    sv_draw d = sv_parameter_draw(t->parameters, index);
    sv_layer_health h;
    char shape[SV_SHAPE_TEXT], fans[SV_FAN_TRUE + 1][48];
    for (int k = SV_FAN_KERAS; k <= SV_FAN_TRUE; k++)
        snprintf(fans[k], sizeof fans[k], "%.6g/%.6g", q->spec.fans.in[k], q->spec.fans.out[k]);
    printf("%-24s %-17s %-17s %-12s %-12s %-12s %10.6g %10.6g", q->name, sv_shape_text(&q->spec.shape, shape),
           sv_initializer_names[d.initializer.type], fans[SV_FAN_KERAS], fans[SV_FAN_TORCH], fans[SV_FAN_TRUE], sv_draw_stddev(&d),
           sv_drawn_stddev(t, index));
    if (sv_kernel_health(t, r, index, &h)) printf(" %10.3g %10.3g %6.3g", h.expected, h.drawn, h.gain);
    printf("\n");
}

static void print_table(const sv_target *t, const sv_layer_rms *r)
{
    char warning[SV_HEALTH_TEXT];
    printf("%-24s %-17s %-17s %-12s %-12s %-12s %10s %10s %10s %10s %6s\n", "parameter", "shape", "initializer", "fans keras",
           "torch", "true", "std expect", "drawn", "rms expect", "drawn", "gain");
    for (int i = 0; i < t->graph->parameters; i++) print_row(t, r, i);
    printf("rms: of the layer's output on %d samples of %s of rms %.3g; gain: drawn, over its input's.\n", r->samples,
           r->data ? "the data" : "noise", r->input);
    for (int i = 0; i < t->graph->parameters; i++)
        if (sv_health_warning(t, r, i, warning)) printf("warning: %s\n", warning);
}

static void put_fans(sv_text *t, const sv_fans *f)
{
    static const char *const names[] = { "", "keras", "torch", "true" };
    sv_text_add(t, "\"fans\": {");
    for (int k = SV_FAN_KERAS; k <= SV_FAN_TRUE; k++)
        sv_text_add(t, "%s\"%s\": [%.9g, %.9g]", k > SV_FAN_KERAS ? ", " : "", names[k], f->in[k], f->out[k]);
    sv_text_add(t, "}");
}

static void put_member(sv_text *t, const char *key, double value)
{
    sv_text_add(t, ", \"%s\": ", key);
    sv_put_number(t, value);
}

static void put_parameter(sv_text *out, const sv_target *t, const sv_layer_rms *r, int index)
{
    const sv_parameter *q = &t->graph->parameter[index];
    sv_draw d = sv_parameter_draw(t->parameters, index);
    sv_layer_health h;
    char shape[SV_SHAPE_TEXT];
    sv_text_add(out, "%s\n  {\"name\": ", index ? "," : "");
    sv_put_string(out, q->name);
    sv_text_add(out, ", \"shape\": %s, \"initializer\": \"%s\", ", sv_shape_text(&q->spec.shape, shape),
                sv_initializer_names[d.initializer.type]);
    put_fans(out, &q->spec.fans);
    put_member(out, "expected_stddev", sv_draw_stddev(&d));
    put_member(out, "drawn_stddev", sv_drawn_stddev(t, index));
    if (sv_kernel_health(t, r, index, &h)) {
        put_member(out, "expected_rms", h.expected);
        put_member(out, "drawn_rms", h.drawn);
        put_member(out, "gain", h.gain);
    }
    sv_text_add(out, "}");
}

static bool print_json(const sv_target *t, const sv_layer_rms *r)
{
    sv_text out = { 0 };
    char warning[SV_HEALTH_TEXT];
    bool first = true;
    sv_text_add(&out, "{\"parameters\": [");
    for (int i = 0; i < t->graph->parameters; i++) put_parameter(&out, t, r, i);
    sv_text_add(&out, "\n], \"input\": \"%s\"", r->data ? "data" : "noise");
    put_member(&out, "input_rms", r->input);
    sv_text_add(&out, ", \"warnings\": [");
    for (int i = 0; i < t->graph->parameters; i++) {
        if (!sv_health_warning(t, r, i, warning)) continue;
        sv_text_add(&out, first ? "" : ", ");
        sv_put_string(&out, warning);
        first = false;
    }
    sv_text_add(&out, "]}");
    return sv_put_out(&out);
}

static sv_status draw(const init_options *o, sv_target *t, sv_fault *fault)
{
    sv_initial how = t->config ? sv_config_initial(t->config) : (sv_initial){ 0 };
    how.rng = (sv_init_rng)o->rng;
    how.seed = o->seed;
    if (sv_parameters_new(t->graph, &t->parameters, fault) != SV_OK) return fault->status;
    return sv_parameters_draw_as(t->parameters, &how, fault) == SV_OK ? SV_OK : sv_fault_at(fault, t->path);
}

static sv_status report(const init_options *o, sv_target *t, sv_fault *fault)
{
    sv_layer_rms rms = { 0 };
    if (sv_target_kernels(t, sv_cli_isa(NULL), fault) == SV_OK && sv_layer_rms_find(t, NULL, &rms, fault) == SV_OK) {
        if (!o->json)
            print_table(t, &rms);
        else if (!print_json(t, &rms))
            sv_fail_memory(fault, "--json");
    }
    sv_layer_rms_free(&rms);
    return fault->status;
}

static sv_status init(const init_options *o, sv_target *t, sv_fault *fault)
{
    if (!o->output) return sv_fail(fault, SV_BAD_ARGUMENT, "--output: expected a .safetensors file to write");
    if (sv_target_build(t, fault) != SV_OK || draw(o, t, fault) != SV_OK) return fault->status;
    if (sv_parameters_write(t->parameters, o->output, sv_model_json(t->model), fault) != SV_OK) return fault->status;
    return report(o, t, fault);
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
    "PyTorch count them and the true mean number of taps, and the standard deviation expected and drawn; for each kernel the\n"
    "rms of the layer's output, expected and of a forward pass, and a warning where the layer dies or explodes.\n"
    "\n"
    "  --output W   the safetensors file\n"
    "  --seed N     the seed; the config's by default, else 0\n"
    "  --rng NAME   whose random numbers; the config's by default, else native. keras: what Keras on TensorFlow draws after\n"
    "               keras.utils.set_random_seed(N) as it constructs the layers; torch: what PyTorch draws after\n"
    "               torch.manual_seed(N), kernel before bias; bit for bit, with that framework's default initializers\n"
    "  --json       the table as JSON\n",
    run
};
