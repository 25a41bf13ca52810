#include "config/writer.h"
#include "base/memory.h"
#include "init/init.h"
#include "ops/op.h"
#include "optim/optim.h"
#include <string.h>

static void add(sv_text *out, const char *s)
{
    sv_text_bytes(out, s, strlen(s));
}

static void add_key(sv_text *out, const char *key)
{
    add(out, ",");
    sv_json_add_string(out, key);
    add(out, ":");
}

bool sv_names_dialect(const sv_arg *table)
{
    for (; table && table->key; table++)
        if (table->type == SV_ARG_DIALECT) return true;
    return false;
}

static sv_dialect own_dialect(const sv_arg *table, const char *args, sv_dialect dialect)
{
    for (; table->key; table++)
        if (table->type == SV_ARG_DIALECT) return *(const sv_dialect *)(const void *)(args + table->offset);
    return dialect;
}

static void write_completed(sv_text *out, const sv_arg *table, const void *args, sv_dialect dialect)
{
    for (; table && table->key; table++) {
        add_key(out, table->key);
        sv_write_value(out, table, (const char *)args + table->offset, dialect);
    }
}

void sv_write_args(sv_text *out, const sv_arg *table, const void *args, size_t size, sv_dialect dialect)
{
    if (!table) return;
    char *copy = sv_new(1, size);
    if (!copy) {
        out->failed = true;
        return;
    }
    memcpy(copy, args, size);
    sv_args_complete(table, copy, dialect);
    write_completed(out, table, copy, own_dialect(table, copy, dialect));
    sv_free(copy);
}

/* A name alone where there is nothing more to say, else the beginning of {"type": name, ...}. */
static bool begin_named(sv_text *out, const char *name, const sv_arg *table)
{
    bool bare = !table || !table->key;
    if (!bare) add(out, "{\"type\":");
    sv_json_add_string(out, name);
    return !bare;
}

static void write_activation(sv_text *out, const sv_activation *a, sv_dialect dialect)
{
    const sv_arg *table = sv_activation_table(a->type);
    if (!begin_named(out, sv_activation_names[a->type], table)) return;
    sv_write_args(out, table, a, sizeof *a, dialect);
    add(out, "}");
}

/* Part of an optimizer, which is kept completed: completing again would take a real zero for a default. */
static void write_schedule(sv_text *out, const sv_schedule *s, sv_dialect dialect)
{
    const sv_arg *table = sv_schedule_table(s->type);
    if (!begin_named(out, sv_schedule_names[s->type], table)) return;
    write_completed(out, table, s, dialect);
    add(out, "}");
}

/* Its own seed is a key only where it has one: the others draw from the run's. The seed of one inside another is the other's. */
static void write_initializer_as(sv_text *out, sv_initializer_type type, bool seeded, const sv_initializer *i, sv_dialect dialect)
{
    if (type == SV_INIT_DEFAULT) {
        add(out, "null");
        return;
    }
    add(out, "{\"type\":");
    sv_json_add_string(out, sv_initializer_names[type]);
    const sv_arg *table = sv_initializer_table(type);
    sv_initializer copy = *i;
    sv_args_complete(table, &copy, dialect);
    for (; table && table->key; table++) {
        bool seed = table->offset == offsetof(sv_initializer, seed);
        if (seed && !seeded) continue;
        add_key(out, table->key);
        if (seed) sv_text_add(out, "%lld", (long long)i->seed);
        else sv_write_value(out, table, (const char *)&copy + table->offset, dialect);
    }
    add(out, "}");
}

static void write_initializer(sv_text *out, const sv_initializer *i, sv_dialect dialect)
{
    write_initializer_as(out, i->type, i->has_seed, i, dialect);
}

static void write_inner(sv_text *out, const void *field, sv_dialect dialect)
{
    const sv_initializer *outer = (const sv_initializer *)(const void *)((const char *)field - offsetof(sv_initializer, inner));
    write_initializer_as(out, outer->inner, false, outer, dialect);
}

static void write_sides(sv_text *out, sv_sides s)
{
    sv_text_add(out, "[[%d,%d],[%d,%d]]", s.top, s.bottom, s.left, s.right);
}

static void write_padding(sv_text *out, const sv_padding *p)
{
    if (p->mode == SV_PADDING_SAME) add(out, "\"same\"");
    else if (p->mode == SV_PADDING_VALID) add(out, "\"valid\"");
    else sv_text_add(out, "[[%d,%d],[%d,%d]]", p->top, p->bottom, p->left, p->right);
}

static void write_shape(sv_text *out, const sv_shape *s)
{
    char text[SV_SHAPE_TEXT];
    add(out, sv_shape_text(s, text));
}

/* Numbers whose zero is a default in words ("as pool_size") are null. */
static bool write_null(sv_text *out, const sv_arg *arg, const void *field)
{
    if (!arg->fallback_text || arg->required || arg->fallback != 0) return false;
    static const char zeros[sizeof(int64_t)];
    size_t size = arg->type == SV_ARG_INT || arg->type == SV_ARG_FLOAT ? sizeof(int) :
                  arg->type == SV_ARG_LONG || arg->type == SV_ARG_DOUBLE ? sizeof(int64_t) :
                  arg->type == SV_ARG_PAIR                             ? sizeof(int[2]) :
                                                                         0;
    if (size == 0 || memcmp(field, zeros, size) != 0) return false;
    add(out, "null");
    return true;
}

static void write_enum(sv_text *out, const sv_arg *arg, int value)
{
    if (arg->names[value][0]) sv_json_add_string(out, arg->names[value]);
    else add(out, "null");
}

static void write_regularizer(sv_text *out, const sv_regularizer *r)
{
    add(out, "{\"l1\":");
    sv_json_add_float(out, r->l1);
    add(out, ",\"l2\":");
    sv_json_add_float(out, r->l2);
    add(out, "}");
}

void sv_write_value(sv_text *out, const sv_arg *arg, const void *field, sv_dialect dialect)
{
    const int *n = field;
    const sv_output_padding *o = field;
    if (write_null(out, arg, field)) return;
    switch (arg->type) {
    case SV_ARG_INT: sv_text_add(out, "%d", *n); break;
    case SV_ARG_LONG: sv_text_add(out, "%lld", (long long)*(const int64_t *)field); break;
    case SV_ARG_FLOAT: sv_json_add_float(out, *(const float *)field); break;
    case SV_ARG_DOUBLE: sv_json_add_double(out, *(const double *)field); break;
    case SV_ARG_SWITCH: add(out, *(const sv_switch *)field == SV_ON ? "true" : "false"); break;
    case SV_ARG_ENUM: write_enum(out, arg, *n); break;
    case SV_ARG_PAIR: sv_text_add(out, "[%d,%d]", n[0], n[1]); break;
    case SV_ARG_OUTPUT_PADDING:
        if (o->given) sv_text_add(out, "[%d,%d]", o->height, o->width);
        else add(out, "null");
        break;
    case SV_ARG_PADDING: write_padding(out, field); break;
    case SV_ARG_SIDES: write_sides(out, *(const sv_sides *)field); break;
    case SV_ARG_SHAPE: write_shape(out, field); break;
    case SV_ARG_DIALECT: sv_json_add_string(out, sv_dialect_names[*(const sv_dialect *)field]); break;
    case SV_ARG_ACTIVATION: write_activation(out, field, dialect); break;
    case SV_ARG_INITIALIZER: write_initializer(out, field, dialect); break;
    case SV_ARG_INNER: write_inner(out, field, dialect); break;
    case SV_ARG_REGULARIZER: write_regularizer(out, field); break;
    case SV_ARG_SCHEDULE: write_schedule(out, field, dialect); break;
    }
}
