#include "config/catalogue.h"
#include "config/losses.h"
#include "config/reader.h"
#include "init/init.h"
#include "ops/op.h"
#include "optim/optim.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *title, *remark;
} groups[SV_GROUP_COUNT] = {
    [SV_GROUP_LAYERS] = { "layers", "Layers", "A layer is {\"type\": ..., ...}. Each also takes \"name\", \"inputs\" (names of earlier "
                                              "layers or \"input\"; by default the layer before) and \"dialect\"." },
    [SV_GROUP_ACTIVATIONS] = { "activations", "Activations", "Written as a name or as {\"type\": name, ...}." },
    [SV_GROUP_INITIALIZERS] = { "initializers", "Initializers", "Written as a name or as {\"type\": name, ...}." },
    [SV_GROUP_REGULARIZERS] = { "regularizers", "Regularizers", "Written as \"l1\", \"l2\", \"l1_l2\" (0.01 each) or as an object." },
    [SV_GROUP_LOSSES] = { "losses", "Losses", "Written as a name, as {\"type\": name, ...} or as a list of them. Each also takes "
                                              "\"weight\" (default 1) and \"dialect\"." },
    [SV_GROUP_OPTIMIZERS] = { "optimizers", "Optimizers", "Written as a name or as {\"type\": name, ...}." },
    [SV_GROUP_SCHEDULES] = { "schedules", "Schedules", "An optimizer's \"schedule\", as a name or as {\"type\": name, ...}." },
    [SV_GROUP_MODEL] = { "model", "Model files", "" },
    [SV_GROUP_CONFIG] = { "config", "Config files", "Paths are relative to the file that names them." },
};

const char *sv_group_name(sv_group group)
{
    return groups[group].name;
}

const char *sv_group_title(sv_group group)
{
    return groups[group].title;
}

const char *sv_group_remark(sv_group group)
{
    return groups[group].remark;
}

static bool set(sv_entry *e, const char *name, const char *doc, const sv_arg *table)
{
    *e = (sv_entry){ .doc = doc, .table = table };
    snprintf(e->name, sizeof e->name, "%s", name);
    return true;
}

/* Sections of a config depth first; *index counts down to the one that is wanted. */
static bool find_section(const sv_key *keys, const char *prefix, int *index, sv_entry *e)
{
    for (; keys->arg.key; keys++) {
        if (!keys->section) continue;
        char path[64];
        snprintf(path, sizeof path, "%.30s%s%.30s", prefix, *prefix ? "." : "", keys->arg.key);
        if ((*index)-- == 0) {
            set(e, path, keys->arg.doc, NULL);
            e->keys = keys->section;
            return true;
        }
        if (find_section(keys->section, path, index, e)) return true;
    }
    return false;
}

static bool config_entry(int index, sv_entry *e)
{
    if (index > 0) return index--, find_section(sv_config_keys, "", &index, e);
    set(e, "config", "the keys of a config file", NULL);
    e->keys = sv_config_keys;
    return true;
}

static bool model_entry(int index, sv_entry *e)
{
    set(e, "model", "the keys of a model file", NULL);
    e->keys = sv_model_keys;
    return index == 0;
}

bool sv_catalogue_entry(sv_group group, int i, sv_entry *e)
{
    switch (group) {
    case SV_GROUP_LAYERS: return sv_op_table[i] && set(e, sv_op_table[i]->type, sv_op_table[i]->doc, sv_op_table[i]->table);
    case SV_GROUP_ACTIVATIONS:
        return sv_activation_names[i] && set(e, sv_activation_names[i], "", sv_activation_table((sv_activation_type)i));
    case SV_GROUP_INITIALIZERS:
        i++;
        return sv_initializer_names[i] && set(e, sv_initializer_names[i], sv_initializer_doc((sv_initializer_type)i),
                                              sv_initializer_table((sv_initializer_type)i));
    case SV_GROUP_REGULARIZERS: return i == 0 && set(e, "regularizer", "a penalty on weights", sv_regularizer_table);
    case SV_GROUP_LOSSES: return sv_loss_table[i] && set(e, sv_loss_table[i]->type, sv_loss_table[i]->doc, sv_loss_table[i]->table);
    case SV_GROUP_OPTIMIZERS:
        return sv_optimizer_names[i] &&
               set(e, sv_optimizer_names[i], sv_optimizer_doc((sv_optimizer_type)i), sv_optimizer_table((sv_optimizer_type)i));
    case SV_GROUP_SCHEDULES:
        return sv_schedule_names[i] &&
               set(e, sv_schedule_names[i], sv_schedule_doc((sv_schedule_type)i), sv_schedule_table((sv_schedule_type)i));
    case SV_GROUP_MODEL: return model_entry(i, e);
    case SV_GROUP_CONFIG: return config_entry(i, e);
    default: return false;
    }
}

bool sv_add_default(sv_text *out, const sv_arg *arg, sv_dialect dialect)
{
    bool number = arg->type == SV_ARG_INT || arg->type == SV_ARG_LONG || arg->type == SV_ARG_FLOAT || arg->type == SV_ARG_DOUBLE ||
                  arg->type == SV_ARG_PAIR;
    if (arg->required || arg->fallback_text || (!number && arg->type != SV_ARG_SWITCH)) return false;
    double v = dialect == SV_TORCH && !isnan(arg->fallback_torch) ? arg->fallback_torch : arg->fallback;
    if (number) sv_json_add_double(out, v);
    else sv_text_add(out, v != 0 ? "true" : "false");
    return true;
}

static void describe_default(const sv_arg *arg, char *text, size_t size)
{
    sv_text keras = { 0 }, torch = { 0 };
    text[0] = '\0';
    if (arg->fallback_text && !arg->required) snprintf(text, size, "%s", arg->fallback_text);
    if (sv_add_default(&keras, arg, SV_KERAS) && sv_add_default(&torch, arg, SV_TORCH) && !keras.failed && !torch.failed)
        snprintf(text, size, strcmp(keras.data, torch.data) ? "%s (torch: %s)" : "%s", keras.data, torch.data);
    sv_text_free(&keras);
    sv_text_free(&torch);
}

bool sv_catalogue_row(const sv_entry *entry, int index, sv_row *row)
{
    const sv_arg *arg = entry->table ? &entry->table[index] : entry->keys ? &entry->keys[index].arg : NULL;
    if (!arg || !arg->key) return false;
    bool value = entry->table || entry->keys[index].kind == SV_KEY_VALUE;
    *row = (sv_row){ .key = arg->key, .doc = arg->doc ? arg->doc : "", .required = arg->required };
    if (entry->table) sv_arg_wanted(arg, row->wanted, sizeof row->wanted);
    else sv_key_wanted(&entry->keys[index], row->wanted, sizeof row->wanted);
    if (value) describe_default(arg, row->fallback, sizeof row->fallback);
    else if (arg->fallback_text) snprintf(row->fallback, sizeof row->fallback, "%s", arg->fallback_text);
    return true;
}
