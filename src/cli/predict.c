/* selvage predict: forward only, from arrays or images to arrays or images. */
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/outputs.h"
#include "cli/target.h"
#include <limits.h>
#include <string.h>

typedef struct predict_options {
    const char *weights, *input, *output, *layer, *isa;
    bool training;
    int threads;
} predict_options;

/* Rows of one batch on their way in and out. */
typedef struct batch {
    float *input, *output;
    int64_t input_row, output_row;
} batch;

static void fetch(void *context, int64_t first, int count, float *const *inputs)
{
    const batch *b = context;
    memcpy(inputs[0], b->input + first * b->input_row, (size_t)(count * b->input_row) * sizeof(float));
}

static void take(void *context, int64_t first, int count, const float *rows, float *const *inputs)
{
    const batch *b = context;
    (void)inputs;
    memcpy(b->output + first * b->output_row, rows, (size_t)(count * b->output_row) * sizeof(float));
}

/* Samples of a batch: 64 MiB of input and output; in training mode all of them, since batch statistics are over the whole. */
static int64_t batch_size(const sv_samples *s, const batch *b, bool training)
{
    int64_t fits = ((int64_t)64 << 20) / (int64_t)sizeof(float) / (b->input_row + b->output_row);
    int64_t size = training ? s->count : fits < 16 ? 16 : fits > 4096 ? 4096 : fits;
    return size < s->count ? size : s->count;
}

static sv_status run_batches(sv_run *run, const sv_samples *s, sv_outputs *o, batch *b, int64_t size, sv_fault *fault)
{
    for (int64_t first = 0; first < s->count; first += size) {
        int64_t count = s->count - first < size ? s->count - first : size;
        sv_feed feed = { .samples = count, .first_id = (uint32_t)first, .fetch = fetch, .context = b };
        if (sv_samples_read(s, first, count, b->input, fault) != SV_OK) return fault->status;
        if (sv_run_forward(run, &feed, take, b, NULL, fault) != SV_OK) return fault->status;
        if (sv_outputs_add(o, first, count, b->output, fault) != SV_OK) return fault->status;
    }
    return SV_OK;
}

static sv_status run_all(sv_target *t, const predict_options *o, sv_node *node, const sv_samples *s, sv_outputs *out,
                         sv_fault *fault)
{
    batch b = { .input_row = sv_shape_count(&t->input->shape), .output_row = sv_shape_count(&node->shape) };
    int64_t size = batch_size(s, &b, o->training);
    if (size > INT_MAX) return sv_fail(fault, SV_BAD_ARGUMENT, "--training: more than %d samples in one batch", INT_MAX);
    b.input = sv_map_floats((size_t)(size * b.input_row));
    b.output = sv_map_floats((size_t)(size * b.output_row));
    sv_run_args args = { .output = node,
                         .batch = (int)size,
                         .threads = o->threads,
                         .batch_mode = o->training,
                         .keep_statistics = true,
                         .vectors = t->vectors,
                         .backend = t->backend,
                         .seed = t->config ? t->config->seed : 0 };
    sv_run *run = NULL;
    if (!b.input || !b.output)
        sv_fail_memory(fault, s->path);
    else if (sv_run_new(t->graph, t->parameters, &args, &run, fault) == SV_OK)
        run_batches(run, s, out, &b, size, fault);
    sv_run_free(run);
    sv_unmap_floats(b.input, (size_t)(size * b.input_row));
    sv_unmap_floats(b.output, (size_t)(size * b.output_row));
    return fault->status;
}

/* The layer asked for, or the model's output. */
static sv_node *choose_node(const sv_target *t, const char *layer, sv_fault *fault)
{
    if (!layer) return t->output;
    const char *known[256];
    int n = 0;
    for (int i = 0; i < t->graph->nodes; i++) {
        sv_node *node = t->graph->node[i];
        if (node->kind != SV_NODE_LAYER) continue;
        if (strcmp(node->name, layer) == 0) return node;
        if (n < 255) known[n++] = node->name;
    }
    known[n] = NULL;
    const char *near = sv_nearest(layer, known);
    if (near)
        sv_fail(fault, SV_BAD_ARGUMENT, "--layer: %s has no layer \"%s\"; did you mean \"%s\"?", t->path, layer, near);
    else
        sv_fail(fault, SV_BAD_ARGUMENT, "--layer: %s has no layer \"%s\"", t->path, layer);
    return NULL;
}

static sv_status predict(const char *path, const predict_options *o, sv_target *t, sv_fault *fault)
{
    if (!o->input) return sv_fail(fault, SV_BAD_ARGUMENT, "--input: expected an .npy file, an image or a folder of images");
    if (!o->output) return sv_fail(fault, SV_BAD_ARGUMENT, "--output: expected an .npy file or a folder for pictures");
    if (sv_target_open(t, path, fault) != SV_OK || sv_target_build(t, fault) != SV_OK) return fault->status;
    sv_node *node = choose_node(t, o->layer, fault);
    if (!node || sv_target_load(t, o->weights, fault) != SV_OK) return fault->status;
    if (sv_target_kernels(t, sv_cli_isa(o->isa), fault) != SV_OK) return fault->status;
    sv_samples samples;
    sv_outputs outputs = { 0 };
    if (sv_samples_open(&samples, "--input", o->input, &t->input->shape, t->vectors, fault) == SV_OK) {
        if (sv_outputs_open(&outputs, o->output, &samples, &node->shape, o->layer != NULL, fault) == SV_OK)
            run_all(t, o, node, &samples, &outputs, fault);
        sv_outputs_close(&outputs, fault);
    }
    sv_samples_close(&samples);
    return fault->status;
}

static int run(int argc, char **argv)
{
    predict_options o = { 0 };
    const sv_option options[] = {
        { "--weights", SV_OPTION_TEXT, &o.weights, 0, NULL },   { "--input", SV_OPTION_TEXT, &o.input, 0, NULL },
        { "--output", SV_OPTION_TEXT, &o.output, 0, NULL },     { "--layer", SV_OPTION_TEXT, &o.layer, 0, NULL },
        { "--training", SV_OPTION_FLAG, &o.training, 0, NULL }, { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
        { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },           { NULL, SV_OPTION_FLAG, NULL, 0, NULL }
    };
    sv_arguments a = { .least = 1, .most = 1 };
    sv_fault fault = { 0 };
    sv_target target = { 0 };
    if (sv_options_parse(&sv_command_predict, argc, argv, options, &a, &fault) == SV_OK)
        predict(a.positional[0], &o, &target, &fault);
    sv_target_close(&target);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_predict = {
    "predict", "runs a model forward over arrays or images",
    "selvage predict MODEL|RUN --input X --output Y [--weights W.safetensors] [--layer NAME] [--training] [--threads N]\n"
    "\n"
    "Runs the model forward. MODEL is a model or config file; RUN a run folder (its best weights) or a weights file that\n"
    "holds its model.\n"
    "\n"
    "  --input X     an .npy array [N,H,W,C] (float32 as it is, uint8 divided by 255; [N,units] for a model of vectors),\n"
    "                an image of the model's height and width, or a folder of such images\n"
    "  --output Y    an .npy file, or a folder for PNGs, one a sample\n"
    "  --weights W   the weights; a model without weights needs none\n"
    "  --layer NAME  writes that layer's activations instead; to a folder: its feature maps side by side\n"
    "  --training    layers run as in training (the input is one batch); nothing is updated\n"
    "  --threads N   threads; all cores by default. No result depends on it\n"
    "  --isa NAME    the instruction set (avx512, avx2, sse2, neon, scalar); the best by default, or SELVAGE_ISA\n",
    run
};
