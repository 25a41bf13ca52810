/* Whole small trainings: against least squares by hand; stopped at every step, on any number of threads, the same bytes; what ends
 * a run early; what is refused. */
#include "base/file.h"
#include "base/hash.h"
#include "formats/npy.h"
#include "report/samples.h"
#include "support/scratch.h"
#include "trainer/data_sets.h"
#include "trainer/trainer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

/* clang's OpenMP runtime never gives back what it took for a team of another size; the leak sanitizer asks here. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libomp.so\n";
}

static char *folder;

static int make(void **state)
{
    (void)state;
    folder = scratch_make();
    return 0;
}

static int drop(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* Batch statistics, random layers, momentum, a schedule, augmentation and noise: all that a checkpoint must bring back. 22 samples
 * are trained on in batches of 5: 5 steps an epoch, the last of 2 samples. */
static const char whole[] =
    "{\"model\": {\"name\": \"tiny\", \"input\": {\"shape\": [8, 8, 1]}, \"layers\": ["
    " {\"type\": \"Conv2D\", \"name\": \"enc\", \"filters\": 4, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\","
    "  \"kernel_regularizer\": \"l2\"},"
    " {\"type\": \"BatchNormalization\", \"name\": \"norm\"}, {\"type\": \"Activation\", \"name\": \"act\", \"activation\": "
    "\"relu\"},"
    " {\"type\": \"Dropout\", \"name\": \"drop\", \"rate\": 0.2},"
    " {\"type\": \"Conv2DTranspose\", \"name\": \"dec\", \"filters\": 1, \"kernel_size\": 3, \"strides\": 2, \"padding\": "
    "\"same\"}]},"
    " \"seed\": 7, \"data\": {\"source\": \"synthetic\", \"samples\": 30, \"validation_split\": 0.26,"
    "  \"augment\": {\"horizontal_flip\": true}, \"noise\": {\"stddev\": 0.05}},"
    " \"optimizer\": {\"type\": \"adam\", \"learning_rate\": 0.01, \"amsgrad\": true, \"global_clipnorm\": 1.0,"
    "  \"schedule\": {\"type\": \"plateau\", \"patience\": 1, \"factor\": 0.5, \"min_delta\": 10}},"
    " \"batch_size\": 5, \"epochs\": 3, \"samples\": 2%s}";

enum { STEPS = 15 };

static sv_config *parse(const char *format, const char *more)
{
    char text[4096];
    snprintf(text, sizeof text, format, more);
    sv_config *c = NULL;
    sv_fault f = { 0 };
    if (sv_config_parse(text, "test.json", folder, &c, &f) != SV_OK) fail_msg("%s", f.text);
    return c;
}

static char noted[512];

static void take_note(void *context, const char *line)
{
    (void)context;
    snprintf(noted, sizeof noted, "%s", line);
}

static const int stop_now = 1;

static sv_status train(const char *name, const sv_config *c, bool resume, bool stop, int threads, sv_train_result *r, sv_fault *f)
{
    sv_train_result own;
    sv_train_args a = { .config = c,
                        .folder = scratch_path(folder, name),
                        .resume = resume,
                        .threads = threads,
                        .note = take_note,
                        .draw = sv_samples_write,
                        .stop = stop ? &stop_now : NULL };
    *f = (sv_fault){ 0 };
    sv_status status = sv_train(&a, r ? r : &own, f);
    sv_train_result_free(r ? r : &own);
    return status;
}

static void train_well(const char *name, const char *format, const char *more, int threads)
{
    sv_config *c = parse(format, more);
    sv_fault f;
    if (train(name, c, false, false, threads, NULL, &f) != SV_OK) fail_msg("%s", f.text);
    sv_config_free(c);
}

static const char *const reproducible[] = { "config.json",
                                            "metrics.csv",
                                            "steps.csv",
                                            "layers.csv",
                                            "weights/last.safetensors",
                                            "weights/best.safetensors",
                                            "checkpoint.safetensors",
                                            "artifacts.json",
                                            "samples/last.png",
                                            "samples/epoch_0001.png",
                                            "samples/epoch_0002.png" };

static void file_of(const char *name, const char *file, char *path, size_t size)
{
    snprintf(path, size, "%s/%s/%s", folder, name, file);
}

static void digest_of(const char *name, const char *file, char digest[SV_DIGEST_TEXT])
{
    char path[512];
    sv_fault f = { 0 };
    file_of(name, file, path, sizeof path);
    if (sv_hash_file(path, digest, &f) != SV_OK) fail_msg("%s", f.text);
}

static void expect_same_run(const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof reproducible / sizeof reproducible[0]; i++) {
        char one[SV_DIGEST_TEXT], two[SV_DIGEST_TEXT];
        digest_of(a, reproducible[i], one);
        digest_of(b, reproducible[i], two);
        if (strcmp(one, two)) fail_msg("%s of %s and %s differ", reproducible[i], a, b);
    }
}

static int lines_of(const char *name, const char *file)
{
    char path[512];
    size_t size;
    int lines = 0;
    file_of(name, file, path, sizeof path);
    unsigned char *text = scratch_read(path, &size);
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    free(text);
    return lines;
}

/* The gradients in layers.csv after epoch e are those of the step that follows: their norm is the one in steps.csv. */
static void expect_next_gradients(const char *name)
{
    char path[512], line[256];
    double loss, rate, gradient, weight, sum[4] = { 0 };
    int step, epoch;
    file_of(name, "layers.csv", path, sizeof path);
    FILE *f = fopen(path, "r");
    assert_non_null(fgets(line, sizeof line, f));
    while (fscanf(f, "%d,%d,%255[^,],%lf,%lf\n", &epoch, &step, line, &weight, &gradient) == 5) {
        assert_in_range(epoch, 0, 3);
        sum[epoch] += gradient * gradient;
    }
    fclose(f);
    file_of(name, "steps.csv", path, sizeof path);
    f = fopen(path, "r");
    assert_non_null(fgets(line, sizeof line, f));
    while (fscanf(f, "%d,%lf,%lf,%lf\n", &step, &loss, &rate, &gradient) == 4)
        if (step % 5 == 1) assert_float_equal(sqrt(sum[step / 5]), gradient, 1e-5 * gradient);
    fclose(f);
    assert_int_equal(step, STEPS);
}

static void test_stopped_at_every_step(void **state)
{
    (void)state;
    sv_train_result r;
    sv_fault f;
    train_well("straight", whole, "", 2);
    assert_int_equal(lines_of("straight", "steps.csv"), 1 + STEPS);
    assert_int_equal(lines_of("straight", "metrics.csv"), 1 + 3);
    assert_int_equal(lines_of("straight", "layers.csv"), 1 + 4 * 6);
    expect_next_gradients("straight");
    sv_config *c = parse(whole, "");
    for (int i = 1; i <= STEPS; i++) {
        assert_int_equal(train("broken", c, true, true, 2, NULL, &f), SV_INTERRUPTED);
        char words[64];
        snprintf(words, sizeof words, "after step %d,", i);
        if (!strstr(f.text, words)) fail_msg("'%s' does not say '%s'", f.text, words);
        assert_int_equal(lines_of("broken", "steps.csv"), 1 + i);
    }
    if (train("broken", c, true, true, 2, &r, &f) != SV_OK) fail_msg("%s", f.text);
    assert_false(r.nothing_to_do);
    assert_int_equal(r.steps, STEPS);
    expect_same_run("straight", "broken");
    assert_int_equal(train("broken", c, true, false, 2, &r, &f), SV_OK);
    assert_true(r.nothing_to_do);
    assert_int_equal(r.epochs, 3);
    expect_same_run("straight", "broken");
    sv_config_free(c);
}

/* A killed process may leave files newer than its checkpoint, rows beyond it and half-written temporaries. */
static void test_what_a_kill_leaves(void **state)
{
    (void)state;
    sv_fault f;
    char path[512];
    size_t size;
    train_well("ended", whole, "", 1);
    sv_config *c = parse(whole, "");
    for (int i = 0; i < 7; i++) assert_int_equal(train("killed", c, true, true, 1, NULL, &f), SV_INTERRUPTED);
    char best[SV_DIGEST_TEXT], again[SV_DIGEST_TEXT];
    digest_of("killed", "weights/best.safetensors", best);
    const char *const newer[] = { "metrics.csv", "steps.csv", "weights/last.safetensors", "weights/best.safetensors",
                                  "artifacts.json" };
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++) {
        file_of("ended", newer[i], path, sizeof path);
        unsigned char *data = scratch_read(path, &size);
        file_of("killed", newer[i], path, sizeof path);
        scratch_write(path, data, size);
        free(data);
    }
    const char *const left[] = { ".checkpoint.safetensors.tmp-12", "weights/.last.safetensors.tmp-12", "samples/.last.png.tmp-12" };
    for (size_t i = 0; i < 3; i++) {
        file_of("killed", left[i], path, sizeof path);
        scratch_write(path, "half", 4);
    }
    assert_int_equal(train("killed", c, true, true, 1, NULL, &f), SV_INTERRUPTED);
    digest_of("killed", "weights/best.safetensors", again);
    assert_string_equal(best, again);
    assert_int_equal(train("killed", c, true, false, 1, NULL, &f), SV_OK);
    expect_same_run("ended", "killed");
    for (size_t i = 0; i < 3; i++) {
        file_of("killed", left[i], path, sizeof path);
        assert_false(sv_is_file(path));
    }
    sv_config_free(c);
}

static void test_killed_before_the_first_checkpoint(void **state)
{
    (void)state;
    sv_fault f;
    char path[512];
    train_well("whole", whole, "", 1);
    sv_config *c = parse(whole, "");
    assert_int_equal(train("young", c, false, true, 1, NULL, &f), SV_INTERRUPTED);
    file_of("young", "checkpoint.safetensors", path, sizeof path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(train("young", c, true, false, 1, NULL, &f), SV_OK);
    assert_non_null(strstr(noted, "starts from the beginning"));
    expect_same_run("whole", "young");
    sv_config_free(c);
}

static void test_any_number_of_threads(void **state)
{
    (void)state;
    const int threads[] = { 1, 2, 3, 5 };
    char name[4][16];
    for (int i = 0; i < 4; i++) {
        snprintf(name[i], sizeof name[i], "threads%d", threads[i]);
        train_well(name[i], whole, "", threads[i]);
        expect_same_run(name[0], name[i]);
    }
}

static void test_checkpoints_between_change_nothing(void **state)
{
    (void)state;
    char one[SV_DIGEST_TEXT], two[SV_DIGEST_TEXT];
    train_well("epochs", whole, "", 1);
    train_well("often", whole, ", \"checkpoint\": {\"every_steps\": 2}", 1);
    digest_of("epochs", "weights/last.safetensors", one);
    digest_of("often", "weights/last.safetensors", two);
    assert_string_equal(one, two);
}

static void test_more_epochs(void **state)
{
    (void)state;
    sv_fault f;
    train_well("three", whole, "", 1);
    sv_config *c = parse(whole, "");
    c->epochs = 2;
    assert_int_equal(train("two", c, false, false, 1, NULL, &f), SV_OK);
    c->epochs = 3;
    assert_int_equal(train("two", c, true, false, 1, NULL, &f), SV_OK);
    expect_same_run("three", "two");
    c->epochs = 1;
    assert_int_equal(train("two", c, true, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "epochs: 1 is less than the run's 3"));
    sv_config_free(c);
}

/* y = w x + b by a 1x1 convolution from zeros, learning rate 0.1, batches of 4 in order, the same in double. */
enum { POINTS = 10, PIXELS = 6 };
static const char line_config[] =
    "{\"model\": {\"name\": \"line\", \"input\": {\"shape\": [2, 3, 1]}, \"layers\": ["
    " {\"type\": \"Conv2D\", \"name\": \"line\", \"filters\": 1, \"kernel_size\": 1, \"kernel_initializer\": \"zeros\"}]},"
    " \"data\": {\"source\": \"npy\", \"path\": \"x.npy\", \"target\": {\"source\": \"npy\", \"path\": \"t.npy\"}, \"shuffle\": "
    "false,"
    "  \"validation_split\": 0.2},"
    " \"optimizer\": {\"type\": \"sgd\", \"learning_rate\": 0.1}, \"batch_size\": 3, \"epochs\": 2%s}";

static void make_line(float *x, float *t)
{
    const int64_t dim[4] = { POINTS, 2, 3, 1 };
    sv_fault f = { 0 };
    for (int i = 0; i < POINTS * PIXELS; i++) {
        x[i] = (float)(i * 37 % 101) / 101;
        t[i] = 0.3f * x[i] + 0.2f + (float)(i * 17 % 7) / 100;
    }
    assert_int_equal(sv_npy_write(scratch_path(folder, "x.npy"), 4, dim, x, &f), SV_OK);
    assert_int_equal(sv_npy_write(scratch_path(folder, "t.npy"), 4, dim, t, &f), SV_OK);
}

/* Mean squared error of samples first .. end-1 and its gradient in w and b. */
static double line_loss(const float *x, const float *t, int first, int end, double w, double b, double *gw, double *gb)
{
    double sum = 0, n = (double)(end - first) * PIXELS;
    *gw = *gb = 0;
    for (int i = first * PIXELS; i < end * PIXELS; i++) {
        double r = w * (double)x[i] + b - (double)t[i];
        sum += r * r;
        *gw += 2 * r * (double)x[i] / n;
        *gb += 2 * r / n;
    }
    return sum / n;
}

static void close_to(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 2e-6 * fabs(wanted) + 1e-9)) fail_msg("got %.9g, expected %.9g", got, wanted);
}

/* The next two rows of layers.csv: kernel and bias, and their gradients on the first three samples. */
static void expect_norms(FILE *layers, const float *x, const float *t, int epoch, double w, double b)
{
    double weight, gradient, gw, gb;
    int number, step;
    char parameter[32];
    line_loss(x, t, 0, 3, w, b, &gw, &gb);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fscanf(layers, "%d,%d,%31[^,],%lf,%lf\n", &number, &step, parameter, &weight, &gradient), 5);
        assert_int_equal(number, epoch);
        assert_int_equal(step, 3 * epoch);
        assert_string_equal(parameter, i ? "line/bias" : "line/kernel");
        close_to(weight, fabs(i ? b : w));
        close_to(gradient, fabs(i ? gb : gw));
    }
}

static void test_least_squares_by_hand(void **state)
{
    (void)state;
    float x[POINTS * PIXELS], t[POINTS * PIXELS];
    make_line(x, t);
    train_well("line", line_config, "", 1);
    FILE *layers = fopen(scratch_path(folder, "line/layers.csv"), "r");
    FILE *steps = fopen(scratch_path(folder, "line/steps.csv"), "r"),
         *metrics = fopen(scratch_path(folder, "line/metrics.csv"), "r");
    char head[1024], rest[1024];
    assert_non_null(fgets(head, sizeof head, steps));
    assert_string_equal(head, "step,loss,learning_rate,gradient_norm\n");
    assert_non_null(fgets(head, sizeof head, metrics));
    assert_ptr_equal(strstr(head, "epoch,step,loss,val_loss,learning_rate,val_mse,val_psnr,"), head);
    assert_non_null(fgets(head, sizeof head, layers));
    assert_string_equal(head, "epoch,step,parameter,weight_norm,gradient_norm\n");
    double w = 0, b = 0, gw, gb, loss, rate, norm;
    int number, epoch;
    expect_norms(layers, x, t, 0, w, b);
    for (int e = 1; e <= 2; e++) {
        double sum = 0;
        for (int first = 0; first < 8; first += 3) {
            int end = first + 3 < 8 ? first + 3 : 8;
            double l = line_loss(x, t, first, end, w, b, &gw, &gb);
            assert_int_equal(fscanf(steps, "%d,%lf,%lf,%lf\n", &number, &loss, &rate, &norm), 4);
            assert_int_equal(number, (e - 1) * 3 + first / 3 + 1);
            close_to(loss, l);
            close_to(rate, 0.1);
            close_to(norm, sqrt(gw * gw + gb * gb));
            sum += l * (end - first);
            w -= 0.1 * gw;
            b -= 0.1 * gb;
        }
        double val_loss, mse, psnr, held = line_loss(x, t, 8, 10, w, b, &gw, &gb);
        assert_int_equal(
            fscanf(metrics, "%d,%d,%lf,%lf,%lf,%lf,%lf,%1023[^\n]\n", &epoch, &number, &loss, &val_loss, &rate, &mse, &psnr, rest),
            8);
        assert_int_equal(epoch, e);
        assert_int_equal(number, e * 3);
        close_to(loss, sum / 8);
        close_to(val_loss, held);
        close_to(mse, held);
        close_to(psnr, -10 * log10(held));
        expect_norms(layers, x, t, e, w, b);
    }
    assert_int_equal(fgetc(layers), EOF);
    fclose(layers);
    fclose(steps);
    fclose(metrics);
}

static void test_weight_penalties_count(void **state)
{
    (void)state;
    float x[POINTS * PIXELS], t[POINTS * PIXELS];
    make_line(x, t);
    char text[4096];
    const char *plain = "\"kernel_initializer\": \"zeros\"";
    snprintf(text, sizeof text, "%s", line_config);
    char *at = strstr(text, plain), tail[4096];
    snprintf(tail, sizeof tail, "%s", at + strlen(plain));
    snprintf(
        at, sizeof text - (size_t)(at - text),
        "\"kernel_initializer\": {\"type\": \"constant\", \"value\": 0.5}, \"kernel_regularizer\": {\"l1\": 0.01, \"l2\": 0.1}%s",
        tail);
    train_well("penalty", text, ", \"max_steps\": 1", 1);
    double gw, gb, loss, norm, l = line_loss(x, t, 0, 3, 0.5, 0, &gw, &gb), number, w, b, val_loss;
    gw += 0.01 + 2 * 0.1 * 0.5;
    FILE *steps = fopen(scratch_path(folder, "penalty/steps.csv"), "r"),
         *metrics = fopen(scratch_path(folder, "penalty/metrics.csv"), "r");
    assert_int_equal(fscanf(steps, "%*[^\n]\n%lf,%lf,0.100000001,%lf\n", &number, &loss, &norm), 3);
    close_to(loss, l + 0.01 * 0.5 + 0.1 * 0.25);
    close_to(norm, sqrt(gw * gw + gb * gb));
    w = 0.5 - 0.1 * gw, b = -0.1 * gb;
    assert_int_equal(fscanf(metrics, "%*[^\n]\n1,1,%lf,%lf,", &loss, &val_loss), 2);
    close_to(val_loss, line_loss(x, t, 8, 10, w, b, &gw, &gb) + 0.01 * w + 0.1 * w * w);
    fclose(steps);
    fclose(metrics);
}

/* The learning rate warms up, so its lowest value, the one monitored, is that of epoch 1. */
static sv_config *parse_warming(int patience)
{
    const char *plateau = "\"schedule\": {\"type\": \"plateau\", \"patience\": 1, \"factor\": 0.5, \"min_delta\": 10}";
    char text[4096], tail[4096], rule[256];
    snprintf(text, sizeof text, "%s", whole);
    char *at = strstr(text, plateau);
    assert_non_null(at);
    snprintf(tail, sizeof tail, "%s", at + strlen(plateau));
    snprintf(at, sizeof text - (size_t)(at - text), "\"schedule\": {\"type\": \"constant\", \"warmup_steps\": 1000}%s", tail);
    snprintf(rule, sizeof rule,
             ", \"early_stopping\": {\"monitor\": \"learning_rate\", \"patience\": %d, \"restore_best_weights\": true}", patience);
    return parse(text, rule);
}

static void test_restored_weights_are_not_trained_on(void **state)
{
    (void)state;
    sv_config *c = parse_warming(5);
    sv_train_result r;
    sv_fault f;
    assert_int_equal(train("at_once", c, false, false, 1, &r, &f), SV_OK);
    assert_true(r.restored && !r.stopped_early);
    c->epochs = 2;
    assert_int_equal(train("in_two", c, false, false, 1, &r, &f), SV_OK);
    assert_true(r.restored);
    c->epochs = 3;
    assert_int_equal(train("in_two", c, true, false, 1, &r, &f), SV_OK);
    expect_same_run("at_once", "in_two");
    sv_config_free(c);
}

/* Without learning, equal samples differ by their dropout alone: its stream goes on from batch to batch and epoch to epoch. */
static void test_dropout_differs_between_batches(void **state)
{
    (void)state;
    const int64_t dim[4] = { 8, 4, 4, 1 };
    float x[8 * 16];
    sv_fault f = { 0 };
    for (int i = 0; i < 8 * 16; i++) x[i] = (float)(i % 16) / 16;
    assert_int_equal(sv_npy_write(scratch_path(folder, "equal.npy"), 4, dim, x, &f), SV_OK);
    train_well("dropped",
               "{\"model\": {\"name\": \"dropped\", \"input\": {\"shape\": [4, 4, 1]}, \"layers\": ["
               " {\"type\": \"Dropout\", \"name\": \"drop\", \"rate\": 0.5},"
               " {\"type\": \"Conv2D\", \"name\": \"same\", \"filters\": 1, \"kernel_size\": 1}]},"
               " \"data\": {\"source\": \"npy\", \"path\": \"equal.npy\"}, \"batch_size\": 4, \"epochs\": 2,"
               " \"optimizer\": {\"type\": \"sgd\", \"learning_rate\": 0}%s}",
               "", 1);
    FILE *steps = fopen(scratch_path(folder, "dropped/steps.csv"), "r");
    double loss[4];
    assert_int_equal(fscanf(steps, "%*[^\n]"), 0);
    for (int i = 0; i < 4; i++) assert_int_equal(fscanf(steps, "%*d,%lf,0,%*f\n", &loss[i]), 1);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++) assert_true(loss[i] != loss[k]);
    fclose(steps);
}

static void test_early_stopping_restores(void **state)
{
    (void)state;
    sv_config *c = parse_warming(2);
    sv_train_result r;
    sv_fault f;
    c->epochs = 1;
    assert_int_equal(train("once", c, false, false, 1, NULL, &f), SV_OK);
    c->epochs = 9;
    assert_int_equal(train("stopped", c, false, false, 1, &r, &f), SV_OK);
    assert_true(r.stopped_early && r.restored);
    assert_int_equal(r.epochs, 3);
    assert_int_equal(r.best_epoch, 1);
    char once[SV_DIGEST_TEXT], last[SV_DIGEST_TEXT];
    const char *const files[] = { "weights/last.safetensors", "weights/best.safetensors", "artifacts.json", "samples/last.png" };
    for (int i = 0; i < 4; i++) {
        digest_of("once", files[i], once);
        digest_of("stopped", files[i], last);
        if (strcmp(once, last)) fail_msg("%s is not that of the best epoch", files[i]);
    }
    assert_int_equal(train("stopped", c, true, false, 1, &r, &f), SV_OK);
    assert_true(r.nothing_to_do);
    sv_config_free(c);
}

static void test_unknown_monitor(void **state)
{
    (void)state;
    sv_fault f;
    sv_config *c = parse(whole, ", \"early_stopping\": {\"patience\": 2}");
    snprintf(c->early_stopping.monitor, sizeof c->early_stopping.monitor, "psnr");
    assert_int_equal(train("monitor", c, false, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "early_stopping.monitor: 'psnr'"));
    assert_non_null(strstr(f.text, "val_psnr"));
    assert_false(sv_is_folder(scratch_path(folder, "monitor")));
    sv_config_free(c);
}

static const char steep_config[] =
    "{\"model\": {\"name\": \"steep\", \"input\": {\"shape\": [4, 4, 1]}, \"layers\": ["
    " {\"type\": \"Conv2D\", \"name\": \"first\", \"filters\": 2, \"kernel_size\": 3, \"padding\": \"same\"},"
    " {\"type\": \"Conv2D\", \"name\": \"second\", \"filters\": 1, \"kernel_size\": 3, \"padding\": \"same\"}]},"
    " \"data\": {\"source\": \"synthetic\", \"samples\": 12}, \"checkpoint\": {\"every_steps\": 1},"
    " \"optimizer\": {\"type\": \"sgd\", \"learning_rate\": 1e9}, \"loss\": {\"type\": \"mse\", \"weight\": 1e19}, \"batch_size\": "
    "4, \"epochs\": 5%s}";

static void test_divergence_names_the_layer(void **state)
{
    (void)state;
    sv_fault f;
    char before[SV_DIGEST_TEXT], after[SV_DIGEST_TEXT];
    sv_config *c = parse(steep_config, "");
    /* After one update weights are near 1e27: the first layer's outputs are finite, the second's products are not. */
    assert_int_equal(train("steep", c, false, true, 1, NULL, &f), SV_INTERRUPTED);
    digest_of("steep", "checkpoint.safetensors", before);
    assert_int_equal(train("steep", c, true, false, 1, NULL, &f), SV_DIVERGED);
    if (!strstr(f.text, "step 2 of epoch 1") || !strstr(f.text, "'second'")) fail_msg("%s", f.text);
    digest_of("steep", "checkpoint.safetensors", after);
    assert_string_equal(before, after);
    sv_config_free(c);
}

static void test_changed_config(void **state)
{
    (void)state;
    sv_fault f;
    sv_config *c = parse(whole, "");
    assert_int_equal(train("config", c, false, true, 1, NULL, &f), SV_INTERRUPTED);
    c->optimizer.learning_rate = 0.02f;
    assert_int_equal(train("config", c, true, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "optimizer.learning_rate"));
    sv_config_free(c);
    c = parse(whole, "");
    c->seed = 8;
    assert_int_equal(train("config", c, true, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "seed: differs"));
    sv_config_free(c);
}

static void test_changed_data(void **state)
{
    (void)state;
    float x[POINTS * PIXELS], t[POINTS * PIXELS];
    const int64_t dim[4] = { POINTS, 2, 3, 1 };
    sv_fault f;
    make_line(x, t);
    sv_config *c = parse(line_config, "");
    assert_int_equal(train("data", c, false, true, 1, NULL, &f), SV_INTERRUPTED);
    t[POINTS * PIXELS - 1] = 0.5f;
    assert_int_equal(sv_npy_write(scratch_path(folder, "t.npy"), 4, dim, t, &f), SV_OK);
    assert_int_equal(train("data", c, true, false, 1, NULL, &f), SV_BAD_DATA);
    assert_non_null(strstr(f.text, "data.target: data digest differs: the samples in"));
    sv_config_free(c);
}

static sv_status overwrite(const char *name, const sv_config *c, sv_fault *f)
{
    sv_train_result r;
    sv_train_args a = {
        .config = c, .folder = scratch_path(folder, name), .overwrite = true, .threads = 1, .draw = sv_samples_write
    };
    *f = (sv_fault){ 0 };
    sv_status status = sv_train(&a, &r, f);
    sv_train_result_free(&r);
    return status;
}

static void test_folders(void **state)
{
    (void)state;
    sv_fault f;
    sv_config *c = parse(whole, "");
    train_well("taken", whole, "", 1);
    train_well("fresh", whole, ", \"max_steps\": 5", 1);
    assert_int_equal(train("taken", c, false, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "is not empty"));
    sv_config *shorter = parse(whole, ", \"max_steps\": 5");
    assert_int_equal(overwrite("taken", shorter, &f), SV_OK);
    char one[SV_DIGEST_TEXT], two[SV_DIGEST_TEXT], path[512];
    digest_of("taken", "checkpoint.safetensors", one);
    digest_of("fresh", "checkpoint.safetensors", two);
    assert_string_equal(one, two);
    file_of("taken", "samples/epoch_0002.png", path, sizeof path);
    assert_false(sv_is_file(path));
    sv_config_free(shorter);

    assert_int_equal(sv_make_folder(scratch_path(folder, "mine"), &f), SV_OK);
    scratch_write(scratch_path(folder, "mine/thesis.tex"), "x", 1);
    assert_int_equal(overwrite("mine", c, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "no run"));
    assert_int_equal(train("mine", c, true, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_int_equal(scratch_entries(scratch_path(folder, "mine")), 1);

    scratch_write(scratch_path(folder, "file"), "x", 1);
    assert_int_equal(train("file", c, false, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_int_equal(train("file/below", c, false, false, 1, NULL, &f), SV_IO_ERROR);
    sv_config_free(c);
}

static void test_two_at_once(void **state)
{
    (void)state;
    sv_fault f;
    sv_config *c = parse(whole, "");
    assert_int_equal(train("shared", c, false, true, 1, NULL, &f), SV_INTERRUPTED);
    int other = open(scratch_path(folder, "shared"), O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_int_equal(train("shared", c, true, false, 1, NULL, &f), SV_IO_ERROR);
    assert_non_null(strstr(f.text, "another process is training there"));
    close(other);
    assert_int_equal(train("shared", c, true, false, 1, NULL, &f), SV_OK);
    sv_config_free(c);
}

static void test_warm_start(void **state)
{
    (void)state;
    char more[700], one[SV_DIGEST_TEXT], two[SV_DIGEST_TEXT], path[512];
    size_t size;
    train_well("cold", whole, "", 1);
    file_of("cold", "weights/last.safetensors", path, sizeof path);
    snprintf(more, sizeof more, ", \"init\": {\"weights\": \"%s\"}, \"max_steps\": 1", path);
    train_well("warm", whole, more, 1);
    /* run.json tells what it began with: the final weights of the first. */
    file_of("cold", "run.json", path, sizeof path);
    unsigned char *cold = scratch_read(path, &size);
    memcpy(one, strstr((char *)cold, "\"final_weights\": \"") + 18, 64);
    file_of("warm", "run.json", path, sizeof path);
    unsigned char *warm = scratch_read(path, &size);
    memcpy(two, strstr((char *)warm, "\"initial_weights\": \"") + 20, 64);
    assert_memory_equal(one, two, 64);
    free(cold);
    free(warm);
}

static void test_split(void **state)
{
    (void)state;
    assert_int_equal(sv_split_at(60000, 0.1f), 54000);
    assert_int_equal(sv_split_at(4096, 0.125f), 3584);
    assert_int_equal(sv_split_at(10, 0.3f), 7);
    assert_int_equal(sv_split_at(10, 0.25f), 7);
    assert_int_equal(sv_split_at(10, 0), 10);
    sv_fault f;
    float x[POINTS * PIXELS], t[POINTS * PIXELS];
    make_line(x, t);
    sv_config *c = parse(line_config, "");
    c->validation_split = 0.999f;
    assert_int_equal(train("split", c, false, false, 1, NULL, &f), SV_BAD_ARGUMENT);
    assert_non_null(strstr(f.text, "data.validation_split"));
    sv_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_stopped_at_every_step),
                                        cmocka_unit_test(test_what_a_kill_leaves),
                                        cmocka_unit_test(test_killed_before_the_first_checkpoint),
                                        cmocka_unit_test(test_any_number_of_threads),
                                        cmocka_unit_test(test_checkpoints_between_change_nothing),
                                        cmocka_unit_test(test_more_epochs),
                                        cmocka_unit_test(test_least_squares_by_hand),
                                        cmocka_unit_test(test_weight_penalties_count),
                                        cmocka_unit_test(test_early_stopping_restores),
                                        cmocka_unit_test(test_restored_weights_are_not_trained_on),
                                        cmocka_unit_test(test_dropout_differs_between_batches),
                                        cmocka_unit_test(test_unknown_monitor),
                                        cmocka_unit_test(test_divergence_names_the_layer),
                                        cmocka_unit_test(test_changed_config),
                                        cmocka_unit_test(test_changed_data),
                                        cmocka_unit_test(test_folders),
                                        cmocka_unit_test(test_two_at_once),
                                        cmocka_unit_test(test_warm_start),
                                        cmocka_unit_test(test_split) };
    return cmocka_run_group_tests(tests, make, drop);
}
