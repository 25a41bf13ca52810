/* Whole training runs against the real Keras and PyTorch: the loss of each of 50 steps, and the weights at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/file.h"
#include "base/memory.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "trainer/trainer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/selvage-traces-XXXXXX";

static const sv_tensor *tensor(const sv_safetensors *file, const char *prefix, const char *rest)
{
    char name[256];
    snprintf(name, sizeof name, "%s/%s", prefix, rest);
    return sv_safetensors_find(file, name);
}

/* The trace's initial weights as a weights file, its data as npy. */
static void write_inputs(const sv_safetensors *file, const char *prefix)
{
    sv_tensor init[32];
    int n = 0;
    char start[32], path[128];
    snprintf(start, sizeof start, "%s/init/", prefix);
    for (int i = 0; i < file->tensors && n < 32; i++) {
        if (strncmp(file->tensor[i].name, start, strlen(start)) != 0) continue;
        init[n] = file->tensor[i];
        init[n++].name += strlen(start);
    }
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    assert_int_equal(sv_safetensors_write(path, init, n, NULL, 0, NULL), SV_OK);
    const sv_tensor *data = tensor(file, prefix, "data");
    snprintf(path, sizeof path, "%s/x.npy", folder);
    assert_int_equal(sv_npy_write(path, 4, data->shape.dim, data->data, NULL), SV_OK);
}

static int check_losses(const char *about, const char *run, const sv_tensor *want)
{
    char path[160], *text;
    size_t size;
    int bad = 0;
    snprintf(path, sizeof path, "%s/steps.csv", run);
    assert_int_equal(sv_read_file(path, &text, &size, NULL), SV_OK);
    const char *line = strchr(text, '\n');
    for (int i = 0; i < (int)want->shape.dim[0]; i++) {
        long step;
        double loss = NAN, wanted = (double)((const float *)want->data)[i];
        if (line) sscanf(line + 1, "%ld,%lf", &step, &loss);
        if (line) line = strchr(line + 1, '\n');
        if (!(fabs(loss - wanted) <= 1e-4 * fabs(wanted)) && bad++ == 0)
            print_error("%s: loss of step %d is %.9g, expected %.9g\n", about, i, loss, wanted);
    }
    sv_free(text);
    return bad;
}

static int check_weights(const char *about, const char *run, const sv_safetensors *file, const char *prefix)
{
    char path[160], name[160];
    sv_safetensors got;
    int bad = 0;
    snprintf(path, sizeof path, "%s/weights/last.safetensors", run);
    assert_int_equal(sv_safetensors_read(path, &got, NULL), SV_OK);
    for (int i = 0; i < got.tensors; i++) {
        snprintf(name, sizeof name, "final/%s", got.tensor[i].name);
        const sv_tensor *want = tensor(file, prefix, name);
        assert_non_null(want);
        const float *a = got.tensor[i].data, *b = want->data;
        for (int64_t k = 0; k < sv_shape_count(&want->shape); k++)
            if (!(fabs((double)a[k] - (double)b[k]) <= 2e-4) && bad++ == 0)
                print_error("%s: %s[%d] is %.9g, expected %.9g\n", about, name, (int)k, (double)a[k], (double)b[k]);
    }
    sv_safetensors_free(&got);
    return bad;
}

/* The trace's config with data, initial weights and no shuffling. */
static int replay(const sv_safetensors *file, const char *prefix, const char *about)
{
    sv_fault fault = { 0 };
    sv_text text = { 0 };
    sv_config *config = NULL;
    char run[128];
    const char *json = strstr(about, "\"config\":");
    assert_non_null(json);
    json += strlen("\"config\":");
    write_inputs(file, prefix);
    sv_text_add(&text, "{\"data\":{\"source\":\"npy\",\"path\":\"x.npy\",\"shuffle\":false},\"init\":{\"weights\":\"w.safetensors\"},%.*s",
                (int)strlen(json) - 2, json + 1);
    if (sv_config_parse(text.data, about, folder, &config, &fault) != SV_OK) fail_msg("%s", fault.text);
    snprintf(run, sizeof run, "%s/run", folder);
    sv_train_args args = { .config = config, .folder = run, .overwrite = true, .threads = 2 };
    sv_train_result result;
    if (sv_train(&args, &result, &fault) != SV_OK) fail_msg("%s: %s", about, fault.text);
    sv_train_result_free(&result);
    int bad = check_losses(about, run, tensor(file, prefix, "losses")) + check_weights(about, run, file, prefix);
    sv_config_free(config);
    sv_text_free(&text);
    return bad;
}

static void check_file(const char *path)
{
    sv_safetensors file;
    sv_fault fault = { 0 };
    int bad = 0, traces = 0;
    if (sv_safetensors_read(path, &file, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (int i = 0; i < file.entries; i++) {
        if (strncmp(file.metadata[i].key, "trace.", 6) != 0) continue;
        bad += replay(&file, file.metadata[i].key + 6, file.metadata[i].value) > 0;
        traces++;
    }
    sv_safetensors_free(&file);
    assert_true(traces >= 11);
    assert_int_equal(bad, 0);
}

static void keras(void **state)
{
    (void)state;
    check_file("tests/golden/keras_traces.safetensors");
}

static void torch(void **state)
{
    (void)state;
    check_file("tests/golden/torch_traces.safetensors");
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(keras), cmocka_unit_test(torch) };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
