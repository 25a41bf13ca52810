#include "trainer/checkpoint.h"
#include "formats/safetensors.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One entry of the metadata and the field it is kept in. */
typedef enum field_type { FIELD_INTEGER, FIELD_FRACTION, FIELD_BOOL, FIELD_TEXT } field_type;
typedef struct field {
    const char *key;
    field_type type;
    void *value;
    size_t size; /* of a text */
} field;

enum { MAX_FIELDS = 32, VALUE_SIZE = 72 };

static int list_fields(sv_train_state *s, sv_train_identity *i, int64_t *version, field *f)
{
    const field all[] = {
        { "numerics_version", FIELD_INTEGER, version, 0 },
        { "step", FIELD_INTEGER, &s->optimizer.step, 0 },
        { "epoch", FIELD_INTEGER, &s->epoch, 0 },
        { "batch", FIELD_INTEGER, &s->batch, 0 },
        { "images", FIELD_INTEGER, &s->images, 0 },
        { "loss_sum", FIELD_FRACTION, &s->loss_sum, 0 },
        { "learning_rate", FIELD_FRACTION, &s->rate, 0 },
        { "beta_1_power", FIELD_FRACTION, &s->optimizer.beta_1_power, 0 },
        { "beta_2_power", FIELD_FRACTION, &s->optimizer.beta_2_power, 0 },
        { "plateau_best", FIELD_FRACTION, &s->optimizer.plateau_best, 0 },
        { "plateau_wait", FIELD_INTEGER, &s->optimizer.plateau_wait, 0 },
        { "plateau_cooldown", FIELD_INTEGER, &s->optimizer.plateau_cooldown, 0 },
        { "plateau_factor", FIELD_FRACTION, &s->optimizer.plateau_factor, 0 },
        { "best", FIELD_FRACTION, &s->watch.best, 0 },
        { "best_epoch", FIELD_INTEGER, &s->watch.best_epoch, 0 },
        { "wait", FIELD_INTEGER, &s->watch.wait, 0 },
        { "stopped_early", FIELD_BOOL, &s->watch.stopped, 0 },
        { "config", FIELD_TEXT, i->config, sizeof i->config },
        { "data", FIELD_TEXT, i->data[0], sizeof i->data[0] },
        { "target", FIELD_TEXT, i->data[1], sizeof i->data[1] },
        { "validation", FIELD_TEXT, i->data[2], sizeof i->data[2] },
        { "validation_target", FIELD_TEXT, i->data[3], sizeof i->data[3] },
        { "initial_weights", FIELD_TEXT, i->initial, sizeof i->initial },
        { "backend", FIELD_TEXT, i->backend, sizeof i->backend },
    };
    memcpy(f, all, sizeof all);
    return (int)(sizeof all / sizeof all[0]);
}

static void print_field(const field *f, char text[VALUE_SIZE])
{
    switch (f->type) {
    case FIELD_INTEGER:
        snprintf(text, VALUE_SIZE, "%" PRId64, *(int64_t *)f->value);
        break;
    case FIELD_FRACTION:
        snprintf(text, VALUE_SIZE, "%a", *(double *)f->value);
        break;
    case FIELD_BOOL:
        snprintf(text, VALUE_SIZE, "%s", *(bool *)f->value ? "true" : "false");
        break;
    case FIELD_TEXT:
        snprintf(text, VALUE_SIZE, "%s", (const char *)f->value);
        break;
    }
}

static bool scan_field(const field *f, const char *text)
{
    char *end = NULL;
    errno = 0;
    switch (f->type) {
    case FIELD_INTEGER:
        *(int64_t *)f->value = strtoll(text, &end, 10);
        break;
    case FIELD_FRACTION:
        *(double *)f->value = strtod(text, &end);
        break;
    case FIELD_BOOL:
        *(bool *)f->value = !strcmp(text, "true");
        return *(bool *)f->value || !strcmp(text, "false");
    case FIELD_TEXT:
        return (size_t)snprintf(f->value, f->size, "%s", text) < f->size;
    }
    return *text && !*end && (!errno || f->type == FIELD_FRACTION);
}

static int list_tensors(const sv_train_arrays *a, sv_tensor *t)
{
    static const char *const names[] = { "weights", "best", "optimizer/0", "optimizer/1", "optimizer/2" };
    for (int i = 0; i < 2 + a->slots; i++) {
        t[i] = (sv_tensor){ .name = (char *)(uintptr_t)names[i], .dtype = SV_F32 };
        t[i].shape = sv_shape1(i < 2 ? a->count : a->trainable);
        t[i].data = i == 0 ? a->weights : i == 1 ? a->best : a->slot[i - 2];
    }
    return 2 + a->slots;
}

sv_status sv_checkpoint_write(const char *path, const sv_train_state *state, const sv_train_identity *identity,
                              const sv_train_arrays *arrays, sv_fault *fault)
{
    sv_train_state s = *state;
    sv_train_identity id = *identity;
    int64_t version = SV_NUMERICS_VERSION;
    field f[MAX_FIELDS];
    sv_metadata m[MAX_FIELDS];
    char value[MAX_FIELDS][VALUE_SIZE];
    int fields = list_fields(&s, &id, &version, f);
    for (int i = 0; i < fields; i++) {
        print_field(&f[i], value[i]);
        m[i] = (sv_metadata){ (char *)(uintptr_t)f[i].key, value[i] };
    }
    sv_tensor t[5];
    int tensors = list_tensors(arrays, t);
    return sv_safetensors_write(path, t, tensors, m, fields, fault);
}

static sv_status read_fields(const sv_safetensors *file, const char *path, sv_train_state *s, sv_train_identity *id,
                             sv_fault *fault)
{
    int64_t version = 0;
    field f[MAX_FIELDS];
    int fields = list_fields(s, id, &version, f);
    for (int i = 0; i < fields; i++) {
        const char *text = sv_safetensors_metadata(file, f[i].key);
        if (!text) return sv_fail(fault, SV_BAD_DATA, "%s: no checkpoint: its metadata lacks '%s'", path, f[i].key);
        if (!scan_field(&f[i], text)) return sv_fail(fault, SV_BAD_DATA, "%s: metadata '%s' holds '%s'", path, f[i].key, text);
    }
    if (version != SV_NUMERICS_VERSION)
        return sv_fail(fault, SV_BAD_DATA,
                       "%s: written by numerics version %lld, this program has %d; it would not end with the same "
                       "bytes. Train anew with --overwrite",
                       path, (long long)version, SV_NUMERICS_VERSION);
    return SV_OK;
}

static sv_status read_arrays(const sv_safetensors *file, const char *path, const sv_train_arrays *arrays, sv_fault *fault)
{
    sv_tensor t[5];
    int tensors = list_tensors(arrays, t);
    for (int i = 0; i < tensors; i++) {
        const sv_tensor *found = sv_safetensors_find(file, t[i].name);
        if (!found || found->dtype != SV_F32 || !sv_shape_equal(&found->shape, &t[i].shape))
            return sv_fail(fault, SV_BAD_DATA, "%s: tensor '%s' is missing or not of this model's size", path, t[i].name);
        memcpy(t[i].data, found->data, (size_t)t[i].shape.dim[0] * sizeof(float));
    }
    return SV_OK;
}

sv_status sv_checkpoint_read(const char *path, sv_train_state *state, sv_train_identity *identity, const sv_train_arrays *arrays,
                             sv_fault *fault)
{
    sv_safetensors file;
    if (sv_safetensors_read(path, &file, fault) != SV_OK) return fault->status;
    sv_status status = read_fields(&file, path, state, identity, fault);
    if (status == SV_OK && arrays) status = read_arrays(&file, path, arrays, fault);
    sv_safetensors_free(&file);
    return status;
}
