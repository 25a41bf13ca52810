#include "artifacts/json.h"
#include <math.h>

void sv_json_number(sv_text *out, const char *key, double value, const char *after)
{
    if (isfinite(value))
        sv_text_add(out, "\"%s\": %.9g%s", key, value, after);
    else
        sv_text_add(out, "\"%s\": null%s", key, after);
}

void sv_json_sides(sv_text *out, const int value[4])
{
    sv_text_add(out, "{\"top\": %d, \"bottom\": %d, \"left\": %d, \"right\": %d}", value[0], value[1], value[2], value[3]);
}
