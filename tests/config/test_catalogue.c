/* The argument tables hang together, and listing and schemas say all that they hold. */
#include "config/catalogue.h"
#include "config/config.h"
#include "config/json.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void check_numbers(const char *who, const sv_arg *a)
{
    bool number = a->type == SV_ARG_INT || a->type == SV_ARG_LONG || a->type == SV_ARG_FLOAT || a->type == SV_ARG_PAIR;
    if (!number || a->required || a->fallback_text) return;
    bool ranged = a->minimum < a->maximum, inside = a->fallback >= a->minimum && a->fallback <= a->maximum;
    if (ranged && !inside) fail_msg("%s.%s: the default is out of range", who, a->key);
    if (a->fallback != 0 && a->fallback_torch == 0) fail_msg("%s.%s: fallback_torch is 0; NAN means the same default", who, a->key);
}

static void check_entry(const sv_entry *e)
{
    sv_row row, other;
    for (int i = 0; sv_catalogue_row(e, i, &row); i++) {
        if (!row.doc[0]) fail_msg("%s.%s: no doc", e->name, row.key);
        assert_true(row.wanted[0]);
        for (int k = 0; k < i && sv_catalogue_row(e, k, &other); k++) assert_string_not_equal(row.key, other.key);
        if (e->table) check_numbers(e->name, &e->table[i]);
        if (e->table && e->table[i].type == SV_ARG_ENUM) assert_non_null(e->table[i].names);
    }
}

static void tables_are_sound(void **state)
{
    (void)state;
    sv_entry e;
    for (sv_group g = 0; g < SV_GROUP_COUNT; g++) {
        assert_true(sv_catalogue_entry(g, 0, &e));
        for (int i = 0; sv_catalogue_entry(g, i, &e); i++) check_entry(&e);
    }
}

static int entries(sv_group group)
{
    sv_entry e;
    int n = 0;
    while (sv_catalogue_entry(group, n, &e)) n++;
    return n;
}

static void lists_everything(void **state)
{
    (void)state;
    assert_int_equal(entries(SV_GROUP_LAYERS), 19);
    assert_int_equal(entries(SV_GROUP_ACTIVATIONS), SV_ACTIVATION_COUNT);
    assert_int_equal(entries(SV_GROUP_INITIALIZERS), SV_INIT_COUNT - 1);
    assert_int_equal(entries(SV_GROUP_LOSSES), 6);
    assert_int_equal(entries(SV_GROUP_OPTIMIZERS), SV_OPTIMIZER_COUNT);
    assert_int_equal(entries(SV_GROUP_SCHEDULES), SV_SCHEDULE_COUNT);
    sv_entry e;
    static const char *const sections[] = { "config", "data", "data.target", "data.validation", "data.validation.target", "data.shuffle",
                                            "data.augment", "data.noise", "early_stopping", "checkpoint", "evaluation", "init" };
    assert_int_equal(entries(SV_GROUP_CONFIG), 12);
    for (int i = 0; i < 12; i++) {
        assert_true(sv_catalogue_entry(SV_GROUP_CONFIG, i, &e));
        assert_string_equal(e.name, sections[i]);
    }
}

/* Every name and every key of the tables stands in every form. */
static void listings_are_complete(void **state)
{
    (void)state;
    for (int form = SV_LISTING_TEXT; form <= SV_LISTING_MARKDOWN; form++) {
        sv_text t = { 0 };
        sv_entry e;
        sv_row row;
        sv_list_ops((sv_listing)form, &t);
        assert_false(t.failed);
        for (sv_group g = 0; g < SV_GROUP_COUNT; g++)
            for (int i = 0; sv_catalogue_entry(g, i, &e); i++) {
                assert_non_null(strstr(t.data, e.name));
                for (int k = 0; sv_catalogue_row(&e, k, &row); k++) assert_non_null(strstr(t.data, row.key));
            }
        sv_text_free(&t);
    }
}

static cJSON *parse_text(sv_text *t)
{
    cJSON *tree = NULL;
    sv_fault fault = { 0 };
    assert_false(t->failed);
    if (sv_json_parse(t->data, t->length, &tree, &fault) != SV_OK) fail_msg("%s", fault.text);
    sv_text_free(t);
    return tree;
}

static const cJSON *find(const cJSON *list, const char *key, const char *name)
{
    for (const cJSON *v = list->child; v; v = v->next)
        if (strcmp(cJSON_GetObjectItem(v, key)->valuestring, name) == 0) return v;
    return NULL;
}

static void lists_both_dialects(void **state)
{
    (void)state;
    sv_text t = { 0 };
    sv_list_ops(SV_LISTING_JSON, &t);
    cJSON *tree = parse_text(&t);
    const cJSON *layer = find(cJSON_GetObjectItem(tree, "layers"), "type", "BatchNormalization");
    assert_non_null(layer);
    const cJSON *momentum = find(cJSON_GetObjectItem(layer, "arguments"), "key", "momentum");
    assert_non_null(momentum);
    const cJSON *fallback = cJSON_GetObjectItem(momentum, "default");
    assert_true(cJSON_GetObjectItem(fallback, "keras")->valuedouble == 0.99);
    assert_true(cJSON_GetObjectItem(fallback, "torch")->valuedouble == 0.9);
    const cJSON *conv = find(cJSON_GetObjectItem(tree, "layers"), "type", "Conv2D");
    const cJSON *filters = find(cJSON_GetObjectItem(conv, "arguments"), "key", "filters");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(filters, "required")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(filters, "default")));
    cJSON_Delete(tree);
}

/* Every "$ref" leads to a definition. */
static void follow(const cJSON *value, const cJSON *definitions)
{
    static const char place[] = "#/$defs/";
    for (const cJSON *v = value->child; v; v = v->next) {
        if (v->string && strcmp(v->string, "$ref") == 0) {
            assert_memory_equal(v->valuestring, place, sizeof place - 1);
            if (!cJSON_HasObjectItem(definitions, v->valuestring + sizeof place - 1)) fail_msg("%s leads nowhere", v->valuestring);
        }
        follow(v, definitions);
    }
}

static void schemas_are_closed(void **state)
{
    (void)state;
    for (int config = 0; config < 2; config++) {
        sv_text t = { 0 };
        if (config) sv_schema_config(&t);
        else sv_schema_model(&t);
        cJSON *tree = parse_text(&t);
        assert_string_equal(cJSON_GetObjectItem(tree, "$schema")->valuestring, "https://json-schema.org/draft/2020-12/schema");
        const cJSON *definitions = cJSON_GetObjectItem(tree, "$defs");
        follow(tree, definitions);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(definitions, "layer"), "anyOf")), 19);
        assert_true(cJSON_IsFalse(cJSON_GetObjectItem(tree, "additionalProperties")));
        assert_true(cJSON_HasObjectItem(cJSON_GetObjectItem(tree, "properties"), config ? "optimizer" : "layers"));
        cJSON_Delete(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sound), cmocka_unit_test(lists_everything), cmocka_unit_test(listings_are_complete),
        cmocka_unit_test(lists_both_dialects), cmocka_unit_test(schemas_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
