/* Overrides KEY=VALUE: where they reach, how values are typed, and that a bad one is named. */
#include "base/memory.h"
#include "config/config.h"
#include "config/override.h"
#include "support/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char base[] =
    "{\"a\": 1, \"b\": {\"c\": \"x\"}, \"opt\": \"adam\", \"none\": null, \"list\": [1, [2, 3]], \"layers\": ["
    "{\"type\": \"Conv2D\", \"name\": \"enc\", \"k\": 1}, {\"type\": \"Conv2D\", \"name\": \"enc.deep\", \"k\": 1}, {\"type\": \"Flatten\"}]}";

/* The tree after one override, as compact JSON; the fault's text where it is refused. */
static char *apply(const char *override)
{
    cJSON *tree = NULL;
    sv_overrides done = { 0 };
    sv_fault fault = { 0 };
    assert_int_equal(sv_json_parse(base, strlen(base), &tree, &fault), SV_OK);
    sv_status status = sv_override_apply(tree, override, &done, &fault);
    assert_int_equal(status, fault.status);
    char *text = status == SV_OK ? cJSON_PrintUnformatted(tree) : strdup(fault.text);
    sv_overrides_free(&done);
    cJSON_Delete(tree);
    return text;
}

/* The override makes `part` appear. */
static void gives(const char *override, const char *part)
{
    char *text = apply(override);
    if (!strstr(text, part)) fail_msg("%s: %s lacks %s", override, text, part);
    free(text);
}

static void refuses(const char *override, const char *message)
{
    char *text = apply(override);
    assert_string_equal(text, message);
    free(text);
}

static void sets_values(void **state)
{
    (void)state;
    gives("a=2", "\"a\":2,");
    gives("a=1e-4", "\"a\":0.0001,");
    gives("a=true", "\"a\":true,");
    gives("a=null", "\"a\":null,");
    gives("a=relu", "\"a\":\"relu\",");
    gives("a=\"3\"", "\"a\":\"3\",");
    gives("a=", "\"a\":\"\",");
    gives("a=x=y", "\"a\":\"x=y\",");
    gives("a={\"p\": [1, 2]}", "\"a\":{\"p\":[1,2]},");
    gives("a=[1,", "\"a\":\"[1,\",");
    gives("b={}", "\"b\":{},");
    gives("b.c=3", "\"b\":{\"c\":3}");
    gives("new=3", "\"new\":3}");
    gives("b.new.newer=3", "\"b\":{\"c\":\"x\",\"new\":{\"newer\":3}}");
    gives("none.x=3", "\"none\":{\"x\":3}");
    gives("opt.rate=3", "\"opt\":{\"type\":\"adam\",\"rate\":3}");
    gives("opt.type=sgd", "\"opt\":{\"type\":\"sgd\"}");
}

static void reaches_into_lists(void **state)
{
    (void)state;
    gives("list[0]=7", "\"list\":[7,[2,3]]");
    gives("list.0=7", "\"list\":[7,[2,3]]");
    gives("list[1][0]=7", "\"list\":[1,[7,3]]");
    gives("list.1.1=7", "\"list\":[1,[2,7]]");
    gives("layers[0].k=7", "\"name\":\"enc\",\"k\":7");
    gives("layers.1.k=7", "\"name\":\"enc.deep\",\"k\":7");
    gives("layers.*.filters=7", "\"name\":\"enc\",\"k\":1,\"filters\":7},{\"type\":\"Conv2D\",\"name\":\"enc.deep\",\"k\":1,\"filters\":7},{\"type\":\"Flatten\"}]");
    gives("layers.*.kernel_initializer.fan=7", "\"kernel_initializer\":{\"fan\":7}},{\"type\":\"Flatten\"}]");
    gives("layers.enc.k=7", "\"name\":\"enc\",\"k\":7");
    gives("layers.enc.deep.k=7", "\"name\":\"enc.deep\",\"k\":7");
    gives("layers.Flatten_2.name=flat", "{\"type\":\"Flatten\",\"name\":\"flat\"}");
    gives("layers.enc={\"type\": \"Add\"}", "[{\"type\":\"Add\"},");
}

static void refuses_keys(void **state)
{
    (void)state;
    refuses("a", "override a: expected KEY=VALUE, such as optimizer.learning_rate=1e-4");
    refuses("layers.*.filtres=7", "override layers.*.filtres=7: nothing in layers takes filtres");
    refuses("b.*.x=7", "override b.*.x=7: nothing in b takes x");
    refuses("list.*.x=7", "override list.*.x=7: nothing in list takes x");
    refuses("", "override : expected KEY=VALUE, such as optimizer.learning_rate=1e-4");
    refuses("=3", "override =3: expected KEY=VALUE, where KEY is a dotted path such as optimizer.learning_rate");
    refuses("b..c=3", "override b..c=3: expected KEY=VALUE, where KEY is a dotted path such as optimizer.learning_rate");
    refuses("b.=3", "override b.=3: expected KEY=VALUE, where KEY is a dotted path such as optimizer.learning_rate");
    refuses("a.b=3", "override a.b=3: a is not an object");
    refuses("list[2]=3", "override list[2]=3: no such place in list; expected a name or a position below 2");
    refuses("list[-1]=3", "override list[-1]=3: no such place in list; expected a name or a position below 2");
    refuses("list[0=3", "override list[0=3: no such place in list; expected a name or a position below 2");
    refuses("list.99999999999999999999=3",
            "override list.99999999999999999999=3: no such place in list; expected a name or a position below 2");
    refuses("layers.emc.k=3", "override layers.emc.k=3: nothing in layers is called \"emc\"; did you mean \"enc\"?");
    refuses("fresh[0]=3", "override fresh[0]=3: there is no such list");
    refuses("a=\xff", "a: line 1, column 2: not UTF-8 text; expected a JSON file");
}

static void refuses_to_walk_a_text(void **state)
{
    (void)state;
    gives("b.c.d=3", "\"b\":{\"c\":{\"type\":\"x\",\"d\":3}}");
    refuses("list[0].x=3", "override list[0].x=3: list[0] is not an object");
}

static sv_config *read_quickstart(const char *const *overrides, int count)
{
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    if (sv_config_read(NULL, overrides, count, &c, &fault) != SV_OK) fail_msg("%s", fault.text);
    return c;
}

static void reaches_configs_and_models(void **state)
{
    (void)state;
    static const char *const overrides[] = {
        "optimizer.learning_rate=1e-4", "model.layers.enc1.filters=16", "model.layers[1].filters=24", "model.layers.2.strides=[2, 2]",
        "early_stopping.patience=3", "optimizer.schedule={\"type\": \"step\", \"decay_steps\": 10, \"decay_rate\": 0.5}",
        "optimizer.schedule.decay_steps=20", "loss.type=huber", "loss.delta=0.5", "data.noise.stddev=0.1", "seed=7", "name=a run",
    };
    sv_config *c = read_quickstart(overrides, sizeof overrides / sizeof *overrides);
    assert_true(c->optimizer.learning_rate == 1e-4f && c->optimizer.schedule.decay_steps == 20 && c->seed == 7);
    assert_true(c->early_stopping.given && c->early_stopping.patience == 3 && c->noise.stddev == 0.1f);
    assert_true(strcmp(c->loss[0].op->type, "huber") == 0 && c->loss[0].args.delta == 0.5f);
    assert_non_null(strstr(sv_model_json(c->model), "\"filters\":16"));
    assert_non_null(strstr(sv_model_json(c->model), "\"filters\":24"));
    assert_string_equal(c->name, "a run");
    sv_config_free(c);
}

static void bad_override(const char *override, const char *message)
{
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    char whole[600];
    snprintf(whole, sizeof whole, "<quickstart>: %s", message);
    assert_int_equal(sv_config_read(NULL, &override, 1, &c, &fault), SV_BAD_ARGUMENT);
    assert_null(c);
    assert_string_equal(fault.text, whole);
}

static void names_the_bad_override(void **state)
{
    (void)state;
    bad_override("optimizer.learning_rate=fast",
                 "optimizer.learning_rate: expected a number >= 0, got \"fast\" (of the override optimizer.learning_rate=fast)");
    bad_override("optimizer.learning_rat=1",
                 "optimizer.learning_rat: unknown key; did you mean \"learning_rate\"? (of the override optimizer.learning_rat=1)");
    bad_override("optimiser.learning_rate=1",
                 "optimiser: unknown key; did you mean \"optimizer\"? (of the override optimiser.learning_rate=1)");
    bad_override("model.layers.dec1.filters=-1",
                 "layers[2].filters: expected an integer >= 1, got -1 (of the override model.layers.dec1.filters=-1)");
    bad_override("model.layers.dec.filters=1",
                 "override model.layers.dec.filters=1: nothing in model.layers is called \"dec\"; did you mean \"dec1\"?");
    bad_override("model=3", "model: expected the path of a model file or a model, got 3 (of the override model=3)");
    bad_override("model.latent=enc9", "latent: no layer is called \"enc9\"; did you mean \"enc1\"? (of the override model.latent=enc9)");
    bad_override("loss=[\"mse\",\"maee\"]",
                 "loss[1]: unknown loss \"maee\"; did you mean \"mae\"? (of the override loss=[\"mse\",\"maee\"])");
    bad_override("batch_size=1.5", "batch_size: expected an integer >= 1, got 1.5 (of the override batch_size=1.5)");
}

/* A path in a file is relative to the file; on the command line, to where one stands. */
static void takes_paths_from_here(void **state)
{
    const char *folder = *state;
    char path[512], here[4096], want[4200];
    static const char config[] = "{\"model\": {\"input\": {\"shape\": [4]}, \"layers\": [{\"type\": \"Dense\", \"units\": 4}]}, "
                                 "\"data\": {\"source\": \"npy\", \"path\": \"in_file.npy\"}}";
    snprintf(path, sizeof path, "%s/c.json", folder);
    scratch_write(path, config, strlen(config));
    static const char *const overrides[] = { "data.target={\"source\": \"npy\", \"path\": \"sub/../here.npy\"}", "init.weights=w.safetensors" };
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    if (sv_config_read(path, overrides, 2, &c, &fault) != SV_OK) fail_msg("%s", fault.text);
    snprintf(want, sizeof want, "%s/in_file.npy", folder);
    assert_string_equal(c->data.path, want);
    assert_non_null(getcwd(here, sizeof here));
    snprintf(want, sizeof want, "%s/here.npy", here);
    assert_string_equal(c->target.path, want);
    snprintf(want, sizeof want, "%s/w.safetensors", here);
    assert_string_equal(c->init_weights, want);
    sv_config_free(c);
}

/* Overrides of a model apply to the model that stands there at that moment. */
static void replaces_models(void **state)
{
    const char *folder = *state;
    char path[512], first[600], second[600], message[1400];
    static const char model[] = "{\"name\": \"other\", \"input\": {\"shape\": [28, 28, 1]}, \"layers\": [{\"type\": \"Conv2D\", "
                                "\"name\": \"only\", \"filters\": 1, \"kernel_size\": 3, \"padding\": \"same\"}]}";
    snprintf(path, sizeof path, "%s/other.json", folder);
    scratch_write(path, model, strlen(model));
    snprintf(first, sizeof first, "model=%s", path);
    const char *const good[] = { first, "model.layers.only.kernel_size=5" };
    sv_config *c = read_quickstart(good, 2);
    assert_string_equal(sv_model_name(c->model), "other");
    assert_non_null(strstr(sv_model_json(c->model), "\"kernel_size\":[5,5]"));
    sv_config_free(c);
    snprintf(second, sizeof second, "model.layers.only.kernel_size=none");
    const char *const wrong[] = { first, second };
    sv_fault fault = { 0 };
    assert_int_equal(sv_config_read(NULL, wrong, 2, &c, &fault), SV_BAD_ARGUMENT);
    snprintf(message, sizeof message,
             "%s: layers[0].kernel_size: expected an integer >= 1 or a pair [h, w] of them, got \"none\" (of the override %s)", path, second);
    assert_string_equal(fault.text, message);
}

static int make_folder(void **state)
{
    *state = scratch_make();
    return 0;
}

static int remove_folder(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_values), cmocka_unit_test(reaches_into_lists),
        cmocka_unit_test(refuses_keys), cmocka_unit_test(refuses_to_walk_a_text),
        cmocka_unit_test(reaches_configs_and_models), cmocka_unit_test(names_the_bad_override),
        cmocka_unit_test(takes_paths_from_here), cmocka_unit_test(replaces_models),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
