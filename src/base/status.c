#include "base/status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

sv_status sv_fail(sv_fault *f, sv_status status, const char *format, ...)
{
    if (!f || f->status != SV_OK) return status;
    va_list args;
    va_start(args, format);
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
    /* Names from files and paths may hold line ends: the message stays one line. */
    for (char *c = f->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    f->status = status;
    return status;
}

sv_status sv_fail_memory(sv_fault *f, const char *what)
{
    return sv_fail(f, SV_NO_MEMORY, "%s: not enough memory", what);
}

static sv_status prefix(sv_fault *f, const char *place, const char *joint)
{
    if (!f || f->status == SV_OK) return f ? f->status : SV_OK;
    char whole[sizeof f->text + 256];
    snprintf(whole, sizeof whole, "%s%s%s", place, joint, f->text);
    size_t n = strlen(whole);
    if (n >= sizeof f->text) n = sizeof f->text - 1;
    memcpy(f->text, whole, n);
    f->text[n] = '\0';
    return f->status;
}

sv_status sv_fault_at(sv_fault *f, const char *place)
{
    return prefix(f, place, ": ");
}

sv_status sv_fault_inside(sv_fault *f, const char *place)
{
    return prefix(f, place, ".");
}
