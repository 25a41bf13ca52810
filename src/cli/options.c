#include "cli/cli.h"
#include "base/memory.h"
#include "base/shape.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 32 };

static const sv_option *find(const sv_option *options, const char *name, size_t length)
{
    for (const sv_option *o = options; o->name; o++)
        if (strlen(o->name) == length && !memcmp(o->name, name, length)) return o;
    return NULL;
}

static sv_status unknown(const sv_command *c, const sv_option *options, const char *name, size_t length, sv_fault *fault)
{
    const char *known[MAX_OPTIONS + 3];
    int n = 0;
    for (const sv_option *o = options; o->name && n < MAX_OPTIONS; o++) known[n++] = o->name;
    known[n++] = "--help";
    known[n++] = "--version";
    known[n] = NULL;
    char wrong[64];
    if (length >= sizeof wrong) length = sizeof wrong - 1;
    memcpy(wrong, name, length);
    wrong[length] = '\0';
    const char *near = sv_nearest(wrong, known);
    if (near) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s: unknown option; did you mean %s?", c->name, wrong, near);
    return sv_fail(fault, SV_BAD_ARGUMENT, "%s: %s: unknown option; see selvage %s --help", c->name, wrong, c->name);
}

/* Whole decimal numbers only: no blanks, no trailing letters. */
static bool whole_number(const char *text, int64_t *v)
{
    char *end;
    errno = 0;
    *v = strtoll(text, &end, 10);
    return *text && !*end && !errno && *text != ' ' && *text != '\t';
}

static sv_status take_integer(const sv_option *o, const char *text, sv_fault *fault)
{
    int64_t v, most = o->type == SV_OPTION_INT ? INT_MAX : INT64_MAX;
    if (!whole_number(text, &v) || v < o->minimum || v > most)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected an integer >= %lld, got '%s'", o->name, (long long)o->minimum, text);
    if (o->type == SV_OPTION_INT)
        *(int *)o->value = (int)v;
    else
        *(int64_t *)o->value = v;
    return SV_OK;
}

static sv_status take_seed(const sv_option *o, const char *text, sv_fault *fault)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    const char *digits = *text == '-' ? text + 1 : text;
    if (*digits < '0' || *digits > '9' || *end || errno || (digits > text && -v > (uint64_t)1 << 63))
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected an integer from -2^63 to 2^64 - 1, got '%s'", o->name, text);
    *(uint64_t *)o->value = v;
    return SV_OK;
}

static sv_status take_choice(const sv_option *o, const char *text, sv_fault *fault)
{
    sv_text known = { 0 };
    for (int i = 0; o->names[i]; i++) {
        if (!strcmp(o->names[i], text)) {
            *(int *)o->value = i;
            sv_text_free(&known);
            return SV_OK;
        }
        if (o->names[i][0]) sv_text_add(&known, "%s%s", known.length ? ", " : "", o->names[i]);
    }
    sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected one of %s, got '%s'", o->name, known.data ? known.data : "", text);
    sv_text_free(&known);
    return SV_BAD_ARGUMENT;
}

static sv_status take_shape(const sv_option *o, const char *text, sv_fault *fault)
{
    sv_shape s = { 0 };
    const char *p = text;
    while (s.rank < 3 && *p >= '0' && *p <= '9') {
        char *end;
        s.dim[s.rank++] = strtoll(p, &end, 10);
        p = end;
        if (*p == 'x' && s.rank < 3) p++;
    }
    if (*p || (s.rank != 1 && s.rank != 3) || sv_shape_count(&s) < 0)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected a shape HxWxC such as 28x28x1, got '%s'", o->name, text);
    *(sv_shape *)o->value = s;
    return SV_OK;
}

static sv_status take(const sv_option *o, const char *text, sv_fault *fault)
{
    switch (o->type) {
    case SV_OPTION_INT:
    case SV_OPTION_LONG:
        return take_integer(o, text, fault);
    case SV_OPTION_SEED:
        return take_seed(o, text, fault);
    case SV_OPTION_CHOICE:
        return take_choice(o, text, fault);
    case SV_OPTION_SHAPE:
        return take_shape(o, text, fault);
    default:
        *(const char **)o->value = text;
        return SV_OK;
    }
}

/* One option at argv[*at]; steps over its value. */
static sv_status option(const sv_command *c, int argc, char **argv, int *at, const sv_option *options, sv_fault *fault)
{
    const char *name = argv[*at], *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const sv_option *o = find(options, name, length);
    if (!o) return unknown(c, options, name, length, fault);
    if (o->type == SV_OPTION_FLAG) {
        if (equals) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: takes no value, got '%s'", o->name, equals + 1);
        *(bool *)o->value = true;
        return SV_OK;
    }
    if (equals) return take(o, equals + 1, fault);
    if (*at + 1 >= argc) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: expected a value", o->name);
    return take(o, argv[++*at], fault);
}

static bool is_override(const char *text)
{
    const char *stop = strpbrk(text, "=/");
    return stop && *stop == '=' && stop > text;
}

static sv_status check_count(const sv_command *c, const sv_arguments *a, sv_fault *fault)
{
    int synopsis = (int)strcspn(c->usage, "\n");
    if (a->positionals < a->least)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: too few arguments; usage: %.*s", c->name, synopsis, c->usage);
    if (a->most >= 0 && a->positionals > a->most)
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: unexpected argument '%s'; usage: %.*s", c->name, a->positional[a->most],
                       synopsis, c->usage);
    return SV_OK;
}

sv_status sv_options_parse(const sv_command *command, int argc, char **argv, const sv_option *options, sv_arguments *a,
                           sv_fault *fault)
{
    a->positional = sv_new((size_t)argc + 1, sizeof *a->positional);
    a->override = sv_new((size_t)argc + 1, sizeof *a->override);
    a->positionals = a->overrides = 0;
    if (!a->positional || !a->override) return sv_fail_memory(fault, "the command line");
    bool only_positional = false;
    for (int i = 1; i < argc; i++) {
        if (!only_positional && !strcmp(argv[i], "--"))
            only_positional = true;
        else if (!only_positional && argv[i][0] == '-' && argv[i][1]) {
            sv_status s = option(command, argc, argv, &i, options, fault);
            if (s != SV_OK) return s;
        } else if (!only_positional && a->takes_overrides && is_override(argv[i]))
            a->override[a->overrides++] = argv[i];
        else
            a->positional[a->positionals++] = argv[i];
    }
    return check_count(command, a, fault);
}

void sv_arguments_free(sv_arguments *a)
{
    sv_free((void *)a->positional);
    sv_free((void *)a->override);
    a->positional = a->override = NULL;
}
