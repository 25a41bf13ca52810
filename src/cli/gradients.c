/* selvage gradients: a vector-Jacobian product of a model, or the gradient of a loss. */
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/samples.h"
#include "cli/target.h"
#include "formats/safetensors.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct gradient_options {
    const char *weights, *input, *upstream, *loss, *target, *output, *isa;
    bool training;
    int threads;
} gradient_options;

/* The two arrays that go in and the gradient of the first that comes out. */
typedef struct arrays {
    sv_samples input, other; /* other: the upstream gradient or the target */
    int64_t row;             /* floats of an input */
    float *gradient;         /* [samples, input] */
} arrays;

/* Arrays are mapped: reading rows of one cannot fail. */
static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    arrays *a = context;
    sv_samples_read(&a->input, first, count, inputs[0], NULL);
    sv_samples_read(&a->other, first, count, inputs[1], NULL);
}

static void take(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    const arrays *a = context;
    (void)inputs;
    memcpy(a->gradient + first * a->row, rows, (size_t)(count * a->row) * sizeof(float));
}

/* The node to differentiate: <output, upstream>, or the losses against a target. Its second input comes after the model's. */
static sv_node *add_loss(sv_target *t, const gradient_options *o, sv_fault *fault)
{
    const char *name = o->upstream ? "--upstream" : "--target";
    sv_node *other = sv_input_shape(t->graph, name, t->output->shape), *loss = NULL;
    if (o->upstream) {
        loss = sv_loss(t->graph, "dot", "--upstream product", t->output, other, &(sv_loss_args){ .reduction = SV_SUM });
    } else {
        sv_loss_spec spec[SV_MAX_LOSSES];
        int count;
        if (sv_losses_parse(o->loss, sv_model_dialect(t->model), spec, &count, fault) != SV_OK) {
            sv_fault_at(fault, "--loss");
            return NULL;
        }
        loss = sv_losses_build(t->graph, spec, count, t->output, other, sv_model_latent(t->model));
    }
    if (!loss) sv_fail(fault, t->graph->fault.status, "%s", t->graph->fault.text);
    return loss;
}

static sv_status write_gradients(const sv_target *t, const arrays *a, const float *gradient, const char *path, sv_fault *fault)
{
    const sv_graph *g = t->graph;
    sv_tensor *tensor = sv_new((size_t)g->parameters + 1, sizeof *tensor);
    if (!tensor) return sv_fail_memory(fault, path);
    char input[] = "input";
    const sv_shape *s = &a->input.shape;
    sv_shape shape = { .rank = s->rank + 1, .dim = { a->input.count } };
    for (int i = 0; i < s->rank; i++) shape.dim[i + 1] = s->dim[i];
    int n = 0;
    tensor[n++] = (sv_tensor){ .name = input, .dtype = SV_F32, .shape = shape, .data = a->gradient };
    for (int i = 0; i < g->parameters; i++) {
        const sv_parameter *p = &g->parameter[i];
        if (!p->spec.trainable) continue;
        tensor[n++] = (sv_tensor){
            .name = p->name, .dtype = SV_F32, .shape = p->spec.shape, .data = (float *)(uintptr_t)(gradient + p->offset)
        };
    }
    sv_status status = sv_safetensors_write(path, tensor, n, NULL, 0, fault);
    sv_free(tensor);
    return status;
}

static sv_status differentiate(sv_target *t, const gradient_options *o, sv_node *loss, arrays *a, sv_fault *fault)
{
    a->row = sv_shape_count(&a->input.shape);
    a->gradient = sv_map_floats((size_t)(a->input.count * a->row));
    if (!a->gradient) return sv_fail_memory(fault, o->input);
    sv_run_args args = { .loss = loss,
                         .batch = (int)a->input.count,
                         .threads = o->threads,
                         .gradients = true,
                         .input_gradient = true,
                         .inference = !o->training,
                         .keep_statistics = true,
                         .vectors = t->vectors,
                         .backend = t->backend,
                         .seed = t->config ? t->config->seed : 0 };
    sv_feed feed = { .samples = a->input.count, .fetch = fetch, .context = a };
    sv_run *run = NULL;
    double value = NAN;
    if (sv_run_new(t->graph, t->parameters, &args, &run, fault) == SV_OK &&
        sv_run_backward(run, &feed, &value, take, a, fault) == SV_OK &&
        write_gradients(t, a, sv_run_gradient(run), o->output, fault) == SV_OK && o->loss)
        printf("loss %.9g\n", value);
    sv_run_free(run);
    sv_unmap_floats(a->gradient, (size_t)(a->input.count * a->row));
    return fault->status;
}

static sv_status open_arrays(const sv_target *t, const gradient_options *o, arrays *a, sv_fault *fault)
{
    const char *what = o->upstream ? "--upstream" : "--target", *path = o->upstream ? o->upstream : o->target;
    if (sv_samples_open(&a->input, "--input", o->input, &t->input->shape, t->vectors, fault) != SV_OK) return fault->status;
    if (sv_samples_open(&a->other, what, path, &t->output->shape, t->vectors, fault) != SV_OK) return fault->status;
    if (!a->input.array || !a->other.array)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s: expected an .npy file", a->input.array ? what : "--input",
                       a->input.array ? path : o->input);
    if (a->other.count != a->input.count)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s has %lld samples, the input %s %lld; expected as many", what, path,
                       (long long)a->other.count, o->input, (long long)a->input.count);
    if (a->input.count > INT_MAX) return sv_fail(fault, SV_BAD_ARGUMENT, "--input: more than %d samples in one batch", INT_MAX);
    return SV_OK;
}

static sv_status check_options(const gradient_options *o, sv_fault *fault)
{
    if (!o->input) return sv_fail(fault, SV_BAD_ARGUMENT, "--input: expected an .npy file");
    if (!o->output) return sv_fail(fault, SV_BAD_ARGUMENT, "--output: expected a .safetensors file to write");
    if (!o->upstream && !o->loss)
        return sv_fail(fault, SV_BAD_ARGUMENT, "gradients: expected --upstream G.npy, or --loss NAME and --target T.npy");
    if (o->upstream && (o->loss || o->target))
        return sv_fail(fault, SV_BAD_ARGUMENT, "--upstream: not together with %s", o->loss ? "--loss" : "--target");
    if (o->loss && !o->target) return sv_fail(fault, SV_BAD_ARGUMENT, "--target: expected an .npy file");
    return SV_OK;
}

static sv_status gradients(const char *path, const gradient_options *o, sv_target *t, sv_fault *fault)
{
    if (check_options(o, fault) != SV_OK) return fault->status;
    if (sv_target_open(t, path, fault) != SV_OK || sv_target_build(t, fault) != SV_OK) return fault->status;
    sv_node *loss = add_loss(t, o, fault);
    if (!loss || sv_target_load(t, o->weights, fault) != SV_OK) return fault->status;
    if (sv_target_kernels(t, sv_cli_isa(o->isa), fault) != SV_OK) return fault->status;
    arrays a = { 0 };
    if (open_arrays(t, o, &a, fault) == SV_OK) differentiate(t, o, loss, &a, fault);
    sv_samples_close(&a.input);
    sv_samples_close(&a.other);
    return fault->status;
}

static int run(int argc, char **argv)
{
    gradient_options o = { 0 };
    const sv_option options[] = {
        { "--weights", SV_OPTION_TEXT, &o.weights, 0, NULL },   { "--input", SV_OPTION_TEXT, &o.input, 0, NULL },
        { "--upstream", SV_OPTION_TEXT, &o.upstream, 0, NULL }, { "--loss", SV_OPTION_TEXT, &o.loss, 0, NULL },
        { "--target", SV_OPTION_TEXT, &o.target, 0, NULL },     { "--output", SV_OPTION_TEXT, &o.output, 0, NULL },
        { "--training", SV_OPTION_FLAG, &o.training, 0, NULL }, { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
        { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },           { NULL, SV_OPTION_FLAG, NULL, 0, NULL }
    };
    sv_arguments a = { .least = 1, .most = 1 };
    sv_fault fault = { 0 };
    sv_target target = { 0 };
    if (sv_options_parse(&sv_command_gradients, argc, argv, options, &a, &fault) == SV_OK)
        gradients(a.positional[0], &o, &target, &fault);
    sv_target_close(&target);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_gradients = {
    "gradients", "differentiates a model's output or a loss",
    "selvage gradients MODEL|RUN --input X.npy (--upstream G.npy | --loss NAME|JSON --target T.npy) --output D.safetensors\n"
    "\n"
    "Writes the gradient with regard to the input (tensor `input`) and to every trainable weight, under the weights' names and\n"
    "in their layouts.\n"
    "\n"
    "  --input X.npy      [N,H,W,C], or [N,units]\n"
    "  --upstream G.npy   differentiates <output, G>: a vector-Jacobian product. G has the output's shape [N,...]\n"
    "  --loss L           differentiates a loss, written as a config's `loss` (mse, or {\"type\": \"huber\", \"delta\": 0.5}),\n"
    "  --target T.npy     against T of the output's shape, and prints `loss <value>`\n"
    "  --weights W        the weights; a model without weights needs none\n"
    "  --output D         the safetensors file\n"
    "  --training         layers run as in training (the input is one batch); nothing is updated\n"
    "  --threads N        threads; all cores by default. No result depends on it\n"
    "  --isa NAME         the instruction set (avx512, avx2, sse2, neon, scalar); the best by default, or SELVAGE_ISA\n",
    run
};
