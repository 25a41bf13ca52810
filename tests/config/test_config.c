/* Configs: defaults, what goes together, the resolved form and its fixed point, losses, optimizers, the graph that is built. */
#include "base/memory.h"
#include "config/config.h"
#include "config/json.h"
#include "support/scratch.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define MODEL(dialect) "\"model\": {" dialect "\"input\": {\"shape\": [4, 4, 1]}, \"layers\": [{\"type\": \"Conv2D\", \"filters\": 1, \"kernel_size\": 1}]}"
#define DATA "\"data\": {\"source\": \"synthetic\"}"
#define CONFIG(rest) "{" MODEL("") ", " DATA rest "}"

static sv_config *parse_in(const char *text, const char *folder)
{
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    if (sv_config_parse(text, "c.json", folder, &c, &fault) != SV_OK) fail_msg("%s", fault.text);
    return c;
}

static sv_config *parse(const char *text)
{
    return parse_in(text, ".");
}

static void bad(const char *text, const char *message)
{
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    assert_int_equal(sv_config_parse(text, "c.json", ".", &c, &fault), SV_BAD_ARGUMENT);
    assert_null(c);
    assert_string_equal(fault.text, message);
}

/* The resolved config of a text, and that resolving it again changes nothing. */
static char *resolve(const sv_config *c)
{
    sv_text first = { 0 }, second = { 0 };
    sv_fault fault = { 0 };
    assert_int_equal(sv_config_json(c, &first, &fault), SV_OK);
    sv_config *again = parse_in(first.data, "/nowhere");
    assert_int_equal(sv_config_json(again, &second, &fault), SV_OK);
    assert_string_equal(first.data, second.data);
    sv_config_free(again);
    sv_text_free(&second);
    return first.data;
}

static void has(const char *json, const char *part)
{
    assert_non_null(json);
    if (!strstr(json, part)) fail_msg("the resolved config lacks %s", part);
}

static void has_defaults(void **state)
{
    (void)state;
    sv_config *c = parse(CONFIG(""));
    assert_true(c->seed == 0 && c->dialect == SV_KERAS && c->batch_size == 32 && c->epochs == 10 && c->max_steps == 0);
    assert_true(c->losses == 1 && strcmp(c->loss[0].op->type, "mse") == 0 && c->loss[0].weight == 1);
    assert_true(c->optimizer.type == SV_ADAM && c->optimizer.learning_rate == 0.001f && c->optimizer.epsilon == 1e-7f);
    assert_true(c->data.source == SV_SOURCE_SYNTHETIC && c->data.samples == 2048 && c->data.memory_limit == (int64_t)2 << 30);
    assert_true(!c->has_target && !c->has_validation && c->validation_split == 0 && c->shuffle == SV_ON);
    assert_true(!c->early_stopping.given && c->checkpoint_every == 0 && c->checkpoint_epochs == 1 && c->samples == 8);
    assert_true(c->init_rng == SV_RNG_NATIVE && !c->init_weights && c->augment.horizontal_flip == SV_OFF && c->noise.stddev == 0);
    assert_string_equal(c->backend, "native");
    assert_string_equal(c->source, "c.json");
    assert_null(c->name);
    sv_config_free(c);
}

static void reads_every_section(void **state)
{
    (void)state;
    sv_config *c = parse_in("{" MODEL("") ", \"name\": \"n\", \"description\": \"d\", \"$schema\": \"s\", \"seed\": 9007199254740991, "
        "\"data\": {\"source\": \"images\", \"path\": \"pictures\", \"samples\": 100, \"resize\": 8, \"crop\": [6, 5], \"pad\": [7, 8], "
        "\"channels\": 1, \"on_error\": \"skip\", \"memory_limit\": 1000, \"shuffle\": false, "
        "\"target\": {\"source\": \"npy\", \"path\": \"/t.npy\"}, "
        "\"validation\": {\"source\": \"idx\", \"path\": \"v.gz\", \"target\": {\"source\": \"npy\", \"path\": \"vt.npy\"}}, "
        "\"augment\": {\"horizontal_flip\": true, \"random_crop\": 2}, \"noise\": {\"stddev\": 0.25, \"mask\": 0}}, "
        "\"early_stopping\": {\"patience\": 3, \"min_delta\": 0.5, \"restore_best_weights\": true}, \"max_steps\": 7, \"samples\": 0, "
        "\"checkpoint\": {\"every_steps\": 5, \"every_epochs\": 2}, \"init\": {\"rng\": \"torch\", \"constructed_first\": true, \"weights\": \"w.safetensors\"}, "
        "\"backend\": \"blas\", \"batch_size\": 3, \"epochs\": 2}", "/base");
    assert_true(c->seed == 9007199254740991u && c->max_steps == 7 && c->samples == 0 && c->batch_size == 3 && c->epochs == 2);
    assert_string_equal(c->data.path, "/base/pictures");
    assert_true(c->data.resize[0] == 8 && c->data.resize[1] == 8 && c->data.crop[0] == 6 && c->data.crop[1] == 5 && c->data.pad[1] == 8);
    assert_true(c->data.samples == 100 && c->data.channels == 1 && c->data.on_error == SV_ON_ERROR_SKIP && c->data.memory_limit == 1000);
    assert_true(c->shuffle == SV_OFF && c->has_target && c->target.source == SV_SOURCE_NPY && c->target.samples == 0);
    assert_string_equal(c->target.path, "/t.npy");
    assert_string_equal(c->validation.path, "/base/v.gz");
    assert_string_equal(c->validation_target.path, "/base/vt.npy");
    assert_true(c->augment.horizontal_flip == SV_ON && c->augment.rotate90 == SV_OFF && c->augment.random_crop == 2);
    assert_true(c->noise.stddev == 0.25f && c->noise.mask == 0 && !signbit(c->noise.mask));
    assert_true(c->early_stopping.given && c->early_stopping.patience == 3 && c->early_stopping.min_delta == 0.5f);
    assert_true(c->early_stopping.restore_best_weights == SV_ON && strcmp(c->early_stopping.monitor, "val_loss") == 0);
    assert_true(c->checkpoint_every == 5 && c->checkpoint_epochs == 2 && c->init_rng == SV_RNG_TORCH);
    assert_string_equal(c->init_weights, "/base/w.safetensors");
    assert_string_equal(c->name, "n");
    char *json = resolve(c);
    has(json, "\"description\": \"d\"");
    has(json, "\"seed\": 9007199254740991");
    has(json, "\"path\": \"/base/pictures\"");
    has(json, "\"resize\": [8, 8]");
    has(json, "\"init\": {\"rng\": \"torch\", \"constructed_first\": true, \"weights\": \"/base/w.safetensors\"}");
    sv_free(json);
    sv_config_free(c);
}

static void writes_absolute_paths(void **state)
{
    (void)state;
    char here[4096], want[4200];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(want, sizeof want, "\"path\": \"%s/data/x.npy\"", here);
    sv_config *c = parse_in("{" MODEL("") ", \"data\": {\"source\": \"npy\", \"path\": \"../data/./x.npy\"}}", "configs");
    assert_string_equal(c->data.path, "configs/../data/./x.npy");
    char *json = resolve(c);
    has(json, want);
    sv_free(json);
    sv_config_free(c);
}

static void refuses_what_is_no_config(void **state)
{
    (void)state;
    bad("3", "c.json: expected a config: an object with \"model\" and \"data\"");
    bad("{" DATA "}", "c.json: model: missing; expected the path of a model file or a model");
    bad("{" MODEL("") "}", "c.json: data: missing; expected an object");
    bad("{\"model\": 3, " DATA "}", "c.json: model: expected the path of a model file or a model, got 3");
    bad("{\"model\": {}, " DATA "}",
        "c.json: model.input: missing; expected {\"shape\": [height, width, channels]} or {\"shape\": [units]}");
    bad("{\"model\": {\"input\": {\"shape\": [4]}, \"layers\": [{\"type\": \"Dense\", \"unit\": 3}]}, " DATA "}",
        "c.json: model.layers[0].unit: unknown key; did you mean \"units\"?");
    bad(CONFIG(", \"optimiser\": \"adam\""), "c.json: optimiser: unknown key; did you mean \"optimizer\"?");
    bad(CONFIG(", \"seed\": 1.5"), "c.json: seed: expected an integer, got 1.5");
    bad(CONFIG(", \"seed\": 18446744073709551615"),
        "c.json: seed: expected a whole number up to 9007199254740991, got 1.8446744073709552e+19");
    bad(CONFIG(", \"seed\": 9007199254740992"),
        "c.json: seed: expected a whole number up to 9007199254740991, got 9007199254740992");
    bad(CONFIG(", \"batch_size\": 0"), "c.json: batch_size: expected an integer >= 1, got 0");
    bad(CONFIG(", \"batch_size\": 1.5"), "c.json: batch_size: expected an integer >= 1, got 1.5");
    bad(CONFIG(", \"batch_size\": 1e12"), "c.json: batch_size: expected an integer >= 1, got 1000000000000");
    bad(CONFIG(", \"epochs\": null"), "c.json: epochs: expected an integer >= 1, got null");
    bad(CONFIG(", \"evaluation\": {\"crop_margin\": -1}"),
        "c.json: evaluation.crop_margin: expected an integer from 0 to 1000000, got -1");
    bad(CONFIG(", \"evaluation\": {\"margin\": 1}"), "c.json: evaluation.margin: unknown key; evaluation takes crop_margin");
    bad(CONFIG(", \"early_stopping\": true"), "c.json: early_stopping: expected an object, got true");
    bad(CONFIG(", \"early_stopping\": {\"patience\": -1}"), "c.json: early_stopping.patience: expected an integer >= 0, got -1");
    bad(CONFIG(", \"early_stopping\": {\"monitor\": \"val_loss\"}"),
        "c.json: early_stopping.monitor: \"val_loss\" needs a validation set; expected data.validation_split or data.validation");
    bad(CONFIG(", \"early_stopping\": {\"monitor\": \"a very long name of thirty-two!!\"}"),
        "c.json: early_stopping.monitor: expected a string of at most 31 letters, got \"a very long name of thirty-two!!\"");
    bad(CONFIG(", \"init\": {\"rng\": \"numpy\"}"),
        "c.json: init.rng: expected one of \"native\", \"keras\", \"torch\", got \"numpy\"");
    bad(CONFIG(", \"init\": {\"weights\": \"\"}"), "c.json: init.weights: expected a path, got \"\"");
    bad(CONFIG(", \"backend\": \"cuda\""), "c.json: backend: expected \"native\" or \"blas\", got \"cuda\"");
    bad(CONFIG(", \"checkpoint\": {\"every_step\": 1}"), "c.json: checkpoint.every_step: unknown key; did you mean \"every_steps\"?");
    bad(CONFIG(", \"name\": 1"), "c.json: name: expected a string, got 1");
    bad("{" MODEL("") ", " DATA ", " DATA "}", "c.json: data: given twice; expected each key once");
}

static void bad_data(const char *data, const char *message)
{
    char text[1024], whole[600];
    snprintf(text, sizeof text, "{" MODEL("") ", \"data\": %s}", data);
    snprintf(whole, sizeof whole, "c.json: %s", message);
    bad(text, whole);
}

static void refuses_data(void **state)
{
    (void)state;
    bad_data("\"idx\"", "data: expected an object, got \"idx\"");
    bad_data("{}", "data.source: missing; expected one of \"synthetic\", \"idx\", \"images\", \"npy\", \"cifar10\"");
    bad_data("{\"source\": \"mnist\"}", "data.source: expected one of \"synthetic\", \"idx\", \"images\", \"npy\", \"cifar10\", got \"mnist\"");
    bad_data("{\"source\": \"idx\"}", "data.path: missing; the source \"idx\" needs a path");
    bad_data("{\"source\": \"synthetic\", \"path\": \"x\"}", "data.path: the source \"synthetic\" reads none; leave it out");
    bad_data("{\"source\": \"npy\", \"path\": 3}", "data.path: expected a path, got 3");
    bad_data("{\"source\": \"npy\", \"path\": \"x\", \"resize\": 3}", "data.resize: only the source \"images\" takes it; leave it out");
    bad_data("{\"source\": \"images\", \"path\": \"x\", \"crop\": 0}",
             "data.crop: expected an integer from 1 to 65536 or a pair [h, w] of them, got 0");
    bad_data("{\"source\": \"images\", \"path\": \"x\", \"channels\": 2}", "data.channels: expected 1 or 3, got 2");
    bad_data("{\"source\": \"synthetic\", \"samples\": 0}", "data.samples: expected an integer >= 1, got 0");
    bad_data("{\"source\": \"synthetic\", \"validation_split\": 1}", "data.validation_split: expected a number from 0 to 0.99, got 1");
    bad_data("{\"source\": \"synthetic\", \"validation_split\": 0.1, \"validation\": {\"source\": \"synthetic\"}}",
             "data.validation_split: data.validation is given too; expected one of the two");
    bad_data("{\"source\": \"synthetic\", \"target\": {\"source\": \"npy\"}}",
             "data.target.path: missing; the source \"npy\" needs a path");
    bad_data("{\"source\": \"synthetic\", \"target\": {\"source\": \"synthetic\"}, \"validation\": {\"source\": \"synthetic\"}}",
             "data.validation.target: missing; data.target is given, so the validation set needs targets of its own");
    bad_data("{\"source\": \"synthetic\", \"validation\": {\"source\": \"synthetic\", \"target\": {\"source\": \"synthetic\"}}}",
             "data.validation.target: data.target is missing; expected both or neither");
    bad_data("{\"source\": \"synthetic\", \"validation\": {\"source\": \"npy\", \"path\": \"v\", \"shuffle\": true}}",
             "data.validation.shuffle: unknown key; validation takes source, path, samples, resize, crop, pad, channels, on_error, "
             "memory_limit, target");
    bad_data("{\"source\": \"synthetic\", \"noise\": {\"stdev\": 1}}", "data.noise.stdev: unknown key; did you mean \"stddev\"?");
    bad_data("{\"source\": \"synthetic\", \"noise\": {\"mask\": 1.5}}", "data.noise.mask: expected a number from 0 to 1, got 1.5");
    bad_data("{\"source\": \"synthetic\", \"augment\": {\"random_crop\": -1}}",
             "data.augment.random_crop: expected an integer from 0 to 65536, got -1");
    bad_data("{\"source\": \"synthetic\", \"shuffle\": {\"rng\": \"torch\", \"generator\": \"after_init\"}}",
             "data.shuffle.generator: \"after_init\" goes on where init.rng \"torch\" left the generator; expected that init.rng and "
             "no init.weights, or \"global\"");
    bad_data("{\"source\": \"synthetic\", \"shuffle\": {\"seed\": 3, \"generator\": \"own\"}}",
             "data.shuffle.generator: only the rng \"torch\" takes it; leave it out");
    bad_data("{\"source\": \"synthetic\", \"shuffle\": \"yes\"}", "data.shuffle: expected true, false or an object, got \"yes\"");
}

static void reads_losses(void **state)
{
    (void)state;
    sv_config *c = parse(CONFIG(", \"loss\": [\"mae\", {\"type\": \"huber\", \"delta\": 0.5, \"weight\": 0.25, \"reduction\": \"sum\"}]"));
    assert_int_equal(c->losses, 2);
    assert_string_equal(c->loss[0].op->type, "mae");
    assert_string_equal(c->loss[1].op->type, "huber");
    assert_true(c->loss[1].weight == 0.25f && c->loss[1].args.delta == 0.5f && c->loss[1].args.reduction == SV_SUM);
    char *json = resolve(c);
    has(json, "\"weight\": 0.25");
    sv_free(json);
    sv_config_free(c);
    c = parse(CONFIG(", \"loss\": {\"type\": \"mse\", \"dialect\": \"torch\", \"weight\": 0}"));
    assert_true(c->loss[0].args.dialect == SV_TORCH && c->dialect == SV_KERAS && c->loss[0].weight == 0);
    json = resolve(c);
    has(json, "{\"type\": \"mse\", \"weight\": 0, \"reduction\": \"mean\", \"crop_margin\": 0, \"border_weight\": 0, \"dialect\": \"torch\"}");
    sv_free(json);
    sv_config_free(c);
}

static void refuses_losses(void **state)
{
    (void)state;
    bad(CONFIG(", \"loss\": \"msee\""), "c.json: loss: unknown loss \"msee\"; did you mean \"mse\"?");
    bad(CONFIG(", \"loss\": {\"type\": \"hinge_of_things\"}"),
        "c.json: loss.type: unknown loss \"hinge_of_things\"; known: mse, mae, huber, bce, bce_with_logits, ssim");
    bad(CONFIG(", \"loss\": {\"type\": \"mse\", \"delta\": 1}"),
        "c.json: loss.delta: unknown key; mse takes reduction, crop_margin, border_weight, type, weight, dialect");
    bad(CONFIG(", \"loss\": []"), "c.json: loss: expected 1 to 8 losses, got 0");
    bad(CONFIG(", \"loss\": [\"mse\", 3]"), "c.json: loss[1]: expected a loss's name or {\"type\": name, ...}, got 3");
    bad(CONFIG(", \"loss\": [\"mse\", {\"type\": \"huber\", \"delta\": \"x\"}]"),
        "c.json: loss[1].delta: expected a number >= 1e-30, got \"x\"");
    bad(CONFIG(", \"loss\": [\"mse\", {\"type\": \"mae\", \"weight\": null}]"), "c.json: loss[1].weight: expected a number, got null");
    bad(CONFIG(", \"loss\": null"), "c.json: loss: expected a loss's name or {\"type\": name, ...}, got null");
}

static void parses_single_losses(void **state)
{
    (void)state;
    sv_loss_spec loss[SV_MAX_LOSSES];
    int count = 0;
    sv_fault fault = { 0 };
    assert_int_equal(sv_losses_parse("bce", SV_TORCH, loss, &count, &fault), SV_OK);
    assert_true(count == 1 && loss[0].args.dialect == SV_TORCH && strcmp(loss[0].op->type, "bce") == 0);
    assert_int_equal(sv_losses_parse("\"mae\"", SV_KERAS, loss, &count, &fault), SV_OK);
    assert_int_equal(sv_losses_parse(" [{\"type\": \"huber\", \"delta\": 2, \"weight\": 0.5}]", SV_KERAS, loss, &count, &fault), SV_OK);
    assert_true(count == 1 && loss[0].weight == 0.5f && loss[0].args.delta == 2);
    assert_int_equal(sv_losses_parse("mse2", SV_KERAS, loss, &count, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "loss: unknown loss \"mse2\"; did you mean \"mse\"?");
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_losses_parse("{\"type\": ", SV_KERAS, loss, &count, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text,
                        "loss: line 1, column 10: the text ends too early; expected the rest of a JSON value, closed by } or ]");
}

static void reads_optimizers(void **state)
{
    (void)state;
    sv_config *c = parse(CONFIG(", \"dialect\": \"torch\", \"optimizer\": {\"type\": \"adamw\", \"weight_decay\": 0, \"clipnorm\": 1, "
                                "\"schedule\": {\"type\": \"plateau\", \"min_delta\": 0, \"patience\": 2}}"));
    assert_true(c->optimizer.type == SV_ADAMW && c->optimizer.weight_decay == 0 && !signbit(c->optimizer.weight_decay));
    assert_true(c->optimizer.epsilon == 1e-8f && c->optimizer.clipnorm == 1 && c->optimizer.dialect == SV_TORCH);
    assert_true(c->optimizer.schedule.type == SV_SCHEDULE_PLATEAU && c->optimizer.schedule.min_delta == 0);
    assert_int_equal(c->optimizer.schedule.patience, 2);
    char *json = resolve(c);
    has(json, "\"min_delta\": 0,");
    has(json, "\"weight_decay\": 0,");
    sv_free(json);
    sv_config_free(c);
    c = parse(CONFIG(", \"optimizer\": \"sgd\""));
    assert_true(c->optimizer.type == SV_SGD && c->optimizer.learning_rate == 0.01f);
    sv_config_free(c);
    c = parse(CONFIG(", \"optimizer\": {\"type\": \"rmsprop\", \"dialect\": \"torch\"}"));
    assert_true(c->optimizer.rho == 0.99f && c->dialect == SV_KERAS);
    sv_config_free(c);
}

static void refuses_optimizers(void **state)
{
    (void)state;
    bad(CONFIG(", \"optimizer\": \"adamm\""), "c.json: optimizer: unknown optimizer \"adamm\"; did you mean \"adam\"?");
    bad(CONFIG(", \"optimizer\": {\"learning_rate\": 1}"), "c.json: optimizer.type: missing; expected the name of an optimizer");
    bad(CONFIG(", \"optimizer\": {\"type\": \"sgd\", \"lr\": 1}"),
        "c.json: optimizer.lr: unknown key; sgd takes learning_rate, momentum, nesterov, weight_decay, clipvalue, clipnorm, "
        "global_clipnorm, schedule, dialect, type");
    bad(CONFIG(", \"optimizer\": {\"type\": \"sgd\", \"learning_rate\": \"fast\"}"),
        "c.json: optimizer.learning_rate: expected a number >= 0, got \"fast\"");
    bad(CONFIG(", \"optimizer\": {\"type\": \"adam\", \"schedule\": {\"type\": \"step\", \"decay_steps\": 0, \"decay_rate\": 0.5}}"),
        "c.json: optimizer.schedule.decay_steps: expected an integer >= 1, got 0");
    bad(CONFIG(", \"optimizer\": {\"type\": \"adam\", \"schedule\": \"cosin\"}"),
        "c.json: optimizer.schedule: unknown schedule \"cosin\"; did you mean \"cosine\"?");
    bad(CONFIG(", \"optimizer\": {\"type\": \"adam\", \"schedule\": \"cosine\"}"),
        "c.json: optimizer.schedule.decay_steps: missing; cosine needs an integer >= 1");
    bad(CONFIG(", \"optimizer\": {\"type\": \"adam\", \"schedule\": {\"type\": \"plateau\", \"patience\": 0}}"),
        "c.json: optimizer.schedule.patience: expected an integer >= 0 but not 0, got 0");
}

/* Who names a dialect: nobody, the model, the config, both; then what holds for layers and for losses and optimizer. */
static void resolves_dialects(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        sv_dialect model, config;
    } cases[] = {
        { "{" MODEL("") ", " DATA "}", SV_KERAS, SV_KERAS },
        { "{" MODEL("\"dialect\": \"torch\", ") ", " DATA "}", SV_TORCH, SV_TORCH },
        { "{\"dialect\": \"torch\", " MODEL("") ", " DATA "}", SV_TORCH, SV_TORCH },
        { "{\"dialect\": \"torch\", " MODEL("\"dialect\": \"keras\", ") ", " DATA "}", SV_KERAS, SV_TORCH },
        { "{\"dialect\": \"keras\", " MODEL("\"dialect\": \"torch\", ") ", " DATA "}", SV_TORCH, SV_KERAS },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sv_config *c = parse(cases[i].text);
        assert_int_equal(sv_model_dialect(c->model), cases[i].model);
        assert_int_equal(c->dialect, cases[i].config);
        assert_int_equal(c->optimizer.dialect, cases[i].config);
        assert_int_equal(c->loss[0].args.dialect, cases[i].config);
        char *json = resolve(c);
        sv_free(json);
        sv_config_free(c);
    }
}

static void build(const char *text, bool own_target, const char *target_shape)
{
    sv_config *c = parse(text);
    sv_built b;
    sv_fault fault = { 0 };
    char shape[SV_SHAPE_TEXT];
    if (sv_config_build(c, &b, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_string_equal(b.input->name, "input");
    assert_int_equal(b.target != b.input, own_target);
    assert_string_equal(sv_shape_text(&b.target->shape, shape), target_shape);
    assert_string_equal(b.loss->name, "loss");
    sv_graph_free(b.graph);
    sv_config_free(c);
}

#define THREE "\"model\": {\"input\": {\"shape\": [4, 4, 1]}, \"layers\": [{\"type\": \"Conv2D\", \"filters\": 3, \"kernel_size\": 1}]}"

static void builds_targets(void **state)
{
    (void)state;
    build(CONFIG(""), false, "[4,4,1]");
    build(CONFIG(", \"loss\": [\"mse\", {\"type\": \"mae\", \"weight\": 0.5}]"), false, "[4,4,1]");
    build("{" MODEL("") ", \"data\": {\"source\": \"synthetic\", \"noise\": {\"mask\": 0.5}}}", true, "[4,4,1]");
    build("{" THREE ", \"data\": {\"source\": \"synthetic\", \"target\": {\"source\": \"npy\", \"path\": \"t\"}}}", true, "[4,4,3]");
    sv_config *c = parse("{" THREE ", " DATA "}");
    sv_built b;
    sv_fault fault = { 0 };
    assert_int_equal(sv_config_build(c, &b, &fault), SV_BAD_ARGUMENT);
    assert_null(b.graph);
    assert_string_equal(fault.text, "c.json: loss: output 'Conv2D_0' has shape [4,4,3], its target 'input' [4,4,1]; a loss needs equal shapes");
    sv_config_free(c);
    c = parse(CONFIG(", \"evaluation\": {\"crop_margin\": 2}"));
    fault = (sv_fault){ 0 };
    assert_int_equal(c->crop_margin, 2);
    assert_int_equal(sv_config_build(c, &b, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "c.json: evaluation.crop_margin: expected less than half of 4 pixels, got 2");
    sv_config_free(c);
}

static void finds_models_beside_the_config(void **state)
{
    const char *folder = *state;
    static const char config[] = "{\"model\": \"sub.json\", " DATA "}", broken[] = "{\"input\": {\"shape\": [4]}, \"layers\": [{\"type\": \"X\"}]}";
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    char path[512], model[512], message[1200];
    snprintf(path, sizeof path, "%s/c.json", folder);
    snprintf(model, sizeof model, "%s/sub.json", folder);
    scratch_write(path, config, strlen(config));
    remove(model);
    assert_int_equal(sv_config_read(path, NULL, 0, &c, &fault), SV_IO_ERROR);
    snprintf(message, sizeof message, "%s: model: %s", path, model);
    assert_memory_equal(fault.text, message, strlen(message));
    scratch_write(model, broken, strlen(broken));
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_config_read(path, NULL, 0, &c, &fault), SV_BAD_ARGUMENT);
    snprintf(message, sizeof message, "%s: layers[0].type: unknown layer type \"X\"; known: ", model);
    assert_memory_equal(fault.text, message, strlen(message));
    scratch_write(model, "[", 1);
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_config_read(path, NULL, 0, &c, &fault), SV_BAD_ARGUMENT);
    snprintf(message, sizeof message, "%s: line 1, column 2: the text ends too early", model);
    assert_memory_equal(fault.text, message, strlen(message));
    fault = (sv_fault){ 0 };
    assert_int_equal(sv_config_read("/nowhere/c.json", NULL, 0, &c, &fault), SV_IO_ERROR);
    assert_memory_equal(fault.text, "/nowhere/c.json: ", 17);
    assert_null(c);
}

static void has_a_quickstart(void **state)
{
    (void)state;
    sv_config *c = NULL;
    sv_fault fault = { 0 };
    if (sv_config_read(NULL, NULL, 0, &c, &fault) != SV_OK) fail_msg("%s", fault.text);
    assert_string_equal(c->source, "<quickstart>");
    assert_string_equal(sv_model_name(c->model), "fashion_ae");
    assert_int_equal(c->data.source, SV_SOURCE_SYNTHETIC);
    char *json = resolve(c);
    sv_free(json);
    sv_config_free(c);
    static const char *const wrong[] = { "model.layers.enc1.filtres=3" };
    assert_int_equal(sv_config_read(NULL, wrong, 1, &c, &fault), SV_BAD_ARGUMENT);
    assert_string_equal(fault.text, "<quickstart>: layers[0].filtres: unknown key; did you mean \"filters\"? (of the override "
                                    "model.layers.enc1.filtres=3)");
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
        cmocka_unit_test(has_defaults), cmocka_unit_test(reads_every_section),
        cmocka_unit_test(writes_absolute_paths), cmocka_unit_test(refuses_what_is_no_config),
        cmocka_unit_test(refuses_data), cmocka_unit_test(reads_losses),
        cmocka_unit_test(refuses_losses), cmocka_unit_test(parses_single_losses),
        cmocka_unit_test(reads_optimizers), cmocka_unit_test(refuses_optimizers),
        cmocka_unit_test(resolves_dialects), cmocka_unit_test(builds_targets),
        cmocka_unit_test(finds_models_beside_the_config), cmocka_unit_test(has_a_quickstart),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
