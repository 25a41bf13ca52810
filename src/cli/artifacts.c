/* selvage artifacts: edge and checkerboard measures of anybody's reconstructions, without the model that made them. */
#include "artifacts/artifacts.h"
#include "base/memory.h"
#include "base/threads.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/pairs.h"
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct artifacts_options {
    const char *target, *reconstruction, *stride, *depth, *isa;
    bool json;
    int threads, margin;
} artifacts_options;

/* "4,3,4,3" into value[want]; one number alone stands for all. */
static sv_status integers(const char *option, const char *text, int minimum, int want, int *value, sv_fault *fault)
{
    int have = 0;
    const char *at = text;
    for (; have < want; have++) {
        char *end;
        long v = strtol(at, &end, 10);
        if (end == at || *at < '0' || *at > '9' || v < minimum || v > INT_MAX / 4) break;
        value[have] = (int)v;
        at = end;
        if (*at != ',' || have + 1 == want) {
            have++;
            break;
        }
        at++;
    }
    bool whole = *at == '\0' && at > text;
    for (int i = 1; i < want && whole && have == 1; i++) value[i] = value[0];
    if (whole && (have == 1 || have == want)) return SV_OK;
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected %s, each >= %d, got '%s'", option,
                   want == 4 ? "four integers T,B,L,R or one for all sides" : "an integer or a pair H,W of them", minimum, text);
}

static sv_status read_edges(const artifacts_options *o, sv_edges *e, sv_fault *fault)
{
    *e = (sv_edges){ .stride = { 1, 1 }, .margin = o->margin };
    if (o->stride && integers("--stride", o->stride, 1, 2, e->stride, fault) != SV_OK) return fault->status;
    if (o->depth && integers("--depth", o->depth, 0, 4, e->depth, fault) != SV_OK) return fault->status;
    for (int side = 0; side < 4; side++) e->ring[side] = e->depth[side];
    return SV_OK;
}

/* A batch of pictures in memory, measured by all threads. */
typedef struct batch {
    sv_measure *measure;
    int64_t first, size; /* the first picture's number; floats of a picture */
    float *target, *reconstruction;
    atomic_bool broken, wide; /* a value is not finite; one lies far outside [0,1] */
} batch;

static void check_values(batch *r, const float *values)
{
    bool finite = true, wide = false;
    for (int64_t i = 0; i < r->size; i++) {
        finite = finite && isfinite(values[i]);
        wide = wide || fabsf(values[i]) > 2;
    }
    if (!finite) atomic_store(&r->broken, true);
    if (wide) atomic_store(&r->wide, true);
}

static void measure_one(void *context, int64_t task, int worker)
{
    (void)worker;
    batch *r = context;
    const float *x = r->target + task * r->size, *y = r->reconstruction + task * r->size;
    check_values(r, x);
    check_values(r, y);
    sv_measure_add(r->measure, r->first + task, x, y);
}

static sv_status name_broken(const sv_pairs *p, const batch *r, int64_t count, sv_fault *fault)
{
    for (int64_t i = 0; i < count * r->size; i++) {
        bool target = !isfinite(r->target[i]);
        if (!target && isfinite(r->reconstruction[i])) continue;
        return sv_fail(fault, SV_BAD_DATA, "%s: %s: picture %lld holds a value that is not finite",
                       target ? "--target" : "--reconstruction", target ? p->target.path : p->reconstruction.path,
                       (long long)(r->first + i / r->size));
    }
    return SV_OK;
}

static sv_status measure_all(const sv_pairs *p, batch *r, int threads, sv_fault *fault)
{
    const int64_t most = (int64_t)1 << 22;
    r->size = sv_shape_count(&p->shape);
    int64_t together = most / r->size < 1 ? 1 : most / r->size > 1024 ? 1024 : most / r->size;
    r->target = sv_new((size_t)(together * r->size), sizeof *r->target);
    r->reconstruction = sv_new((size_t)(together * r->size), sizeof *r->reconstruction);
    if (!r->target || !r->reconstruction) return sv_fail_memory(fault, "artifacts");
    for (r->first = 0; r->first < p->count; r->first += together) {
        int64_t count = p->count - r->first < together ? p->count - r->first : together;
        if (sv_samples_read(&p->target, r->first, count, r->target, fault) != SV_OK ||
            sv_samples_read(&p->reconstruction, r->first, count, r->reconstruction, fault) != SV_OK)
            return fault->status;
        sv_parallel(threads, count, measure_one, r);
        if (atomic_load(&r->broken)) return name_broken(p, r, count, fault);
    }
    return SV_OK;
}

static sv_status print(const artifacts_options *o, const sv_pairs *p, const sv_edges *e, const sv_measured *m, sv_fault *fault)
{
    sv_text t = { 0 };
    char shape[SV_SHAPE_TEXT];
    if (o->json) {
        sv_measured_json(m, e, NULL, &t);
    } else {
        sv_text_add(&t, "%lld pictures of shape %s\n", (long long)m->n, sv_shape_text(&p->shape, shape));
        sv_measured_print(m, e, NULL, &t);
    }
    while (t.length && t.data[t.length - 1] == '\n') t.data[--t.length] = '\0';
    return sv_put_out(&t) ? SV_OK : sv_fail_memory(fault, "artifacts");
}

static sv_status measure_pairs(const artifacts_options *o, const sv_pairs *p, const sv_edges *e, sv_fault *fault)
{
    int threads = o->threads > 0 ? o->threads : sv_default_threads();
    sv_measure_args args = { .shape = p->shape, .edges = *e, .images = p->count, .threads = threads };
    sv_measured m = { 0 };
    batch r = { 0 };
    if (sv_measure_new(&args, &r.measure, fault) == SV_OK && measure_all(p, &r, threads, fault) == SV_OK &&
        sv_measure_finish(r.measure, &m, fault) == SV_OK) {
        if (atomic_load(&r.wide))
            sv_cli_note(NULL, "values far outside [0,1]: intensities are expected there; PSNR and SSIM take 1 as the peak");
        print(o, p, e, &m, fault);
    }
    sv_measured_free(&m);
    sv_measure_free(r.measure);
    sv_free(r.target);
    sv_free(r.reconstruction);
    return fault->status;
}

static sv_status artifacts(const artifacts_options *o, sv_fault *fault)
{
    const sv_vectors *vectors;
    sv_edges edges;
    sv_pairs pairs = { 0 };
    if (!o->target || !o->reconstruction)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected an .npy array [N,H,W,C] or a folder of images",
                       o->target ? "--reconstruction" : "--target");
    if (read_edges(o, &edges, fault) != SV_OK || sv_vectors_select(sv_cli_isa(o->isa), &vectors, fault) != SV_OK)
        return fault->status;
    if (sv_pairs_open(&pairs, o->target, o->reconstruction, vectors, fault) == SV_OK &&
        sv_crop_margin_check("--crop-margin", o->margin, &pairs.shape, fault) == SV_OK)
        measure_pairs(o, &pairs, &edges, fault);
    sv_pairs_close(&pairs);
    return fault->status;
}

static int run(int argc, char **argv)
{
    artifacts_options o = { 0 };
    const sv_option options[] = { { "--target", SV_OPTION_TEXT, &o.target, 0, NULL },
                                  { "--reconstruction", SV_OPTION_TEXT, &o.reconstruction, 0, NULL },
                                  { "--stride", SV_OPTION_TEXT, &o.stride, 0, NULL },
                                  { "--depth", SV_OPTION_TEXT, &o.depth, 0, NULL },
                                  { "--crop-margin", SV_OPTION_INT, &o.margin, 0, NULL },
                                  { "--json", SV_OPTION_FLAG, &o.json, 0, NULL },
                                  { "--threads", SV_OPTION_INT, &o.threads, 1, NULL },
                                  { "--isa", SV_OPTION_TEXT, &o.isa, 0, NULL },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { 0 };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_artifacts, argc, argv, options, &a, &fault) == SV_OK) artifacts(&o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_artifacts = {
    "artifacts", "edge and checkerboard measures of anybody's reconstructions",
    "selvage artifacts --target T --reconstruction Y [--stride S] [--depth T,B,L,R] [--crop-margin N] [--json]\n"
    "                  [--threads N]\n"
    "\n"
    "Measures where reconstructions differ from their targets: at the borders (edge profile, border ratios, asymmetry) and in\n"
    "step with the decoder's stride (checkerboard amplitude, harmonic peaks, gain and error by phase, seams). No model is needed:\n"
    "T and Y are arrays [N,H,W,C] (.npy, float32 in [0,1] or uint8), made by any program, or two folders of images.\n"
    "\n"
    "  --target T          what was to be reconstructed\n"
    "  --reconstruction Y  what came out. Images of two folders pair by their relative paths without suffix, arrays by position\n"
    "  --stride S          total stride of the decoder, the product of its upsamplings (or H,W); 1 by default: no phases\n"
    "  --depth T,B,L,R     how many pixels from each side the border reaches, also the width of the ring (or one number for all\n"
    "                      sides); 0 by default: no ring. Conv2DTranspose layers' geometry gives it: selvage explain MODEL\n"
    "  --crop-margin N     pixels at each side that no figure counts, as if both had been cropped; depths shrink by as much, "
    "while\n"
    "                      the stride's grid stays that of the whole picture; 0 by default\n"
    "  --json              every figure as JSON, with the whole edge profile and single channels\n"
    "  --threads N         threads; all cores by default. No result depends on it\n"
    "  --isa NAME          the instruction set (sse2, avx2, avx512, scalar); the best by default, or SELVAGE_ISA\n",
    run
};
