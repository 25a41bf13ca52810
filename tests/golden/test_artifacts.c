/* Measured metrics against what numpy makes of their definitions (make_artifacts.py, README.md beside this file). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include "artifacts/artifacts.h"
#include "formats/safetensors.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static int compared, bad;

static void complain(const char *place, const char *what, double got, double want)
{
    if (bad++ < 20) print_error("%s: %s: got %.12g, expected %.12g\n", place, what, got, want);
}

/* Every expected key is there with the expected number, or null where null is expected. */
static void compare(const char *place, const cJSON *got, const cJSON *want)
{
    char inner[256];
    if (cJSON_IsNumber(want) || cJSON_IsNull(want)) {
        compared++;
        if (!got || cJSON_IsNull(got) != cJSON_IsNull(want) || (!cJSON_IsNull(got) && !cJSON_IsNumber(got)))
            complain(place, "null or missing on one side", got ? got->valuedouble : -1, want->valuedouble);
        else if (cJSON_IsNumber(want) && !(fabs(got->valuedouble - want->valuedouble) <= 2e-8 + 2e-7 * fabs(want->valuedouble)))
            complain(place, "another number", got->valuedouble, want->valuedouble);
        return;
    }
    if (!got || cJSON_GetArraySize(got) < cJSON_GetArraySize(want)) {
        complain(place, "missing", got ? cJSON_GetArraySize(got) : -1, cJSON_GetArraySize(want));
        return;
    }
    int i = 0;
    for (const cJSON *w = want->child; w; w = w->next, i++) {
        bool named = cJSON_IsObject(want);
        snprintf(inner, sizeof inner, named ? "%s.%s" : "%s[%s]", place, named ? w->string : "");
        compare(inner, named ? cJSON_GetObjectItem(got, w->string) : cJSON_GetArrayItem(got, i), w);
    }
}

static void take(const cJSON *about, const char *key, int count, int *out)
{
    for (int i = 0; i < count; i++) out[i] = cJSON_GetArrayItem(cJSON_GetObjectItem(about, key), i)->valueint;
}

static void measure(const sv_measure_args *args, const float *x, const float *y, sv_text *json)
{
    sv_measure *m;
    sv_measured r;
    sv_fault fault = { 0 };
    int64_t size = sv_shape_count(&args->shape);
    if (sv_measure_new(args, &m, &fault) != SV_OK) fail_msg("%s", fault.text);
    for (int64_t i = 0; i < args->images; i++) sv_measure_add(m, i, x + i * size, y + i * size);
    if (sv_measure_finish(m, &r, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_measured_json(&r, &args->edges, NULL, json);
    sv_measured_free(&r);
    sv_measure_free(m);
}

static void check_case(const sv_safetensors *file, int index)
{
    char name[32];
    snprintf(name, sizeof name, "pictures.%d", index);
    cJSON *about = cJSON_Parse(sv_safetensors_metadata(file, name));
    assert_non_null(about);
    snprintf(name, sizeof name, "%d/x", index);
    const sv_tensor *x = sv_safetensors_find(file, name);
    snprintf(name, sizeof name, "%d/y", index);
    const sv_tensor *y = sv_safetensors_find(file, name);
    sv_measure_args args = { .shape = { 3, { x->shape.dim[1], x->shape.dim[2], x->shape.dim[3] } }, .images = x->shape.dim[0] };
    take(about, "stride", 2, args.edges.stride);
    take(about, "depth", 4, args.edges.depth);
    take(about, "ring", 4, args.edges.ring);
    sv_text json = { 0 };
    measure(&args, x->data, y->data, &json);
    cJSON *got = cJSON_Parse(json.data);
    assert_non_null(got);
    snprintf(name, sizeof name, "case %d", index);
    compare(name, got, cJSON_GetObjectItem(about, "figures"));
    const cJSON *channels = cJSON_GetObjectItem(about, "channels");
    if (channels)
        compare(name, cJSON_GetObjectItem(got, "channels"), channels);
    else
        assert_null(cJSON_GetObjectItem(got, "channels"));
    cJSON_Delete(got);
    cJSON_Delete(about);
    sv_text_free(&json);
}

static void every_figure(void **state)
{
    (void)state;
    sv_safetensors file;
    sv_fault fault = { 0 };
    if (sv_safetensors_read("tests/golden/artifacts.safetensors", &file, &fault) != SV_OK)
        fail_msg("%s; make it with tests/golden/make_artifacts.py", fault.text);
    for (int i = 0; i < file.tensors / 2; i++) check_case(&file, i);
    sv_safetensors_free(&file);
    assert_int_equal(bad, 0);
    assert_true(compared > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_figure) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
