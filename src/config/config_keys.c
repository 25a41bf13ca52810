/* The keys of a config. Offsets are into sv_config. */
#include "config/config.h"
#include "config/keys.h"
#include <math.h>

#define AT(field) offsetof(sv_config, field)
#define WHOLE(type_, key_, field, least, most, default_, text, doc_)                                                               \
    { .arg = { .key = key_, .type = type_, .offset = AT(field), .minimum = (least), .maximum = (most), .fallback = (default_),      \
               .fallback_torch = NAN, .fallback_text = (text), .doc = (doc_) } }
#define INT(key_, field, least, default_, text, doc_) WHOLE(SV_ARG_INT, key_, field, least, 2147483647, default_, text, doc_)
#define LONG(key_, field, least, default_, text, doc_) WHOLE(SV_ARG_LONG, key_, field, least, 1e18, default_, text, doc_)
#define PAIR(key_, field, doc_) WHOLE(SV_ARG_PAIR, key_, field, 1, 1 << 16, 0, "none", doc_)
#define FLOAT(key_, field, least, most, default_, doc_) WHOLE(SV_ARG_FLOAT, key_, field, least, most, default_, NULL, doc_)
#define SWITCH(key_, field, default_, doc_) WHOLE(SV_ARG_SWITCH, key_, field, 0, 0, default_, NULL, doc_)
#define ENUM(key_, field, list, first, must, doc_)                                                                                 \
    { .arg = { .key = key_, .type = SV_ARG_ENUM, .offset = AT(field), .required = (must), .fallback_torch = NAN,                    \
               .names = (list), .fallback_text = (first), .doc = (doc_) } }
#define TEXT(kind_, key_, field, doc_) { .arg = { .key = key_, .offset = AT(field), .doc = (doc_) }, .kind = (kind_) }
#define NAME(key_, field, default_, doc_)                                                                                          \
    { .arg = { .key = key_, .offset = AT(field), .fallback_text = (default_), .doc = (doc_) }, .kind = SV_KEY_NAME,                 \
      .room = sizeof ((sv_config *)0)->field }
#define SECTION(key_, keys, given_, doc_)                                                                                          \
    { .arg = { .key = key_, .fallback_text = (given_) ? "none" : NULL, .doc = (doc_) },                                            \
      .kind = SV_KEY_SECTION, .section = (keys), .given = (given_) }
#define SWITCHED(key_, field, keys, given_, default_, text, doc_)                                                                   \
    { .arg = { .key = key_, .type = SV_ARG_SWITCH, .offset = AT(field), .fallback = (default_), .fallback_torch = NAN,              \
               .fallback_text = (text), .doc = (doc_) },                                                                            \
      .kind = SV_KEY_SWITCHED, .section = (keys), .given = (given_) }
#define OWN(kind_, key_, must, default_, doc_)                                                                                     \
    { .arg = { .key = key_, .required = (must), .fallback_text = (default_), .doc = (doc_) }, .kind = (kind_) }
#define END { .arg = { .key = NULL } }

static const char *const on_error_names[] = { "fail", "skip", NULL };

/* One source of samples (data, data.target, data.validation, data.validation.target). */
#define SOURCE(spec)                                                                                                               \
    ENUM("source", spec.source, sv_source_names, NULL, true, "where the samples come from"),                                       \
    TEXT(SV_KEY_PATH, "path", spec.path, "file or folder; not of the synthetic source"),                                           \
    INT("samples", spec.samples, 1, 0, "2048 synthetic pictures, all of a file", "how many are made or, of a file, read at most"),  \
    PAIR("resize", spec.resize, "images: scaled to this height and width"),                                                        \
    PAIR("crop", spec.crop, "images: then cut to this from the centre"),                                                           \
    PAIR("pad", spec.pad, "images: then padded with edge pixels to this"),                                                         \
    WHOLE(SV_ARG_INT, "channels", spec.channels, 1, 3, 0, "as the model's input", "images: 1 (gray) or 3 (RGB)"),                  \
    ENUM("on_error", spec.on_error, on_error_names, "\"fail\"", false, "images that cannot be read: fail, or skip and list them"),  \
    LONG("memory_limit", spec.memory_limit, 1, 2147483648.0, NULL, "bytes kept in memory; larger sets are read as needed")

static const sv_key target_keys[] = { SOURCE(target), END };
static const sv_key validation_target_keys[] = { SOURCE(validation_target), END };
static const sv_key validation_keys[] = {
    SOURCE(validation),
    SECTION("target", validation_target_keys, AT(has_validation_target), "the validation set's own targets; needed where data.target is given"),
    END,
};

static const sv_key augment_keys[] = {
    SWITCH("horizontal_flip", augment.horizontal_flip, 0, "mirror left and right, each picture with probability 1/2"),
    SWITCH("vertical_flip", augment.vertical_flip, 0, "mirror top and bottom, likewise"),
    SWITCH("rotate90", augment.rotate90, 0, "a random quarter turn; square pictures only"),
    WHOLE(SV_ARG_INT, "random_crop", augment.random_crop, 0, 1 << 16, 0, NULL,
          "pad by so many mirrored pixels, then cut a random window of the picture's size"),
    END,
};

static const sv_key noise_keys[] = {
    FLOAT("stddev", noise.stddev, 0, 1e9, 0, "standard deviation of Gaussian noise on the input, not on the target"),
    FLOAT("salt_pepper", noise.salt_pepper, 0, 1, 0, "fraction of elements set to 0 or 1"),
    FLOAT("mask", noise.mask, 0, 1, 0, "fraction of pixels set to 0 in all channels"),
    END,
};

static const char *const shuffle_rng_names[] = { "native", "torch", NULL };
static const char *const shuffle_generator_names[] = { "global", "own", "after_init", NULL };

static const sv_key shuffle_keys[] = {
    ENUM("rng", order.rng, shuffle_rng_names, "\"native\"", false, "whose orders; torch: those of PyTorch's DataLoader(shuffle=True)"),
    WHOLE(SV_ARG_LONG, "seed", order.seed, 0, 0, (double)SV_SEED_OF_RUN, "the run's seed", "a seed of its own"),
    ENUM("generator", order.generator, shuffle_generator_names, "\"global\"", false,
         "torch: the global generator, manual_seed just before the first epoch; the DataLoader's own (generator=...); or the global one "
         "as drawing the initial weights left it"),
    WHOLE(SV_ARG_INT, "other_loaders", order.other_loaders, 0, 1 << 16, 0, NULL,
          "torch: passes over other DataLoaders, validation say, in each epoch, which take a number of the global generator too"),
    END,
};

static const sv_key data_keys[] = {
    SOURCE(data),
    SECTION("target", target_keys, AT(has_target), "what the outputs are compared with, in place of the inputs themselves"),
    FLOAT("validation_split", validation_split, 0, 0.99, 0, "the last fraction of the samples, kept for validation"),
    SECTION("validation", validation_keys, AT(has_validation), "a validation set of its own"),
    SWITCHED("shuffle", shuffle, shuffle_keys, AT(order.given), 1, "true", "a new order in each epoch; an object says whose"),
    SECTION("augment", augment_keys, 0, "random changes to input and target alike"),
    SECTION("noise", noise_keys, 0, "noise on the input: the model learns to remove it"),
    END,
};

static const sv_key early_stopping_keys[] = {
    NAME("monitor", early_stopping.monitor, "\"val_loss\" with a validation set, else \"loss\"", "column of metrics.csv to watch"),
    FLOAT("min_delta", early_stopping.min_delta, 0, 1e30, 0, "least change that counts as an improvement"),
    WHOLE(SV_ARG_INT, "patience", early_stopping.patience, 0, 2147483647, 0, NULL, "epochs without improvement before the end"),
    SWITCH("restore_best_weights", early_stopping.restore_best_weights, 0, "end with the weights of the best epoch"),
    END,
};

static const sv_key checkpoint_keys[] = {
    INT("every_steps", checkpoint_every, 0, 0, NULL, "updates between checkpoints within an epoch; 0: none"),
    INT("every_epochs", checkpoint_epochs, 1, 1, NULL, "epochs between checkpoints"),
    END,
};

static const sv_key evaluation_keys[] = {
    WHOLE(SV_ARG_INT, "crop_margin", crop_margin, 0, 1e6, 0, NULL,
          "pixels at each side that no measure counts, as if target and reconstruction were cropped; the losses are not measures"),
    END,
};

static const sv_key init_keys[] = {
    ENUM("rng", init_rng, sv_init_rng_names, "\"native\"", false, "whose random numbers the initial weights are drawn from"),
    SWITCH("constructed_first", constructed_first, 0,
           "torch: all layers' constructors draw their defaults before the first initializer draws over them"),
    TEXT(SV_KEY_PATH, "weights", init_weights, "safetensors file that a new run starts from, in place of drawing; to continue a run: --resume"),
    END,
};

const sv_key sv_config_keys[] = {
    OWN(SV_KEY_NOTE, "$schema", false, NULL, "for editors"),
    TEXT(SV_KEY_TEXT, "name", name, "what the run is called"),
    TEXT(SV_KEY_TEXT, "description", description, "free text"),
    OWN(SV_KEY_MODEL, "model", true, NULL, "the architecture"),
    { .arg = { .key = "dialect", .type = SV_ARG_DIALECT, .offset = AT(dialect), .fallback_torch = NAN,
               .fallback_text = "the model's, else \"keras\"", .doc = "whose defaults and update formulas hold; the model's own goes first for layers" } },
    WHOLE(SV_ARG_LONG, "seed", seed, 0, 0, 0, NULL, "of everything random"),
    { .arg = { .key = "data", .required = true, .doc = "the samples" }, .kind = SV_KEY_SECTION, .section = data_keys },
    OWN(SV_KEY_LOSS, "loss", false, "\"mse\"", "what to minimise; several are added, each times its weight"),
    OWN(SV_KEY_OPTIMIZER, "optimizer", false, "\"adam\"", "how to minimise it"),
    INT("batch_size", batch_size, 1, 32, NULL, "samples of an update"),
    INT("epochs", epochs, 1, 10, NULL, "passes over the data"),
    LONG("max_steps", max_steps, 0, 0, NULL, "end after so many updates; 0: none"),
    SECTION("early_stopping", early_stopping_keys, AT(early_stopping.given), "end when a figure stops improving"),
    SECTION("checkpoint", checkpoint_keys, 0, "when to save what resuming needs"),
    SECTION("evaluation", evaluation_keys, 0, "how reconstructions are measured"),
    SECTION("init", init_keys, 0, "the initial weights"),
    NAME("backend", backend, "\"native\"", "who computes convolutions: native (direct, the same bits everywhere) or blas"),
    WHOLE(SV_ARG_INT, "samples", samples, 0, 1 << 16, 8, NULL, "reconstructions drawn into the run folder"),
    END,
};
