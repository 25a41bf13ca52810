#include "base/process.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The bytes of a line "key: N kB" of /proc/self/status; 0 where there is none. */
static int64_t status_line(const char *key)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    int64_t bytes = 0;
    size_t n = strlen(key);
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, key, n) && line[n] == ':') bytes = strtoll(line + n + 1, NULL, 10) * 1024;
    if (f) fclose(f);
    return bytes;
}

int64_t sv_process_resident(void)
{
    return status_line("VmRSS");
}

int64_t sv_process_peak(void)
{
    struct rusage usage;
    int64_t peak = status_line("VmHWM");
    if (peak == 0 && getrusage(RUSAGE_SELF, &usage) == 0) peak = (int64_t)usage.ru_maxrss * 1024;
    return peak;
}
