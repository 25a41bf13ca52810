#include "report/axis.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *sv_number_text(double value, int digits, char text[SV_NUMBER_TEXT])
{
    char plain[SV_NUMBER_TEXT - 8];
    if (!isfinite(value)) return strcpy(text, "\xe2\x80\x93");
    if (value == 0) return strcpy(text, "0");
    snprintf(plain, sizeof plain, "%.*g", digits > 0 && digits <= 17 ? digits : 17, fabs(value));
    char *e = strchr(plain, 'e');
    int exponent = 0;
    if (e) {
        sscanf(e + 1, "%d", &exponent);
        snprintf(e, sizeof plain - (size_t)(e - plain), "e%d", exponent);
    }
    snprintf(text, SV_NUMBER_TEXT, "%s%s", value < 0 ? "\xe2\x88\x92" : "", plain);
    return text;
}

/* The step 1, 2 or 5 times a power of ten that cuts the range into at most `wanted` parts. */
static double nice_step(double range, int wanted)
{
    double rough = range / wanted, power = pow(10, floor(log10(rough)));
    double part = rough / power;
    return (part <= 1.0000001 ? 1 : part <= 2.0000001 ? 2 : part <= 5.0000001 ? 5 : 10) * power;
}

static void add_tick(sv_axis *a, double value, int digits)
{
    if (a->ticks == SV_MAX_TICKS) return;
    a->tick[a->ticks].value = value;
    sv_number_text(value, digits, a->tick[a->ticks].text);
    a->ticks++;
}

static void linear_ticks(sv_axis *a, int wanted)
{
    double step = nice_step(a->high - a->low, wanted);
    if (a->scale == SV_INTEGER && step < 1) step = 1;
    double first = ceil(a->low / step - 1e-9), last = floor(a->high / step + 1e-9);
    double largest = fmax(fabs(first), fabs(last)) * step;
    int digits = largest > 0 ? (int)floor(log10(largest) + 1e-9) - (int)floor(log10(step) + 1e-9) + 1 : 1;
    if (digits < 6 && largest >= 1 && largest < 1e6) digits = 6;
    for (double i = first; i <= last && a->ticks < SV_MAX_TICKS; i++) add_tick(a, i * step, digits);
}

static void log_ticks(sv_axis *a, int wanted)
{
    static const double within[3] = { 1, 2, 5 };
    int first = (int)floor(log10(a->low) + 1e-9), last = (int)floor(log10(a->high) + 1e-9), decades = last - first + 1;
    int every = (decades + wanted - 1) / wanted, parts = decades * 2 <= wanted ? 3 : 1;
    for (int decade = first; decade <= last; decade++) {
        if ((decade - first) % every) continue;
        for (int i = 0; i < parts; i++) {
            double value = within[i] * pow(10, decade);
            if (value >= a->low * (1 - 1e-9) && value <= a->high * (1 + 1e-9)) add_tick(a, value, 3);
        }
    }
}

void sv_axis_set(sv_axis *a, sv_scale scale, double low, double high, int wanted)
{
    a->scale = scale;
    a->ticks = 0;
    if (!isfinite(low) || !isfinite(high) || high < low) low = scale == SV_LOG, high = scale == SV_LOG ? 10 : 1;
    if (scale == SV_LOG && low <= 0) low = high > 0 ? high / 10 : 1, high = high > 0 ? high : 10;
    if (high - low <= fabs(low) * 1e-9) {
        double spread = scale == SV_INTEGER ? 0.5 : low != 0 ? fabs(low) / 10 : 1;
        low -= spread;
        high += spread;
    }
    a->low = low;
    a->high = high;
    if (scale == SV_LOG) log_ticks(a, wanted);
    if (a->ticks >= 2) return;
    a->ticks = 0;
    linear_ticks(a, wanted);
}

bool sv_axis_shows(const sv_axis *a, double value)
{
    return isfinite(value) && (a->scale != SV_LOG || value > 0);
}

double sv_axis_at(const sv_axis *a, double value)
{
    double part = a->scale == SV_LOG ? log(value / a->low) / log(a->high / a->low) : (value - a->low) / (a->high - a->low);
    return a->start + part * (a->end - a->start);
}
