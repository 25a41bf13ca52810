/* Tables of the keys that are no operator's: a model's, a config's and its sections'. Beside ordinary arguments
 * (base/args.h) they hold texts, paths and sections; reader, writer, schema and listing all walk them. */
#ifndef SV_CONFIG_KEYS_H
#define SV_CONFIG_KEYS_H
#include "base/args.h"
#include "config/json.h"

typedef enum sv_key_kind {
    SV_KEY_VALUE = 0, /* as arg.type says */
    SV_KEY_TEXT,      /* char *, owned; JSON: a string or null */
    SV_KEY_PATH,      /* the same, read relative to the file, written absolute */
    SV_KEY_NAME,      /* char[room]; JSON: a shorter string or null */
    SV_KEY_SECTION,   /* an object of its own keys; their offsets are into the same struct */
    SV_KEY_SWITCHED,  /* a switch, or a section, which turns it on */
    SV_KEY_NOTE,      /* for editors and people: read over */
    SV_KEY_MODEL, SV_KEY_LOSS, SV_KEY_OPTIMIZER, SV_KEY_INPUT, SV_KEY_LAYERS /* read by code of their own */
} sv_key_kind;

typedef struct sv_key {
    sv_arg arg; /* key, offset, required and doc of every kind */
    sv_key_kind kind;
    const struct sv_key *section;
    size_t given; /* of a section: offset of the bool that says it is there; 0: it always is */
    size_t room;
} sv_key;

extern const sv_key sv_model_keys[], sv_config_keys[];

/* What the key wants, into `text`. */
const char *sv_key_wanted(const sv_key *key, char *text, size_t size);

/* Sets every number and switch to its default. */
void sv_keys_default(const sv_key *keys, void *base);

/* Reads an object, keys with code of their own apart. Paths become relative to `folder`. */
sv_status sv_keys_read(const cJSON *object, const sv_key *keys, const char *folder, const char *who, void *base, sv_fault *fault);

/* Frees the texts. */
void sv_keys_free(const sv_key *keys, void *base);

#endif
