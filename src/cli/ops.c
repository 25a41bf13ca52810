/* selvage ops: what models and configs may hold, from the tables that parse them. */
#include "cli/cli.h"
#include "cli/json.h"
#include "config/config.h"

typedef struct ops_options {
    bool json, markdown;
    int schema; /* 0 none, 1 model, 2 config */
} ops_options;

static sv_status ops(const ops_options *o, sv_fault *fault)
{
    if (o->json + o->markdown + (o->schema > 0) > 1)
        return sv_fail(fault, SV_BAD_ARGUMENT, "ops: expected one of --json, --markdown and --schema");
    sv_text t = { 0 };
    if (o->schema == 1)
        sv_schema_model(&t);
    else if (o->schema == 2)
        sv_schema_config(&t);
    else
        sv_list_ops(o->json ? SV_LISTING_JSON : o->markdown ? SV_LISTING_MARKDOWN : SV_LISTING_TEXT, &t);
    return sv_put_out(&t) ? SV_OK : sv_fail_memory(fault, "ops");
}

static int run(int argc, char **argv)
{
    static const char *const schemas[] = { "", "model", "config", NULL };
    ops_options o = { 0 };
    const sv_option options[] = { { "--json", SV_OPTION_FLAG, &o.json, 0, NULL },
                                  { "--markdown", SV_OPTION_FLAG, &o.markdown, 0, NULL },
                                  { "--schema", SV_OPTION_CHOICE, &o.schema, 0, schemas },
                                  { NULL, SV_OPTION_FLAG, NULL, 0, NULL } };
    sv_arguments a = { 0 };
    sv_fault fault = { 0 };
    if (sv_options_parse(&sv_command_ops, argc, argv, options, &a, &fault) == SV_OK) ops(&o, &fault);
    sv_arguments_free(&a);
    return sv_cli_exit(&fault);
}

const sv_command sv_command_ops = {
    "ops", "lists layers, initializers, losses and optimizers with their arguments",
    "selvage ops [--json | --markdown | --schema model|config]\n"
    "\n"
    "Lists operators, initializers, losses, optimizers and schedules with their arguments, ranges and defaults, from the\n"
    "tables that parse them.\n"
    "\n"
    "  --json           as JSON\n"
    "  --markdown       as the reference in the README\n"
    "  --schema KIND    the JSON schema of model or config files\n",
    run
};
